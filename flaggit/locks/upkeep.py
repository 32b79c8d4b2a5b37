"""What verbs need of shared locks besides acquiring them: own renewed or given up, done ones released, and ``sync``."""

from __future__ import annotations

from flaggit.clone.lock_refs import (
    HELD,
    INTENT,
    LOCAL,
    NAMESPACES,
    Change,
    change_refs,
    list_visible_locks,
    read_commits,
)
from flaggit.clone.lock_rules import (
    IN_FLIGHT,
    age,
    continues,
    has_holder,
    has_run_out,
    is_due,
    is_free,
    is_mark_old,
    is_own,
    must_stop,
)
from flaggit.clone.remotes import base_commit
from flaggit.core.errors import ConflictError, UnavailableError
from flaggit.core.ids import is_flag_id
from flaggit.core.record import replace
from flaggit.git.refs import HEADS, list_refs, short_ref
from flaggit.git.turns import flag_turns
from flaggit.locks.arbiter import done_in, find_arbiter
from flaggit.locks.local import is_possessed, own_locks, read_current
from flaggit.locks.marks import MOST_BRANCHES, find_marks, mark, push_marks, pushed_completions
from flaggit.locks.request import Outcome, not_holder
from flaggit.locks.shared import acquire_shared, begin_release, held_here, lose, release_shared, renew_shared
from flaggit.locks.wire import UnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.request import LockRequest
    from flaggit.locks.wire import Seen

_MOST_MARKS = 100  # in one push


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
        The locks that were released, and a remark.

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
        released = release_shared(arbiter, ids, session.now, judge, word=word, marks=marks)
    except ConflictError:
        marks.push()
        raise
    marks.push()
    return released


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

    Never fails: what cannot be found out is not released.
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


def sync_shared(
    arbiter: Arbiter, request: LockRequest, find_pushed: Callable[[Iterable[str]], dict[str, list[str]]]
) -> list[Outcome]:
    """Settle what is open between this clone and the remote; return what became of each lock touched.

    Args:
        repo: The repository.
        arbiter: The remote that decides.
        request: Who asks, and how local locks are wanted at the remote.
        find_pushed: Returns flag id -> the branches of the remote whose tips, as last seen, have the completion.

    Raises:
        UnreachableError: The remote could not be read.
        UnavailableError: ``remote_unreachable`` (the base branch could not be fetched),
            ``remote_refuses_locks`` or ``unknown_outcome``.
    """
    locks, _ = arbiter.refresh(request.now)
    outcomes = _resolve_intents(arbiter, locks, request)
    outcomes += _share_local(arbiter, request)
    locks, seen = arbiter.refresh(request.now)
    released = release_done(arbiter, locks, seen, find_pushed(locks), request.now)
    outcomes += released
    ended = {outcome.lock.flag_id for outcome in released if outcome.state == "free"}
    outcomes += _check_held(arbiter, locks, seen, ended, request)
    return outcomes


def release_done(
    arbiter: Arbiter, locks: dict[str, Lock], seen: Seen, pushed_on: dict[str, list[str]], now: int
) -> list[Outcome]:
    """Free locks whose work has reached everybody, and mark those whose work is on its way.

    What this clone remembers of the remote's branches may be old; a branch counts where the remote has it now.
    """
    base, commit = arbiter.base_in(seen)
    if not commit:
        return []
    living = {key: lock for key, lock in locks.items() if has_holder(lock)}
    done = arbiter.find_done(seen, living)
    on_its_way = {key: lock for key, lock in living.items() if key not in done}
    named = {lock.done_on for lock in on_its_way.values() if lock.done_on}
    named |= {branch for key in on_its_way for branch in pushed_on.get(key, [])[:MOST_BRANCHES]}
    branches = _existing(arbiter, named - {base})
    marks = {}
    stale = set()
    for key, lock in on_its_way.items():
        if lock.done_on in branches:
            stale |= {key} if is_mark_old(lock, now) else set()
            continue
        found = [branch for branch in pushed_on.get(key, []) if branch in branches]
        if found:
            marks[key] = mark(lock, found[0], now)
        elif lock.done_on and has_run_out(lock, now):
            stale.add(key)
    ended = [flag_id for flag_id in sorted(done | stale) if _free_unchanged(arbiter, living[flag_id], now)]
    return [
        *(_released(living[key], base if key in done else "") for key in ended),
        *(_marked(lock) for lock in push_marks(arbiter, dict([*marks.items()][:_MOST_MARKS]), now).values()),
    ]


