"""Acquiring, renewing and releasing locks at the remote that decides: read, record the intent, push, read again.

What the second read shows is the verdict, never the push's own words: pushes that were reported
as failed have landed, and the other way round.
"""

from __future__ import annotations

from flaggit.clone.lock_refs import (
    HELD,
    INTENT,
    LOCAL,
    NAMESPACES,
    Change,
    change_refs,
    mirror_prefix,
    read_commits,
    write_commit,
)
from flaggit.clone.lock_rules import IN_FLIGHT, age, continues, is_free, is_own, is_released, renewed
from flaggit.core.errors import FlaggitError, UnavailableError
from flaggit.core.record import replace
from flaggit.git.refs import list_refs, read_ref
from flaggit.git.turns import flag_turns
from flaggit.locks.local import how_gone, is_possessed, own_locks, read_current, report_loss
from flaggit.locks.places import record_place
from flaggit.locks.request import Outcome, completed_in_base, held_by_other, new_token, not_holder, wanted_lock
from flaggit.locks.wire import Riders, Update, give_way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.identity import Actor
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.request import LockRequest
    from flaggit.locks.wire import Seen

_TRIES = 6
_RELEASE_TRIES = 4


def acquire_shared(
    arbiter: Arbiter, ids: list[str], request: LockRequest, marks: Riders | None = None, known: Seen | None = None
) -> list[Outcome]:
    """Take or renew the locks of ``ids`` at the remote, all or none; a push of one ref takes ``marks`` along.

    ``known`` is what the remote has shown of all locks a moment ago: the first try does without another look then,
    unless ``marks`` need one. The remote compares before it swaps, so that it may be old.

    Raises:
        UnreachableError: The remote could not be read, and nothing was pushed.
        ConflictError: ``locked_by_other``, ``lock_lost``, or ``already_completed`` in the base branch.
        UnavailableError: ``remote_refuses_locks``, ``unknown_outcome``.
    """
    losses: dict[str, str] = {}
    rivals: dict[str, Lock] = {}
    words = ""
    marks = marks or Riders()
    with flag_turns(arbiter.repo.state_dir, ids):
        endings = require_no_local(arbiter, ids, request)
        for _ in range(_TRIES):
            names = [*map(arbiter.ref, ids), *marks.names]
            seen = arbiter.read(names) if known is None or marks.names else known
            known = None
            marks.plan(seen)
            current = arbiter.find_locks(ids, seen)
            for flag_id in () if request.steal else [key for key in ids if not endings[key]]:
                told = report_loss(arbiter.repo, flag_id, current.get(flag_id), request.actor, request.now)
                losses[flag_id] = losses.get(flag_id) or told
            written = _write(arbiter, current, ids, request)
            done = arbiter.find_done(seen, ids)
            if done:
                raise completed_in_base(done, arbiter.base_in(seen)[0])
            if arbiter.follow_base(seen):
                continue  # locks that begin lie elsewhere by now
            change_refs(arbiter.repo, [Change(INTENT + flag_id, lock.oid, "*") for flag_id, lock in written.items()])
            updates = [Update(arbiter.ref(key), lock.oid, _oid(current, key)) for key, lock in written.items()]
            after, pushed = arbiter.swap(updates, marks)
            mine = [flag_id for flag_id in ids if after.refs.get(arbiter.ref(flag_id)) == written[flag_id].oid]
            begun = [key for key in mine if key not in current or not continues(written[key], current[key])]
            rivals = arbiter.find_rivals(begun, after)
            if len(mine) == len(ids) and not rivals:
                outcomes = _confirm(arbiter, (seen, after), current, written, endings, request.now)
                return [replace(found, note=losses.get(found.lock.flag_id, "")) for found in outcomes]
            _undo(arbiter, current, {flag_id: written[flag_id] for flag_id in mine}, request.now)
            forget_intents(arbiter.repo, written)
            if rivals:  # each of two may have found the other: whoever waits less has it
                give_way()
                continue
            changed = any(
                after.refs.get(arbiter.ref(flag_id), "") != _oid(current, flag_id)
                for flag_id in ids
                if flag_id not in mine
            )
            words = pushed.words
            if not changed and not pushed.race:
                break
        if rivals:
            raise held_by_other(rivals[min(rivals)], request.actor)
        raise arbiter.refusal(ids, words)


