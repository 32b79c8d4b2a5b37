"""Whose a path is: the catalog's owners, or folders where there is no catalog."""

from __future__ import annotations

import os

from flaggit.git import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flaggit.catalog.catalog import Catalog
    from flaggit.git.repo import Repo

_STORE = ".flags/"
_FORM = b"impact-areas-1"
_FEW = 200  # paths that are not worth a new file
_MOST = 300_000


class Areas:
    """Path -> the area that it lies in, asked once for each path.

    Args:
        find: Returns the area of a path, or None where it is nobody's.
        by_folder: Areas are folders, not agents.
        cached: Areas of paths that were asked before.
    """

    __slots__ = ("_cached", "_find", "by_folder")

    def __init__(
        self, find: Callable[[str], str | None], *, by_folder: bool = False, cached: dict[str, str | None] | None = None
    ) -> None:
        self._find = find
        self._cached = {} if cached is None else cached
        self.by_folder = by_folder

    def of_all(self, paths: Collection[str]) -> list[str | None]:
        """The areas of many paths; of those asked before at once."""
        try:
            return list(map(self._cached.__getitem__, paths))
        except KeyError:
            return list(map(self.of, paths))

    def of(self, path: str) -> str | None:
        """The area of a path; None where it is nobody's."""
        try:
            return self._cached[path]
        except KeyError:
            found = self._cached[path] = None if path.startswith(_STORE) else self._find(path)
            return found


class CachedAreas(Areas):
    """Areas through the disposable cache: patterns are slow where a history has touched thousands of paths.

    Args:
        repo: The repository, under whose git directory the cache lies.
        key: Changes whenever an answer may.
        find: As ``Areas``.
        by_folder: As ``Areas``.
    """

    __slots__ = ("_count", "_key", "_place")

    def __init__(self, repo: Repo, key: bytes, find: Callable[[str], str | None], *, by_folder: bool = False) -> None:
        self._place = os.path.join(repo.state_dir, "impact-areas.cache")
        self._key = cache.digest(_FORM + key)
        saved = cache.load(self._place, self._key)
        cached: dict[str, str | None] = {}
        for area, paths in saved.items() if isinstance(saved, dict) else ():
            cached.update(dict.fromkeys(paths.split("\0"), area or None))
        self._count = len(cached)
        super().__init__(find, by_folder=by_folder, cached=cached)

    def save(self) -> None:
        """Save what was asked, where that is much more than before."""
        if self._count + _FEW < len(self._cached) < _MOST:
            paths: dict[str, list[str]] = {}
            for path, area in self._cached.items():
                paths.setdefault(area or "", []).append(path)
            cache.save(self._place, self._key, {area: "\0".join(found) for area, found in paths.items()})


def areas_of(repo: Repo, catalog: Catalog) -> CachedAreas:
    """The areas of agents who own paths; folders where none does."""
    rules = [
        (rule.pattern, [agent.name for agent in rule.owners], rule.section, rule.exclude)
        for rule in catalog.ownership.rules
    ]
    if not any(owners for _, owners, _, _ in rules):
        return CachedAreas(repo, b"", find_folder, by_folder=True)

    def find(path: str) -> str | None:
        owner = catalog.owner(path)
        return owner.name if owner is not None else None

    return CachedAreas(repo, repr(rules).encode("utf-8", "backslashreplace"), find)


def find_folder(path: str) -> str | None:
    """The folder that stands for an area where no catalog says more: two levels deep; None for files at the top."""
    parts = path.split("/", 3)
    if len(parts) == 1 or parts[0].startswith("."):
        return None
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
