"""Saying in a lock that its flag is done: for whomever it belongs to, on the back of what a command asks anyway.

A lock outlives its flag's completion, and with the mark it no longer runs out. Whoever knows a branch
of the remote with the completion writes the mark, in the push that the command makes in any case.

A mark needs no record before it is pushed: it gives nobody a tenure and takes none away, and the
remote takes it only on top of exactly the lock that was read. It is pushed once and never again.
"""

from __future__ import annotations

import os

from flaggit.clone.lock_message import one_line
from flaggit.clone.lock_refs import BRANCHES, INTENT, list_visible_locks, write_commit
from flaggit.clone.lock_rules import is_shared, is_unmarked
from flaggit.core.errors import FlaggitError
from flaggit.core.layout import completion_path
from flaggit.core.record import replace
from flaggit.core.times import format_time
from flaggit.git.files import replace_file
from flaggit.git.objects import read_headers
from flaggit.git.refs import HEADS, REMOTES, list_refs
from flaggit.locks.arbiter import find_arbiter
from flaggit.locks.request import new_token
from flaggit.locks.wire import Riders, Update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.wire import Seen

MOST = 10  # locks that one command marks
MOST_BRANCHES = 20  # looked for at the remote for each flag
_MOST_REFUSED = 100
_LOCKS = BRANCHES.removeprefix(HEADS)  # what a plain fetch brings along
_MOST_ASKED_FOR = 30  # flags that are done, and whose lock is not known, in one reading
_MOST_CHECKED = 4000  # completions in the tips of branches, in one process


class Marks(Riders):
    """The locks that a command may mark, and what has become of that. Nothing here ever fails.

    Args:
        arbiter: The remote that decides.
        now: Seconds since the epoch.
        known: Flag id -> lock as last seen, where one was.
        branches: Flag id, of flags that are done -> the branches of the remote that have the completion, as last seen.
    """

    def __init__(self, arbiter: Arbiter, now: int, known: dict[str, Lock], branches: dict[str, list[str]]) -> None:
        self._repo, self._arbiter, self._now = arbiter.repo, arbiter, now
        self._known = known
        self._branches = {key: found[:MOST_BRANCHES] for key, found in branches.items()}
        self._locks: dict[str, Lock] = {}
        self._seen: Seen | None = None
        self._is_taken = False
        self._written: dict[str, Lock] = {}

    @property
    def names(self) -> list[str]:
        """Return the refs that have to be read along with what the command itself reads."""
        branches = {branch for found in self._branches.values() for branch in found}
        return [*map(self._arbiter.ref, self._branches), *(HEADS + name for name in branches)]

    def plan(self, seen: Seen) -> None:
        """Take note of what the remote showed; a lock that this clone has not got yet is fetched."""
        if self._is_taken or not self._branches:
            return
        try:
            self._locks = self._find_waiting(seen)
        except (FlaggitError, OSError):
            return
        self._seen = seen

    def pop_updates(self) -> list[Update]:
        """Return the updates to push, once; nothing before ``look``."""
        seen = self._seen
        if seen is None or self._is_taken:
            return []
        self._is_taken = True
        try:
            self._written = write_marks(self._arbiter, self._choose(seen), self._now)
        except (FlaggitError, OSError):
            return []
        return _updates(self._arbiter, self._locks, self._written)

    def without_pushed(self, locks: dict[str, Lock]) -> dict[str, Lock]:
        """Return those locks that are not marked in this push already."""
        return {key: lock for key, lock in locks.items() if key not in self._written}

    def finish(self, after: Seen) -> None:
        """See what became of the marks in a push that the remote answered; do not try again what it refused."""
        shown = {key: after.refs.get(self._arbiter.ref(key), "") for key in self._written}
        refused = [oid for key, oid in shown.items() if oid == self._locks[key].oid]
        known = {key: oid for key, oid in shown.items() if oid in ("", self._written[key].oid)}
        self._written = {}
        try:
            if known:
                self._arbiter.update_mirror(known)
            if refused:
                _write_refused(self._repo, refused)
        except (FlaggitError, OSError):
            return

    def push(self) -> None:
        """Push the marks by themselves, where the command read the remote and pushed nothing that took them along."""
        updates = self.pop_updates()
        try:
            if updates and self._arbiter.push(updates).definite:
                self.finish(self._arbiter.read(self.names))
        except FlaggitError:
            return

    def read(self) -> None:
        """Read the remote for the marks alone, where there are any to be made."""
        try:
            if self._branches:
                self.plan(self._arbiter.read(self.names))
        except FlaggitError:
            return

    def _find_waiting(self, seen: Seen) -> dict[str, Lock]:
        """Return the locks that lack a mark, as the remote has just shown them."""
        shown = {key: self._arbiter.oid_in(seen, key) for key in self._branches}
        before = {key: lock.oid for key, lock in self._known.items()}
        changed = [key for key, oid in shown.items() if oid != before.get(key, "")]
        current = {**self._known, **(self._arbiter.find_locks(changed, seen) if changed else {})}
        found = {key: current[key] for key, oid in shown.items() if oid and key in current and current[key].oid == oid}
        refused = read_refused(self._repo)
        return {key: lock for key, lock in found.items() if is_unmarked(lock) and lock.oid not in refused}

    def _choose(self, seen: Seen) -> dict[str, Lock]:
        """Return some of the locks as they are to be: with a branch that the remote has now.

        One that it has no more would void the mark at once, and free a lock that lives.
        """
        base, known = self._arbiter.base_in(seen)
        chosen: dict[str, Lock] = {}
        for key, lock in self._locks.items() if known else ():
            found = [name for name in self._branches[key] if HEADS + name in seen.refs]
            if found and base not in found and len(chosen) < MOST:
                chosen[key] = mark(lock, found[0], self._now)
        return chosen