def require_no_local(arbiter: Arbiter, ids: list[str], request: LockRequest) -> dict[str, list[Change]]:
    """Raise where another worktree of this clone holds one of the flags without the remote knowing it.

    Return, for each flag, what ends the locks that only this clone knows, once the remote has one.
    """
    endings: dict[str, list[Change]] = {flag_id: [] for flag_id in ids}
    for prefix in (LOCAL, *NAMESPACES):  # the latter from a time before the remote was there
        current = own_locks(arbiter.repo, read_current(arbiter.repo, ids, prefix), prefix)
        for lock in current.values():
            if not is_free(lock, request.now) and not is_own(lock, request.actor) and not request.steal:
                report_loss(arbiter.repo, lock.flag_id, lock, request.actor, request.now)
                raise held_by_other(lock, request.actor)
            endings[lock.flag_id].append(Change(prefix + lock.flag_id, None, lock.oid))
    return endings


def _write(arbiter: Arbiter, current: dict[str, Lock], ids: list[str], request: LockRequest) -> dict[str, Lock]:
    wanted = {flag_id: wanted_lock(flag_id, current.get(flag_id), request) for flag_id in ids}
    return {
        flag_id: write_commit(arbiter.repo, lock, request.now, parent=_oid(current, flag_id), author=arbiter.author)
        for flag_id, lock in wanted.items()
    }


def _confirm(
    arbiter: Arbiter,
    reads: tuple[Seen, Seen],
    current: dict[str, Lock],
    written: dict[str, Lock],
    endings: dict[str, list[Change]],
    now: int,
) -> list[Outcome]:
    """The remote shows our locks: record the tenure, unless the work turns out to be done already."""
    seen, after = reads
    if arbiter.base_in(after) != arbiter.base_in(seen):
        try:
            done = arbiter.find_done(after, written)
        except UnavailableError:
            _undo(arbiter, current, written, now)
            forget_intents(arbiter.repo, written)
            raise
        if done:
            _undo(arbiter, current, written, now)
            forget_intents(arbiter.repo, written)
            raise completed_in_base(done, arbiter.base_in(after)[0])
    mirror = mirror_prefix(arbiter.remote)
    changes = []
    for flag_id, lock in written.items():
        changes += [Change(HELD + flag_id, lock.oid, "*"), Change(mirror + flag_id, lock.oid, "*")]
        changes += [Change(INTENT + flag_id, None, lock.oid), *endings[flag_id]]
    record_place(arbiter.repo, arbiter.url)
    change_refs(arbiter.repo, changes)
    scope = arbiter.scope
    outcomes = []
    for flag_id, lock in written.items():
        before = current.get(flag_id)
        already = before is not None and continues(lock, before)
        outcomes.append(Outcome(replace(lock, scope=scope), "mine", already, as_of=now))
    return outcomes


def _undo(arbiter: Arbiter, current: dict[str, Lock], taken: dict[str, Lock], now: int) -> None:
    """Give back what was taken although it is not to be kept; what was held before and is only renewed stays."""
    renewals = {key: lock for key, lock in taken.items() if key in current and continues(lock, current[key])}
    mirror = mirror_prefix(arbiter.remote)
    for flag_id, lock in renewals.items():
        change_refs(arbiter.repo, [Change(HELD + flag_id, lock.oid, "*"), Change(mirror + flag_id, lock.oid, "*")])
    give_back(arbiter, {key: lock for key, lock in taken.items() if key not in renewals}, now)


def forget_intents(repo: Repo, written: dict[str, Lock]) -> None:
    """Drop the records of pushes whose outcome is known."""
    for flag_id, lock in written.items():
        if read_ref(repo, INTENT + flag_id) == lock.oid:
            change_refs(repo, [Change(INTENT + flag_id, None, lock.oid)])


def _oid(current: dict[str, Lock], flag_id: str) -> str:
    return current[flag_id].oid if flag_id in current else ""


def release_shared(
    arbiter: Arbiter,
    ids: list[str],
    now: int,
    judge: Callable[[Lock], None] | None = None,
    *,
    word: str = "",
    marks: Riders | None = None,
) -> dict[str, Lock]:
    """Free the flags at the remote and return the locks that were there.

    Args:
        repo: The repository.
        arbiter: The remote that decides.
        ids: Whole flag ids.
        now: Seconds since the epoch.
        judge: Raises where a lock, as just read, may not be let go; then none is. None: any may.
        word: Why, where it is another's; it reaches its holder where the remote refuses to delete.
        marks: What the push takes along.

    Raises:
        UnreachableError: The remote could not be read; nothing was pushed.
        UnavailableError: ``remote_refuses_locks``.
    """
    with flag_turns(arbiter.repo.state_dir, ids):
        return _free(arbiter, ids, now, judge, word, marks)


