"""The older system's writing verbs: their options and replies over the actions that every surface uses."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Problem
    from flaggit.lifecycle.completing import Completed
    from flaggit.lifecycle.raising import Raised
    from flaggit.locks.terms import Outcome


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
    from flaggit.clone.lookup import find_row
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
