"""What git's history says of some paths: who worked on them, what they were called, which flags went with them."""

from __future__ import annotations

import os
import time

from flaggit.catalog.authorship import makers_of
from flaggit.core.errors import NotFoundError
from flaggit.core.layout import DONE, STORE, SUFFIX
from flaggit.core.record import record
from flaggit.git.history import read_commits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.git.history import Commit
    from flaggit.git.repo import Repo

_COMMITS = 30  # the last ones to some paths that are looked at
_RENAMES = 3  # how often a path is followed to an older name
_AT_ONCE = 10  # flags completed in one commit beyond which they have little to do with each of its files
_PATHS, _ROOM = 500, 100_000  # paths looked at in one go, and the bytes that they take on git's command line
_SECONDS = 2.0  # a huge history is left alone after that: who waits for a hint?


@record
class Past:
    """What the last commits to some paths tell.

    ``makers`` are the addresses behind each commit, ``names`` the paths' older names, ``completed``
    the flags that a commit which touched the paths completed.
    """

    makers: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()
    completed: frozenset[str] = frozenset()


def first_paths(paths: Iterable[str]) -> list[str]:
    """Return the first of some paths, of as many as the past is looked at."""
    found: list[str] = []
    room = _ROOM
    for path in paths:
        room -= len(os.fsencode(path))
        if room < 0 or len(found) >= _PATHS:
            break
        found.append(path)
    return found


def read_past(repo: Repo, paths: Sequence[str]) -> Past:
    """Return what the history of ``HEAD`` says of paths relative to the root; nothing where there is none.

    A folder that was renamed has as many older names as files, of which the first count.
    """
    until = time.monotonic() + _SECONDS
    commits: dict[str, Commit] = {}
    names: dict[str, None] = {}
    looked = list(paths)
    try:
        for _ in range(_RENAMES + 1):
            if not looked or len(commits) >= _COMMITS:
                break
            found = _touching(repo, looked, until, _COMMITS - len(commits))
            commits.update((commit.oid, commit) for commit in found)
            looked = first_paths(name for name in _older_names(repo, looked, found, until) if name not in names)
            names.update(dict.fromkeys(looked))
        completed = _completed_with(repo, commits, until)
    except NotFoundError:  # no commit yet, or too many of them to wait for
        return Past()
    return Past(tuple(makers_of(commit) for commit in commits.values()), tuple(names), completed)


def _touching(repo: Repo, paths: Sequence[str], until: float, limit: int) -> list[Commit]:
    literal = [f":(literal){path}" for path in paths]
    return read_commits(repo, "HEAD", paths=literal, limit=limit, timeout=_left(until))


def _older_names(repo: Repo, paths: Sequence[str], commits: Iterable[Commit], until: float) -> list[str]:
    """Return what the files that came into being at some of the paths were called before, where they were renamed."""
    adding = [commit.oid for commit in commits if any(touch.status == "A" for touch in commit.touched)]
    if not adding:
        return []
    done = repo.run(
        *("diff-tree", "--stdin", "--no-commit-id", "-r", "-z", "-M", "--diff-filter=R", "--name-status"),
        input="".join(f"{oid}\n" for oid in adding).encode(),
        timeout=_left(until),
        check=False,
    )
    words = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    renames = zip(words[1::3], words[2::3], strict=False)
    return [old for old, new in renames if any(_is_in(new, path) for path in paths)]


def _completed_with(repo: Repo, oids: Iterable[str], until: float) -> frozenset[str]:
    """Return the flags that some commits completed: what was done to the paths was done for them."""
    wanted = list(oids)
    if not wanted:
        return frozenset()
    folder = f"{STORE}/{DONE}/"
    commits = read_commits(repo, "--no-walk=unsorted", *wanted, paths=[folder], timeout=_left(until))
    found: set[str] = set()
    for commit in commits:
        added = [touch.path for touch in commit.touched if touch.status == "A"]
        if len(added) <= _AT_ONCE:
            found |= {path.removeprefix(folder).removesuffix(SUFFIX) for path in added}
    return frozenset(found)


def _is_in(name: str, path: str) -> bool:
    return name == path.rstrip("/") or name.startswith(path.rstrip("/") + "/")


def _left(until: float) -> float:
    return max(0.01, until - time.monotonic())
