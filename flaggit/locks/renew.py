"""Giving held locks their whole time again, and finding out which were lost."""

from __future__ import annotations

from flaggit.clone.lock_refs import HELD, INTENT, Change, change_refs, read_commits, write_commit
from flaggit.clone.lock_rules import is_own, renewed
from flaggit.git.refs import list_refs
from flaggit.git.turns import flag_turns
from flaggit.locks.local import how_gone
from flaggit.locks.marks import Marks, push_along
from flaggit.locks.mirror import look
from flaggit.locks.terms import Outcome, new_token
from flaggit.locks.wire import Update, read_remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.terms import Terms


def renew_shared(
    repo: Repo, arbiter: Arbiter, locks: list[Lock], terms: Terms, marks: Marks | None = None
) -> list[Outcome]:
    """Renew locks that the actor holds at the remote, each for itself; the push takes ``marks`` along.

    An outcome is ``mine`` or ``lost``; a lost one holds whatever lock is there now, without a
    holder where there is none. The tenure of a lost one is forgotten here.

    Raises:
        UnreachableError: The remote could not be read; nothing was pushed.
    """
    ids = [lock.flag_id for lock in locks]
    tenures = {lock.flag_id: lock.tenure for lock in locks}
    marks = marks or Marks(repo, arbiter, terms.now, {}, {})
    names = [*(arbiter.prefix + flag_id for flag_id in ids), *marks.names]
    with flag_turns(repo.state_dir, ids):
        seen = read_remote(repo, arbiter, names)
        marks.look(seen)
        current = look(repo, arbiter, ids, seen)
        mine = {key: lock for key, lock in current.items() if lock.tenure == tenures[key] and not lock.released}
        if mine:
            definite = _push_renewals(repo, arbiter, mine, terms, marks)
            after = read_remote(repo, arbiter, names)
            if definite:
                marks.settle(after)
            current = look(repo, arbiter, ids, after)
        outcomes = []
        for lock in locks:
            now = current.get(lock.flag_id)
            if now is not None and now.tenure == lock.tenure and not now.released:
                change_refs(repo, [Change(HELD + lock.flag_id, now.oid, "*")])
                outcomes.append(Outcome(now, "mine", already=True))
            else:
                outcomes.append(lose(repo, lock, now))
        return outcomes


def lose(repo: Repo, before: Lock, now: Lock | None) -> Outcome:
    """Forget a tenure that the remote no longer shows; say who holds the flag, if anybody does."""
    for name, oid in list_refs(repo, HELD).items():
        if name == HELD + before.flag_id:
            change_refs(repo, [Change(name, None, oid)])
    if now is not None and not now.released:
        note = f"The lock of {before.flag_id} was yours and {now.holder or 'somebody'} holds it now."
        return Outcome(now, "lost", note=note)
    word = how_gone(repo, before, now)
    note = f"The lock of {before.flag_id} was yours and is gone from the remote: {word}."
    return Outcome(before, "lost", note=note)


def held_here(repo: Repo, actor: Actor) -> dict[str, Lock]:
    """Return the locks that this worktree was told it holds, as ``actor``: flag id -> lock as it was then."""
    refs = list_refs(repo, HELD)
    locks = read_commits(repo, [(name[len(HELD) :], oid, "shared") for name, oid in refs.items()])
    return {lock.flag_id: lock for lock in locks if is_own(lock, actor)}


def _push_renewals(repo: Repo, arbiter: Arbiter, locks: dict[str, Lock], terms: Terms, marks: Marks) -> bool:
    """Push renewals, and the marks with them; tell whether the remote answered.

    A lock that is to be marked needs no more time.
    """
    riders = marks.take()
    written = {}
    for flag_id, lock in marks.without_taken(locks).items():
        successor = renewed(lock, nonce=new_token(), now=terms.now, ttl=terms.ttl, exactly=terms.exactly)
        written[flag_id] = write_commit(repo, successor, terms.now, parent=lock.oid, author=arbiter.author)
    change_refs(repo, [Change(INTENT + flag_id, lock.oid, "*") for flag_id, lock in written.items()])
    updates = [Update(arbiter.prefix + key, lock.oid, locks[key].oid) for key, lock in written.items()]
    definite = push_along(repo, arbiter, updates, riders).definite
    if definite:
        change_refs(repo, [Change(INTENT + flag_id, None, lock.oid) for flag_id, lock in written.items()])
    return definite
