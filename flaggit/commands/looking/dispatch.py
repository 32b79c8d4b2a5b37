"""The verb ``next``: who asks in, the most urgent flag that is theirs to work on out, its lock taken where asked."""

from __future__ import annotations

import os

from flaggit.clone.lock_rules import is_free, is_own
from flaggit.clone.routing import targets_for
from flaggit.clone.session import Reply
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row


@record
class Choice:
    """What ``next`` hands out (None: nothing), and the (id, reason) of each flag it passed over."""

    row: Row | None
    now: int
    passed_over: tuple[tuple[str, str], ...] = ()


def next_flag(
    session: Session, *, agent: str | None = None, lock: bool = False, ahead: bool = False, explain: bool = False
) -> Reply[Choice]:
    """Return the most urgent flag that the agent can work on from here; exit status 1 where there is none.

    Args:
        session: The call.
        agent: Who asks.
        lock: Take its lock too; a race that is lost moves on to the next one.
        ahead: Hand out flags too that are visible but neither in this worktree nor in HEAD.
        explain: Say which flags were passed over and why.

    Raises:
        InvalidError: ``no_identity`` or ``bad_handle``.
    """
    actor = session.get_actor(agent)
    remote = _Remote(session) if lock else None
    notes: list[str] = []
    rows = session.clone.rows(targets=targets_for(session, actor.handle), status="all" if explain else "pending")
    if remote is not None:
        remote.find_done(rows)
    passed: list[tuple[str, str]] = []
    waiting = list(reversed(rows))
    while waiting:
        row = waiting.pop()
        reason = _reason_against(session, row, actor, ahead=ahead, lock=lock)
        if not reason and remote is not None:
            reason = remote.reason_against(row)
            if not reason:
                reason = _try_lock(session, row, actor, notes)
                if reason:
                    remote.look()
                    _step_aside(waiting, row)
        if not reason:
            return _choice(session, _look_again(session, row) if lock else row, passed, explain, notes)
        passed.append((row.flag.id, reason))
    if lock and session.clone.locks_age == 0:  # the remote has just answered
        from flaggit.locks.marks import mark_done

        mark_done(session)
    return _choice(session, None, passed, explain, notes)


def _choice(
    session: Session, row: Row | None, passed: list[tuple[str, str]], explain: bool, told: list[str]
) -> Reply[Choice]:
    choice = Choice(row, session.now, tuple(passed) if explain else ())
    notes = list(told)
    if row is None and passed and not explain:
        notes.append(f"{len(passed)} pending but not to be worked on from here: `flaggit next --explain` says why.")
    return Reply(choice, warnings=session.clone.problems, status=0 if row else 1, notes=tuple(notes))


def _reason_against(session: Session, row: Row, actor: Actor, *, ahead: bool, lock: bool) -> str:
    """Return why a flag is not handed out, or nothing."""
    if row.completion is not None:
        where = f" on {row.completed_on.name}" if row.completed_on and row.completed_on.name else ""
        return f"completed by {row.completion.completed_by}{where}"
    if row.locked and row.lock is not None and not is_own(row.lock, actor):
        return f"held by {row.lock.holder or 'something that is no lock of flaggit'}"
    if row.locked and lock:
        return "already held by you"
    waits = _open_questions(session, row) if row.locked else ()
    if waits:
        return f"waits on the answer to {', '.join(waits)}"
    if not row.actionable and not ahead and not row.flag.is_question:
        return f"not in this branch yet, only {'in' if row.place.kind == 'worktree' else 'on'} {row.place.name}"
    return ""


def _open_questions(session: Session, row: Row) -> tuple[str, ...]:
    """Return the pending questions about a flag: whoever holds it asked them and waits."""
    from flaggit.clone.backlinks import find_questions

    return find_questions(session, [row])[row.flag.id]


def _step_aside(waiting: list[Row], lost: Row) -> None:
    """After a lost race, bring a random one of the equally urgent flags to the end, which is taken next.

    Everybody in a herd looks at the same list; without this they would all race again for its next flag.
    """
    equal = [place for place, row in enumerate(waiting) if row.flag.impact_level == lost.flag.impact_level]
    if equal:
        chosen = equal[int.from_bytes(os.urandom(4), "big") % len(equal)]
        waiting.append(waiting.pop(chosen))


class _Remote:
    """The remote's locks while a flag is chosen: one look shows what all the others hold and have done."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._done: dict[str, str] = {}
        self.look()

    def look(self) -> None:
        """Read the remote's locks anew, where a remote decides and can be reached."""
        self._seen = _look_at_others(self._session)
        self._session.clone.forget_locks()

    def find_done(self, rows: list[Row]) -> None:
        """Find out which flags are completed in the branch that others start from."""
        self._done = self._seen([row.flag.id for row in rows if row.completion is None])

    def reason_against(self, row: Row) -> str:
        """Return why the remote would not grant a flag, or nothing."""
        if row.flag.id in self._done:
            return f"completed in {self._done[row.flag.id]}, which this branch has not got yet"
        lock = self._session.clone.locks.get(row.flag.id)
        return f"held by {lock.holder}" if lock and not is_free(lock, self._session.now) else ""


def _look_at_others(session: Session) -> Callable[[list[str]], dict[str, str]]:
    """Read the remote's locks into the mirror, where a remote decides and can be reached.

    Return what tells, for flag ids, which are completed in the remote's base branch: flag id -> branch.
    """
    from flaggit.locks.arbiter import find_arbiter

    arbiter = None if session.offline else find_arbiter(session)
    if arbiter is None:
        return lambda _: {}
    from flaggit.locks.looking import look_for_done

    return look_for_done(session, arbiter)


def _try_lock(session: Session, row: Row, actor: Actor, notes: list[str]) -> str:
    """Take a flag's lock; return why it is not to be had, or nothing. What is to be said of it is put to ``notes``."""
    from flaggit.core.errors import ConflictError
    from flaggit.locks.holding import acquire

    try:
        outcomes = acquire(session, [row.flag.id], actor, fresh=True)
    except ConflictError as error:
        return error.message
    notes += [outcome.note for outcome in outcomes if outcome.note]
    session.clone.forget_locks()
    return _release_if_done(session, row, actor)


def _release_if_done(session: Session, row: Row, actor: Actor) -> str:
    """Between the listing and the lock its holder may have completed the flag and let it go: look again."""
    now = _look_again(session, row)
    if now.completion is None:
        return ""
    from flaggit.locks.unlocking import release

    release(session, [row.flag.id], actor)
    return f"completed by {now.completion.completed_by}"


def _look_again(session: Session, row: Row) -> Row:
    from flaggit.clone.lookup import get_row

    return get_row(session, row.flag.id)
