"""The verb ``reopen``: a completed flag in, the same one pending again out."""

from __future__ import annotations

from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError
from flaggit.core.layout import completion_path
from flaggit.core.record import record
from flaggit.lifecycle.permission import acting_target, is_completed_here, may_reopen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Completion, Note, Row


@record
class Reopened:
    """What ``reopen`` took back: the flag, pending again, and what its completion said."""

    row: Row
    completion: Completion
    actor: Actor
    path: str


def reopen(session: Session, *, flag_id: str, agent: str | None = None, reason: str | None = None) -> Reply[Reopened]:
    """Take a completion back, so that the flag is pending again; ``reason`` becomes a note on it.

    Raises:
        ConflictError: ``not_completed``, ``not_here`` or ``not_target``.
        NotFoundError: ``unknown_flag``.
    """
    session.store.require()
    row = get_row(session, flag_id)
    actor = session.find_actor(agent) or acting_target(session, row)
    if row.completion is None:
        raise ConflictError("not_completed", f"{row.flag.id} is pending, so there is nothing to reopen.")
    if not may_reopen(session, actor, row, row.completion):
        raise ConflictError("not_target", f"{row.flag.id} is reopened by its source or target, not by {actor.handle}.")
    path = completion_path(row.flag.id)
    if not is_completed_here(session, row):
        where = row.completed_on.name if row.completed_on else "another place"
        raise ConflictError(
            "not_here", f"{row.flag.id} was completed in {where}, not in this worktree.", hint="Reopen it there."
        )
    note = _reason_note(session, row.flag.id, actor, reason)
    if session.repo.has_in_head(path):
        session.store.stage(session.store.remove(path), [path])
    else:
        session.store.discard(path)
        session.store.stage((), [path])
    if note is not None:
        from flaggit.lifecycle.notes import write_note

        write_note(session, note)
    advice = f"Staged: the commit that takes it in says `Reopens-Flag: {row.flag.id}` in its message."
    return Reply(Reopened(row, row.completion, actor, path), notes=(advice,))


def _reason_note(session: Session, flag_id: str, actor: Actor, reason: str | None) -> Note | None:
    if not reason:
        return None
    from flaggit.lifecycle.notes import make_note

    return make_note(session, flag_id, actor, reason)
