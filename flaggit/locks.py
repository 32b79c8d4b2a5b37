"""Locks: who holds which flag. What verbs ask for; the ways to hold one lie in the modules beside.

Locks save work; they do not make merges safe. What must not happen twice is fenced by the
completion's own file, which conflicts where two branches complete one flag.
"""

from __future__ import annotations

from flaggit.errors import ConflictError, InvalidError
from flaggit.ids import is_flag_id
from flaggit.lock_local import acquire_here, list_held, release_here
from flaggit.lock_refs import HELD, list_lock_refs, own_prefix, read_commits
from flaggit.lock_rules import is_over, is_own
from flaggit.lock_terms import Outcome, Terms, held_by_other
from flaggit.model import Lock
from flaggit.refs import read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.identity import Actor
    from flaggit.session import Session


def read_locks(session: Session) -> dict[str, Lock]:
    """Return flag id -> lock as known in this clone: no network, no process unless there is a lock."""
    locks: dict[str, Lock] = {}
    for lock in read_commits(session.repo, list_lock_refs(session.repo)):
        earlier = locks.get(lock.flag_id)
        if earlier is None or is_over(earlier, session.now) or not is_over(lock, session.now):
            locks[lock.flag_id] = lock
    return locks


def acquire(
    session: Session,
    ids: Iterable[str],
    actor: Actor,
    *,
    ttl: str | None = None,
    reason: str = "",
    local: bool = False,  # noqa: ARG001 - every lock is local where this clone decides
    steal: bool = False,
    fresh: bool = False,
) -> list[Outcome]:
    """Take or renew locks, all or none.

    Args:
        session: The call.
        ids: Whole flag ids.
        actor: Who wants them.
        ttl: A duration; None takes the setting ``lock.ttl``.
        reason: Why, shown to the others.
        local: Keep them in this clone although a remote decides.
        steal: Take them from a living holder; needs a reason.
        fresh: Refuse too where the actor holds one already.

    Returns:
        An outcome for each id, in their order.

    Raises:
        ConflictError: ``locked_by_other``, or ``lock_lost`` where the actor held it before.
        InvalidError: ``usage``.
        UnavailableError: ``git_failed``, ``namespace_blocked``.
    """
    wanted = list(dict.fromkeys(ids))
    _check_ids(wanted)
    if steal and not reason:
        raise InvalidError("usage", "--steal needs --reason: whoever loses the lock has to learn why.")
    terms = terms_for(session, actor, ttl=ttl, reason=reason, steal=steal, fresh=fresh)
    return acquire_here(session.repo, wanted, terms, own_prefix(session.settings.lock_namespace))


def release(
    session: Session, ids: Iterable[str], actor: Actor | None, *, force: bool = False, reason: str = ""
) -> list[Outcome]:
    """Let locks go: the holder its own, anybody one that is over, and with ``force`` any.

    Args:
        session: The call.
        ids: Whole flag ids.
        actor: Who asks; None: nobody in particular, for locks of the dead.
        force: Another's living lock too; needs a reason.
        reason: Why.

    Returns:
        An outcome for each id; ``already`` where there was no lock.

    Raises:
        ConflictError: ``not_holder``; nothing is released then.
        InvalidError: ``usage``.
        UnavailableError: ``git_failed``.
    """
    wanted = list(dict.fromkeys(ids))
    _check_ids(wanted)
    if force and not reason:
        raise InvalidError("usage", "--force needs --reason: whoever loses the lock has to learn why.")
    locks = read_locks(session)
    for flag_id in wanted:
        lock = locks.get(flag_id)
        if lock is not None and not (force or is_over(lock, session.now) or (actor and is_own(lock, actor))):
            raise _not_holder(lock, actor)
    return [_let_go(session, flag_id, locks.get(flag_id)) for flag_id in wanted]


def require_free(session: Session, flag_id: str, actor: Actor) -> None:
    """Raise ConflictError ``locked_by_other`` (or ``lock_lost``) where another holds the flag."""
    lock = session.clone.locks.get(flag_id)
    if lock is None or is_over(lock, session.now) or is_own(lock, actor):
        return
    held = read_ref(session.repo, HELD + flag_id)
    before = read_commits(session.repo, [(flag_id, held, "local")])[0] if held and held != lock.oid else None
    lost = before is not None and before.tenure != lock.tenure and is_own(before, actor)
    raise held_by_other(lock, actor, lost=lost)


def after_completion(session: Session, ids: Iterable[str], actor: Actor, *, release: bool = False) -> list[str]:
    """Do what a completion asks of the flags' locks; return remarks for people.

    A lock outlives completion, so that nobody on another branch does the work again, until the
    completion is in the branch that others start from; ``release`` lets it go at once.
    """
    held = {lock.flag_id: lock for lock in read_locks(session).values() if is_own(lock, actor)}
    mine = [flag_id for flag_id in ids if flag_id in held and not is_over(held[flag_id], session.now)]
    if not mine:
        return []
    if release:
        for flag_id in mine:
            _let_go(session, flag_id, held[flag_id])
        return []
    names = ", ".join(mine)
    return [f"You keep the lock of {names} until the others can see the completion; `flaggit unlock` ends it now."]


def renew_held(session: Session, actor: Actor) -> list[Outcome]:
    """Give all locks that ``actor`` holds their whole time again; locks that changed hands are left out."""
    renewable = [lock for lock in list_held(session.repo, actor) if not is_over(lock, session.now)]
    outcomes: list[Outcome] = []
    for lock in renewable:
        if actor.implied:
            break
        try:
            outcomes += acquire(session, [lock.flag_id], actor)
        except ConflictError:  # taken over between the look and the renewal
            continue
    return outcomes


def terms_for(
    session: Session, actor: Actor, *, ttl: str | None, reason: str, steal: bool = False, fresh: bool = False
) -> Terms:
    """Return the terms on which ``actor`` wants a lock. Raises InvalidError ``usage`` for a bad duration."""
    from flaggit.identity import clone_token, worktree_token
    from flaggit.times import parse_duration

    seconds = parse_duration(ttl, field="--ttl") if ttl else session.settings.lock_ttl
    place = f"{clone_token(session.repo)}/{worktree_token(session.repo)}"
    return Terms(
        actor, session.now, seconds, exactly=bool(ttl), reason=reason, steal=steal, fresh=fresh, worktree=place
    )


def _let_go(session: Session, flag_id: str, lock: Lock | None) -> Outcome:
    if lock is None:
        return Outcome(Lock(flag_id, "", "", "", "", ""), "free", already=True)
    release_here(session.repo, lock, own_prefix(session.settings.lock_namespace))
    return Outcome(lock, "free")


def _check_ids(ids: list[str]) -> None:
    for flag_id in ids:
        if not is_flag_id(flag_id):
            raise InvalidError("bad_id", f"{flag_id!r} is not a whole flag id.")


def _not_holder(lock: Lock, actor: Actor | None) -> ConflictError:
    who = "another session of yours" if actor is not None and lock.holder == actor.handle else lock.holder
    return ConflictError(
        "not_holder",
        f"{lock.flag_id} is held by {who or 'something that is no lock of flaggit'} until {lock.expires}.",
        hint="Ask the holder; with --force --reason TEXT anybody can free it.",
        details={"flag_id": lock.flag_id, "holder": lock.holder or None, "expires": lock.expires},
    )
