"""Which flags would touch the same files: literal paths, a folder covers what lies below it. Pure."""

from __future__ import annotations

import posixpath

from flaggit.core.text import composed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def normal_path(path: str) -> str:
    """Return a path in its one form: composed, no ``./``, no double or final ``/``; the whole repository is nothing.

    >>> normal_path("./src//orders/")
    'src/orders'
    """
    plain = posixpath.normpath(path.strip().lstrip("/")) if path.strip() else "."
    return "" if plain == "." else composed(plain)


class Footprint:
    """A growing set of claimed paths."""

    __slots__ = ("_above", "_claimed")

    def __init__(self) -> None:
        self._claimed: set[str] = set()
        self._above: set[str] = set()

    def touches(self, paths: Iterable[str]) -> bool:
        """Tell whether one of ``paths`` is claimed, lies below a claimed folder, or is a folder around a claim."""
        return any(
            path in self._above or any(part in self._claimed for part in _lineage(path))
            for path in map(normal_path, paths)
        )

    def claim(self, paths: Iterable[str]) -> None:
        """Add paths."""
        for path in map(normal_path, paths):
            self._claimed.add(path)
            self._above.update(_lineage(path))


def _lineage(path: str) -> list[str]:
    """Return a path and every folder around it, the repository's root (nothing) included."""
    line = [path]
    while path:
        path = path.rpartition("/")[0]
        line.append(path)
    return line
