"""Whether a server takes a push to a lock: well-formed, the pusher's own, and no other's living lock lost. Pure.

Locked paths are one list; a push to it is judged entry by entry, as if each were a lock of its own.
"""

from __future__ import annotations

from flaggit.clone.lock_rules import MAX_FUTURE, has_holder, is_free
from flaggit.core.patterns import intersect, weight
from flaggit.core.record import record, replace
from flaggit.core.times import parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.core.model import Lock
    from flaggit.server.pushers import Pusher

_EFFORT = 1_000_000  # of comparing patterns, a second or three; without an end a push could keep a server busy for days


@record
class LockPush:
    """A push to one lock's ref.

    ``old`` and ``new`` are the locks before and after, None where there is none. ``settled``: the
    flag is completed in the branch that others start from, or the branch that was to bring its
    completion is gone, so that anybody may clear the lock away. ``vouched``: the branch that the new
    lock names as its completion's has it.
    """

    flag_id: str
    old: Lock | None
    new: Lock | None
    settled: bool = False
    vouched: bool = False


def judge_lock_push(push: LockPush, pusher: Pusher, now: int, *, require_identity: bool = False) -> list[str]:
    """Return why the push is refused, a sentence each; nothing where it may pass.

    Args:
        push: What is pushed.
        pusher: Who pushes.
        now: The server's clock, in seconds since the epoch.
        require_identity: Whether a pusher has to be known.
    """
    if require_identity and not pusher.known:
        return [f"who pushes the lock of {push.flag_id} is not known here"]
    faults = [] if push.new is None else _check_new(push.new, push, pusher, now)
    old = push.old
    if faults or old is None or is_free(old, now) or push.settled:
        return faults
    if push.new is None or not has_holder(push.new):
        return [] if _may_release(old, pusher) else [_held(old)]
    if not old.holder or push.new.tenure != old.tenure:
        return [_held(old)]
    return []


def judge_paths_push(
    old: Sequence[Lock], new: Sequence[Lock] | None, pusher: Pusher, now: int, *, require_identity: bool = False
) -> list[str]:
    """Return why a push to the list of locked paths is refused, a sentence each.

    Args:
        old: The list as it is.
        new: The list as it would be; None where what is pushed is no such list.
        pusher: Who pushes.
        now: The server's clock.
        require_identity: Whether a pusher has to be known.
    """
    if require_identity and not pusher.known:
        return ["who pushes the locks of paths is not known here"]
    if new is None:
        return ["what is pushed as the list of locked paths is not one"]
    after = {entry.tenure: entry for entry in new}
    if len(after) < len(new):
        return ["what is pushed as the list of locked paths names a lock twice"]
    known = {entry.tenure for entry in old}
    added = [entry for entry in new if entry.tenure not in known]
    foreign = [entry for entry in added if pusher.known and entry.holder not in pusher.handles]
    living = [entry for entry in old if not is_free(entry, now)]
    if _load(entry for entry in living if entry.tenure not in after) * _load(added) > _EFFORT:
        return ["what is let go and what is locked would take too long to compare: push the one, then the other"]
    lost = [entry for entry in living if not _may_become(entry, after.get(entry.tenure), pusher, added)]
    return [
        *(f"the lock of {_patterns(entry)} is {entry.holder}'s, and {pusher.claim} is not" for entry in foreign),
        *(f"{_patterns(entry)} is held by {entry.holder} until {entry.expires}" for entry in lost),
    ]


def _may_become(old: Lock, new: Lock | None, pusher: Pusher, added: Iterable[Lock]) -> bool:
    """Tell whether a living entry may be renewed or let go in this way; never to make room for another's."""
    own = not pusher.known or old.holder in pusher.handles
    if new is None:
        return own and not any(_meet(old, entry) for entry in added if entry.instance != old.instance)
    renewed = replace(new, nonce=old.nonce, expires=old.expires, reason=old.reason, oid=old.oid)
    return renewed == old and (own or new.expires == old.expires)


def _meet(one: Lock, other: Lock) -> bool:
    return any(intersect(first, second) for first in one.patterns for second in other.patterns)


def _load(entries: Iterable[Lock]) -> int:
    """Return how hard patterns are to compare: with others it takes about the product of both."""
    return sum(weight(pattern) for entry in entries for pattern in entry.patterns)


def _patterns(entry: Lock) -> str:
    return " ".join(entry.patterns)


def _check_new(new: Lock, push: LockPush, pusher: Pusher, now: int) -> list[str]:
    if not new.holder:
        return [f"what is pushed as the lock of {new.flag_id} is not a lock"]
    if parse_time(new.acquired) > now + MAX_FUTURE:
        return [f"the lock of {new.flag_id} was acquired in the future: a clock is wrong"]
    own = not pusher.known or new.holder in pusher.handles
    if not own and has_holder(new) and not _only_marks(new, push, now):
        return [f"the lock of {new.flag_id} is {new.holder}'s, and {pusher.claim} is not"]
    return []


def _may_release(old: Lock, pusher: Pusher) -> bool:
    """Tell whether a living lock may go: by its holder, or where nobody can tell who pushes."""
    return bool(old.holder) and (not pusher.known or old.holder in pusher.handles)


def _only_marks(new: Lock, push: LockPush, now: int) -> bool:
    """Tell whether a lock is the same as before but for where its flag's completion is, which anybody may add.

    With today's date, and for a branch that has it: any other mark would free the lock at once.
    """
    old = push.old
    if old is None or not push.vouched or (new.done_at and abs(parse_time(new.done_at) - now) > MAX_FUTURE):
        return False
    return replace(new, done_on=old.done_on, done_at=old.done_at, nonce=old.nonce, oid=old.oid) == old


def _held(lock: Lock) -> str:
    who = lock.holder or "somebody whose lock flaggit cannot read"
    return f"{lock.flag_id} is held by {who} until {lock.expires}"
