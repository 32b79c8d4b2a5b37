"""Takes one wave after the other from an ordered queue of flags. Pure.

Flags that would touch the same files do not share a wave: literal paths, a folder covers what lies below it.
"""

from __future__ import annotations

import posixpath

from flaggit.core.text import composed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flaggit.core.model import Flag
    from flaggit.planning.chains import Order

WAVE_LIMIT = 10  # agents at work at the same time


class Queue:
    """Flags in the order in which they are to be done.

    Args:
        flags: The flags that may be scheduled.
        waited_for: Ids of all flags that are not done, scheduled or not.
        order: What has to be in an earlier wave than what.
        stand_ins: Handle -> the agents that may act under it.
        strict: What a ready flag needs stays reserved for it even where it has to wait, so that no
            later flag overtakes it.
    """

    def __init__(
        self,
        flags: Iterable[Flag],
        *,
        waited_for: Iterable[str],
        order: Order,
        stand_ins: Mapping[str, tuple[str, ...]],
        strict: bool,
    ) -> None:
        self._left = {flag.id: flag for flag in flags}
        self._waited_for = set(waited_for)
        self._order = order
        self._stand_ins = stand_ins
        self._strict = strict
        self._targets: dict[str | None, int] = {}
        for flag in self._left.values():
            self._targets[flag.target_agent] = self._targets.get(flag.target_agent, 0) + 1

    @property
    def left(self) -> list[Flag]:
        """Return the flags that are in no wave yet, in order."""
        return list(self._left.values())

    def pop_wave(self) -> list[Flag]:
        """Take and return the next wave: in order, every ready flag whose agent and files are free."""
        wave: list[Flag] = []
        busy: set[str | None] = set()
        files = Footprint()
        for flag in self._left.values():
            # Where every target is spoken for, looking further cannot find a place.
            if len(wave) == WAVE_LIMIT or (len(busy) >= len(self._targets) and busy.issuperset(self._targets)):
                break
            if not self._order.is_ready(flag.id, self._waited_for):
                continue
            actors = {flag.target_agent, *self._stand_ins.get(flag.target_agent or "", ())}
            fits = busy.isdisjoint(actors) and not files.touches(flag.related_files)
            if fits:
                wave.append(flag)
            if fits or self._strict:
                busy |= actors
                files.claim(flag.related_files)
        for flag in wave:
            self._remove(flag)
        return wave

    def _remove(self, flag: Flag) -> None:
        del self._left[flag.id]
        self._waited_for.discard(flag.id)
        self._targets[flag.target_agent] -= 1
        if not self._targets[flag.target_agent]:
            del self._targets[flag.target_agent]


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
        """Return whether one of ``paths`` is claimed, lies below a claimed folder, or is a folder around a claim."""
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
