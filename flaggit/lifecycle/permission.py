"""Who may settle a flag: a flag and who acts in, what follows for them out."""

from __future__ import annotations

from flaggit.clone.identity import implied_actor
from flaggit.clone.lock_rules import has_holder, is_own
from flaggit.core.errors import ConflictError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row


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
            hint="`--force --reason WHY` answers it all the same, and says that you were not asked.",
            details={"target_agent": row.flag.target_agent},
        )
    raise ConflictError(
        "not_target",
        f"{row.flag.id} is for {row.flag.target_agent}, and {actor.handle} neither is that nor holds its lock.",
        hint="`--force --reason WHY` completes it all the same.",
        details={"target_agent": row.flag.target_agent},
    )
