"""Bringing this clone and the remote together: what ``flaggit sync`` does, in its order."""

from __future__ import annotations

from flaggit.clone.lock_refs import HELD, INTENT, LOCAL, NAMESPACES, Change, change_refs, read_commits
from flaggit.clone.lock_rules import IN_FLIGHT, age, continues, has_holder, has_run_out, is_free, is_mark_old, is_own
from flaggit.core.errors import ConflictError
from flaggit.core.ids import is_flag_id
from flaggit.core.record import replace
from flaggit.git.refs import list_refs
from flaggit.git.turns import flag_turns
from flaggit.locks.local import is_possessed, own_locks, read_current
from flaggit.locks.marks import MOST_BRANCHES, mark, push_marks
from flaggit.locks.request import Outcome, not_holder
from flaggit.locks.shared import acquire_shared, held_here, lose, release_shared, renew_shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.request import LockRequest
    from flaggit.locks.wire import Seen

_MOST_MARKS = 100  # in one push


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
    """Free a lock whose work is done, unless it is another's by now; tell whether it was freed."""

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
    seen = arbiter.read([f"refs/heads/{branch}" for branch in branches])
    return {name.removeprefix("refs/heads/") for name in seen.refs}


def _marked(lock: Lock) -> Outcome:
    note = f"{lock.flag_id} stays locked until {lock.done_on} has reached the others."
    return Outcome(lock, "held", already=True, note=note)


def _released(lock: Lock, base: str) -> Outcome:
    why = f"its completion is in {base}" if base else "the branch with its completion is gone, or too old"
    return Outcome(lock, "free", note=f"{lock.flag_id} is free: {why}.")
