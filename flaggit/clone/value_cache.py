"""What the files of a large store held when last read, told again while their stamps say that they are the same.

What cannot be read as a flag or a completion is never remembered, so that it is told each time.

A cache a folder of the store, so that a change costs the writing of that folder's alone. A file's fields
lie in it packed, and are handed out so: most of a long list is needed once, and some of it never.
"""

from __future__ import annotations

import marshal
import os
import time
from sys import intern

from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.model import Completion, Flag, order_of
from flaggit.core.record import fields_of, shape_of
from flaggit.core.version import __version__
from flaggit.git import cache
from flaggit.git.stamps import is_stable, read_stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from flaggit.core.model import Note
    from flaggit.git.repo import Repo
    from flaggit.git.stamps import Stamp

    Kind = TypeVar("Kind", Flag, Completion)
    Value = Flag | Completion | Note
    Reader = Callable[[list[str]], dict[str, Value]]
    # stem of a file's name -> (its stamp, what orders it in a list, its fields)
    Known = dict[str, tuple[Stamp, str, bytes]]

MANY = 500  # files; fewer are read sooner than the cache is
_FOLDER = "values"
_COMMON = ("flag_type", "impact_level", "source_agent", "target_agent")
_ENTRY = "stamp, order, packed fields"  # as ``Known`` says
_WORTH_SAVING = 64  # files; so many are read sooner than a large folder's cache is written


def read_cached(repo: Repo, folder: str, stems: list[str], read: Reader) -> Iterator[tuple[str, str, Value | bytes]]:
    """Yield (stem, what orders it in a list, value) of files of this worktree, those left out that hold none.

    A value that is remembered comes packed, as ``unpack`` takes it.

    Args:
        repo: The repository.
        folder: The folder of the store that they lie in.
        stems: Their names without ``.yaml``.
        read: Reads those of which nothing is remembered, by path.
    """
    place = os.path.join(repo.own_state_dir, _FOLDER, f"{folder}.cache")
    on_disk = os.path.join(repo.get_root(), STORE, folder)
    saved = cache.load(place, _key())
    known: Known = saved if isinstance(saved, dict) else {}
    now = time.time_ns()
    stamps = read_stamps(on_disk, [stem + SUFFIX for stem in stems])
    unknown = {}
    for stem in stems:
        entry = known.get(stem)
        if entry is not None and entry[0] == stamps.get(stem + SUFFIX):
            yield stem, entry[1], entry[2]
        else:
            unknown[f"{STORE}/{folder}/{stem}{SUFFIX}"] = stem
    fresh = read(list(unknown)) if unknown else {}
    found: Known = {}
    for path, value in fresh.items():
        stem, order = unknown[path], order_of(value) if isinstance(value, Flag) else ""
        yield stem, order, value
        stamp = stamps.get(stem + SUFFIX)
        if stamp is not None and is_stable(stamp, now):
            found[stem] = stamp, order, _pack(value)
    if len(found) >= min(_WORTH_SAVING, len(known) or 1):
        _save(place, {**known, **found}, on_disk)


def _pack(value: Value) -> bytes:
    """Return a value's fields; what many flags have in common is one text each when they are unpacked."""
    fields = fields_of(value)
    fields.update((name, intern(fields[name])) for name in _COMMON if fields.get(name))
    return marshal.dumps(tuple(fields.values()))


def unpack(kind: type[Kind], value: Kind | bytes) -> Kind:
    """Return the value that ``read_cached`` gave, of a kind that its folder tells."""
    if isinstance(value, bytes):
        return kind(*marshal.loads(value))  # noqa: S302 - from our own cache, checked when it was loaded
    return value


def _save(place: str, known: Known, folder: str) -> None:
    """Keep what is known of files that are still there."""
    try:
        there = set(os.listdir(folder))
    except OSError:
        return
    cache.save(place, _key(), {stem: entry for stem, entry in known.items() if stem + SUFFIX in there})


def _key() -> bytes:
    """Return the key of a cache: it changes with the fields, and with the reader."""
    return f"values {__version__} ({_ENTRY}) {shape_of(Flag, Completion)}".encode()