def give_back(arbiter: Arbiter, locks: dict[str, Lock], now: int) -> None:
    """Let go again what this process, whose turn it is, has just taken.

    Never fails: what the remote could not be told, ``sync`` tells it.
    """

    def judge(shown: Lock) -> None:
        if not continues(shown, locks[shown.flag_id]):
            raise not_holder(shown, None)

    begin_release(arbiter, locks, now)
    for flag_id in locks:
        try:
            _free(arbiter, [flag_id], now, judge)
        except FlaggitError:
            continue


def begin_release(arbiter: Arbiter, locks: dict[str, Lock], now: int, word: str = "") -> dict[str, Lock]:
    """Record that these locks are being let go, and give up their tenure here; return the commits that say so."""
    written = {}
    for flag_id, lock in locks.items():
        successor = replace(lock, released=True, nonce=new_token(), oid="", reason=word or lock.reason)
        written[flag_id] = successor = write_commit(
            arbiter.repo, successor, now, parent=lock.oid, author=arbiter.author
        )
        changes = [Change(INTENT + flag_id, successor.oid, "*")]
        held = read_ref(arbiter.repo, HELD + flag_id)
        if held is not None:
            changes.append(Change(HELD + flag_id, None, held))
        change_refs(arbiter.repo, changes)
    return written


def _free(
    arbiter: Arbiter,
    ids: list[str],
    now: int,
    judge: Callable[[Lock], None] | None,
    word: str = "",
    marks: Riders | None = None,
) -> dict[str, Lock]:
    released: dict[str, Lock] = {}
    words = ""
    marks = marks or Riders()
    for _ in range(_RELEASE_TRIES):
        seen = arbiter.read([*(arbiter.ref(flag_id) for flag_id in ids), *marks.names])
        marks.plan(seen)
        current = {flag_id: lock for flag_id, lock in arbiter.find_locks(ids, seen).items() if not is_released(lock)}
        current = {flag_id: lock for flag_id, lock in current.items() if _is_same_tenure(released, lock)}
        if not current:
            absent = [key for key in ids if arbiter.ref(key) not in seen.refs]
            waiting = {key for key in absent if _is_in_flight(arbiter, key, now)}
            _finish(arbiter.repo, [key for key in ids if key not in waiting])
            return released
        if judge is not None:
            for lock in current.values():
                judge(lock)
        released.update(current)
        successors = begin_release(arbiter, current, now, word)
        words, gone = _push_release(arbiter, current, successors, marks)
        if gone:
            arbiter.update_mirror(dict.fromkeys(ids, ""))
            _finish(arbiter.repo, ids)
            return released
    raise arbiter.refusal(sorted(released), words)


def _push_release(
    arbiter: Arbiter, locks: dict[str, Lock], successors: dict[str, Lock], marks: Riders
) -> tuple[str, bool]:
    """Delete the refs; where the remote refuses to delete, put a commit there that says it is released.

    Return the server's words, and whether a read showed that nothing is left.
    """
    updates = [Update(arbiter.ref(key), "", lock.oid) for key, lock in locks.items()]
    pushed = arbiter.push_along(updates, marks.pop_updates())
    after = arbiter.read([*(arbiter.ref(flag_id) for flag_id in locks), *marks.names])
    if pushed.definite:
        marks.finish(after)
    left = {key: lock for key, lock in locks.items() if after.refs.get(arbiter.ref(key)) == lock.oid}
    if not left:
        return "", not any(arbiter.ref(key) in after.refs for key in locks)
    updates = [Update(arbiter.ref(key), successors[key].oid, lock.oid) for key, lock in left.items()]
    return arbiter.push(updates).words or pushed.words, False


def _is_same_tenure(released: dict[str, Lock], lock: Lock) -> bool:
    """Return whether a lock is still the one that we let go, and not one that another took since."""
    return lock.flag_id not in released or continues(lock, released[lock.flag_id])


def _is_in_flight(arbiter: Arbiter, flag_id: str, now: int) -> bool:
    """Return whether a push of which nothing is known may still land; if so, record that it is to be let go then."""
    oid = read_ref(arbiter.repo, INTENT + flag_id)
    if oid is None:
        return False
    intent = read_commits(arbiter.repo, [(flag_id, oid, "shared")])[0]
    if not intent.holder or age(intent, now) >= IN_FLIGHT:
        return False
    if not is_released(intent):
        begin_release(arbiter, {flag_id: intent}, now)
    return True


