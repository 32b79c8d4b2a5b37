"""What the files of a large store held when last read, used while their stamps say that they are the same.

What cannot be read as a flag or a completion is never remembered, so that it is told each time.

A cache a folder of the store, so that a change costs the writing of that folder's alone. What a file held lies
in it packed, and is read when it is wanted: most of a long list is needed once, and some of it never.
"""

from __future__ import annotations

import marshal
import os
import time
from sys import intern

from flaggit.core.ids import LENGTH
from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.model import Completion, Flag, order_of
from flaggit.core.record import fields_of, shape_of
from flaggit.core.version import __version__
from flaggit.git import cache
from flaggit.git.stamps import each_stamp, is_stable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import TypeVar

    from flaggit.core.model import Note
    from flaggit.git.cache import Pile
    from flaggit.git.repo import Repo
    from flaggit.git.stamps import Stamp

    Kind = TypeVar("Kind", Flag, Completion)
    Value = Flag | Completion | Note
    Reader = Callable[[list[str]], dict[str, Value]]
    # what a file holds: itself, packed, or where it lies in a cache
    Held = Value | bytes | int
    # of some files at a time what orders them, a line each, and their packed stamps; the pieces are their fields
    Index = list[tuple[str, bytes]]

MANY = 500  # files; fewer are read sooner than the cache is
STEM = slice(-LENGTH, None)  # of what orders a value: a flag's order ends in its id
_FOLDER = "values"
_COMMON = ("flag_type", "impact_level", "source_agent", "target_agent")
_INDEX = "orders, stamps; 1000"  # as ``Index`` says
_PLAIN = 2  # of marshal's formats: one value is always the same bytes
_WORTH_SAVING = 64  # files; so many are read sooner than a large folder's cache is written
_AT_ONCE = 1_000  # files that are read together
_STEM_OF_PATH = slice(-LENGTH - len(SUFFIX), -len(SUFFIX))
_PILE = 48  # bits that are left for the place in a pile


class ValueCache:
    """The values of this worktree's files.

    Args:
        repo: The repository.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._piles: list[Pile] = []

    def read(self, folder: str, stems: Iterable[str], read: Reader) -> Iterator[tuple[list[str], list[Held]]]:
        """Yield of some files of this worktree at a time what orders each in a list, and what each holds.

        Files that hold none are left out.

        Args:
            folder: The folder of the store that they lie in.
            stems: Their names without ``.yaml``.
            read: Reads those of which nothing is remembered, by path.
        """
        place = os.path.join(self._repo.own_state_dir, _FOLDER, f"{folder}.cache")
        on_disk = os.path.join(self._repo.get_root(), STORE, folder)
        unknown = set(stems)
        for is_saved in (False, True):
            saved = cache.load_pile(place, _key())
            known = 0
            if saved is not None:
                pile, index, places = saved
                base, known = len(self._piles) << _PILE, len(places)
                self._piles.append(pile)
                for chunk in _chunks(index, places):
                    orders, starts = _unchanged(*chunk, on_disk, unknown)
                    unknown.difference_update(order[STEM] for order in orders)
                    yield orders, [base + start for start in starts]
                del index, places, saved
            if is_saved or len(unknown) < min(_WORTH_SAVING, known or 1):
                break
            _Saver(place, folder, on_disk).save(unknown, read)
        for some in _batches(folder, unknown):
            values = read(list(some.values()))
            yield (
                [order_of(value) if isinstance(value, Flag) else path[_STEM_OF_PATH] for path, value in values.items()],
                [_pack(value) for value in values.values()],
            )

    def unpack(self, kind: type[Kind], held: Held) -> Kind | None:
        """Return the value that ``read`` gave, of a kind that its folder tells; None where the cache is damaged."""
        if isinstance(held, int):
            packed = self._piles[held >> _PILE].read(held & ((1 << _PILE) - 1))
            if packed is None:
                return None
            held = packed
        if isinstance(held, bytes):
            return kind(*marshal.loads(held))  # noqa: S302 - from our own cache, checked when it was read
        return held if isinstance(held, kind) else None


def _chunks(index: Index, places: list[int]) -> Iterator[tuple[list[str], bytes, list[int]]]:
    """Yield some files' orders, their packed stamps, and where in the pile each lies."""
    at = 0
    for text, stamps in index:
        orders = text.split("\n")
        yield orders, stamps, places[at : at + len(orders)]
        at += len(orders)


