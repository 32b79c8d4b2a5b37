"""Looks at the clone and says what holds there now, in the terms that events are derived from.

Everybody who watches a clone sees it from its first worktree, so that they see the same. What is
absent is believed at the second look, ``SETTLING`` seconds later: a checkout, a rebase, or git
packing its refs, takes files away that come back. A worktree in the middle of such an operation keeps
what was last seen in it.
"""

from __future__ import annotations

import os
import time

from flaggit.clone.lock_rules import state_of
from flaggit.clone.remotes import base_commit
from flaggit.clone.session import Session
from flaggit.clone.snapshot import DoneState, FlagState, LockState, Snapshot, describe_place
from flaggit.clone.sources import TreeSource
from flaggit.clone.tips import read_folders, read_tree_listing, read_trees
from flaggit.clone.visible_locks import next_expiry
from flaggit.core.layout import DONE, NOTES
from flaggit.core.record import fields_of, record
from flaggit.git import cache
from flaggit.git.gitdir import git_dir_of
from flaggit.git.operations import is_operation_under_way
from flaggit.git.refs import read_head
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.sources import Source
    from flaggit.core.model import Flag, Lock

SETTLING = 2.0  # seconds between the two looks that have to agree that something is gone


@record
class _Sight:
    """One look: what is there, the ids whose files cannot be read just now, places where an operation is under way."""

    snapshot: Snapshot
    unreadable: frozenset[str]
    under_way: frozenset[str]


