"""Locks where this clone decides: one ref transaction, whose compare-and-swap git guarantees.

Also the locks that have not reached the remote yet, under a prefix of their own.

Why a lock was released by force is kept here until its holder hears of it or its time is over: a released lock
leaves nothing behind in git, neither its ref nor the log of the ref.
"""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import (
    HELD,
    INTENT,
    LOCAL,
    NAMESPACES,
    Change,
    change_refs,
    read_commits,
    refuse,
    twin_of,
    write_commit,
)
from flaggit.clone.lock_rules import continues, has_holder, is_free, is_marked_only, is_own, prevailing, seconds_left
from flaggit.core.errors import FlaggitError
from flaggit.core.ids import is_flag_id
from flaggit.core.record import record
from flaggit.core.text import visible
from flaggit.core.times import is_time, parse_time
from flaggit.git.files import make_state_folder, replace_file
from flaggit.git.refs import read_ref
from flaggit.locks.request import Outcome, held_by_other, wanted_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.request import LockRequest

_TRIES = 3


def acquire_here(repo: Repo, ids: list[str], request: LockRequest, prefix: str) -> list[Outcome]:
    """Take or renew the locks of ``ids`` in this clone, all or none.

    Args:
        repo: The repository.
        ids: Whole flag ids, each once.
        request: Who wants them, and how.
        prefix: Where locks that begin lie; one that is there stays where it is.

    Raises:
        ConflictError: ``locked_by_other`` or ``lock_lost``.
        UnavailableError: ``git_failed`` or ``namespace_blocked``.
    """
    words = ""
    stuck = 0
    notes: dict[str, str] = {}
    while stuck < _TRIES:
        refs, current, twins = _find_places(repo, ids, prefix, request.now)
        for flag_id in () if request.steal else ids:
            notes[flag_id] = notes.get(flag_id) or report_loss(
                repo, flag_id, current.get(flag_id), request.actor, request.now
            )
        wanted = {flag_id: wanted_lock(flag_id, current.get(flag_id), request) for flag_id in ids}
        changes = []
        for flag_id, lock in wanted.items():
            old = current[flag_id].oid if flag_id in current else ""
            written = wanted[flag_id] = write_commit(repo, lock, request.now, parent=old)
            changes += [Change(refs[flag_id], written.oid, old or None), Change(HELD + flag_id, written.oid, "*")]
        words = change_refs(repo, changes, unchanged=twins)
        shown = {flag_id: read_ref(repo, refs[flag_id]) for flag_id in ids}
        # Nobody else changed anything either, so it was no race that was lost.
        stuck += all(shown[flag_id] == (current[flag_id].oid if flag_id in current else None) for flag_id in ids)
        if all(shown[flag_id] == lock.oid for flag_id, lock in wanted.items()):
            return [_outcome(lock, current.get(flag_id), notes.get(flag_id, "")) for flag_id, lock in wanted.items()]
    raise refuse(repo, ids[0], words)


def _find_places(
    repo: Repo, ids: list[str], prefix: str, now: int
) -> tuple[dict[str, str], dict[str, Lock], dict[str, str | None]]:
    """Return the ref of each flag's lock, the locks that are there, and what their names' twins hold."""
    refs = {flag_id: prefix + flag_id for flag_id in ids}
    current = read_current(repo, ids, prefix)
    twins = {twin: read_ref(repo, twin) for ref in refs.values() if (twin := twin_of(ref))}
    elsewhere = [(flag_id, oid, "local") for flag_id in ids if (oid := twins.get(twin_of(refs[flag_id])))]
    for lock in read_commits(repo, elsewhere):
        if prevailing(current.get(lock.flag_id), lock, now) is lock:
            ref = refs[lock.flag_id]
            refs[lock.flag_id], current[lock.flag_id] = twin_of(ref), lock
            twins[ref] = read_ref(repo, ref)
            del twins[twin_of(ref)]
    return refs, current, twins


def release_here(repo: Repo, lock: Lock) -> bool:
    """Delete the ref of exactly this lock; tell whether it is gone, and not another's by now.

    Raises:
        UnavailableError: ``git_failed``, where git could not delete it although it is unchanged.
    """
    names = [prefix + lock.flag_id for prefix in (LOCAL, *NAMESPACES)]
    names = [name for name in names if read_ref(repo, name) == lock.oid]
    changes = [Change(name, None, lock.oid) for name in names]
    held = read_ref(repo, HELD + lock.flag_id)
    if held is not None:
        changes.append(Change(HELD + lock.flag_id, None, held))
    words = change_refs(repo, changes)
    left = [read_ref(repo, name) for name in names]
    if lock.oid in left:
        raise refuse(repo, lock.flag_id, words)
    return not any(left)


def read_current(repo: Repo, ids: list[str], prefix: str) -> dict[str, Lock]:
    """Return the locks that the refs of ``ids`` hold now, one file read each and one process for all."""
    found = [(flag_id, read_ref(repo, prefix + flag_id), "local") for flag_id in ids]
    locks = read_commits(repo, [(flag_id, oid, scope) for flag_id, oid, scope in found if oid is not None])
    return {lock.flag_id: lock for lock in locks}


