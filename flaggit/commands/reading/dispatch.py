"""The verb ``next``: who asks in, the most urgent flag that is theirs to work on out, its lock taken where asked."""

from __future__ import annotations

import os
import time

from flaggit.clone.held import find_held
from flaggit.clone.lock_rules import is_free, is_own
from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply, Session
from flaggit.clone.snapshot import save_inbox
from flaggit.clone.view import view_of
from flaggit.commands.shared import refuse_beside
from flaggit.core.errors import ConflictError, InvalidError, LimitError
from flaggit.core.record import record
from flaggit.core.times import parse_duration
from flaggit.output.rows import held_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.identity import Actor
    from flaggit.clone.view import View
    from flaggit.core.model import Row
    from flaggit.locks.wire import Seen


@record
class Choice:
    """What ``next`` hands out.

    Attributes:
        view: The flag; None: nothing.
        now: Seconds since the epoch.
        passed_over: The (id, reason) of each flag that was passed over, where that was asked for.
        held: What the agent holds besides and has not completed, the oldest lock in front.
        step: Where nothing is handed out: the one next step.
    """

    view: View | None
    now: int
    passed_over: tuple[tuple[str, str], ...] = ()
    held: tuple[Row, ...] = ()
    step: str = ""


def next_flag(
    session: Session,
    *,
    agent: str | None = None,
    lock: bool = False,
    resume: bool = False,
    ahead: bool = False,
    explain: bool = False,
    wait: str | None = None,
) -> Reply[Choice]:
    """Return the most urgent flag that the agent can work on from here; exit status 1 where there is none.

    Args:
        session: The call.
        agent: Who asks.
        lock: Hand out new work only, and take its lock; a race that is lost moves on to the next one.
        resume: Hand out what the agent holds already, the oldest that it can go on with, renewed.
        ahead: Hand out flags too that are visible but neither in this worktree nor in HEAD.
        explain: Say which flags were passed over and why.
        wait: Where there is none, wait for one, at most for this duration.

    Raises:
        InvalidError: ``no_identity``, ``bad_handle``, or ``usage`` for new and held work at once.
        LimitError: ``lock_limit``, where the agent holds as many flags as it may.
    """
    if lock and resume:
        raise InvalidError("usage", "--lock takes new work and --resume goes on with what you hold: name one of them.")
    if resume:
        refuse_beside("--resume", {"--ahead": ahead, "--explain": explain, "--wait": wait})
    actor = session.get_actor(agent)
    notes: list[str] = []
    if lock or resume:
        from flaggit.locks.keepalive import recover

        notes += recover(session, actor)
    if resume:
        return _resume(session, actor, notes)
    reply = _hand_out(session, actor, notes, lock=lock, ahead=ahead, explain=explain)
    if wait is None or reply.data.view is not None:
        return reply
    return _wait_for_work(
        session, wait, lambda view: _hand_out(view, view.get_actor(agent), [], lock=lock, ahead=ahead, explain=explain)
    )


def _wait_for_work(session: Session, wait: str, hand_out: Callable[[Session], Reply[Choice]]) -> Reply[Choice]:
    """Return the next flag as soon as there is one, or nothing when time is over."""
    from flaggit.clone.visible_locks import next_expiry
    from flaggit.clone.waiting import Ticker
    from flaggit.locks.polling import remote_refresh

    end = time.time() + parse_duration(wait, field="--wait")
    ticker = Ticker(session.repo, until=end, refresh=remote_refresh(session))
    for _ in ticker:
        view = Session(session.repo, offline=session.offline)
        reply = hand_out(view)
        if reply.data.view is not None:
            break
        ticker.due = next_expiry(view.clone.locks.values(), view.now)
    return reply


def _resume(session: Session, actor: Actor, notes: list[str]) -> Reply[Choice]:
    """Return the oldest flag that the agent holds and can go on with, its lock renewed."""
    held = find_held(session, actor)
    for row in held:
        if not row.waits_on and not _reason_against(session, row, actor, ahead=False, lock=False):
            from flaggit.locks.holding import acquire
            from flaggit.locks.request import notes_of

            outcomes = acquire(session, [row.flag.id], actor)
            session.clone.forget_locks()
            notes += notes_of(outcomes)
            others = tuple(other for other in held if other is not row)
            choice = Choice(view_of(session, _reread(session, row)), session.now, (), others)
            return Reply(choice, session.clone.problems, notes=tuple(notes), more=_held_json(others))
    step = "" if held else f"You hold nothing: `flaggit next{actor.argument} --lock` takes new work."
    choice = Choice(None, session.now, (), tuple(held), step)
    return Reply(choice, session.clone.problems, 1, tuple(notes), _held_json(tuple(held)))


