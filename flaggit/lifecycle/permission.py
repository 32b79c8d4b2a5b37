"""Who may complete and reopen a flag: a flag and who acts in, what follows for them out."""

from __future__ import annotations

import os

from flaggit.clone.identity import implied_actor
from flaggit.clone.lock_rules import has_holder, is_own
from flaggit.core.errors import ConflictError
from flaggit.core.layout import completion_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Completion, Row


def acting_target(session: Session, row: Row) -> Actor:
    """Return the flag's own target, or raise ``no_identity`` where it is for nobody in particular."""
    target = row.flag.target_agent
    return implied_actor(session.repo, target) if target else session.get_actor()


def is_for(session: Session, actor: Actor, row: Row) -> bool:
    """Return whether a flag is for the agent: addressed to it, to its team, or to nobody in particular."""
    return row.flag.target_agent is None or row.flag.target_agent in session.find_targets(actor.handle)


def _is_holder(row: Row, actor: Actor) -> bool:
    return row.locked and has_lock(row, actor)


def has_lock(row: Row, actor: Actor) -> bool:
    """Whether the lock is the actor's, be it that its time is over."""
    return row.lock is not None and has_holder(row.lock) and is_own(row.lock, actor)


def default_resolution(session: Session, row: Row, actor: Actor, superseder: str | None) -> str:
    """Return how a flag is completed where nobody says it: by whom it is for it is done, by its source withdrawn."""
    if superseder:
        return "superseded"
    is_worker = is_for(session, actor, row) or _is_holder(row, actor)
    return "withdrawn" if actor.handle == row.flag.source_agent and not is_worker else "done"


def require_right(session: Session, row: Row, actor: Actor, resolution: str, *, force: bool) -> None:
    """Refuse whoever may not complete the flag (see the contract: target, holder, source, or forced)."""
    is_source = actor.handle == row.flag.source_agent
    if resolution == "withdrawn" and not is_source:
        raise ConflictError(
            "not_target",
            f"Only {row.flag.source_agent}, who raised {row.flag.id}, can withdraw it.",
            hint="`--as not_applicable --note WHY` says that it does not concern you.",
        )
    allowed = is_for(session, actor, row) or (_is_holder(row, actor) and not row.flag.is_question)
    allowed = allowed or (is_source and resolution in ("withdrawn", "superseded"))
    if allowed or force:
        return
    if row.flag.is_question:
        raise ConflictError(
            "not_target",
            f"{row.flag.id} asks {row.flag.target_name}, not {actor.handle}.",
            hint=f"`flaggit answer {row.flag.id} TEXT --force --reason WHY` says in it that you were not asked.",
            details={"target_agent": row.flag.target_agent},
        )
    raise ConflictError(
        "not_target",
        f"{row.flag.id} is for {row.flag.target_agent}, and {actor.handle} neither is that nor holds its lock.",
        hint=f"`flaggit complete {row.flag.id} --force --reason WHY` completes it all the same.",
        details={"target_agent": row.flag.target_agent},
    )


def may_reopen(session: Session, actor: Actor, row: Row, completion: Completion) -> bool:
    """Return whether the agent may take a completion back: who wrote it, the flag's source, or whom the flag is for."""
    return actor.handle in (row.flag.source_agent, completion.completed_by) or is_for(session, actor, row)


def is_completed_here(session: Session, row: Row) -> bool:
    """Return whether the flag's completion lies in this worktree, the only place where it can be taken back."""
    return os.path.lexists(session.store.locate(completion_path(row.flag.id)))


def already_completed(
    session: Session, row: Row, completion: Completion, actor: Actor | None, *, hint: str
) -> ConflictError:
    """Return the error that a flag is completed, for a verb that wants it pending.

    Args:
        session: The call.
        row: The flag.
        completion: What ended it.
        actor: Who asks; None: not known.
        hint: What the verb advises; reopening the flag is added to it where that would not be refused.
    """
    if is_completed_here(session, row) and (actor is None or may_reopen(session, actor, row, completion)):
        hint += f" `flaggit reopen {row.flag.id}` makes it pending again."
    return ConflictError(
        "already_completed",
        f"{row.flag.id} was completed by {completion.completed_by} at {completion.completed_at}{row.merge_words}.",
        hint=hint,
        details={
            "flag_id": row.flag.id,
            "completed_by": completion.completed_by,
            "completed_at": completion.completed_at,
        },
    )
