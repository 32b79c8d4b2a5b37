"""What differs between two commits: the store's files with their bytes, all others by name.

Two git processes however much changed: one ``diff-tree`` and one ``cat-file --batch``. The work
tree is never read, so bare and shallow clones are judged like any other.
"""

from __future__ import annotations

from flaggit.core.errors import NotFoundError
from flaggit.core.layout import STORE, is_lookalike, limit_of
from flaggit.core.limits import COMPARING, LISTING
from flaggit.core.record import record
from flaggit.git.objects import empty_tree, parse_tree, read_limited, read_objects
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ABSENT = "000000"
GITLINK = "160000"  # a submodule's commit: no blob of this repository
_PREFIX = STORE + "/"


@record
class Change:
    """One file of the store that differs.

    ``status`` is ``A`` (added), ``M`` (modified), ``D`` (deleted) or ``T`` (of another kind: a
    link, a submodule); a renamed file is a deleted and an added one. Modes are as git writes them
    (``100644``), empty where the file does not exist. ``old`` and ``new`` are its bytes, None where it
    does not exist or holds none.
    """

    path: str
    status: str
    old_mode: str
    new_mode: str
    old: bytes | None
    new: bytes | None


@record
class Diff:
    """What differs between two commits: ``store`` inside ``.flags/``, ``paths`` all other files, by name."""

    store: tuple[Change, ...]
    paths: tuple[str, ...]


@record
class RawEntry:
    """One line of ``diff-tree --raw``: modes, object ids and status as git writes them."""

    path: str
    status: str
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str


def read_diff(repo: Repo, base: str | None, head: str) -> Diff:
    """Return everything that differs between two commits or trees.

    Args:
        repo: The repository.
        base: An object id or full ref name; None stands for the empty tree.
        head: An object id or full ref name.

    Raises:
        NotFoundError: ``unknown_rev``, where one of them is no commit or tree of this clone.
    """
    entries = _read_entries(repo, base, head)
    store = [entry for entry in entries if _in_store(entry.path)]
    return Diff(tuple(with_bytes(repo, store)), tuple(entry.path for entry in entries if not _in_store(entry.path)))


def read_changes(repo: Repo, base: str | None, head: str) -> list[Change]:
    """Return the files of the store that differ between two commits. Arguments and errors as in ``read_diff``."""
    return with_bytes(repo, _read_entries(repo, base, head, STORE))


def read_raw(repo: Repo, base: str | None, head: str, *paths: str) -> list[RawEntry]:
    """Return the changes below ``paths`` without their bytes. Other arguments and errors as in ``read_diff``."""
    return _read_entries(repo, base, head, *paths)


def read_tops(repo: Repo, revs: Iterable[str]) -> dict[str, set[tuple[str, str, str]]]:
    """Return commit -> name, mode and object id of the store at its top, and of what some file systems take for it.

    In two processes, however many commits they are.
    """
    wanted = {f"{rev}^{{tree}}": rev for rev in revs if rev}
    by_tree: dict[str, set[tuple[str, str, str]]] = {}
    found = {}
    for name, top in read_objects(repo, wanted).items():
        if top.oid not in by_tree:
            entries = parse_tree(top.content, len(top.oid) // 2)
            meant = (entry for entry in entries if entry.path == STORE or is_lookalike(entry.path))
            by_tree[top.oid] = {(entry.path, entry.mode, entry.oid) for entry in meant}
        found[wanted[name]] = by_tree[top.oid]
    return found


def list_lookalikes(before: set[tuple[str, str, str]], after: set[tuple[str, str, str]]) -> list[str]:
    """Return the names that only the second of two tops has, or has otherwise, and that are not the store's own."""
    return sorted(path for path, _, _ in after - before if path != STORE)


def parse_raw(output: bytes) -> list[RawEntry]:
    """Return the entries of ``git diff-tree -z --raw``."""
    tokens = output.decode("utf-8", "surrogateescape").split("\0")
    entries = []
    for header, path in zip(tokens[::2], tokens[1::2], strict=False):
        old_mode, new_mode, old_oid, new_oid, status = header.lstrip("\n:").split(" ")
        entries.append(RawEntry(path, status[:1], old_mode, new_mode, old_oid, new_oid))
    return entries


def compare_trees(repo: Repo, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[RawEntry]] | None:
    """Return what differs between the trees of each pair, by name, their folders as wholes; one process for all.

    git goes through both trees side by side, so that it costs what they have and not what reading them costs.
    None where it cannot: an object is not in this clone.

    Args:
        repo: The repository.
        pairs: Object ids of trees, older and newer.
    """
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return {}
    lines = [f"{old} {new}\n".encode() for old, new in wanted]
    options = ("--stdin", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative")
    done = repo.run("diff-tree", *options, input=b"".join(lines), limit=LISTING, memory=COMPARING, check=False)
    rest = done.stdout
    if done.status != 0 or not rest.startswith(lines[0]):
        return None
    found = {}
    for pair, line, following in zip(wanted, lines, [*lines[1:], b""], strict=True):
        rest = rest[len(line) :]
        # What one pair's entries end with is the NUL behind a path, and no path holds one.
        end = 0 if following and rest.startswith(following) else rest.find(b"\0" + following) + 1
        if not following:
            end = len(rest)
        elif not rest.startswith(following, end):
            return None
        found[pair] = parse_raw(rest[:end])
        rest = rest[end:]
    return found


def _read_entries(repo: Repo, base: str | None, head: str, *paths: str) -> list[RawEntry]:
    revs = [empty_tree(repo) if base is None else base, head]
    options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none")
    words = (*options, "--end-of-options", *revs, "--", *paths)
    done = repo.run("diff-tree", *words, limit=LISTING, memory=COMPARING, check=False)
    if done.status != 0:
        raise NotFoundError(
            "unknown_rev",
            f"git cannot compare {revs[0]} with {head}: {done.first_line}",
            hint="Fetch what is missing; a shallow clone may have to be deepened: git fetch --unshallow",
        )
    return parse_raw(done.stdout)


def with_bytes(repo: Repo, entries: list[RawEntry]) -> list[Change]:
    """Return changes of the store with the bytes on both sides."""
    limits: dict[str, int] = {}
    for entry in entries:
        for mode, oid in ((entry.old_mode, entry.old_oid), (entry.new_mode, entry.new_oid)):
            if _has_bytes(mode):
                limits[oid] = max(limits.get(oid, 0), limit_of(entry.path))
    blobs = read_limited(repo, limits)

    def content(mode: str, oid: str) -> bytes | None:
        return blobs[oid].content if _has_bytes(mode) and oid in blobs else None

    return [
        Change(
            entry.path,
            entry.status,
            _mode(entry.old_mode),
            _mode(entry.new_mode),
            content(entry.old_mode, entry.old_oid),
            content(entry.new_mode, entry.new_oid),
        )
        for entry in entries
    ]


def _in_store(path: str) -> bool:
    return path.startswith(_PREFIX) or path == STORE


def _has_bytes(mode: str) -> bool:
    return mode not in (ABSENT, GITLINK)


def _mode(mode: str) -> str:
    return "" if mode == ABSENT else mode
