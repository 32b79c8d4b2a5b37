"""Paths as they are given on a command line, brought to how flags store them: relative to the root, tidy."""

from __future__ import annotations

import os

from flaggit.rules import path_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.session import Session


def related_paths(given: Iterable[str], session: Session) -> tuple[str, ...]:
    """Return related files as they are stored: relative to the root, tidy, each once; a folder keeps its ``/``."""
    paths: dict[str, None] = {}
    for item in given:
        whole = "," not in item or (not session.repo.bare and os.path.lexists(session.store.locate(item)))
        for text in [item] if whole else item.split(","):
            path = text.strip()
            if path:
                paths[_normal_path(path, session)] = None
    return tuple(paths)


def _from_here(path: str, session: Session) -> str:
    """Return a path relative to the root. One that exists only as seen from the current folder is meant from there."""
    root = session.repo.root
    if root is None or os.path.isabs(path) or os.path.lexists(os.path.join(root, path)) or not os.path.lexists(path):
        return path
    relative = session.repo.relative(path)
    return path if path_fault(relative) else relative + ("/" if path.endswith("/") else "")


def location_from_here(location: str | None, session: Session) -> str | None:
    """Return ``path:line`` or ``path:start-end`` with its path as ``related_paths`` takes it."""
    path, colon, lines = (location or "").rpartition(":")
    return _from_here(path, session) + colon + lines if path else location


def _normal_path(path: str, session: Session) -> str:
    path = _from_here(path, session)
    root = session.repo.root
    if root and os.path.isabs(path) and os.path.commonpath([root, os.path.normpath(path)]) == root:
        path = os.path.relpath(path, root).replace(os.sep, "/")
    tidied = os.path.normpath(path).replace(os.sep, "/")
    if path_fault(tidied):  # a path through the parent folder may still end inside
        return path
    return tidied + ("/" if path.endswith("/") else "")
