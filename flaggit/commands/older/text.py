"""The older system's JSON: 20 keys a row in their old order, then what is new."""

from __future__ import annotations

from flaggit.commands.raising.text import circumstances_json
from flaggit.core.model import name_target
from flaggit.core.text import visible
from flaggit.output import rows
from flaggit.output.rows import place_json
from flaggit.transfer.seed_rows import seed_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.agents.search import Found
    from flaggit.commands.older.seed import SeedLock, SeedRaised, SeedRows, Workload
    from flaggit.core.model import Flag, Problem, Row
    from flaggit.lifecycle.completing import Completed
    from flaggit.output.text import Style

# What the older protocol's decision tree looks for, in its order.
_HINTS = (
    ("schema change", "update_schema"),
    ("api endpoint", "update_integrations"),
    ("authentication", "update_auth"),
)


def rows_json(reply: Reply[SeedRows]) -> Any:
    """Yield a list of flags; the verb's data is ``SeedRows``."""
    data = reply.data
    return (row_json(row, answered=row.flag.id in data.answered) for row in data.rows)


def rows_text(reply: Reply[SeedRows], style: Style) -> Iterable[str]:
    """Yield flags in two lines each."""
    return rows.rows_text(reply.data.rows, reply.data.empty, reply.data.now, style)


def row_json(row: Row, *, answered: bool = False) -> dict[str, Any]:
    """Return one flag: the 20 old keys, then ``files``, ``hint``, who holds it and where it was seen.

    ``answered``: whoever asks holds it and has its answers, so that it reads as free to go on with.
    """
    flag, completion = row.flag, row.completion
    lock = row.lock
    values: dict[str, Any] = {
        **seed_row(row),
        "context": _decode(flag.context),
        "locked": row.locked and not answered,
        "files": list(flag.related_files),
        "hint": "unlock" if answered else hint_for(flag, locked=row.locked),
        "locked_by": lock.holder if lock and row.locked else None,
        "lock_expires": lock.expires if lock and row.locked else None,
        "lock_expired": row.lock_expired,
        "waiting_on": list(row.waits_on),
        "re": flag.re,
        "legacy_id": flag.legacy_id,
        "resolution": completion.resolution if completion else None,
        "place": place_json(row.place),
        "actionable": row.actionable,
    }
    return values


def hint_for(flag: Flag, *, locked: bool) -> str:
    """Return the advice of the older protocol's decision tree; it never completes anything by itself."""
    if locked:
        return "skip"
    text = flag.change_description.lower()
    return next((hint for words, hint in _HINTS if words in text), "review")


def created_json(reply: Reply[SeedRaised]) -> Any:
    """Return the older system's six keys, then the root of the chain and warnings where there are any."""
    raised, warnings = reply.data.raised, reply.data.warnings
    flag = raised.rows[0].flag
    message = f"FLAG #{flag.id} created: {flag.flag_type}"
    values: dict[str, Any] = {
        "success": True,
        "flag_id": None if raised.dry_run else flag.id,
        "message": f"FLAG would be created: {flag.flag_type}" if raised.dry_run else message,
        "from": flag.source_agent,
        "to": flag.target_agent,
        "priority": flag.impact_level,
    }
    if flag.re:
        values["re"] = flag.re
    values.update(circumstances_json(raised))
    if warnings:
        values["warnings"] = [_warning_json(problem) for problem in warnings]
    return values


def created_text(reply: Reply[SeedRaised], style: Style) -> str:
    """Return the new flag on a line, and what is remarkable about it."""
    values = created_json(reply)
    lines = [
        f"{values['message']} ({style.impact(values['priority'])}, {values['from']} -> {name_target(values['to'])})"
    ]
    return "\n".join(
        lines + [f"{style.warn('warning:')} {visible(one['message'])}" for one in values.get("warnings", ())]
    )


def completed_json(reply: Reply[Completed]) -> Any:
    """Return the older system's four keys, then the note and what is out of the ordinary."""
    item = reply.data
    completion = item.completion
    values: dict[str, Any] = {
        "success": True,
        "flag_id": item.row.flag.id,
        "completed_by": completion.completed_by,
        "completed_at": completion.completed_at,
    }
    if completion.notes is not None:
        values["notes"] = completion.notes
    if item.already:
        values["already"] = True
    if not completion.is_done:
        values["resolution"] = completion.resolution
    if item.commit:
        values["commit"] = item.commit
    if item.actor.implied:
        values["actor_source"] = item.actor.source
    return values


def completed_text(reply: Reply[Completed], style: Style) -> str:
    """Return by whom the flag was completed."""
    values = completed_json(reply)
    already = " already" if values.get("already") else ""
    return f"{style.bold(values['flag_id'])} was completed{already} by {values['completed_by']}"


def lock_json(reply: Reply[SeedLock]) -> Any:
    """Return the older system's three keys, then holder and expiry of a lock that is held, and what it waits on."""
    data = reply.data
    state = data.outcome.state
    values: dict[str, Any] = {"success": state != "unknown", "flag_id": data.flag_id, "locked": data.locked}
    if data.locked:
        values.update(holder=data.outcome.lock.holder, expires=data.outcome.lock.expires)
    if data.outcome.already:
        values["already"] = True
    if state not in ("mine", "free"):
        values["state"] = state
    if data.actor_source == "implied":
        values["actor_source"] = data.actor_source
    if data.questions:
        values["warnings"] = [
            {
                "code": "open_question",
                "message": f"{data.flag_id} still waits on the answer to {', '.join(data.questions)}.",
                "ids": list(data.questions),
            }
        ]
    return values


def lock_text(reply: Reply[SeedLock], style: Style) -> str:
    """Return who holds the flag now."""
    values = lock_json(reply)
    name = style.bold(values["flag_id"])
    if values["locked"]:
        return f"{name} is held by {values['holder']} until {values['expires']}"
    return f"{name} is free"


def workable_text(reply: Reply[tuple[Workload, ...]], style: Style) -> str:
    """Return each agent's workload on a line."""
    lines = [
        f"{one.workable_flags:>4}  {style.impact(one.highest_priority, f'{one.highest_priority:<8}')}"
        f"  {name_target(one.target_agent)}"
        for one in reply.data
    ]
    return "\n".join(lines) or "Nothing to work on."


def _warning_json(problem: Problem) -> dict[str, Any]:
    values: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.field:
        values["field"] = problem.field
    if problem.ids:
        values["ids"] = list(problem.ids)
    values.update(problem.data)
    return values


def table_text(reply: Reply[list[dict[str, Any]]], style: Style) -> str:
    """Return rows of a query, a line each with a tab between columns, under their names."""
    rows = reply.data
    if not rows:
        return "No rows."
    lines = ["\t".join(style.bold(visible(name)) for name in rows[0])]
    lines += ["\t".join("" if value is None else visible(str(value)) for value in row.values()) for row in rows]
    return "\n".join(lines)


def _decode(context: str | None) -> Any:
    if context is None:
        return None
    import json

    try:
        return json.loads(context)
    except (ValueError, RecursionError):  # written by hand; `check` says so
        return context


def found_json(reply: Reply[Found]) -> Any:
    """Return the agents found as the older system did."""
    found = reply.data
    results = [
        {
            "name": hit.name,
            "type": domain,
            "module": module,
            "sub_module": sub_module or None,
            "role": role or None,
            "score": hit.score,
            "reasons": list(hit.reasons),
            "rank": hit.rank,
        }
        for hit, (_, domain, module, sub_module, role) in zip(found.hits, found.agents, strict=True)
    ]
    return {"query": found.query, "total_matches": found.total, "results": results}
