"""The agents' programs that run hooks of ours, and what their settings hold for it: added and taken out. Pure."""

from __future__ import annotations

from flaggit.core.record import record
from flaggit.documents.json_splice import APPEND, parse, put, take_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_COMMAND = "flaggit agent-hook "
_TIMEOUT = 10  # seconds; what we do takes a fraction of one


@record
class Client:
    """A program that agents run in: where its hooks are set, and (event, matcher, our event) for each we ask for."""

    name: str
    path: str
    events: tuple[tuple[str, str, str], ...]


CLIENTS = {
    "claude": Client(
        "claude",
        ".claude/settings.json",
        (
            ("SessionStart", "startup|resume|clear|compact|fork", "session-start"),
            ("PreToolUse", "Edit|MultiEdit|Write|NotebookEdit", "pre-tool-use"),
        ),
    ),
    "codex": Client("codex", ".codex/hooks.json", (("SessionStart", "startup|resume|clear", "session-start"),)),
}


def add_hooks(text: str | None, client: Client) -> str:
    """Return a settings file's text with our hooks, once each; every other byte stays.

    Args:
        text: The file's text; None where there is none.
        client: Whose settings they are.

    Raises:
        ValueError: The text is not what the program expects there, so nothing can be added safely.
    """
    added = remove_hooks(text) if text is not None else None
    for event, matcher, ours in client.events:
        command = f"{_COMMAND}{ours} --client {client.name}"
        handler = {"type": "command", "command": command, "timeout": _TIMEOUT}
        added = put(added, ("hooks", event, APPEND), {"matcher": matcher, "hooks": [handler]})
    return added or ""


def remove_hooks(text: str) -> str | None:
    """Return the text without our hooks, and without what only held them; None where nothing else is left.

    Raises:
        ValueError: As in ``add_hooks``.
    """
    _hooks_of(text)
    return take_out(text, _is_ours)


def state_of(text: str | None, client: Client) -> str:
    """Return ``current``, ``outdated`` or ``absent``: how our hooks stand in the settings. Raises ValueError."""
    if text is None or not text.strip():
        return "absent"
    hooks = _hooks_of(text)
    if take_out(text, _is_ours) == text:
        return "absent"
    return "current" if _sorted(_hooks_of(add_hooks(text, client))) == _sorted(hooks) else "outdated"


def _hooks_of(text: str) -> dict[str, list[Any]]:
    settings = parse(text) if text.strip() else {}
    if not isinstance(settings, dict):
        raise ValueError("it holds no mapping")
    hooks = settings.get("hooks", {})
    if not isinstance(hooks, dict) or not all(isinstance(groups, list) for groups in hooks.values()):
        raise ValueError("its hooks are not a mapping of lists")
    return hooks


def _sorted(hooks: dict[str, list[Any]]) -> dict[str, list[str]]:
    """Return event -> its groups, in no order."""
    return {event: sorted(map(repr, groups)) for event, groups in hooks.items()}


def _is_ours(path: tuple[str | int, ...], value: Any) -> bool:
    """Report whether an entry below ``hooks`` is a command of ours, or a group of nothing but such."""
    if path[:1] != ("hooks",) or not isinstance(value, dict):
        return False
    handlers = value.get("hooks")
    if isinstance(handlers, list) and handlers:
        return all(_is_ours(path, handler) for handler in handlers)
    command = value.get("command")
    return isinstance(command, str) and command.startswith(_COMMAND)
