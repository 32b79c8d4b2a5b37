"""Talking about a flag: ask, answer, hand on, hand back. Each raises a flag and completes what it settles."""

from __future__ import annotations

from flaggit.clone.identity import implied_actor
from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.handles import parse_handle
from flaggit.core.record import record
from flaggit.git.staging import unstage
from flaggit.lifecycle.completing import complete
from flaggit.lifecycle.fields import fields_of_flag
from flaggit.lifecycle.notes import add_note
from flaggit.lifecycle.raising import raise_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.lifecycle.completing import Completed
    from flaggit.lifecycle.raising import Raised


@record
class Turn:
    """One step of a conversation: the flag it raised, and what it completed (None: nothing)."""

    about: Row
    raised: Raised
    completed: Completed | None = None


def ask(session: Session, *, flag_id: str, text: str, to: str | None = None, sender: str | None = None) -> Reply[Turn]:
    """Raise a question about a flag, to ``to`` or the flag's source; the flag waits on its answer.

    Raises:
        InvalidError: ``no_identity``, ``bad_handle`` or what is wrong with the text.
        NotFoundError: ``unknown_flag``.
    """
    row = get_row(session, flag_id)
    actor = _actor(session, row, sender)
    target = parse_handle(to, field="--to") if to else row.flag.source_agent
    fields = {
        "flag_type": "information_request",
        "impact_level": "medium",
        "target_agent": [target],
        "change_description": text,
        "action_required": text,
        "re": row.flag.id,
    }
    reply = raise_flags(session, actor, fields)
    return Reply(Turn(row, reply.data), reply.warnings, notes=reply.notes)


def answer(session: Session, *, flag_id: str, text: str, sender: str | None = None) -> Reply[Turn]:
    """Answer a question: raise a flag to whoever asked, and complete the question.

    Raises:
        ConflictError: ``already_completed``, ``locked_by_other`` or ``not_target``.
        InvalidError: ``usage``, where the flag asks nothing; what is wrong with the text.
        NotFoundError: ``unknown_flag``.
    """
    row = get_row(session, flag_id)
    if row.flag.flag_type != "information_request":
        raise InvalidError(
            "usage",
            f"{row.flag.id} is of type {row.flag.flag_type} and asks nothing.",
            hint=f"`flaggit note {row.flag.id} TEXT` remarks on it, `flaggit ask {row.flag.id} TEXT` asks about it.",
        )
    actor = _actor(session, row, sender)
    fields = {
        "flag_type": "change",
        "impact_level": "medium",
        "target_agent": [row.flag.source_agent],
        "change_description": text,
        "action_required": text,
        "re": row.flag.id,
    }
    return _raise_and_complete(session, row, actor, fields, resolution="done", reason=None)


def redirect(
    session: Session, *, flag_id: str, to: str, reason: str | None = None, sender: str | None = None
) -> Reply[Turn]:
    """Raise the same flag for another target, in the same chain, and complete this one as superseded by it.

    Raises:
        ConflictError: ``already_completed``, ``locked_by_other`` or ``not_target``.
        InvalidError: ``bad_handle``, ``no_identity``.
        NotFoundError: ``unknown_flag``.
    """
    row = get_row(session, flag_id)
    target = parse_handle(to, field="--to")
    if target == row.flag.target_agent:
        raise InvalidError("usage", f"{row.flag.id} is for {target} already.")
    actor = _actor(session, row, sender)
    return _hand_on(session, row, actor, target, source=row.flag.source_agent, reason=reason)


def bounce(session: Session, *, flag_id: str, reason: str, sender: str | None = None) -> Reply[Turn]:
    """Hand a flag back to its source, with the reason as a note, and complete it as superseded.

    Raises:
        ConflictError: ``already_completed``, ``locked_by_other`` or ``not_target``.
        InvalidError: ``no_identity``.
        NotFoundError: ``unknown_flag``.
    """
    row = get_row(session, flag_id)
    actor = _actor(session, row, sender)
    if actor.handle == row.flag.source_agent:
        raise InvalidError(
            "usage",
            f"{row.flag.id} is your own; there is nobody to hand it back to.",
            hint=f"`flaggit complete {row.flag.id} --as withdrawn` takes it back.",
        )
    return _hand_on(session, row, actor, row.flag.source_agent, source=actor.handle, reason=reason)


def _hand_on(session: Session, row: Row, actor: Actor, target: str, *, source: str, reason: str | None) -> Reply[Turn]:
    from flaggit.clone.identity import Actor as _Actor

    fields = fields_of_flag(row.flag)
    fields.update(target_agent=[target], chain_origin_id=row.flag.id)
    raiser = _Actor(source, actor.source, actor.instance)
    return _raise_and_complete(session, row, actor, fields, resolution="superseded", reason=reason, raiser=raiser)


def _raise_and_complete(
    session: Session,
    row: Row,
    actor: Actor,
    fields: dict[str, Any],
    *,
    resolution: str,
    reason: str | None,
    raiser: Actor | None = None,
) -> Reply[Turn]:
    """Raise first, so that what is completed as superseded names a flag that exists; undo it where completing fails."""
    if row.completion is not None:
        raise ConflictError(
            "already_completed",
            f"{row.flag.id} was completed by {row.completion.completed_by} already.",
            hint=f"`flaggit show {row.flag.id}` tells how.",
            details={"completed_by": row.completion.completed_by, "completed_at": row.completion.completed_at},
        )
    reply = raise_flags(session, raiser or actor, fields)
    raised = reply.data
    new = raised.rows[0]
    by = new.flag.id if resolution == "superseded" else None
    session.forget()
    try:
        done = complete(session, flag_ids=[row.flag.id], agent=actor.handle, resolution=resolution, by=by, note=reason)
    except BaseException:
        session.store.discard(new.path)
        unstage(session.repo, [new.path])
        raise
    if reason:
        add_note(session, new.flag.id, actor, reason)
    return Reply(Turn(row, raised, done.data[0]), reply.warnings, notes=(*done.notes,))


def _actor(session: Session, row: Row, sender: str | None) -> Actor:
    """Return who speaks: whoever is asking, at last the flag's own target."""
    found = session.find_actor(sender)
    if found is None and row.flag.target_agent:
        return implied_actor(session, row.flag.target_agent)
    return found or session.get_actor()
