"""What init, iam and ``flaggit`` alone answer."""

from __future__ import annotations

from flaggit.clone.identity import NO_INSTANCE
from flaggit.core.text import columns, counted, padded, visible
from flaggit.output.rows import row_json, row_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Reply
    from flaggit.commands.setup.actions import Overview
    from flaggit.commands.setup.initializing import Setup
    from flaggit.commands.setup.uninstalling import Uninstalled
    from flaggit.commands.setup.worktrees import Added
    from flaggit.output.text import Style

_SHOWN = 10


def init_json(reply: Reply[Setup]) -> Any:
    """Return what was made, kept and offered, the agents that were named, and what failed."""
    data = reply.data
    failed = [{"error": error.message, "code": error.code, "hint": error.hint} for error in data.failed]
    made = [{"place": made.place, "what": made.words} for made in data.made]
    lists = {"kept": list(data.kept), "offered": list(data.offered), "agents": list(data.agents)}
    return {"made": made, **lists, "failed": failed}


def init_text(reply: Reply[Setup], style: Style) -> str:
    """Return a line for each thing that was made, what failed, and how to take it all out again."""
    data = reply.data
    if not data.made and not data.failed:
        return "Everything is set up already."
    width = max((columns(visible(made.place)) for made in data.made), default=0)
    rows = [f"  {padded(visible(made.place), width)}  {visible(made.words)}" for made in data.made]
    lines = [style.good("Set up:"), *(style.fit(row, width + 4) for row in rows)] if rows else []
    for error in data.failed:
        lines.append(style.fit(f"{style.bad('not done:')} {visible(error.message)}"))
        lines += [style.fit(f"  {visible(error.hint)}")] if error.hint else []
    return "\n".join([*lines, "`flaggit uninstall` takes it out again; commit what lies in the work tree."])


def uninstalled_text(reply: Reply[Uninstalled], style: Style) -> str:
    """What was taken out, and what stays."""
    found = reply.data
    head = "Would take out:" if found.dry_run else style.good("Taken out:")
    lines = (
        [head, *(f"  {visible(name)}" for name in found.removed)] if found.removed else ["Nothing of flaggit is here."]
    )
    return "\n".join([*lines, *map(visible, found.kept)])


def actor_json(reply: Reply[Actor]) -> Any:
    """Return who is asking and how that is known."""
    actor = reply.data
    instance = None if actor.instance == NO_INSTANCE else actor.instance
    return {"agent": actor.handle, "source": actor.source, "instance": instance}


def actor_text(reply: Reply[Actor], style: Style) -> str:
    """Return who is asking and how that is known."""
    actor = reply.data
    words = {
        "option": "from now on in this worktree",
        "environment": "from FLAGGIT_AGENT",
        "worktree": "in this worktree",
        "config": "from git config flaggit.agent",
    }
    return f"{style.bold(actor.handle)}, {words[actor.source]}"


def overview_json(reply: Reply[Overview]) -> Any:
    """Return who is asking, the inbox and what is held."""
    view = reply.data
    return {
        "agent": view.actor.handle if view.actor else None,
        "inbox": [row_json(row) for row in view.inbox],
        "held": [row_json(row) for row in view.held],
        "pending": view.pending,
    }


def overview_text(reply: Reply[Overview], style: Style) -> str:
    """Return who is asking, the first flags of the inbox, what is held, and the next step."""
    view = reply.data
    if view.actor is None:
        return f"{counted(view.pending, 'flag')} pending in this clone; who you are is not known here."
    lines = [f"You are {style.bold(view.actor.handle)}."]
    lines.append(f"{len(view.inbox)} waiting for you:" if view.inbox else "Nothing waits for you.")
    lines += [row_text(row, view.now, style) for row in view.inbox[:_SHOWN]]
    if len(view.inbox) > _SHOWN:
        lines.append(style.dim(f"... and {len(view.inbox) - _SHOWN} more: flaggit inbox"))
    if view.held:
        lines.append(f"You hold {len(view.held)}: " + ", ".join(row.flag.id for row in view.held))
    return "\n".join(lines)


def added_text(reply: Reply[Added], style: Style) -> str:
    """Return where the worktree is, and whose."""
    added = reply.data
    return f"Added {style.bold(added.path)} on branch {added.branch}, for {added.agent}."


def schema_text(reply: Reply[list[str] | Mapping[str, Any]], style: Style) -> str:  # noqa: ARG001 - JSON has no colours
    """Return a schema as JSON, that of one command's answers without blanks; or the schemas' names."""
    if isinstance(reply.data, list):
        return "\n".join(reply.data)
    import json

    if str(reply.data.get("title", "")).startswith("flaggit."):
        return json.dumps(reply.data, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(reply.data, indent=2, ensure_ascii=False)
