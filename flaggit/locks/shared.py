"""Taking a lock at the remote that decides: read, record the intent, push, and read again.

What the second read shows is the verdict, never the push's own words: pushes that were reported
as failed have landed, and the other way round.
"""

from __future__ import annotations

from flaggit.clone.lock_refs import HELD, INTENT, LOCAL, Change, change_refs, write_commit
from flaggit.clone.lock_rules import is_over, is_own
from flaggit.core.errors import UnavailableError
from flaggit.core.record import replace
from flaggit.git.refs import read_ref
from flaggit.git.turns import flag_turns
from flaggit.locks.answers import refuses, unknown_outcome
from flaggit.locks.arbiter import scope_of
from flaggit.locks.done import base_seen, completed_in_base, done_in_base
from flaggit.locks.local import own_locks, read_current, tell_loss
from flaggit.locks.marks import Marks, push_along
from flaggit.locks.mirror import look, mirror_prefix
from flaggit.locks.release import give_back
from flaggit.locks.terms import Outcome, held_by_other, wanted_lock
from flaggit.locks.wire import UnreachableError, Update, push_refs, read_remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.terms import Terms
    from flaggit.locks.wire import Pushed, Seen

_TRIES = 6


def acquire_shared(
    repo: Repo, arbiter: Arbiter, ids: list[str], terms: Terms, marks: Marks | None = None
) -> list[Outcome]:
    """Take or renew the locks of ``ids`` at the remote, all or none; a push of one ref takes ``marks`` along.

    Raises:
        UnreachableError: The remote could not be read, and nothing was pushed.
        ConflictError: ``locked_by_other``, ``lock_lost``, or ``already_completed`` in the base branch.
        UnavailableError: ``remote_refuses_locks``, ``unknown_outcome``.
    """
    losses: dict[str, str] = {}
    marks = marks or Marks(repo, arbiter, terms.now, {}, {})
    with flag_turns(repo.state_dir, ids):
        endings = require_no_local(repo, arbiter, ids, terms)
        for _ in range(_TRIES):
            seen = read_remote(repo, arbiter, [*(arbiter.prefix + flag_id for flag_id in ids), *marks.names])
            marks.look(seen)
            current = look(repo, arbiter, ids, seen)
            for flag_id in () if terms.steal else [key for key in ids if not endings[key]]:
                told = tell_loss(repo, flag_id, current.get(flag_id), terms.actor, terms.now)
                losses[flag_id] = losses.get(flag_id) or told
            written = _write(repo, arbiter, current, ids, terms)
            done = done_in_base(repo, arbiter, seen, ids)
            if done:
                raise completed_in_base(done, base_seen(arbiter, seen)[0])
            change_refs(repo, [Change(INTENT + flag_id, lock.oid, "*") for flag_id, lock in written.items()])
            after, pushed = _push(repo, arbiter, current, written, marks)
            mine = [flag_id for flag_id in ids if after.refs.get(arbiter.prefix + flag_id) == written[flag_id].oid]
            if len(mine) == len(ids):
                outcomes = _confirm(repo, arbiter, (seen, after), current, written, endings, terms.now)
                return [replace(found, note=losses.get(found.lock.flag_id, "")) for found in outcomes]
            _undo(repo, arbiter, current, {flag_id: written[flag_id] for flag_id in mine}, terms.now)
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
                tell_loss(repo, lock.flag_id, lock, terms.actor, terms.now)
                raise held_by_other(lock, terms.actor)
            endings[lock.flag_id].append(Change(prefix + lock.flag_id, None, lock.oid))
    return endings


def _write(repo: Repo, arbiter: Arbiter, current: dict[str, Lock], ids: list[str], terms: Terms) -> dict[str, Lock]:
    wanted = {flag_id: wanted_lock(flag_id, current.get(flag_id), terms) for flag_id in ids}
    return {
        flag_id: write_commit(repo, lock, terms.now, parent=_oid(current, flag_id), author=arbiter.author)
        for flag_id, lock in wanted.items()
    }


def _push(
    repo: Repo, arbiter: Arbiter, current: dict[str, Lock], written: dict[str, Lock], marks: Marks
) -> tuple[Seen, Pushed]:
    """Push the locks and read what the remote holds then.

    A push that ended without a word about the refs may still land, unless it came to nothing before
    anything was sent. The same commit is pushed once more, which cannot hurt: it was never
    acknowledged, and the remote compares before it swaps.
    """
    updates = [Update(arbiter.prefix + flag_id, lock.oid, _oid(current, flag_id)) for flag_id, lock in written.items()]
    names = [update.ref for update in updates]
    atomic = len(updates) > 1
    may_land = False
    for last in (False, True):
        if atomic:  # all or none is for these alone
            pushed = push_refs(repo, arbiter, updates, atomic=True)
        else:
            pushed = push_along(repo, arbiter, updates, marks.take())
        if pushed.no_atomic:
            pushed = push_refs(repo, arbiter, updates)
        may_land = may_land or not (pushed.definite or pushed.unsent)
        try:
            after = read_remote(repo, arbiter, [*names, *marks.names])
        except UnreachableError as error:
            if pushed.denied:
                raise refuses(arbiter, list(written), pushed.words) from None
            raise unknown_outcome(arbiter, list(written), error.message) from None
        if pushed.definite:
            marks.settle(after)
        landed = all(after.refs.get(update.ref) == update.oid for update in updates)
        if landed or pushed.definite or pushed.denied:
            return after, pushed
        if last and may_land and all(after.refs.get(update.ref, "") == update.old for update in updates):
            raise unknown_outcome(arbiter, list(written), pushed.words or "the push was given up.")
    return after, pushed


def _confirm(
    repo: Repo,
    arbiter: Arbiter,
    reads: tuple[Seen, Seen],
    current: dict[str, Lock],
    written: dict[str, Lock],
    endings: dict[str, list[Change]],
    now: int,
) -> list[Outcome]:
    """The remote shows our locks: record the tenure, unless the work turns out to be done already."""
    seen, after = reads
    if base_seen(arbiter, after) != base_seen(arbiter, seen):
        try:
            done = done_in_base(repo, arbiter, after, written)
        except UnavailableError:
            _undo(repo, arbiter, current, written, now)
            forget_intents(repo, written)
            raise
        if done:
            _undo(repo, arbiter, current, written, now)
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
        outcomes.append(Outcome(replace(lock, scope=scope), "mine", already, as_of=now))
    return outcomes


def _undo(repo: Repo, arbiter: Arbiter, current: dict[str, Lock], taken: dict[str, Lock], now: int) -> None:
    """Give back what was taken although it is not to be kept; what was held before and is only renewed stays."""
    renewals = {key: lock for key, lock in taken.items() if key in current and current[key].tenure == lock.tenure}
    mirror = mirror_prefix(arbiter.remote)
    for flag_id, lock in renewals.items():
        change_refs(repo, [Change(HELD + flag_id, lock.oid, "*"), Change(mirror + flag_id, lock.oid, "*")])
    give_back(repo, arbiter, {key: lock for key, lock in taken.items() if key not in renewals}, now)


def forget_intents(repo: Repo, written: dict[str, Lock]) -> None:
    """Drop the records of pushes whose outcome is known."""
    for flag_id, lock in written.items():
        if read_ref(repo, INTENT + flag_id) == lock.oid:
            change_refs(repo, [Change(INTENT + flag_id, None, lock.oid)])


def _oid(current: dict[str, Lock], flag_id: str) -> str:
    return current[flag_id].oid if flag_id in current else ""
