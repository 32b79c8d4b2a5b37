"""What a program sends to its hooks: read from standard input, and the facts in it that any of our answers needs."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_INPUT_LIMIT = 16 * 1024 * 1024
_unread: list[bytes] = []  # what was read and handed back for whoever reads next


def read_input() -> bytes:
    """Read all that the client sends, so that it never writes to nobody; a terminal sends nothing."""
    if _unread:
        return _unread.pop()
    data = b""
    try:
        if sys.stdin is None or os.isatty(0):
            return b""
        while len(data) < _INPUT_LIMIT and (chunk := os.read(0, 65536)):
            data += chunk
    except OSError:
        pass
    return data


def hand_back(data: bytes) -> None:
    """Let the next ``read_input`` return what was read already."""
    _unread.append(data)


def parse_input(data: bytes) -> dict[str, Any]:
    """Return the object that the client sent; empty where it sent none."""
    try:
        facts = _load(data) if data else {}  # nothing comes where somebody tries a hook by hand
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _load(data: bytes) -> object:
    """Return what ``json.loads`` does, by its own scanner where this Python has it: the module costs half of a hook."""
    try:
        from _json import make_scanner

        usual: Any = _Usual()
        text = data.decode().strip(" \t\r\n")
        found, end = make_scanner(usual)(text, 0)
        if end == len(text):
            return found
    except Exception:  # noqa: BLE001 - no scanner, or no JSON: the module says which
        pass
    import json

    return json.loads(data)


class _Usual:
    """What ``json.loads`` gives its scanner."""

    strict, object_hook, object_pairs_hook = True, None, None
    parse_float, parse_int, parse_constant = float, int, float


def folder_of(facts: Mapping[str, Any]) -> str:
    """Return the folder that an event is about; empty where the client does not name it."""
    roots = facts.get("workspace_roots")
    folder = facts.get("cwd") or (roots[0] if isinstance(roots, list) and roots else "")
    return folder if isinstance(folder, str) else ""


def agent_of(facts: Mapping[str, Any]) -> str:
    """Return the name of the subagent that an event is about; empty where it is about none."""
    found = (facts.get(key) for key in ("agent_type", "agentName", "agent_name"))
    return next((value for value in found if isinstance(value, str)), "")


def is_continued(facts: Mapping[str, Any]) -> bool:
    """Return True where the turn that ends was itself asked for by a hook: another one would go on for ever."""
    count = facts.get("loop_count")
    return bool(facts.get("stop_hook_active")) or (isinstance(count, int) and count > 0)


def edited_paths(facts: Mapping[str, Any], root: str) -> list[str]:
    """Return the files that a tool is about to change, relative to a worktree's top; those outside it left out."""
    root = os.path.realpath(root)
    base = folder_of(facts) or root
    paths = []
    for value in edited_files(facts):
        if "\0" not in value:
            full = os.path.realpath(os.path.join(base, value))
            if full.startswith(root + os.sep):
                paths.append(os.path.relpath(full, root).replace(os.sep, "/"))
    return paths


def edited_files(facts: Mapping[str, Any]) -> list[str]:
    """Return the files that a tool is about to change, as the client names them."""
    given = facts.get("tool_input", facts.get("toolArgs"))
    if isinstance(given, str):
        try:
            given = _load(given.encode())
        except (ValueError, RecursionError):
            return _patched(str(given))
    if not isinstance(given, dict):
        return []
    more = given.get("files")
    values = [*(given.get(key) for key in _PATH_KEYS), *(more if isinstance(more, list) else ())]
    patches = [given.get(key) for key in _PATCH_KEYS]
    found = [value for value in values if isinstance(value, str) and value]
    return found + [path for patch in patches if isinstance(patch, str) for path in _patched(patch)]


_PATH_KEYS = ("file_path", "notebook_path", "filePath", "path", "absolute_path")
_PATCH_KEYS = ("command", "input", "patch")
_PATCH_LINES = ("*** Update File: ", "*** Add File: ", "*** Delete File: ", "*** Move to: ")


def _patched(patch: str) -> list[str]:
    """Return the files that an ``apply_patch`` names."""
    lines = patch.split("\n") if "*** " in patch else []
    return [line[len(mark) :].strip() for line in lines for mark in _PATCH_LINES if line.startswith(mark)]
