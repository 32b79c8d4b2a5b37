"""Many paths, asked which of them related files are about: by hash and bisection, however many there are."""

from __future__ import annotations

from bisect import bisect_left

from flaggit.core.text import composed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class PathSet:
    """A set of paths.

    Args:
        paths: Relative to the root, with ``/``.
    """

    __slots__ = ("_around", "_every", "_sorted")

    def __init__(self, paths: Iterable[str]) -> None:
        self._every: dict[str, list[str]] = {}  # by their composed form, in which they are compared
        for path in sorted(set(paths)):
            self._every.setdefault(composed(path), []).append(path)
        self._sorted = sorted(self._every)
        self._around: frozenset[str] | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path for paths in self._every.values() for path in paths))

    def find(self, related: Iterable[str]) -> tuple[str, ...]:
        """Return those paths, sorted, that are one of ``related`` or lie in a folder which is named there."""
        found: set[str] = set()
        for item in map(composed, related):
            found.update(self._every.get(item, ()))
            folder = item.rstrip("/") + "/"
            place = bisect_left(self._sorted, folder)
            while place < len(self._sorted) and self._sorted[place].startswith(folder):
                found.update(self._every[self._sorted[place]])
                place += 1
        return tuple(sorted(found))

    @property
    def names(self) -> frozenset[str]:
        """Return the paths and every folder around them: whatever related files could name to be about one."""
        if self._around is None:
            around: set[str] = set()
            for path in self._every:
                while path and path not in around:
                    around.add(path)
                    path = path.rpartition("/")[0]
            self._around = frozenset(around)
        return self._around


def may_be_about(data: bytes, names: frozenset[bytes]) -> bool:
    """Judge from a flag's bytes whether its related files may be among ``names``; in doubt they may.

    Looks at the lines of the layout that flaggit writes, which spares most flags from being parsed.
    """
    start = data.find(b"\nrelated_files:\n")
    if start < 0:
        return b"related_files" in data
    for line in data[start + len(b"\nrelated_files:\n") :].split(b"\n"):
        if not line.startswith(b'  - "'):
            return line not in (b"", b"\r") and not line[:1].isalpha()
        if b"\\" in line or not line.isascii() or line[5:-1].rstrip(b"/") in names:
            return True
    return False
