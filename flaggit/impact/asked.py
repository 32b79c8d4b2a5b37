"""What a change is that is asked about: the files that differ, of a range, of the index, or of a worktree."""

from __future__ import annotations

import os

from flaggit.clone.remotes import base_ref
from flaggit.core.errors import UnavailableError
from flaggit.core.layout import STORE
from flaggit.core.record import record
from flaggit.git.objects import is_partial
from flaggit.git.refs import read_head, read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.clone.session import Session
    from flaggit.git.repo import Repo

    Entry = tuple[str, str, str, str]  # status, path, old blob, new blob

# Options of git's that list changes, and the paths that they are listed of.
RAW = ("-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=all")
WITHOUT_STORE = (":(top)", ":(top,exclude).flags")
MOST_FILES = 200  # changed files whose lines are read
_TREE_BYTES = 64 * 1024 * 1024
FETCH = "`git fetch --refetch --no-filter` brings it"


@record
class Asked:
    """What is asked of: a change against a commit (empty: there is none yet).

    ``entries`` are what git lists of it, each True where its new text lies on disk rather than in the repository.
    """

    base: str
    entries: list[tuple[Entry, bool]]


def read_asked(session: Session, span: str | None = None, *, staged: bool = False, files: Sequence[str] = ()) -> Asked:
    """The change of a range, of the index, or (neither is given) of this worktree; of some files alone.

    Raises:
        NotFoundError: ``unknown_rev`` or ``no_merge_base``, for a range.
        UnavailableError: ``bare_repository`` where no range is given there; ``shallow_clone``.
    """
    repo = session.repo
    if span is not None:
        from flaggit.git.ranges import find_range

        found = find_range(repo, span, base_branch=base_ref(repo, session.remote), remote=session.remote)
        return Asked(found.merge_base, _only(_compare(repo, found.merge_base, found.head_oid), files, repo))
    if repo.root is None:
        raise UnavailableError(
            "bare_repository",
            f"{repo.git_dir} is a bare repository, which has no worktree whose changes could be asked about.",
            hint="Name a range: flaggit affected BASE..HEAD",
        )
    _, head = read_head(repo)
    if head is None:
        return Asked("", [])
    if staged:
        listed = _list_changes(repo, "diff-index", "--cached", *RAW, head)
        return Asked(head, _only([(entry, False) for entry in listed], files, repo))
    base = _branch_base(session, head)
    entries = [(entry, True) for entry in _list_changes(repo, "diff", *RAW, "--no-ext-diff", base)]
    new = repo.run("ls-files", "-z", "--others", "--exclude-standard", "--", *WITHOUT_STORE, limit=_TREE_BYTES)
    known = {entry[1] for entry, _ in entries}
    names = new.names[: MOST_FILES + 1]
    entries += [(("A", name, "", ""), True) for name in names if name and name not in known]
    return Asked(base, _only(entries, files, repo))


def ask_between(repo: Repo, base: str, head: str) -> Asked:
    """The change from one commit to another, both given by their ids."""
    return Asked(base, _compare(repo, base, head))


def _compare(repo: Repo, base: str, head: str) -> list[tuple[Entry, bool]]:
    return [(entry, False) for entry in _list_changes(repo, "diff-tree", "-r", *RAW, base, head)]


def _list_changes(repo: Repo, *arguments: str) -> Iterable[Entry]:
    try:
        return parse_entries(repo.run(*arguments, "--", *WITHOUT_STORE).stdout)
    except UnavailableError as error:
        if error.code != "git_failed" or not is_partial(repo):
            raise
        message = "This clone is a partial one that lacks trees, so it does not say what changed."
        raise UnavailableError("git_failed", message, hint=f"{FETCH}.") from None


def _only(entries: list[tuple[Entry, bool]], files: Sequence[str], repo: Repo) -> list[tuple[Entry, bool]]:
    if not files:
        return entries
    kept = [item for item in entries if any(_is_at(item[0][1], path) for path in files)]
    changed = {entry[1] for entry, _ in kept}
    unchanged = [path for path in files if not any(_is_at(name, path) for name in changed)]
    names = dict.fromkeys(name for path in unchanged for name in _files_at(path, repo))
    return [*kept, *((("M", name, "", ""), True) for name in names)]  # they count as if they would change


def describe_change(repo: Repo, asked: Asked) -> str:
    """Return a word that is the same as long as a worktree changes the same, whether that is committed or not."""
    from flaggit.git.cache import digest

    facts = sorted(f"{entry[0]} {entry[1]} {_stamp_of(repo, entry[1])}" for entry, _ in asked.entries)
    return digest("\n".join([asked.base, *facts]).encode("utf-8", "surrogateescape")).hex()


def _stamp_of(repo: Repo, path: str) -> str:
    try:
        status = os.lstat(os.path.join(repo.get_root(), path))
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size}"


def _is_at(name: str, path: str) -> bool:
    """Return whether a file is the one at a path, or lies below it."""
    return path in (name, "./") or name.startswith(path.rstrip("/") + "/")


def _files_at(path: str, repo: Repo) -> list[str]:
    """Return the files that git knows below a folder; another path is a file, perhaps one that comes to be.

    Of what lies outside the repository there is none.
    """
    if path.startswith("../"):
        return []
    if not path.endswith("/"):
        return [path]
    known = repo.text("ls-files", "-z", "--full-name", "--", f":(top,literal){path.removeprefix('./')}")
    return [name for name in known.split("\0") if name and not name.startswith(f"{STORE}/")] or [path.rstrip("/")]


def _branch_base(session: Session, head: str) -> str:
    """Where this branch left the one that others start from; the head itself where that is not known."""
    repo = session.repo
    base = base_ref(repo, session.remote)
    oid = read_ref(repo, base) if base else None
    if oid is None or oid == head:
        return head
    return repo.run("merge-base", oid, head, check=False).stdout.decode().strip() or head


def parse_entries(data: bytes) -> Iterable[Entry]:
    """The entries of ``git diff --raw -z``; what is no plain file has no blob."""
    tokens = data.lstrip(b"\n").split(b"\0")
    place = 0
    while place + 1 < len(tokens):
        header = tokens[place].lstrip(b"\n")
        if not header.startswith(b":"):
            place += 1
            continue
        old_mode, new_mode, old, new, status = header[1:].decode().split(" ")
        path = tokens[place + 1].decode("utf-8", "surrogateescape")
        place += 2
        yield status[:1], path, _blob(old_mode, old), _blob(new_mode, new)


def _blob(mode: str, oid: str) -> str:
    return oid if mode.startswith("100") and oid.strip("0") else ""
