"""Locks: who holds which flag. What verbs ask for; the ways to hold one lie in the modules beside.

One place decides: the remote, or this clone where there is none. Locks save work; they do not
make merges safe. What must not happen twice is fenced by the completion's own file, which
conflicts where two branches complete one flag.
"""

from __future__ import annotations

from flaggit.errors import ConflictError, FlaggitError, InvalidError
from flaggit.ids import is_flag_id
from flaggit.locks.arbiter import find_arbiter, find_place
from flaggit.locks.local import acquire_here, find_lost, read_current, release_here, tell_loss
from flaggit.locks.refs import HELD, LOCAL, list_known_locks, own_prefix, path_list_refs
from flaggit.locks.rules import is_due, is_over, is_own
from flaggit.locks.terms import Outcome, Terms, held_by_other, lock_gone, not_holder, shared_terms
from flaggit.model import Lock
from flaggit.record import replace
from flaggit.refs import list_refs, read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.identity import Actor
    from flaggit.locks.arbiter import Arbiter
    from flaggit.session import Session

_MAX_TTL = 366 * 86400


def read_locks(session: Session) -> dict[str, Lock]:
    """Return flag id -> lock as known in this clone: no network, no process unless there is a lock."""
    locks: dict[str, Lock] = {}
    for lock in list_known_locks(session.repo, lambda: session.settings.lock_remote):
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
    local: bool = False,
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
    _check_ids(wanted)
    if steal and not reason:
        raise InvalidError("usage", "--steal needs --reason: whoever loses the lock has to learn why.")
    terms = terms_for(session, actor, ttl=ttl, reason=reason, steal=steal, fresh=fresh)
    arbiter, decides_here = find_place(session, local=local)
    keeping = terms_for(session, actor, ttl=None, reason="")
    if decides_here:  # there is one place for a lock, whatever --local and --offline say
        outcomes = acquire_here(session.repo, wanted, terms, own_prefix(session.settings.lock_namespace))
        _renew_paths(session, keeping, remote=False)
        return _with_notes(outcomes, _keep_here(session, keeping, besides=wanted))
    if arbiter is None or local or session.offline:
        from flaggit.locks.offline import acquire_offline

        return acquire_offline(session.repo, lambda: read_locks(session), wanted, terms, "kept in this clone, as asked")
    from flaggit.locks.shared import acquire_shared
    from flaggit.locks.upkeep import find_marks, keep_own
    from flaggit.locks.wire import UnreachableError

    shared = shared_terms(terms)
    marks = find_marks(session, arbiter, wanted)
    try:
        outcomes = acquire_shared(session.repo, arbiter, wanted, shared, marks)
    except ConflictError:
        marks.push()
        raise
    except UnreachableError as error:
        from flaggit.locks.offline import acquire_offline

        return acquire_offline(session.repo, lambda: read_locks(session), wanted, terms, error.message)
    marks.push()
    _renew_paths(session, shared_terms(keeping), remote=True)
    return _with_notes(outcomes, keep_own(session, arbiter, shared_terms(keeping), besides=wanted))


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
    _check_ids(wanted)
    if force and not reason:
        raise InvalidError("usage", "--force needs --reason: whoever loses the lock has to learn why.")

    forced: dict[str, Lock] = {}
    word = _word(actor, reason) if force else ""

    def judge(lock: Lock) -> None:
        if is_over(lock, session.now) or (actor is not None and is_own(lock, actor)):
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
    freed = _release_local(session, [flag_id for flag_id in wanted if flag_id in known])
    asked = [flag_id for flag_id in wanted if flag_id not in freed]
    note = ""
    if arbiter is not None and asked:
        shared, note = _release_shared(session, arbiter, asked, known, actor, judge, word)
        freed.update(shared)
    told = {key: _tell_holder(session, lock, word) for key, lock in forced.items() if key in freed}
    return [
        Outcome(
            freed.get(flag_id) or Lock(flag_id, "", "", "", "", ""),
            "free",
            flag_id not in freed,
            " ".join(text for text in (note, told.get(flag_id, "")) if text),
        )
        for flag_id in wanted
    ]


def require_free(session: Session, flag_id: str, actor: Actor) -> None:
    """Raise ConflictError where another holds the flag (``lock_lost``: and the actor held it before). No network."""
    lock = session.clone.locks.get(flag_id)
    if lock is None or is_over(lock, session.now) or is_own(lock, actor):
        return
    raise held_by_other(lock, actor, lost=find_lost(session.repo, flag_id, lock, actor) is not None)


