"""Joins two sides of a catalog or settings file entry by entry, each entry with its own lines and comments.

What is merged is known by value already; here it only gets its text back. Whatever does not come
out as it should is answered with None, and the caller writes the file anew.
"""

from __future__ import annotations

from flaggit.catalog.editing import dump_agent
from flaggit.core.record import record
from flaggit.documents.codec import CodecError, dump_yaml, find_entries, load_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Fields = Mapping[str, Any]

AGENTS = "agents"
_INDENT = "  "


@record
class Blocks:
    """A file cut up: what stands before its entries, the lines of each, the remarks above each, what stands behind."""

    head: list[str]
    entries: dict[str, list[str]]
    above: dict[str, list[str]]
    tail: list[str]
    column: int


def join_sides(
    key: str, texts: tuple[bytes | None, bytes, bytes], documents: tuple[Fields, Fields], merged: Fields
) -> bytes | None:
    """Return a file that holds ``merged``, made of the lines of its sides.

    Args:
        key: ``agents`` for a catalog; empty where the file's own keys are the entries.
        texts: The bytes of base, ours and theirs.
        documents: What ours and theirs hold.
        merged: What the result has to hold.
    """
    base, ours, theirs = (cut_blocks(data, key) for data in texts)
    if ours is None or theirs is None or ours.column != theirs.column:
        return None
    base = base or Blocks([], {}, {}, [], ours.column)
    values = [document.get(key) or {} if key else document for document in documents]
    wanted = merged.get(key) or {} if key else merged
    lines = _pick(base.head, ours.head, theirs.head)
    for name, value in wanted.items():
        holders = [side for side in (ours, theirs) if name in side.entries]
        lines = lines + _pick_of([side.above[name] for side in holders], base.above.get(name))
        same = [
            side.entries[name]
            for side, held in zip((ours, theirs), values, strict=True)
            if name in side.entries and name in held and held[name] == value
        ]
        dumped = [] if same else _dump(key, name, value, ours.column)
        lines = lines + _pick_of(same or [dumped], base.entries.get(name))
    data = "\n".join([*lines, *_pick(base.tail, ours.tail, theirs.tail)]).rstrip("\n").encode() + b"\n"
    return data if _holds(data, merged) else None


def cut_blocks(data: bytes | None, key: str) -> Blocks | None:
    """Return a file cut into entries; None where its entries have no lines of their own."""
    if data is None or not data.strip():
        return None
    text = data.decode().replace("\r\n", "\n").rstrip("\n")
    entries = find_entries(text, key)
    if not entries:
        return None
    lines = text.split("\n")
    start = entries[0].line
    while start > 0 and lines[start - 1].startswith(" " * entries[0].column + "#"):
        start -= 1  # a remark above the first entry is about that entry
    head = lines[:start]
    cut: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    for entry in entries:
        above[entry.name] = lines[start : entry.line]
        cut[entry.name] = lines[entry.line : entry.end]
        start = entry.end
    return Blocks(head, cut, above, lines[start:], entries[0].column)


def _pick_of(sides: list[list[str]], base: list[str] | None) -> list[str]:
    if not sides:
        return []
    return sides[0] if len(sides) == 1 else _pick(base, sides[0], sides[1])


def _pick(base: list[str] | None, ours: list[str], theirs: list[str]) -> list[str]:
    """Take the side that changed; where both did and mean the same, either one, but always the same."""
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else min(ours, theirs)


def _dump(key: str, name: str, value: Any, column: int) -> list[str]:
    if key == AGENTS:
        return dump_agent(name, value or {}, " " * column or _INDENT)
    return dump_yaml({name: value}).decode().splitlines()


def _holds(data: bytes, merged: Fields) -> bool:
    try:
        return load_yaml(data).document == merged
    except CodecError:
        return False
