"""Taking and keeping locks of flags: ids and who wants them in, an outcome for each out.

One place decides: the remote, or this clone where there is none. Locks save work; they do not
make merges safe. What must not happen twice is fenced by the completion's own file, which
conflicts where two branches complete one flag.

Locks that only this clone knows although a remote decides stay ``local`` until ``sync`` asks it.
"""

from __future__ import annotations

from flaggit.clone.identity import actor_with_instance, clone_token, worktree_token
from flaggit.clone.lock_refs import HELD, LOCAL, own_prefix, path_list_refs
from flaggit.clone.lock_rules import is_due, is_free, is_own, must_stop
from flaggit.clone.visible_locks import read_locks
from flaggit.core.errors import ConflictError, FlaggitError, InvalidError
from flaggit.core.ids import is_flag_id
from flaggit.core.limits import DAY, LOCK_TTL
from flaggit.core.record import replace
from flaggit.core.times import parse_duration
from flaggit.git.refs import list_refs, read_ref
from flaggit.git.turns import flag_turns
from flaggit.locks.arbiter import find_place
from flaggit.locks.local import acquire_here, find_lost, report_loss
from flaggit.locks.merged import free_merged
from flaggit.locks.request import LockRequest, Outcome, held_by_other, require_ids, require_reason, shared_request
from flaggit.locks.wire import UnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.wire import Seen


