"""Verbs over locks: lock, unlock, locks, sync."""

from __future__ import annotations

import os

from flaggit.clone.identity import Actor, find_clone_token, find_instance, implied_actor, registered_worktrees
from flaggit.clone.lock_rules import is_abandoned, is_free, is_own
from flaggit.clone.lookup import find_id, find_row, get_row
from flaggit.clone.session import Reply
from flaggit.clone.visible_locks import own_lock_test, read_locks
from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.handles import is_handle, parse_handle
from flaggit.core.ids import is_flag_id
from flaggit.core.record import record, replace
from flaggit.core.times import format_time
from flaggit.git.refs import HEADS, read_ref
from flaggit.git.repo import find_repo
from flaggit.locks.holding import acquire, request_for
from flaggit.locks.paths import lock_paths, read_path_locks, share_paths, unlock_paths
from flaggit.locks.request import Outcome, notes_of, require_reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.session import Session
    from flaggit.core.model import Lock, Row

_ADVICE = {
    "local": "What only this clone knows is no lock for the others yet: `flaggit sync` asks the remote.",
    "unknown": "Do not start what is not known to be yours: `flaggit sync` reads what became of it.",
}


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
    files: tuple[str, ...] = (),
) -> Reply[Locking]:
    """Take or renew the locks of flags, all or none; or, with ``files``, of paths.

    Args:
        session: The call.
        flag_ids: References to flags.
        agent: Who wants them; without any, and where nothing else says it, the flags' own target.
        ttl: How long, as a duration.
        reason: Why, shown to the others.
        local: Keep the locks in this clone.
        steal: Take them from a living holder; needs a reason.
        switch: Switch to the work branch ``flag/<id>`` afterwards; made where absent.
        files: Instead of flags: patterns of paths, as CODEOWNERS writes them; ``flag_ids`` are then more of them.

    Raises:
        ConflictError: ``locked_by_other``, ``lock_lost`` or ``already_completed``.
        InvalidError: ``usage``, ``bad_id``, ``ambiguous_id``, ``no_identity`` or ``bad_handle``.
        NotFoundError: ``unknown_flag``.
        UnavailableError: ``git_failed``, ``namespace_blocked``.
    """
    if files:
        taken = lock_files(session, (*files, *flag_ids), agent, ttl, reason or "", local=local, steal=steal)
        remarks = dict.fromkeys(notes_of(taken))
        return Reply(Locking(tuple(taken), session.now), notes=tuple(remarks))
    rows = _get_rows(session, flag_ids)
    if switch and len(rows) != 1:
        raise InvalidError("usage", "--switch goes to the work branch of one flag, and several were named.")
    actor = _find_actor(session, agent, rows)
    for row in rows:
        _require_pending(session, row, actor)
    ids = [row.flag.id for row in rows]
    outcomes = acquire(session, ids, actor, ttl=ttl, reason=reason or "", local=local, steal=steal)
    notes = [f"Locked as {actor.handle}, the flag's target: nobody said who is asking."] if actor.implied else []
    notes += notes_of(outcomes)
    notes += _limit_note(session, actor)
    if switch:
        notes.append(_switch(session, ids[0]))
    status = 5 if any(outcome.state == "unknown" for outcome in outcomes) else 0
    return Reply(Locking(tuple(outcomes), session.now), status=status, notes=tuple(notes))


def unlock(
    session: Session,
    *,
    flag_ids: tuple[str, ...] = (),
    agent: str | None = None,
    force: bool = False,
    reason: str | None = None,
    worktree: str | None = None,
    holder: str | None = None,
    files: tuple[str, ...] = (),
) -> Reply[Locking]:
    """Let locks go: one's own, those that are over, with ``force`` any; or all of a dead agent at once.

    Args:
        session: The call.
        flag_ids: References to flags.
        agent: Who asks.
        force: Another's living lock too; needs a reason.
        reason: Why.
        worktree: Instead of flags: all locks taken from the worktree at this folder, which may be gone.
        holder: Instead of flags: all locks of this handle.
        files: Instead of flags: path locks that have one of these patterns.

    Raises:
        ConflictError: ``not_holder``.
        InvalidError: ``usage``, ``bad_id``, ``ambiguous_id``, ``no_identity`` or ``bad_handle``.
        NotFoundError: ``unknown_flag``.
        UnavailableError: ``git_failed``.
    """
    if files:
        released = unlock_files(session, (*files, *flag_ids), agent, force=force, reason=reason)
        return Reply(Locking(tuple(released), session.now, empty="No such paths were locked."))
    from flaggit.locks.unlocking import release

    if sum(map(bool, (flag_ids, worktree, holder))) != 1:
        raise InvalidError("usage", "Name flags, or --files PATTERN, or --worktree PATH, or --holder @agent.")
    if worktree or holder:
        is_meant = _held_at(session, worktree) if worktree else _held_by(parse_handle(holder or ""))
        from flaggit.locks.marks import mark_done
        from flaggit.locks.mirror import refresh_mirror

        refresh_mirror(session)
        ids = [found.flag_id for found in read_locks(session).values() if is_meant(found)]
        why = reason or ("its worktree's agent is gone" if worktree else "its holder is gone")
        outcomes = release(session, ids, None, force=True, reason=why)
        outcomes += unlock_paths(session, (), None, chosen=is_meant, force=True)
        mark_done(session)
        return Reply(Locking(tuple(outcomes), session.now, empty="There was nothing to free."))
    ids = [_get_id(session, reference) for reference in flag_ids]
    actor = session.find_actor(agent) or _target_actor(session, ids)
    outcomes = release(session, ids, actor, force=force, reason=reason or "")
    remarks = notes_of(outcomes)
    return Reply(Locking(tuple(outcomes), session.now), notes=(*remarks, *_question_notes(session, outcomes)))


