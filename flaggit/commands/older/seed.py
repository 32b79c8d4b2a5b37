"""The older system's verbs: its lists, whose rows keep their 20 keys, and what writes."""

from __future__ import annotations

from flaggit.clone.identity import find_instance
from flaggit.clone.lookup import find_row
from flaggit.clone.session import Reply
from flaggit.commands.reading.listing import age_note, unknown_note
from flaggit.core.handles import parse_handle
from flaggit.core.model import rank_of_impact
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.rows import Rows
    from flaggit.clone.session import Session
    from flaggit.commands.agents.search import Found
    from flaggit.core.model import Agent, Problem
    from flaggit.lifecycle.completing import Completed
    from flaggit.lifecycle.raising import Raised
    from flaggit.locks.request import Outcome

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
    misspelt = session.find_misspelt(handle) if agent is not None else ""
    notes = [*([misspelt] if misspelt else []), *unknown_note(session, handle, rows), *age_note(session, False)]
    if not include_general:
        notes += _general_note(session)
    return _reply(session, rows, f"Nothing waits for {handle}.", notes, handle)


def get_pending_flags(session: Session, *, agent: str | None = None) -> Reply[SeedRows]:
    """Return every pending flag, or those for one agent and its teams. Raises InvalidError ``bad_handle``."""
    handle = parse_handle(agent) if agent is not None else None
    rows = session.clone.scan(targets=session.find_targets(handle) if handle else None)
    misspelt = session.find_misspelt(handle) if handle else ""
    notes = [misspelt] if misspelt else unknown_note(session, handle, rows) if handle else []
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
    """Return the agents that ``agents search`` finds. Errors as there."""
    from flaggit.commands.agents.search import search

    return search(session, query=query, limit=count, catalog=catalog)


def list_seed_agents(session: Session) -> Reply[dict[str, Any]]:
    """Return the agents as the older system's ``list-agents`` did."""
    from flaggit.commands.agents.entries import list_agents

    reply = list_agents(session)
    fixed = [_seed_agent(agent) for agent in reply.data if agent.domain != _ACOLYTE]
    made = [_seed_agent(agent, short=True) for agent in reply.data if agent.domain == _ACOLYTE]
    data = {"global_agents": fixed, "acolytes": made, "total_global": len(fixed), "total_dynamic": len(made)}
    return Reply(data, tuple(problem for problem in reply.warnings if problem.is_error))


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


_UNKNOWN = 5


@record
class SeedRaised:
    """A flag that was raised, and what is remarkable about it: the older reply holds both."""

    raised: Raised
    warnings: tuple[Problem, ...]


@record
class SeedLock:
    """What became of a flag's lock; ``questions`` are the pending flags that it still waits on."""

    flag_id: str
    outcome: Outcome
    locked: bool
    actor_source: str = ""
    questions: tuple[str, ...] = ()


def create_flag(
    session: Session,
    *,
    flag_type: str | None = None,
    source_agent: str | None = None,
    target_agent: str | None = None,
    change_description: str | None = None,
    action_required: str | None = None,
    impact_level: str | None = None,
    related_files: str | None = None,
    chain_origin_id: str | None = None,
    code_location: str | None = None,
    example_usage: str | None = None,
    context: str | None = None,
    notes: str | None = None,
    re: str | None = None,
    commit: bool = False,
    dry_run: bool = False,
) -> Reply[SeedRaised]:
    """Raise one flag; ``related_files`` is one text with commas, the rest as in ``create``.

    Raises:
        InvalidError: Every violation at once, among them ``no_identity``.
        NotFoundError: ``unknown_flag``, where that is all that is wrong.
    """
    from flaggit.lifecycle.fields import find_source
    from flaggit.lifecycle.raising import raise_flags

    session.store.require()
    faults: list[Problem] = []
    actor = find_source(session, source_agent, faults)
    fields: dict[str, Any] = {
        "flag_type": flag_type,
        "impact_level": impact_level,
        "target_agent": [target_agent] if target_agent else [],
        "change_description": change_description,
        "action_required": action_required,
        "related_files": (related_files or "").split(","),
        "chain_origin_id": chain_origin_id,
        "re": re,
        "code_location": code_location,
        "example_usage": example_usage,
        "context": context,
        "notes": notes,
    }
    reply = raise_flags(session, actor, fields, faults=faults, commit=commit, dry_run=dry_run)
    raised = reply.data
    return Reply(SeedRaised(raised, reply.warnings), notes=reply.notes)


def complete_flag(
    session: Session,
    *,
    flag_id: str,
    agent: str | None = None,
    notes: str | None = None,
    force: bool = False,
    reason: str | None = None,
    release: bool = False,
    commit: bool = False,
) -> Reply[Completed]:
    """Complete one flag as ``complete`` does.

    Raises:
        InvalidError: ``no_identity``, ``bad_id``, ``ambiguous_id``, ``usage``.
        NotFoundError: ``unknown_flag``.
        ConflictError: ``already_completed``, ``locked_by_other`` or ``not_target``.
    """
    from flaggit.lifecycle.completing import complete

    reply = complete(
        session,
        flag_ids=[flag_id],
        agent=agent,
        note=notes,
        force=force,
        reason=reason,
        release=release,
        commit=commit,
    )
    completed = reply.data
    return Reply(completed[0], reply.warnings, notes=reply.notes)


def lock_flag(
    session: Session, *, flag_id: str, agent: str | None = None, ttl: str | None = None, reason: str | None = None
) -> Reply[SeedLock]:
    """Take or renew one flag's lock as ``lock`` does.

    Raises:
        InvalidError: ``no_identity``, ``bad_id``, ``ambiguous_id``, ``usage``.
        NotFoundError: ``unknown_flag``.
        ConflictError: ``already_completed``, ``locked_by_other`` or ``lock_lost``.
    """
    from flaggit.commands.locking.actions import lock

    actor_source = _actor_source(session.find_actor(agent))
    reply = lock(session, flag_ids=(flag_id,), agent=agent, ttl=ttl, reason=reason)
    locking = reply.data
    (outcome,) = locking.outcomes
    data = SeedLock(outcome.lock.flag_id, outcome, True, actor_source)
    # A lock that could not be confirmed for too long: whoever holds it has to stop.
    status = _UNKNOWN if outcome.state == "unknown" else reply.status
    return Reply(data, reply.warnings, status, reply.notes)


def unlock_flag(
    session: Session, *, flag_id: str, agent: str | None = None, force: bool = False, reason: str | None = None
) -> Reply[SeedLock]:
    """Let one flag's lock go as ``unlock`` does; an open question about it is a warning.

    Raises:
        InvalidError: ``no_identity``, ``bad_id``, ``ambiguous_id``, ``usage``.
        NotFoundError: ``unknown_flag``.
        ConflictError: ``not_holder``.
    """
    from flaggit.commands.locking.actions import unlock

    actor_source = _actor_source(session.find_actor(agent))
    row = find_row(session, flag_id)
    questions = row.waits_on if row is not None else ()
    reply = unlock(session, flag_ids=(flag_id,), agent=agent, force=force, reason=reason)
    locking = reply.data
    (outcome,) = locking.outcomes
    data = SeedLock(outcome.lock.flag_id, outcome, False, actor_source, questions)
    return Reply(data, reply.warnings, reply.status, reply.notes)


def _actor_source(actor: Actor | None) -> str:
    return actor.source if actor is not None else "implied"
