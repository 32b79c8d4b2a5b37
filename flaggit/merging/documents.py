"""Three-way merge of documents, field by field: pure, and the same whichever side is called ours.

What two sides changed in different fields goes together. The same field changed in two ways is a
decision for a person. Lists (``related_files``, tags, ...) merge as sets. Two completions of one
flag are settled: the earlier one counts (ties go by handle, then by the rest), and the other is
kept in its notes, so that merging in any order and grouping gives the same file.
"""

from __future__ import annotations

from flaggit.core.completion_notes import INDENT, Head, read_head, write_head
from flaggit.core.model import COMPLETION_FIELDS, FLAG_FIELDS, NOTE_FIELDS
from flaggit.core.record import record, replace
from flaggit.documents.rules import find_mismatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any

    Fields = Mapping[str, Any]

_ABSENT: Any = object()
_ORDERS = {"flag": tuple(FLAG_FIELDS), "completion": tuple(COMPLETION_FIELDS), "note": tuple(NOTE_FIELDS)}


@record
class Merge:
    """A merged document.

    Attributes:
        fields: The result; a field that is to be decided has ours' value, or is absent where ours lacks it.
        decisions: The fields that a person has to decide, dotted where they lie deeper, in order.
        remarks: Sentences about what was settled, for people.
    """

    fields: dict[str, Any]
    decisions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@record
class Done:
    """One completion of a flag, as files of completions hold one or several."""

    completed_at: str
    completed_by: str
    resolution: str
    superseded_by: str
    notes: str

    @property
    def rank(self) -> tuple[str, ...]:
        """Return the sort key: the first one counts."""
        return (self.completed_at, self.completed_by, self.resolution, self.superseded_by, self.notes)


def merge_fields(kind: str, base: Fields | None, ours: Fields, theirs: Fields) -> Merge:
    """Merge two sides of a document.

    Args:
        kind: ``flag``, ``completion``, ``note``, or ``mapping`` for catalogs and settings.
        base: What both began with; None where both added the file.
        ours: One side.
        theirs: The other side; changing sides changes nothing but the values of undecided fields.
    """
    if ours == theirs:
        return Merge(dict(ours))
    if base is not None and theirs == base:
        return Merge(dict(ours))
    if base is not None and ours == base:
        return Merge(dict(theirs))
    if kind == "completion":
        return _merge_completions(base or {}, ours, theirs)
    merged = merge_mappings(base or {}, ours, theirs)
    if kind == "flag":
        merged = _leave_mismatch(ours, theirs, merged)
    order = _ORDERS.get(kind)
    return merged if order is None else Merge(_ordered(merged.fields, order), merged.decisions, merged.remarks)


def merge_mappings(base: Fields, ours: Fields, theirs: Fields, prefix: str = "") -> Merge:
    """Return two sides of a mapping put together, mappings inside it likewise."""
    fields: dict[str, Any] = {}
    decisions: list[str] = []
    for key in _merge_keys(list(base), list(ours), list(theirs)):
        sides = [side.get(key, _ABSENT) for side in (base, ours, theirs)]
        value, undecided = _merge_value(sides[0], sides[1], sides[2], f"{prefix}{key}")
        decisions += undecided
        if value is not _ABSENT:
            fields[key] = value
    return Merge(fields, tuple(decisions))


def absorbs(kept: Fields, other: Fields) -> bool:
    """Return whether a completion holds all that another one says, as it does after the two were merged."""
    return _read_done(other).keys() <= _read_done(kept).keys()


def _merge_value(base: Any, ours: Any, theirs: Any, name: str) -> tuple[Any, tuple[str, ...]]:
    if _same(ours, theirs) or _same(theirs, base):
        return ours, ()
    if _same(ours, base):
        return theirs, ()
    if isinstance(ours, dict) and isinstance(theirs, dict):
        merged = merge_mappings(base if isinstance(base, dict) else {}, ours, theirs, f"{name}.")
        return merged.fields, merged.decisions
    if _is_set(ours) and _is_set(theirs) and (base is _ABSENT or _is_set(base)):
        return _merge_list([] if base is _ABSENT else base, ours, theirs), ()
    return ours, (name,)


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and bool(one == other))


