"""Bytes to documents and back: the only module that knows YAML.

The reader is strict, since flag files are text by untrusted authors and several readers have to
agree about them: no duplicate keys, anchors, tags or second document, bounded size, depth and
number of nodes, and only ``null``, ``true``, ``false`` and whole numbers are anything but text.
Measured reasons: PyYAML alone keeps the last of two keys, reads ``12:30:45`` as 45045 and ``no``
as False, lets 400 bytes of aliases fill the memory, and raises more than ``YAMLError``.
"""

from __future__ import annotations

from flaggit.core.limits import BLOB, CATALOG, CATALOG_NODES, DIGITS, NESTING, NODES
from flaggit.core.record import record
from flaggit.core.text import forbidden_characters
from flaggit.documents.canonical import dump_document, read_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import yaml

__all__ = ["CATALOG_LIMIT", "FLAG_LIMIT", "CodecError", "Parsed", "Span", "dump_document", "dump_yaml"]
__all__ += ["Entry", "find_entries", "find_spans", "load_yaml", "parse_document"]

FLAG_LIMIT = BLOB
CATALOG_LIMIT = CATALOG
_DIGITS = frozenset("0123456789")
_UNREADABLE = (ValueError, OverflowError, RecursionError)  # what PyYAML raises besides its own errors
_MARKERS = ("<<<<<<< ", "=======", ">>>>>>> ", "||||||| ")


class CodecError(ValueError):
    """Bytes that are not a document.

    ``code`` is ``too_large``, ``bad_encoding``, ``conflict_markers``, ``control_character``,
    ``duplicate_key`` or ``bad_yaml``; ``line`` counts from 1, 0 where no line is to blame.
    """

    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line


@record
class Parsed:
    """A document, the line of each of its keys (from 1), and remarks: (line, sentence)."""

    document: dict[str, Any]
    lines: dict[str, int]
    remarks: tuple[tuple[int, str], ...] = ()


@record
class Span:
    """Where a key and its value stand: lines from 0, columns in characters; ``end`` is exclusive."""

    key_line: int
    colon: tuple[int, int]
    end: tuple[int, int]


@record
class Entry:
    """A key of a mapping: its first line and the line behind its last, from 0; its value's keys in block style."""

    name: str
    line: int
    column: int
    end: int
    is_block: bool = False
    fields: tuple[Entry, ...] = ()


def parse_document(data: bytes, *, limit: int = FLAG_LIMIT) -> Parsed:
    """Parse a flag, completion or note file.

    Raises:
        CodecError: The bytes are no such document.
    """
    if len(data) <= limit:
        try:
            found = read_document(data.decode())
        except UnicodeDecodeError:
            found = None
        if found is not None:
            return Parsed(*found)
    return load_yaml(data, limit=limit, nodes=NODES)


def load_yaml(data: bytes, *, limit: int = CATALOG_LIMIT, nodes: int = CATALOG_NODES) -> Parsed:
    """Return the mapping that YAML (or JSON) bytes hold, read strictly.

    Args:
        data: The file's bytes.
        limit: The largest size accepted, in bytes.
        nodes: The largest number of YAML events accepted.

    Raises:
        CodecError: The bytes are no such document.
    """
    text, remarks = _decode(data, limit)
    import yaml

    events = yaml.parse(text, Loader=_loader())
    try:
        builder = _Builder(text, nodes)
        document = builder.build(events)
    except yaml.YAMLError as error:
        raise _explain(error, text) from None
    except CodecError:
        raise
    except _UNREADABLE as error:
        raise CodecError("bad_yaml", f"cannot be read as YAML: {error}") from None
    return Parsed(document, builder.lines, tuple(remarks + builder.remarks))


