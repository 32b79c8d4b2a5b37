"""Our hooks in the settings files of agents' programs: put in, judged and taken out; every other byte stays. Pure."""

from __future__ import annotations

from flaggit.clients.table import EDIT
from flaggit.documents.json_splice import APPEND, parse, put, remove_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clients.table import Client, Event

_COMMAND = "flaggit agent-hook "
# A teammate who has no flaggit is not to be bothered by it.
_WHERE_THERE = "command -v flaggit >/dev/null 2>&1 || exit 0; "
_EXEC = "exec "
_NO_FAULT = " || exit 0"  # some programs take a hook that fails before an edit for a refusal of the edit


def add_hooks(text: str | None, client: Client) -> str:
    """Return a settings file's text with our hooks, once each; every other byte stays.

    Args:
        text: The file's text; None where there is none.
        client: Whose settings they are.

    Raises:
        ValueError: The text is not what the program expects there, so nothing can be added safely.
    """
    added = remove_hooks(text, client) if text is not None else None
    if added is None:
        for key, value in client.head:
            added = put(added, (key,), value)
    for event in client.events:
        if event.reply:
            added = put(added, ("hooks", event.name, APPEND), _entry(client, event))
    return added or ""


def remove_hooks(text: str, client: Client) -> str | None:
    """Return the text without our hooks, and without what only held them; None where nothing else is left.

    Raises:
        ValueError: As in ``add_hooks``.
    """
    _hooks_of(text)
    left = remove_entries(text, _is_ours)
    if left is not None and left != text and client.head and left.strip():
        head = _head_alone(client)
        return None if left == head else left
    return left


def state_of(text: str | None, client: Client) -> str:
    """Return ``current``, ``outdated`` or ``absent``: how our hooks stand in the settings. Raises ValueError."""
    if text is None or not text.strip():
        return "absent"
    hooks = _hooks_of(text)
    if remove_entries(text, _is_ours) == text:
        return "absent"
    return "current" if _sorted(_hooks_of(add_hooks(text, client))) == _sorted(hooks) else "outdated"


def has_hooks(text: str | None) -> bool:
    """Return True where a settings file has a hook of ours, of any version."""
    try:
        return text is not None and remove_entries(text, _is_ours) != text
    except ValueError:
        return False


def command_for(client: Client, event: Event) -> str:
    """Return the shell line that a client runs at an event."""
    line = f"{_COMMAND}{event.kind} --client {client.name}"
    return _WHERE_THERE + (line + _NO_FAULT if event.kind == EDIT else _EXEC + line)


def _entry(client: Client, event: Event) -> dict[str, Any]:
    key, limit = client.timeout
    handler = {**dict(client.also), client.command: command_for(client, event), key: limit}
    matcher = {"matcher": event.matcher} if event.matcher else {}
    return {**matcher, "hooks": [handler]} if client.grouped else {**handler, **matcher}


def _head_alone(client: Client) -> str:
    """Return the rest of a settings file without our hooks."""
    text: str | None = None
    for key, value in client.head:
        text = put(text, (key,), value)
    return text or ""


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
    commands = (value.get(key) for key in ("command", "bash"))
    return any(isinstance(command, str) and _is_command(command) for command in commands)


def _is_command(command: str) -> bool:
    return command.removeprefix(_WHERE_THERE).removeprefix(_EXEC).startswith(_COMMAND)
