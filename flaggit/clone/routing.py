"""Whose flags an agent sees: its own, its aliases', its teams', and those of the retired agents it replaces."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session

_FORM = b"routes-2"  # changes whenever ``_build_routes`` does
_MARKS = (b"members", b"aliases", b"replaced_by")


def targets_for(session: Session, handle: str) -> list[str]:
    """Return the handles whose flags are for the agent ``handle``, its own first, the others sorted.

    The catalog is parsed only where it has teams, aliases or successors at all, and then once: the
    answer for every agent is kept in the cache until the catalog changes.
    """
    files = [] if session.repo.bare else session.store.read_catalog_files()
    if not session.repo.bare and not any(mark in data for _, data in files for mark in _MARKS):
        return [handle]
    from flaggit.git import cache

    key = cache.digest(b"\0".join([_FORM, *(data for _, data in files)]))
    place = os.path.join(session.repo.state_dir, "routes.cache")
    routes = None if session.repo.bare else cache.load(place, key)
    if not isinstance(routes, dict):
        routes = _build_routes(session)
        if not session.repo.bare:
            cache.save(place, key, routes)
    return [handle, *(other for other in routes.get(handle, ()) if other != handle)]


def _build_routes(session: Session) -> dict[str, list[str]]:
    """Return handle -> the handles whose flags are for it, where that is more than itself."""
    catalog = session.catalog
    same: dict[str, set[str]] = {}
    for agent in catalog.agents.values():
        for name in catalog.acting_for(agent.name):
            same.setdefault(name, set()).update((agent.name, *agent.aliases))
    routes = {name: sorted(handles) for name, handles in same.items()}
    for name, agent in catalog.agents.items():
        routes.update(dict.fromkeys(agent.aliases, routes[name]))
    return {name: handles for name, handles in routes.items() if len(handles) > 1}
