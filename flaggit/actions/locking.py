"""Verbs over locks: lock, unlock, locks."""

from __future__ import annotations

from flaggit.errors import ConflictError, FlaggitError, InvalidError, NotFoundError
from flaggit.handles import parse_handle
from flaggit.identity import implied_actor
from flaggit.lock_rules import is_over, is_own
from flaggit.lock_terms import Outcome
from flaggit.locks import acquire, read_locks, release
from flaggit.record import record
from flaggit.session import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.identity import Actor
    from flaggit.model import Lock, Row
    from flaggit.session import Session


@record
class Locking:
    """What became of locks, in order; ``as_of``: when the remote was last seen (RFC 3339), empty: never."""

    outcomes: tuple[Outcome, ...]
    now: int
    as_of: str = ""
    empty: str = "Nothing is locked."


def lock(
    session: Session,
    *,
    flag_ids: tuple[str, ...] = (),
    agent: str | None = None,
    ttl: str | None = None,
    reason: str | None = None,
    local: bool = False,
    steal: bool = False,
    switch: bool = False,
) -> Reply:
    """Take or renew the locks of flags, all or none.

    Args:
        session: The call.
        flag_ids: References to flags.
        agent: Who wants them; without any, and where nothing else says it, the flags' own target.
        ttl: How long, as a duration.
        reason: Why, shown to the others.
        local: Keep the locks in this clone.
        steal: Take them from a living holder; needs a reason.
        switch: Switch to the work branch ``flag/<id>`` afterwards; made where absent.

    Raises:
        ConflictError: ``locked_by_other``, ``lock_lost`` or ``already_completed``.
        InvalidError: ``usage``, ``bad_id``, ``ambiguous_id``, ``no_identity`` or ``bad_handle``.
        NotFoundError: ``unknown_flag``.
        UnavailableError: ``git_failed``, ``namespace_blocked``.
    """
    rows = _get_rows(session, flag_ids)
    if switch and len(rows) != 1:
        raise InvalidError("usage", "--switch goes to the work branch of one flag, and several were named.")
    actor = _find_actor(session, agent, rows)
    for row in rows:
        _require_pending(row)
    ids = [row.flag.id for row in rows]
    outcomes = acquire(session, ids, actor, ttl=ttl, reason=reason or "", local=local, steal=steal)
    notes = [f"Locked as {actor.handle}, the flag's target: nobody said who is asking."] if actor.implied else []
    notes += [outcome.note for outcome in outcomes if outcome.note]
    if switch:
        notes.append(_switch(session, ids[0]))
    return Reply(Locking(tuple(outcomes), session.now), notes=tuple(notes))


def unlock(
    session: Session,
    *,
    flag_ids: tuple[str, ...] = (),
    agent: str | None = None,
    force: bool = False,
    reason: str | None = None,
    worktree: str | None = None,
    holder: str | None = None,
) -> Reply:
    """Let locks go: one's own, those that are over, with ``force`` any; or all of a dead agent at once.

    Args:
        session: The call.
        flag_ids: References to flags.
        agent: Who asks.
        force: Another's living lock too; needs a reason.
        reason: Why.
        worktree: Instead of flags: all locks taken from this worktree, which may be gone.
        holder: Instead of flags: all locks of this handle.

    Raises:
        ConflictError: ``not_holder``.
        InvalidError: ``usage``, ``bad_id``, ``ambiguous_id``, ``no_identity`` or ``bad_handle``.
        NotFoundError: ``unknown_flag``.
        UnavailableError: ``git_failed``.
    """
    if sum(map(bool, (flag_ids, worktree, holder))) != 1:
        raise InvalidError("usage", "Name flags, or --worktree PATH, or --holder @agent.")
    if worktree or holder:
        locks = _locks_at(session, worktree) if worktree else _locks_of(session, parse_handle(holder or ""))
        ids = [found.flag_id for found in locks]
        why = reason or ("its worktree's agent is gone" if worktree else "its holder is gone")
        outcomes = release(session, ids, None, force=True, reason=why)
        return Reply(Locking(tuple(outcomes), session.now, empty="There was nothing to free."))
    ids = [_get_id(session, reference) for reference in flag_ids]
    actor = session.find_actor(agent) or _target_actor(session, ids)
    outcomes = release(session, ids, actor, force=force, reason=reason or "")
    return Reply(Locking(tuple(outcomes), session.now), notes=tuple(_question_notes(session, outcomes)))


