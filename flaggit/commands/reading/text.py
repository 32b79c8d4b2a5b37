"""What looking at flags answers."""

from __future__ import annotations

from itertools import chain, islice

from flaggit.core.text import visible
from flaggit.output.discussion import answered_text, discussion_json, view_text
from flaggit.output.rows import held_text, row_json, row_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.clone.view import View
    from flaggit.commands.reading.dispatch import Choice
    from flaggit.commands.reading.listing import Listing
    from flaggit.core.model import Row
    from flaggit.output.text import Style

SHOWN = 25  # flags that a list shows as text unless it is told how many


def list_json(reply: Reply[Listing]) -> Any:
    """Yield a list of flags, of each the fields that were asked for; or how many they are."""
    listing, extent = reply.data, reply.data.extent
    if extent.count:
        return len(listing.rows)
    rows = islice(listing.rows, extent.limit)
    if extent.fields:
        return (_chosen(row, extent.fields) for row in rows)
    return (row_json(row, full=extent.full, reader=listing.reader) for row in rows)


def list_text(reply: Reply[Listing], style: Style) -> Iterable[str]:
    """Yield flags in two lines each, the most urgent first, or in one of the fields that were asked for."""
    listing, extent = reply.data, reply.data.extent
    if extent.count:
        return [str(len(listing.rows))]
    limit = SHOWN if extent.limit is None else extent.limit
    rows = islice(listing.rows, limit)
    left = len(listing.rows) - limit
    if extent.fields:
        lines: Iterable[str] = ("\t".join(_words(row, extent.fields)) for row in rows)
    elif listing.rows:
        lines = (row_text(row, listing.now, style) for row in rows)
    else:
        lines = [listing.empty]
    rest = [style.dim(f"and {left} more: --limit {limit + left}")] if left > 0 else []
    return chain(lines, rest)


def _chosen(row: Row, fields: tuple[str, ...]) -> dict[str, Any]:
    full = row_json(row, full=True)
    return {name: full[name] for name in fields if full.get(name) is not None}


def _words(row: Row, fields: tuple[str, ...]) -> Iterator[str]:
    """Yield a row's fields as single words or lines, so that a tab parts them."""
    chosen = _chosen(row, fields)
    for name in fields:
        value = chosen.get(name, "")
        if isinstance(value, list):
            value = ",".join(value)
        elif isinstance(value, dict):
            value = value["name"] or value["kind"]
        yield visible(str(value).lower() if isinstance(value, bool) else str(value))


def inbox_text(reply: Reply[Listing], style: Style) -> Iterable[str]:
    """Yield flags in two lines each, the most urgent first; then the answers to the reader's questions."""
    listing = reply.data
    yield from list_text(reply, style)
    if listing.answers and not listing.extent.count:
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
    for row in choice.held:
        going_on = "" if row.waits_on else ", and can go on with it"
        lines.append(f"You hold {held_text(row)}{going_on}: `flaggit show {row.flag.id}`")
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
    if view.handed_on is not None:
        done = view.handed_on
        values["handed_on"] = {"id": done.id, "author": done.completed_by, "text": done.notes or ""}
    return values


def show_text(reply: Reply[View], style: Style) -> str:
    """Return a flag in full, with its notes, questions and answers."""
    return view_text(reply.data, style)
