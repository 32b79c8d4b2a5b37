"""What verbs need of shared locks besides taking them: renew, free, sync, and what was seen on which branch."""

from __future__ import annotations

from flaggit.errors import ConflictError, FlaggitError, UnavailableError
from flaggit.layout import completion_path
from flaggit.locks.arbiter import base_commit, find_arbiter, find_upstream, place_hash, scope_of
from flaggit.locks.done import base_seen, done_in, done_in_base
from flaggit.locks.local import release_here
from flaggit.locks.marks import MOST, Marks, read_refused
from flaggit.locks.message import one_line
from flaggit.locks.mirror import mirror_prefix, refresh
from flaggit.locks.refs import BRANCHES, INTENT, list_known_locks, locks_as_of, own_prefix, read_commits
from flaggit.locks.release import begin_release, release_shared
from flaggit.locks.renew import renew_shared
from flaggit.locks.rules import is_due, is_own, is_shared, is_unmarked, must_stop
from flaggit.locks.sync import settle_done, sync_shared
from flaggit.locks.terms import Outcome
from flaggit.locks.wire import UnreachableError
from flaggit.objects import read_objects
from flaggit.refs import list_refs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.identity import Actor
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.terms import Terms
    from flaggit.model import Lock
    from flaggit.session import Session

_LOCKS = BRANCHES.removeprefix("refs/heads/")  # what a plain fetch brings along
_MOST_ASKED_FOR = 30  # flags that are done, and whose lock is not known, in one reading
_MOST_LOOKED_FOR = 4000  # completions in the tips of branches, in one process


def find_marks(session: Session, arbiter: Arbiter, besides: Iterable[str]) -> Marks:
    """Return what may lack a mark although a branch of the remote has the completion: locks of anybody.

    As far as this clone knows, without asking: flags whose lock it knows, and those done on a branch
    whose lock it may never have seen. What a push of this clone is about already is left out. Never fails.
    """
    try:
        return _find_marks(session, arbiter, besides)
    except (FlaggitError, OSError):
        return Marks(session.repo, arbiter, session.now, {}, {})


def _find_marks(session: Session, arbiter: Arbiter, besides: Iterable[str]) -> Marks:
    known = {lock.flag_id: lock for lock in list_known_locks(session.repo, lambda: arbiter.remote) if is_shared(lock)}
    ids = [key for key, lock in sorted(known.items(), key=lambda item: item[1].expires) if is_unmarked(lock)]
    done = session.clone.done_on_branches(arbiter.remote, arbiter.base)
    unseen = done.keys() - known.keys()
    if not ids and not unseen:
        return Marks(session.repo, arbiter, session.now, {}, {})
    skipped = {*besides, *(name[len(INTENT) :] for name in list_refs(session.repo, INTENT))}
    refused = read_refused(session.repo)
    ids = [key for key in ids if key not in skipped and known[key].oid not in refused]
    pushed = pushed_completions(session, arbiter, ids)
    chosen = [key for key in ids if key in pushed][:MOST]
    wanted = {key: pushed[key] for key in chosen}
    for key in _some(unseen - skipped):
        wanted[key] = [name for name in done[key] if _can_be_named(name)]
    return Marks(session.repo, arbiter, session.now, {key: known[key] for key in chosen}, wanted)


def _can_be_named(branch: str) -> bool:
    """Tell whether a lock can name the branch: spaces that only Unicode knows would make it another's name."""
    return one_line(branch) == branch


def _some(ids: set[str]) -> list[str]:
    """Return a few of the ids, others each time where there are many."""
    import os

    return sorted(ids, key=lambda _: os.urandom(4))[:_MOST_ASKED_FOR]


def mark_done(session: Session) -> None:
    """Mark what is done, where a command that may do it had no other reason to push. Never fails."""
    try:
        arbiter = None if session.offline else find_arbiter(session)
        if arbiter is not None:
            marks = find_marks(session, arbiter, ())
            marks.read()
            marks.push()
    except FlaggitError:
        return


def renew_at_remote(session: Session, locks: list[Lock], terms: Terms) -> list[Outcome]:
    """Renew shared locks; where no remote can be asked, say that nothing is verified and go on."""
    why = "offline, as asked" if session.offline else "no remote decides here any more"
    try:
        arbiter = None if session.offline else find_arbiter(session)
        if arbiter is not None:
            marks = find_marks(session, arbiter, ())
            outcomes = renew_shared(session.repo, arbiter, locks, terms, marks)
            marks.push()
            return outcomes
    except UnavailableError as error:
        why = error.message
    return [
        Outcome(lock, "unknown" if must_stop(lock, terms.now) else "mine", True, f"{lock.flag_id}: unverified: {why}")
        for lock in locks
    ]


