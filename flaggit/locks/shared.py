"""Taking a lock at the remote that decides: read, record the intent, push, and read again.

What the second read shows is the verdict, never the push's own words: pushes that were reported
as failed have landed, and the other way round.
"""

from __future__ import annotations

from flaggit.errors import ConflictError, UnavailableError
from flaggit.locks.arbiter import scope_of
from flaggit.locks.done import base_seen, completed_in_base, done_in_base
from flaggit.locks.local import own_locks, perhaps_lost, read_current
from flaggit.locks.mirror import look, mirror_prefix
from flaggit.locks.refs import HELD, INTENT, LOCAL, Change, change_refs, write_commit
from flaggit.locks.rules import is_over, is_own
from flaggit.locks.terms import Outcome, held_by_other, wanted_lock
from flaggit.locks.wire import UnreachableError, Update, push_refs, read_remote
from flaggit.record import replace
from flaggit.refs import read_ref
from flaggit.turns import flag_turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.terms import Terms
    from flaggit.locks.wire import Pushed, Seen
    from flaggit.model import Lock
    from flaggit.repo import Repo

_TRIES = 6


def acquire_shared(repo: Repo, arbiter: Arbiter, ids: list[str], terms: Terms) -> list[Outcome]:
    """Take or renew the locks of ``ids`` at the remote, all or none.

    Raises:
        UnreachableError: The remote could not be read, and nothing was pushed.
        ConflictError: ``locked_by_other``, ``lock_lost``, or ``already_completed`` in the base branch.
        UnavailableError: ``remote_refuses_locks``, ``unknown_outcome``.
    """
    with flag_turns(repo.state_dir, ids):
        endings = require_no_local(repo, arbiter, ids, terms)
        for _ in range(_TRIES):
            seen = read_remote(repo, arbiter, [arbiter.prefix + flag_id for flag_id in ids])
            current = look(repo, arbiter, ids, seen)
            written = _write(repo, arbiter, current, ids, terms)
            done = done_in_base(repo, arbiter, seen, ids)
            if done:
                raise completed_in_base(done, base_seen(arbiter, seen)[0])
            change_refs(repo, [Change(INTENT + flag_id, lock.oid, "*") for flag_id, lock in written.items()])
            after, pushed = _push(repo, arbiter, current, written)
            mine = [flag_id for flag_id in ids if after.refs.get(arbiter.prefix + flag_id) == written[flag_id].oid]
            if len(mine) == len(ids):
                return _confirm(repo, arbiter, (seen, after), current, written, endings)
            _undo(repo, arbiter, {flag_id: written[flag_id] for flag_id in mine})
            forget_intents(repo, written)
            changed = any(
                after.refs.get(arbiter.prefix + flag_id, "") != _oid(current, flag_id)
                for flag_id in ids
                if flag_id not in mine
            )
            if not changed and not pushed.race:
                raise refuses(arbiter, ids, pushed.words)
        raise refuses(arbiter, ids, pushed.words)


def require_no_local(repo: Repo, arbiter: Arbiter, ids: list[str], terms: Terms) -> dict[str, list[Change]]:
    """Raise where another worktree of this clone holds one of the flags without the remote knowing it.

    Return, for each flag, what ends the locks that only this clone knows, once the remote has one.
    """
    endings: dict[str, list[Change]] = {flag_id: [] for flag_id in ids}
    for prefix in (LOCAL, arbiter.prefix):  # the latter from a time before the remote was there
        current = own_locks(repo, read_current(repo, ids, prefix), prefix)
        for lock in current.values():
            if not is_over(lock, terms.now) and not is_own(lock, terms.actor) and not terms.steal:
                raise perhaps_lost(repo, current, terms.actor, held_by_other(lock, terms.actor))
            endings[lock.flag_id].append(Change(prefix + lock.flag_id, None, lock.oid))
    return endings


def refuses(arbiter: Arbiter, ids: list[str], words: str) -> UnavailableError:
    """Return the error for a remote that can be read and does not take the lock."""
    return UnavailableError(
        "remote_refuses_locks",
        f"The remote {arbiter.remote} does not accept the lock of {', '.join(ids)}: {words or 'no reason given'}.",
        hint=(
            f"Let {arbiter.prefix}* be created, changed and deleted there (docs/locks.md says how),"
            " or lock for this clone only: --local"
        ),
        details={"state": "refused", "flag_ids": ids, "scope": "local"},
    )


