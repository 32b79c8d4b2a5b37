"""Which texts flaggit wrote in this clone: evidence that the words in a file are this clone's own.

A file in the work tree may be anybody's: a merge, a cherry-pick or a checkout of a stranger's branch puts it there, and
so may a commit. So whoever raises or edits a flag here notes down what was written, by a fingerprint of its bytes, in
the git directory, where nothing that is fetched can write. Deleting the file takes trust away and never gives any.
"""

from __future__ import annotations

import os

from flaggit.git.files import make_state_folder, replace_file, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_SIZE = 32  # bytes of a fingerprint: nobody can make another text that has the same
_MOST = 1 << 20  # bytes of the journal; the older half goes then, some 16,000 texts


def note_written(repo: Repo, data: bytes) -> None:
    """Note down that flaggit wrote ``data`` in this clone. What cannot be noted down is not trusted, and no error."""
    path = _path(repo)
    try:
        make_state_folder(os.path.dirname(path))
        is_new = not os.path.exists(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, _fingerprint(data))
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if is_new:
            share(path)
        if size > _MOST:
            _shorten(path)
    except OSError:
        return


def read_written(repo: Repo) -> Written:
    """Return what flaggit wrote in this clone."""
    try:
        with open(_path(repo), "rb") as file:
            data = file.read(2 * _MOST)
    except OSError:
        data = b""
    whole = len(data) - len(data) % _SIZE  # of a process that was killed while it wrote, the rest is no fingerprint
    return Written(frozenset(data[start : start + _SIZE] for start in range(0, whole, _SIZE)))


class Written:
    """The texts that were written here; ``in`` answers for bytes."""

    __slots__ = ("_fingerprints",)

    def __init__(self, fingerprints: frozenset[bytes]) -> None:
        self._fingerprints = fingerprints

    def __contains__(self, data: bytes) -> bool:
        return _fingerprint(data) in self._fingerprints


def _fingerprint(data: bytes) -> bytes:
    from _blake2 import blake2b

    return blake2b(data, digest_size=_SIZE).digest()


def _shorten(path: str) -> None:
    with open(path, "rb") as file:
        data = file.read()
    kept = (_MOST // 2) // _SIZE * _SIZE
    replace_file(path, data[-kept - len(data) % _SIZE :][:kept])


def _path(repo: Repo) -> str:
    return os.path.join(repo.state_dir, "written")
