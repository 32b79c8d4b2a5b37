"""Flags and agents as rows of the older system's tables: its columns, in their order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Agent, Row

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


AGENT_COLUMNS = (
    "name",
    "type",
    "module",
    "sub_module",
    "description",
    "capabilities",
    "status",
    "role",
    "tech_stack",
    "scenarios",
    "tags",
    "connections",
    "model",
    "color",
)
PENDING = "SELECT * FROM flags WHERE status = 'pending'"  # the older system's view


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


def agent_row(agent: Agent) -> tuple[str | None, ...]:
    """Return an agent by column: lists as JSON text."""
    return (
        agent.name,
        agent.domain,
        agent.module,
        agent.sub_module or None,
        agent.description,
        _list_text(agent.capabilities),
        agent.status,
        agent.role or None,
        _list_text(agent.tech_stack),
        _list_text(agent.scenarios),
        _list_text(agent.tags),
        _list_text(agent.connections),
        agent.model or None,
        agent.color or None,
    )


def _list_text(items: tuple[str, ...]) -> str:
    """Return a list as JSON text."""
    import json

    return json.dumps(items, ensure_ascii=False)