def mark(lock: Lock, branch: str, now: int) -> Lock:
    """Return the lock with the mark: its flag is done on ``branch``, as of now."""
    return replace(lock, done_on=branch, done_at=format_time(now))


def write_marks(arbiter: Arbiter, marked: dict[str, Lock], now: int) -> dict[str, Lock]:
    """Store the commits that follow the locks as read, whose object ids these still have."""
    return {
        key: write_commit(
            arbiter.repo, replace(lock, nonce=new_token(), oid=""), now, parent=lock.oid, author=arbiter.author
        )
        for key, lock in marked.items()
    }


def push_marks(arbiter: Arbiter, marked: dict[str, Lock], now: int) -> dict[str, Lock]:
    """Push marks and return those that the remote shows afterwards.

    Raises:
        UnreachableError: The remote could not be read again.
    """
    written = write_marks(arbiter, marked, now)
    if not written:
        return {}
    arbiter.push(_updates(arbiter, marked, written))
    after = arbiter.read(map(arbiter.ref, written))
    landed = {key: lock for key, lock in written.items() if after.refs.get(arbiter.ref(key)) == lock.oid}
    arbiter.update_mirror({key: lock.oid for key, lock in landed.items()})
    return landed


def read_refused(repo: Repo) -> set[str]:
    """Return the commits of locks that the remote would not have marked by this clone."""
    try:
        with open(_refused_path(repo), encoding="ascii", errors="replace") as file:
            return set(file.read(16384).split())
    except OSError:
        return set()


def _write_refused(repo: Repo, oids: list[str]) -> None:
    kept = [*read_refused(repo), *oids][-_MOST_REFUSED:]
    replace_file(_refused_path(repo), "".join(f"{oid}\n" for oid in kept).encode())


def _refused_path(repo: Repo) -> str:
    return os.path.join(repo.state_dir, "marks-refused")


def _updates(arbiter: Arbiter, before: dict[str, Lock], written: dict[str, Lock]) -> list[Update]:
    return [Update(arbiter.ref(key), lock.oid, before[key].oid) for key, lock in written.items()]


def find_marks(session: Session, arbiter: Arbiter, besides: Iterable[str]) -> Marks:
    """Return the locks of anybody that may lack a mark although a branch of the remote has the completion.

    As far as this clone knows, without asking: flags whose lock it knows, and those done on a branch
    whose lock it may never have seen. What a push of this clone is about already is left out. Never fails.
    """
    try:
        return _find_marks(session, arbiter, besides)
    except (FlaggitError, OSError):
        return Marks(arbiter, session.now, {}, {})


def _find_marks(session: Session, arbiter: Arbiter, besides: Iterable[str]) -> Marks:
    known = {lock.flag_id: lock for lock in list_visible_locks(session.repo, lambda: arbiter.remote) if is_shared(lock)}
    ids = [key for key, lock in sorted(known.items(), key=lambda item: item[1].expires) if is_unmarked(lock)]
    done = session.clone.done_on_branches(arbiter.remote, arbiter.base)
    unseen = done.keys() - known.keys()
    if not ids and not unseen:
        return Marks(arbiter, session.now, {}, {})
    skipped = {*besides, *(name[len(INTENT) :] for name in list_refs(session.repo, INTENT))}
    refused = read_refused(session.repo)
    ids = [key for key in ids if key not in skipped and known[key].oid not in refused]
    pushed = pushed_completions(session, arbiter, ids)
    chosen = [key for key in ids if key in pushed][:MOST]
    wanted = {key: pushed[key] for key in chosen}
    for key in _some(unseen - skipped):
        wanted[key] = [name for name in done[key] if _can_be_named(name)]
    return Marks(arbiter, session.now, {key: known[key] for key in chosen}, wanted)


def _can_be_named(branch: str) -> bool:
    """Return whether a lock can name the branch: spaces that only Unicode knows would make it another's name."""
    return one_line(branch) == branch


def _some(ids: set[str]) -> list[str]:
    """Return a few of the ids, others each time where there are many."""
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


def pushed_completions(session: Session, arbiter: Arbiter, ids: Iterable[str]) -> dict[str, list[str]]:
    """Return flag id -> the branches of the remote whose tips, as last fetched or pushed, have its completion."""
    rows = session.clone.get_rows(ids)
    done = [row.flag.id for row in rows if row.completion is not None]
    if not done:
        return {}
    prefix = f"{REMOTES}{arbiter.remote}/"
    tips = {name[len(prefix) :]: oid for name, oid in list_refs(session.repo, prefix).items()}
    named = (name for name in tips if name != "HEAD" and not name.startswith(_LOCKS) and _can_be_named(name))
    tips = {name: tips[name] for name in named}
    done = done[: max(MOST, _MOST_CHECKED // max(1, len(tips)))]
    found = read_headers(session.repo, {f"{oid}:{completion_path(key)}" for oid in tips.values() for key in done})
    return {
        key: branches
        for key in done
        if (branches := [branch for branch, oid in tips.items() if f"{oid}:{completion_path(key)}" in found])
    }
