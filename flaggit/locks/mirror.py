"""What the remote shows of locks, read into the mirror, and which pushes are not confirmed."""

from __future__ import annotations

from flaggit.clone.lock_refs import INTENT, locks_as_of, mirror_prefix, read_commits
from flaggit.clone.lock_rules import has_holder
from flaggit.clone.remotes import place_hash
from flaggit.core.errors import UnavailableError
from flaggit.git.refs import list_refs
from flaggit.locks.arbiter import find_arbiter, find_upstream
from flaggit.locks.wire import UnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.wire import Seen


def refresh_mirror(session: Session) -> tuple[str, str, list[str]]:
    """Read the remote's locks into the mirror; return when they were last read, how far they reach, and remarks.

    Raises:
        UnavailableError: ``ambiguous_arbiter``.
    """
    arbiter = find_arbiter(session)
    if arbiter is None:
        from flaggit.locks.merged import free_merged

        free_merged(session)
        return "", "local", []
    notes = []
    if not session.offline:
        try:
            arbiter.refresh(session.now)
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
    return as_of or "never", arbiter.scope, notes


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
            locks, _ = upstream.refresh(session.now)
            remark = f"What is locked at {upstream.remote} is decided there, and only shown here."
            return upstream.remote, list(locks.values()), remark
        except UnreachableError as error:
            why = error.message
    prefix = mirror_prefix(upstream.remote)
    refs = [(name[len(prefix) :], oid, "shared") for name, oid in list_refs(session.repo, prefix).items()]
    as_of = locks_as_of(session.repo, upstream.remote) or "never"
    return upstream.remote, read_commits(session.repo, refs), f"Locks of {upstream.remote} as of {as_of}: {why}"


def look_at_remote(session: Session, arbiter: Arbiter) -> tuple[Seen | None, Callable[[list[str]], dict[str, str]]]:
    """Refresh the mirror; return what was seen, and what tells for flag ids which are done in the base branch.

    Never fails: nothing was seen then.
    """
    try:
        _, seen = arbiter.refresh(session.now)
    except UnavailableError:
        return None, lambda _: {}

    def find(ids: list[str]) -> dict[str, str]:
        try:
            done = arbiter.find_done(seen, ids)
        except UnavailableError:
            return {}
        return dict.fromkeys(done, arbiter.base_in(seen)[0])

    return seen, find


def unknown_locks(session: Session) -> list[Lock]:
    """Return the locks that were pushed without anybody knowing yet what became of them."""
    refs = list_refs(session.repo, INTENT)
    locks = read_commits(session.repo, [(name[len(INTENT) :], oid, "shared") for name, oid in refs.items()])
    return [lock for lock in locks if has_holder(lock)]
