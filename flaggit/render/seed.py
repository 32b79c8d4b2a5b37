"""The older system's JSON: 20 keys a row in their old order, then what is new."""

from __future__ import annotations

from flaggit.render.rows import place_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.model import Flag, Row
    from flaggit.render.text import Style
    from flaggit.session import Reply

# What the older protocol's decision tree looks for, in its order.
_HINTS = (
    ("schema change", "update_schema"),
    ("api endpoint", "update_integrations"),
    ("authentication", "update_auth"),
)


def rows_json(reply: Reply) -> Any:
    """Return a list of flags; the verb's data is ``SeedRows``."""
    data = reply.data
    return [row_json(row, data.waiting.get(row.flag.id, ())) for row in data.rows]  # type: ignore[attr-defined]


def row_json(row: Row, waiting_on: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return one flag: the 20 old keys, then ``files``, ``hint``, who holds it and where it was seen."""
    flag, completion = row.flag, row.completion
    lock = row.lock
    values: dict[str, Any] = {
        **seed_fields(row),
        "context": _decode(flag.context),
        "locked": row.locked,
        "files": list(flag.related_files),
        "hint": hint_for(flag, locked=row.locked),
        "locked_by": lock.holder if lock and row.locked else None,
        "lock_expires": lock.expires if lock and row.locked else None,
        "lock_expired": row.lock_expired,
        "waiting_on": list(waiting_on),
        "re": flag.re,
        "legacy_id": flag.legacy_id,
        "resolution": completion.resolution if completion else None,
        "place": place_json(row.place),
        "actionable": row.actionable,
    }
    return values


def seed_fields(row: Row) -> dict[str, Any]:
    """Return a flag as the older system's table held it: 20 columns, ``locked`` as 0 or 1, ``context`` as text."""
    flag, completion = row.flag, row.completion
    return {
        "id": flag.id,
        "chain_origin_id": flag.chain_origin_id,
        "session_id": None,
        "flag_type": flag.flag_type,
        "source_agent": flag.source_agent,
        "target_agent": flag.target_agent,
        "change_description": flag.change_description,
        "action_required": flag.action_required,
        "impact_level": flag.impact_level,
        "status": row.status,
        "locked": int(row.locked),
        "related_files": ",".join(flag.related_files) or None,
        "code_location": flag.code_location,
        "example_usage": flag.example_usage,
        "context": flag.context,
        "created_at": flag.created_at,
        "acknowledged_at": None,
        "completed_at": completion.completed_at if completion else None,
        "completed_by": completion.completed_by if completion else None,
        "notes": (completion.notes if completion else None) or flag.notes,
    }


def hint_for(flag: Flag, *, locked: bool) -> str:
    """Return what the older protocol's decision tree advises; it never completes anything by itself."""
    if locked:
        return "skip"
    text = flag.change_description.lower()
    return next((hint for words, hint in _HINTS if words in text), "review")


def workable_text(reply: Reply, style: Style) -> str:
    """Return each agent's workload on a line."""
    lines = [
        f"{one.workable_flags:>4}  {style.impact(one.highest_priority, f'{one.highest_priority:<8}')}"
        f"  {one.target_agent or 'anyone'}"
        for one in reply.data  # type: ignore[attr-defined]
    ]
    return "\n".join(lines) or "Nothing to work on."


def _decode(context: str | None) -> Any:
    if context is None:
        return None
    import json

    try:
        return json.loads(context)
    except (ValueError, RecursionError):  # written by hand; `check` says so
        return context
