"""Judgements over locks: whose, how long, when another may take them. Pure: time and holder are arguments.

Clocks of different machines differ. The holder of a shared lock therefore stops, or renews,
``MARGIN`` seconds before it expires, and a taker waits ``MARGIN`` seconds after: safe while the
clocks differ by less than both together. Within one clone there is one clock, and no margin.
"""

from __future__ import annotations

from flaggit.core.record import replace
from flaggit.core.times import format_time, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.core.model import Lock

MARGIN = 300
MIN_SHARED_TTL = 900
MAX_FUTURE = 600
IN_FLIGHT = 120  # seconds in which a push that was given up may still land
MARK_LIFE = 14 * 86400  # a mark that says where the completion is, and that nobody cleared


def is_over(lock: Lock, now: int) -> bool:
    """Tell whether anybody may take the lock: given up, expired, or its worktree gone."""
    if lock.released:
        return True
    if lock.done_on:  # its work is done and on the way to the others; expiry and worktree no longer count
        return is_mark_old(lock, now)
    if lock.dead:
        return True
    shared = lock.scope != "local"
    if shared and lock.acquired and parse_time(lock.acquired) > now + MAX_FUTURE:
        return False  # its clock and ours differ too much to judge
    return parse_time(lock.expires) + (MARGIN if shared else 0) <= now


def is_shared(lock: Lock) -> bool:
    """Tell whether a lock is one of the remote's."""
    return lock.scope != "local"


def is_unmarked(lock: Lock) -> bool:
    """Tell whether a lock could be told that its flag is done."""
    return bool(lock.holder) and not lock.released and not lock.done_on


def is_mark_old(lock: Lock, now: int) -> bool:
    """Tell whether a lock was marked as done so long ago that nobody need wait for its branch any more."""
    return parse_time(lock.done_at or lock.expires) + MARK_LIFE <= now


def is_own(lock: Lock, actor: Actor) -> bool:
    """Tell whether ``actor`` is the lock's holder: the handle, and which one of that handle."""
    return lock.holder == actor.handle and lock.instance == actor.instance


def must_stop(lock: Lock, now: int) -> bool:
    """Tell whether the holder of a shared lock has come too near to its end to rely on it."""
    return lock.scope != "local" and parse_time(lock.expires) - MARGIN <= now


def is_due(lock: Lock, now: int, ttl: int) -> bool:
    """Tell whether renewing gives a lock noticeably more time: an eighth of what it gets."""
    return not lock.done_on and parse_time(lock.expires) < now + ttl - ttl // 8


def age(lock: Lock, now: int) -> int:
    """Return the seconds since the lock was taken."""
    return now - parse_time(lock.acquired)


def renewed(lock: Lock, *, nonce: str, now: int, ttl: int, exactly: bool) -> Lock:
    """Return the lock with more time; ``exactly`` also lets it get less."""
    expires = format_time(now + ttl)
    if not exactly and expires < lock.expires:
        expires = lock.expires
    return replace(lock, nonce=nonce, expires=expires, oid="")


def successor(lock: Lock, holder: Lock) -> bool:
    """Tell whether ``lock`` is of the same tenure as ``holder``: renewed or marked, but never let go."""
    return bool(lock.tenure) and lock.tenure == holder.tenure and not lock.released
