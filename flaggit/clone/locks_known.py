"""Who holds which flag as far as this clone knows: no network, no process unless there is a lock."""

from __future__ import annotations

from flaggit.clone.lock_refs import list_known_locks
from flaggit.clone.lock_rules import is_free, is_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.session import Session
    from flaggit.core.model import Lock


def read_locks(session: Session) -> dict[str, Lock]:
    """Return flag id -> lock as known in this clone, of several for one flag the one that lives."""
    locks: dict[str, Lock] = {}
    for lock in list_known_locks(session.repo, lambda: session.settings.lock_remote):
        earlier = locks.get(lock.flag_id)
        if earlier is None or is_free(earlier, session.now) or not is_free(lock, session.now):
            locks[lock.flag_id] = lock
    return locks


def own_lock_test(session: Session) -> Callable[[Lock], bool]:
    """The test for locks of whoever asks; where nobody says who that is, for those taken from this worktree."""
    actor = session.asker
    return (lambda lock: is_own(lock, actor)) if actor else is_from_here(session)


def is_from_here(session: Session) -> Callable[[Lock], bool]:
    """The test for locks that this worktree (or session) took, under whatever name."""
    from flaggit.clone.identity import find_instance

    instance = find_instance(session.repo)
    return lambda lock: bool(instance) and lock.instance == instance