def own_locks(repo: Repo, locks: dict[str, Lock], prefix: str) -> dict[str, Lock]:
    """Return those locks that were taken in this clone; below a branch prefix there may be copies of others."""
    if prefix == LOCAL:
        return locks
    from flaggit.clone.identity import find_clone_token

    token = find_clone_token(repo)
    return {key: lock for key, lock in locks.items() if token and lock.worktree.startswith(token + "/")}


def _outcome(lock: Lock, before: Lock | None, note: str) -> Outcome:
    return Outcome(lock, "mine", already=before is not None and continues(lock, before), note=note)


@record
class Loss:
    """A tenure that ended although its holder did not let it go: the lock, and the living one of another; or None."""

    before: Lock
    successor: Lock | None


def find_lost(repo: Repo, flag_id: str, shown: Lock | None, actor: Actor) -> Lock | None:
    """Return the lock that this worktree held as ``actor``, where ``shown`` is not that lock, or nothing."""
    held = read_ref(repo, HELD + flag_id)
    if held is None or (shown is not None and held == shown.oid):
        return None
    before = read_commits(repo, [(flag_id, held, "local")])[0]
    return before if is_own(before, actor) and not (shown and is_possessed(repo, shown, before)) else None


def is_possessed(repo: Repo, shown: Lock, before: Lock) -> bool:
    """Return whether a lock is the one that this worktree holds: as it left it, or marked as done by anybody since.

    Possession is the last commit, not the tenure, which a copy of this clone (an image, a snapshot) has as well:
    what it renewed is another's. A push of which nothing is known yet may have arrived.

    Args:
        repo: The repository.
        shown: The lock that is there now.
        before: The lock as this worktree was told it holds it.
    """
    if not continues(shown, before):
        return False
    return shown.oid in (before.oid, read_ref(repo, INTENT + shown.flag_id)) or is_marked_only(shown, before)


def judge_loss(repo: Repo, flag_id: str, shown: Lock | None, actor: Actor, now: int) -> Loss | None:
    """Return what this worktree held as ``actor`` and lost, or None. A lock that ran out by itself is not lost.

    Args:
        repo: The repository.
        flag_id: The flag.
        shown: The lock that is there now.
        actor: Who asks.
        now: Seconds since the epoch.
    """
    before = find_lost(repo, flag_id, shown, actor)
    if before is None:
        return None
    living = shown if shown is not None and not is_free(shown, now) else None
    if living is None and seconds_left(before, now) <= 0:
        return None
    return Loss(before, living)


def report_loss(repo: Repo, flag_id: str, shown: Lock | None, actor: Actor, now: int) -> str:
    """Return a remark where this worktree held a flag as ``actor`` and lost it to nobody; nothing where it did not.

    The tenure is forgotten: a loss is told once. The arguments are those of ``judge_loss``.

    Raises:
        ConflictError: ``lock_lost``, where ``shown`` is a living lock of another.
    """
    loss = judge_loss(repo, flag_id, shown, actor, now)
    if loss is None:
        return ""
    change_refs(repo, [Change(HELD + flag_id, None, loss.before.oid)])
    if loss.successor is not None:
        raise held_by_other(loss.successor, actor, lost=True)
    word = how_gone(repo, loss.before, shown)
    return f"The lock of {flag_id} that you had was {word}; others may have worked on it since."


def how_gone(repo: Repo, before: Lock, shown: Lock | None) -> str:
    """Return how a lock ended that its holder did not let go: by whom and why, as far as that is known here."""
    word = find_word(repo, before)
    if word:
        forget_word(repo, before.flag_id)
    elif shown is not None and not has_holder(shown) and continues(shown, before) and shown.reason != before.reason:
        word = visible(shown.reason)
    return f"let go {word}" if word else "let go by somebody or deleted"


def record_reason(repo: Repo, lock: Lock, word: str, now: int) -> bool:
    """Keep why a lock was taken from its holder; tell whether that went well, since the lock is free already."""
    folder = _folder(repo)
    text = f"{lock.tenure}\n{lock.expires}\n{word}\n"
    try:
        make_state_folder(folder)
        _forget_old(repo, folder, now)
        replace_file(os.path.join(folder, lock.flag_id), text.encode("utf-8", "replace"))
    except (FlaggitError, OSError):
        return False
    return True


def find_word(repo: Repo, lock: Lock) -> str:
    """Return why this lock was let go by force, as far as this clone knows; nothing where it does not."""
    tenure, _, word = _read(os.path.join(_folder(repo), lock.flag_id))
    return word if tenure == lock.tenure else ""


def forget_word(repo: Repo, flag_id: str) -> None:
    """Forget why a flag's lock was let go."""
    try:
        os.unlink(os.path.join(_folder(repo), flag_id))
    except OSError:  # another process forgot it already
        return


def _forget_old(repo: Repo, folder: str, now: int) -> None:
    """Forget what nobody asks for any more; what another process is writing just now stays."""
    for name in filter(is_flag_id, os.listdir(folder)):
        _, expires, _ = _read(os.path.join(folder, name))
        if not is_time(expires) or parse_time(expires) <= now:
            forget_word(repo, name)


def _folder(repo: Repo) -> str:
    return os.path.join(repo.state_dir, "freed")


def _read(path: str) -> tuple[str, str, str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            tenure, expires, word, *_ = [*file.read(4096).split("\n"), "", "", ""]
    except OSError:
        return "", "", ""
    return tenure, expires, word