def list_locks(session: Session) -> Reply[Locking]:
    """Return every lock, the living and those that are over, as the remote shows them now where one decides.

    Raises:
        UnavailableError: ``ambiguous_arbiter``.
    """
    from flaggit.locks.mirror import refresh_mirror, unknown_locks, upstream_locks

    as_of, scope, notes = refresh_mirror(session)
    mine = own_lock_test(session)
    known = sorted(read_locks(session).values(), key=lambda found: (found.acquired, found.flag_id))
    known = [replace(found, scope=scope) if found.scope == "shared" else found for found in known]
    outcomes = [Outcome(found, _state(found, mine, session.now)) for found in (*known, *read_path_locks(session))]
    if as_of:  # a remote decides, so what only this clone knows is not settled
        outcomes = [_unshared(outcome) for outcome in outcomes]
    listed = {found.flag_id for found in known}
    upstream, theirs, remark = upstream_locks(session)
    theirs = [found for found in theirs if is_flag_id(found.flag_id)]
    outcomes += [Outcome(found, _state(found, mine, session.now), place=upstream) for found in theirs]
    notes += [remark] if remark else []
    outcomes += [Outcome(found, "unknown") for found in unknown_locks(session) if found.flag_id not in listed]
    states = {outcome.state for outcome in outcomes}
    notes += [advice for state, advice in _ADVICE.items() if state in states]
    return Reply(Locking(tuple(outcomes), session.now, as_of), notes=tuple(notes))


def sync(session: Session, *, agent: str | None = None) -> Reply[Locking]:
    """Bring this clone's locks and the remote together: renew, free what is done, ask for local ones, tell losses.

    Args:
        session: The call.
        agent: Who asks; where nothing says it, whoever holds something from this worktree.

    Raises:
        InvalidError: ``bad_handle``.
        UnavailableError: ``remote_unreachable``, ``ambiguous_arbiter`` or ``remote_refuses_locks``.
    """
    from flaggit.locks.upkeep import sync as settle

    if session.offline:
        raise InvalidError("usage", "sync asks the remote, and --offline keeps it from that.")
    outcomes: list[Outcome] = []
    for actor in _find_actors(session, agent):
        request = request_for(session, actor)
        outcomes += [*settle(session, request), *share_paths(session, request)]
    # What was settled first tells more than that it was renewed afterwards.
    outcomes = list({(found.lock.flag_id, found.lock.patterns): found for found in reversed(outcomes)}.values())[::-1]
    notes = tuple(notes_of(outcomes))
    states = {outcome.state for outcome in outcomes}
    status = 4 if "lost" in states else 5 if "unknown" in states else 0
    view = Locking(tuple(outcomes), session.now, format_time(session.now), empty="Everything is settled.")
    return Reply(view, status=status, notes=notes)


def _state(found: Lock, is_mine: Callable[[Lock], bool], now: int) -> str:
    if is_free(found, now):
        return "free"
    return "mine" if is_mine(found) else "held"


def _find_actors(session: Session, agent: str | None) -> list[Actor]:
    """Return who is asking; where nothing says it, everybody who holds something from this worktree, or nobody."""
    actor = session.find_actor(agent)
    if actor is not None:
        return [actor]
    from flaggit.locks.mirror import unknown_locks

    is_mine = own_lock_test(session)
    found = [*read_locks(session).values(), *read_path_locks(session), *unknown_locks(session)]
    handles = sorted({lock.holder for lock in found if is_mine(lock)})
    instance = find_instance(session.repo)
    return [Actor(handle, "worktree", instance) for handle in handles] or [Actor("", "implied", "")]


def _unshared(outcome: Outcome) -> Outcome:
    is_local = outcome.state == "mine" and outcome.lock.scope == "local"
    return replace(outcome, state="local") if is_local else outcome


def _get_rows(session: Session, references: tuple[str, ...]) -> list[Row]:
    if not references:
        raise InvalidError("usage", "Which flag? Name one or more ids.")
    rows = [get_row(session, reference) for reference in references]
    return list({row.flag.id: row for row in rows}.values())


def _get_id(session: Session, reference: str) -> str:
    """Return the id that a reference names; a lock may outlive what this clone sees of its flag."""
    row = find_row(session, reference)
    if row is not None:
        return row.flag.id
    flag_id = find_id(session, reference)
    if flag_id is not None and flag_id in session.clone.locks:
        return flag_id
    raise NotFoundError("unknown_flag", f"No flag {reference} is visible in this clone.", hint="`flaggit locks`")


