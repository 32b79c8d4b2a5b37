"""The locks that an actor holds: renewed for their whole time, and after a pause acquired anew or reported as lost."""

from __future__ import annotations

from flaggit.clone.lock_refs import HELD, LOCAL, own_prefix, read_commits
from flaggit.clone.lock_rules import has_holder, is_due, is_free, is_own
from flaggit.clone.visible_locks import read_locks
from flaggit.core.errors import ConflictError, FlaggitError
from flaggit.core.ids import is_flag_id
from flaggit.core.record import replace
from flaggit.git.refs import list_refs, read_ref
from flaggit.locks.holding import acquire, has_paths, renew_held_paths, request_for
from flaggit.locks.local import acquire_here, judge_loss, report_loss
from flaggit.locks.merged import free_merged
from flaggit.locks.request import Outcome, held_by_other, lock_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.locks.local import Loss
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
    request = request_for(session, actor)
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


def recover(session: Session, actor: Actor) -> list[str]:
    """Take own locks anew that ran out and that nobody took since; free those whose work is merged.

    Args:
        session: The call.
        actor: Who goes on.

    Returns:
        A sentence for each lock that was taken anew or is lost. What cannot be taken is left to whoever has it.
    """
    free_merged(session)
    ended = find_ended(session, actor)  # judged before anything is acquired, which reports losses too
    lost = [_report(session, flag_id, actor) for flag_id, loss in ended if loss is not None]
    notes = lost + [_acquire_again(session, flag_id, actor) for flag_id, loss in ended if loss is None]
    session.clone.forget_locks()
    return notes


def find_ended(session: Session, actor: Actor) -> list[tuple[str, Loss | None]]:
    """Return the flags whose lock ended while its holder was away, each with the loss; None: it ran out untaken.

    Nothing is changed: whoever acts on one of them hears of it once more, or has the lock again.
    """
    locks, repo = session.clone.locks, session.repo
    ended = _list_ended(session, actor)
    return [(flag_id, judge_loss(repo, flag_id, locks.get(flag_id), actor, session.now)) for flag_id in ended]


def _list_ended(session: Session, actor: Actor) -> list[str]:
    """Return the pending flags that this worktree held as ``actor``, and does not hold any more."""
    held = {name[len(HELD) :]: oid for name, oid in list_refs(session.repo, HELD).items()}
    found = read_commits(session.repo, [(key, oid, "local") for key, oid in held.items() if is_flag_id(key)])
    locks = session.clone.locks
    ended = []
    for before in found:
        shown = locks.get(before.flag_id)
        is_held = shown is not None and is_own(shown, actor) and not is_free(shown, session.now)
        if is_own(before, actor) and not is_held and _is_pending(session, before.flag_id):
            ended.append(before.flag_id)
    return ended


def _report(session: Session, flag_id: str, actor: Actor) -> str:
    try:
        return report_loss(session.repo, flag_id, session.clone.locks.get(flag_id), actor, session.now)
    except FlaggitError as error:
        return error.message


def _acquire_again(session: Session, flag_id: str, actor: Actor) -> str:
    try:
        acquire(session, [flag_id], actor)
    except FlaggitError as error:
        return error.message
    return f"Your lock of {flag_id} had run out and nobody took it: it is yours again."


def _is_pending(session: Session, flag_id: str) -> bool:
    rows = session.clone.get_rows([flag_id])
    return bool(rows) and rows[0].completion is None
