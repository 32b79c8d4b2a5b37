"""What verbs need of shared locks besides taking them: own ones renewed or given up, done ones freed, all settled."""

from __future__ import annotations

from flaggit.clone.lock_refs import list_visible_locks
from flaggit.clone.lock_rules import has_holder, is_due, is_own, must_stop
from flaggit.clone.remotes import base_commit
from flaggit.core.errors import ConflictError, UnavailableError
from flaggit.locks.arbiter import done_in, find_arbiter
from flaggit.locks.marks import find_marks, pushed_completions
from flaggit.locks.request import Outcome
from flaggit.locks.shared import begin_release, release_shared, renew_shared
from flaggit.locks.sync import release_done, sync_shared
from flaggit.locks.wire import UnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.request import LockRequest


def renew_at_remote(session: Session, locks: list[Lock], request: LockRequest) -> list[Outcome]:
    """Renew shared locks; where no remote can be asked, say that nothing is verified and go on."""
    why = "offline, as asked" if session.offline else "no remote decides here any more"
    try:
        arbiter = None if session.offline else find_arbiter(session)
        if arbiter is not None:
            marks = find_marks(session, arbiter, ())
            outcomes = renew_shared(arbiter, locks, request, marks)
            marks.push()
            return outcomes
    except UnavailableError as error:
        why = error.message
    return [
        Outcome(lock, "unknown" if must_stop(lock, request.now) else "mine", True, f"{lock.flag_id}: unverified: {why}")
        for lock in locks
    ]


def release_or_promise(
    session: Session,
    arbiter: Arbiter,
    ids: list[str],
    known: dict[str, Lock],
    actor: Actor | None,
    judge: Callable[[Lock], None],
    word: str = "",
) -> tuple[dict[str, Lock], str]:
    """Free flags at the remote; one's own where it cannot be reached too, to be carried out by ``sync``.

    ``word`` says who lets go what is another's, and why.

    Returns:
        The locks that were freed, and a remark.

    Raises:
        ConflictError: What ``judge`` raises.
        UnavailableError: ``remote_unreachable`` where a lock is not the actor's; ``remote_refuses_locks``.
    """
    why = "offline, as asked"
    if not session.offline:
        try:
            return _release(session, arbiter, ids, judge, word), ""
        except UnreachableError as error:
            if actor is None or not any(key in known and is_own(known[key], actor) for key in ids):
                raise
            why = error.message
    own = {key: known[key] for key in ids if key in known and actor is not None and is_own(known[key], actor)}
    for flag_id in ids:
        if flag_id in known and flag_id not in own:
            judge(known[flag_id])
            raise UnavailableError(
                "remote_unreachable", f"{flag_id} is locked at {arbiter.remote}, and it was not asked: {why}."
            )
    begin_release(arbiter, own, session.now)
    return own, f"Let go here; {arbiter.remote} is told by the next `flaggit sync`: {why}" if own else ""


def _release(
    session: Session, arbiter: Arbiter, ids: list[str], judge: Callable[[Lock], None], word: str
) -> dict[str, Lock]:
    marks = find_marks(session, arbiter, ids)
    try:
        freed = release_shared(arbiter, ids, session.now, judge, word=word, marks=marks)
    except ConflictError:
        marks.push()
        raise
    marks.push()
    return freed


def renew_own(session: Session, arbiter: Arbiter, request: LockRequest, besides: Iterable[str]) -> list[str]:
    """Free the actor's other locks whose work has arrived, and renew the rest; return what is lost. Never fails."""
    skipped = set(besides)
    own = {
        lock.flag_id: lock
        for lock in list_visible_locks(session.repo, lambda: arbiter.remote)
        if lock.scope != "local" and is_own(lock, request.actor) and lock.flag_id not in skipped and has_holder(lock)
    }
    settled = _tidy(session, arbiter, own) if own else set()
    due = [lock for key, lock in own.items() if key not in settled and is_due(lock, session.now, request.ttl)]
    if not due or request.actor.implied:
        return []
    try:
        outcomes = renew_shared(arbiter, due, request)
    except UnavailableError:  # it was a courtesy; `sync` says what is wrong
        return []
    return [outcome.note for outcome in outcomes if outcome.state == "lost"]


def _tidy(session: Session, arbiter: Arbiter, own: dict[str, Lock]) -> set[str]:
    """Free own locks whose work has reached the base branch, as far as this clone can see; return which were."""
    base = base_commit(session.repo, session.remote)
    done = (done_in(session.repo, base, own) if base else None) or set()
    if not done:
        return set()
    try:
        locks, seen = arbiter.refresh(session.now)
        chosen = {key: lock for key, lock in locks.items() if key in done}
        pushed = pushed_completions(session, arbiter, chosen)
        outcomes = release_done(arbiter, chosen, seen, pushed, session.now)
    except UnavailableError:
        return set()
    return {outcome.lock.flag_id for outcome in outcomes}


def free_done(session: Session, arbiter: Arbiter, ids: Iterable[str]) -> dict[str, Outcome]:
    """Free those of the flags whose work has arrived in the base branch, or whose mark is void; anybody may.

    Never fails: what cannot be found out is not freed.
    """
    try:
        locks, seen = arbiter.refresh(session.now)
        chosen = {key: locks[key] for key in ids if key in locks}
        pushed = pushed_completions(session, arbiter, chosen)
        outcomes = release_done(arbiter, chosen, seen, pushed, session.now)
    except UnavailableError:
        return {}
    return {outcome.lock.flag_id: outcome for outcome in outcomes if outcome.state == "free"}


def sync(session: Session, request: LockRequest) -> list[Outcome]:
    """Settle everything that is open about locks; return what became of each one touched.

    Raises:
        UnavailableError: ``remote_unreachable``, ``ambiguous_arbiter``, ``remote_refuses_locks``, ``unknown_outcome``.
    """
    arbiter = find_arbiter(session)
    if arbiter is None:
        from flaggit.locks.merged import free_merged

        return free_merged(session, everybodys=True)
    return sync_shared(arbiter, request, lambda ids: pushed_completions(session, arbiter, ids))
