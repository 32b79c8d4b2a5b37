"""The verb ``show``: a reference in, one flag with all that belongs to it out."""

from __future__ import annotations

from flaggit.clone.discussion import OPEN
from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.clone.view import view_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.clone.view import View
    from flaggit.core.model import Row


def show(session: Session, *, flag_id: str) -> Reply[View]:
    """Return one flag in full with its notes, its questions and their answers.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``.
    """
    view = view_of(session, get_row(session, flag_id))
    return Reply(view, notes=(*_age_notes(session, view.row), *_advice(view)))


def _advice(view: View) -> tuple[str, ...]:
    if view.asked is not None and view.asked.state == OPEN:
        return (f"`flaggit answer {view.row.flag.id} TEXT` answers it.",)
    return ()


def _age_notes(session: Session, row: Row) -> tuple[str, ...]:
    if row.place.kind == "here":
        return ()
    from flaggit.commands.looking.listing import age_note

    return tuple(age_note(session, False))
