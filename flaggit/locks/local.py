"""Locks where this clone decides: one ref transaction, whose compare-and-swap git guarantees.

Also the locks that have not reached the remote yet, under a prefix of their own.
"""

from __future__ import annotations

from flaggit.errors import ConflictError, FlaggitError
from flaggit.locks.refs import HELD, LOCAL, Change, change_refs, read_commits, refuse, write_commit
from flaggit.locks.rules import is_own
from flaggit.locks.terms import Outcome, held_by_other, wanted_lock
from flaggit.record import replace
from flaggit.refs import read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.identity import Actor
    from flaggit.locks.terms import Terms
    from flaggit.model import Lock
    from flaggit.repo import Repo

_TRIES = 3


def acquire_here(repo: Repo, ids: list[str], terms: Terms, prefix: str) -> list[Outcome]:
    """Take or renew the locks of ``ids`` in this clone, all or none.

    Args:
        repo: The repository.
        ids: Whole flag ids, each once.
        terms: Who wants them, and how.
        prefix: Where the refs lie.

    Raises:
        ConflictError: ``locked_by_other`` or ``lock_lost``.
        UnavailableError: ``git_failed`` or ``namespace_blocked``.
    """
    words = ""
    stuck = 0
    while stuck < _TRIES:
        current = read_current(repo, ids, prefix)
        try:
            wanted = {flag_id: wanted_lock(flag_id, current.get(flag_id), terms) for flag_id in ids}
        except ConflictError as error:
            raise perhaps_lost(repo, current, terms.actor, error) from None
        changes = []
        for flag_id, lock in wanted.items():
            old = current[flag_id].oid if flag_id in current else ""
            written = wanted[flag_id] = write_commit(repo, lock, terms.now, parent=old)
            changes += [Change(prefix + flag_id, written.oid, old or None), Change(HELD + flag_id, written.oid, "*")]
        words = change_refs(repo, changes)
        shown = {flag_id: read_ref(repo, prefix + flag_id) for flag_id in ids}
        # Nobody else changed anything either, so it was no race that was lost.
        stuck += all(shown[flag_id] == (current[flag_id].oid if flag_id in current else None) for flag_id in ids)
        if all(shown[flag_id] == lock.oid for flag_id, lock in wanted.items()):
            return [_outcome(lock, current.get(flag_id)) for flag_id, lock in wanted.items()]
    raise refuse(repo, ids[0], words)


def release_here(repo: Repo, lock: Lock, prefix: str) -> bool:
    """Delete the ref of exactly this lock; tell whether it is gone, and not another's by now.

    Raises:
        UnavailableError: ``git_failed``, where git could not delete it although it is unchanged.
    """
    changes = [Change(prefix + lock.flag_id, None, lock.oid)]
    held = read_ref(repo, HELD + lock.flag_id)
    if held is not None:
        changes.append(Change(HELD + lock.flag_id, None, held))
    words = change_refs(repo, changes)
    left = read_ref(repo, prefix + lock.flag_id)
    if left == lock.oid:
        raise refuse(repo, lock.flag_id, words)
    return left is None


def read_current(repo: Repo, ids: list[str], prefix: str) -> dict[str, Lock]:
    """Return the locks that the refs of ``ids`` hold now, one file read each and one process for all."""
    found = [(flag_id, read_ref(repo, prefix + flag_id), "local") for flag_id in ids]
    locks = read_commits(repo, [(flag_id, oid, scope) for flag_id, oid, scope in found if oid is not None])
    return {lock.flag_id: lock for lock in locks}


def own_locks(repo: Repo, locks: dict[str, Lock], prefix: str) -> dict[str, Lock]:
    """Return those locks that were taken in this clone; below a branch prefix there may be copies of others."""
    if prefix == LOCAL:
        return locks
    from flaggit.identity import find_clone_token

    token = find_clone_token(repo)
    return {key: lock for key, lock in locks.items() if token and lock.worktree.startswith(token + "/")}


def _outcome(lock: Lock, before: Lock | None) -> Outcome:
    return Outcome(lock, "mine", already=before is not None and before.tenure == lock.tenure)


def perhaps_lost(repo: Repo, current: dict[str, Lock], actor: Actor, error: FlaggitError) -> FlaggitError:
    """Return ``error``, or where this worktree held the flag before that it lost it; the tenure is then forgotten."""
    flag_id = str(error.details.get("flag_id"))
    held = read_ref(repo, HELD + flag_id)
    lock = current.get(flag_id)
    if held is None or lock is None or held == lock.oid:
        return error
    before = read_commits(repo, [(flag_id, held, "local")])[0]
    if before.tenure == lock.tenure or not is_own(replace(before, released=False), actor):
        return error
    change_refs(repo, [Change(HELD + flag_id, None, held)])
    return held_by_other(lock, actor, lost=True)