class Observer:
    """Looks at one clone again and again.

    Args:
        repo: Any worktree's repository; the clone is seen from its first worktree.
    """

    def __init__(self, repo: Repo) -> None:
        self.repo = viewpoint(repo)
        self.session = Session(self.repo)
        self._base: tuple[str | None, frozenset[str], frozenset[str]] = (None, frozenset(), frozenset())
        self._committed: dict[str, frozenset[str]] = {}
        self._absent: dict[tuple[str, str], float] = {}

    @property
    def due(self) -> float | None:
        """When to look again whatever the files say: what was missing is believed, or a lock runs out; or None."""
        return min((end for end in (self.confirmed_at, self._next_expiry()) if end is not None), default=None)

    @property
    def confirmed_at(self) -> float | None:
        """When what was missing at the last look may be believed to be gone; None where nothing was."""
        return min(self._absent.values()) + SETTLING if self._absent else None

    def _next_expiry(self) -> float | None:
        return next_expiry(self.session.clone.locks.values(), self.session.now)

    def observe(self, before: Snapshot) -> Snapshot:
        """Return the present state, with ``before`` from the last look: an absence counts once it lasts."""
        self.session = Session(self.repo)
        sight = self._observe()
        now = time.time()
        keeper = _Reconciler(before, sight, self._absent, now)
        after = keeper.confirm()
        self._absent = keeper.absent
        return after

    def _observe(self) -> _Sight:
        clone = self.session.clone
        base_flags, base_done = self._read_base()
        rows, done, stems = clone.survey()
        flags = {
            row.flag.id: FlagState(
                _digest(row.flag), row.flag.target_agent, row.flag.created_at, describe_place(self.repo, row.place),
                row.flag.id in base_flags,
            )
            for row in rows
        }  # fmt: skip
        notes = frozenset(stem for source in clone.sources() for stem in source.list_stems(NOTES))
        locks = {flag_id: _lock_state(lock, self.session.now) for flag_id, lock in clone.locks.items() if lock.holder}
        states = self._done_states(done, base_done)
        seen = Snapshot(flags, states, locks, notes, {})
        unreadable = stems - flags.keys() - done.keys()
        return _Sight(seen, frozenset(unreadable), self._places_under_way())

    def _read_base(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names of flags and of completions in the branch that others start from."""
        commit = base_commit(self.repo, self.session.remote)
        if commit != self._base[0]:
            listing = read_tree_listing(self.repo, commit) if commit else {}
            done = frozenset(stem for stem, _ in listing.pop(DONE, ()))
            self._base = commit, frozenset(stem for files in listing.values() for stem, _ in files), done
        return self._base[1:]

    def _done_states(self, done: dict[str, Source], in_base: frozenset[str]) -> dict[str, DoneState]:
        roots = {source.root for flag_id, source in done.items() if source.root and flag_id not in in_base}
        committed = self._read_committed(roots)
        states: dict[tuple[str, bool, bool], DoneState] = {}
        found = {}
        for flag_id, source in done.items():
            reached = flag_id in in_base
            kept = reached or isinstance(source, TreeSource) or flag_id in committed.get(source.root or "", ())
            fields = describe_place(self.repo, source.place), kept, reached
            if fields not in states:
                states[fields] = DoneState(*fields)
            found[flag_id] = states[fields]
        return found

    def _read_committed(self, roots: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return a worktree's root -> names of the completions that its HEAD holds."""
        heads = {root: head for root in roots if (head := read_head(_repo_at(root, self.repo))[1])}
        new = [head for head in heads.values() if head not in self._committed]
        folders = read_folders(self.repo, list(dict.fromkeys(new))) if new else {}
        trees = read_trees(self.repo, {oid for names in folders.values() if (oid := names.get(DONE))})
        self._committed = {
            head: self._committed.get(head, frozenset(trees.get(folders.get(head, {}).get(DONE, ""), ())))
            for head in heads.values()
        }
        return {root: self._committed[head] for root, head in heads.items()}

    def _places_under_way(self) -> frozenset[str]:
        roots = self.repo.worktree_roots()
        git_dirs = {root: git_dir_of(root) for root in roots}
        return frozenset(
            f"worktree {root}" for root, git_dir in git_dirs.items() if git_dir and is_operation_under_way(git_dir)
        )


class _Reconciler:
    """Settles one look against the state before it: what is gone stays until it is gone for long enough."""

    def __init__(self, before: Snapshot, sight: _Sight, absent: dict[tuple[str, str], float], now: float) -> None:
        self._before = before
        self._sight = sight
        self._known_absent = absent
        self._now = now
        self.absent: dict[tuple[str, str], float] = {}

    def confirm(self) -> Snapshot:
        """Return the state that is believed."""
        before, seen = self._before, self._sight.snapshot
        done = self._believe_done()
        flags = self._believe_flags(done)
        missing = (key for key, lock in before.locks.items() if key not in seen.locks and not lock.end)
        kept = {key: before.locks[key] for key in missing if not self._is_gone("lock", key)}
        notes = seen.notes | {stem for stem in before.notes - seen.notes if not self._is_gone("note", stem)}
        return Snapshot(flags, done, {**seen.locks, **kept}, notes, _count_turns(before, flags, done))

    def _believe_done(self) -> dict[str, DoneState]:
        before, seen, busy = self._before.done, self._sight.snapshot.done, self._sight.under_way
        done = {key: state for key, state in seen.items() if state.place not in busy or key in before}
        for key, state in before.items():
            if key not in done and (state.place in busy or not self._is_gone("done", key)):
                done[key] = state
        return done

    def _believe_flags(self, done: dict[str, DoneState]) -> dict[str, FlagState]:
        before, seen, busy = self._before.flags, self._sight.snapshot.flags, self._sight.under_way
        flags = {
            key: state for key, state in seen.items() if key not in done and (state.place not in busy or key in before)
        }
        for key, state in before.items():
            if key in done:
                continue
            if state.place in busy or (key not in flags and self._is_there(key)):
                flags[key] = state
        return flags

    def _is_there(self, key: str) -> bool:
        """Return True for a flag that was not listed and yet counts: its file is being written, or just went."""
        return key in self._sight.unreadable or not self._is_gone("flag", key)

    def _is_gone(self, kind: str, key: str) -> bool:
        """Return True for what has been missing for long enough; what was there at the last look is so since now."""
        since = self._known_absent.get((kind, key), self._now)
        if self._now - since >= SETTLING:
            return True
        self.absent[kind, key] = since
        return False


def viewpoint(repo: Repo) -> Repo:
    """Return the repository as seen from the clone's first worktree, or as a bare one where it has none."""
    main = repo.main_worktree()
    if not main:
        return repo if repo.bare else Repo(None, repo.common_dir)
    if repo.git_dir == repo.common_dir or git_dir_of(main) != os.path.realpath(repo.common_dir):
        return repo
    return Repo(main, repo.common_dir)


def _count_turns(before: Snapshot, flags: dict[str, FlagState], done: dict[str, DoneState]) -> dict[str, int]:
    """Return how often each flag vanished, was reopened or was edited."""
    turns = dict(before.turns)
    for key, state in before.flags.items():
        now = flags.get(key)
        if (now is None and key not in done) or (now is not None and now.digest != state.digest):
            turns[key] = turns.get(key, 0) + 1
    for key in before.done.keys() - done.keys():
        turns[key] = turns.get(key, 0) + 1
    return turns


def _digest(flag: Flag) -> bytes:
    return cache.digest(repr(tuple(fields_of(flag).values())).encode("utf-8", "surrogateescape"))[:8]


def _lock_state(lock: Lock, now: int) -> LockState:
    end = _ENDS.get(state_of(lock, now), "")
    return LockState(
        lock.holder,
        lock.instance,
        lock.tenure,
        lock.acquired,
        lock.expires,
        lock.scope,
        lock.worktree,
        lock.oid,
        end,
    )


_ENDS = {"released": "unlocked", "abandoned": "expired", "expired": "expired"}


def _repo_at(root: str, repo: Repo) -> Repo:
    return repo if root == repo.root else Repo(root, git_dir_of(root) or repo.common_dir)
