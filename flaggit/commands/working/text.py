"""What completing, reopening and committing answer."""

from __future__ import annotations

from flaggit.clone.lock_rules import is_own
from flaggit.commands.completions import completion_json, completion_line
from flaggit.core.record import replace
from flaggit.core.text import visible
from flaggit.output.rows import row_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Reply
    from flaggit.commands.working.committing import Committed
    from flaggit.commands.working.reopening import Reopened
    from flaggit.core.model import Row
    from flaggit.lifecycle.completing import Completed
    from flaggit.output.text import Style


def completed_json(reply: Reply[tuple[Completed, ...]]) -> Any:
    """Return an array of the flags, each with its completion."""
    return [completion_json(item) for item in reply.data]


def completed_text(reply: Reply[tuple[Completed, ...]], style: Style) -> str:
    """Return a line for each flag."""
    return "\n".join(completion_line(item, style) for item in reply.data)


def reopened_json(reply: Reply[Reopened]) -> Any:
    """Return the flag, pending again."""
    data = reply.data
    return row_json(_pending(data.row, data.actor), full=True)


def reopened_text(reply: Reply[Reopened], style: Style) -> str:
    """Return that the flag is pending again."""
    data = reply.data
    return f"Reopened {style.bold(data.row.flag.id)}: {data.path} is gone."


def committed_text(reply: Reply[Committed], style: Style) -> str:
    """Return the commit that was made and what it decides; nothing where git made none."""
    made = reply.data
    if not made.commit:
        return ""
    lines = [f"{style.bold(made.commit[:9])} {visible(made.subject)}"]
    lines += [f"  completes {flag_id}" for flag_id in made.completed]
    lines += [f"  reopens {flag_id}" for flag_id in made.reopened]
    return "\n".join(lines)


def _pending(row: Row, actor: Actor) -> Row:
    free = not row.locked or (row.lock is not None and is_own(row.lock, actor))
    return replace(row, completion=None, completed_on=None, actionable=row.place.kind == "here" and free)
