"""A flag as a row of the older system's table: its 20 columns, in their order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.model import Row

SEED_COLUMNS = (
    "id",
    "chain_origin_id",
    "session_id",
    "flag_type",
    "source_agent",
    "target_agent",
    "change_description",
    "action_required",
    "impact_level",
    "status",
    "locked",
    "related_files",
    "code_location",
    "example_usage",
    "context",
    "created_at",
    "acknowledged_at",
    "completed_at",
    "completed_by",
    "notes",
)


def seed_row(row: Row) -> dict[str, str | int | None]:
    """Return a flag by column: ``locked`` as 0 or 1, files with commas between them, ``context`` as JSON text."""
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
