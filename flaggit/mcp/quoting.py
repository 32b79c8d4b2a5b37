"""Other people's words in results: quoted only where ``prime`` would quote them, under a key that says so.

A flag whose file is not trusted is told by its id alone; an answer, a note or a question is judged
by its own file.
"""

from __future__ import annotations

from flaggit.clients.trust import find_trusted
from flaggit.core.layout import NOTES, STORE, SUFFIX, completion_path
from flaggit.core.model import FREE_FIELDS
from flaggit.core.record import replace
from flaggit.output.discussion import answer_json
from flaggit.output.rows import row_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from flaggit.clone.discussion import Question
    from flaggit.clone.session import Session
    from flaggit.clone.view import View
    from flaggit.core.model import Note, Row

_TEXTS = (*(field.name for field in FREE_FIELDS), "completion_notes")
_LONGEST = 6000  # characters of one text; `show` on the command line has the rest


def quote_rows(session: Session, rows: Sequence[Row], *, full: bool = False, reader: str = "") -> list[dict[str, Any]]:
    """Return flags for a result.

    Args:
        session: The call.
        rows: The flags.
        full: With whole texts.
        reader: Whose list it is.
    """
    trusted = find_trusted(session, rows)
    return [quote_row(row, row.flag.id in trusted, full=full, reader=reader) for row in rows]


def quote_row(row: Row, is_trusted: bool, *, full: bool = False, reader: str = "") -> dict[str, Any]:
    """Return one flag: its facts, and its texts under ``quoted``; of one that is not trusted the id alone."""
    if not is_trusted:
        return {"id": row.flag.id, "trusted": False}
    values = {key: value for key, value in row_json(row, full=full, reader=reader).items() if value not in (None, [])}
    quoted = {key: _cut(values.pop(key)) for key in _TEXTS if key in values}
    return {**values, "trusted": True, "quoted": quoted}


def quote_view(session: Session, view: View) -> dict[str, Any]:
    """Return one flag in full with its discussion."""
    judge = _Judge(session, view)
    values = quote_row(view.row, judge.is_trusted("flag", view.row), full=True)
    if view.row.waits_on:
        values["waiting_on"] = list(view.row.waits_on)
    if view.chain_root:
        values["chain_root"] = view.chain_root
    asked = [*view.questions, *([(view.asked, ())] if view.asked is not None else [])]
    said = [(note.created_at, judge.note(note)) for note in view.notes]
    said += [(question.row.flag.created_at, judge.question(question, notes)) for question, notes in asked]
    if said:
        values["discussion"] = [entry for _, entry in sorted(said, key=lambda one: one[0])]
    return values


def quote_answers(session: Session, questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Return questions that have ended, with the answers that may be quoted."""
    found = []
    for question in questions:
        flag = question.row.flag
        entry: dict[str, Any] = {"id": flag.id, "about": flag.re, "state": question.state}
        said = _answer_row(question)
        is_trusted = said is not None and bool(find_trusted(session, [said]))
        found.append({**entry, "trusted": is_trusted, **_quoted_answer(question, is_trusted)})
    return found


def without_texts(value: Any) -> Any:
    """Return plain data without what flags say in people's words: who needs those asks for the flag."""
    if isinstance(value, list):
        return [without_texts(item) for item in value]
    if isinstance(value, dict):
        return {key: without_texts(item) for key, item in value.items() if key not in _TEXTS}
    return value


class _Judge:
    """Which of the files that a view is made of may be quoted; all are judged in one go."""

    def __init__(self, session: Session, view: View) -> None:
        rows = {"flag": view.row}
        questions = [question for question, _ in view.questions]
        questions += [view.asked] if view.asked is not None else []
        for question in questions:
            rows[f"question {question.row.flag.id}"] = question.row
            said = _answer_row(question)
            if said is not None:
                rows[f"answer {question.row.flag.id}"] = said
        for note in (*view.notes, *(note for _, notes in view.questions for note in notes)):
            row = _note_row(session, view.row, note)
            if row is not None:
                rows[f"note {note.name}"] = row
        named = [replace(row, flag=replace(row.flag, id=name)) for name, row in rows.items()]
        self._trusted = find_trusted(session, named)

    def is_trusted(self, name: str, row: Row | None = None) -> bool:  # noqa: ARG002 - named for the caller's sake
        return name in self._trusted

    def note(self, note: Note) -> dict[str, Any]:
        if f"note {note.name}" not in self._trusted:
            return {"note": note.name, "trusted": False}
        return {"author": note.author, "created_at": note.created_at, "trusted": True, "quoted": _cut(note.text)}

    def question(self, question: Question, notes: Iterable[Note]) -> dict[str, Any]:
        flag = question.row.flag
        is_trusted = f"question {flag.id}" in self._trusted
        entry: dict[str, Any] = {"id": flag.id, "state": question.state, "trusted": is_trusted}
        if is_trusted:
            entry.update(author=flag.source_agent, to=flag.target_agent, created_at=flag.created_at)
            entry["quoted"] = _cut(flag.change_description)
        if question.answer is not None:
            may_quote = f"answer {flag.id}" in self._trusted
            entry["answer"] = {"trusted": may_quote, **_quoted_answer(question, may_quote)}
        said = [self.note(note) for note in notes]
        return {**entry, "notes": said} if said else entry


def _quoted_answer(question: Question, is_trusted: bool) -> dict[str, Any]:
    if not is_trusted or question.answer is None:
        return {}
    values = answer_json(question.answer)
    return {**values, "quoted": _cut(values.pop("text"))}


def _answer_row(question: Question) -> Row | None:
    """Return the file that holds an answer as a row that names its author: that is what is trusted or not."""
    row, answer = question.row, question.answer
    if answer is None or answer.row is not row:
        return answer.row if answer is not None else None
    flag = replace(row.flag, source_agent=answer.author)
    return replace(row, flag=flag, path=completion_path(flag.id), place=row.completed_on or row.place)


def _note_row(session: Session, row: Row, note: Note) -> Row | None:
    for source in session.clone.sources():
        if source.has(NOTES, note.name):
            flag = replace(row.flag, source_agent=note.author)
            return replace(row, flag=flag, path=f"{STORE}/{NOTES}/{note.name}{SUFFIX}", place=source.place)
    return None


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}… ({len(value) - _LONGEST} characters more)"
    return value
