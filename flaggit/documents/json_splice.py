"""Edits the text of another program's JSON file: only the bytes of the entry put in or taken out change.

``remove_entries`` after ``put`` gives the very text again. Therefore a container that ``put`` makes begins with a line
break, and what is put into an empty one that was there already does not; so the two are told apart without a
record, in every clone. Comments and trailing commas are accepted where the program that reads the file accepts them.
"""

from __future__ import annotations

from flaggit.core.record import record
from flaggit.core.text import line_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Step = str | int | None
    Path = tuple[str | int, ...]

APPEND = None  # as the last step of a path: a further entry of a list
_MAX_DEPTH = 200
_BLANKS = " \t\r\n"


@record
class Node:
    """A value and where it stands; the entries of a mapping or list with the places of their keys."""

    value: Any
    start: int
    end: int
    entries: tuple[Entry, ...] = ()


@record
class Entry:
    """An entry of a mapping or list: its key or index, where it begins (with the key), and its value."""

    step: str | int
    start: int
    node: Node


def parse(text: str, *, comments: bool = False) -> Any:
    """Return the value that a JSON text holds.

    Args:
        text: The text; a byte order mark before it is passed over.
        comments: Accept ``//`` and ``/* */`` comments and commas behind the last entry.

    Raises:
        ValueError: It is not JSON, or a key stands twice in one mapping.
    """
    return _scan(text, comments).value


def put(text: str | None, path: Sequence[Step], value: object, *, comments: bool = False) -> str:
    """Return ``text`` with ``value`` at ``path``, made of mappings (and a list, if it ends in ``APPEND``) as needed.

    Args:
        text: The file's text; None where there is no file, blanks where it is empty.
        path: The keys that lead to it. A value that is there under that key is replaced.
        value: What to put there.
        comments: As in ``parse``.

    Raises:
        ValueError: ``text`` is not JSON, or has another kind of value where a mapping or list is needed.
    """
    if text is None or not text.strip(_BLANKS):
        made = _dump(_wrap(path, value), "  ", "", "\n")
        return made + "\n" if text is None else text + made
    node, depth = _scan(text, comments), 0
    while True:
        step = path[depth]
        if not isinstance(node.value, list if step is APPEND else dict):
            names = ".".join(str(name) for name in path[:depth]) or "the file"
            raise ValueError(f"{names} is no {'list' if step is APPEND else 'mapping'}")
        entry = next((entry for entry in node.entries if entry.step == step), None)
        if entry is None:
            return _insert(text, node, path[depth], _wrap(path[depth + 1 :], value))
        depth += 1
        if depth == len(path):
            dumped = _dump(value, _unit(text), _indent_of(text, entry.start), line_end(text))
            return text[: entry.node.start] + dumped + text[entry.node.end :]
        node = entry.node


def remove_entries(text: str, is_ours: Callable[[Path, Any], bool], *, comments: bool = False) -> str | None:
    """Return ``text`` without the entries that ``is_ours`` names, and without the containers ``put`` made for them.

    Args:
        text: The file's text.
        is_ours: Called with the path and value of each entry, outer ones first.
        comments: As in ``parse``.

    Returns:
        The text, or None where nothing is left of a file that ``put`` made.

    Raises:
        ValueError: ``text`` is not JSON.
    """
    if not text.strip(_BLANKS):
        return text
    while True:
        root = _scan(text, comments)
        found = _find(root, (), is_ours)
        if found is None:
            return text
        chain = [root, *found]
        while len(chain[-2].entries) == 1 and "\n" in text[chain[-2].start + 1 : chain[-2].entries[0].start]:
            chain.pop()
            if len(chain) == 1:
                before, after = text[: root.start], text[root.end :]
                return None if not before and after == "\n" else before + after
        text = _cut(text, chain[-2], chain[-1])


def locate_value(text: str, path: Sequence[str], *, comments: bool = False) -> tuple[int, int]:
    """Return where the value at a path begins and ends. Raises ValueError where there is none."""
    node = _scan(text, comments)
    for step in path:
        node = next((entry.node for entry in node.entries if entry.step == step), Node(None, -1, -1))
    if node.start < 0:
        raise ValueError(f"there is no {'.'.join(path)}")
    return node.start, node.end


def _wrap(path: Sequence[Step], value: object) -> object:
    for step in reversed(path):
        value = [value] if step is APPEND else {step: value}
    return value


def _find(node: Node, path: Path, is_ours: Callable[[Path, Any], bool]) -> list[Node] | None:
    """Return the nodes that lead to the first entry that is ours, without ``node`` itself."""
    for entry in node.entries:
        here = (*path, entry.step)
        if is_ours(here, entry.node.value):
            return [entry.node]
        below = _find(entry.node, here, is_ours)
        if below is not None:
            return [entry.node, *below]
    return None


def _insert(text: str, node: Node, step: Step, value: object) -> str:
    """Return ``text`` with a further entry behind the last one of a mapping or list."""
    unit, newline = _unit(text), line_end(text)
    own = _indent_of(text, node.start)
    if not node.entries:
        return text[: node.start + 1] + _entry(step, value, unit, own, newline) + text[node.start + 1 :]
    first, at = node.entries[0], node.entries[-1].node.end
    if "\n" in text[node.start : first.start]:
        indent = _indent_of(text, first.start)
        made = newline + indent + _entry(step, value, unit, indent, newline)
    else:
        made = " " + _entry(step, value, unit, own, newline)
    comma = _trailing_comma(text, node)
    if comma is not None:
        return text[: comma + 1] + made + "," + text[comma + 1 :]
    return text[:at] + "," + made + text[at:]


