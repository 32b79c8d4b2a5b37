"""Tells who looks at the page that something changed: one thread looks at the clone for all of them."""

from __future__ import annotations

import os
import threading

from flaggit.clone.events import derive_events
from flaggit.clone.observing import Observer
from flaggit.clone.snapshot import EMPTY
from flaggit.clone.waiting import WATCHED_SHARE, Ticker
from flaggit.core.errors import REFUSALS
from flaggit.core.record import record
from flaggit.core.text import counted, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.clone.events import Event
    from flaggit.git.repo import Repo

_AGAIN = 2.0  # seconds until the next try where the clone could not be looked at


@record
class News:
    """What changed last: ``mark`` names the state after it, ``words`` says it in one line."""

    mark: str
    words: str = ""


class Watcher:
    """Looks at a clone until it is stopped.

    Args:
        repo: The repository.
        turn: Held during each look, so that nobody else looks at the same time.
        refresh: Called now and then; it may bring news from a remote.
    """

    def __init__(self, repo: Repo, turn: threading.Lock, refresh: Callable[[], object] | None = None) -> None:
        self._repo = repo
        self._turn = turn
        self._refresh = refresh
        self._start = os.urandom(4).hex()  # a mark of an earlier run is never taken for one of this run
        self._count = 0
        self._is_failing = False
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._news = News(self._mark())

    @property
    def is_stopped(self) -> bool:
        """Return whether it was told to stop."""
        return self._stopped.is_set()

    @property
    def news(self) -> News:
        """Return what changed last."""
        return self._news

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="watcher", daemon=True).start()

    def stop(self) -> None:
        """Stop looking, and let everybody go who waits."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    def wait(self, mark: str, seconds: float) -> News | None:
        """Return what changed since a mark, at once or as soon as something does; None: nothing for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._news.mark != mark or self.is_stopped, timeout=seconds)
            return self._news if self._news.mark != mark else None

    def _run(self) -> None:
        while not self.is_stopped:
            try:
                self._watch()
            except REFUSALS:  # settings that cannot be read, say: pages tell it, and it may be mended
                if not self._is_failing:
                    self._publish(())
                self._is_failing = True
                self._stopped.wait(_AGAIN)

    def _watch(self) -> None:
        observer = Observer(self._repo)
        ticker = Ticker(observer.repo, refresh=self._refresh, pause=self._stopped.wait, share=WATCHED_SHARE)
        before = None
        for _ in ticker:
            with self._turn:
                now = observer.observe(before or EMPTY)
                events = derive_events(observer.session, before, now) if before is not None and now != before else ()
            if events or self._is_failing:
                self._publish(events)
            before, self._is_failing = now, False
            ticker.due = observer.due

    def _publish(self, events: Sequence[Event]) -> None:
        with self._changed:
            self._count += 1
            self._news = News(self._mark(), _words(events))
            self._changed.notify_all()

    def _mark(self) -> str:
        return f"{self._start}-{self._count}"


def _words(events: Sequence[Event]) -> str:
    """Return events in one line."""
    if not events:
        return ""
    last = events[-1]
    by = last.facts.get("by")
    words = visible(f"{last.flag_id} {last.kind.replace('_', ' ')}" + (f" by {by}" if by else ""))
    return words if len(events) == 1 else f"{counted(len(events), 'change')}, the last one: {words}"
