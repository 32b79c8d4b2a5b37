"""What looking at flags answers."""

from __future__ import annotations

from flaggit.core.text import visible
from flaggit.output.rows import age_text, flag_text, indent_text, row_json, rows_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.looking.dispatch import Choice
    from flaggit.commands.looking.listing import Listing
    from flaggit.commands.looking.showing import View
    from flaggit.core.model import Note, Row
    from flaggit.output.text import Style


def list_json(reply: Reply[Listing]) -> Any:
    """Yield a list of flags; the verb's data is a ``Listing``."""
    return (row_json(row, full=reply.data.full) for row in reply.data.rows)


def next_json(reply: Reply[Choice]) -> Any:
    """Return one flag, or None."""
    row = reply.data.row
    if row is None:
        return None
    values = row_json(row, full=True)
    if reply.data.passed_over:
        values["passed_over"] = _passed_over(reply)
    return values


def show_json(reply: Reply[View]) -> Any:
    """Return a flag in full, with its notes, what it waits on and its chain."""
    view = reply.data
    values = row_json(view.row, full=True)
    values["discussion"] = [note_json(note) for note in view.notes]
    values["waiting_on"] = [row.flag.id for row in view.questions]
    values["answers"] = [row.flag.id for row in view.answers]
    values["chain_root"] = view.chain_root
    return values


def note_json(note: Note) -> dict[str, str]:
    """Return a note."""
    return {"author": note.author, "created_at": note.created_at, "text": note.text}


def list_text(reply: Reply[Listing], style: Style) -> Iterable[str]:
    """Yield flags in two lines each, the most urgent first."""
    return rows_text(reply.data.rows, reply.data.empty, reply.data.now, style)


def next_text(reply: Reply[Choice], style: Style) -> str:
    """Return the flag to work on in full, or that there is none, and why others were passed over."""
    view = reply.data
    lines = [_passed_line(item) for item in _passed_over(reply)]
    if view.row is not None:
        lines.append(flag_text(view.row, view.now, style))
    else:
        lines.append("Nothing to work on.")
    return "\n".join(lines)


def show_text(reply: Reply[View], style: Style) -> str:
    """Return a flag in full, with its notes, questions and answers."""
    view = reply.data
    now = view.now
    parts = [flag_text(view.row, now, style)]
    parts += [_note_text(note, now, style) for note in view.notes]
    parts += [f"Waits on the answer to {_brief(row)}" for row in view.questions]
    parts += [f"Answered by {_brief(row)}" for row in view.answers]
    if view.chain_root and view.chain_root != view.row.flag.id:
        parts.append(style.dim(f"Part of the chain that began with {view.chain_root}."))
    return "\n\n".join(parts)


def _passed_over(reply: Reply[Choice]) -> list[dict[str, str]]:
    return [{"id": flag_id, "reason": reason} for flag_id, reason in reply.data.passed_over]


def _passed_line(item: dict[str, str]) -> str:
    return f"passed over {item['id']}: {visible(item['reason'])}"


def _note_text(note: Note, now: int, style: Style) -> str:
    head = style.bold(f"{note.author}, {age_text(note.created_at, now)} ago")
    return head + "\n" + indent_text(note.text)


def _brief(row: Row) -> str:
    return f"{row.flag.id} ({row.flag.source_agent} -> {row.flag.target_agent or 'anyone'}, {row.status})"
