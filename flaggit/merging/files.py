"""Three-way merge of a file's bytes: what one side decides is merged, a conflict stands in the file with both sides.

Only the bytes of fields that change are written, so comments stay. Where a side cannot be read as
a document nothing is guessed: the caller merges such files as text. The entries of a catalog and of settings keep
their own lines and comments; where joining them does not give the merged value, the file is written anew.
"""

from __future__ import annotations

from flaggit.catalog.editing import dump_agent
from flaggit.core.layout import classify
from flaggit.core.record import record
from flaggit.documents.canonical import dump_document, dump_field
from flaggit.documents.codec import CodecError, dump_yaml, find_entries, find_spans, load_yaml, parse_document
from flaggit.documents.splice import edit_document
from flaggit.merging.documents import Merge, merge_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Fields = Mapping[str, Any]

AGENTS = "agents"
_INDENT = "  "
_KINDS = {"flag": "flag", "completion": "completion", "note": "note", "catalog": "mapping", "settings": "mapping"}
LABELS = ("ours", "theirs")


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
    return dump_yaml({name: value}).decode().removesuffix("\n").split("\n")


def _holds(data: bytes, merged: Fields) -> bool:
    try:
        return load_yaml(data).document == merged
    except CodecError:
        return False


@record
class MergedFile:
    """A merged file: its bytes, the fields that a person has to decide, and what was settled, in sentences.

    Where there are decisions, each of them stands in ``data`` between conflict markers, both sides whole.
    """

    data: bytes
    decisions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def merge_files(
    path: str,
    base: bytes | None,
    ours: bytes,
    theirs: bytes,
    *,
    by_lines: bytes | None = None,
    labels: tuple[str, str] = LABELS,
    marker_size: int = 7,
) -> MergedFile | None:
    """Merge two sides of a file of the store; None where its kind is not known.

    Args:
        path: Where it lies, relative to the root.
        base: What both began with; None where both added it.
        ours: One side's bytes.
        theirs: The other side's bytes.
        by_lines: What a merge by lines gives, where that is without conflict. It is taken where it
            means the same, since it keeps both sides' comments.
        labels: What the sides are called in conflict markers.
        marker_size: How many characters a conflict marker has.
    """
    location = classify(path)
    kind = _KINDS.get(location.kind) if location else None
    if not kind:
        return None
    if ours == theirs:
        return MergedFile(ours)
    sides = [_read(kind, data) for data in (base, ours, theirs)]
    own, other = sides[1], sides[2]
    if own is None or other is None:
        return None
    merged = merge_fields(kind, sides[0], own, other)
    if by_lines is not None and not merged.decisions and _read(kind, by_lines) == merged.fields:
        return MergedFile(by_lines, (), merged.remarks)
    if kind == "mapping":
        key = AGENTS if location and location.kind == "catalog" else ""
        joined = None if merged.decisions else join_sides(key, (base, ours, theirs), (own, other), merged.fields)
        return _merge_mapping(joined, merged, ours, theirs, by_lines, marker_size)
    data = _write(kind, ours, own, merged)
    if merged.decisions:
        data = mark_decisions(data, merged, other, labels, marker_size)
    return MergedFile(data, merged.decisions, merged.remarks)


def _merge_mapping(
    joined: bytes | None, merged: Merge, ours: bytes, theirs: bytes, by_lines: bytes | None, marker_size: int
) -> MergedFile | None:
    """Return a merged catalog or settings file; one with decisions is git's to merge, unless that breaks it."""
    if not merged.decisions:
        return MergedFile(joined or _dump_mapping(ours, merged.fields))
    if by_lines is None:
        return None
    if _read("mapping", by_lines) is not None:
        return MergedFile(by_lines)
    return MergedFile(mark_whole(ours, theirs, marker_size), merged.decisions)


def mark_whole(ours: bytes, theirs: bytes, marker_size: int = 7) -> bytes:
    """Return two files whole between conflict markers."""
    lines = [b"<" * marker_size + b" " + LABELS[0].encode(), ours.rstrip(b"\n"), b"=" * marker_size]
    lines += [theirs.rstrip(b"\n"), b">" * marker_size + b" " + LABELS[1].encode(), b""]
    return b"\n".join(lines)


def mark_decisions(
    data: bytes, merged: Merge, theirs: Mapping[str, Any], labels: tuple[str, str], marker_size: int
) -> bytes:
    """Return a document with each undecided field between conflict markers, ours first.

    Args:
        data: The merged document; undecided fields have ours' value, or are absent.
        merged: The merge.
        theirs: The other side's fields.
        labels: What the sides are called.
        marker_size: How many characters a conflict marker has.
    """
    text = data.decode()
    lines = text.split("\n")
    spans = find_spans(text)
    order = list(merged.fields)
    for name in sorted(merged.decisions, key=lambda name: -_position(name, spans, order)):
        other = [dump_field(name, theirs[name])] if name in theirs else []
        if name in spans:
            start, end = spans[name].key_line, spans[name].end[0] + 1
        else:
            start = end = _position(name, spans, order)
        marked = [f"{'<' * marker_size} {labels[0]}", *lines[start:end], "=" * marker_size]
        lines[start:end] = [*marked, *other, f"{'>' * marker_size} {labels[1]}"]
    return "\n".join(lines).encode()


def _position(name: str, spans: Mapping[str, Any], order: list[str]) -> int:
    """Return the line where a field stands; for an absent one the line behind the last field of the file."""
    if name in spans:
        return int(spans[name].key_line)
    return max((int(spans[key].end[0]) + 1 for key in order if key in spans), default=0)


def _read(kind: str, data: bytes | None) -> dict[str, Any] | None:
    """Return the value of a side; None where it is absent or cannot be read."""
    if data is None or not data.strip():
        return None
    try:
        return load_yaml(data).document if kind == "mapping" else parse_document(data).document
    except CodecError:
        return None


def _write(kind: str, ours: bytes, own: Mapping[str, Any], merged: Merge) -> bytes:
    """Return ours with the merge's values: rewritten where it is in the canonical layout, else edited in place."""
    for for_editors in (False, True):
        if ours == dump_document(kind, own, for_editors=for_editors):
            return dump_document(kind, merged.fields, for_editors=for_editors)
    changes: dict[str, Any] = {key: value for key, value in merged.fields.items() if own.get(key) != value}
    changes.update({key: None for key in own if key not in merged.fields})
    return edit_document(ours, changes, order=tuple(merged.fields))


def _dump_mapping(ours: bytes, fields: Mapping[str, Any]) -> bytes:
    """Return a catalog or settings file anew, with the comments that ours begins with."""
    head = []
    for line in ours.decode().split("\n"):
        if line.strip() and not line.startswith("#"):
            break
        head.append(line)
    return "".join(f"{line}\n" for line in head).encode() + dump_yaml(dict(fields))
