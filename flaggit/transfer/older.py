"""Rows of the older flag system's table as flags and completions."""

from __future__ import annotations

import posixpath

from flaggit.core.handles import UNASSIGNED
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, REQUEST, Completion, Flag, Problem
from flaggit.core.text import counted, whole_number
from flaggit.documents.rules import path_fault
from flaggit.transfer.planned import Origin, Plan, UnmappableError, derive_id, fit_impact, normalise
from flaggit.transfer.seed_rows import SEED_COLUMNS
from flaggit.transfer.timestamps import parse_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from flaggit.documents.settings import Settings
    from flaggit.transfer.planned import Handles

    Cells = Mapping[str, object]

_AGENT_FIELDS = ("source_agent", "target_agent", "completed_by")
_MENTION = "flag #"
_MAX_FILES = 200


def map_rows(rows: Sequence[Cells], zone: datetime.tzinfo, handles: Handles, settings: Settings) -> Plan:
    """Return the flags of the rows of the table ``flags``.

    Ids are derived from what never changes in a row, so that every import of it gives the same flag.

    Args:
        rows: Column -> value.
        zone: For times, which the older system wrote without one.
        handles: Names of agents as handles.
        settings: Of the repository.
    """
    return _Mapping(zone, handles, settings).run(rows)


class _Mapping:
    """One run over the rows: what earlier rows became, since later ones refer to them."""

    def __init__(self, zone: datetime.tzinfo, handles: Handles, settings: Settings) -> None:
        self._zone = zone
        self._handles = handles
        self._settings = settings
        self._flags: dict[str, Flag] = {}  # by flag id
        self._by_number: dict[str, Flag] = {}  # by the older id, as text
        self._completions: list[Completion] = []
        self._remarks: list[Problem] = []
        self._unmapped: list[Problem] = []
        self._naive = 0

    def run(self, rows: Sequence[Cells]) -> Plan:
        self._handles.reserve(_text(row, field) for row in rows for field in _AGENT_FIELDS)
        for row in sorted(rows, key=_order):
            origin = Origin(f"row {_text(row, 'id') or '?'}")
            try:
                self._map(row, origin)
            except UnmappableError as error:
                self._unmapped.append(origin.unmapped(error))
                continue
            self._remarks += origin.remarks
        summary = [*_summaries(rows), *([self._zone_remark()] if self._naive else [])]
        flags = tuple(self._flags.values())
        return Plan(flags, tuple(self._completions), (), (*summary, *self._remarks), tuple(self._unmapped))

    def _map(self, row: Cells, origin: Origin) -> None:
        flag = self._flag(row, origin)
        completion = self._completion(row, flag, origin)
        self._flags[flag.id] = normalise(flag, origin, self._settings)
        if _text(row, "id"):
            self._by_number.setdefault(_text(row, "id"), flag)
        if completion is not None:
            self._completions.append(completion)

    def _flag(self, row: Cells, origin: Origin) -> Flag:
        kind = _read_choice(row, "flag_type", FLAG_TYPES, "change", origin)
        target_text = _text(row, "target_agent")
        target = None
        if target_text.lower() not in UNASSIGNED:
            target = self._handles.get(target_text, "target_agent", origin)
        impact = _read_choice(row, "impact_level", IMPACT_LEVELS, "medium", origin)
        created = self._time(row, "created_at", origin)
        if created is None:
            raise UnmappableError(f"created_at {_text(row, 'created_at')!r} is no time")
        change, action = _required(row, "change_description", origin), _required(row, "action_required", origin)
        source = self._handles.get(_text(row, "source_agent"), "source_agent", origin)
        flag = Flag(
            id=derive_id(self._flags, "older", *(_text(row, name) for name in _UNCHANGING)),
            legacy_id=_number(row),
            flag_type=kind,
            impact_level=fit_impact(kind, impact, target, origin),
            source_agent=source,
            target_agent=target,
            change_description=change,
            action_required=action,
            related_files=_files(row, origin),
            code_location=_optional(row, "code_location", origin),
            example_usage=_optional(row, "example_usage", origin),
            context=_optional(row, "context", origin),
            chain_origin_id=self._chain_origin(row, origin),
            re=self._re(kind, source, target, change + "\n" + action),
            created_at=created,
            notes=None if _is_completed(row) else _optional(row, "notes", origin),
        )
        if _text(row, "locked") not in ("", "0"):
            origin.remark("was locked; nobody knows by whom, so nobody holds it now", "locked")
        if _text(row, "acknowledged_at"):
            origin.note_change("acknowledged_at", _text(row, "acknowledged_at"), "has no field any more")
        return flag

    def _completion(self, row: Cells, flag: Flag, origin: Origin) -> Completion | None:
        if not _is_completed(row):
            if _text(row, "status") not in ("", "pending"):
                origin.note_change("status", _text(row, "status"), "became pending")
            for field in ("completed_by", "completed_at"):
                if _text(row, field):
                    origin.note_change(field, _text(row, field), "stands in the notes: the flag is not completed")
            return None
        name = _text(row, "completed_by")
        if name:
            by = self._handles.get(name, "completed_by", origin)
        else:
            by = flag.target_agent or flag.source_agent
            origin.remark(f"does not say who completed it; {by} stands for that", "completed_by")
        at = self._time(row, "completed_at", origin)
        if at is None:
            at = flag.created_at
            origin.note_change(
                "completed_at", _text(row, "completed_at"), "is no time; it was taken as completed at once"
            )
        return Completion(flag.id, by, at, notes=_optional(row, "notes", origin))

    def _time(self, row: Cells, field: str, origin: Origin) -> str | None:
        value = row.get(field)
        stamp = parse_timestamp(value if isinstance(value, (int, float)) else _text(row, field), self._zone)
        if stamp is None:
            return None
        self._naive += stamp.naive
        if stamp.doubtful:
            origin.remark(
                f"{field} {_text(row, field)!r} came twice or never on that clock; the earlier is taken", field
            )
        return stamp.text

    def _chain_origin(self, row: Cells, origin: Origin) -> str | None:
        """Return the flag that a row follows from: an earlier one, which also keeps chains free of cycles."""
        reference = _text(row, "chain_origin_id")
        if not reference:
            return None
        found = self._by_number.get(reference)
        if found is None:
            origin.note_change("chain_origin_id", reference, "names no earlier row that was imported")
        return found.id if found else None

    def _re(self, kind: str, source: str, target: str | None, text: str) -> str | None:
        """Return the flag that a question, or an answer to one, names in its text."""
        for piece in text.lower().split(_MENTION)[1:]:
            digits = piece[: next((i for i, char in enumerate(piece) if not char.isdecimal()), len(piece))]
            found = self._by_number.get(digits)
            if found is None:
                continue
            answers = found.is_request and found.source_agent == target
            if kind == REQUEST or (answers and source != target):
                return found.id
        return None

    def _zone_remark(self) -> Problem:
        text = f"{self._naive} times name no zone and were read as {self._zone}; --zone says which clock wrote them."
        return Problem("", "import", text, level="warning", field="created_at", data=(("zone", str(self._zone)),))


