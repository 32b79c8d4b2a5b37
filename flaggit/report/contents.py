"""What pages show, gathered from a clone: every flag once, and any of them in full."""

from __future__ import annotations

from flaggit.clone.discussion import OPEN
from flaggit.clone.value_cache import STEM
from flaggit.clone.view import View, view_of
from flaggit.core.record import record
from flaggit.lifecycle.history import read_histories, read_history
from flaggit.report.tally import chain_of, count_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flaggit.clone.discussion import Question
    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.lifecycle.history import Step
    from flaggit.report.tally import Tally
    from flaggit.reviewing.report import ChainLink

IN_FULL = 1000  # open flags that one page tells in full; a page of more is no longer read
LATEST = 200  # completed flags that it tells


@record
class FullFlag:
    """A flag with what was said about it and what happened to it."""

    view: View
    steps: tuple[Step, ...] = ()


@record
class Contents:
    """What one page tells.

    Attributes:
        tally: The figures.
        questions: Those that wait for an answer, oldest first.
        completed: The flags that were completed last, the last one first.
        described: Flag id -> the flag in full.
    """

    tally: Tally
    questions: tuple[Question, ...]
    completed: tuple[Row, ...]
    described: Mapping[str, FullFlag]


class Scene:
    """A clone as it is at one moment, every flag within reach.

    Args:
        session: The call; nothing that changes later is seen through it.

    Attributes:
        rows: All flags.
        known: All flags by id.
        tally: The figures.
        targets: The names of those that flags are for.
        ended: When each completed flag was completed, and its id, the last one first.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.rows = session.clone.scan(status="all")
        self.known = self.rows.by_id()
        self.targets: set[str] = set()
        self.ended: list[str] = []
        self.tally = count_flags(self._each(), session.now, self.known.all_of)
        self.ended.sort(reverse=True)

    def _each(self) -> Iterator[Row]:
        for row in self.rows:
            self.targets.add(row.flag.target_name)
            if row.completion is not None:
                self.ended.append(f"{row.completion.completed_at} {row.flag.id}")
            yield row

    def questions(self) -> tuple[Question, ...]:
        """Return the questions that wait for an answer, oldest first."""
        asked = [row for load in self.tally.loads for row in load.rows if row.flag.is_question]
        found = map(self.session.clone.discussions.judge, sorted(asked, key=lambda row: row.flag.created_at))
        return tuple(question for question in found if question.state == OPEN)

    def latest(self, limit: int) -> tuple[Row, ...]:
        """Return the flags that were completed last, the last one first."""
        return tuple(self.known.all_of(entry[STEM] for entry in self.ended[:limit]))

    def chain_of(self, flag_id: str) -> tuple[ChainLink, ...]:
        """Return the chain that a flag is part of; nothing where it is alone."""
        return chain_of(flag_id, self.tally.origins, self.known)

    def describe(self, row: Row) -> FullFlag:
        """Return a flag in full."""
        return FullFlag(self._view(row), read_history(self.session, row.flag.id, row))

    def describe_all(self, rows: Iterable[Row]) -> dict[str, FullFlag]:
        """Return flag id -> the flag in full."""
        chosen = list(rows)
        steps = read_histories(self.session, chosen)
        return {row.flag.id: FullFlag(self._view(row), steps[row.flag.id]) for row in chosen}

    def contents(self) -> Contents:
        """Return what one page tells."""
        completed = self.latest(LATEST)
        pending = [row for load in self.tally.loads for row in load.rows][:IN_FULL]
        return Contents(self.tally, self.questions(), completed, self.describe_all([*pending, *completed]))

    def _view(self, row: Row) -> View:
        return view_of(self.session, row, self.known.get)
