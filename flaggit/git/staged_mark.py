"""A mark in a worktree's state folder: something was staged here, and may be in no commit yet. Cheap to look at."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_NAME = "staged"


def has_staged(repo: Repo) -> bool:
    """Return True where something was staged in this worktree since ``forget_staged``; it may be committed by now."""
    return os.path.exists(os.path.join(repo.own_state_dir, _NAME))


def mark_staged(repo: Repo) -> None:
    """Record that something was staged. Never fails: it is a hint, whose absence only makes a hook quieter."""
    from flaggit.git.files import make_state_folder

    try:
        make_state_folder(repo.own_state_dir)
        os.close(os.open(os.path.join(repo.own_state_dir, _NAME), os.O_WRONLY | os.O_CREAT, 0o666))
    except OSError:
        return


def forget_staged(repo: Repo) -> None:
    """Record that all of what was staged has been committed."""
    try:
        os.unlink(os.path.join(repo.own_state_dir, _NAME))
    except OSError:  # another process noted it
        return
