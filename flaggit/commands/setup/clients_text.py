"""What ``setup`` did to a client's file, and what ``agent-hook`` tells a client."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.setup.agent_hook import Addition
    from flaggit.commands.setup.clients import Arrangement
    from flaggit.output.text import Style

_MAX_CONTEXT = 9500  # characters; one client cuts at 10,000
_STATES = {"current": "is set up", "outdated": "is set up by another version", "absent": "is not set up"}


def setup_json(reply: Reply[Arrangement]) -> Any:
    """Return the client's file, how it stood, and the change as a unified diff."""
    data = reply.data
    return {
        "client": data.client,
        "path": data.path,
        "state": data.state,
        "written": data.written,
        "diff": _diff(data),
    }


def setup_text(reply: Reply[Arrangement], style: Style) -> str:
    """Return what was changed; before it is changed, the change itself."""
    data = reply.data
    if data.written:
        what = "Removed" if data.after is None else "Wrote"
        return style.good(f"{what} {data.path}.")
    if reply.status or data.before == data.after:
        return f"{data.client} {_STATES[data.state]} ({data.path})."
    return _diff(data).rstrip("\n") or f"{data.client} {_STATES[data.state]} ({data.path})."


def hook_text(reply: Reply[Addition], style: Style) -> str:  # noqa: ARG001 - read by programs
    """Return the client's JSON, or nothing where there is nothing to say."""
    data = reply.data
    text = data.text
    if data.briefing is not None:
        from flaggit.commands.setup.briefing_text import briefing_text

        text = briefing_text(data.briefing)
    if not text:
        return ""
    from flaggit.output.json import dumps

    text = text[:_MAX_CONTEXT]
    if data.client == "copilot":
        return dumps({"additionalContext": text})
    return dumps({"hookSpecificOutput": {"hookEventName": data.event, "additionalContext": text}})


def _diff(data: Arrangement) -> str:
    from difflib import unified_diff

    before, after = (data.before or "").splitlines(keepends=True), (data.after or "").splitlines(keepends=True)
    return "".join(unified_diff(before, after, f"a/{data.path}", f"b/{data.path}"))
