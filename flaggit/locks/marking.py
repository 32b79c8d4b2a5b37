"""Which locks lack the mark that their work is done on a branch: what this clone knows in, ``Marks`` out."""

from __future__ import annotations

from flaggit.clone.lock_message import one_line
from flaggit.clone.lock_refs import BRANCHES, INTENT, list_known_locks
from flaggit.clone.lock_rules import is_shared, is_unmarked
from flaggit.core.errors import FlaggitError
from flaggit.core.layout import completion_path
from flaggit.git.objects import read_objects
from flaggit.git.refs import list_refs
from flaggit.locks.arbiter import find_arbiter
from flaggit.locks.marks import MOST, Marks, read_refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session
    from flaggit.locks.arbiter import Arbiter

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
