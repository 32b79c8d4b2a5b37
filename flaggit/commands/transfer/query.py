"""``query``: a read-only SQL view of flags and agents, with the older system's tables and columns."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.commands.transfer.sandbox import Table, run_select
from flaggit.core.errors import InvalidError
from flaggit.transfer.seed_rows import AGENT_COLUMNS, PENDING, SEED_COLUMNS, agent_row, seed_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.commands.transfer.sandbox import Parameters, Value


def query(session: Session, *, sql: str, parameters: str | None = None) -> Reply[list[dict[str, Any]]]:
    """Return the rows that one SELECT finds in ``agents_catalog``, ``flags`` and ``pending_flags``.

    Only the tables that the statement mentions are filled.

    Args:
        session: The call.
        sql: The statement.
        parameters: A JSON array for its ``?``, or an object for its ``:name``.

    Raises:
        InvalidError: ``read_only``, ``bad_sql``, ``sql_limit`` or ``bad_json``.
    """
    values = _parse_parameters(parameters)
    wanted = sql.lower()
    agents = _agent_rows(session) if "agents_catalog" in wanted else ()
    flags = _flag_rows(session) if "flags" in wanted else ()  # read once the statement is known to be allowed
    tables = {"agents_catalog": Table(AGENT_COLUMNS, agents), "flags": Table(SEED_COLUMNS, flags)}
    found = run_select(sql, values, tables, {"pending_flags": PENDING})
    return Reply(found, warnings=session.clone.problems)


def _parse_parameters(text: str | None) -> Parameters:
    if text is None:
        return ()
    import json

    values: Any
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    given = values.values() if isinstance(values, dict) else values if isinstance(values, list) else None
    if given is None or not all(value is None or isinstance(value, (str, int, float)) for value in given):
        raise InvalidError(
            "bad_json",
            "The parameters are not a JSON array or object of plain values.",
            hint="""flaggit query "SELECT id FROM flags WHERE target_agent = ?" '["@backend.api"]'""",
        )
    checked: Parameters = values
    return checked


def _flag_rows(session: Session) -> Iterator[Sequence[Value]]:
    for row in session.clone.rows(status="all"):
        yield tuple(seed_row(row).values())


def _agent_rows(session: Session) -> Iterator[Sequence[Value]]:
    agents = session.catalog.agents
    return (agent_row(agents[name]) for name in sorted(agents))
