"""The older system's verbs over what is there: its lists of flags, whose rows keep their 20 keys, and of agents."""

from __future__ import annotations

from flaggit.clone.identity import find_instance
from flaggit.clone.session import Reply
from flaggit.commands.looking.listing import age_note, unknown_note
from flaggit.core.handles import parse_handle
from flaggit.core.model import rank_of_impact
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.rows import Rows
    from flaggit.clone.session import Session
    from flaggit.commands.agents.search import Found
    from flaggit.core.model import Agent

_ACOLYTE = "acolyte"  # the domain of agents that a project made for itself


@record
class SeedRows:
    """Flags in order; ``answered`` are those that the caller holds and whose questions are all answered.

    The older system's agents pass over what is locked, and would never come back to these.
    """

    rows: Rows
    answered: frozenset[str]
    now: int
    empty: str = "No flags."


@record
class Workload:
    """How much an agent can work on: pending flags that nobody holds, and the most urgent of their impacts."""

    target_agent: str | None
    workable_flags: int
    highest_priority: str


def get_agent_flags(session: Session, *, agent: str | None = None, include_general: bool = False) -> Reply[SeedRows]:
    """Return the pending flags for an agent and its teams, locked ones included.

    Args:
        session: The call.
        agent: Whose; None takes who is asking.
        include_general: Also flags that are for nobody in particular.

    Raises:
        InvalidError: ``bad_handle`` or ``no_identity``.
    """
    handle = parse_handle(agent) if agent is not None else session.get_actor().handle
    targets: list[str | None] = [*session.find_targets(handle), *([None] if include_general else [])]
    rows = session.clone.scan(targets=targets)
    notes = [*unknown_note(session, handle, rows), *age_note(session, False)]
    if not include_general:
        notes += _general_note(session)
    return _reply(session, rows, f"Nothing waits for {handle}.", notes, handle)


def get_pending_flags(session: Session, *, agent: str | None = None) -> Reply[SeedRows]:
    """Return every pending flag, or those for one agent and its teams. Raises InvalidError ``bad_handle``."""
    handle = parse_handle(agent) if agent is not None else None
    rows = session.clone.scan(targets=session.find_targets(handle) if handle else None)
    notes = unknown_note(session, handle, rows) if handle else []
    caller = handle or (session.asker.handle if session.asker else "")
    return _reply(session, rows, "Nothing is pending.", [*notes, *age_note(session, False)], caller)


def get_workable_flags(session: Session, *, include_general: bool = False) -> Reply[tuple[Workload, ...]]:
    """Return each agent's workload: pending flags that nobody holds (an expired lock holds nothing).

    Args:
        session: The call.
        include_general: Also a row for the flags that are for nobody in particular.
    """
    groups: dict[str | None, list[str]] = {}
    for row in session.clone.scan():
        if not row.locked and (include_general or row.flag.target_agent is not None):
            groups.setdefault(row.flag.target_agent, []).append(row.flag.impact_level)
    found = [Workload(target, len(impacts), min(impacts, key=rank_of_impact)) for target, impacts in groups.items()]
    found.sort(key=lambda one: (-one.workable_flags, rank_of_impact(one.highest_priority), one.target_agent or ""))
    return Reply(tuple(found), warnings=session.clone.problems, notes=tuple(age_note(session, False)))


def _reply(session: Session, rows: Rows, empty: str, notes: list[str], caller: str) -> Reply[SeedRows]:
    data = SeedRows(rows, _find_answered(session, rows, caller), session.now, empty)
    return Reply(data, warnings=session.clone.problems, notes=tuple(notes))


def _find_answered(session: Session, rows: Rows, caller: str) -> frozenset[str]:
    """Return the flags that ``caller`` holds from this worktree and asked about, where nothing is open any more."""
    instance = find_instance(session.repo)
    mine = {key for key, lock in session.clone.locks.items() if lock.holder == caller and lock.instance == instance}
    found = (row for row in rows.having(mine) if row.locked)
    return frozenset(row.flag.id for row in found if session.clone.discussions.has_answers(row.flag, row.lock))


def _general_note(session: Session) -> list[str]:
    count = len(session.clone.scan(targets=[None]))
    return [f"{count} more for nobody in particular: --include-general lists them too."] if count else []


def search_agents(
    session: Session | None, *, query: str, count: int | None = None, catalog: str | None = None
) -> Reply[Found]:
    """Return what ``agents search`` finds. Errors as there."""
    from flaggit.commands.agents.search import search

    return search(session, query=query, limit=count, catalog=catalog)


def list_seed_agents(session: Session) -> Reply[dict[str, Any]]:
    """Return the agents as the older system's ``list-agents`` did."""
    from flaggit.commands.agents.entries import list_agents

    reply = list_agents(session)
    fixed = [_seed_agent(agent) for agent in reply.data if agent.domain != _ACOLYTE]
    made = [_seed_agent(agent, short=True) for agent in reply.data if agent.domain == _ACOLYTE]
    data = {"global_agents": fixed, "acolytes": made, "total_global": len(fixed), "total_dynamic": len(made)}
    return Reply(data, tuple(problem for problem in reply.warnings if problem.level == "error"))


def create_seed_agent(
    session: Session, *, agent: str, module: str, sub_module: str | None = None
) -> Reply[dict[str, Any]]:
    """Add an agent as the older system's ``create-agent`` did.

    Raises:
        ConflictError: ``agent_exists``.
        InvalidError: ``bad_handle``.
    """
    from flaggit.commands.agents.entries import add_agent

    handle = parse_handle(agent)
    add_agent(session, agent=handle, module=module, sub_module=sub_module)
    data = {"success": True, "agent_name": handle, "module": module, "sub_module": sub_module}
    return Reply({**data, "memories_created": 0, "catalog_entry": True})


def _seed_agent(agent: Agent, *, short: bool = False) -> dict[str, str | None]:
    """Return an agent under the older system's names."""
    values = {"name": agent.name, "type": agent.domain, "module": agent.module, "sub_module": agent.sub_module or None}
    if short:
        del values["type"]
        return values
    return {**values, "role": agent.role or None}
