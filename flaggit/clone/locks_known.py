"""Who holds which flag as far as this clone knows: no network, no process unless there is a lock."""

from __future__ import annotations

from flaggit.clone.lock_refs import list_known_locks
from flaggit.clone.lock_rules import is_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock


def read_locks(session: Session) -> dict[str, Lock]:
    """Return flag id -> lock as known in this clone, of several for one flag the one that lives."""
    locks: dict[str, Lock] = {}
    for lock in list_known_locks(session.repo, lambda: session.settings.lock_remote):
        earlier = locks.get(lock.flag_id)
        if earlier is None or is_over(earlier, session.now) or not is_over(lock, session.now):
            locks[lock.flag_id] = lock
    return locks
