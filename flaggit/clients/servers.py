"""Our MCP server in the settings of agents' programs: put in, judged and taken out; every other byte stays. Pure."""

from __future__ import annotations

from flaggit.documents.json_splice import parse, put, remove_entries
from flaggit.documents.marked_block import HASH, has_block, insert
from flaggit.documents.marked_block import remove as remove_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clients.table import Server

NAME = "flaggit"
_NESTED = "servers"  # where opencode 2 keeps servers in its own shape; the shape of opencode 1 it reads too


def add_server(text: str | None, server: Server) -> str:
    """Return a settings file's text with our server, once; every other byte stays.

    Args:
        text: The file's text; None where there is none.
        server: How the program wants it.

    Raises:
        ValueError: The text is not what the program expects there, or names a server ``flaggit`` that is not ours.
    """
    left = remove_server(text, server) if text is not None else None
    if _find(left, server) is not None:
        raise ValueError(f"it has a server {NAME} of its own")
    if not server.is_toml:
        return put(left, (*_keys(left, server), NAME), dict(server.entry), comments=server.comments)
    added = insert(left, _block(server), HASH)
    _parse(added, server)
    return added


def remove_server(text: str, server: Server) -> str | None:
    """Return the text without our server, and without what only held it; None where nothing else is left.

    Raises:
        ValueError: The text is not what the program reads.
    """
    _parse(text, server)
    if server.is_toml:
        return remove_block(text, HASH)
    places = ((*server.keys, NAME), (*server.keys, _NESTED, NAME))
    return remove_entries(text, lambda path, value: path in places and _is_ours(value), comments=server.comments)


def state_of_server(text: str | None, server: Server) -> str:
    """Return ``current``, ``outdated`` or ``absent``: how our server stands in the settings. Raises ValueError."""
    found = _find(text, server)
    if found is None or not (has_block(text or "", HASH) if server.is_toml else _is_ours(found)):
        return "absent"
    return "current" if found == dict(server.entry) else "outdated"


def _find(text: str | None, server: Server) -> object:
    """Return the server of our name that a text holds, ours or not; None where there is none."""
    found = _parse(text, server)
    for key in (*_keys(text, server), NAME):
        if not isinstance(found, dict):
            raise ValueError(f"{'.'.join(server.keys)} is no mapping")
        found = found.get(key, {} if key != NAME else None)
    return found


def _keys(text: str | None, server: Server) -> tuple[str, ...]:
    """Return the path of the mapping from names to servers, as this file has it."""
    found = _parse(text, server)
    for key in server.keys:
        found = found.get(key) if isinstance(found, dict) else None
    nested = found.get(_NESTED) if server.may_nest and isinstance(found, dict) else None
    return (*server.keys, _NESTED) if isinstance(nested, dict) and "type" not in nested else server.keys


def _parse(text: str | None, server: Server) -> Any:
    if text is None or not text.strip():
        return {}
    if not server.is_toml:
        return parse(text, comments=server.comments)
    import tomllib

    return tomllib.loads(text)  # its error is a ValueError


def _is_ours(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    command, words = value.get("command"), value.get("args", [])
    line = [*command, *words] if isinstance(command, list) else [command, *(words if isinstance(words, list) else ())]
    return line[:2] == [NAME, "mcp"]


def _block(server: Server) -> str:
    import json

    lines = [f"{key} = {json.dumps(value)}" for key, value in server.entry]  # TOML writes these alike
    return "\n".join([HASH.start, f"[{'.'.join((*server.keys, NAME))}]", *lines, HASH.end, ""])