def unknown_outcome(arbiter: Arbiter, ids: list[str], why: str) -> UnavailableError:
    """Return the error for a push of which nobody can say yet whether it landed."""
    error = UnavailableError(
        "unknown_outcome",
        f"Whether the lock of {', '.join(ids)} reached {arbiter.remote} is not known: {why}",
        hint="Do not start the work; in a minute `flaggit sync` reads what became of it.",
        details={"state": "unknown", "flag_ids": ids},
    )
    error.retryable = True
    return error


def _write(repo: Repo, arbiter: Arbiter, current: dict[str, Lock], ids: list[str], terms: Terms) -> dict[str, Lock]:
    try:
        wanted = {flag_id: wanted_lock(flag_id, current.get(flag_id), terms) for flag_id in ids}
    except ConflictError as error:
        raise perhaps_lost(repo, current, terms.actor, error) from None
    return {
        flag_id: write_commit(repo, lock, terms.now, parent=_oid(current, flag_id), author=arbiter.author)
        for flag_id, lock in wanted.items()
    }


def _push(repo: Repo, arbiter: Arbiter, current: dict[str, Lock], written: dict[str, Lock]) -> tuple[Seen, Pushed]:
    """Push the locks and read what the remote holds then.

    A push that ended without a word about the refs may still land. The same commit is pushed once
    more, which cannot hurt: it was never acknowledged, and the remote compares before it swaps.
    """
    updates = [Update(arbiter.prefix + flag_id, lock.oid, _oid(current, flag_id)) for flag_id, lock in written.items()]
    names = [update.ref for update in updates]
    atomic = len(updates) > 1
    for last in (False, True):
        pushed = push_refs(repo, arbiter, updates, atomic=atomic)
        if pushed.no_atomic:
            pushed = push_refs(repo, arbiter, updates)
        try:
            after = read_remote(repo, arbiter, names)
        except UnreachableError as error:
            if pushed.denied:
                raise refuses(arbiter, list(written), pushed.words) from None
            raise unknown_outcome(arbiter, list(written), error.message) from None
        landed = all(after.refs.get(update.ref) == update.oid for update in updates)
        if landed or pushed.definite or pushed.denied:
            return after, pushed
        if last and all(after.refs.get(update.ref, "") == update.old for update in updates):
            raise unknown_outcome(arbiter, list(written), pushed.words or "the push was given up.")
    return after, pushed


def _confirm(
    repo: Repo,
    arbiter: Arbiter,
    reads: tuple[Seen, Seen],
    current: dict[str, Lock],
    written: dict[str, Lock],
    endings: dict[str, list[Change]],
) -> list[Outcome]:
    """The remote shows our locks: record the tenure, unless the work turns out to be done already."""
    seen, after = reads
    if base_seen(arbiter, after) != base_seen(arbiter, seen):
        try:
            done = done_in_base(repo, arbiter, after, written)
        except UnavailableError:
            _undo(repo, arbiter, written)
            forget_intents(repo, written)
            raise
        if done:
            _undo(repo, arbiter, written)
            forget_intents(repo, written)
            raise completed_in_base(done, base_seen(arbiter, after)[0])
    mirror = mirror_prefix(arbiter.remote)
    changes = []
    for flag_id, lock in written.items():
        changes += [Change(HELD + flag_id, lock.oid, "*"), Change(mirror + flag_id, lock.oid, "*")]
        changes += [Change(INTENT + flag_id, None, lock.oid), *endings[flag_id]]
    change_refs(repo, changes)
    scope = scope_of(arbiter)
    outcomes = []
    for flag_id, lock in written.items():
        before = current.get(flag_id)
        already = before is not None and before.tenure == lock.tenure
        outcomes.append(Outcome(replace(lock, scope=scope), "mine", already))
    return outcomes


def _undo(repo: Repo, arbiter: Arbiter, taken: dict[str, Lock]) -> None:
    """Give back what was taken although it is not to be kept."""
    if taken:
        push_refs(repo, arbiter, [Update(arbiter.prefix + flag_id, "", lock.oid) for flag_id, lock in taken.items()])


def forget_intents(repo: Repo, written: dict[str, Lock]) -> None:
    """Drop the records of pushes whose outcome is known."""
    for flag_id, lock in written.items():
        if read_ref(repo, INTENT + flag_id) == lock.oid:
            change_refs(repo, [Change(INTENT + flag_id, None, lock.oid)])


def _oid(current: dict[str, Lock], flag_id: str) -> str:
    return current[flag_id].oid if flag_id in current else ""
