"""The agents' programs that run hooks of ours, and what their settings hold for it: added and taken out. Pure."""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
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


def add_hooks(settings: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """Return the settings with our hooks, once each; everything else keeps its place.

    Raises:
        ValueError: ``hooks`` is not what the program expects there, so nothing can be added safely.
    """
    added = remove_hooks(settings)
    hooks = dict(added.get("hooks", {}))
    for event, matcher, ours in client.events:
        command = f"{_COMMAND}{ours} --client {client.name}"
        handler = {"type": "command", "command": command, "timeout": _TIMEOUT}
        hooks[event] = [*hooks.get(event, []), {"matcher": matcher, "hooks": [handler]}]
    added["hooks"] = hooks
    return added


def remove_hooks(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings without our hooks, and without what only held them. Raises ValueError like ``add_hooks``."""
    hooks = settings.get("hooks", {})
    if not isinstance(hooks, dict) or not all(isinstance(groups, list) for groups in hooks.values()):
        raise ValueError("its hooks are not a mapping of lists")
    kept = {}
    for event, groups in hooks.items():
        left = [group for group in map(_without_ours, groups) if group is not None]
        if left or not groups:
            kept[event] = left
    removed = {key: kept if key == "hooks" else value for key, value in settings.items()}
    if not kept and hooks:
        del removed["hooks"]
    return removed


def state_of(settings: Mapping[str, Any], client: Client) -> str:
    """Return ``current``, ``outdated`` or ``absent``: how our hooks stand in the settings. Raises ValueError."""
    if remove_hooks(settings) == dict(settings):
        return "absent"
    return "current" if _hooks_of(add_hooks(settings, client)) == _hooks_of(settings) else "outdated"


def _hooks_of(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return event -> its groups, in no order."""
    return {event: sorted(map(repr, groups)) for event, groups in settings.get("hooks", {}).items()}


def _without_ours(group: Any) -> Any:
    """Return a group of hooks without ours; None where nothing is left of it."""
    if not isinstance(group, dict) or not isinstance(group.get("hooks"), list):
        return group
    left = [handler for handler in group["hooks"] if not _is_ours(handler)]
    if len(left) == len(group["hooks"]):
        return group
    return {**group, "hooks": left} if left else None


def _is_ours(handler: Any) -> bool:
    command = handler.get("command") if isinstance(handler, dict) else None
    return isinstance(command, str) and command.startswith(_COMMAND)
