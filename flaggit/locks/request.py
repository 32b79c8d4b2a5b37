"""What somebody asks of a lock, and what follows from the lock that is there. Pure."""

from __future__ import annotations

import os

from flaggit.clone.lock_rules import MIN_SHARED_TTL, is_free, is_own, renewed
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.ids import is_flag_id
from flaggit.core.model import Lock
from flaggit.core.record import record, replace
from flaggit.core.text import short_oid, visible
from flaggit.core.times import format_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.identity import Actor


@record
class LockRequest:
    """How a lock is wanted.

    Attributes:
        actor: Who wants it.
        now: Seconds since the epoch.
        ttl: Seconds it is to live.
        exactly: ``ttl`` was named, so that a renewal may also shorten.
        reason: Why, for the others.
        steal: Take it from whoever holds it.
        fresh: Refuse too where the actor holds it already (``next --lock`` hands nothing out twice).
        worktree: The worktree it is for: ``<clone>/<worktree>``, two tokens.
    """

    actor: Actor
    now: int
    ttl: int
    exactly: bool = False
    reason: str = ""
    steal: bool = False
    fresh: bool = False
    worktree: str = ""


@record
class Outcome:
    """What became of one lock.

    ``state`` is ``mine``, ``held`` (another's), ``local``, ``unknown``, ``lost``, ``refused`` or
    ``free``; ``already``: nothing had to change hands; ``note``: a sentence for people; ``as_of``:
    when the remote was read for it (0: it was not); ``place``: the remote that it is of, where that
    is not the one in use.
    """

    lock: Lock
    state: str
    already: bool = False
    note: str = ""
    as_of: int = 0
    place: str = ""


def require_ids(ids: Iterable[str]) -> None:
    """Raise InvalidError ``bad_id`` where one is not a whole flag id."""
    for flag_id in ids:
        if not is_flag_id(flag_id):
            raise InvalidError("bad_id", f"{flag_id!r} is not a whole flag id.")


def wanted_lock(flag_id: str, current: Lock | None, request: LockRequest) -> Lock:
    """Return the lock to be written over ``current``: begun, renewed, or taken over.

    Raises:
        ConflictError: ``locked_by_other``, where another's lock is alive and is not to be stolen.
    """
    if current is not None and not is_free(current, request.now):
        if is_own(current, request.actor) and not request.fresh and not request.actor.implied:
            lock = renewed(current, nonce=new_token(), now=request.now, ttl=request.ttl, exactly=request.exactly)
            return replace(lock, reason=request.reason or current.reason)
        if not request.steal:
            raise held_by_other(current, request.actor)
    return begun_lock(flag_id, request)


def begun_lock(flag_id: str, request: LockRequest, patterns: tuple[str, ...] = ()) -> Lock:
    """Return a lock that begins now, of a flag or of the paths that ``patterns`` match."""
    return Lock(
        flag_id=flag_id,
        holder=request.actor.handle,
        instance=request.actor.instance,
        tenure=new_token(),
        acquired=format_time(request.now),
        expires=format_time(request.now + request.ttl),
        nonce=new_token(),
        reason=request.reason,
        worktree=request.worktree,
        patterns=patterns,
    )


def shared_request(request: LockRequest) -> LockRequest:
    """Return the request for a lock at a remote: clocks differ, so it needs some time to live.

    Raises:
        InvalidError: ``usage``, where less was named.
    """
    if request.ttl >= MIN_SHARED_TTL:
        return request
    if request.exactly:
        raise InvalidError(
            "usage", f"--ttl: a lock that the remote decides over lives at least {MIN_SHARED_TTL // 60}m."
        )
    return replace(request, ttl=MIN_SHARED_TTL)


def held_by_other(lock: Lock, actor: Actor, *, lost: bool = False) -> ConflictError:
    """Return the error that names who holds a flag; ``lost``: the actor held it before."""
    details = {
        "flag_id": lock.flag_id,
        "holder": lock.holder or None,
        "expires": lock.expires,
        "reason": lock.reason,
        "state": "lost" if lost else "held",
    }
    if not lock.holder:
        return ConflictError(
            "locked_by_other",
            f"{lock.flag_id} is locked by something that is no lock of flaggit's (commit {short_oid(lock.oid)}).",
            hint=f"Look at it with `git show {short_oid(lock.oid)}`, and ask whoever made it.",
            details=details,
        )
    who = lock.holder
    if lock.holder == actor.handle and lock.instance != actor.instance:
        who = f"another {lock.holder}, from another worktree or session,"
    why = f" ({visible(lock.reason)})" if lock.reason else ""
    if lost:
        return ConflictError(
            "lock_lost",
            f"The lock of {lock.flag_id} was yours and {who} holds it now, until {lock.expires}{why}.",
            hint="Your work is where you left it; talk to the holder before you go on.",
            details=details,
        )
    hint = (
        f"`flaggit next{actor.argument}` finds other work;"
        f" `flaggit note {lock.flag_id} TEXT{actor.sender}` reaches the holder."
    )
    if actor.implied:
        hint = "If that is you, say so: name yourself on the command, or with `flaggit iam @domain.module` once here."
    return ConflictError(
        "locked_by_other", f"{lock.flag_id} is held by {who} until {lock.expires}{why}.", hint=hint, details=details
    )


def lock_gone(flag_id: str, note: str = "") -> ConflictError:
    """Return the error for a lock that its holder lost although nobody else has it now."""
    return ConflictError(
        "lock_lost",
        note or f"The lock of {flag_id} was yours and is gone: somebody let it go or deleted it.",
        hint=f"Others may have worked on it meanwhile. Nobody holds it now: flaggit lock {flag_id}",
        details={"flag_id": flag_id, "holder": None, "state": "lost"},
    )


def not_holder(lock: Lock, actor: Actor | None) -> ConflictError:
    """Return the error for letting go a living lock that is another's."""
    who = "another session of yours" if actor is not None and lock.holder == actor.handle else lock.holder
    return ConflictError(
        "not_holder",
        f"{lock.flag_id} is held by {who or 'something that is no lock of flaggit'} until {lock.expires}.",
        hint="Ask the holder; with --force --reason TEXT anybody can free it.",
        details={"flag_id": lock.flag_id, "holder": lock.holder or None, "expires": lock.expires},
    )


def notes_of(outcomes: Iterable[Outcome]) -> list[str]:
    """Return what is remarkable about outcomes."""
    return [outcome.note for outcome in outcomes if outcome.note]


def require_reason(option: str, reason: str | None) -> None:
    """Refuse to take a lock from its holder without a word. Raises InvalidError ``usage``."""
    if not reason:
        raise InvalidError("usage", f"{option} needs --reason: whoever loses the lock has to learn why.")


def new_token() -> str:
    """Return a random word that never comes twice."""
    return os.urandom(8).hex()


def completed_in_base(flag_ids: Iterable[str], base: str) -> ConflictError:
    """Return the error for flags whose work is done and only has not reached this worktree."""
    ids = ", ".join(sorted(flag_ids))
    return ConflictError(
        "already_completed",
        f"{ids}: completed in {base}, which this worktree has not got yet.",
        hint=f"Bring {base} into your branch, then look again: flaggit next",
        details={"flag_id": ids, "base": base},
    )
