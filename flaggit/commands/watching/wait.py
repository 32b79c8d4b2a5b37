"""The verb ``wait``: flags and a condition in, the flags as they are when it holds out."""

from __future__ import annotations

import time

from flaggit.clone.discussion import OPEN
from flaggit.clone.lock_rules import binds, is_due, is_own
from flaggit.clone.lookup import find_row, get_row
from flaggit.clone.session import Reply, Session
from flaggit.clone.snapshot import check_cursor, load, load_inbox, save_inbox
from flaggit.clone.visible_locks import next_expiry
from flaggit.clone.waiting import Ticker
from flaggit.commands.shared import refuse_beside
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.record import record
from flaggit.core.times import parse_duration
from flaggit.locks.holding import find_loss
from flaggit.locks.polling import remote_refresh
from flaggit.locks.request import lock_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flaggit.clone.identity import Actor
    from flaggit.core.model import Lock, Row

    # Returns the rows to print where what is waited for has come, else None.
    Condition = Callable[[Session], list[Row] | None]

_TIMEOUT = "10m"
_SETTLING = 2.0  # seconds: a flag that is rewritten is gone for a moment


@record
class Waited:
    """Flags as they are when the waiting ends. ``empty`` is what text says where there are none."""

    rows: list[Row]
    now: int
    full: bool = False
    empty: str = ""
    outcome: str = ""


def wait(
    session: Session,
    *,
    flag_ids: tuple[str, ...] = (),
    agent: str | None = None,
    new: bool = False,
    until: str | None = None,
    either: bool = False,
    timeout: str | None = None,
    since: str | None = None,
    remote: bool = False,
    full: bool = False,
) -> Reply[Waited]:
    """Wait until something holds of flags, or until new ones come; exit status 1 where time is over before.

    What the caller holds is renewed meanwhile: at the remote only with ``remote``.

    Args:
        session: The call.
        flag_ids: References to flags.
        agent: Who asks.
        new: Wait for flags for the agent and its teams that were not there before, instead.
        until: ``answered``, ``completed``, ``free`` (nobody but the caller holds it) or ``actionable``; by default
            ``answered`` for a question, else ``completed``.
        either: One of the flags is enough.
        timeout: How long at most, as a duration; by default 10 minutes.
        since: With ``new``: a cursor; what has come since counts too.
        remote: Look at the remote too; a network command.
        full: JSON with every field.

    Raises:
        ConflictError: ``lock_lost``, where the caller lost a lock meanwhile; ``already_completed``, where what is
            to become actionable is completed.
        InvalidError: ``usage``, ``bad_id``, ``ambiguous_id``, ``no_identity`` or ``bad_handle``.
        NotFoundError: ``unknown_flag``, also where it vanishes meanwhile.
    """
    flag_ids, agent = _names(flag_ids, agent, new=new)
    if new:
        refuse_beside("--new", {"--until": until, "--any": either})
    else:
        refuse_beside("an ID", {"--since": since})
    seconds = parse_duration(timeout or _TIMEOUT, field="--timeout")
    if since is not None:
        check_cursor(since)
    actor = session.find_actor(agent)
    missing: dict[str, float] = {}  # flag id -> since when it is not to be seen
    if new:
        condition = _until_new(session, session.get_actor(agent).handle, since)
    else:
        rows = [get_row(session, flag_id) for flag_id in flag_ids]
        condition = _until_state(rows, until, actor, missing, either=either)
    refresh = remote_refresh(session) if remote else None
    ticker = Ticker(session.repo, until=time.time() + seconds, refresh=refresh)
    keeper = _Renewer(session, actor, remote=refresh is not None)
    view = session
    for _ in ticker:
        view = Session(session.repo, offline=session.offline)
        view.find_actor(agent)
        found = condition(view)
        if found is not None:
            return _reply(view, found, full, agent=agent, new=new)
        keeper.renew(view)
        ticker.due = _next_look(view, missing)
    return _time_is_over(view, flag_ids, full, agent=agent, new=new)


def _next_look(view: Session, missing: Mapping[str, float]) -> float | None:
    """Return when to look again although no stamp has changed: a lock runs out, or what is missing is gone."""
    expiry = next_expiry(view.clone.locks.values(), view.now)
    times = [since + _SETTLING for since in missing.values()]
    return min([*times, expiry] if expiry is not None else times, default=None)


def _names(flag_ids: tuple[str, ...], agent: str | None, *, new: bool) -> tuple[tuple[str, ...], str | None]:
    """Return references to flags, and who asks: a lone handle after ``--new`` is no flag."""
    if new and agent is None and len(flag_ids) == 1:
        return (), flag_ids[0]
    if new and flag_ids:
        raise InvalidError("usage", "--new waits for flags that are not there yet, so it goes with no id.")
    if not new and not flag_ids:
        raise InvalidError("usage", "Name the flags to wait for, or --new.", hint="`flaggit wait --help`")
    return flag_ids, agent