def _cut(text: str, parent: Node, node: Node) -> str:
    """Return ``text`` without one entry and the comma that set it apart; comments beside it stay."""
    place = next(number for number, entry in enumerate(parent.entries) if entry.node is node)
    entry, last = parent.entries[place], place == len(parent.entries) - 1
    if not last:
        following = parent.entries[place + 1].start
        gap = text[entry.node.end : following]
        end = following if not gap.replace(",", "", 1).strip(_BLANKS) else _comma(text, entry.node.end) + 1
        return text[: entry.start] + text[end:]
    trailing = _trailing_comma(text, parent)
    if place == 0:
        return text[: entry.start] + text[entry.node.end if trailing is None else trailing + 1 :]
    before = parent.entries[place - 1].node.end
    comma = _comma(text, before)
    between = text[comma + 1 : entry.start]
    blanks = comma + 1 + len(between.rstrip(_BLANKS))
    if trailing is not None:
        return text[: comma + 1] + text[comma + 1 : blanks] + text[trailing + 1 :]
    return text[:comma] + text[comma + 1 : blanks] + text[entry.node.end :]


def _entry(step: Step, value: object, unit: str, indent: str, newline: str) -> str:
    dumped = _dump(value, unit, indent, newline)
    return dumped if step is APPEND else f"{_dump(step, unit, indent, newline)}: {dumped}"


def _dump(value: object, unit: str, indent: str, newline: str) -> str:
    import json

    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", newline + indent)


def _unit(text: str) -> str:
    """Return the file's own indentation, two blanks where it has none."""
    for line in text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        if blanks and line.strip(_BLANKS):
            return blanks
    return "  "


def _indent_of(text: str, position: int) -> str:
    """Return the blanks that the line of a position begins with."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _comma(text: str, position: int) -> int:
    """Return where the next comma stands that is not in a comment."""
    return _skip(text, position, comments=True)


def _trailing_comma(text: str, node: Node) -> int | None:
    if not node.entries:
        return None
    at = _skip(text, node.entries[-1].node.end, comments=True)
    return at if text[at : at + 1] == "," else None


# Reading


def _scan(text: str, comments: bool) -> Node:
    start = 1 if text[:1] == "\ufeff" else 0
    node = _value(text, _skip(text, start, comments=comments), comments, 0)
    if _skip(text, node.end, comments=comments) != len(text):
        raise _fault(text, node.end, "something stands behind its end")
    return node


def _value(text: str, at: int, comments: bool, depth: int) -> Node:
    if depth > _MAX_DEPTH:
        raise _fault(text, at, "it is nested too deeply")
    opening = text[at : at + 1]
    if opening in ("{", "["):
        return _container(text, at, comments, depth)
    return _scalar(text, at)


def _container(text: str, at: int, comments: bool, depth: int) -> Node:
    is_mapping, closing = text[at] == "{", "}" if text[at] == "{" else "]"
    entries: list[Entry] = []
    position = _skip(text, at + 1, comments=comments)
    while text[position : position + 1] != closing:
        if entries:
            if text[position : position + 1] != ",":
                raise _fault(text, position, f"a comma or {closing} is missing")
            position = _skip(text, position + 1, comments=comments)
            if comments and text[position : position + 1] == closing:
                break
        start = position
        step: str | int = len(entries)
        if is_mapping:
            key = _scalar(text, position)
            if not isinstance(key.value, str):
                raise _fault(text, position, "a key is no text")
            step, position = key.value, _skip(text, key.end, comments=comments)
            if text[position : position + 1] != ":":
                raise _fault(text, position, "a colon is missing")
            position = _skip(text, position + 1, comments=comments)
        node = _value(text, position, comments, depth + 1)
        entries.append(Entry(step, start, node))
        position = _skip(text, node.end, comments=comments)
    values = {entry.step: entry.node.value for entry in entries}
    if len(values) != len(entries):
        raise _fault(text, at, "a key stands twice in one mapping")
    return Node(values if is_mapping else list(values.values()), at, position + 1, tuple(entries))


def _scalar(text: str, at: int) -> Node:
    import json

    try:
        value, end = json.JSONDecoder(parse_constant=_refuse).raw_decode(text, at)
    except ValueError:  # a number of thousands of digits, too
        raise _fault(text, at, "a value is missing or none of JSON's") from None
    return Node(value, at, end)


def _refuse(name: str) -> object:
    raise ValueError(name)


def _skip(text: str, position: int, *, comments: bool) -> int:
    """Return the next position that is neither blank nor, where they are accepted, in a comment."""
    while True:
        while text[position : position + 1] and text[position] in _BLANKS:
            position += 1
        if not comments or text[position : position + 2] not in ("//", "/*"):
            return position
        mark, length = ("\n", 1) if text[position + 1] == "/" else ("*/", 2)
        end = text.find(mark, position + 2)
        if end < 0 and length == 2:
            raise _fault(text, position, "a comment does not end")
        position = len(text) if end < 0 else end + length


def _fault(text: str, position: int, reason: str) -> ValueError:
    return ValueError(f"{reason} (line {text.count(chr(10), 0, position) + 1})")
