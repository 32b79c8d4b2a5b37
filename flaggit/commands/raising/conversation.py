"""Talking about a flag: ask, answer, hand on, hand back.

An answer is the question's completion: the two are two files, and stand on the flag that was asked about.
"""

from __future__ import annotations

from flaggit.clone.identity import Actor, implied_actor
from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError
from flaggit.core.handles import parse_handle
from flaggit.core.model import REQUEST
from flaggit.core.record import record
from flaggit.core.text import tidy
from flaggit.lifecycle.completing import complete
from flaggit.lifecycle.fields import fields_of_flag
from flaggit.lifecycle.permission import already_completed
from flaggit.lifecycle.raising import raise_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.lifecycle.completing import Completed
    from flaggit.lifecycle.raising import Raised


@record
class Turn:
    """One step of a conversation: the flag it raised and what it completed; either may be None."""

    about: Row
    raised: Raised | None
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
        "flag_type": REQUEST,
        "impact_level": "medium",
        "target_agent": [target],
        "change_description": text,
        "action_required": text,
        "re": row.flag.id,
    }
    reply = raise_flags(session, actor, fields)
    session.forget()
    waits = session.clone.get_rows([row.flag.id])[0].waits_on
    where = f"The answer will stand on {row.flag.id}, and in your inbox"
    wait = "it waits until then." if waits else "it does not wait on it, being neither yours nor held by you."
    return Reply(Turn(row, reply.data), reply.warnings, notes=(*reply.notes, f"{where}; {wait}"))


def answer(
    session: Session,
    *,
    flag_id: str,
    text: str,
    sender: str | None = None,
    force: bool = False,
    reason: str | None = None,
) -> Reply[Turn]:
    """Answer a question: complete it, with the text as the completion's notes.

    Args:
        session: The call.
        flag_id: The question.
        text: The answer.
        sender: Who answers: the question's target or a member of it.
        force: Answer although somebody else was asked; needs ``reason``.
        reason: Why.

    Raises:
        ConflictError: ``already_completed``, ``locked_by_other`` or ``not_target``.
        InvalidError: ``usage``, where the flag asks nothing; what is wrong with the text.
        NotFoundError: ``unknown_flag``.
    """
    row = get_row(session, flag_id)
    if not row.flag.is_request:
        raise InvalidError(
            "usage",
            f"{row.flag.id} is of type {row.flag.flag_type} and asks nothing.",
            hint=f"`flaggit note {row.flag.id} TEXT` remarks on it, `flaggit ask {row.flag.id} TEXT` asks about it.",
        )
    if not text.strip():
        raise InvalidError("missing", "The answer has no text.")
    actor = _actor(session, row, sender)
    done = complete(
        session, flag_ids=[row.flag.id], agent=actor.handle, resolution="done", note=text, force=force, reason=reason
    )
    completed = done.data[0]
    if completed.already and completed.completion.notes != tidy(text):
        hint = f"`flaggit note {row.flag.id} TEXT` corrects it."
        raise already_completed(session, completed.row, completed.completion, actor, hint=hint)
    return Reply(Turn(row, None, completed), done.warnings, notes=done.notes)


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
    """Hand a flag back to its source, and complete it as superseded, with the reason as the completion's notes.

    A question is completed as not applicable: whoever asked reads why.

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
    if row.flag.is_question:
        done = complete(session, flag_ids=[row.flag.id], agent=actor.handle, resolution="not_applicable", note=reason)
        completed = done.data[0]
        return Reply(Turn(row, None, completed), done.warnings, notes=done.notes)
    return _hand_on(session, row, actor, row.flag.source_agent, source=actor.handle, reason=reason)


def _hand_on(session: Session, row: Row, actor: Actor, target: str, *, source: str, reason: str | None) -> Reply[Turn]:
    """Raise first, so that what is completed as superseded names a flag that exists; undo it where completing fails."""
    if row.completion is not None:
        raise already_completed(session, row, row.completion, actor, hint=f"`flaggit show {row.flag.id}` says how.")
    fields = fields_of_flag(row.flag)
    fields.update(target_agent=[target], chain_origin_id=row.flag.id, re=row.flag.re)
    reply = raise_flags(session, Actor(source, actor.source, actor.instance), fields, own=False)
    raised = reply.data
    new = raised.rows[0]
    session.forget()
    try:
        done = complete(
            session,
            flag_ids=[row.flag.id],
            agent=actor.handle,
            resolution="superseded",
            by=new.flag.id,
            note=reason,
        )
    except BaseException:
        session.store.discard(new.path)
        session.store.stage((), [new.path])
        raise
    return Reply(Turn(row, raised, done.data[0]), reply.warnings, notes=(*done.notes,))


def _actor(session: Session, row: Row, sender: str | None) -> Actor:
    """Return who speaks: whoever is asking, at last the flag's own target."""
    found = session.find_actor(sender)
    if found is None and row.flag.target_agent:
        return implied_actor(session.repo, row.flag.target_agent)
    return found or session.get_actor()