def release_or_promise(
    session: Session,
    arbiter: Arbiter,
    ids: list[str],
    known: dict[str, Lock],
    actor: Actor | None,
    judge: Callable[[Lock], None],
    word: str = "",
) -> tuple[dict[str, Lock], str]:
    """Free flags at the remote; one's own where it cannot be reached too, to be carried out by ``sync``.

    ``word`` says who lets go what is another's, and why.

    Returns:
        The locks that were freed, and a remark.

    Raises:
        ConflictError: What ``judge`` raises.
        UnavailableError: ``remote_unreachable`` where a lock is not the actor's; ``remote_refuses_locks``.
    """
    why = "offline, as asked"
    if not session.offline:
        try:
            return _release(session, arbiter, ids, judge, word), ""
        except UnreachableError as error:
            if actor is None or not any(key in known and is_own(known[key], actor) for key in ids):
                raise
            why = error.message
    own = {key: known[key] for key in ids if key in known and actor is not None and is_own(known[key], actor)}
    for flag_id in ids:
        if flag_id in known and flag_id not in own:
            judge(known[flag_id])
            raise UnavailableError(
                "remote_unreachable", f"{flag_id} is locked at {arbiter.remote}, and it was not asked: {why}."
            )
    begin_release(session.repo, arbiter, own, session.now)
    return own, f"Let go here; {arbiter.remote} is told by the next `flaggit sync`: {why}" if own else ""


def _release(
    session: Session, arbiter: Arbiter, ids: list[str], judge: Callable[[Lock], None], word: str
) -> dict[str, Lock]:
    marks = find_marks(session, arbiter, ids)
    try:
        freed = release_shared(session.repo, arbiter, ids, session.now, judge, word=word, marks=marks)
    except ConflictError:
        marks.push()
        raise
    marks.push()
    return freed


def keep_own(session: Session, arbiter: Arbiter, terms: Terms, besides: Iterable[str]) -> list[str]:
    """Free the actor's other locks whose work has arrived, and renew the rest; return what is lost. Never fails."""
    skipped = set(besides)
    own = {
        lock.flag_id: lock
        for lock in list_known_locks(session.repo, lambda: arbiter.remote)
        if lock.scope != "local" and is_own(lock, terms.actor) and lock.flag_id not in skipped and not lock.released
    }
    settled = _tidy(session, arbiter, own) if own else set()
    due = [lock for key, lock in own.items() if key not in settled and is_due(lock, session.now, terms.ttl)]
    if not due or terms.actor.implied:
        return []
    try:
        outcomes = renew_shared(session.repo, arbiter, due, terms)
    except UnavailableError:  # it was a courtesy; `sync` says what is wrong
        return []
    return [outcome.note for outcome in outcomes if outcome.state == "lost"]


def _tidy(session: Session, arbiter: Arbiter, own: dict[str, Lock]) -> set[str]:
    """Free own locks whose work has reached the base branch, as far as this clone can see; return which were."""
    base = base_commit(session.repo, session.settings)
    done = (done_in(session.repo, base, own) if base else None) or set()
    if not done:
        return set()
    try:
        locks, seen = refresh(session.repo, arbiter, session.now)
        chosen = {key: lock for key, lock in locks.items() if key in done}
        pushed = pushed_completions(session, arbiter, chosen)
        outcomes = settle_done(session.repo, arbiter, chosen, seen, pushed, session.now)
    except UnavailableError:
        return set()
    return {outcome.lock.flag_id for outcome in outcomes}


def free_done(session: Session, arbiter: Arbiter, ids: Iterable[str]) -> dict[str, Outcome]:
    """Free those of the flags whose work has arrived in the base branch, or whose mark is void; anybody may.

    Never fails: what cannot be found out is not freed.
    """
    try:
        locks, seen = refresh(session.repo, arbiter, session.now)
        chosen = {key: locks[key] for key in ids if key in locks}
        pushed = pushed_completions(session, arbiter, chosen)
        outcomes = settle_done(session.repo, arbiter, chosen, seen, pushed, session.now)
    except UnavailableError:
        return {}
    return {outcome.lock.flag_id: outcome for outcome in outcomes if outcome.state == "free"}


def sync(session: Session, terms: Terms) -> list[Outcome]:
    """Settle everything that is open about locks; return what became of each one touched.

    Raises:
        UnavailableError: ``remote_unreachable``, ``ambiguous_arbiter``, ``remote_refuses_locks``, ``unknown_outcome``.
    """
    arbiter = find_arbiter(session)
    if arbiter is None:
        return _settle_here(session)
    return sync_shared(session.repo, arbiter, terms, lambda ids: pushed_completions(session, arbiter, ids))