# What tells one row from another for good; its other columns may change between two imports.
_UNCHANGING = ("id", "source_agent", "target_agent", "flag_type", "change_description", "created_at")


def _order(row: Cells) -> tuple[int, list[str]]:
    number = _number(row)
    return (number if number is not None else 1 << 62, [_text(row, name) for name in _UNCHANGING])


def _number(row: Cells) -> int | None:
    text = _text(row, "id")
    return whole_number(text)


def _text(row: Cells, field: str) -> str:
    value = row.get(field)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return "" if value is None else str(value).strip()


def _required(row: Cells, field: str, origin: Origin) -> str:
    text = origin.clean(field, _text(row, field))
    if not text:
        raise UnmappableError(f"{field} is empty")
    return text


def _optional(row: Cells, field: str, origin: Origin) -> str | None:
    return origin.clean(field, _text(row, field)) or None


def _read_choice(row: Cells, field: str, known: Sequence[str], fallback: str, origin: Origin) -> str:
    text = _text(row, field)
    if text.lower() in known:
        return text.lower()
    if text or field == "flag_type":
        origin.note_change(field, text, f"became {fallback}")
    return fallback


def _is_completed(row: Cells) -> bool:
    return _text(row, "status").lower() == "completed"


def _files(row: Cells, origin: Origin) -> tuple[str, ...]:
    paths: dict[str, None] = {}
    for item in _text(row, "related_files").split(","):
        text = item.strip()
        if not text:
            continue
        path = posixpath.normpath(text) + ("/" if text.endswith("/") else "")
        fault = path_fault(path)
        if fault or len(paths) >= _MAX_FILES:
            origin.note_change("related_files", text, f"stands in the notes: it {fault or 'is one too many'}")
        else:
            paths[path] = None
    return tuple(paths)


def _summaries(rows: Sequence[Cells]) -> list[Problem]:
    """Return a remark for each column that has no place any more and holds something."""
    counts: dict[str, int] = {}
    for row in rows:
        for name in row:
            if (name == "session_id" or name not in SEED_COLUMNS) and _text(row, name):
                counts[name] = counts.get(name, 0) + 1
    return [
        Problem(
            "",
            "import",
            f"The column {name}, set in {counted(count, 'row')}, is not kept.",
            level="warning",
            field=name,
        )
        for name, count in counts.items()
    ]
