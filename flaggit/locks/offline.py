"""Locks that only this clone knows although a remote decides: until ``sync`` asks it."""

from __future__ import annotations

from flaggit.clone.lock_refs import LOCAL
from flaggit.clone.lock_rules import is_over, is_own, must_stop
from flaggit.core.record import replace
from flaggit.git.refs import read_ref
from flaggit.git.turns import flag_turns
from flaggit.locks.local import acquire_here
from flaggit.locks.terms import Outcome, held_by_other

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.terms import Terms


def acquire_offline(
    repo: Repo, read_known: Callable[[], dict[str, Lock]], ids: list[str], terms: Terms, why: str
) -> list[Outcome]:
    """Take locks in this clone alone, unless the remote was last seen with another holder.

    Args:
        repo: The repository.
        read_known: Reads every lock known in this clone; called when no other process of it is asking the remote.
        ids: Whole flag ids.
        terms: Who wants them, and how.
        why: What keeps the remote from being asked, for people.

    Raises:
        ConflictError: ``locked_by_other`` or ``lock_lost``.
        UnavailableError: ``git_failed``.
    """
    with flag_turns(repo.state_dir, ids):
        known = read_known()
        return _acquire(repo, {key: known[key] for key in ids if key in known}, ids, terms, why)


def _acquire(repo: Repo, known: dict[str, Lock], ids: list[str], terms: Terms, why: str) -> list[Outcome]:
    # What lies elsewhere in this clone is from before there was a remote.
    elsewhere = {key: lock for key, lock in known.items() if read_ref(repo, LOCAL + key) != lock.oid}
    shared = {key: lock for key, lock in elsewhere.items() if lock.scope != "local"}
    for lock in elsewhere.values():
        living = not is_over(lock, terms.now)
        if living and not terms.steal and (terms.fresh or not is_own(lock, terms.actor)):
            raise held_by_other(lock, terms.actor)
    kept = {key: lock for key, lock in shared.items() if is_own(lock, terms.actor) and not is_over(lock, terms.now)}
    taken = [flag_id for flag_id in ids if flag_id not in kept]
    found = {
        key: Outcome(lock, "unknown", True, f"{key}: its time is nearly over and it cannot be renewed: {why}. Stop.")
        if must_stop(lock, terms.now)
        else Outcome(lock, "mine", True, f"{key}: not renewed: {why}")
        for key, lock in kept.items()
    }
    for outcome in acquire_here(repo, taken, terms, LOCAL) if taken else []:
        note = (
            f"{outcome.lock.flag_id} is locked in this clone only: {why.rstrip('.')}; `flaggit sync` asks the remote."
        )
        found[outcome.lock.flag_id] = replace(outcome, state="local", note=note)
    return [found[flag_id] for flag_id in ids]
