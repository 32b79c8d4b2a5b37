"""What raising, talking and editing answer."""

from __future__ import annotations

from flaggit.commands.completions import completion_json, completion_line
from flaggit.core.model import flag_document, note_document
from flaggit.core.text import short_oid
from flaggit.output.rows import hit_json, row_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.raising.conversation import Turn
    from flaggit.commands.raising.editing import Edited
    from flaggit.core.model import Row
    from flaggit.lifecycle.notes import Noted
    from flaggit.lifecycle.raising import Raised
    from flaggit.output.text import Style


def created_json(reply: Reply[Raised]) -> Any:
    """Return the new flag, or an array of them where there are several targets."""
    raised = reply.data
    rows = [_raised_json(raised, row) for row in raised.rows]
    return rows[0] if len(rows) == 1 else rows


def created_text(reply: Reply[Raised], style: Style) -> str:
    """Return a line for each new flag."""
    return "\n".join(_raised_lines(reply.data, style))


def turn_json(reply: Reply[Turn]) -> Any:
    """Return the flag that was raised, and under ``completed`` what was completed by it; an answer: the question."""
    turn = reply.data
    completed = completion_json(turn.completed) if turn.completed else None
    if turn.raised is None:
        return completed
    return {**_raised_json(turn.raised, turn.raised.rows[0]), "completed": completed}


def turn_text(reply: Reply[Turn], style: Style) -> str:
    """Return the flags that were raised, and the completion with them."""
    turn = reply.data
    lines = _raised_lines(turn.raised, style) if turn.raised else []
    if turn.completed and turn.about.flag.is_question and turn.completed.completion.is_done:
        flag = turn.about.flag
        return f"{completion_line(turn.completed, style)}\n{flag.source_agent} reads it on {flag.re}."
    return "\n".join([*lines, *([completion_line(turn.completed, style)] if turn.completed else [])])


def circumstances_json(raised: Raised) -> dict[str, Any]:
    """Return what was out of the ordinary when flags were raised."""
    values = {"chain_root": raised.chain_root, "commit": raised.commit, "dry_run": raised.dry_run}
    return {name: value for name, value in values.items() if value}


def noted_json(reply: Reply[Noted]) -> Any:
    """Return the note under its file's names, with its flag and path."""
    noted = reply.data
    return {"id": noted.note.flag_id, "path": noted.path, **note_document(noted.note)}


def noted_text(reply: Reply[Noted], style: Style) -> str:
    """Return that the note was written, and where."""
    noted = reply.data
    return f"Noted on {style.bold(noted.note.flag_id)}: {noted.path}"


def edited_json(reply: Reply[Edited]) -> Any:
    """Return the flag's fields as they are now, its path and the names of what changed."""
    edited = reply.data
    return {**flag_document(edited.flag), "path": edited.path, "changed": list(edited.changed)}


def edited_text(reply: Reply[Edited], style: Style) -> str:
    """Return the names of the fields that changed."""
    edited = reply.data
    if not edited.changed:
        return f"{style.bold(edited.flag.id)} says that already; nothing changed."
    return f"Changed {', '.join(edited.changed)} of {style.bold(edited.flag.id)}: {edited.path}"


def _raised_json(raised: Raised, row: Row) -> dict[str, Any]:
    values = {**row_json(row, full=True), "actor_source": raised.actor.source, **circumstances_json(raised)}
    if raised.candidates:
        values["candidates"] = [hit_json(hit) for hit in raised.candidates]
    return values


def _raised_lines(raised: Raised, style: Style) -> list[str]:
    verb = "Would raise a flag" if raised.dry_run else "Raised"
    lines = []
    for row in raised.rows:
        flag = row.flag
        name = "" if raised.dry_run else f" {style.bold(flag.id)}"
        target = flag.target_name
        place = "" if raised.dry_run else f": {row.path}"
        lines.append(f"{verb}{name} for {target} ({style.impact(flag.impact_level)} {flag.flag_type}){place}")
    if raised.commit:
        lines.append(style.dim(f"Committed as {short_oid(raised.commit)}."))
    return lines
