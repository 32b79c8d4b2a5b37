"""Judgements over locks: whose, how long, when another may take them. Pure: time and holder are arguments.

Clocks of different machines differ. The holder of a shared lock therefore stops, or renews,
``MARGIN`` seconds before it expires, and a taker waits ``MARGIN`` seconds after: safe while the
clocks differ by less than both together. Within one clone there is one clock, and no margin.
"""

from __future__ import annotations

from flaggit.core.limits import CLOCK_SKEW, DAY, LOCK_TTL
from flaggit.core.record import replace
from flaggit.core.times import format_time, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.core.model import Lock

LASTING = ("flag_id", "holder", "instance", "worktree", "acquired", "tenure", "patterns")  # fields of a lock
MARGIN = 300
MIN_SHARED_TTL = 900
MAX_FUTURE = CLOCK_SKEW
IN_FLIGHT = 120  # seconds in which a push that was given up may still land
MARK_LIFE = 14 * DAY  # a mark that says where the completion is, and that nobody cleared


def state_of(lock: Lock, now: int) -> str:
    """The state of a lock; every other judgement over locks follows from it, and no other code makes one.

    Args:
        lock: As read.
        now: Seconds since the epoch.

    Returns:
        ``held``: only its holder may act on the flag. ``done``: the flag is completed on the branch ``done_on``,
        which the others do not have yet. ``released``, ``abandoned`` (git removed its worktree) or ``expired``:
        anybody may take it.
    """
    if lock.released:
        return "released"
    if lock.done_on:  # expiry and worktree no longer count
        return "expired" if is_mark_old(lock, now) else "done"
    if lock.dead:
        return "abandoned"
    shared = is_shared(lock)
    if shared and begins_in_future(lock, now):
        return "held"  # its clock and ours differ too much to judge
    return "expired" if seconds_left(lock, now) + (MARGIN if shared else 0) <= 0 else "held"


def binds(lock: Lock, now: int) -> bool:
    """Whether the lock keeps everybody but its holder from completing the flag, or from changing the paths."""
    return state_of(lock, now) == "held"


def is_free(lock: Lock, now: int) -> bool:
    """Whether anybody may take the lock."""
    return state_of(lock, now) not in ("held", "done")


def has_holder(lock: Lock) -> bool:
    """Whether somebody was given the lock and did not give it up, whatever the clock says since."""
    return bool(lock.holder) and not lock.released


def is_released(lock: Lock) -> bool:
    """Whether the lock was given up, be it that its ref stands where a remote refuses to delete it."""
    return lock.released


def is_abandoned(lock: Lock) -> bool:
    """Whether the lock was taken from a worktree of this clone that git has removed."""
    return lock.dead


def seconds_left(lock: Lock, now: int) -> int:
    """The seconds until the lock expires; below 1 where it has."""
    return parse_time(lock.expires) - now


def has_run_out(lock: Lock, now: int) -> bool:
    """Whether a shared lock's own time is over, with the margin for clocks, whatever marks it bears."""
    return seconds_left(lock, now) + MARGIN <= 0


def begins_in_future(lock: Lock, now: int) -> bool:
    """Whether the lock was acquired later than clocks differ: one of them is wrong."""
    return bool(lock.acquired) and parse_time(lock.acquired) > now + MAX_FUTURE


def lives_too_long(lock: Lock, now: int) -> bool:
    """Whether the lock would live longer from now than any lock may, be it that clocks differ."""
    return seconds_left(lock, now) > LOCK_TTL + MAX_FUTURE


def free_from(lock: Lock) -> int:
    """When a lock that is held becomes free by itself, in seconds since the epoch."""
    return parse_time(lock.expires) + (MARGIN if is_shared(lock) else 0)


def is_shared(lock: Lock) -> bool:
    """Return whether a lock is one of the remote's."""
    return lock.scope != "local"


def is_unmarked(lock: Lock) -> bool:
    """Whether a lock could still be marked as done."""
    return has_holder(lock) and not lock.done_on


def is_mark_old(lock: Lock, now: int) -> bool:
    """Return whether a lock was marked as done so long ago that nobody need wait for its branch any more."""
    return parse_time(lock.done_at or lock.expires) + MARK_LIFE <= now


def is_marked_only(lock: Lock, before: Lock) -> bool:
    """Whether ``lock`` is ``before`` with nothing but where its flag's completion is, which anybody may add."""
    changing = ("done_on", "done_at", "nonce", "oid", "scope", "dead")
    return replace(lock, **{name: getattr(before, name) for name in changing}) == before


def prevailing(lock: Lock | None, twin: Lock | None, now: int) -> Lock | None:
    """Which of two locks of one flag counts: the first, unless only the other is alive, or there."""
    if lock is None or (twin is not None and is_free(lock, now) and not is_free(twin, now)):
        return twin
    return lock


def is_own(lock: Lock, actor: Actor) -> bool:
    """Whether ``actor`` is the one whom the lock was given to: the handle, and which one of that handle."""
    return lock.holder == actor.handle and lock.instance == actor.instance


def must_stop(lock: Lock, now: int) -> bool:
    """Return whether the holder of a shared lock has come too near to its end to rely on it."""
    return is_shared(lock) and seconds_left(lock, now) <= MARGIN


def is_due(lock: Lock, now: int, ttl: int) -> bool:
    """Return whether renewing gives a lock noticeably more time: an eighth of what it gets."""
    return not lock.done_on and seconds_left(lock, now) < ttl - ttl // 8


def age(lock: Lock, now: int) -> int:
    """Return the seconds since the lock was taken."""
    return now - parse_time(lock.acquired)


def renewed(lock: Lock, *, nonce: str, now: int, ttl: int, exactly: bool) -> Lock:
    """Return the lock with more time; ``exactly`` also lets it get less."""
    expires = format_time(now + ttl)
    if not exactly and expires < lock.expires:
        expires = lock.expires
    return replace(lock, nonce=nonce, expires=expires, oid="")


def continues(lock: Lock, before: Lock) -> bool:
    """Whether ``lock`` is ``before`` renewed, marked or given up: all that never changes in a lock is the same.

    What else a lock says (when it ends, why, where the work is done) its holder may change; a lock that differs in
    one of these fields is another lock, which begins only where the one before has ended.
    """
    return all(getattr(lock, name) == getattr(before, name) for name in LASTING)
