"""Stamps: what the file system says of a file or folder that differs after every change of it.

As git's index does it, by size, inode and the times of writing and of change, the last of which only the
kernel sets: an edit in place shows, and so does a file that was put back with its old time. What changed
a moment ago proves nothing, since a further change could leave it the same times: git calls it racy.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Stamp = tuple[int, int, int, int]

_STABLE = 2_000_000_000  # nanoseconds after which the times tell every later change


def read_stamp(path: str) -> Stamp | None:
    """Return the stamp of a file, a link itself or a folder; None where there is none."""
    try:
        return _stamp_of(os.stat(path, follow_symlinks=False))
    except OSError:
        return None


def read_stamps(folder: str, names: Iterable[str]) -> dict[str, Stamp]:
    """Return name -> stamp of those of a folder's files that are there and may be looked at."""
    listed = list(names)
    found = zip(listed, each_stamp(folder, listed), strict=True)
    return {name: stamp for name, stamp in found if stamp is not None}


def each_stamp(folder: str, names: Iterable[str]) -> Iterator[Stamp | None]:
    """Yield the stamp of each of a folder's files; None of those that are not there or may not be looked at."""
    stat = os.stat
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # as below, for all of them
        yield from (None for _ in names)
        return
    try:
        for name in names:
            try:
                status = stat(name, dir_fd=descriptor, follow_symlinks=False)
            except OSError:  # removed meanwhile, or in a folder that may not be entered: reading it tells
                yield None
            else:
                yield status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    finally:
        os.close(descriptor)


def is_stable(stamp: Stamp, now: int) -> bool:
    """Return whether every later change will show; ``now`` is in nanoseconds since the epoch, from before the look."""
    return stamp[2] < now - _STABLE


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
