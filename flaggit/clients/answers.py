"""Which answers to an agent's questions may be quoted to it, judged by the file that holds each."""

from __future__ import annotations

from flaggit.clients.trust import find_trusted
from flaggit.core.layout import completion_path
from flaggit.core.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.discussion import Question
    from flaggit.clone.session import Session
    from flaggit.core.model import Row


def find_untrusted(session: Session, questions: Iterable[Question]) -> frozenset[str]:
    """Return the ids of the questions whose answer may not be quoted; an open one has none."""
    told = {found.row.flag.id: _said_in(found) for found in questions if found.answer is not None}
    trusted = find_trusted(session, list(told.values())) if told else frozenset()
    return frozenset(key for key, row in told.items() if row.flag.id not in trusted)


def _said_in(question: Question) -> Row:
    """Return the file that holds an answer, as a row that names its author."""
    row, answer = question.row, question.answer
    if answer is None or answer.row is not row:
        return answer.row if answer is not None else row
    flag = replace(row.flag, source_agent=answer.author)
    return replace(row, flag=flag, path=completion_path(flag.id), place=row.completed_on or row.place)
