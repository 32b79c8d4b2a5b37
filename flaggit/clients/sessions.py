"""The sessions of agents' programs in one worktree: when each gave a sign of life, and what it was told.

It lies in what is disposable of the worktree's git directory: without it nobody is told of a second session, and
nothing else changes.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ALIVE = 15 * 60  # seconds after a sign of life in which a session counts as at work
_MOST = 50  # sessions that are remembered


def note_sign(git_dir: str, session: str, now: int) -> None:
    """Record that a session is at work now. Never fails: it is a courtesy."""
    if not session:
        return
    path = _path(git_dir, session)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666))
        os.utime(path, (now, now))
        _forget_old(os.path.dirname(path))
    except OSError:
        return


def find_other(git_dir: str, session: str, now: int) -> int | None:
    """Return how many seconds ago another session gave its last sign of life here, where it counts as at work."""
    own = _name(session)
    ages = []
    try:
        with os.scandir(_folder(git_dir)) as found:
            ages = [now - int(entry.stat().st_mtime) for entry in found if entry.name != own]
    except OSError:
        pass
    return min((age for age in ages if 0 <= age < ALIVE), default=None)


def filter_new_lines(git_dir: str, session: str, lines: dict[str, str]) -> list[str]:
    """Return the lines that a session was not told yet, and remember them as told. Without a session: all.

    Args:
        git_dir: The worktree's own git directory.
        session: The session's id.
        lines: What each line is about -> the line; what was told once is not told again in other words.
    """
    if not session or not lines:
        return list(lines.values())
    told: set[str] = set()
    try:
        with open(_path(git_dir, session), "a+", encoding="utf-8", errors="replace") as file:
            file.seek(0)
            told = set(file.read().split("\n"))
            file.writelines(f"{name}\n" for name in lines if name not in told)
    except OSError:
        pass
    return [line for name, line in lines.items() if name not in told]


def about_held(flag_id: str) -> str:
    """Return what a line is about that says that a flag is held."""
    return f"held {flag_id}"


def was_told(git_dir: str, session: str, subjects: Iterable[str]) -> bool:
    """Return True where a session was told of all of ``subjects``."""
    if not session:
        return False
    try:
        with open(_path(git_dir, session), encoding="utf-8", errors="replace") as file:
            return set(file.read().split("\n")).issuperset(subjects)
    except OSError:
        return False


def _forget_old(folder: str) -> None:
    names = os.listdir(folder)
    if len(names) > _MOST:
        paths = sorted((os.path.join(folder, name) for name in names), key=lambda path: os.stat(path).st_mtime)
        for path in paths[: len(paths) - _MOST]:
            os.unlink(path)


def _folder(git_dir: str) -> str:
    return os.path.join(git_dir, "flaggit", "sessions")


def _path(git_dir: str, session: str) -> str:
    return os.path.join(_folder(git_dir), _name(session))


def _name(session: str) -> str:
    """Return a file's name for a session, whatever its id is made of."""
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in session)[:80]