def find_loss(session: Session, flag_id: str, actor: Actor) -> str:
    """Return a remark, once, where this worktree held a flag as ``actor`` and its lock was let go by another."""
    return tell_loss(session.repo, flag_id, session.clone.locks.get(flag_id), actor, session.now)


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
    from flaggit.locks.arbiter import base_branch

    names = ", ".join(mine)
    base = base_branch(session.repo, session.settings)
    if not base:
        return [f"The lock of {names} ends by itself, or with `flaggit unlock`: no base branch is known here."]
    return [f"You keep the lock of {names} until the completion is in {base}; `flaggit sync` ends it then."]


def renew_held(session: Session, actor: Actor, required: Iterable[str] = ()) -> list[Outcome]:
    """Give all locks that ``actor`` holds their whole time again.

    Args:
        session: The call.
        actor: Who holds them; an implied identity renews nothing.
        required: Flags that the caller is about to act on as their holder. The network is used
            only where one of these is shared, or where none is named.

    Returns:
        An outcome for each lock held: ``mine``, ``lost``, or with a note where the remote could not be asked.

    Raises:
        ConflictError: ``lock_lost``, where one of ``required`` is another's by now, or gone.
    """
    if actor.implied:
        return []
    needed = set(required)
    own = [lock for lock in read_locks(session).values() if is_own(lock, actor) and not lock.released]
    # What has run out may be another's by now; whoever is about to act as its holder has to know.
    held = [lock for lock in own if lock.flag_id in needed or not is_over(lock, session.now)]
    if not held and not _has_paths(session):
        return []
    shared = [lock for lock in held if lock.scope != "local"]
    outcomes: list[Outcome] = []
    terms = terms_for(session, actor, ttl=None, reason="")
    for lock in held:
        if lock.scope == "local" and (not needed or lock.flag_id in needed or is_due(lock, session.now, terms.ttl)):
            outcomes += _renew_local(session, lock, terms)
    asks = bool(shared) and (not needed or bool(needed & {lock.flag_id for lock in shared}))
    if asks:
        from flaggit.locks.upkeep import renew_at_remote

        outcomes += renew_at_remote(session, shared, terms)
    _renew_paths(session, terms, remote=asks)
    for outcome in outcomes:
        if outcome.state == "lost" and outcome.lock.flag_id in needed:
            raise _lost(outcome, actor)
    return outcomes


def look_at_others(session: Session) -> Callable[[list[str]], dict[str, str]]:
    """Read the remote's locks into the mirror, where a remote decides and can be reached.

    Return what tells, for flag ids, which are completed in the remote's base branch: flag id -> branch.
    """
    arbiter = None if session.offline else find_arbiter(session)
    if arbiter is None:
        return lambda _: {}
    from flaggit.locks.upkeep import look_for_done

    return look_for_done(session, arbiter)


def mark_done(session: Session) -> None:
    """Mark the locks of flags that are done on a branch of the remote, anybody's. Never fails."""
    from flaggit.locks import upkeep

    upkeep.mark_done(session)


def terms_for(
    session: Session, actor: Actor, *, ttl: str | None, reason: str, steal: bool = False, fresh: bool = False
) -> Terms:
    """Return the terms on which ``actor`` wants a lock. Raises InvalidError ``usage`` for a bad duration."""
    from flaggit.identity import clone_token, settled_actor, worktree_token
    from flaggit.times import parse_duration

    seconds = parse_duration(ttl, field="--ttl") if ttl else min(session.settings.lock_ttl, _MAX_TTL)
    if seconds > _MAX_TTL:
        raise InvalidError("usage", f"--ttl: a lock lives at most {_MAX_TTL // 86400}d; renewing it keeps it longer.")
    place = f"{clone_token(session.repo)}/{worktree_token(session.repo)}"
    actor = settled_actor(session, actor)
    return Terms(
        actor, session.now, seconds, exactly=bool(ttl), reason=reason, steal=steal, fresh=fresh, worktree=place
    )


