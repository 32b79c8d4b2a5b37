"""Edits a document's bytes: only the changed fields' own bytes change, comments and order stay."""

from __future__ import annotations

from flaggit.core.model import FLAG_FIELDS
from flaggit.documents.canonical import dump_document, dump_field, dump_value
from flaggit.documents.codec import CodecError, Span, find_spans, parse_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def edit_document(data: bytes, changes: Mapping[str, object], *, order: Sequence[str] = tuple(FLAG_FIELDS)) -> bytes:
    """Return ``data`` with some top-level fields changed.

    A document in braces (JSON is YAML) has no lines of its own for its fields; it is written anew
    in the canonical layout.

    Args:
        data: A document that the strict reader accepts.
        changes: New values by field; None takes an optional field away (``target_agent`` stays, as null).
        order: All fields in the order in which a new one finds its place.

    Raises:
        CodecError: ``data`` is not such a document, or is one in braces that has comments.
    """
    document = parse_document(data).document
    if is_in_braces(data):
        return _rewrite(data, {**document, **changes}, order)
    for key, value in changes.items():
        text = data.decode("utf-8")
        spans = find_spans(text.replace("\r\n", "\n"))
        if key not in spans:
            text = text if value is None else _insert(text, key, value, spans, order)
        elif value is None and key != "target_agent":
            text = _delete(text, spans[key])
        else:
            text = _replace(text, key, value, spans[key])
        data = text.encode("utf-8")
    return data


def is_in_braces(data: bytes) -> bool:
    """Return whether a document is written as ``{...}``."""
    for line in data.split(b"\n"):
        start = line.strip().removeprefix(b"---").lstrip()
        if start and start[:1] not in (b"#", b"%"):
            return start[:1] == b"{"
    return False


def _rewrite(data: bytes, document: Mapping[str, object], order: Sequence[str]) -> bytes:
    if b"#" in data:
        raise CodecError("bad_yaml", "is written in braces with comments, so its fields cannot be edited one by one")
    kept = {key: document[key] for key in order if document.get(key) is not None or key == "target_agent"}
    return dump_document("flag", {**kept, **{key: value for key, value in document.items() if key not in order}})


def _replace(text: str, key: str, value: object, span: Span) -> str:
    lines = text.split("\n")
    line, column = span.colon
    last, end = span.end
    head, *body = dump_value(key, value).split("\n")
    trailing = lines[last][end:]  # a comment behind a one-line value stays on the key's line
    new = [lines[line][: column + 1] + head + trailing, *body]
    return "\n".join([*lines[:line], *new, *lines[last + 1 :]])


def _delete(text: str, span: Span) -> str:
    lines = text.split("\n")
    end = span.end[0] + 1
    if end < len(lines) - 1 and not lines[end].strip():
        end += 1
    return "\n".join([*lines[: span.key_line], *lines[end:]])


def _insert(text: str, key: str, value: object, spans: Mapping[str, Span], order: Sequence[str]) -> str:
    lines = text.split("\n")
    before = order[: order.index(key)] if key in order else order
    ends = [spans[name].end[0] + 1 for name in before if name in spans]
    at = max(ends, default=0)
    new = ["", *dump_field(key, value).split("\n")]
    if at >= len(lines):
        new.append("")
    return "\n".join([*lines[:at], *new, *lines[at:]])
