"""Whose flags an agent sees: its own, its aliases', its teams', and those of the retired agents it replaces."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.catalog.catalog import Catalog
    from flaggit.git.repo import Repo

_FORM = b"routes-2"  # changes whenever ``_build_routes`` does
_MARKS = (b"members", b"aliases", b"replaced_by")


def find_targets(
    repo: Repo, files: list[tuple[str, bytes]], get_catalog: Callable[[], Catalog], handle: str
) -> list[str]:
    """Return the handles whose flags are for the agent ``handle``, its own first, the others sorted.

    The catalog is parsed only where it has teams, aliases or successors at all, and then once: the
    answer for every agent is kept in the cache until the catalog changes.

    Args:
        repo: The repository.
        files: Path and bytes of the catalog's files; none in a bare repository, where the catalog is always asked.
        get_catalog: Returns the parsed catalog.
        handle: The agent.
    """
    if not repo.bare and not any(mark in data for _, data in files for mark in _MARKS):
        return [handle]
    from flaggit.git import cache

    key = cache.digest(b"\0".join([_FORM, *(data for _, data in files)]))
    place = os.path.join(repo.state_dir, "routes.cache")
    routes = None if repo.bare else cache.load(place, key)
    if not isinstance(routes, dict):
        routes = _build_routes(get_catalog())
        if not repo.bare:
            cache.save(place, key, routes)
    return [handle, *(other for other in routes.get(handle, ()) if other != handle)]


def _build_routes(catalog: Catalog) -> dict[str, list[str]]:
    """Return handle -> the handles whose flags are for it, where that is more than itself."""
    same: dict[str, set[str]] = {}
    for agent in catalog.agents.values():
        for name in catalog.acting_for(agent.name):
            same.setdefault(name, set()).update((agent.name, *agent.aliases))
    routes = {name: sorted(handles) for name, handles in same.items()}
    for name, agent in catalog.agents.items():
        routes.update(dict.fromkeys(agent.aliases, routes[name]))
    return {name: handles for name, handles in routes.items() if len(handles) > 1}