def _resolve_intents(arbiter: Arbiter, locks: dict[str, Lock], request: LockRequest) -> list[Outcome]:
    """Finish releases that were begun, and judge pushes of which nothing was known."""
    with flag_turns(arbiter.repo.state_dir, [name[len(INTENT) :] for name in list_refs(arbiter.repo, INTENT)]):
        pass  # what another process of this clone is just doing has ended now, or is never to end
    refs = list_refs(arbiter.repo, INTENT)
    outcomes = []
    for intent in read_commits(arbiter.repo, [(name[len(INTENT) :], oid, "shared") for name, oid in refs.items()]):
        in_flight = age(intent, request.now) < IN_FLIGHT
        if not is_own(intent, request.actor) and in_flight:
            continue  # its own holder is to learn of it
        flag_id, shown = intent.flag_id, locks.get(intent.flag_id)
        if not has_holder(intent):
            if shown is not None and continues(shown, intent) and has_holder(shown):
                release_shared(arbiter, [flag_id], request.now)
            elif shown is None and in_flight:
                continue  # it may be the end of a lock that has not arrived yet
            outcomes.append(Outcome(intent, "free", note=f"{flag_id} is free at {arbiter.remote} now."))
        elif shown is not None and continues(shown, intent):
            if is_own(shown, request.actor):
                held = [Change(HELD + flag_id, shown.oid, "*")] if shown.oid == intent.oid else []
                change_refs(arbiter.repo, held)
                outcomes.append(Outcome(shown, "mine", note=f"{flag_id}: the lock had reached {arbiter.remote}."))
        elif shown is None and in_flight:
            outcomes.append(Outcome(intent, "unknown", note=f"{flag_id}: not there yet; `flaggit sync` again in 2m."))
            continue
        elif is_own(intent, request.actor):
            outcomes.append(Outcome(shown or intent, "lost", note=f"{flag_id}: the lock never reached the remote."))
        change_refs(arbiter.repo, [Change(INTENT + flag_id, None, refs[INTENT + flag_id])])
    return outcomes


def _share_local(arbiter: Arbiter, request: LockRequest) -> list[Outcome]:
    """Ask the remote for the actor's locks that only this clone knows; on loss the local one ends."""
    local: dict[str, tuple[str, Lock]] = {}
    for prefix in (*NAMESPACES, LOCAL):
        ids = [name[len(prefix) :] for name in list_refs(arbiter.repo, prefix)]
        found = own_locks(
            arbiter.repo, read_current(arbiter.repo, [key for key in ids if is_flag_id(key)], prefix), prefix
        )
        local.update({key: (prefix, lock) for key, lock in found.items()})
    outcomes = []
    for prefix, lock in local.values():
        if not is_own(lock, request.actor) or is_free(lock, request.now):
            continue
        try:
            wanted = replace(request, reason=lock.reason, steal=False, fresh=False)
            outcomes += acquire_shared(arbiter, [lock.flag_id], wanted)
        except ConflictError as error:
            change_refs(arbiter.repo, [Change(prefix + lock.flag_id, None, lock.oid)])
            held = Outcome(replace(lock, holder=str(error.details.get("holder") or lock.holder)), "lost")
            outcomes.append(replace(held, note=f"{error.message} Your work is where you left it."))
    return outcomes


def _check_held(
    arbiter: Arbiter, locks: dict[str, Lock], seen: Seen, ended: set[str], request: LockRequest
) -> list[Outcome]:
    """Renew what the actor holds, and tell it what it lost, or what another let go since the work has arrived."""
    held = held_here(arbiter.repo, request.actor)
    mine = [
        lock for key, lock in locks.items() if is_own(lock, request.actor) and key not in ended and has_holder(lock)
    ]
    outcomes = renew_shared(arbiter, mine, request) if mine and not request.actor.implied else []
    gone = {key for key in held if key not in ended and key not in locks}
    arrived = arbiter.find_done(seen, gone) if gone else set()
    reported = {outcome.lock.flag_id for outcome in outcomes if outcome.state == "lost"}
    for key, lock in held.items():
        shown = locks.get(key)
        if key not in ended and key not in reported and not (shown and _is_unchanged(arbiter.repo, shown, lock)):
            lost = lose(arbiter.repo, lock, shown)
            outcomes.append(_released(lock, arbiter.base_in(seen)[0]) if key in arrived else lost)
    return outcomes


def _is_unchanged(repo: Repo, shown: Lock, held: Lock) -> bool:
    """Return whether what was held is held still: as it was, or as ``renew_shared`` has just left it."""
    return has_holder(shown) and is_possessed(repo, shown, held)


def _free_unchanged(arbiter: Arbiter, seen: Lock, now: int) -> bool:
    """Release a lock whose work is done, unless it is another's by now; return whether it was released."""

    def judge(lock: Lock) -> None:
        if not continues(lock, seen) or lock.done_on != seen.done_on:
            raise not_holder(lock, None)

    try:
        release_shared(arbiter, [seen.flag_id], now, judge)
    except ConflictError:
        return False
    return True


def _existing(arbiter: Arbiter, branches: set[str]) -> set[str]:
    if not branches:
        return set()
    seen = arbiter.read([HEADS + branch for branch in branches])
    return {short_ref(name) for name in seen.refs}


def _marked(lock: Lock) -> Outcome:
    note = f"{lock.flag_id} stays locked until {lock.done_on} has reached the others."
    return Outcome(lock, "held", already=True, note=note)


def _released(lock: Lock, base: str) -> Outcome:
    why = f"its completion is in {base}" if base else "the branch with its completion is gone, or too old"
    return Outcome(lock, "free", note=f"{lock.flag_id} is free: {why}.")
