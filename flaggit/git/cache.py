"""The disposable cache under the git directory: deleting it changes no answer, damage reads as absence."""

from __future__ import annotations

import marshal
import os

from flaggit.git.files import make_state_folder, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_MAGIC = b"flaggit-cache-2\n"
_CHECK_BYTES = 8


def load(path: str, key: bytes) -> object | None:
    """Return the value saved at ``path`` under ``key``, or None: absent, damaged, or saved under another key."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    header = len(_MAGIC) + _CHECK_BYTES
    body = data[header:]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : header] != _checksum(body):
        return None
    try:
        saved_key, value = marshal.loads(body)  # noqa: S302 - our own file, checked above, never from a repository
    except (ValueError, EOFError, TypeError):
        return None
    return value if saved_key == key else None


def save(path: str, key: bytes, value: Any) -> None:
    """Save plain data (what ``marshal`` takes) under ``key``; a cache that cannot be written is done without."""
    body = marshal.dumps((key, value), 4)
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        make_state_folder(os.path.dirname(path))
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_MAGIC + _checksum(body) + body)
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


def _checksum(body: bytes) -> bytes:
    from zlib import adler32, crc32

    return crc32(body).to_bytes(4, "big") + adler32(body).to_bytes(4, "big")
