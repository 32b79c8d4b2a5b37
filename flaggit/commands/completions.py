"""How a completion is shown: by ``complete``, and by the commands of a conversation that complete a flag."""

from __future__ import annotations

from flaggit.core.model import Place, completion_document
from flaggit.core.record import replace
from flaggit.core.text import short_oid, visible
from flaggit.output.rows import row_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.lifecycle.completing import Completed
    from flaggit.output.text import Style


def completion_json(item: Completed) -> dict[str, Any]:
    """Return a flag with its completion, and what is special about it."""
    document = completion_document(item.completion)
    on = None if item.removed else item.row.completed_on or Place("here", "")
    values = row_json(replace(item.row, completion=item.completion, completed_on=on, actionable=False), full=True)
    values["completion_notes"] = document.get("notes")
    values.update(already=item.already, removed=item.removed, actor_source=item.actor.source)
    if item.commit:
        values["commit"] = item.commit
    return values


def completion_line(item: Completed, style: Style) -> str:
    """Return on one line what became of a flag that was to be completed."""
    name = style.bold(item.row.flag.id)
    by = item.completion.completed_by
    implied = " (its own target, as nobody said who you are)" if item.actor.implied else ""
    if item.already:
        return f"{name} was completed by {by} at {item.completion.completed_at} already; nothing changed."
    if item.removed:
        return f"Withdrew {name}: no commit held it, so {item.path} is gone."
    if item.completion.resolution == "superseded":
        return f"{name} is superseded by {item.completion.superseded_by}: {item.path}"
    commit = f", committed as {short_oid(item.commit)}" if item.commit else ""
    words = item.completion.resolution.replace("_", " ")
    return f"Completed {name} as {words} by {visible(by)}{implied}: {item.path}{commit}"