def _hand_out(
    session: Session, actor: Actor, notes: list[str], *, lock: bool, ahead: bool, explain: bool
) -> Reply[Choice]:
    remote = _Remote(session) if lock else None
    targets = session.find_targets(actor.handle)
    rows = session.clone.rows(targets=targets, status="all" if explain else "pending")
    cursor = save_inbox(session.repo, targets, (row.flag.id for row in rows if row.completion is None))
    held = tuple(find_held(session, actor))
    if lock:
        _require_room(session, held, actor)
    if remote is not None:
        remote.find_done(rows)
    passed: list[tuple[Row, str]] = []
    waiting = list(reversed(rows))
    while waiting:
        row = waiting.pop()
        reason = _reason_against(session, row, actor, ahead=ahead, lock=lock)
        if not reason and remote is not None:
            reason = remote.reason_against(row)
            if not reason:
                reason = _try_lock(session, row, actor, notes, remote.seen)
                if reason:
                    remote.refresh()
                    _step_aside(waiting, row)
        if not reason:
            chosen = _reread(session, row) if lock else row
            return _reply(session, actor, chosen, passed, held, notes, explain=explain, cursor=cursor)
        passed.append((row, reason))
    if lock and session.clone.locks_age == 0:  # the remote has just answered
        from flaggit.locks.marks import mark_done

        mark_done(session)
    return _reply(session, actor, None, passed, held, notes, explain=explain, cursor=cursor)


def _reply(
    session: Session,
    actor: Actor,
    row: Row | None,
    passed: list[tuple[Row, str]],
    held: tuple[Row, ...],
    notes: list[str],
    *,
    explain: bool,
    cursor: str,
) -> Reply[Choice]:
    others = tuple(other for other in held if row is None or other.flag.id != row.flag.id)
    choice = Choice(
        view_of(session, row) if row is not None else None,
        session.now,
        tuple((other.flag.id, reason) for other, reason in passed) if explain else (),
        others,
        "" if row is not None else _next_step(passed, actor),
    )
    return Reply(
        choice, session.clone.problems, 0 if row else 1, tuple(notes), (*_held_json(others), ("cursor", cursor))
    )


def _held_json(held: tuple[Row, ...]) -> tuple[tuple[str, object], ...]:
    return (("held", list(map(held_json, held))),) if held else ()


def _require_room(session: Session, held: tuple[Row, ...], actor: Actor) -> None:
    """Raise ``lock_limit`` where the agent holds as many flags as it may. A lock by hand only warns."""
    most, me = session.settings.lock_max, actor.argument
    if len(held) < most:
        return
    waits = (f" (waits on the answer to {', '.join(row.waits_on)})" if row.waits_on else "" for row in held)
    names = ", ".join(row.flag.id + words for row, words in zip(held, waits, strict=True))
    questions = [question for row in held for question in row.waits_on]
    going_on = f"`flaggit next{me} --resume` goes on with one of them"
    if all(row.waits_on for row in held):
        going_on = f"`flaggit wait {' '.join(questions)} --any` waits for an answer"
    raise LimitError(
        "lock_limit",
        f"You hold {names}, and nothing new is handed out from {most} flags on (lock.max).",
        hint=f"{going_on}; `flaggit unlock {held[-1].flag.id}{me}` gives one back.",
        details={"held": [row.flag.id for row in held]},
    )


def _next_step(passed: list[tuple[Row, str]], actor: Actor) -> str:
    """Return the one thing that leads on where nothing can be handed out; nothing where there is none."""
    pending = [(row, reason) for row, reason in passed if row.completion is None]
    ahead = next((row for row, reason in pending if reason.startswith(_NOT_HERE)), None)
    if ahead is not None:
        branch = _branch_of(ahead)
        merge = f"`git merge {branch}`, or " if branch else ""
        return f"{ahead.flag.id} is not in this branch: {merge}`flaggit next{actor.argument} --ahead --lock`."
    free = [(row, reason) for row, reason in pending if reason != _HELD]
    if free:
        row, reason = free[0]
        return f"{row.flag.id} {reason}." + (
            f" {len(free) - 1} more: `flaggit next{actor.argument} --explain`." if free[1:] else ""
        )
    return ""


def _branch_of(row: Row) -> str:
    """Return the branch that has a flag, as it may be typed; nothing where it has no name that is safe to type."""
    name = row.place.name
    if row.place.kind == "worktree":
        from flaggit.git.refs import read_head, short_ref
        from flaggit.git.repo import find_repo

        name = short_ref(read_head(find_repo(name))[0] or "")
    is_plain = all(char.isascii() and (char.isalnum() or char in "._/-") for char in name)
    return name if name and is_plain and len(name) <= _LONGEST_NAME and not name.startswith("-") else ""