def _unchanged(
    orders: list[str], packed: bytes, starts: list[int], folder: str, wanted: Collection[str]
) -> tuple[list[str], list[int]]:
    """Return what orders each of the wanted files that is as it was when it was remembered, and where each lies."""
    names = [order[STEM] + SUFFIX for order in orders if order[STEM] in wanted]
    now = list(each_stamp(folder, names))
    if len(now) == len(orders) and _pack_stamps(now) == packed:
        return orders, starts
    stamps: list[Stamp] = marshal.loads(packed)  # noqa: S302 - as in ``ValueCache.unpack``
    entries = zip(orders, stamps, starts, strict=True)
    known = [entry for entry in entries if entry[0][STEM] in wanted] if names else []
    same = [entry for entry, seen in zip(known, now, strict=True) if entry[1] == seen]
    return [order for order, _, _ in same], [start for _, _, start in same]


class _Saver:
    """Remembers files of a folder anew, beside what is remembered of others that are still there.

    Args:
        place: Where.
        folder: The folder of the store.
        on_disk: Where that lies.
    """

    def __init__(self, place: str, folder: str, on_disk: str) -> None:
        self._place = place
        self._folder = folder
        self._on_disk = on_disk
        self._index: Index = []
        self._orders: list[str] = []
        self._stamps: list[Stamp] = []

    def save(self, stems: Collection[str], read: Reader) -> None:
        """Remember the files of these names; ``read`` as ``ValueCache.read`` has it."""
        cache.save_pile(self._place, _key(), self._index, self._pieces(stems, read))

    def _pieces(self, stems: Collection[str], read: Reader) -> Iterator[bytes]:
        yield from self._keep(stems)
        now = time.time_ns()
        for some in _batches(self._folder, stems):
            seen = zip(some.items(), each_stamp(self._on_disk, [stem + SUFFIX for stem in some]), strict=True)
            stable = {path: (stem, stamp) for (stem, path), stamp in seen if stamp and is_stable(stamp, now)}
            for path, value in read(list(stable)).items():
                stem, stamp = stable[path]
                self._add(order_of(value) if isinstance(value, Flag) else stem, stamp)
                yield _pack(value)
        self._end_chunk()

    def _keep(self, stems: Collection[str]) -> Iterator[bytes]:
        saved = cache.load_pile(self._place, _key())
        if saved is None:
            return
        pile, index, places = saved
        there = set(os.listdir(self._on_disk))
        for orders, packed, starts in _chunks(index, places):
            for order, stamp, start in zip(orders, marshal.loads(packed), starts, strict=True):  # noqa: S302
                is_kept = order[STEM] not in stems and order[STEM] + SUFFIX in there
                piece = pile.read(start) if is_kept else None
                if piece is not None:
                    self._add(order, stamp)
                    yield piece

    def _add(self, order: str, stamp: Stamp) -> None:
        if len(self._orders) == _AT_ONCE:
            self._end_chunk()
        self._orders.append(order)
        self._stamps.append(stamp)

    def _end_chunk(self) -> None:
        if self._orders:
            self._index.append(("\n".join(self._orders), _pack_stamps(self._stamps)))
            self._orders.clear()
            self._stamps.clear()


def _pack_stamps(stamps: list[Stamp] | list[Stamp | None]) -> bytes:
    return marshal.dumps(stamps, _PLAIN)


def _batches(folder: str, stems: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield stem -> path of a folder's files, a few of them at a time."""
    names = sorted(stems)
    for start in range(0, len(names), _AT_ONCE):
        yield {stem: f"{STORE}/{folder}/{stem}{SUFFIX}" for stem in names[start : start + _AT_ONCE]}


def _pack(value: Value) -> bytes:
    """Return a value's fields; what many flags have in common is one text each when they are unpacked."""
    fields = fields_of(value)
    fields.update((name, intern(fields[name])) for name in _COMMON if fields.get(name))
    return marshal.dumps(tuple(fields.values()))


def _key() -> bytes:
    """Return the key of a cache: it changes with the fields, and with the reader."""
    return f"values {__version__} ({_INDEX}) {shape_of(Flag, Completion)}".encode()
