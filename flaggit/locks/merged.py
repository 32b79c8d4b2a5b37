"""Freeing the locks of work that is merged, in a clone without a remote."""

from __future__ import annotations

from flaggit.clone.identity import find_instance
from flaggit.clone.lock_refs import list_visible_locks
from flaggit.clone.remotes import base_commit
from flaggit.locks.arbiter import done_in, find_arbiter
from flaggit.locks.local import release_here
from flaggit.locks.request import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock


def free_merged(session: Session, *, everybodys: bool = False) -> list[Outcome]:
    """Free the locks that ``find_merged`` finds. Arguments as there."""
    released = [
        Outcome(lock, "free", note=f"{lock.flag_id} is free: its completion has arrived.")
        for lock in find_merged(session, everybodys=everybodys)
        if release_here(session.repo, lock)
    ]
    if released:
        session.clone.forget_locks()
    return released


def find_merged(session: Session, *, everybodys: bool = False) -> list[Lock]:
    """Return the locks of flags whose completion is in the base branch; none where a remote decides.

    Args:
        session: The call.
        everybodys: Those of other worktrees too; else this worktree's own.
    """
    locks = {lock.flag_id: lock for lock in list_visible_locks(session.repo, lambda: "")}
    if not everybodys:
        own = find_instance(session.repo)
        locks = {key: lock for key, lock in locks.items() if lock.instance == own}
    if not locks or find_arbiter(session) is not None:
        return []
    base = base_commit(session.repo, session.remote)
    done = (done_in(session.repo, base, locks) if base else None) or set()
    return [locks[flag_id] for flag_id in sorted(done)]
