"""Whether a server accepts a push to a lock: well-formed, the pusher's own, and no other's living lock lost. Pure.

Locked paths are one list; a push to it is judged entry by entry, as if each were a lock of its own. A lock is all its
immutable fields: what differs in one of them is another lock, which begins only where the one before has ended.
"""

from __future__ import annotations

from flaggit.clone.lock_rules import (
    MAX_FUTURE,
    begins_in_future,
    continues,
    has_holder,
    is_free,
    is_marked_only,
    lives_too_long,
)
from flaggit.core.limits import DAY, LOCK_TTL, PATTERN_WORK
from flaggit.core.patterns import intersect, weight
from flaggit.core.record import record, replace
from flaggit.core.times import parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.core.model import Lock
    from flaggit.server.state import Pusher


@record
class LockPush:
    """A push to one lock's ref.

    ``old`` and ``new`` are the locks before and after, None where there is none. ``beside`` is the flag's lock below
    the other of the two prefixes, where clones put it that know another setting. ``done``: its work is done, as
    the server's branches were before the push, so that anybody may clear the lock away. ``vouched``: the branch that
    the new lock names as its completion's had it before the push, by the lock's holder. ``detached``: the new commit
    follows another than the lock that it replaces.
    """

    flag_id: str
    old: Lock | None
    new: Lock | None
    beside: Lock | None = None
    done: bool = False
    vouched: bool = False
    detached: bool = False


def judge_lock_push(push: LockPush, pusher: Pusher, now: int, *, require_identity: bool = False) -> list[str]:
    """Return why the push is refused, a sentence each; nothing where it may pass.

    Args:
        push: What is pushed.
        pusher: Who pushes.
        now: The server's clock, in seconds since the epoch.
        require_identity: Whether a pusher has to be known.
    """
    if require_identity and not pusher.in_catalog:
        return [f"who pushes the lock of {push.flag_id} is not known here"]
    old, new = push.old, push.new
    faults = [] if new is None else _check_new(new, push, pusher, now)
    if faults or old is None or is_free(old, now) or push.done:
        beside = push.beside
        is_taking = new is not None and has_holder(new) and (old is None or not continues(new, old))
        if is_taking and beside is not None and not is_free(beside, now) and not push.done:
            faults.append(_held(beside))
        return faults
    own = bool(old.holder) and (not pusher.in_catalog or old.holder in pusher.handles)
    if new is None:
        return [] if own else [_held(old)]
    if not continues(new, old) or (not has_holder(new) and not own):
        return [_held(old)]
    return []


def judge_paths_push(
    old: Sequence[Lock],
    new: Sequence[Lock] | None,
    pusher: Pusher,
    now: int,
    *,
    beside: Sequence[Lock] = (),
    require_identity: bool = False,
) -> list[str]:
    """Return why a push to the list of locked paths is refused, a sentence each.

    Args:
        old: The list as it is.
        new: The list as it would be; None where what is pushed is no such list.
        beside: The list below the other of the two prefixes.
        pusher: Who pushes.
        now: The server's clock.
        require_identity: Whether a pusher has to be known.
    """
    if require_identity and not pusher.in_catalog:
        return ["who pushes the locks of paths is not known here"]
    if new is None:
        return ["what is pushed as the list of locked paths is not one"]
    after = {entry.tenure: entry for entry in new}
    if len(after) < len(new):
        return ["what is pushed as the list of locked paths names a lock twice"]
    before = {entry.tenure: entry for entry in old}
    changed = [entry for entry in new if entry != before.get(entry.tenure)]
    added = [entry for entry in changed if not _is_continued(entry, before.get(entry.tenure), now)]
    foreign = [entry for entry in added if pusher.in_catalog and entry.holder not in pusher.handles]
    living = [entry for entry in old if not is_free(entry, now)]
    others = [entry for entry in beside if not is_free(entry, now)]
    if added and _load([*living, *others]) * _load(added) > PATTERN_WORK:
        return ["what is locked and what would be would take too long to compare: lock simpler patterns"]
    met = [entry for entry in [*others, *living] if _is_met(entry, added)]
    lost = [entry for entry in living if not _may_become(entry, after.get(entry.tenure), pusher)]
    return [
        *(f"the lock of {_patterns(entry)} is {entry.holder}'s, and {pusher.claim} is not" for entry in foreign),
        *(
            f"{_patterns(entry)} is held by {entry.holder} until {entry.expires}"
            for entry in dict.fromkeys([*lost, *met])
        ),
        *(fault for entry in changed for fault in _check_times(entry, f"the lock of {_patterns(entry)}", now)),
    ]


def _is_continued(entry: Lock, before: Lock | None, now: int) -> bool:
    """Return whether an entry is one from before that lives on; one that had run out begins anew, as its holder's."""
    return before is not None and continues(entry, before) and not is_free(before, now)


def _may_become(old: Lock, new: Lock | None, pusher: Pusher) -> bool:
    """Return whether a living entry may be renewed or let go in this way."""
    own = not pusher.in_catalog or old.holder in pusher.handles
    if new is None:
        return own
    return continues(new, old) and (own or replace(new, nonce=old.nonce, reason=old.reason, oid=old.oid) == old)


def _is_met(old: Lock, added: Iterable[Lock]) -> bool:
    """Return whether somebody else would lock a path that a lock has."""
    theirs = [entry for entry in added if (entry.holder, entry.instance) != (old.holder, old.instance)]
    return any(intersect(first, second) for entry in theirs for first in old.patterns for second in entry.patterns)


def _load(entries: Iterable[Lock]) -> int:
    """Return how hard patterns are to compare: with others it takes about the product of both."""
    return sum(weight(pattern) for entry in entries for pattern in entry.patterns)


def _patterns(entry: Lock) -> str:
    return " ".join(entry.patterns)


def _check_new(new: Lock, push: LockPush, pusher: Pusher, now: int) -> list[str]:
    name = f"the lock of {new.flag_id}"
    if not new.holder:
        return [f"what is pushed as {name} is not a lock"]
    if push.detached:
        return [f"{name} follows another commit than the lock that it replaces"]
    old = push.old
    own = not pusher.in_catalog or new.holder in pusher.handles
    # Whoever clears away what has ended says so in its holder's words; whether it has ended is judged above.
    is_ending = not has_holder(new) and old is not None and continues(new, old)
    is_marking = old is not None and _only_marks(new, old, push, now)
    if not (own or is_ending or is_marking):
        return [f"{name} is {new.holder}'s, and {pusher.claim} is not"]
    return [] if is_ending or is_marking else _check_times(new, name, now)


def _check_times(lock: Lock, name: str, now: int) -> list[str]:
    if begins_in_future(lock, now):
        return [f"{name} was acquired in the future: a clock is wrong"]
    if lives_too_long(lock, now):
        return [f"{name} would live until {lock.expires}, and a lock lives at most {LOCK_TTL // DAY} days"]
    return []


def _only_marks(new: Lock, old: Lock, push: LockPush, now: int) -> bool:
    """Return whether a lock is as before but for where its flag's completion is, which anybody may add.

    With today's date, and for a branch that has it: any other mark would free the lock at once.
    """
    if not push.vouched or (new.done_at and abs(parse_time(new.done_at) - now) > MAX_FUTURE):
        return False
    return is_marked_only(new, old)


def _held(lock: Lock) -> str:
    who = lock.holder or "somebody whose lock flaggit cannot read"
    return f"{lock.flag_id} is held by {who} until {lock.expires}"
