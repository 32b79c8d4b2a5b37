"""Which worktrees are in the middle of something: a rebase, a merge, a command that is rewriting the index."""

from __future__ import annotations

import os
import time

_STARTED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "rebase-merge", "rebase-apply")
_INDEX_LOCK = "index.lock"
_STUCK = 60.0  # seconds; a lock of the index that is older was left behind by a git that was killed


def is_operation_started(git_dir: str) -> bool:
    """Return whether an operation of git is unfinished in a worktree (a rebase, a merge)."""
    return any(os.path.exists(os.path.join(git_dir, name)) for name in _STARTED)


def is_operation_under_way(git_dir: str) -> bool:
    """Return whether what lies in a worktree is on the way to something else: begun, or a command writes just now."""
    if is_operation_started(git_dir):
        return True
    try:  # a checkout, a stash, a reset hold it while they write
        return time.time() - os.stat(os.path.join(git_dir, _INDEX_LOCK)).st_mtime < _STUCK
    except OSError:
        return False