_HELD = "is held by you already"
_NOT_HERE = "is not in this branch yet"
_LONGEST_NAME = 60  # characters of a branch that is named


def _reason_against(session: Session, row: Row, actor: Actor, *, ahead: bool, lock: bool) -> str:
    """Return why a flag is not handed out, or nothing."""
    if row.completion is not None:
        return f"was completed by {row.completion.completed_by}{row.merge_words}"
    if row.locked and row.lock is not None and not is_own(row.lock, actor):
        return f"is held by {row.lock.holder or 'something that is no lock of flaggit'}"
    if row.locked and lock:
        return _HELD
    if row.waits_on:
        return f"waits on the answer to {', '.join(row.waits_on)}"
    doubtful = _find_doubtful(session, row)
    if doubtful:
        return f"waits on {doubtful}, answered on a branch that is not trusted: `flaggit show {doubtful}`"
    if row.flag.is_question:
        state = session.clone.discussions.judge(row).state
        return "" if state == "open" else f"is {state} already"
    if not row.actionable and not ahead:
        return f"{_NOT_HERE}, only {'in' if row.place.kind == 'worktree' else 'on'} {row.place.name}"
    return ""


def _find_doubtful(session: Session, row: Row) -> str:
    """Return a question of the flag's worker whose only answer is somebody's whom nothing vouches for."""
    if not session.clone.discussions.has_answers(row.flag, row.lock if row.locked else None):
        return ""
    from flaggit.clients.trust import find_untrusted

    return min(find_untrusted(session, session.clone.discussions.about(row.flag.id)), default="")


def _step_aside(waiting: list[Row], lost: Row) -> None:
    """After a lost race, bring a random one of the equally urgent flags to the end, which is taken next.

    Everybody in a herd looks at the same list; without this they would all race again for its next flag.
    """
    equal = [place for place, row in enumerate(waiting) if row.flag.impact_level == lost.flag.impact_level]
    if equal:
        chosen = equal[int.from_bytes(os.urandom(4), "big") % len(equal)]
        waiting.append(waiting.pop(chosen))


class _Remote:
    """The remote's locks while a flag is chosen: one look shows what all the others hold and have done.

    Attributes:
        seen: What that look showed, where there was one.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._done: dict[str, str] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the remote's locks anew, where a remote decides and can be reached."""
        self.seen, self._find_done = _look_at_remote(self._session)
        self._session.clone.forget_locks()

    def find_done(self, rows: list[Row]) -> None:
        """Find out which flags are completed in the branch that others start from."""
        self._done = self._find_done([row.flag.id for row in rows if row.completion is None])

    def reason_against(self, row: Row) -> str:
        """Return why the remote would not grant a flag, or nothing."""
        if row.flag.id in self._done:
            return f"was completed in {self._done[row.flag.id]}, which this branch has not got yet"
        lock = self._session.clone.locks.get(row.flag.id)
        return f"is held by {lock.holder}" if lock and not is_free(lock, self._session.now) else ""


def _look_at_remote(session: Session) -> tuple[Seen | None, Callable[[list[str]], dict[str, str]]]:
    """Read the remote's locks into the mirror, where a remote decides and can be reached.

    Return what was seen, and what tells, for flag ids, which are completed in the remote's base branch: id -> branch.
    """
    from flaggit.locks.arbiter import find_arbiter

    arbiter = None if session.offline else find_arbiter(session)
    if arbiter is None:
        return None, lambda _: {}
    from flaggit.locks.mirror import look_at_remote

    return look_at_remote(session, arbiter)


def _try_lock(session: Session, row: Row, actor: Actor, notes: list[str], seen: Seen | None) -> str:
    """Take a flag's lock; return why it is not to be had, or nothing. What is to be said of it is put to ``notes``."""
    from flaggit.locks.holding import acquire
    from flaggit.locks.request import notes_of

    try:
        outcomes = acquire(session, [row.flag.id], actor, fresh=True, seen=seen)
    except ConflictError as error:
        return error.message
    notes += notes_of(outcomes)
    session.clone.forget_locks()
    return _release_if_done(session, row, actor)


def _release_if_done(session: Session, row: Row, actor: Actor) -> str:
    """Between the listing and the lock its holder may have completed the flag and let it go: look again."""
    now = _reread(session, row)
    if now.completion is None:
        return ""
    from flaggit.locks.unlocking import release

    release(session, [row.flag.id], actor)
    return f"was completed by {now.completion.completed_by}"


def _reread(session: Session, row: Row) -> Row:
    return get_row(session, row.flag.id)