def acquire(
    session: Session,
    ids: Iterable[str],
    actor: Actor,
    *,
    ttl: str | None = None,
    reason: str = "",
    local: bool = False,
    steal: bool = False,
    fresh: bool = False,
    seen: Seen | None = None,
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
        seen: All locks of the remote that decides, as this call has just read them; None: it reads them.

    Returns:
        An outcome for each id, in their order: ``mine``, ``local`` where the remote knows nothing of it
        yet, or ``unknown`` where it cannot be asked although the time is nearly over. The actor's other
        locks are renewed, too, where they have become noticeably older; what it lost is a remark.

    Raises:
        ConflictError: ``locked_by_other``, ``lock_lost`` where the actor held it before, or
            ``already_completed`` where the branch that others start from has the completion.
        InvalidError: ``usage``.
        UnavailableError: ``git_failed``, ``namespace_blocked``, ``ambiguous_arbiter``,
            ``remote_refuses_locks`` or ``unknown_outcome``.
    """
    wanted = list(dict.fromkeys(ids))
    require_ids(wanted)
    if steal:
        require_reason("--steal", reason)
    request = request_for(session, actor, ttl=ttl, reason=reason, steal=steal, fresh=fresh)
    arbiter, decides_here = find_place(session, local=local)
    keeping = request_for(session, actor)
    if decides_here:  # there is one place for a lock, whatever --local and --offline say
        outcomes = acquire_here(session.repo, wanted, request, own_prefix(session.constants.lock_namespace))
        renew_held_paths(session, keeping, remote=False)
        free_merged(session)
        return _with_notes(outcomes, _renew_here(session, keeping, besides=wanted))
    if arbiter is None or local or session.offline:
        return acquire_offline(
            session.repo, lambda: read_locks(session), wanted, request, "kept in this clone, as asked"
        )
    from flaggit.locks.marks import find_marks
    from flaggit.locks.shared import acquire_shared
    from flaggit.locks.upkeep import renew_own

    shared = shared_request(request)
    marks = find_marks(session, arbiter, wanted)
    try:
        outcomes = acquire_shared(arbiter, wanted, shared, marks, seen)
    except ConflictError:
        marks.push()
        raise
    except UnreachableError as error:
        return acquire_offline(session.repo, lambda: read_locks(session), wanted, request, error.message)
    marks.push()
    renew_held_paths(session, shared_request(keeping), remote=True)
    return _with_notes(outcomes, renew_own(session, arbiter, shared_request(keeping), besides=wanted))


def request_for(
    session: Session,
    actor: Actor,
    *,
    ttl: str | None = None,
    reason: str = "",
    steal: bool = False,
    fresh: bool = False,
) -> LockRequest:
    """Return the request of ``actor`` for a lock. Raises InvalidError ``usage`` for a bad duration."""
    seconds = parse_duration(ttl, field="--ttl") if ttl else min(session.settings.lock_ttl, LOCK_TTL)
    if seconds > LOCK_TTL:
        raise InvalidError("usage", f"--ttl: a lock lives at most {LOCK_TTL // DAY}d; renewing it keeps it longer.")
    place = f"{clone_token(session.repo)}/{worktree_token(session.repo)}"
    actor = actor_with_instance(session.repo, actor)
    return LockRequest(
        actor, session.now, seconds, exactly=bool(ttl), reason=reason, steal=steal, fresh=fresh, worktree=place
    )


def _renew_here(session: Session, request: LockRequest, besides: Iterable[str]) -> list[str]:
    """Renew what else this worktree holds of work that is not done yet; return what is lost. Never fails."""
    repo, actor = session.repo, request.actor
    skipped = set(besides)
    others = [name[len(HELD) :] for name in list_refs(repo, HELD)]
    others = [flag_id for flag_id in others if flag_id not in skipped and is_flag_id(flag_id)]
    if not others or actor.implied:
        return []
    prefix = own_prefix(session.constants.lock_namespace)
    found = {lock.flag_id: lock for lock in read_locks(session).values() if lock.flag_id in others}
    losses = []
    for flag_id in others:
        try:
            losses.append(report_loss(repo, flag_id, found.get(flag_id), actor, session.now))
        except ConflictError as error:
            losses.append(error.message)
    own = (lock for lock in found.values() if is_own(lock, actor) and not is_free(lock, session.now))
    due = [lock.flag_id for lock in own if is_due(lock, session.now, request.ttl)]
    pending = [row.flag.id for row in session.clone.get_rows(due) if row.completion is None]
    try:
        if pending:
            acquire_here(repo, pending, request, prefix)
    except FlaggitError:  # it was a courtesy; whoever acts on these flags hears of it
        pass
    return [loss for loss in losses if loss]


def _with_notes(outcomes: list[Outcome], notes: list[str]) -> list[Outcome]:
    """Return the outcomes with remarks about other locks put to the first."""
    if not notes:
        return outcomes
    told = " ".join(note for note in (outcomes[0].note, *notes) if note)
    return [replace(outcomes[0], note=told), *outcomes[1:]]


def renew_held_paths(session: Session, request: LockRequest, *, remote: bool) -> None:
    """Renew what paths the actor holds, where any are locked."""
    if request.actor.implied or not has_paths(session):
        return
    from flaggit.locks.paths import renew_paths

    renew_paths(session, request, remote=remote)


def has_paths(session: Session) -> bool:
    """Return whether any paths are locked, as known here; three files are looked for."""
    names = path_list_refs(session.remote)
    return any(read_ref(session.repo, name) for name, _ in names)


def require_free(session: Session, flag_id: str, actor: Actor) -> None:
    """Raise ConflictError where another holds the flag (``lock_lost``: and the actor held it before). No network."""
    lock = session.clone.locks.get(flag_id)
    if lock is None or is_free(lock, session.now) or is_own(lock, actor):
        return
    raise held_by_other(lock, actor, lost=find_lost(session.repo, flag_id, lock, actor) is not None)


def find_loss(session: Session, flag_id: str, actor: Actor) -> str:
    """Return a remark, once, where this worktree held a flag as ``actor`` and its lock was let go by another."""
    return report_loss(session.repo, flag_id, session.clone.locks.get(flag_id), actor, session.now)


def acquire_offline(
    repo: Repo, read_known: Callable[[], dict[str, Lock]], ids: list[str], request: LockRequest, why: str
) -> list[Outcome]:
    """Take locks in this clone alone, unless the remote was last seen with another holder.

    Args:
        repo: The repository.
        read_known: Reads every lock known in this clone; called when no other process of it is asking the remote.
        ids: Whole flag ids.
        request: Who wants them, and how.
        why: What keeps the remote from being asked, for people.

    Raises:
        ConflictError: ``locked_by_other`` or ``lock_lost``.
        UnavailableError: ``git_failed``.
    """
    with flag_turns(repo.state_dir, ids):
        known = read_known()
        return _acquire(repo, {key: known[key] for key in ids if key in known}, ids, request, why)


def _acquire(repo: Repo, known: dict[str, Lock], ids: list[str], request: LockRequest, why: str) -> list[Outcome]:
    # What lies elsewhere in this clone is from before there was a remote.
    elsewhere = {key: lock for key, lock in known.items() if read_ref(repo, LOCAL + key) != lock.oid}
    shared = {key: lock for key, lock in elsewhere.items() if lock.scope != "local"}
    for lock in elsewhere.values():
        living = not is_free(lock, request.now)
        if living and not request.steal and (request.fresh or not is_own(lock, request.actor)):
            raise held_by_other(lock, request.actor)
    kept = {key: lock for key, lock in shared.items() if is_own(lock, request.actor) and not is_free(lock, request.now)}
    taken = [flag_id for flag_id in ids if flag_id not in kept]
    found = {
        key: Outcome(lock, "unknown", True, f"{key}: its time is nearly over and it cannot be renewed: {why}. Stop.")
        if must_stop(lock, request.now)
        else Outcome(lock, "mine", True, f"{key}: not renewed: {why}")
        for key, lock in kept.items()
    }
    for outcome in acquire_here(repo, taken, request, LOCAL) if taken else []:
        note = (
            f"{outcome.lock.flag_id} is locked in this clone only: {why.rstrip('.')}; `flaggit sync` asks the remote."
        )
        found[outcome.lock.flag_id] = replace(outcome, state="local", note=note)
    return [found[flag_id] for flag_id in ids]
