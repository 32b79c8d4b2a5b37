"""Who works where in a clone: its worktrees with agent, branch, locks and last sign of life."""

from __future__ import annotations

import os

from flaggit.clone.identity import find_clone_token, living_worktrees, registered_worktrees, stored_agent
from flaggit.clone.lock_refs import HELD
from flaggit.clone.lock_rules import binds
from flaggit.core.layout import STORE
from flaggit.core.record import record
from flaggit.git.gitdir import git_dir_of, linked_worktrees
from flaggit.git.refs import read_head, short_ref
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session
    from flaggit.core.model import Lock

LIVE = 15 * 60  # seconds that a sign of life counts
_SIGNS = ("index", os.path.join("logs", "HEAD"), "HEAD")


@record
class Presence:
    """A place where an agent works.

    Attributes:
        state: ``live`` (a sign of life within 15 minutes), ``stale``, ``unreachable`` (git knows the worktree and
            its folder is not there), ``gone`` (git removed it, its locks are still there), or ``elsewhere`` (a
            lock that was taken in another clone).
        path: The worktree's top folder; empty where it is not of this clone or gone.
        branch: The branch that it is on; empty where it is on none.
        agent: The worktree's agent, or the locks' holder; empty where nothing says so.
        locks: What was taken from there and binds.
        seen: Seconds since the epoch of the last sign of life; 0 where there is none.
        uncommitted: How many files of the store are not committed as they are; None where nobody can look.
        here: It is the caller's own.
    """

    state: str
    path: str
    branch: str
    agent: str
    locks: tuple[Lock, ...]
    seen: int
    uncommitted: int | None = None
    here: bool = False


def find_presences(session: Session) -> list[Presence]:
    """Return the clone's worktrees, this one first, then worktrees that are gone and other clones that hold locks."""
    repo = session.repo
    held: dict[str, list[Lock]] = {}
    for lock in session.clone.locks.values():
        if lock.holder and binds(lock, session.now):
            held.setdefault(lock.worktree, []).append(lock)
    clone = find_clone_token(repo)
    tokens = registered_worktrees(repo)
    found = []
    for path in _worktree_paths(repo):
        token = tokens.get(os.path.realpath(path), "")
        locks = held.pop(f"{clone}/{token}", []) if token else []
        found.append(_describe(session, path, locks))
    living = living_worktrees(repo)
    found += [_describe_missing(place, locks, clone, living) for place, locks in sorted(held.items())]
    return found


def last_sign(git_dir: str) -> int:
    """Return when something last happened in a worktree: a commit or checkout, the index written, a lock renewed."""
    places = [os.path.join(git_dir, name) for name in _SIGNS]
    folder = os.path.join(git_dir, HELD)
    if os.path.isdir(folder):  # it has held something
        places += [os.path.join(folder, name) for name in os.listdir(folder)]
    return max(map(_time_of, places), default=0)


def _worktree_paths(repo: Repo) -> list[str]:
    paths = [repo.root, repo.main_worktree(), *(top for _, top in linked_worktrees(repo.common_dir))]
    return list(dict.fromkeys(path for path in paths if path))


def _describe(session: Session, path: str, locks: Iterable[Lock]) -> Presence:
    held = tuple(sorted(locks, key=lambda lock: (lock.acquired, lock.flag_id)))
    here = path == session.repo.root
    git_dir = session.repo.git_dir if here else git_dir_of(path)
    if not git_dir:
        return Presence("unreachable", path, "", held[0].holder if held else "", held, 0)
    seen = last_sign(git_dir)
    state = "live" if session.now - seen <= LIVE else "stale"
    own = Repo(path, git_dir)
    branch = short_ref(read_head(own)[0] or "")
    agent = stored_agent(git_dir) or (held[0].holder if held else "")
    return Presence(state, path, branch, agent, held, seen, _count_uncommitted(own), here)


def _describe_missing(place: str, locks: list[Lock], clone: str, living: set[str]) -> Presence:
    held = tuple(sorted(locks, key=lambda lock: (lock.acquired, lock.flag_id)))
    owner, _, token = place.partition("/")
    state = "elsewhere" if not clone or owner != clone else "unreachable" if token in living else "gone"
    return Presence(state, "", "", held[0].holder, held, 0)


def _count_uncommitted(repo: Repo) -> int | None:
    if not os.path.isdir(os.path.join(repo.get_root(), STORE)):
        return 0
    done = repo.run("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", STORE, check=False)
    return done.stdout.count(b"\0") if done.status == 0 else None


def _time_of(path: str) -> int:
    try:
        return int(os.stat(path).st_mtime)
    except OSError:
        return 0
