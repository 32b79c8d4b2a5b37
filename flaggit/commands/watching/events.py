"""The verb ``events``: a cursor in, what happened since out, and what happens from then on."""

from __future__ import annotations

import time

from flaggit.clone.events import derive_events, live_events
from flaggit.clone.observing import Observer
from flaggit.clone.session import Reply
from flaggit.clone.snapshot import EMPTY, FlagState, Snapshot, check_cursor, load, load_inbox, save
from flaggit.clone.waiting import Ticker
from flaggit.core.record import record
from flaggit.core.times import format_time
from flaggit.locks.polling import remote_refresh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flaggit.clone.events import Event
    from flaggit.clone.session import Session
    from flaggit.clone.snapshot import InboxCursor


@record
class Line:
    """One line of the answer.

    ``event`` is None for what is said of the stream itself: ``kind`` is then ``started`` or ``reset``.
    ``cursor`` names the state before the batch that the line belongs to, ``then`` the one after it,
    ``left`` counts the lines of the batch that follow.
    """

    kind: str
    at: str
    cursor: str
    then: str
    left: int = 0
    event: Event | None = None


def events(
    session: Session, *, since: str | None = None, follow: bool = False, remote: bool = False
) -> Reply[Iterator[Line]]:
    """Return the events in the clone since a cursor, and with ``follow`` the coming ones, one line a change.

    Without ``since`` the one line ``started`` names the cursor that stands for now. A cursor whose snapshot
    is gone gives one line ``reset`` and the pending flags as lines ``state``: never an invented history.

    Args:
        session: The call.
        since: A cursor, of a line of this command or of ``inbox``, ``next`` or ``prime``. One of an inbox
            says nothing but which flags were pending there, so only what came and went there is told.
        follow: Go on until stopped, or until nobody reads any more.
        remote: Look at the remote too; a network command.

    Raises:
        InvalidError: ``usage``.
    """
    if since is not None:
        check_cursor(since)
    refresh = remote_refresh(session) if remote else None
    remark = refresh() if refresh is not None else ""
    stream = _Stream(session, refresh)
    return Reply(stream.follow(since) if follow else stream.catch_up(since), notes=(remark,) if remark else ())


class _Stream:
    """Batches of events of one clone."""

    def __init__(self, session: Session, refresh: Callable[[], str] | None) -> None:
        self._observer = Observer(session.repo)
        self._refresh = refresh
        self._repo = session.repo
        self._state: Snapshot = EMPTY
        self._cursor = ""

    def catch_up(self, since: str | None) -> Iterator[Line]:
        """Yield what happened since a cursor; where something seems to be gone, after a second look."""
        yield from self._begin(since)
        while self._observer.confirmed_at is not None:
            time.sleep(max(0.0, self._observer.confirmed_at - time.time()))
            yield from self._advance()

    def follow(self, since: str | None) -> Iterator[Line]:
        """Yield the same and go on; ends when the reader is gone."""
        ticker = Ticker(self._observer.repo, refresh=self._refresh)
        begun = False
        for _ in ticker:
            yield from self._advance() if begun else self._begin(since)
            begun = True
            ticker.due = self._observer.due

    def _begin(self, since: str | None) -> Iterator[Line]:
        known = load(self._repo, since) if since else None
        if since and known is not None:
            self._state, self._cursor = known, since
            yield from self._advance()
            return
        now = self._observer.observe(EMPTY)
        inbox = load_inbox(self._repo, since) if since else None
        if since and inbox is not None:
            self._state, self._cursor = _before_inbox(now, inbox), since
            yield from self._step(now)
            return
        self._state, self._cursor = now, save(self._repo, now)
        yield from self._reset() if since else [self._line("started")]

    def _reset(self) -> Iterator[Line]:
        found = live_events(self._observer.session, self._state.flags)
        yield self._line("reset", left=len(found))
        for index, event in enumerate(found):
            yield self._line("state", event, left=len(found) - index - 1)

    def _advance(self) -> Iterator[Line]:
        return self._step(self._observer.observe(self._state))

    def _step(self, now: Snapshot) -> Iterator[Line]:
        before, earlier = self._state, self._cursor
        if now == before:
            return
        found = derive_events(self._observer.session, before, now)
        self._state, self._cursor = now, save(self._repo, now, before=earlier)
        for index, event in enumerate(found):
            yield Line(event.kind, event.at, earlier, self._cursor, len(found) - index - 1, event)

    def _line(self, kind: str, event: Event | None = None, left: int = 0) -> Line:
        at = event.at if event is not None else format_time(self._observer.session.now)
        return Line(kind, at, self._cursor, self._cursor, left, event)


def _before_inbox(now: Snapshot, inbox: InboxCursor) -> Snapshot:
    """Return the state as it was when an inbox was listed, as far as the inbox's cursor says; the rest is as now."""
    gone = FlagState(b"", None, "", "", False)
    flags = {key: state for key, state in now.flags.items() if state.target not in inbox.targets or key in inbox.ids}
    flags.update((key, gone) for key in inbox.ids - flags.keys())
    done = {key: state for key, state in now.done.items() if key not in inbox.ids}
    return Snapshot(flags, done, now.locks, now.notes, now.turns)
