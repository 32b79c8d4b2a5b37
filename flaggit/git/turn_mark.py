"""Marks in a worktree's state folder: how it stood when an agent's turn last ended, and that something was staged.

Stamps of a few files are cheap to compare.
A program that edits files without git leaves none of them; so the hook before an edit leaves a mark.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_WATCHED = ("index", "HEAD", "logs/HEAD", "flaggit/edited")  # of a worktree's git directory
_NAME = "flaggit/turn"
_STAGED = "staged"


def has_changed(git_dir: str) -> bool:
    """Return True where something was edited, staged or committed since ``record_turn``, or nothing is remembered."""
    return _read(git_dir)[0] != _stamp(git_dir)


def was_answered(git_dir: str, question: str) -> bool:
    """Return True where ``question`` is the one that ``record_turn`` was last called with."""
    return _read(git_dir)[1] == question


def record_turn(git_dir: str, question: str) -> None:
    """Record how the worktree stands now, and what was asked of it. Never fails: the next turn asks again then."""
    from flaggit.git.files import make_state_folder

    try:
        make_state_folder(os.path.join(git_dir, "flaggit"))
        with open(os.path.join(git_dir, _NAME), "w", encoding="utf-8") as file:
            file.write(f"{_stamp(git_dir)}\n{question}\n")
    except OSError:
        return


def mark_edited(git_dir: str) -> None:
    """Record that a file is about to be edited; nothing where no turn has ended here yet. Never fails."""
    if os.path.exists(os.path.join(git_dir, _NAME)):
        try:
            with open(os.path.join(git_dir, "flaggit/edited"), "w") as file:
                file.write("\n")
        except OSError:
            return


def _read(git_dir: str) -> tuple[str, str]:
    try:
        with open(os.path.join(git_dir, _NAME), encoding="utf-8", errors="replace") as file:
            lines = [*file.read().split("\n"), "", ""]
    except OSError:
        lines = ["", ""]
    return lines[0], lines[1]


def _stamp(git_dir: str) -> str:
    found = []
    for name in _WATCHED:
        try:
            status = os.stat(os.path.join(git_dir, name))
        except OSError:
            found.append("-")
        else:
            found.append(f"{status.st_mtime_ns}.{status.st_size}")
    return " ".join(found)


def has_staged(repo: Repo) -> bool:
    """Return True where something was staged in this worktree since ``forget_staged``; it may be committed by now."""
    return os.path.exists(os.path.join(repo.own_state_dir, _STAGED))


def mark_staged(repo: Repo) -> None:
    """Record that something was staged. Never fails: it is a hint, whose absence only makes a hook quieter."""
    from flaggit.git.files import make_state_folder

    try:
        make_state_folder(repo.own_state_dir)
        os.close(os.open(os.path.join(repo.own_state_dir, _STAGED), os.O_WRONLY | os.O_CREAT, 0o666))
    except OSError:
        return


def forget_staged(repo: Repo) -> None:
    """Record that all of what was staged has been committed."""
    try:
        os.unlink(os.path.join(repo.own_state_dir, _STAGED))
    except OSError:  # another process noted it
        return
