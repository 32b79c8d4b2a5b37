"""A mapping in marshalled pieces, so that a process reads only those parts of a large index that it needs."""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

LETTERS = 2  # of a key that decide its piece


class Pieces:
    """What ``in_pieces`` packed; each piece is read when it is first asked for."""

    __slots__ = ("_packed", "_read")

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        self._packed = packed
        self._read: dict[str, dict[str, Any]] = {}

    def get(self, key: str) -> Any:
        """Return a key's value, or None."""
        return self._piece(key[:LETTERS]).get(key)

    def keys_with(self, letter: str) -> Iterator[str]:
        """Yield the keys that begin with a letter."""
        for start in self._packed:
            if start[0] == letter:
                yield from self._piece(start)

    def _piece(self, start: str) -> dict[str, Any]:
        piece = self._read.get(start)
        if piece is None:
            packed = self._packed.get(start)
            piece = self._read[start] = marshal.loads(packed) if packed else {}  # noqa: S302 - ours, checked by the cache
        return piece


def in_pieces(mapping: Mapping[str, Any]) -> dict[str, bytes]:
    """Return a mapping's pieces: first letters of keys -> what ``marshal`` makes of those entries, in their order."""
    pieces: dict[str, dict[str, Any]] = {}
    for key in sorted(mapping):
        pieces.setdefault(key[:LETTERS], {})[key] = mapping[key]
    return {start: marshal.dumps(piece) for start, piece in pieces.items()}
