"""The verb ``complete``: all flags are judged first, then completions are written, staged, maybe committed."""

from __future__ import annotations

import os

from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.core.completion_notes import FORCED, find_reserved
from flaggit.core.errors import ConflictError, FlaggitError, InvalidError, UnavailableError
from flaggit.core.layout import completion_path
from flaggit.core.model import RESOLUTIONS, Completion, Problem
from flaggit.core.record import record, replace
from flaggit.core.text import forbidden_characters, tidy
from flaggit.core.times import format_time
from flaggit.git.staging import commit_paths
from flaggit.lifecycle.permission import acting_target, already_completed, default_resolution, has_lock, require_right
from flaggit.locks.holding import acquire, find_loss, require_free

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row


@record
class Completed:
    """What ``complete`` made of one flag.

    ``already``: the same agent had completed it, and nothing was written. ``removed``: a flag that
    was withdrawn before any commit held it is gone without a trace.
    """

    row: Row
    completion: Completion
    actor: Actor
    path: str
    already: bool = False
    removed: bool = False
    commit: str = ""


def complete(
    session: Session,
    *,
    flag_ids: Sequence[str],
    agent: str | None = None,
    resolution: str | None = None,
    by: str | None = None,
    note: str | None = None,
    commit: bool = False,
    force: bool = False,
    reason: str | None = None,
    release: bool = False,
    withdraw: bool = True,
) -> Reply[tuple[Completed, ...]]:
    """Write and stage the completion of each flag; all of them, or none where one may not be completed.

    Args:
        session: The call.
        flag_ids: References to flags.
        agent: Who completes; None: whoever is asking, at last the flag's own target.
        resolution: One of ``RESOLUTIONS``; by default ``done``, for its source ``withdrawn``, with ``by`` superseded.
        by: The flag that supersedes this one.
        note: What to say about it.
        commit: Commit exactly what is written, with ``Completes-Flag`` trailers.
        force: Complete another's flag; needs ``reason``. Never overrides another's lock.
        reason: Why it is forced; it becomes part of the note.
        release: Let the lock go at once instead of when the completion has reached the base branch.
        withdraw: Remove a flag of one's own that no commit holds yet; else refuse it.

    Raises:
        InvalidError: ``usage``, ``no_identity``, ``ambiguous_id`` and the like.
        NotFoundError: ``unknown_flag``.
        ConflictError: ``locked_by_other``, ``already_completed``, ``not_target`` or ``not_committed``.
    """
    session.store.require()
    if force and not reason:
        raise InvalidError("usage", "--force needs --reason.", hint="Say why: whoever reads the completion will ask.")
    superseder = _superseder(session, resolution, by)
    text = _text(note, reason if force else None)
    planned = _judge_all(
        flag_ids,
        lambda flag_id: _plan(session, flag_id, agent, resolution, superseder, text, force=force, withdraw=withdraw),
    )
    if not planned:
        raise InvalidError("usage", "No flag was named.")
    _lock_team_questions(session, planned)
    verified = _renew(session, planned)
    written = _write_all(session, planned)
    fresh = [item for item in written if not item.already]
    session.store.stage(
        [item.path for item in fresh if not item.removed], [item.path for item in fresh if item.removed]
    )
    notes = [*verified, *_release_locks(session, fresh, release=release)]
    if commit and fresh:
        oid = commit_paths(session.repo, _message(fresh), [item.path for item in fresh if not item.removed])
        written = [item if item.already else replace(item, commit=oid) for item in written]
    elif any(not item.removed for item in fresh):
        notes.append("Staged: commit it with the work that does it.")
    return Reply(tuple(written), notes=tuple(notes))


def _superseder(session: Session, resolution: str | None, by: str | None) -> str | None:
    if resolution is not None and resolution not in RESOLUTIONS:
        raise InvalidError("usage", f"--as {resolution!r} is none of {', '.join(RESOLUTIONS)}.")
    if by is not None and resolution not in (None, "superseded"):
        raise InvalidError("usage", f"--by names the superseding flag and does not go with --as {resolution}.")
    if by is None:
        if resolution == "superseded":
            raise InvalidError("usage", "--as superseded needs --by ID, the flag that takes its place.")
        return None
    return get_row(session, by).flag.id


def _text(note: str | None, reason: str | None) -> str | None:
    reserved = find_reserved(tidy(note or ""))
    if reserved:
        raise InvalidError(
            "reserved_line",
            f"A note may not have a line that only flaggit writes: {reserved[:60]!r}.",
            hint="Begin the line with another word.",
        )
    words = " ".join((reason or "").split())
    text = "\n".join(tidy(part) for part in (note, f"{FORCED}{words}" if words else None) if part and part.strip())
    found = forbidden_characters(text)
    if found:
        names = ", ".join(f"U+{ord(char):04X}" for char in found)
        raise InvalidError("control_character", f"The note holds {names}, which may not be stored.")
    return text or None


def _judge_all(flag_ids: Sequence[str], judge: Callable[[str], Completed]) -> list[Completed]:
    """Judge every flag before any is written; what stands against several of them is told at once."""
    found: dict[str, Completed] = {}
    failures: list[tuple[str, FlaggitError]] = []
    for reference in flag_ids:
        try:
            item = judge(reference)
            found[item.row.flag.id] = item
        except FlaggitError as error:
            failures.append((reference, error))
    if not failures:
        return list(found.values())
    first = failures[0][1]
    if len(flag_ids) == 1:
        raise first
    problems = [Problem("F032", error.code, error.message, ids=(reference,)) for reference, error in failures]
    message = f"Nothing was completed: {len(failures)} of {len(flag_ids)} flags stand against it."
    raise type(first)(first.code, message, hint=first.hint, details=first.details, violations=problems)


