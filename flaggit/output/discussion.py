"""One flag as it is shown, with what was said about it: JSON and text."""

from __future__ import annotations

from flaggit.output.rows import age_text, flag_text, states_of
from flaggit.output.text import indent_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.discussion import Answer, Question
    from flaggit.clone.view import View
    from flaggit.core.model import Note
    from flaggit.output.text import Style


def discussion_json(view: View) -> list[dict[str, Any]]:
    """Return the discussion of a flag, oldest first: notes, and questions with their answers."""
    said: list[tuple[str, dict[str, Any]]] = [(note.created_at, note_json(note)) for note in view.notes]
    asked = [*view.questions, *([(view.asked, ())] if view.asked is not None else [])]
    for question, notes in asked:
        flag = question.row.flag
        entry: dict[str, Any] = {
            "id": flag.id,
            "author": flag.source_agent,
            "to": flag.target_agent,
            "created_at": flag.created_at,
            "text": flag.change_description,
            "state": question.state,
        }
        if question.answer is not None:
            entry["answer"] = answer_json(question.answer)
        if notes:
            entry["notes"] = [note_json(note) for note in notes]
        said.append((flag.created_at, entry))
    return [entry for _, entry in sorted(said, key=lambda one: one[0])]


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return the answer to a question, or the completion that ended it."""
    values: dict[str, Any] = {"author": answer.author, "created_at": answer.created_at, "text": answer.text}
    if not answer.was_asked:
        values["was_asked"] = False
    return values


def answered_json(question: Question) -> dict[str, Any]:
    """Return a question that has ended, as whoever asked it hears of it."""
    flag = question.row.flag
    values: dict[str, Any] = {"id": flag.id, "about": flag.re, "state": question.state}
    return {**values, **answer_json(question.answer)} if question.answer is not None else values


def answered_text(question: Question, now: int, style: Style) -> str:
    """Return the same in two lines."""
    flag, answer = question.row.flag, question.answer
    if answer is None:
        return ""
    word = "answered" if question.state == "answered" else f"{question.state.replace('_', ' ')}, said"
    head = f"{style.bold(flag.id)}  about {flag.re}, {word} by {answer.author}"
    return f"{head}  {style.dim(age_text(answer.created_at, now))}\n    {style.line(answer.text, 4)}".rstrip()


def note_json(note: Note) -> dict[str, str]:
    """Return a note."""
    return {"author": note.author, "created_at": note.created_at, "text": note.text}


def view_text(view: View, style: Style) -> str:
    """Return a flag in full, with what belongs to it."""
    flag = view.row.flag
    parts = [question_text(view, style) if view.asked is not None else flag_text(view.row, view.now, style)]
    if view.handed_on is not None:
        done = view.handed_on
        head = style.bold(f"{done.completed_by} handed it on from {done.id}")
        parts.append(head + (f"\n{indent_text(done.notes)}" if done.notes else ""))
    said = [(note.created_at, _note_text(note, view.now, style)) for note in view.notes]
    said += [
        (question.row.flag.created_at, _question_text(question, notes, view.now, style))
        for question, notes in view.questions
    ]
    parts += [text for _, text in sorted(said, key=lambda one: one[0])]
    if view.chain_root and view.chain_root != flag.id:
        parts.append(style.dim(f"Part of the chain that began with {view.chain_root}."))
    return "\n\n".join(parts)


def question_text(view: View, style: Style) -> str:
    """Return a question: what it is about, its text once, and how it is answered."""
    row, question = view.row, view.asked
    flag = row.flag
    who = f"{flag.source_agent} asks {flag.target_name}"
    lines = [f"{style.bold(flag.id)}  question, {who}, {age_text(flag.created_at, view.now)} ago"]
    lines += ["  ".join(states_of(row, view.now, style))] if row.locked or row.place.kind != "here" else []
    first = f": {style.line(view.about.flag.change_description, 12)}" if view.about is not None else ""
    lines += [f"about {flag.re}{first}", "", indent_text(flag.change_description)]
    if flag.action_required != flag.change_description:
        lines += ["", indent_text(flag.action_required)]
    if question is not None:
        lines += ["", _outcome_text(question, view.now, style)]
        if question.state == "open":
            lines[-1] = f"flaggit answer {flag.id} TEXT"
    return "\n".join(lines)


def _question_text(question: Question, notes: tuple[Note, ...], now: int, style: Style) -> str:
    flag = question.row.flag
    asked = f"asked {flag.target_agent}" if flag.target_agent else "asked"
    head = style.bold(f"{flag.id}  {flag.source_agent} {asked}, {age_text(flag.created_at, now)} ago")
    parts = [head, indent_text(flag.change_description), _outcome_text(question, now, style)]
    return "\n".join([*parts, *(_note_text(note, now, style) for note in notes)])


def _outcome_text(question: Question, now: int, style: Style) -> str:
    """Return the outcome of a question."""
    words = outcome_words(question, now)
    answer = question.answer
    if answer is None:
        return style.warn(words)
    return f"{style.good(words)}\n{indent_text(answer.text)}" if answer.text else style.good(words)


def outcome_words(question: Question, now: int) -> str:
    """Return what became of a question, and by whom, as people read it."""
    answer = question.answer
    if answer is None:
        words = {"moot": "moot: the flag was completed without the answer"}
        return words.get(question.state, question.state)
    who = answer.author + ("" if answer.was_asked else ", who was not asked")
    word = "answered" if question.state == "answered" else question.state.replace("_", " ")
    by = question.row.completion.superseded_by if question.row.completion else None
    word += f" by {by}, said" if by else " by"
    return f"{word} {who}, {age_text(answer.created_at, now)} ago"


def _note_text(note: Note, now: int, style: Style) -> str:
    head = style.bold(f"{note.author}, {age_text(note.created_at, now)} ago")
    return head + "\n" + indent_text(note.text)
