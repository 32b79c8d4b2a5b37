"""Giving what an actor holds its whole time again: the actor in, an outcome for each of its locks out."""

from __future__ import annotations

from flaggit.clone.lock_refs import LOCAL, own_prefix
from flaggit.clone.lock_rules import has_holder, is_due, is_free, is_own
from flaggit.clone.visible_locks import read_locks
from flaggit.core.errors import ConflictError
from flaggit.core.record import replace
from flaggit.git.refs import read_ref
from flaggit.locks.holding import has_paths, renew_held_paths, request_for
from flaggit.locks.local import acquire_here
from flaggit.locks.merged import free_merged
from flaggit.locks.request import Outcome, held_by_other, lock_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.locks.request import LockRequest


def renew_held(session: Session, actor: Actor, required: Iterable[str] = ()) -> list[Outcome]:
    """Give all locks that ``actor`` holds their whole time again.

    Args:
        session: The call.
        actor: Who holds them; an implied identity renews nothing.
        required: Flags that the caller is about to act on as their holder. The network is used
            only where one of these is shared, or where none is named.

    Returns:
        An outcome for each lock held: ``mine``, ``lost``, or with a note where the remote could not be asked.

    Raises:
        ConflictError: ``lock_lost``, where one of ``required`` is another's by now, or gone.
    """
    free_merged(session)
    if actor.implied:
        return []
    needed = set(required)
    own = [lock for lock in read_locks(session).values() if is_own(lock, actor) and has_holder(lock)]
    # What has run out may be another's by now; whoever is about to act as its holder has to know.
    held = [lock for lock in own if lock.flag_id in needed or not is_free(lock, session.now)]
    if not held and not has_paths(session):
        return []
    shared = [lock for lock in held if lock.scope != "local"]
    outcomes: list[Outcome] = []
    request = request_for(session, actor, ttl=None, reason="")
    for lock in held:
        if lock.scope == "local" and (not needed or lock.flag_id in needed or is_due(lock, session.now, request.ttl)):
            outcomes += _renew_local(session, lock, request)
    asks = bool(shared) and (not needed or bool(needed & {lock.flag_id for lock in shared}))
    if asks:
        from flaggit.locks.upkeep import renew_at_remote

        outcomes += renew_at_remote(session, shared, request)
    renew_held_paths(session, request, remote=asks)
    for outcome in outcomes:
        if outcome.state == "lost" and outcome.lock.flag_id in needed:
            raise _lost(outcome, actor)
    return outcomes


def _renew_local(session: Session, lock: Lock, request: LockRequest) -> list[Outcome]:
    at_local = read_ref(session.repo, LOCAL + lock.flag_id) == lock.oid
    prefix = LOCAL if at_local else own_prefix(session.constants.lock_namespace)
    try:
        outcomes = acquire_here(session.repo, [lock.flag_id], request, prefix)
    except ConflictError:  # taken over between the look and the renewal
        now = read_locks(session).get(lock.flag_id, lock)
        return [Outcome(now, "lost")]
    return [replace(outcome, state="local") if at_local else outcome for outcome in outcomes]


def _lost(outcome: Outcome, actor: Actor) -> ConflictError:
    if outcome.lock.holder and not is_own(outcome.lock, actor):
        return held_by_other(outcome.lock, actor, lost=True)
    return lock_gone(outcome.lock.flag_id, outcome.note)
