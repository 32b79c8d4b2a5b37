"""The older system's JSON: 20 keys a row in their old order, then what is new."""

from __future__ import annotations

from flaggit.render.rows import place_json
from flaggit.seed_rows import seed_row
from flaggit.text import visible

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
        **seed_row(row),
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


def table_text(reply: Reply, style: Style) -> str:
    """Return rows of a query, a line each with a tab between columns, under their names."""
    rows = reply.data
    if not rows:
        return "No rows."
    lines = ["\t".join(style.bold(visible(name)) for name in rows[0])]  # type: ignore[index]
    lines += ["\t".join("" if value is None else visible(str(value)) for value in row.values()) for row in rows]  # type: ignore[attr-defined]
    return "\n".join(lines)


def _decode(context: str | None) -> Any:
    if context is None:
        return None
    import json

    try:
        return json.loads(context)
    except (ValueError, RecursionError):  # written by hand; `check` says so
        return context
