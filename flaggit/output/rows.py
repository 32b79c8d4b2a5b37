"""Flags as they are listed and shown: JSON with the contract's names, text for people."""

from __future__ import annotations

from flaggit.clone.lock_rules import seconds_left
from flaggit.core.model import FLAG_FIELDS, FREE_FIELDS, flag_document
from flaggit.core.text import shorten, visible
from flaggit.core.times import format_age, parse_time
from flaggit.output.text import indent_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.catalog.search.search import Hit
    from flaggit.clone.rows import Rows
    from flaggit.core.model import Lock, Place, Row
    from flaggit.output.text import Style

_CUT = 100


def row_json(row: Row, *, full: bool = False, reader: str = "") -> dict[str, Any]:
    """Return a flag with everything derived about it, under the contract's names.

    Args:
        row: The flag.
        full: Every field, texts whole; else keys without a value, and what goes without saying, are left out.
        reader: Whose list it is; a flag to that agent does not repeat it.
    """
    return _full_json(row) if full else _compact_json(row, reader)


def place_json(place: Place | None) -> dict[str, str] | None:
    """Return where something was seen: kind and name."""
    return None if place is None else {"kind": place.kind, "name": place.name}


def held_json(row: Row) -> dict[str, Any]:
    """Return a flag that somebody holds: since when, and what it waits on."""
    values: dict[str, Any] = {"id": row.flag.id, "since": row.lock.acquired if row.lock else ""}
    return {**values, "waiting_on": list(row.waits_on)} if row.waits_on else values


def held_text(row: Row) -> str:
    """Return the same in words."""
    since = f" since {row.lock.acquired[11:16]}" if row.lock is not None else ""
    waits = f", which waits on the answer to {', '.join(row.waits_on)}" if row.waits_on else ""
    return f"{row.flag.id}{since}{waits}"


def rows_text(rows: Rows | list[Row], empty: str, now: int, style: Style) -> Iterable[str]:
    """Yield flags in two lines each; ``empty`` where there are none."""
    return (row_text(row, now, style) for row in rows) if rows else [empty]


def row_text(row: Row, now: int, style: Style) -> str:
    """Return a flag in two lines: facts, then the start of what changed."""
    flag = row.flag
    impact = style.impact(flag.impact_level, f"{flag.impact_level:<8}")
    way = f"{flag.source_agent} -> {flag.target_name}"
    states = "".join(f"  {state}" for state in states_of(row, now, style))
    age = style.dim(age_text(flag.created_at, now))
    facts = f"{style.bold(flag.id)}  {impact}  {flag.flag_type}  {way}  {age}{states}"
    return f"{style.fit(facts, 4)}\n    {style.line(flag.change_description, 4)}"


def flag_text(row: Row, now: int, style: Style) -> str:
    """Return a flag in full, as a person reads it."""
    flag = row.flag
    head = f"{style.bold(flag.id)}  {style.impact(flag.impact_level)}  {flag.flag_type}"
    lines = [head, f"{flag.source_agent} -> {flag.target_name}, {age_text(flag.created_at, now)} ago"]
    lines += ["  ".join(states_of(row, now, style))] if states_of(row, now, style) else []
    for field in FREE_FIELDS:
        value = getattr(flag, field.name)
        if value:
            lines += ["", style.bold(field.label), _prose(value if isinstance(value, str) else "\n".join(value), style)]
    if row.completion is not None and row.completion.notes:
        lines += ["", style.bold("Completion"), _prose(row.completion.notes, style)]
    where = "" if row.place.kind == "here" else f" ({_place_words(row.place)})"
    lines += ["", style.dim(f"{row.path}{where}")]
    return "\n".join(lines)


def _compact_json(row: Row, reader: str) -> dict[str, Any]:
    flag = row.flag
    values: dict[str, Any] = {
        "id": flag.id,
        "flag_type": flag.flag_type,
        "impact_level": flag.impact_level,
        "source_agent": flag.source_agent,
    }
    if flag.target_agent and flag.target_agent != reader:
        values["target_agent"] = flag.target_agent
    values["change_description"] = shorten(flag.change_description, _CUT)
    if flag.action_required != flag.change_description:
        values["action_required"] = shorten(flag.action_required, _CUT)
    if flag.related_files:
        values["related_files"] = list(flag.related_files)
    if flag.re:
        values["re"] = flag.re
    values["created_at"] = flag.created_at
    return {**values, **_state_json(row)}


def _state_json(row: Row) -> dict[str, Any]:
    """Return the unusual facts about a flag; what goes without saying is left out."""
    values: dict[str, Any] = {}
    if row.completion is not None:
        values["status"] = row.status
    if row.completed_on is not None:
        values["completed_on"] = place_json(row.completed_on)
    if row.locked and row.lock is not None:
        values.update(locked=True, locked_by=row.lock.holder, lock_expires=row.lock.expires)
    if row.waits_on:
        values["waiting_on"] = list(row.waits_on)
    if row.place.kind != "here":
        values["place"] = place_json(row.place)
    if not row.actionable:
        values["actionable"] = False
    return values


# Every field of a flag in JSON, which ``_full_json`` gives where it has a value.
ROW_FIELDS = (
    *FLAG_FIELDS,
    *("status", "completed_by", "completed_at", "completed_on", "resolution", "superseded_by", "completion_notes"),
    *("path", "locked", "locked_by", "lock_expires", "place", "actionable"),
)


def _full_json(row: Row) -> dict[str, Any]:
    completion, lock = row.completion, row.lock
    values: dict[str, Any] = dict(flag_document(row.flag))
    values.update(
        status=row.status,
        completed_by=completion.completed_by if completion else None,
        completed_at=completion.completed_at if completion else None,
        completed_on=place_json(row.completed_on),
        resolution=completion.resolution if completion else None,
        superseded_by=completion.superseded_by if completion else None,
        completion_notes=completion.notes if completion else None,
        path=row.path,
        locked=row.locked,
        locked_by=lock.holder if lock and row.locked else None,
        lock_expires=lock.expires if lock and row.locked else None,
        place=place_json(row.place),
        actionable=row.actionable,
    )
    return values


def states_of(row: Row, now: int, style: Style) -> list[str]:
    """Return the states of a flag: completed, locked, waiting, seen elsewhere."""
    states = []
    if row.completion is not None:
        states.append(style.good(f"{row.completion.resolution} by {row.completion.completed_by}{row.merge_words}"))
    if row.locked and row.lock is not None:
        states.append(style.warn(f"locked by {row.lock.holder}{_until(row.lock, now)}"))
    elif row.lock is not None and row.lock_expired and row.completion is None:
        states.append(style.dim(f"lock of {row.lock.holder} expired"))
    if row.waits_on:
        states.append(style.warn(f"waits on the answer to {', '.join(row.waits_on)}"))
    if row.place.kind != "here":
        states.append(style.dim(f"its file is {_place_words(row.place)}"))
    return states


def _until(lock: Lock, now: int) -> str:
    left = seconds_left(lock, now)
    return f" for {format_age(left)}" if left > 0 else ""


def _place_words(place: Place) -> str:
    return f"in the worktree {visible(place.name)}" if place.kind == "worktree" else f"on {visible(place.name)}"


def age_text(created_at: str, now: int) -> str:
    """Return how old something is, from when it was made."""
    return format_age(now - parse_time(created_at))


def _prose(text: str, style: Style) -> str:
    return style.fit(indent_text(text), 2)


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return an agent that was found, and why."""
    return {"name": hit.name, "score": hit.score, "rank": hit.rank, "reasons": list(hit.reasons)}
