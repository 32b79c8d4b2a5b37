"""Who holds which flag as far as this clone knows: no network, no process unless there is a lock."""

from __future__ import annotations

from flaggit.locks.refs import list_known_locks
from flaggit.locks.rules import is_over, is_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.identity import Actor
    from flaggit.model import Lock
    from flaggit.session import Session


def read_locks(session: Session) -> dict[str, Lock]:
    """Return flag id -> lock as known in this clone, of several for one flag the one that lives."""
    locks: dict[str, Lock] = {}
    for lock in list_known_locks(session.repo, lambda: session.settings.lock_remote):
        earlier = locks.get(lock.flag_id)
        if earlier is None or is_over(earlier, session.now) or not is_over(lock, session.now):
            locks[lock.flag_id] = lock
    return locks


def require_free(session: Session, flag_id: str, actor: Actor) -> None:
    """Raise ConflictError where another holds the flag (``lock_lost``: and the actor held it before). No network."""
    lock = session.clone.locks.get(flag_id)
    if lock is None or is_over(lock, session.now) or is_own(lock, actor):
        return
    from flaggit.locks.local import find_lost
    from flaggit.locks.terms import held_by_other

    raise held_by_other(lock, actor, lost=find_lost(session.repo, flag_id, lock, actor) is not None)


def find_loss(session: Session, flag_id: str, actor: Actor) -> str:
    """Return a remark, once, where this worktree held a flag as ``actor`` and its lock was let go by another."""
    from flaggit.locks.local import tell_loss

    return tell_loss(session.repo, flag_id, session.clone.locks.get(flag_id), actor, session.now)