def list_locks(session: Session) -> Reply:
    """Return every lock that is known in this clone, the living and those that are over."""
    actor = session.find_actor()
    known = sorted(read_locks(session).values(), key=lambda found: (found.acquired, found.flag_id))
    outcomes = tuple(Outcome(found, _state(found, actor, session.now)) for found in known)
    return Reply(Locking(outcomes, session.now))


def _state(found: Lock, actor: Actor | None, now: int) -> str:
    if is_over(found, now):
        return "free"
    return "mine" if actor is not None and is_own(found, actor) else "held"


def _get_rows(session: Session, references: tuple[str, ...]) -> list[Row]:
    if not references:
        raise InvalidError("usage", "Which flag? Name one or more ids.")
    rows = [session.clone.get_row(reference) for reference in references]
    return list({row.flag.id: row for row in rows}.values())


def _get_id(session: Session, reference: str) -> str:
    """Return the id that a reference names; a lock may outlive what this clone sees of its flag."""
    row = session.clone.find_row(reference)
    if row is not None:
        return row.flag.id
    flag_id = session.clone.find_id(reference)
    if flag_id is not None and flag_id in session.clone.locks:
        return flag_id
    raise NotFoundError("unknown_flag", f"No flag {reference} is visible in this clone.", hint="`flaggit locks`")


def _find_actor(session: Session, agent: str | None, rows: list[Row]) -> Actor:
    actor = session.find_actor(agent)
    if actor is not None:
        return actor
    targets = {row.flag.target_agent for row in rows}
    target = targets.pop() if len(targets) == 1 else None
    return implied_actor(session, target) if target else session.get_actor(agent)


def _target_actor(session: Session, ids: list[str]) -> Actor | None:
    targets = {row.flag.target_agent for row in session.clone.get_rows(ids)}
    target = targets.pop() if len(targets) == 1 else None
    return implied_actor(session, target) if target else None


def _require_pending(row: Row) -> None:
    if row.completion is None:
        return
    raise ConflictError(
        "already_completed",
        f"{row.flag.id} was completed by {row.completion.completed_by} at {row.completion.completed_at}.",
        hint="`flaggit next` finds other work; `flaggit reopen` makes the flag pending again.",
        details={"flag_id": row.flag.id, "completed_by": row.completion.completed_by},
    )


def _locks_of(session: Session, handle: str) -> list[Lock]:
    return [found for found in read_locks(session).values() if found.holder == handle]


def _locks_at(session: Session, path: str) -> list[Lock]:
    """Return the locks taken from a worktree of this clone; where it is gone, those of all that are gone."""
    from flaggit.identity import clone_token, worktree_token
    from flaggit.repo import find_repo

    locks = read_locks(session).values()
    try:
        other = find_repo(path)
    except FlaggitError:
        return [found for found in locks if found.dead]
    if other.common_dir != session.repo.common_dir:
        return [found for found in locks if found.dead]
    place = f"{clone_token(session.repo)}/{worktree_token(other)}"
    return [found for found in locks if found.worktree == place]


def _question_notes(session: Session, outcomes: list[Outcome]) -> list[str]:
    notes = []
    for outcome in outcomes:
        rows = session.clone.get_rows([outcome.lock.flag_id])
        waiting = [
            other.flag.id
            for row in rows
            for other in session.clone.linked(row.flag)
            if other.flag.flag_type == "information_request" and other.status == "pending"
        ]
        if waiting:
            notes.append(f"{outcome.lock.flag_id} still waits on the answer to {', '.join(waiting)}.")
    return notes


def _switch(session: Session, flag_id: str) -> str:
    """Switch to the flag's work branch and say so; a refusal of git's changes nothing and is told."""
    from flaggit.refs import read_ref

    branch = f"flag/{flag_id}"
    exists = read_ref(session.repo, f"refs/heads/{branch}") is not None
    arguments = ("switch", branch) if exists else ("switch", "-c", branch)
    done = session.repo.run(*arguments, check=False)
    if done.status == 0:
        return f"On branch {branch}."
    reason = done.message.splitlines()[0] if done.message else f"exit status {done.status}"
    return f"The lock is yours, but git did not switch to {branch}: {reason}"
