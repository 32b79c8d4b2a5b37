"""What looking at flags answers."""

from __future__ import annotations

from flaggit.core.text import visible
from flaggit.output.discussion import answered_text, discussion_json, view_text
from flaggit.output.rows import held_text, row_json, rows_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.clone.view import View
    from flaggit.commands.looking.dispatch import Choice
    from flaggit.commands.looking.listing import Listing
    from flaggit.output.text import Style


def list_json(reply: Reply[Listing]) -> Any:
    """Yield a list of flags."""
    listing = reply.data
    return (row_json(row, full=listing.full, reader=listing.reader) for row in listing.rows)


def list_text(reply: Reply[Listing], style: Style) -> Iterable[str]:
    """Yield flags in two lines each, the most urgent first."""
    return rows_text(reply.data.rows, reply.data.empty, reply.data.now, style)


def inbox_text(reply: Reply[Listing], style: Style) -> Iterable[str]:
    """Yield flags in two lines each, the most urgent first; then the answers to the reader's questions."""
    listing = reply.data
    yield from list_text(reply, style)
    if listing.answers:
        yield style.bold("Answers to you:")
        yield from (answered_text(found, listing.now, style) for found in listing.answers)


def next_json(reply: Reply[Choice]) -> Any:
    """Return one flag with its full texts, or None; keys without a value are left out."""
    choice = reply.data
    if choice.view is None:
        return None
    full = row_json(choice.view.row, full=True)
    values = {key: value for key, value in full.items() if value is not None and key not in ("status", "locked")}
    if values.pop("actionable", False) is False:
        values["actionable"] = False
    discussion = discussion_json(choice.view)
    if discussion:
        values["discussion"] = discussion
    if choice.passed_over:
        values["passed_over"] = [{"id": flag_id, "reason": reason} for flag_id, reason in choice.passed_over]
    return values


def next_text(reply: Reply[Choice], style: Style) -> str:
    """Return the flag to work on in full, or that there is none, what is held, and why others were passed over."""
    choice = reply.data
    lines = [f"{flag_id} {visible(reason)}" for flag_id, reason in choice.passed_over]
    lines += [f"You hold {held_text(row)}: `flaggit show {row.flag.id}`" for row in choice.held]
    if choice.view is not None:
        lines.append(view_text(choice.view, style))
    else:
        lines.append("Nothing new to work on." if choice.held else "Nothing to work on.")
        lines += [choice.step] if choice.step else []
    return "\n".join(lines)


def show_json(reply: Reply[View]) -> Any:
    """Return a flag in full, with its notes and questions, what it waits on and its chain."""
    view = reply.data
    values = row_json(view.row, full=True)
    values["discussion"] = discussion_json(view)
    values["waiting_on"] = list(view.row.waits_on)
    values["chain_root"] = view.chain_root
    if view.handed_on is not None and view.handed_on.completion is not None:
        done = view.handed_on.completion
        values["handed_on"] = {"id": done.id, "author": done.completed_by, "text": done.notes or ""}
    return values


def show_text(reply: Reply[View], style: Style) -> str:
    """Return a flag in full, with its notes, questions and answers."""
    return view_text(reply.data, style)