def look_at_remote(session: Session) -> tuple[str, str, list[str]]:
    """Read the remote's locks into the mirror; return when they were last read, how far they reach, and remarks.

    Raises:
        UnavailableError: ``ambiguous_arbiter``.
    """
    arbiter = find_arbiter(session)
    if arbiter is None:
        return "", "local", []
    notes = []
    if not session.offline:
        try:
            refresh(session.repo, arbiter, session.now)
        except UnreachableError as error:
            notes.append(error.message)
    as_of = locks_as_of(session.repo, arbiter.remote)
    if notes or session.offline:
        notes.append(f"Locks of {arbiter.remote} as of {as_of}." if as_of else f"{arbiter.remote} was never asked.")
    if arbiter.fork:
        notes.append(
            f"{arbiter.remote} ({place_hash(arbiter.url)}) is none of the accepted arbiters: these locks bind only"
            " those who use it too."
        )
    return as_of or "never", scope_of(arbiter), notes


def upstream_locks(session: Session) -> tuple[str, list[Lock], str]:
    """Return the remote that a fork was made from, its locks and a remark; nothing where this is no fork.

    They are shown and never changed. Offline, or where it cannot be reached, as they were last seen.
    """
    arbiter = find_arbiter(session)
    upstream = find_upstream(session) if arbiter is not None and arbiter.fork else None
    if upstream is None:
        return "", [], ""
    why = "offline, as asked"
    if not session.offline:
        try:
            locks, _ = refresh(session.repo, upstream, session.now)
            remark = f"What is locked at {upstream.remote} is decided there, and only shown here."
            return upstream.remote, list(locks.values()), remark
        except UnreachableError as error:
            why = error.message
    prefix = mirror_prefix(upstream.remote)
    refs = [(name[len(prefix) :], oid, "shared") for name, oid in list_refs(session.repo, prefix).items()]
    as_of = locks_as_of(session.repo, upstream.remote) or "never"
    return upstream.remote, read_commits(session.repo, refs), f"Locks of {upstream.remote} as of {as_of}: {why}"


def look_for_done(session: Session, arbiter: Arbiter) -> Callable[[list[str]], dict[str, str]]:
    """Refresh the mirror; return what tells for flag ids which are done in the base branch. Never fails."""
    try:
        _, seen = refresh(session.repo, arbiter, session.now)
    except UnavailableError:
        return lambda _: {}

    def find(ids: list[str]) -> dict[str, str]:
        try:
            done = done_in_base(session.repo, arbiter, seen, ids)
        except UnavailableError:
            return {}
        return dict.fromkeys(done, base_seen(arbiter, seen)[0])

    return find


def unknown_locks(session: Session) -> list[Lock]:
    """Return the locks that were pushed without anybody knowing yet what became of them."""
    refs = list_refs(session.repo, INTENT)
    locks = read_commits(session.repo, [(name[len(INTENT) :], oid, "shared") for name, oid in refs.items()])
    return [lock for lock in locks if lock.holder and not lock.released]


def pushed_completions(session: Session, arbiter: Arbiter, ids: Iterable[str]) -> dict[str, list[str]]:
    """Return flag id -> the branches of the remote whose tips, as last fetched or pushed, have its completion."""
    rows = session.clone.get_rows(ids)
    done = [row.flag.id for row in rows if row.completion is not None]
    if not done:
        return {}
    prefix = f"refs/remotes/{arbiter.remote}/"
    tips = {name[len(prefix) :]: oid for name, oid in list_refs(session.repo, prefix).items()}
    named = (name for name in tips if name != "HEAD" and not name.startswith(_LOCKS) and _can_be_named(name))
    tips = {name: tips[name] for name in named}
    done = done[: max(MOST, _MOST_LOOKED_FOR // max(1, len(tips)))]
    found = read_objects(session.repo, {f"{oid}:{completion_path(key)}" for oid in tips.values() for key in done})
    return {
        key: branches
        for key in done
        if (branches := [branch for branch, oid in tips.items() if f"{oid}:{completion_path(key)}" in found])
    }


def _settle_here(session: Session) -> list[Outcome]:
    """Without a remote: free the locks of flags whose completion is in the base branch, where that is known."""
    base = base_commit(session.repo, session.settings)
    locks = {lock.flag_id: lock for lock in list_known_locks(session.repo, lambda: "")}
    done = (done_in(session.repo, base, locks) if base else None) or set()
    prefix = own_prefix(session.settings.lock_namespace)
    return [
        Outcome(locks[flag_id], "free", note=f"{flag_id} is free: its completion has arrived.")
        for flag_id in sorted(done)
        if release_here(session.repo, locks[flag_id], prefix)
    ]
