"""Paths as they are given on a command line, brought to how flags store them: relative to the root, tidy."""

from __future__ import annotations

import os

from flaggit.core.text import some_of, spellings
from flaggit.documents.rules import path_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.clone.session import Session


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


def places_of(given: Iterable[str], session: Session) -> tuple[str, ...]:
    """Return paths that are asked about, relative to the root and each once; a folder ends in ``/``.

    One that is neither here nor at the root is taken as seen from the current folder, and so is one that
    leads outside (``../x``); in another worktree of the clone it is the same path here. A glob that the
    shell left alone stands for the files that git knows by it.
    """
    found: dict[str, None] = {}
    for path in given:
        found.update(dict.fromkeys(_places(path, session)))
    return tuple(found)


def outside_remark(places: Sequence[str]) -> tuple[str, ...]:
    """Return a remark where paths that ``places_of`` gave lie outside the repository, which says nothing about them."""
    found = [place for place in places if place.startswith("../")]
    return (f"Outside this repository, so nobody's here: {some_of(found)}.",) if found else ()


def _places(path: str, session: Session) -> list[str]:
    root = session.repo.root
    if root is None:
        return [path]
    name = session.repo.relative(path)
    is_elsewhere = name.startswith("../") and not path.startswith("..")  # with -C
    if is_elsewhere or (not os.path.lexists(path) and os.path.lexists(os.path.join(root, path))):
        name = session.repo.relative(os.path.join(root, path))
    name = _in_another_worktree(os.path.join(root, name), session) or name
    name = _as_it_is(name, root)
    here = os.path.join(root, name)
    if any(mark in name for mark in "*?[") and not os.path.lexists(here) and not name.startswith("../"):
        known = session.repo.text("ls-files", "-z", "--", f":(top,glob){name}")
        return [one for one in known.split("\0") if one] or [name]
    is_folder = path.endswith(("/", os.sep)) or (os.path.isdir(here) and not os.path.islink(here))
    return [f"{name}/" if is_folder else name]


def _as_it_is(name: str, root: str) -> str:
    """Return a path as the file is spelt that it means, whose letters may have their accents apart."""
    return next((form for form in spellings(name) if os.path.lexists(os.path.join(root, form))), name)


def _in_another_worktree(path: str, session: Session) -> str:
    """Return the path within another worktree of the clone, which may lie inside this one."""
    real = os.path.realpath(path)
    roots = [os.path.realpath(root) for root in session.repo.worktree_roots()]
    around = max((root for root in roots if real.startswith(root + os.sep)), key=len, default="")
    return os.path.relpath(real, around).replace(os.sep, "/") if around and around != roots[0] else ""


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
    tidied = _as_it_is(tidied, root) if root else tidied
    return tidied + ("/" if path.endswith("/") else "")
