"""What people write for a range of commits, and the two commits that it stands for."""

from __future__ import annotations

import os

from flaggit.core.errors import NotFoundError, UnavailableError
from flaggit.core.record import record
from flaggit.git.refs import list_refs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_REMOTES = "refs/remotes/"
_USUAL = ("main", "master")
_SHORTEST_OID = 40


@record
class Range:
    """A range of commits: what was written for its ends, their commits, and the commit where they parted.

    Of a partial one ``base_oid`` is empty where the base is nothing at all (a new branch), and
    ``merge_base`` where it is not known.
    """

    base: str
    head: str
    base_oid: str
    head_oid: str
    merge_base: str

    @property
    def selection(self) -> tuple[str, ...]:
        """Return what selects the range's commits in ``git log``."""
        return (self.head_oid, f"^{self.base_oid}") if self.base_oid else (self.head_oid,)

    @property
    def is_merged(self) -> bool:
        """Tell whether the head holds all of the base, so that its tree is what a merge would give."""
        return self.base_oid == self.merge_base


def find_range(repo: Repo, text: str | None, *, base_branch: str = "", partial: bool = False) -> Range:
    """Return the range that ``text`` stands for.

    Args:
        repo: The repository; only its objects and refs are looked at.
        text: ``BASE..HEAD`` (three dots mean the same, the merge base is always taken), a head alone
            (a branch, a tag, a commit), or None for HEAD. An empty end is HEAD.
        base_branch: What a head alone is compared with; empty: the remote's HEAD, else ``main`` or ``master``.
            A base of zeros, as forges have it for a new branch, is no base: the head is alone then, too.
        partial: Take a range whose merge base is not known; a base of zeros stands for nothing at all.

    Raises:
        NotFoundError: ``unknown_rev``, or ``no_merge_base`` where both ends share no history.
        UnavailableError: ``shallow_clone``, where the clone lacks what the answer needs; the hint says what to fetch.
    """
    base, head = _split(text)
    head_oid = _get_commit(repo, head)
    if len(base) >= _SHORTEST_OID and not base.strip("0"):
        if partial:
            return Range(base, head, "", head_oid, "")
        base = ""
    base = base or base_branch or _default_base(repo)
    base_oid = _get_commit(repo, base)
    done = repo.run("merge-base", base_oid, head_oid, check=False)
    found = done.stdout.decode().strip()
    if not found and not partial:
        raise _unrelated(repo, base, head)
    return Range(_short(base), _short(head), base_oid, head_oid, found)


def is_shallow(repo: Repo) -> bool:
    """Tell whether history is cut off somewhere in this clone."""
    return os.path.exists(os.path.join(repo.common_dir, "shallow"))


def _split(text: str | None) -> tuple[str, str]:
    if not text:
        return "", "HEAD"
    for dots in ("...", ".."):
        base, found, head = text.partition(dots)
        if found:
            return base or "HEAD", head or "HEAD"
    return "", text


def _get_commit(repo: Repo, name: str) -> str:
    """Return the commit that a name stands for: as git reads it, else a branch of that name at a remote."""
    for candidate in (name, *_remote_branches(repo, name)):
        done = repo.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}", check=False)
        oid = done.stdout.decode("ascii", "replace").strip()
        if done.status == 0 and oid:
            return oid
    if is_shallow(repo):
        raise UnavailableError(
            "shallow_clone",
            f"This clone is shallow and has no commit {name!r}.",
            hint=f"Fetch it: {_fetch_hint(name, shallow=True)}",
        )
    raise NotFoundError(
        "unknown_rev",
        f"git knows no commit {name!r} here.",
        hint=f"Where it lies at the remote: {_fetch_hint(name, shallow=False)}",
    )


def _remote_branches(repo: Repo, name: str) -> list[str]:
    refs = list_refs(repo, _REMOTES)
    found = [ref for ref in refs if ref.removeprefix(_REMOTES).partition("/")[2] == name]
    return sorted(found, key=lambda ref: (not ref.startswith(_REMOTES + "origin/"), ref))


def _default_base(repo: Repo) -> str:
    """Return the branch that others start from: the remote's HEAD, else the usual names."""
    done = repo.run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD", check=False)
    name = done.stdout.decode("utf-8", "surrogateescape").strip()
    if done.status == 0 and name:
        return name
    remote, local = list_refs(repo, _REMOTES), list_refs(repo, "refs/heads/")
    for usual in _USUAL:
        for ref, refs in ((f"{_REMOTES}origin/{usual}", remote), (f"refs/heads/{usual}", local)):
            if ref in refs:
                return ref
    raise NotFoundError(
        "unknown_rev",
        "Nothing says which branch this one started from.",
        hint="Name it (flaggit review BASE..HEAD), or set base_branch in .flags/config.yaml.",
    )


def _unrelated(repo: Repo, base: str, head: str) -> Exception:
    if is_shallow(repo):
        return UnavailableError(
            "shallow_clone",
            f"This clone is shallow, so that it is not known where {head} left {base}.",
            hint="Fetch the history in between: git fetch --unshallow, or git fetch --deepen=200 (on GitHub Actions"
            " `fetch-depth: 0`, on GitLab `GIT_DEPTH: 0`).",
        )
    return NotFoundError(
        "no_merge_base",
        f"{base} and {head} share no commit.",
        hint="Name a base that the head started from: flaggit review BASE..HEAD",
    )


def _short(name: str) -> str:
    return name.removeprefix(_REMOTES).removeprefix("refs/heads/")


def _fetch_hint(name: str, *, shallow: bool) -> str:
    from flaggit.core.text import visible

    plain = visible(name)
    is_plain = plain == name and not name.startswith("-") and not any(char in name for char in " '\"$`\\;&|<>()^~")
    if is_plain and name != "HEAD":
        return f"git fetch origin {name}"
    return "git fetch --unshallow" if shallow else "git fetch"
