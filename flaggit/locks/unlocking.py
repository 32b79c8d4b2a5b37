"""Letting locks of flags go: ids and who asks in, an outcome for each out."""

from __future__ import annotations

from flaggit.clone.identity import find_clone_token
from flaggit.clone.lock_refs import LOCAL, NAMESPACES
from flaggit.clone.lock_rules import is_abandoned, is_free, is_own
from flaggit.clone.remotes import base_branch, base_commit
from flaggit.clone.visible_locks import read_locks
from flaggit.core.errors import ConflictError
from flaggit.core.model import Lock
from flaggit.core.text import visible
from flaggit.locks.arbiter import done_in, find_arbiter
from flaggit.locks.local import read_current, record_reason, release_here
from flaggit.locks.merged import free_merged
from flaggit.locks.request import Outcome, not_holder, require_ids, require_reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.locks.arbiter import Arbiter


def release(
    session: Session, ids: Iterable[str], actor: Actor | None, *, force: bool = False, reason: str = ""
) -> list[Outcome]:
    """Let locks go: the holder its own, anybody one that is over, and with ``force`` any.

    Args:
        session: The call.
        ids: Whole flag ids.
        actor: Who asks; None: nobody in particular, for locks of the dead.
        force: Another's living lock too; needs a reason.
        reason: Why; who loses the lock by force is told, as far as this clone reaches.

    Returns:
        An outcome for each id; ``already`` where there was no lock.

    Raises:
        ConflictError: ``not_holder``; nothing is released then.
        InvalidError: ``usage``.
        UnavailableError: ``git_failed``, ``remote_unreachable`` for a lock that is not the
            actor's own, ``remote_refuses_locks``.
    """
    wanted = list(dict.fromkeys(ids))
    require_ids(wanted)
    if force:
        require_reason("--force", reason)

    forced: dict[str, Lock] = {}
    word = _word(actor, reason) if force else ""

    def judge(lock: Lock) -> None:
        if is_free(lock, session.now) or (actor is not None and is_own(lock, actor)):
            return
        if not force:
            raise not_holder(lock, actor)
        forced[lock.flag_id] = lock

    locks = read_locks(session)
    known = {flag_id: locks[flag_id] for flag_id in wanted if flag_id in locks}
    arbiter = find_arbiter(session)
    for lock in known.values():
        if arbiter is None or lock.scope == "local":
            _judge_here(session, lock, judge)
    released = _release_local(session, [flag_id for flag_id in wanted if flag_id in known])
    asked = [flag_id for flag_id in wanted if flag_id not in released]
    note = ""
    if arbiter is not None and asked:
        shared, note = _release_shared(session, arbiter, asked, known, actor, judge, word)
        released.update(shared)
    free_merged(session)
    notified = {key: _notify_holder(session, lock, word) for key, lock in forced.items() if key in released}
    return [
        Outcome(
            released.get(flag_id) or Lock(flag_id, "", "", "", "", ""),
            "free",
            flag_id not in released,
            " ".join(text for text in (note, notified.get(flag_id, "")) if text),
        )
        for flag_id in wanted
    ]


def after_completion(session: Session, ids: Iterable[str], actor: Actor, *, release: bool = False) -> list[str]:
    """Do what a completion asks of the flags' locks; return remarks for people.

    A lock outlives completion, so that nobody on another branch does the work again, until the
    completion is in the branch that others start from; ``release`` lets it go at once.
    """
    locks = read_locks(session)
    mine = [flag_id for flag_id in ids if flag_id in locks and is_own(locks[flag_id], actor)]
    if not mine:
        return []
    if release:
        return [outcome.note for outcome in _release(session, mine, actor) if outcome.note]
    names = ", ".join(mine)
    base = base_branch(session.repo, session.remote)
    if not base:
        command = f"flaggit unlock {' '.join(mine)}{actor.argument}"
        return [f"The lock of {names} ends by itself, or with `{command}`: no base branch is known here."]
    return [f"The lock of {names} stays until the completion is in {base}, and ends by itself then."]


def _release_local(session: Session, ids: list[str]) -> dict[str, Lock]:
    released = {}
    for prefix in (LOCAL, *NAMESPACES):
        for flag_id, lock in read_current(session.repo, ids, prefix).items():
            release_here(session.repo, lock)
            released[flag_id] = lock
    return released


def _release_shared(
    session: Session,
    arbiter: Arbiter,
    ids: list[str],
    known: dict[str, Lock],
    actor: Actor | None,
    judge: Callable[[Lock], None],
    word: str,
) -> tuple[dict[str, Lock], str]:
    """Free flags at the remote: as ``judge`` allows it, and by anybody where the work is done."""
    from flaggit.locks.upkeep import free_done, release_or_promise

    try:
        return release_or_promise(session, arbiter, ids, known, actor, judge, word)
    except ConflictError:
        done = {} if session.offline else free_done(session, arbiter, ids)
        if len(done) < len(ids):
            raise
        return {key: outcome.lock for key, outcome in done.items()}, " ".join(found.note for found in done.values())


def _word(actor: Actor | None, reason: str) -> str:
    """Return who lets another's lock go, and why, as its holder is to read it."""
    return f"by {actor.handle} ({visible(reason)})" if actor is not None else f"({visible(reason)})"


def _notify_holder(session: Session, lock: Lock, word: str) -> str:
    """Keep for the holder in this clone why its lock is gone; where that does not reach it, say so."""
    kept = record_reason(session.repo, lock, word, session.now)
    token = find_clone_token(session.repo)
    is_here = bool(token) and lock.worktree.startswith(f"{token}/")
    if is_abandoned(lock) or not lock.holder or (is_here and kept):
        return ""
    who = lock.holder if is_here else f"{lock.holder}, in another clone,"
    return (
        f"{who} will find the lock of {lock.flag_id} gone without your reason:"
        f" `flaggit note {lock.flag_id} TEXT` tells it."
    )


def _judge_here(session: Session, lock: Lock, judge: Callable[[Lock], None]) -> None:
    """Judge a lock of this clone; where its completion is in the base branch anybody may let it go."""
    try:
        judge(lock)
    except ConflictError:
        base = base_commit(session.repo, session.remote)
        if not (base and done_in(session.repo, base, [lock.flag_id])):
            raise


def _release(session: Session, ids: list[str], actor: Actor) -> list[Outcome]:
    return release(session, ids, actor)
