"""The disposable cache under the git directory: deleting it changes no answer, damage reads as absence."""

from __future__ import annotations

import marshal
import os

from flaggit.git.files import make_state_folder, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _io import FileIO
    from collections.abc import Iterable, Iterator
    from typing import Any

_MAGIC = b"flaggit-cache-2\n"
_CHECK_BYTES = 8
_SIZE_BYTES = 8  # of what says how long an index is
_PIECE_HEAD = 4 + _CHECK_BYTES  # in front of each piece of a pile: its length, and what proves it whole
_PIECE = 1_024  # bytes; as long as most pieces are, head and all
_MOST_OPEN = 100  # piles whose files are held open


def load(path: str, key: bytes) -> object | None:
    """Return the value saved at ``path`` under ``key``, or None: absent, damaged, or saved under another key."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    header = len(_MAGIC) + _CHECK_BYTES
    body = memoryview(data)[header:]  # megabytes need not be copied
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : header] != _checksum(body):
        return None
    content = _loads(body, key)
    return content[0] if content else None


def save(path: str, key: bytes, value: Any) -> None:
    """Save plain data (what ``marshal`` takes) under ``key``; a cache that cannot be written is done without."""
    body = marshal.dumps((key, value), 4)
    _write(path, (_MAGIC, _checksum(body), body))


class Pile:
    """Many pieces of bytes in one file of the cache, read one by one.

    A file that another process replaces meanwhile is the same for whoever has it open.
    """

    __slots__ = ("_mark", "_path")

    _open: dict[Pile, FileIO] = {}  # noqa: RUF012 - of all piles, the one that was opened first in front

    def __init__(self, path: str, mark: bytes) -> None:
        self._path = path
        self._mark = mark  # how the file ends, which tells it from another one

    def read(self, place: int) -> bytes | None:
        """Return a piece; None where the file is damaged, gone, or another one by now."""
        file = self._open.get(self) or self._reopen()
        if file is None:
            return None
        data = os.pread(file.fileno(), _PIECE, place)
        end = _PIECE_HEAD + int.from_bytes(data[:4], "big")
        if end > len(data):
            data += os.pread(file.fileno(), end - len(data), place + len(data))
        piece = data[_PIECE_HEAD:end]
        return piece if data[4:_PIECE_HEAD] == _checksum(piece) else None

    def _reopen(self) -> FileIO | None:
        found = _open_pile(self._path)
        if found is None:
            return None
        file, mark = found
        if mark != self._mark:
            file.close()
            return None
        self.keep_open(file)
        return file

    def keep_open(self, file: FileIO) -> None:
        """Hold the file open for the next piece, as far as a process may hold files open."""
        if len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open))).close()
        self._open[self] = file


def load_pile(path: str, key: bytes) -> tuple[Pile, Any, list[int]] | None:
    """Return the pile saved at ``path`` under ``key``, its index, and where each piece begins; None as in ``load``."""
    found = _open_pile(path)
    if found is None:
        return None
    file, mark = found
    size = int.from_bytes(mark[:_SIZE_BYTES], "big")
    begin = os.fstat(file.fileno()).st_size - len(mark) - size
    body = os.pread(file.fileno(), size, begin) if begin >= 0 else b""
    content = _loads(body, key) if _checksum(body) == mark[_SIZE_BYTES : _SIZE_BYTES + _CHECK_BYTES] else None
    if content is None:
        file.close()
        return None
    pile = Pile(path, mark)
    pile.keep_open(file)
    return pile, *content


def save_pile(path: str, key: bytes, index: Any, pieces: Iterable[bytes]) -> None:
    """Save pieces under ``key`` with an index, plain data that is whole once the last piece is asked for.

    No two of the pieces need lie in memory together. As ``save`` otherwise.
    """
    places: list[int] = []

    def parts() -> Iterator[bytes]:
        place = 0
        for piece in pieces:
            places.append(place)
            place += _PIECE_HEAD + len(piece)
            yield len(piece).to_bytes(4, "big") + _checksum(piece) + piece
        body = marshal.dumps((key, index, places), 4)
        yield body + len(body).to_bytes(_SIZE_BYTES, "big") + _checksum(body) + _MAGIC

    _write(path, parts())


def _loads(body: bytes | memoryview, key: bytes) -> tuple[Any, ...] | None:
    """Return what was saved under ``key``, or None; ``body`` is whole."""
    try:
        saved_key, *content = marshal.loads(body)  # noqa: S302 - our own file, checked, never from a repository
    except (ValueError, EOFError, TypeError):
        return None
    return tuple(content) if saved_key == key else None


def _open_pile(path: str) -> tuple[FileIO, bytes] | None:
    """Return a pile's file, and how it ends; None where it is absent, or no pile."""
    from _io import FileIO

    try:
        file = FileIO(path)
    except OSError:
        return None
    length = _SIZE_BYTES + _CHECK_BYTES + len(_MAGIC)
    mark = os.pread(file.fileno(), length, max(0, os.fstat(file.fileno()).st_size - length))
    if len(mark) == length and mark.endswith(_MAGIC):
        return file, mark
    file.close()
    return None


def _write(path: str, parts: Iterable[bytes]) -> None:
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        make_state_folder(os.path.dirname(path))
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
        share(temporary)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)


def digest(data: bytes) -> bytes:
    """Return a short fingerprint of ``data`` for cache keys; not for security."""
    return digest_all((data,))


def digest_all(chunks: Iterable[bytes]) -> bytes:
    """Return a short fingerprint of chunks of bytes that need not lie in memory together."""
    from _blake2 import blake2b

    found = blake2b(digest_size=16)
    for chunk in chunks:
        found.update(chunk)
    return found.digest()


def _checksum(body: bytes | memoryview) -> bytes:
    from zlib import adler32, crc32

    return crc32(body).to_bytes(4, "big") + adler32(body).to_bytes(4, "big")
