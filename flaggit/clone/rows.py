"""Flags in order, each made into a row only when it is its turn: those of a large store never all lie in memory."""

from __future__ import annotations

from flaggit.clone.value_cache import STEM
from flaggit.core.model import ORDER_OF_TIME
from flaggit.core.record import Generic, T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from flaggit.clone.sources import Source
    from flaggit.clone.value_cache import Held
    from flaggit.core.model import Row

    Spot = tuple[Source, str]  # where a file was seen, and the folder of the store that it lies in
    # what orders a flag, where it was seen, and the flag itself or what ``ValueCache.unpack`` makes one of
    Entry = tuple[str, Spot, Held]


class Values(Generic[T]):
    """A list that can be gone through as often as wanted; its length costs nothing.

    Args:
        entries: In order.
        make: Makes an entry's value.
    """

    __slots__ = ("_entries", "_make")

    def __init__(self, entries: list[Entry], make: Callable[[Entry], T]) -> None:
        self._entries = entries
        self._make = make

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[T]:
        return map(self._make, self._entries)

    def part(self, start: int, stop: int) -> list[T]:
        """Return some of the values, as a slice has them."""
        return list(map(self._make, self._entries[start:stop]))


class Rows(Values["Row"]):
    """Flags in order."""

    __slots__ = ()

    def drain(self) -> list[Row]:
        """Return every row; nothing is left of this list then, nor of what it held to make them."""
        entries, make = self._entries, self._make
        entries.reverse()
        return [make(entries.pop()) for _ in range(len(entries))]

    def ids(self) -> Iterator[str]:
        """Yield the flags' ids; no row is made."""
        return (entry[0][STEM] for entry in self._entries)

    def oldest_first(self) -> Rows:
        """Return the same by time of creation, then id."""
        return Rows(sorted(self._entries, key=lambda entry: entry[0][ORDER_OF_TIME]), self._make)

    def only(self, fits: Callable[[Row], bool]) -> Rows:
        """Return those whose row fits, in order."""
        make = self._make
        return Rows([entry for entry in self._entries if fits(make(entry))], make)

    def having(self, ids: Collection[str]) -> list[Row]:
        """Return the rows of these ids, in order; no other row is made."""
        return [self._make(entry) for entry in self._entries if entry[0][STEM] in ids] if ids else []

    def by_id(self) -> RowById:
        """Return how each row is found by its flag's id."""
        return RowById(self._entries, self._make)


class RowById:
    """Rows by the ids of their flags, each made when it is asked for."""

    def __init__(self, entries: Iterable[Entry], make: Callable[[Entry], Row]) -> None:
        self._entries = {entry[0][STEM]: entry for entry in entries}
        self._make = make

    def __contains__(self, flag_id: object) -> bool:
        return flag_id in self._entries

    def get(self, flag_id: str) -> Row | None:
        """Return the row of an id, or None."""
        entry = self._entries.get(flag_id)
        return None if entry is None else self._make(entry)

    def all_of(self, ids: Iterable[str]) -> list[Row]:
        """Return the rows of these ids, as far as there are any."""
        return [row for row in map(self.get, ids) if row is not None]
