"""The verb ``show``: a reference in, one flag with all that belongs to it out."""

from __future__ import annotations

from flaggit.clone.backlinks import find_linked
from flaggit.clone.lookup import find_root, get_row
from flaggit.clone.session import Reply
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.core.model import Note, Row


@record
class View:
    """A flag with what belongs to it: notes, pending questions about it, answers to it, the root of its chain."""

    row: Row
    notes: tuple[Note, ...]
    questions: tuple[Row, ...]
    answers: tuple[Row, ...]
    chain_root: str | None
    now: int


def show(session: Session, *, flag_id: str) -> Reply[View]:
    """Return one flag in full with its notes, open questions and answers.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``.
    """
    row = get_row(session, flag_id)
    about = find_linked(session, row.flag)
    questions = [other for other in about if other.flag.is_question and other.status == "pending"]
    answers = [other for other in about if not other.flag.is_question]
    root = find_root(session, row.flag) if row.flag.chain_origin_id else None
    notes = tuple(session.clone.notes(row.flag.id))
    view = View(row, notes, tuple(questions), tuple(answers), root, session.now)
    return Reply(view, notes=_age_notes(session, row))


def _age_notes(session: Session, row: Row) -> tuple[str, ...]:
    if row.place.kind == "here":
        return ()
    from flaggit.commands.looking.listing import age_note

    return tuple(age_note(session, False))