def _find_actor(session: Session, agent: str | None, rows: list[Row]) -> Actor:
    actor = session.find_actor(agent)
    if actor is not None:
        return actor
    targets = {row.flag.target_agent for row in rows}
    target = targets.pop() if len(targets) == 1 else None
    return implied_actor(session.repo, target) if target else session.get_actor(agent)


def _target_actor(session: Session, ids: list[str]) -> Actor | None:
    targets = {row.flag.target_agent for row in session.clone.get_rows(ids)}
    target = targets.pop() if len(targets) == 1 else None
    return implied_actor(session.repo, target) if target else None


def _limit_note(session: Session, actor: Actor) -> list[str]:
    """Return a remark where more is held now than ``next --lock`` would hand out."""
    from flaggit.clone.held import find_held

    session.clone.forget_locks()
    most = session.settings.lock_max
    if sum(is_own(lock, actor) for lock in session.clone.locks.values()) <= most:
        return []
    count = len(find_held(session, actor))
    if count <= most:
        return []
    return [f"You hold {count} flags now; `flaggit next --lock` hands out nothing more from {most} on (lock.max)."]


def _require_pending(session: Session, row: Row, actor: Actor) -> None:
    if row.completion is not None:
        from flaggit.lifecycle.permission import already_completed

        raise already_completed(
            session, row, row.completion, actor, hint=f"`flaggit next{actor.argument}` finds other work."
        )


def _held_by(handle: str) -> Callable[[Lock], bool]:
    return lambda found: found.holder == handle


def _held_at(session: Session, path: str) -> Callable[[Lock], bool]:
    """Return a test for the locks taken from a worktree, which has to be named by its top folder.

    A folder that is no worktree (any more) stands for those worktrees of this clone of which git
    itself knows nothing any more. It is never looked for above: that would be another's worktree.
    """
    top = os.path.realpath(path)
    repo = session.repo
    known = registered_worktrees(repo)
    if top not in known and os.path.lexists(os.path.join(top, ".git")):  # of another clone on this machine
        repo = find_repo(top)
        if top in registered_worktrees(repo):
            known = registered_worktrees(repo)
    if top in known:
        place = f"{find_clone_token(repo)}/{known[top]}"
        return lambda found: found.worktree == place
    places = {f"{find_clone_token(repo)}/{token}" for token in known.values()}
    return lambda found: is_abandoned(found) and found.worktree not in places


def _question_notes(session: Session, outcomes: list[Outcome]) -> list[str]:
    rows = session.clone.get_rows(outcome.lock.flag_id for outcome in outcomes)
    return [f"{row.flag.id} still waits on the answer to {', '.join(row.waits_on)}." for row in rows if row.waits_on]


def _switch(session: Session, flag_id: str) -> str:
    """Switch to the flag's work branch and say so; a refusal of git's changes nothing and is told."""
    from flaggit.hooks.work_branches import PREFIX

    branch = PREFIX + flag_id
    exists = read_ref(session.repo, HEADS + branch) is not None
    arguments = ("switch", branch) if exists else ("switch", "-c", branch)
    done = session.repo.run(*arguments, check=False)
    if done.status == 0:
        return f"On branch {branch}."
    return f"The lock is yours, but git did not switch to {branch}: {done.first_line}"


def lock_files(
    session: Session, patterns: tuple[str, ...], agent: str | None, ttl: str | None, reason: str, **options: bool
) -> list[Outcome]:
    """Take or renew the locks of paths; ``options`` are ``local`` and ``steal``.

    Raises:
        ConflictError: ``locked_by_other``.
        InvalidError: ``usage`` or ``no_identity``.
        UnavailableError: As ``locks.acquire``.
    """
    if options["steal"]:
        require_reason("--steal", reason)
    patterns, agent = _split_agent(patterns, agent)
    request = request_for(session, session.get_actor(agent), ttl=ttl, reason=reason, steal=options["steal"])
    taken = lock_paths(session, patterns, request, local=options["local"])
    if any(outcome.lock.scope != "local" for outcome in taken):
        from flaggit.locks.marks import mark_done

        mark_done(session)
    return taken


def unlock_files(
    session: Session, patterns: tuple[str, ...], agent: str | None, *, force: bool, reason: str | None
) -> list[Outcome]:
    """Let path locks go that have one of these patterns.

    Raises:
        ConflictError: ``not_holder``.
        InvalidError: ``usage`` or ``no_identity``.
    """
    from flaggit.locks.marks import mark_done

    if force:
        require_reason("--force", reason)
    patterns, agent = _split_agent(patterns, agent)
    actor = session.get_actor(agent)
    released = unlock_paths(session, patterns, actor, chosen=lambda found: True, force=force)  # noqa: ARG005
    mark_done(session)
    return released


def _split_agent(patterns: tuple[str, ...], agent: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return patterns and agent: among paths only a whole handle with its ``@``, at the end, is no path."""
    words = (*patterns, agent) if agent else patterns
    last = words[-1]
    return (words[:-1], last) if len(words) > 1 and is_handle(last) else (words, None)
