"""What the files of a large store held when last read, told again while the file system says that they are the same.

As git's index does it, by size, inode and the times of writing and of change, the last of which only
the kernel sets: an edit in place shows, and so does a file that was put back with its old time. A file
that changed just before it was read is not remembered, since a further change could leave it the same
time. What cannot be read as a flag or a completion is never remembered, so that it is told each time.

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    from flaggit.core.model import Note
    from flaggit.git.repo import Repo

    Kind = TypeVar("Kind", Flag, Completion)
    Value = Flag | Completion | Note
    Reader = Callable[[list[str]], dict[str, Value]]
    Stamp = tuple[int, int, int, int]
    # stem of a file's name -> (its stamp, what orders it in a list, its fields)
    Known = dict[str, tuple[Stamp, str, bytes]]

MANY = 500  # files; fewer are read sooner than the cache is
_FOLDER = "values"
_COMMON = ("flag_type", "impact_level", "source_agent", "target_agent")
_ENTRY = "stamp, order, packed fields"  # as ``Known`` says
_STABLE = 2_000_000_000  # nanoseconds after which a file's times tell every later change
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
    settled = time.time_ns() - _STABLE
    stamps = _stamps(on_disk, stems)
    unknown = {}
    for stem in stems:
        entry = known.get(stem)
        if entry is not None and entry[0] == stamps.get(stem):
            yield stem, entry[1], entry[2]
        else:
            unknown[f"{STORE}/{folder}/{stem}{SUFFIX}"] = stem
    fresh = read(list(unknown)) if unknown else {}
    found: Known = {}
    for path, value in fresh.items():
        stem, order = unknown[path], order_of(value) if isinstance(value, Flag) else ""
        yield stem, order, value
        if stem in stamps and stamps[stem][2] < settled:
            found[stem] = stamps[stem], order, _pack(value)
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


def _stamps(folder: str, stems: Iterable[str]) -> dict[str, Stamp]:
    found: dict[str, Stamp] = {}
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # as below, for all of them
        return found
    try:
        for stem in stems:
            try:
                status = os.stat(stem + SUFFIX, dir_fd=descriptor, follow_symlinks=False)
            except OSError:  # removed meanwhile, or in a folder that may not be entered: reading it tells
                continue
            found[stem] = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    finally:
        os.close(descriptor)
    return found


def _key() -> bytes:
    """Return the key of a cache: it changes with the fields, and with the reader."""
    return f"values {__version__} ({_ENTRY}) {shape_of(Flag, Completion)}".encode()
