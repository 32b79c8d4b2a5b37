"""What the small files of a git directory say, read as git does (``gitrepository-layout``): paths in, paths out."""

from __future__ import annotations

import os


def git_dir_at(folder: str) -> str | None:
    """Return the git directory of the worktree whose top a folder is, or None where it is none."""
    dot_git = os.path.join(folder, ".git")
    if is_git_dir(dot_git):
        return dot_git
    line = read_line(dot_git)
    if not line.startswith("gitdir: "):
        return None
    target = os.path.normpath(os.path.join(folder, line[len("gitdir: ") :]))
    return target if os.path.isdir(target) else None


def is_git_dir(path: str) -> bool:
    """Tell whether a folder looks like a git directory."""
    if not os.path.lexists(os.path.join(path, "HEAD")):
        return False
    return os.path.isdir(os.path.join(path, "objects")) or os.path.exists(os.path.join(path, "commondir"))


def is_declared_bare(git_dir: str) -> bool:
    """Tell whether a git directory's own configuration says that it has no work tree."""
    try:
        with open(os.path.join(git_dir, "config"), "rb") as file:
            return b"bare=true" in file.read().lower().replace(b" ", b"")
    except OSError:
        return False


def find_common_dir(git_dir: str) -> str:
    """Return the git directory that all worktrees share."""
    pointer = read_line(os.path.join(git_dir, "commondir"))
    return os.path.normpath(os.path.join(git_dir, pointer)) if pointer else git_dir


def main_worktree(common_dir: str) -> str | None:
    """Return the clone's first worktree: the folder around ``.git``, or a submodule's ``core.worktree``."""
    if os.path.basename(common_dir) == ".git":
        return None if is_declared_bare(common_dir) else os.path.dirname(common_dir)
    try:
        with open(os.path.join(common_dir, "config"), encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                key, _, value = line.partition("=")
                if key.strip().lower() == "worktree":
                    return os.path.normpath(os.path.join(common_dir, value.strip()))
    except OSError:
        pass
    return None


def linked_worktrees(common_dir: str) -> list[str]:
    """Return the top folders of the worktrees that a clone has besides its first one; they need not exist any more."""
    folder = os.path.join(common_dir, "worktrees")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    pointers = ((name, read_line(os.path.join(folder, name, "gitdir"))) for name in names)
    return [os.path.dirname(os.path.normpath(os.path.join(folder, name, line))) for name, line in pointers if line]


def read_line(path: str) -> str:
    """Return a small file's first line, or nothing where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(4096).rstrip("\n")
    except OSError:
        return ""
