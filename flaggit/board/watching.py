"""Looks at the clone whenever there is reason to, and says what the board shows. Runs in a thread of its own.

When there is reason to look is for ``clone.waiting`` to say, what happened for ``clone.events``, and
whether something that is missing has gone for ``clone.observing``, as for everybody who watches.
"""

from __future__ import annotations

import threading

from flaggit.clone.events import derive_events
from flaggit.clone.observing import Observer
from flaggit.clone.session import Reply, Session
from flaggit.clone.snapshot import EMPTY
from flaggit.clone.waiting import WATCHED_SHARE, Ticker
from flaggit.commands.planning.actions import plan
from flaggit.commands.watching.events import Line
from flaggit.commands.watching.text import events_text
from flaggit.core.errors import REFUSALS, refusal_of
from flaggit.core.record import record
from flaggit.locks.polling import remote_refresh
from flaggit.output.text import Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from flaggit.clone.events import Event
    from flaggit.clone.snapshot import Snapshot
    from flaggit.core.model import Row

_PLAIN = Style()


@record
class State:
    """What is there now.

    Attributes:
        rows: Every flag of the clone, completed ones included, in order of urgency.
        now: Seconds since the epoch.
        waves: Flag id -> the number of its wave, where the plan was asked for.
        broken: How many files cannot be read.
        news: What has happened since the state before, a line each.
        fault: Why the clone could not be looked at; what is shown is older then. Empty: it could.
    """

    rows: tuple[Row, ...]
    now: int
    waves: Mapping[str, int]
    broken: int = 0
    news: tuple[str, ...] = ()
    fault: str = ""


class Watch:
    """Looks at one clone until it is told to stop.

    Args:
        session: The call; the clone is seen from its worktree.
        remote: Look at the remote too.

    ``with_plan`` says whether the waves are wanted.
    """

    def __init__(self, session: Session, *, remote: bool = False) -> None:
        self.with_plan = False
        self._repo = session.repo
        self._offline = session.offline
        self._observer = Observer(session.repo)
        self._believed = EMPTY
        self._last = State((), session.now, {})
        self._signal = threading.Event()
        self._ended = False
        refresh = remote_refresh(session) if remote else None
        self._ticker = Ticker(self._observer.repo, refresh=refresh, pause=self._pause, share=WATCHED_SHARE)

    def states(self) -> Iterator[State]:
        """Yield what is there, at once and again each time that something changes."""
        yield self._try(self._read_rows)
        for _ in self._ticker:
            yield self._try(self._read_state)

    def wake(self) -> None:
        """Look at once."""
        self._signal.set()

    def stop(self) -> None:
        """Let ``states`` end."""
        self._ended = True
        self._signal.set()

    def _pause(self, seconds: float) -> bool:
        if self._signal.wait(seconds):
            self._signal.clear()
            self._ticker.due = 0.0
        return self._ended

    def _try(self, read: Callable[[], State]) -> State:
        """Return what is read, or where it cannot be what was read last, with the reason."""
        try:
            self._last = read()
            return self._last
        except REFUSALS as error:
            fault = refusal_of(error).message
            return State(self._last.rows, self._last.now, self._last.waves, self._last.broken, (), fault)

    def _read_rows(self) -> State:
        """Return what is there without asking what happened, so that there is something to see soon."""
        session = Session(self._repo, offline=self._offline)
        return State(tuple(session.clone.scan(status="all").drain()), session.now, {}, len(session.clone.problems))

    def _read_state(self) -> State:
        session = Session(self._repo, offline=self._offline)
        rows = session.clone.scan(status="all").drain()
        before, self._believed = self._believed, self._observer.observe(self._believed)
        self._ticker.due = self._observer.due
        waves = _number_waves(session) if self.with_plan else {}
        return State(
            tuple(self._keep_unconfirmed(rows)),
            session.now,
            waves,
            len(session.clone.problems),
            tuple(self._describe_changes(before)),
        )

    def _keep_unconfirmed(self, rows: list[Row]) -> list[Row]:
        """Return the rows with those of the state before in the place of what only seems to have gone."""
        if self._observer.confirmed_at is None:
            return rows
        shown = {row.flag.id: row for row in self._last.rows}
        believed = self._believed
        merged = {row.flag.id: row for row in rows}
        for flag_id in shown.keys() & (believed.flags.keys() | believed.done.keys()):
            found = merged.get(flag_id)
            if found is None or (found.completion is None and flag_id in believed.done):
                merged[flag_id] = shown[flag_id]
        return sorted(merged.values(), key=lambda row: row.order)

    def _describe_changes(self, before: Snapshot) -> Iterator[str]:
        if before is EMPTY or before == self._believed:
            return
        for event in derive_events(self._observer.session, before, self._believed):
            yield _line(event)


def _line(event: Event) -> str:
    line = Line(event.kind, event.at, "", "", 0, event)
    return "".join(events_text(Reply(iter([line])), _PLAIN))


def _number_waves(session: Session) -> dict[str, int]:
    waves = plan(session).data.waves
    return {step.flag.id: number for number, wave in enumerate(waves, 1) for step in wave}
