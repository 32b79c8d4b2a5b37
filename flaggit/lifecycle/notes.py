"""Notes on flags: a text in, a file of its own out."""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError
from flaggit.core.layout import note_name
from flaggit.core.model import Note, note_document
from flaggit.core.record import record
from flaggit.core.text import tidy
from flaggit.core.times import format_time
from flaggit.documents.rules import check_note_document, errors_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session


@record
class Noted:
    """A note that was written, and where."""

    note: Note
    path: str


def add_note(session: Session, flag_id: str, actor: Actor, text: str) -> Noted:
    """Write and stage a note. Raises InvalidError for an empty text or one with control characters."""
    return write_note(session, make_note(session, flag_id, actor, text))


def make_note(session: Session, flag_id: str, actor: Actor, text: str) -> Note:
    """Return a note that is fit to be written. Raises InvalidError as ``add_note``."""
    created = format_time(session.now)
    made = Note(note_name(flag_id, created, os.urandom(4)), actor.handle, created, tidy(text))
    if not made.text:
        raise InvalidError("missing", "The note has no text.")
    problems = errors_of(check_note_document(note_document(made)))
    if problems:
        raise InvalidError(problems[0].code, problems[0].message)
    return made


def write_note(session: Session, made: Note) -> Noted:
    """Write and stage a note."""
    path = session.store.add_note(made)
    session.store.stage([path])
    return Noted(made, path)