def _keep_here(session: Session, terms: Terms, besides: Iterable[str]) -> list[str]:
    """Renew what else this worktree holds of work that is not done yet; return what is lost. Never fails."""
    repo, actor = session.repo, terms.actor
    skipped = set(besides)
    others = [name[len(HELD) :] for name in list_refs(repo, HELD)]
    others = [flag_id for flag_id in others if flag_id not in skipped and is_flag_id(flag_id)]
    if not others or actor.implied:
        return []
    prefix = own_prefix(session.settings.lock_namespace)
    found = read_current(repo, others, prefix)
    losses = []
    for flag_id in others:
        try:
            losses.append(tell_loss(repo, flag_id, found.get(flag_id), actor, session.now))
        except ConflictError as error:
            losses.append(error.message)
    own = (lock for lock in found.values() if is_own(lock, actor) and not is_over(lock, session.now))
    due = [lock.flag_id for lock in own if is_due(lock, session.now, terms.ttl)]
    pending = [row.flag.id for row in session.clone.get_rows(due) if row.completion is None]
    try:
        if pending:
            acquire_here(repo, pending, terms, prefix)
    except FlaggitError:  # it was a courtesy; whoever acts on these flags hears of it
        pass
    return [loss for loss in losses if loss]


def _with_notes(outcomes: list[Outcome], notes: list[str]) -> list[Outcome]:
    """Return the outcomes with remarks about other locks put to the first."""
    if not notes:
        return outcomes
    told = " ".join(note for note in (outcomes[0].note, *notes) if note)
    return [replace(outcomes[0], note=told), *outcomes[1:]]


def _release_local(session: Session, ids: list[str]) -> dict[str, Lock]:
    freed = {}
    for prefix in (LOCAL, own_prefix(session.settings.lock_namespace)):
        for flag_id, lock in read_current(session.repo, ids, prefix).items():
            release_here(session.repo, lock, prefix)
            freed[flag_id] = lock
    return freed


def _renew_paths(session: Session, terms: Terms, *, remote: bool) -> None:
    """Renew what paths the actor holds, where any are locked."""
    if terms.actor.implied or not _has_paths(session):
        return
    from flaggit.locks.paths import renew_paths

    renew_paths(session, terms, remote=remote)


def _has_paths(session: Session) -> bool:
    """Tell whether any paths are locked, as known here; three files are looked for."""
    names = path_list_refs(session.settings.lock_namespace, session.settings.lock_remote)
    return any(read_ref(session.repo, name) for name, _ in names)


def _renew_local(session: Session, lock: Lock, terms: Terms) -> list[Outcome]:
    at_local = read_ref(session.repo, LOCAL + lock.flag_id) == lock.oid
    prefix = LOCAL if at_local else own_prefix(session.settings.lock_namespace)
    try:
        outcomes = acquire_here(session.repo, [lock.flag_id], terms, prefix)
    except ConflictError:  # taken over between the look and the renewal
        now = read_current(session.repo, [lock.flag_id], prefix).get(lock.flag_id, lock)
        return [Outcome(now, "lost")]
    return [replace(outcome, state="local") if at_local else outcome for outcome in outcomes]


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
    from flaggit.text import visible

    return f"by {actor.handle} ({visible(reason)})" if actor is not None else f"({visible(reason)})"


def _tell_holder(session: Session, lock: Lock, word: str) -> str:
    """Keep for the holder in this clone why its lock is gone; where that does not reach it, say so."""
    from flaggit.identity import find_clone_token
    from flaggit.locks.freed import keep_word

    kept = keep_word(session.repo, lock, word, session.now)
    token = find_clone_token(session.repo)
    is_here = bool(token) and lock.worktree.startswith(f"{token}/")
    if lock.dead or not lock.holder or (is_here and kept):
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
        from flaggit.locks.arbiter import base_commit
        from flaggit.locks.done import done_in

        base = base_commit(session.repo, session.settings)
        if not (base and done_in(session.repo, base, [lock.flag_id])):
            raise


def _lost(outcome: Outcome, actor: Actor) -> ConflictError:
    if outcome.lock.holder and not is_own(outcome.lock, actor):
        return held_by_other(outcome.lock, actor, lost=True)
    return lock_gone(outcome.lock.flag_id, outcome.note)


def _release(session: Session, ids: list[str], actor: Actor) -> list[Outcome]:
    return release(session, ids, actor)


def _check_ids(ids: list[str]) -> None:
    for flag_id in ids:
        if not is_flag_id(flag_id):
            raise InvalidError("bad_id", f"{flag_id!r} is not a whole flag id.")
