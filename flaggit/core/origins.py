"""Where the origins that flags name lead: what a chain began with, and what leads back to itself. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def trace_origins(ids: Iterable[str], origin_of: Callable[[str], str | None]) -> dict[str, tuple[str, int]]:
    """Return id -> the id that its chain began with, and how many links lead there; of a circle its smallest id.

    Args:
        ids: Where to begin; what lies on the way is in the answer, too.
        origin_of: Returns what an id follows from; nothing where it follows from none, or is unknown.
    """
    found: dict[str, tuple[str, int]] = {}
    for start in ids:
        path: dict[str, None] = {}
        current = start
        while current not in found and current not in path:
            path[current] = None
            current = origin_of(current) or current  # what follows from nothing is a circle of one
        trail = list(path)
        if current not in found:
            circle = trail[trail.index(current) :]
            found.update(dict.fromkeys(circle, (min(circle), 0)))
            trail = trail[: -len(circle)]
        root, links = found[current]
        found.update((name, (root, links + step)) for step, name in enumerate(reversed(trail), 1))
    return found


def find_cycles(origins: Mapping[str, str | None]) -> tuple[tuple[str, ...], ...]:
    """Return the ids whose origins lead back to them, cycle by cycle, sorted; each from its smallest id on."""
    seen: set[str] = set()
    cycles = []
    for start in origins:
        path: dict[str, None] = {}
        current: str | None = start
        while current and current not in seen:
            seen.add(current)
            path[current] = None
            current = origins.get(current)
        if current in path:
            trail = list(path)
            cycle = trail[trail.index(current) :]
            first = cycle.index(min(cycle))
            cycles.append((*cycle[first:], *cycle[:first]))
    return tuple(sorted(cycles))
