"""The canonical layout of flags, completions and notes: its writer, and a reader for exactly that.

The layout: where the store has schemas for editors, a line that names its own; ``schema`` and ``id``
together, then one key after another with a blank line between (what lets plain merges succeed), short texts
double-quoted, free texts as blocks, list items indented by two. Every text reads the same under
YAML 1.1, YAML 1.2 and, where quoted, JSON.

A block is literal (``|-``) where its lines fit 80 columns and folded (``>-``) where they do not,
since linters refuse longer lines; folding loses nothing, as breaks are made at single blanks only.

The reader is twenty times as fast as a YAML parser. It answers None for whatever it is not sure
about, and ``codec`` then asks PyYAML; a property test holds the two equal.
"""

from __future__ import annotations

from flaggit.core.limits import DIGITS
from flaggit.core.model import FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

WIDTH = 80
_INDENT = "  "
_MODELINE = "# yaml-language-server: $schema=../.schema/{kind}.schema.json"
_MODELINES = frozenset(_MODELINE.format(kind=kind) for kind in FIELDS)
# Blocks however short: what every file of its kind says in free text.
_BLOCKS = frozenset(
    name for fields in FIELDS.values() for name, field in fields.items() if field.required and field.kind == "text"
)
_KEY = frozenset("abcdefghijklmnopqrstuvwxyz_")
_DIGITS = frozenset("0123456789")


def dump_document(kind: str, document: Mapping[str, Any], *, for_editors: bool = False) -> bytes:
    """Return a document in the canonical layout.

    Args:
        kind: ``flag``, ``completion`` or ``note``.
        document: Keys in the schema's order; values are texts, whole numbers, None and lists of texts.
        for_editors: Begin with the line by which editors find the kind's schema.
    """
    pieces = [_MODELINE.format(kind=kind)] if for_editors else []
    for number, (key, value) in enumerate(document.items()):
        if number and key != "id":
            pieces.append("")
        pieces.append(dump_field(key, value))
    pieces.append("")
    return "\n".join(pieces).encode("utf-8")


def dump_field(key: str, value: object) -> str:
    """Return one key with its value, as the canonical layout writes it, without a final newline."""
    return key + ":" + dump_value(key, value)


def dump_value(key: str, value: object) -> str:
    """Return the text after a key's colon: `` "text"``, a block, or a list on the lines below."""
    if isinstance(value, str):
        return _dump_text(key, value)
    if isinstance(value, (list, tuple)):
        return "".join(f"\n{_INDENT}- {quote(item)}" for item in value) or " []"
    return " null" if value is None else f" {value}"


def quote(text: str) -> str:
    """Return a text double-quoted, with the escapes that YAML and JSON share."""
    if '"' not in text and "\\" not in text and text.isprintable():
        return f'"{text}"'
    return '"' + "".join(map(_escape, text)) + '"'


def read_document(text: str) -> tuple[dict[str, Any], dict[str, int]] | None:
    """Return a canonical document and the line of each key (from 1), or None where ``text`` is anything else."""
    lines = text.split("\n")
    if lines[-1] != "" or len(lines) < 3:
        return None
    document: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    position, end = int(lines[0] in _MODELINES), len(lines) - 1
    while position < end:
        line = lines[position]
        position += 1
        if not line:
            continue
        key, colon, rest = line.partition(":")
        if not colon or key in document or not key or not _KEY.issuperset(key):
            return None
        numbers[key] = position
        if rest[-1:] == '"':
            value = _unquote(rest[1:]) if rest[:2] == ' "' and lines[position][:1] != " " else _UNSURE
        else:
            body, position = _body(lines, position, end)
            value = _UNSURE if body is None else _read_value(rest, body)
        if value is _UNSURE:
            return None
        document[key] = value
    return (document, numbers) if document else None


_UNSURE = object()


def _body(lines: Sequence[str], position: int, end: int) -> tuple[list[str] | None, int]:
    """Return the indented lines from ``position`` on, outdented, blank ones at the end left out; and the next line."""
    body: list[str] = []
    while position < end:
        line = lines[position]
        if line[:2] == _INDENT:
            if line.isspace():
                return None, position
            body.append(line[2:])
        elif line:
            break
        else:
            body.append("")
        position += 1
    while body and not body[-1]:
        body.pop()
    return body, position


def _read_value(rest: str, body: list[str]) -> object:
    if rest == " |-":
        return "\n".join(body) if _is_plain_block(body) else _UNSURE
    if rest == " >-":
        return _unfold(body) if _is_plain_block(body) else _UNSURE
    if not rest:
        return _read_list(body)
    if body or rest[0] != " ":
        return _UNSURE
    return _read_scalar(rest[1:])


def _read_scalar(text: str) -> object:
    if text[:1] == '"':
        return _unquote(text)
    if text == "null":
        return None
    is_number = 0 < len(text) <= DIGITS and _DIGITS.issuperset(text)
    return int(text) if is_number else _UNSURE


def _read_list(body: list[str]) -> object:
    items = [_unquote(line[2:]) if line[:3] == '- "' else _UNSURE for line in body]
    return items if items and _UNSURE not in items else _UNSURE


def _unquote(text: str) -> object:
    inner = text[1:-1]
    if len(text) < 2 or text[-1] != '"' or '"' in inner or "\\" in inner or not inner.isprintable():
        return _UNSURE
    return inner


def _is_plain_block(body: list[str]) -> bool:
    """Return whether a block holds text whose indentation and characters no YAML reader disagrees about."""
    if not body or not body[0] or body[0][0] in " \t":
        return False
    return all(line.isprintable() and line[-1:] not in (" ", "\t") for line in body)


def _unfold(body: list[str]) -> object:
    """Join folded lines: a break is a blank, a run of empty lines is as many newlines."""
    text = ""
    breaks = 0
    for line in body:
        if not line:
            breaks += 1
            continue
        if line[0] == " ":
            return _UNSURE
        text += ("\n" * breaks or (" " if text else "")) + line
        breaks = 0
    return text


def _dump_text(key: str, text: str) -> str:
    lines = text.split("\n")
    if not _is_plain_block(lines):
        return " " + quote(text)
    fits = len(key) + 4 + len(text) <= WIDTH
    if key not in _BLOCKS and len(lines) == 1 and fits and '"' not in text and "\\" not in text:
        return " " + quote(text)
    room = WIDTH - len(_INDENT)
    if any(len(line) > room for line in lines) and all(line[:1] != " " for line in lines):
        return " >-" + _indented(_fold(lines, room))
    return " |-" + _indented(lines)


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"\n{_INDENT}{line}" if line else "\n" for line in lines)


def _fold(lines: Sequence[str], room: int) -> list[str]:
    folded = _wrap(lines[0], room)
    blanks = 1
    for line in lines[1:]:
        if line:
            folded += [""] * blanks + _wrap(line, room)
            blanks = 1
        else:
            blanks += 1
    return folded


def _wrap(line: str, room: int) -> list[str]:
    """Break a line at single blanks so that each piece fits where it can."""
    pieces: list[str] = []
    for word in _words(line):
        if pieces and len(pieces[-1]) + 1 + len(word) <= room:
            pieces[-1] += " " + word
        else:
            pieces.append(word)
    return pieces


def _words(line: str) -> list[str]:
    """Split at single blanks; a run of several stays inside its word, since folding would lose it."""
    words: list[str] = []
    glue = False
    for word in line.split(" "):
        if words and (glue or not word):
            words[-1] += " " + word
            glue = not word
        else:
            words.append(word)
            glue = False
    return words


def _escape(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SHORT_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
