"""Makes a flag that somebody wrote by hand whole: pure, bytes in, bytes out, every byte of theirs kept.

Only what has one right answer is done: keys that follow from nothing the author said, quotes and the
``@`` around a handle, line ends. What is added stands in the canonical layout.
"""

from __future__ import annotations

from flaggit.core.handles import is_handle
from flaggit.core.ids import is_flag_id
from flaggit.core.model import FLAG_FIELDS, HAND_WRITTEN, SCHEMA_VERSION, default_impact
from flaggit.core.record import record
from flaggit.documents.canonical import dump_field
from flaggit.documents.codec import CodecError, parse_document
from flaggit.documents.splice import edit_document, is_in_braces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_MODELINE = b"# yaml-language-server: $schema=../.schema/flag.schema.json\n"
_HANDLE_FIELDS = ("source_agent", "target_agent")


@record
class Whole:
    """A flag's bytes after mending, its fields, and what was done, a phrase each."""

    data: bytes
    fields: dict[str, Any]
    done: tuple[str, ...]


def make_whole(data: bytes, *, created_at: str, choose_id: Callable[[], str]) -> Whole | None:
    """Return the flag that ``data`` holds with all it lacks, or None where it cannot be told what it is.

    Args:
        data: The file's bytes.
        created_at: The time for a flag that names none.
        choose_id: Called for a flag that has no id.
    """
    done = []
    text = _unix_lines(data)
    if text != data:
        done.append("line ends made LF")
    if text and text[-1:] != b"\n":  # before reading: the last line's text may be one that keeps its newline
        text += b"\n"
        done.append("a newline at the end added")
    quoted = _quote_handles(text)
    if quoted != text:
        done.append("handles quoted")
    try:
        fields = parse_document(quoted).document
    except CodecError:
        return None
    if any(key not in fields for key in HAND_WRITTEN):
        return None
    changes = _handle_changes(fields)
    if changes:
        done.append("@ added to handles")
    missing = _missing(fields, created_at, choose_id)
    if missing:
        done.append(f"{', '.join(missing)} added")
    empty = _empty_keys(quoted, fields)
    if empty:
        done.append(f"empty {', '.join(empty)} left out")
    whole = _apply(quoted, fields, {**changes, **missing, **dict.fromkeys(empty)})
    if whole is None:
        return None
    return Whole(whole, parse_document(whole).document, tuple(done))


def is_mendable(data: bytes) -> bool:
    """Return whether bytes hold at least what a flag written by hand has to say, so that the rest can be added."""
    return make_whole(data, created_at="2000-01-01T00:00:00Z", choose_id=lambda: "a" * 7) is not None


def unix_lines(data: bytes) -> bytes | None:
    """Return ``data`` with LF for CRLF, or None where nothing is to be done or it would read otherwise."""
    text = _unix_lines(data)
    return text if text != data else None


def _unix_lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _quote_handles(data: bytes) -> bytes:
    """Put quotes around bare handles, which YAML cannot read; nothing else in the file changes."""
    if b": @" not in data:
        return data
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        key, colon, rest = line.partition(b":")
        value, _, comment = rest.strip().partition(b" ")
        handle = value.decode("utf-8", "replace")
        if key.decode("utf-8", "replace") in _HANDLE_FIELDS and is_handle(handle):
            after = rest[rest.index(value) + len(value) :] if comment else b""
            lines[number] = key + colon + b' "' + value + b'"' + after
    return b"\n".join(lines)


def _handle_changes(fields: Mapping[str, Any]) -> dict[str, str]:
    values = {key: fields[key] for key in _HANDLE_FIELDS}
    return {
        key: "@" + value
        for key, value in values.items()
        if isinstance(value, str) and not is_handle(value) and is_handle("@" + value)
    }


def _missing(fields: Mapping[str, Any], created_at: str, choose_id: Callable[[], str]) -> dict[str, object]:
    defaults: dict[str, Callable[[], object]] = {
        "schema": lambda: SCHEMA_VERSION,
        "id": choose_id,
        "impact_level": lambda: default_impact(str(fields["flag_type"])),
        "created_at": lambda: created_at,
    }
    return {key: make() for key, make in defaults.items() if fields.get(key) is None}


def _empty_keys(data: bytes, fields: Mapping[str, Any]) -> list[str]:
    """Return the optional keys that stand there with nothing behind them, not even a comment."""
    lines = {line.rstrip(b" ") for line in data.split(b"\n")}
    optional = [key for key, field in FLAG_FIELDS.items() if not field.required]
    return [key for key in optional if key in fields and fields[key] is None and f"{key}:".encode() in lines]


def _apply(data: bytes, fields: Mapping[str, Any], changes: Mapping[str, object]) -> bytes | None:
    """Return ``data`` with fields changed or added, or None where that cannot be done without losing something."""
    left_out = [key for key, value in changes.items() if value is None]
    expected = {key: value for key, value in {**fields, **changes}.items() if key not in left_out}
    head = {key: changes[key] for key in ("schema", "id") if key in changes and key not in fields}
    others = {key: value for key, value in changes.items() if key not in head}
    try:
        result = _insert(data, head, others)
        return result if parse_document(result).document == expected else None
    except CodecError:
        return None


def _insert(data: bytes, head: Mapping[str, object], others: Mapping[str, object]) -> bytes:
    """Put what is missing between the lines that are there, ``schema`` and ``id`` at the top."""
    if not head or is_in_braces(data):
        return edit_document(data, {**others, **head})
    data = edit_document(data, others)
    lines = data.split(b"\n")
    at = _first_line(lines)
    if len(head) == 1 and "id" in head:  # schema stands somewhere already
        return edit_document(data, head)
    top = "".join(dump_field(key, value) + "\n" for key, value in head.items()).encode()
    before = b"".join(line + b"\n" for line in lines[:at])
    return before + top + b"\n" + b"\n".join(lines[at:])


def _first_line(lines: list[bytes]) -> int:
    """Return where the first key may stand: behind the line for editors and the mark of a document's start."""
    at = 1 if lines[0] + b"\n" == _MODELINE else 0
    for number, line in enumerate(lines):
        if line.rstrip() == b"---":
            return number + 1
        if line.strip() and not line.startswith((b"#", b"%")):
            break
    return at


def usable_id(fields: Mapping[str, Any]) -> str:
    """Return a flag's own id where it is a valid one, else nothing."""
    own = fields.get("id")
    return own if isinstance(own, str) and is_flag_id(own) else ""