def _plan(
    session: Session,
    reference: str,
    agent: str | None,
    resolution: str | None,
    superseder: str | None,
    note: str | None,
    *,
    force: bool,
    withdraw: bool,
) -> Completed:
    row = get_row(session, reference)
    actor = session.find_actor(agent) or acting_target(session, row)
    path = completion_path(row.flag.id)
    if row.completion is not None:
        return _repeat(session, row, row.completion, actor, path)
    require_free(session, row.flag.id, actor)
    chosen = resolution or default_resolution(session, row, actor, superseder)
    require_right(session, row, actor, chosen, force=force)
    if superseder == row.flag.id:
        raise InvalidError("usage", f"{row.flag.id} cannot supersede itself.")
    if chosen == "withdrawn" and _is_uncommitted(session, row):
        if not withdraw:
            raise ConflictError(
                "not_committed",
                f"{row.flag.id} is in no commit yet, so no commit can complete it.",
                hint=f"`flaggit complete {row.flag.id}` takes it back; or commit it first.",
            )
        completion = Completion(row.flag.id, actor.handle, format_time(session.now), chosen, None, note)
        return Completed(row, completion, actor, row.path, removed=True)
    completion = Completion(row.flag.id, actor.handle, format_time(session.now), chosen, superseder, note)
    return Completed(row, completion, actor, path)


def _repeat(session: Session, row: Row, completion: Completion, actor: Actor, path: str) -> Completed:
    if completion.completed_by == actor.handle:
        return Completed(row, completion, actor, path, already=True)
    raise already_completed(session, row, completion, actor, hint=f"`flaggit show {row.flag.id}` says how.")


def _lock_team_questions(session: Session, planned: list[Completed]) -> None:
    """Take the lock of a question that a team was asked, so that no two of its members answer it."""
    asked = [
        item
        for item in planned
        if item.row.flag.is_question
        and not (item.already or item.removed or item.row.locked or item.actor.implied)
        and item.actor.handle not in (item.row.flag.target_agent, item.row.flag.source_agent)
    ]
    for item in asked:
        team = session.catalog.find(item.row.flag.target_agent or "")
        if team is not None and team.members:
            acquire(session, [item.row.flag.id], item.actor)
            session.clone.forget_locks()


def _is_uncommitted(session: Session, row: Row) -> bool:
    """Return whether no commit and no other worktree holds the flag, so that it can go without a trace."""
    if row.place.kind != "here" or not os.path.lexists(session.store.locate(row.path)):
        return False
    folder = row.path.split("/")[1]
    elsewhere = [source for source in session.clone.sources() if not source.here and source.has(folder, row.flag.id)]
    return not elsewhere and not session.repo.has_in_head(row.path)


def _renew(session: Session, planned: list[Completed]) -> list[str]:
    """Renew own locks first, so that a holder who was taken over learns it before anything is written.

    Return remarks: that the remote could not be asked, or that a lock was let go by another.
    """
    held = [item for item in planned if not item.already and has_lock(item.row, item.actor)]
    free = [item for item in planned if not item.already and not item.row.locked and not item.actor.implied]
    losses = [find_loss(session, item.row.flag.id, item.actor) for item in free]
    from flaggit.locks.keepalive import renew_held

    actor = (held or planned)[0].actor
    outcomes = renew_held(session, actor, required=[item.row.flag.id for item in held or planned])
    return [note for note in (*losses, *(outcome.note for outcome in outcomes)) if note]


def _write_all(session: Session, planned: list[Completed]) -> list[Completed]:
    """Write all completions, or none where another agent was quicker with one of them."""
    done: list[Completed] = []
    written: list[str] = []
    try:
        for item in planned:
            if not item.already and not item.removed:
                try:
                    written.append(session.store.add_completion(item.completion))
                except FileExistsError:  # since it was looked at: by the same agent is a repeat, as at any other time
                    done.append(_repeat(session, item.row, _read_completion(session, item), item.actor, item.path))
                    continue
            done.append(item)
    except ConflictError:
        for path in written:
            session.store.discard(path)
        raise
    for item in done:
        if item.removed:
            session.store.discard(item.path)
    return done


def _read_completion(session: Session, item: Completed) -> Completion:
    from flaggit.documents.values import BrokenFileError

    try:
        found = session.store.read_flag(item.path)
    except BrokenFileError as error:
        raise ConflictError("already_completed", f"{item.path} is here already and broken: {error}") from None
    assert isinstance(found, Completion), item.path  # by its place
    return found


def _release_locks(session: Session, fresh: list[Completed], *, release: bool) -> list[str]:
    held = [item for item in fresh if has_lock(item.row, item.actor)]
    if not held:
        return []
    from flaggit.locks.unlocking import after_completion

    try:
        return list(after_completion(session, [item.row.flag.id for item in held], held[0].actor, release=release))
    except (UnavailableError, OSError) as error:  # the completion is there all the same
        return [f"The lock was left as it is: {error}. `flaggit sync` looks after it."]


def _message(items: list[Completed]) -> str:
    """Return a commit's message: no word of a flag's own text, which could close issues or ping people."""
    ids = [item.row.flag.id for item in items]
    subject = f"Complete flag {ids[0]}" if len(ids) == 1 else f"Complete {len(ids)} flags"
    return subject + "\n\n" + "".join(f"Completes-Flag: {flag_id}\n" for flag_id in ids)
