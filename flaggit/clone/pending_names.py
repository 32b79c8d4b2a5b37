"""Which flags of a folder no completion on disk ends, judged by names alone.

A folder of thousands, most of them done, and the same in every worktree, is not listed again while the stamps
of these folders say that their names are the same; nor are completions asked for while those of the folders of
completions do. What changes names changes a folder's stamp, whoever does it; a file's content decides nothing here.
"""

from __future__ import annotations

import os
import time

from flaggit.core.layout import DONE
from flaggit.git import cache
from flaggit.git.stamps import is_stable, read_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.clone.sources import DiskSource
    from flaggit.git.stamps import Stamp

    Stamps = tuple[Stamp | None, ...]
    Names = tuple[str, ...]  # of each source those that no earlier one has, each with a slash behind it

_MANY = 500  # names; fewer are listed sooner than the cache is read
_FOLDER = "names"
_KEY = b"names 1"


class PendingNames:
    """The names of pending flags.

    Args:
        sources: Where they are looked for, the one that counts first in front.
        state_dir: Where what was found is kept; nothing: it is not.
    """

    def __init__(self, sources: Sequence[DiskSource], state_dir: str) -> None:
        self._sources = sources
        self._state_dir = state_dir
        self._roots = tuple(source.root for source in sources)
        self._now = time.time_ns()
        self._done = self._stamps(DONE)

    def read(self, folder: str) -> tuple[Names, Names]:
        """Return of each source the names of a folder's flags that no earlier source has, and the pending ones of them.

        As texts that ``split`` takes apart.
        """
        stamps = self._stamps(folder)
        if not any(stamps):
            nothing = tuple("" for _ in self._sources)
            return nothing, nothing
        place = os.path.join(self._state_dir, _FOLDER, f"{folder}.cache") if self._state_dir else ""
        saved = cache.load(place, _KEY) if place else None
        seen: Stamps | None = None
        done: Stamps | None = None
        names: Names
        pending: Names
        if isinstance(saved, tuple) and saved[0] == self._roots:
            _, seen, names, done, pending = saved
        if seen != stamps:
            names, done = self._list(folder), None
        if done != self._done:
            pending = self._only_pending(names)
            if place and sum(map(len, names)) > _MANY and self._are_stable(stamps):
                kept = self._done if self._are_stable(self._done) else None
                if kept is not None or seen != stamps:
                    cache.save(place, _KEY, (self._roots, stamps, names, kept, pending))
        return names, pending

    def _stamps(self, folder: str) -> Stamps:
        return tuple(read_stamp(source.locate(folder)) for source in self._sources)

    def _are_stable(self, stamps: Stamps) -> bool:
        return all(stamp is None or is_stable(stamp, self._now) for stamp in stamps)

    def _list(self, folder: str) -> Names:
        found: set[str] = set()
        names = []
        for source in self._sources:
            new = set(source.list_stems(folder)).difference(found)
            found |= new
            names.append(_join(new))
        return tuple(names)

    def _only_pending(self, names: Names) -> Names:
        stems = list(map(split, names))
        left = {stem for each in stems for stem in each}
        for source in self._sources:
            left -= source.only_existing(DONE, left)
        return tuple(_join(stem for stem in each if stem in left) for each in stems)


def split(names: str) -> list[str]:
    """Return the names that a text of ``PendingNames`` holds."""
    return names.split("/")[:-1]


def _join(stems: Iterable[str]) -> str:
    return "".join(f"{stem}/" for stem in stems)
