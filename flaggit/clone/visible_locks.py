"""Who holds which flag as far as this clone knows: no network, no process unless there is a lock."""

from __future__ import annotations

from flaggit.clone.lock_refs import FETCHED, list_visible_locks, locks_as_of, read_commits
from flaggit.clone.lock_rules import binds, free_from, is_free, is_own
from flaggit.core.ids import is_flag_id
from flaggit.git.refs import REMOTES, list_refs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.clone.call import Call
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo


def read_locks(call: Call) -> dict[str, Lock]:
    """Return flag id -> lock as known in this clone, of several for one flag the one that lives."""
    locks: dict[str, Lock] = {}
    fetched = read_fetched(call.repo, call.remote) if _has_fetched(call.repo) else {}
    for lock in (*fetched.values(), *list_visible_locks(call.repo, lambda: call.remote)):
        earlier = locks.get(lock.flag_id)
        if earlier is None or is_free(earlier, call.now) or not is_free(lock, call.now):
            locks[lock.flag_id] = lock
    return locks


def next_expiry(locks: Iterable[Lock], now: int) -> float | None:
    """When the first of the locks that are held becomes free by itself; None where none is held."""
    return min((float(free_from(lock)) for lock in locks if binds(lock, now)), default=None)


def own_lock_test(call: Call) -> Callable[[Lock], bool]:
    """The test for locks of whoever asks; where nobody says who that is, for those taken from this worktree."""
    actor = call.asker
    return (lambda lock: is_own(lock, actor)) if actor else is_from_here(call)


def is_from_here(call: Call) -> Callable[[Lock], bool]:
    """The test for locks that this worktree (or session) took, under whatever name."""
    from flaggit.clone.identity import find_instance

    instance = find_instance(call.repo)
    return lambda lock: bool(instance) and lock.instance == instance


def _has_fetched(repo: Repo) -> bool:
    return any(FETCHED in name for name in list_refs(repo, REMOTES))


def read_fetched(repo: Repo, remote: str) -> dict[str, Lock]:
    """Return the locks that a plain clone or fetch brought along as remote-tracking branches.

    Nothing where this clone has read the remote's locks itself: those branches stay when their lock
    is gone, until somebody prunes them.
    """
    if locks_as_of(repo, remote):
        return {}
    refs = list_refs(repo, f"{REMOTES}{remote}{FETCHED}")
    found = [(name.rpartition("/")[2], oid, "shared") for name, oid in refs.items()]
    return {lock.flag_id: lock for lock in read_commits(repo, [item for item in found if is_flag_id(item[0])])}
