"""What the files of a large store held when last read, told again while the file system says that they are the same.

As git's index does it, by size, inode and the times of writing and of change, the last of which only
the kernel sets: an edit in place shows, and so does a file that was put back with its old time. A file
that changed just before it was read is not remembered, since a further change could leave it the same
time. What cannot be read as a flag or a completion is never remembered, so that it is told each time.

A cache a folder of the store, so that a change costs the writing of that folder's alone.
"""

from __future__ import annotations

import os
import time

from flaggit import cache
from flaggit.layout import STORE
from flaggit.model import Completion, Flag
from flaggit.record import fields_of, shape_of
from flaggit.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.model import Note
    from flaggit.repo import Repo

    Value = Flag | Completion | Note
    Reader = Callable[[list[str]], dict[str, Value]]
    Stamp = tuple[int, int, int, int]
    # file's name -> (its stamp, whether it holds a flag, the fields)
    Known = dict[str, tuple[Stamp, bool, tuple[object, ...]]]

MANY = 500  # files; fewer are read sooner than the cache is
_FOLDER = "values"
_SETTLED = 2_000_000_000  # nanoseconds after which a file's times tell every later change
_WORTH_SAVING = 64  # files; so many are read sooner than a large folder's cache is written


def read_remembered(repo: Repo, paths: Iterable[str], read: Reader) -> dict[str, Value]:
    """Return path -> value of files of this worktree, those left out that hold none.

    Args:
        repo: The repository.
        paths: Relative to the root.
        read: Reads those of which nothing is remembered.
    """
    folders: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(name)
    values: dict[str, Value] = {}
    for folder, names in folders.items():
        values.update(_read_folder(repo, folder, names, read))
    return values


def _read_folder(repo: Repo, folder: str, names: list[str], read: Reader) -> dict[str, Value]:
    place = os.path.join(repo.own_state_dir, _FOLDER, f"{folder[len(STORE) + 1 :]}.cache")
    saved = cache.load(place, _key())
    known: Known = saved if isinstance(saved, dict) else {}
    settled = time.time_ns() - _SETTLED
    stamps = _stamps(os.path.join(repo.get_root(), folder), names)
    values: dict[str, Value] = {}
    unknown = []
    for name in names:
        entry = known.get(name)
        if entry is not None and entry[0] == stamps.get(name):
            values[f"{folder}/{name}"] = (Flag if entry[1] else Completion)(*entry[2])  # type: ignore[arg-type]
        else:
            unknown.append(name)
    fresh = read([f"{folder}/{name}" for name in unknown]) if unknown else {}
    found = {
        name: (stamps[name], isinstance(value, Flag), tuple(fields_of(value).values()))
        for name in unknown
        if isinstance(value := fresh.get(f"{folder}/{name}"), (Flag, Completion))
        and name in stamps
        and stamps[name][2] < settled
    }
    if len(found) >= min(_WORTH_SAVING, len(known) or 1):
        _save(place, {**known, **found}, os.path.join(repo.get_root(), folder))
    return {**values, **fresh}


def _save(place: str, known: Known, folder: str) -> None:
    """Keep what is known of files that are still there; what comes again and again is kept, and read, once."""
    try:
        there = set(os.listdir(folder))
    except OSError:
        return
    same: dict[object, object] = {}
    packed = {
        name: (stamp, is_flag, tuple(same.setdefault(field, field) for field in fields))
        for name, (stamp, is_flag, fields) in known.items()
        if name in there
    }
    cache.save(place, _key(), packed)


def _stamps(folder: str, names: list[str]) -> dict[str, Stamp]:
    found = {}
    for name in names:
        try:
            status = os.lstat(f"{folder}/{name}")
        except OSError:  # removed meanwhile, or in a folder that may not be entered: reading it tells
            continue
        found[name] = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    return found


def _key() -> bytes:
    """Return what a cache has to be saved under to be of use: other fields, or another reader, is another key."""
    return f"values {__version__} {shape_of(Flag, Completion)}".encode()