def _finish(repo: Repo, ids: list[str]) -> None:
    for flag_id in ids:
        for name in (INTENT + flag_id, HELD + flag_id):
            oid = read_ref(repo, name)
            if oid is not None:
                change_refs(repo, [Change(name, None, oid)])


def renew_shared(
    arbiter: Arbiter, locks: list[Lock], request: LockRequest, marks: Riders | None = None
) -> list[Outcome]:
    """Renew locks that the actor holds at the remote, each for itself; the push takes ``marks`` along.

    An outcome is ``mine`` or ``lost``; a lost one holds whatever lock is there now, without a
    holder where there is none. The tenure of a lost one is forgotten here.

    Raises:
        UnreachableError: The remote could not be read; nothing was pushed.
    """
    ids = [lock.flag_id for lock in locks]
    known = {lock.flag_id: lock for lock in locks}
    held = held_here(arbiter.repo, request.actor)
    marks = marks or Riders()
    names = [*(arbiter.ref(flag_id) for flag_id in ids), *marks.names]
    with flag_turns(arbiter.repo.state_dir, ids):
        seen = arbiter.read(names)
        marks.plan(seen)
        current = arbiter.find_locks(ids, seen)
        mine = {
            key: lock
            for key, lock in current.items()
            if not is_released(lock)
            and (is_possessed(arbiter.repo, lock, held[key]) if key in held else continues(lock, known[key]))
        }
        definite = True
        if mine:
            definite = _push_renewals(arbiter, mine, request, marks)
            after = arbiter.read(names)
            if definite:
                marks.finish(after)
            current = arbiter.find_locks(ids, after)
        outcomes = []
        for lock in locks:
            now = current.get(lock.flag_id)
            if now is not None and lock.flag_id in mine and continues(now, lock) and not is_released(now):
                # In one step: whoever is killed between the two would take its own renewal for a copy's.
                change_refs(
                    arbiter.repo, [Change(HELD + lock.flag_id, now.oid, "*"), *_end_intent(arbiter, now, definite)]
                )
                outcomes.append(Outcome(now, "mine", already=True))
            else:
                change_refs(arbiter.repo, _end_intent(arbiter, now or lock, definite))
                outcomes.append(lose(arbiter.repo, lock, now))
        return outcomes


def lose(repo: Repo, before: Lock, now: Lock | None) -> Outcome:
    """Forget a tenure that the remote no longer shows; say who holds the flag, if anybody does."""
    for name, oid in list_refs(repo, HELD).items():
        if name == HELD + before.flag_id:
            change_refs(repo, [Change(name, None, oid)])
    if now is not None and not is_released(now):
        who = "a copy of this clone" if continues(now, before) else now.holder or "somebody"
        note = f"The lock of {before.flag_id} was yours and {who} holds it now."
        return Outcome(now, "lost", note=note)
    word = how_gone(repo, before, now)
    note = f"The lock of {before.flag_id} was yours and is gone from the remote: {word}."
    return Outcome(before, "lost", note=note)


def held_here(repo: Repo, actor: Actor) -> dict[str, Lock]:
    """Return the locks that this worktree was told it holds, as ``actor``: flag id -> lock as it was then."""
    refs = list_refs(repo, HELD)
    locks = read_commits(repo, [(name[len(HELD) :], oid, "shared") for name, oid in refs.items()])
    return {lock.flag_id: lock for lock in locks if is_own(lock, actor)}


def _push_renewals(arbiter: Arbiter, locks: dict[str, Lock], request: LockRequest, marks: Riders) -> bool:
    """Push renewals, and the marks with them; tell whether the remote answered.

    A lock that is to be marked needs no more time.
    """
    riders = marks.pop_updates()
    written = {}
    for flag_id, lock in marks.without_pushed(locks).items():
        successor = renewed(lock, nonce=new_token(), now=request.now, ttl=request.ttl, exactly=request.exactly)
        written[flag_id] = write_commit(arbiter.repo, successor, request.now, parent=lock.oid, author=arbiter.author)
    change_refs(arbiter.repo, [Change(INTENT + flag_id, lock.oid, "*") for flag_id, lock in written.items()])
    updates = [Update(arbiter.ref(key), lock.oid, locks[key].oid) for key, lock in written.items()]
    return arbiter.push_along(updates, riders).definite


def _end_intent(arbiter: Arbiter, shown: Lock, definite: bool) -> list[Change]:
    """Return what drops the record of a push that has arrived, or that the remote has answered."""
    intent = read_ref(arbiter.repo, INTENT + shown.flag_id)
    is_over = intent is not None and (definite or intent == shown.oid)
    return [Change(INTENT + shown.flag_id, None, intent)] if is_over else []
