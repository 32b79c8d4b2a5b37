"""One flag with all that belongs to it: notes, questions with their answers, what it is about, its chain."""

from __future__ import annotations

from flaggit.clone.lookup import find_root
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.discussion import Question
    from flaggit.clone.session import Session
    from flaggit.core.model import Completion, Note, Row


@record
class View:
    """A flag with what belongs to it.

    Attributes:
        row: The flag.
        notes: What was noted on it.
        questions: What was asked about it, oldest first, each with the notes on it.
        about: The flag that this one asks about or answers, where it is visible.
        asked: Where it is a question itself: what became of it.
        handed_on: The completion of the flag that this one took the place of, where it was redirected or bounced.
        chain_root: The flag that its chain began with.
        now: Seconds since the epoch.
    """

    row: Row
    notes: tuple[Note, ...]
    questions: tuple[tuple[Question, tuple[Note, ...]], ...]
    about: Row | None
    asked: Question | None
    handed_on: Completion | None
    chain_root: str | None
    now: int


def view_of(session: Session, row: Row, find: Callable[[str], Row | None] | None = None) -> View:
    """Return a flag with what belongs to it; ``find`` has the rows of ids where they are at hand."""
    clone, flag = session.clone, row.flag
    find = find or clone.find
    questions = tuple((question, _notes(session, question.row)) for question in clone.discussions.about(flag.id))
    return View(
        row,
        _notes(session, row),
        questions,
        find(flag.re) if flag.re else None,
        clone.discussions.judge(row) if flag.is_question else None,
        _find_predecessor(find, row),
        find_root(find, flag) if flag.chain_origin_id else None,
        session.now,
    )


def _notes(session: Session, row: Row) -> tuple[Note, ...]:
    return tuple(session.clone.notes(row.flag.id))


def _find_predecessor(find: Callable[[str], Row | None], row: Row) -> Completion | None:
    """Return the completion that is superseded by this flag."""
    found = find(row.flag.chain_origin_id) if row.flag.chain_origin_id else None
    completion = found.completion if found is not None else None
    return completion if completion is not None and completion.superseded_by == row.flag.id else None