def dump_yaml(document: object) -> bytes:
    """Return a document in block style, texts double-quoted: for the catalog, settings and workflows."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, *_: object, **__: object) -> None:
            super().increase_indent()  # lists, too, stand further in than their key

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')

    def represent_mapping(dumper: yaml.SafeDumper, mapping: dict[str, object]) -> yaml.Node:
        pairs = []
        for key, value in mapping.items():
            plain = key.replace("_", "a").isalnum() and not key.isdigit()
            node = dumper.represent_scalar("tag:yaml.org,2002:str", key, style=None if plain else '"')
            pairs.append((node, dumper.represent_data(value)))
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs)

    Dumper.add_representer(str, represent)
    Dumper.add_representer(dict, represent_mapping)
    dumped: str = yaml.dump(document, Dumper=Dumper, allow_unicode=True, width=CATALOG_LIMIT)
    return dumped.encode()


def find_spans(text: str) -> dict[str, Span]:
    """Return where each key of a valid document stands, with its value.

    A value ends where its last character does; blank lines and comments after it are not part of it.

    Raises:
        CodecError: The document cannot be taken apart; the loader that counts characters refuses a
            few oddities that the quicker one reads.
    """
    import yaml

    try:
        return _find_spans(text, yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise _explain(error, text) from None
    except (IndexError, *_UNREADABLE):
        raise CodecError("bad_yaml", "is written in a way that no single field of it can be edited") from None


def compose(text: str) -> Any:
    """Return the root of another program's YAML as nodes that know their places; None for an empty text.

    Raises:
        CodecError: It is no valid YAML.
    """
    import yaml

    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _explain(error, text) from None
    except _UNREADABLE as error:
        raise CodecError("bad_yaml", f"it cannot be read as YAML: {error}") from None


def _find_spans(text: str, root: Any) -> dict[str, Span]:
    spans: dict[str, Span] = {}
    lines = text.split("\n")
    for key, value in root.value if root is not None else ():
        start = (key.end_mark.line, key.end_mark.column)
        colon = (start[0], lines[start[0]].index(":", start[1]))
        end = (value.end_mark.line, value.end_mark.column)
        spans[key.value] = Span(key.start_mark.line, colon, _trim(lines, end))
    return spans


def find_entries(text: str, key: str) -> list[Entry] | None:
    """Return where each key of the mapping below ``key`` (empty: of the file) stands, with the keys of its own value.

    None where that mapping is in flow style and not empty, so that no line is an entry's own. An
    entry ends with the last line before the next that holds anything; comments belong to what follows.
    """
    import yaml

    root: Any = yaml.compose(text, Loader=_loader())
    lines = text.split("\n")
    if root is None or root.flow_style:
        return None
    if not key:
        return _entries(root, lines, len(lines)) if isinstance(root, yaml.MappingNode) else None
    for position, (name, value) in enumerate(root.value):
        if name.value != key:
            continue
        following = root.value[position + 1 :]
        end = following[0][0].start_mark.line if following else len(lines)
        if isinstance(value, yaml.ScalarNode):  # nothing below the key yet
            return []
        return _entries(value, lines, end) if isinstance(value, yaml.MappingNode) and not value.flow_style else None
    return None


def _entries(mapping: Any, lines: list[str], end: int) -> list[Entry]:
    import yaml

    starts = [key.start_mark.line for key, _ in mapping.value]
    entries = []
    for (key, value), start, limit in zip(mapping.value, starts, [*starts[1:], end], strict=True):
        last = limit
        while not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#"):
            last -= 1
        is_block = isinstance(value, yaml.MappingNode) and not value.flow_style
        fields = tuple(_entries(value, lines, last)) if is_block else ()
        entries.append(Entry(key.value, start, key.start_mark.column, last, is_block, fields))
    return entries


def _trim(lines: list[str], end: tuple[int, int]) -> tuple[int, int]:
    """Move an end that lies at the start of a line back to the last line that holds something."""
    line, column = end
    if column and lines[line][:column].strip():
        return end
    line -= 1
    while line > 0 and (not lines[line].strip() or lines[line].startswith("#")):
        line -= 1
    return line, len(lines[line].rstrip("\r"))


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _decode(data: bytes, limit: int) -> tuple[str, list[tuple[int, str]]]:
    if len(data) > limit:
        raise CodecError("too_large", f"is {len(data):,} bytes, more than the {limit:,} that are read")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise CodecError("bad_encoding", "is not UTF-8", data[: error.start].count(b"\n") + 1) from None
    remarks = []
    if "\r\n" in text:
        remarks.append((1, "has Windows line ends (CRLF); LF is what git and flaggit expect"))
        text = text.replace("\r\n", "\n")
    forbidden = forbidden_characters(text)
    if forbidden:
        line = text[: text.index(forbidden[0])].count("\n") + 1
        raise CodecError("control_character", f"holds the character U+{ord(forbidden[0]):04X}", line)
    for number, line_text in enumerate(text.split("\n"), 1):
        if line_text.startswith(_MARKERS) and (line_text != "=======" or "\n<<<<<<< " in text):
            raise CodecError("conflict_markers", "holds conflict markers of a merge", number)
    return join_surrogates(text), remarks


def join_surrogates(text: str) -> str:
    """Return a text in braces with each character that JSON writes as two escapes in their place.

    JSON has no other way to escape what lies beyond the basic plane (RFC 8259, 7), and YAML reads no half of a pair.
    """
    if not text.lstrip().startswith("{") or "\\u" not in text:
        return text
    import re

    def join(found: re.Match[str]) -> str:
        high, low = int(found[2], 16), int(found[3], 16)
        return found[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))

    pair = r"((?<!\\)(?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    return re.sub(pair, join, text)


def _explain(error: yaml.YAMLError, text: str) -> CodecError:
    mark = getattr(error, "problem_mark", None)  # a character that YAML cannot hold has none
    problem = getattr(error, "problem", None) or str(error).split("\n")[0]
    line = mark.line + 1 if mark else 0
    source = [*text.split("\n"), ""][line - 1]
    if ": @" in source or "- @" in source:
        problem = 'a handle has to be quoted: "@domain.module"'
    elif "mapping values are not allowed" in problem:
        problem = 'a text with ": " in it has to be quoted'
    elif "invalid Unicode character escape" in problem:
        problem = "a \\u escape stands for half a character; JSON writes two of them for one"
    return CodecError("bad_yaml", f"is not valid YAML: {problem}", line)


def _line_of(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


class _Builder:
    """Builds plain values from parser events, refusing what the strict reader refuses."""

    def __init__(self, text: str, nodes: int) -> None:
        self.lines: dict[str, int] = {}
        self.remarks: list[tuple[int, str]] = []
        self._text = text.split("\n")
        self._nodes = nodes

    def build(self, events: Iterator[Any]) -> dict[str, Any]:
        import yaml

        documents = 0
        document: object = None
        event: Any
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise CodecError("bad_yaml", "holds a second document", _line_of(event))
            elif isinstance(event, yaml.NodeEvent):
                document = self._node(event, events, 1)
        if not isinstance(document, dict):
            raise CodecError("bad_yaml", "is empty" if document is None else "is not a mapping of keys to values", 1)
        return document

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> object:
        import yaml

        line = _line_of(event)
        self._nodes -= 1
        if self._nodes < 0:
            raise CodecError("bad_yaml", "holds too many values", line)
        if depth > NESTING:
            raise CodecError("bad_yaml", f"is nested deeper than {NESTING} levels", line)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise CodecError("bad_yaml", "uses an anchor or alias, which flaggit does not read", line)
        if getattr(event, "tag", None) is not None:
            raise CodecError("bad_yaml", f"uses the tag {event.tag}, which flaggit does not read", line)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, depth)
        return self._mapping(events, depth)

    def _sequence(self, events: Iterator[Any], depth: int) -> list[object]:
        import yaml

        items: list[object] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, depth + 1))
        return items

    def _mapping(self, events: Iterator[Any], depth: int) -> dict[str, object]:
        import yaml

        mapping: dict[str, object] = {}
        seen: dict[str, int] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line_of(event)
            self._node(event, iter(()), depth + 1)
            if not isinstance(event, yaml.ScalarEvent):
                raise CodecError("bad_yaml", "has a key that is not a text", line)
            key = event.value
            if key in seen:
                raise CodecError("duplicate_key", f"has the key {key} twice, on lines {seen[key]} and {line}", line)
            seen[key] = line
            mapping[key] = self._node(next(events), events, depth + 1)
        if depth == 1:
            self.lines = seen
        return mapping

    def _scalar(self, event: Any, line: int) -> object:
        value: str = event.value
        if not event.implicit[0]:  # quoted or a block
            return value
        end = event.end_mark
        rest = self._text[end.line][end.column :] if end.line < len(self._text) else ""
        comment = rest.strip()
        if value and comment[:1] == "#" and comment[1:2].strip():  # "see issue #12"; "# a remark" is meant as one
            self.remarks.append((line, f"ends a text at {comment[:20]!r}, which YAML takes for a comment: quote it"))
        if value in ("", "null", "~"):
            return None
        if value in ("true", "false"):
            return value == "true"
        digits = value.removeprefix("-")
        return int(value) if 0 < len(digits) <= DIGITS and _DIGITS.issuperset(digits) else value
