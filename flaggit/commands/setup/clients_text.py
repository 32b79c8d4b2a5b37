"""What ``setup`` did to a client's file, and what ``agent-hook`` answers a client."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.setup.agent_hook import Addition
    from flaggit.commands.setup.clients import Arrangement, FileChange
    from flaggit.output.text import Style

_STATES = {"current": "is set up", "outdated": "is set up by another version", "absent": "is not set up"}


def setup_json(reply: Reply[Arrangement]) -> Any:
    """Return the client's files, how they stood, and the changes as unified diffs."""
    data = reply.data
    files = [{"path": file.path, "state": file.state, "diff": _diff(file)} for file in data.files]
    return {"client": data.client, "state": data.state, "written": data.written, "files": files}


def setup_text(reply: Reply[Arrangement], style: Style) -> str:
    """Return the path that was changed; before it is changed, the change itself."""
    data = reply.data
    changing = [file for file in data.files if file.before != file.after]
    if data.written:
        return "\n".join(
            style.good(f"{'Removed' if file.after is None else 'Wrote'} {file.path}.") for file in changing
        )
    diff = "" if reply.status else "".join(map(_diff, changing)).rstrip("\n")
    return diff or f"{data.client} {_STATES[data.state]} ({', '.join(file.path for file in data.files)})."


def hook_json(reply: Reply[Addition]) -> Any:
    """Return a client hook's addition, for any client."""
    return {"client": reply.data.client, "event": reply.data.event, "text": _context(reply.data)}


def hook_text(reply: Reply[Addition], style: Style) -> str:  # noqa: ARG001 - read by programs
    """Return the client's JSON, or nothing where there is nothing to say."""
    data = reply.data
    text = _context(data) if data.shape else ""
    if not text:
        return ""
    from flaggit.clients.table import MOST_CONTEXT, SHAPES
    from flaggit.output.json import dumps

    return dumps(SHAPES[data.shape](data.event, text[:MOST_CONTEXT]))


def _context(data: Addition) -> str:
    if data.briefing is None:
        return data.text
    from flaggit.commands.setup.briefing_text import briefing_text

    return briefing_text(data.briefing)


def _diff(file: FileChange) -> str:
    from difflib import unified_diff

    before, after = (file.before or "").splitlines(keepends=True), (file.after or "").splitlines(keepends=True)
    return "".join(unified_diff(before, after, f"a/{file.path}", f"b/{file.path}"))