def _is_set(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _merge_list(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    """Keep what neither side took away in the base's order, then what either added, sorted."""
    kept = [item for item in dict.fromkeys(base) if item in ours and item in theirs]
    added = {item for item in (*ours, *theirs) if item not in base}
    return kept + sorted(added)


def _merge_keys(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    """Return the keys of all sides: the base's order, then new ones sorted; all sorted where the base is."""
    added = sorted({*ours, *theirs} - {*base})
    return sorted([*base, *added]) if base == sorted(base) else [*base, *added]


def _leave_mismatch(ours: Fields, theirs: Fields, merged: Merge) -> Merge:
    """Leave type and impact to a person where each side changed one of them and the two do not go together."""
    pair = ("flag_type", "impact_level")
    kind, impact = (str(merged.fields.get(key)) for key in pair)
    if not find_mismatch(kind, impact) or any(key in merged.decisions for key in pair):
        return merged
    sides = [(str(side.get(pair[0])), str(side.get(pair[1]))) for side in (ours, theirs)]
    if any(find_mismatch(*side) for side in sides):
        return merged  # wrong on one side already: `check` tells it there
    fields = {**merged.fields, **{key: ours[key] for key in pair if key in ours}}
    undecided = tuple(key for key in pair if not _same(ours.get(key), theirs.get(key)))
    return Merge(fields, _ordered_names({*merged.decisions, *undecided}), merged.remarks)


def _merge_completions(base: Fields, ours: Fields, theirs: Fields) -> Merge:
    mine, other, before = _read_done(ours), _read_done(theirs), _read_done(base)
    gone = [item for item in before if item not in mine or item not in other]
    found = sorted({*mine, *other}.difference(gone), key=lambda item: item.rank)
    odd = merge_mappings(_remainder(base), _remainder(ours), _remainder(theirs))
    if not found or odd.decisions:
        merged = merge_mappings(base, ours, theirs)
        return Merge(_ordered(merged.fields, _ORDERS["completion"]), merged.decisions, merged.remarks)
    # What notes say of others is never promoted: only a file's own completion may count.
    first = min({next(iter(side)) for side in (mine, other) if side} - {*gone} or found, key=lambda item: item.rank)
    others = [item for item in found if item != first]
    fields: dict[str, Any] = {**odd.fields, **_primary(first)}
    text = "\n\n".join(filter(None, [first.notes, *map(_write_done, others)]))
    if text:
        fields["notes"] = text
    remarks = [
        f"{ours.get('id')} was completed twice: by {first.completed_by} at {first.completed_at}, which counts, and by"
        f" {item.completed_by} at {item.completed_at}, which its notes keep."
        for item in others
        if not any(first in side and item in side for side in (mine, other))
    ]
    return Merge(_ordered(fields, _ORDERS["completion"]), (), tuple(remarks))


def _primary(done: Done) -> dict[str, str]:
    fields = {"completed_by": done.completed_by, "completed_at": done.completed_at, "resolution": done.resolution}
    return {**fields, "superseded_by": done.superseded_by} if done.superseded_by else fields


def _remainder(fields: Fields) -> dict[str, Any]:
    """Return the fields of a completion's file beside the completion itself: its version, its id, unknown fields."""
    own = ("completed_by", "completed_at", "resolution", "superseded_by", "notes")
    return {key: value for key, value in fields.items() if key not in own}


def _read_done(fields: Fields) -> dict[Done, None]:
    """Return every completion that a file holds, the one that counts first."""
    if not fields:
        return {}
    own, others = _split_notes(str(fields.get("notes") or ""))
    texts = [str(fields.get(key) or "") for key in ("completed_at", "completed_by", "resolution", "superseded_by")]
    return dict.fromkeys([Done(texts[0], texts[1], texts[2], texts[3], own), *others])


def _split_notes(text: str) -> tuple[str, list[Done]]:
    """Return a completion's own notes, and the other completions that a merge wrote behind them."""
    lines = text.split("\n")
    starts = [index for index, line in enumerate(lines) if _done_of(line) is not None]
    if not starts:
        return text.rstrip("\n"), []
    own = "\n".join(lines[: starts[0]]).rstrip("\n")
    others = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        done = _done_of(lines[start])
        notes = [line.removeprefix(INDENT) for line in lines[start + 1 : end]]
        if done is not None:
            others.append(replace(done, notes="\n".join(notes).rstrip("\n")))
    return own, others


def _write_done(done: Done) -> str:
    head = write_head(Head(done.completed_by, done.completed_at, done.resolution, done.superseded_by))
    return "\n".join([head, *(INDENT + line if line else "" for line in done.notes.split("\n"))]).rstrip("\n")


def _done_of(line: str) -> Done | None:
    """Return the completion that such a line begins, without its notes."""
    head = read_head(line)
    return Done(head.completed_at, head.completed_by, head.resolution, head.superseded_by, "") if head else None


def _ordered(fields: Fields, order: Sequence[str]) -> dict[str, Any]:
    known = {key: fields[key] for key in order if key in fields}
    return {**known, **{key: value for key, value in fields.items() if key not in known}}


def _ordered_names(names: Collection[str]) -> tuple[str, ...]:
    order: Iterable[str] = _ORDERS["flag"]
    return tuple(name for name in order if name in names) + tuple(sorted(set(names).difference(_ORDERS["flag"])))
