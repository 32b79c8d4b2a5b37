"""Letting locks go at the remote that decides. A release that has begun ends the tenure at once."""

from __future__ import annotations

from flaggit.clone.lock_refs import HELD, INTENT, Change, change_refs, read_commits, write_commit
from flaggit.clone.lock_rules import IN_FLIGHT, age
from flaggit.core.errors import FlaggitError
from flaggit.core.record import replace
from flaggit.git.refs import read_ref
from flaggit.git.turns import flag_turns
from flaggit.locks.answers import refuses
from flaggit.locks.marks import Marks, push_along
from flaggit.locks.mirror import look, remember
from flaggit.locks.terms import new_token, not_holder
from flaggit.locks.wire import Update, push_refs, read_remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter

_TRIES = 4


def release_shared(
    repo: Repo,
    arbiter: Arbiter,
    ids: list[str],
    now: int,
    judge: Callable[[Lock], None] | None = None,
    *,
    word: str = "",
    marks: Marks | None = None,
) -> dict[str, Lock]:
    """Free the flags at the remote and return the locks that were there.

    Args:
        repo: The repository.
        arbiter: The remote that decides.
        ids: Whole flag ids.
        now: Seconds since the epoch.
        judge: Raises where a lock, as just read, may not be let go; then none is. None: any may.
        word: Why, where it is another's; it reaches its holder where the remote refuses to delete.
        marks: What the push takes along.

    Raises:
        UnreachableError: The remote could not be read; nothing was pushed.
        UnavailableError: ``remote_refuses_locks``.
    """
    with flag_turns(repo.state_dir, ids):
        return _free(repo, arbiter, ids, now, judge, word, marks)


def give_back(repo: Repo, arbiter: Arbiter, locks: dict[str, Lock], now: int) -> None:
    """Let go again what this process, whose turn it is, has just taken.

    Never fails: what the remote could not be told, ``sync`` tells it.
    """

    def judge(shown: Lock) -> None:
        if shown.tenure != locks[shown.flag_id].tenure:
            raise not_holder(shown, None)

    begin_release(repo, arbiter, locks, now)
    for flag_id in locks:
        try:
            _free(repo, arbiter, [flag_id], now, judge)
        except FlaggitError:
            continue


def begin_release(repo: Repo, arbiter: Arbiter, locks: dict[str, Lock], now: int, word: str = "") -> dict[str, Lock]:
    """Record that these locks are being let go, and give up their tenure here; return the commits that say so."""
    written = {}
    for flag_id, lock in locks.items():
        successor = replace(lock, released=True, nonce=new_token(), oid="", reason=word or lock.reason)
        written[flag_id] = successor = write_commit(repo, successor, now, parent=lock.oid, author=arbiter.author)
        changes = [Change(INTENT + flag_id, successor.oid, "*")]
        held = read_ref(repo, HELD + flag_id)
        if held is not None:
            changes.append(Change(HELD + flag_id, None, held))
        change_refs(repo, changes)
    return written


def _free(
    repo: Repo,
    arbiter: Arbiter,
    ids: list[str],
    now: int,
    judge: Callable[[Lock], None] | None,
    word: str = "",
    marks: Marks | None = None,
) -> dict[str, Lock]:
    freed: dict[str, Lock] = {}
    words = ""
    marks = marks or Marks(repo, arbiter, now, {}, {})
    for _ in range(_TRIES):
        seen = read_remote(repo, arbiter, [*(arbiter.prefix + flag_id for flag_id in ids), *marks.names])
        marks.look(seen)
        current = {flag_id: lock for flag_id, lock in look(repo, arbiter, ids, seen).items() if not lock.released}
        current = {flag_id: lock for flag_id, lock in current.items() if _is_same_tenure(freed, lock)}
        if not current:
            absent = [key for key in ids if arbiter.prefix + key not in seen.refs]
            waiting = {key for key in absent if _is_in_flight(repo, arbiter, key, now)}
            _settle(repo, [key for key in ids if key not in waiting])
            return freed
        if judge is not None:
            for lock in current.values():
                judge(lock)
        freed.update(current)
        successors = begin_release(repo, arbiter, current, now, word)
        words, gone = _push_release(repo, arbiter, current, successors, marks)
        if gone:
            remember(repo, arbiter, dict.fromkeys(ids, ""))
            _settle(repo, ids)
            return freed
    raise refuses(arbiter, sorted(freed), words)


def _push_release(
    repo: Repo, arbiter: Arbiter, locks: dict[str, Lock], successors: dict[str, Lock], marks: Marks
) -> tuple[str, bool]:
    """Delete the refs; where the remote refuses to delete, put a commit there that says it is released.

    Return the server's words, and whether a read showed that nothing is left.
    """
    updates = [Update(arbiter.prefix + key, "", lock.oid) for key, lock in locks.items()]
    pushed = push_along(repo, arbiter, updates, marks.take())
    after = read_remote(repo, arbiter, [*(arbiter.prefix + flag_id for flag_id in locks), *marks.names])
    if pushed.definite:
        marks.settle(after)
    left = {key: lock for key, lock in locks.items() if after.refs.get(arbiter.prefix + key) == lock.oid}
    if not left:
        return "", not any(arbiter.prefix + key in after.refs for key in locks)
    updates = [Update(arbiter.prefix + key, successors[key].oid, lock.oid) for key, lock in left.items()]
    return push_refs(repo, arbiter, updates).words or pushed.words, False


def _is_same_tenure(freed: dict[str, Lock], lock: Lock) -> bool:
    """Tell whether a lock is still the one that we let go, and not one that another took since."""
    return lock.flag_id not in freed or freed[lock.flag_id].tenure == lock.tenure


def _is_in_flight(repo: Repo, arbiter: Arbiter, flag_id: str, now: int) -> bool:
    """Tell whether a push of which nothing is known may still land; if so, record that it is to be let go then."""
    oid = read_ref(repo, INTENT + flag_id)
    if oid is None:
        return False
    intent = read_commits(repo, [(flag_id, oid, "shared")])[0]
    if not intent.holder or age(intent, now) >= IN_FLIGHT:
        return False
    if not intent.released:
        begin_release(repo, arbiter, {flag_id: intent}, now)
    return True


def _settle(repo: Repo, ids: list[str]) -> None:
    for flag_id in ids:
        for name in (INTENT + flag_id, HELD + flag_id):
            oid = read_ref(repo, name)
            if oid is not None:
                change_refs(repo, [Change(name, None, oid)])