def _until_new(session: Session, handle: str, since: str | None) -> Condition:
    """Return the condition that a flag for an agent is there that was not."""
    targets = session.find_targets(handle)
    known = _ids_before(session, targets, since)

    def condition(view: Session) -> list[Row] | None:
        found = [row for row in view.clone.scan(targets=targets) if row.flag.id not in known]
        return found or None

    return condition


def _ids_before(session: Session, targets: Iterable[str], since: str | None) -> set[str]:
    if since is None:
        return {row.flag.id for row in session.clone.scan(targets=targets)}
    inbox = load_inbox(session.repo, since)
    if inbox is not None:
        return set(inbox.ids)
    state = load(session.repo, since)  # of a cursor that is gone nothing is known, so everything is new
    return {*state.flags, *state.done} if state is not None else set()


def _until_state(
    rows: list[Row], until: str | None, actor: Actor | None, missing: dict[str, float], *, either: bool
) -> Condition:
    """Return the condition that flags have come to a state, all or one of them; it keeps ``missing`` right."""
    wanted = {row.flag.id: until or ("answered" if row.flag.is_question else "completed") for row in rows}
    judged = not set(wanted.values()) <= {"completed", "free"}

    def condition(view: Session) -> list[Row] | None:
        rows = {row.flag.id: row for row in view.clone.get_rows(wanted, judged=judged)}
        found = [row for flag_id, row in rows.items() if _is_in_state(view, row, wanted[flag_id], actor)]
        for flag_id in wanted.keys() - rows.keys():
            if time.time() - missing.setdefault(flag_id, time.time()) >= _SETTLING:
                get_row(view, flag_id)  # says what is wrong
        for flag_id in rows:
            missing.pop(flag_id, None)
        return found if found and (either or len(found) == len(wanted)) else None

    return condition


def _is_in_state(view: Session, row: Row, state: str, actor: Actor | None) -> bool:
    if state == "completed":
        return row.completion is not None
    if state == "free":
        return not row.locked or (actor is not None and row.lock is not None and is_own(row.lock, actor))
    if state == "answered":
        discussions = view.clone.discussions
        asked = [discussions.judge(row)] if row.flag.is_question else discussions.about(row.flag.id)
        return all(question.state != OPEN for question in asked)
    if row.completion is not None:
        raise ConflictError(
            "already_completed",
            f"{row.flag.id} was completed by {row.completion.completed_by}, so it will not become actionable.",
        )
    return row.actionable


class _Renewer:
    """Keeps what the caller holds while it waits, and says so where that is lost."""

    def __init__(self, session: Session, actor: Actor | None, *, remote: bool) -> None:
        self._actor = actor
        self._remote = remote
        self._held = [] if actor is None else [lock.flag_id for lock in _held(session, actor)]

    def renew(self, view: Session) -> None:
        """Renew what has become noticeably older. Raises ConflictError ``lock_lost``."""
        if self._actor is None or not self._held:
            return
        for flag_id in self._held:
            remark = find_loss(view, flag_id, self._actor)
            if remark:
                raise lock_gone(flag_id, remark)
        mine = _held(view, self._actor)
        due = [lock for lock in mine if is_due(lock, view.now, view.settings.lock_ttl)]
        if any(lock.scope == "local" or self._remote for lock in due):
            from flaggit.locks.keepalive import renew_held

            outcomes = renew_held(Session(view.repo, offline=not self._remote), self._actor)
            lost = [outcome for outcome in outcomes if outcome.state == "lost"]
            if lost:
                raise lock_gone(lost[0].lock.flag_id, lost[0].note)


def _held(session: Session, actor: Actor) -> list[Lock]:
    locks = session.clone.locks.values()
    return [lock for lock in locks if is_own(lock, actor) and binds(lock, session.now)]


def _reply(view: Session, rows: list[Row], full: bool, *, agent: str | None, new: bool) -> Reply[Waited]:
    cursor = _cursor(view, agent) if new else ""
    return Reply(Waited(rows, view.now, full), view.clone.problems, more=_more(cursor))


def _time_is_over(
    view: Session, flag_ids: tuple[str, ...], full: bool, *, agent: str | None, new: bool
) -> Reply[Waited]:
    rows = [row for flag_id in flag_ids if (row := find_row(view, flag_id)) is not None]
    words = "Time is over; nothing new has come." if new else "Time is over."
    cursor = _cursor(view, agent) if new else ""
    return Reply(Waited(rows, view.now, full, words), status=1, notes=() if new else (words,), more=_more(cursor))


def _cursor(view: Session, agent: str | None) -> str:
    targets = view.find_targets(view.get_actor(agent).handle)
    return save_inbox(view.repo, targets, (row.flag.id for row in view.clone.scan(targets=targets)))


def _more(cursor: str) -> tuple[tuple[str, object], ...]:
    return (("cursor", cursor),) if cursor else ()
