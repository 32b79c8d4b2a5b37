"""One look at the remote for all who wait in a clone: who holds what, and whether branches have moved.

The first of the waiters that finds the last look too old makes one; what it brings lies in the clone's
refs, where the others see it. Where branches have moved, git fetches them as the user's configuration says.
"""

from __future__ import annotations

import os
import time

from flaggit.clone.lock_refs import BRANCHES
from flaggit.core.errors import UnavailableError
from flaggit.git import cache
from flaggit.git.refs import HEADS, REMOTES, list_refs
from flaggit.locks.arbiter import find_arbiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.session import Session
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter

EVERY = 30.0  # seconds
_FETCH_TIMEOUT = 120.0
_NOTHING = b"-"  # stands in the file until a look has gone well


def remote_refresh(session: Session) -> Callable[[], str] | None:
    """Return a function that asks the remote when its last answer is old; None where no network is to be used."""
    if session.offline:
        return None
    from flaggit.clone.session import Session as View

    repo = session.repo
    return lambda: poll_remote(View(repo)) if _is_old(_place(repo)) else ""


def poll_remote(session: Session) -> str:
    """Look at the remote that decides unless somebody in this clone did within ``EVERY`` seconds.

    Never fails.

    Returns:
        Why the remote could not be read, or nothing.
    """
    place = _place(session.repo)
    descriptor = _acquire_turn(place)
    if descriptor < 0:
        return ""
    try:
        if not _is_old(place):  # another one was quicker
            return ""
        before = os.pread(descriptor, 64, 0)
        os.pwrite(descriptor, before or _NOTHING, 0)  # at once: one that does not answer is not asked by each in turn
        return _poll(session, descriptor, before)
    except UnavailableError as error:
        return error.message
    finally:
        os.close(descriptor)


def _poll(session: Session, descriptor: int, before: bytes) -> str:
    arbiter = find_arbiter(session)
    if arbiter is None:
        return "No remote decides over locks here; there is nothing to look at."
    _, seen = arbiter.refresh(session.now, besides=(HEADS + "*",))
    heads = {name: oid for name, oid in seen.refs.items() if name.startswith(HEADS) and not name.startswith(BRANCHES)}
    shown = cache.digest(repr(sorted(heads.items())).encode("utf-8", "surrogateescape"))
    if before != shown:
        if not _is_fetched(session, arbiter, heads):
            session.repo.run("fetch", "--quiet", "--", arbiter.remote, timeout=_FETCH_TIMEOUT, network=True)
        os.pwrite(descriptor, shown, 0)
    return ""


def _is_fetched(session: Session, arbiter: Arbiter, heads: dict[str, str]) -> bool:
    """Return whether this clone has every branch of the remote as it is there."""
    prefix = f"{REMOTES}{arbiter.remote}/"
    known = list_refs(session.repo, prefix)
    return all(known.get(prefix + name.removeprefix(HEADS)) == oid for name, oid in heads.items())


def _place(repo: Repo) -> str:
    return os.path.join(repo.state_dir, "remote-look")


def _is_old(place: str) -> bool:
    try:
        return abs(time.time() - os.stat(place).st_mtime) >= EVERY or not os.path.getsize(place)
    except OSError:
        return True


def _acquire_turn(place: str) -> int:
    """Return an open file that only one process of the clone has, or -1 where another has it."""
    import fcntl

    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return -1
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return -1
    return descriptor
