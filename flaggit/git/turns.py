"""Turns among flaggit's own processes, so that a herd of them waits instead of colliding."""

from __future__ import annotations

import os

from flaggit.git.files import make_state_folder, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType


NESTED = "FLAGGIT_TURN"  # tells the processes of a commit's hooks that the commit has the turn already
_PATIENCE = 60.0  # seconds; then git's own index lock decides, and git says what is in the way
_LONGEST_PAUSE = 0.05
_OPEN = os.O_RDWR | getattr(os, "O_CLOEXEC", 0)


class staging_turn:  # noqa: N801 - used as a function: ``with staging_turn(folder):``
    """Wait for this worktree's turn to change the index; the kernel ends a killed process's turn.

    Not for ever: a commit keeps its turn while the user's hooks run, and one of them may hang.
    """

    __slots__ = ("_descriptor", "_folder")

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> None:
        if os.environ.get(NESTED) == self._folder:
            return
        try:
            import fcntl
        except ImportError:  # Windows: git's own index lock, waited for, has to do
            return
        try:
            make_state_folder(self._folder)
            self._descriptor = _open(os.path.join(self._folder, "stage.lock"))
        except OSError:  # where nothing can be written, git says so in its own words
            return
        import time

        end, pause = time.monotonic() + _PATIENCE, 0.002
        while time.monotonic() < end:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)
            else:
                return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


class flag_turns:  # noqa: N801 - used as a function: ``with flag_turns(folder, ids):``
    """Wait until no other process of this clone asks the remote for one of these flags' locks.

    Comfort, not safety: the remote decides; this only keeps a herd in one clone from pushing for
    one lock all at once. The slots are few and taken in order, so that nobody waits in a circle.
    """

    __slots__ = ("_descriptors", "_folder", "_slots")

    def __init__(self, folder: str, ids: Iterable[str]) -> None:
        from zlib import crc32

        self._folder = os.path.join(folder, "turns")
        self._slots = sorted({crc32(flag_id.encode()) % 64 for flag_id in ids})
        self._descriptors: list[int] = []

    def __enter__(self) -> None:
        try:
            import fcntl
        except ImportError:
            return
        try:
            make_state_folder(self._folder)
            for slot in self._slots:
                self._descriptors.append(_open(os.path.join(self._folder, f"{slot}.lock")))
                fcntl.flock(self._descriptors[-1], fcntl.LOCK_EX)
        except OSError:  # where nothing can be written, no lock can be taken either: git says so
            return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)


def _open(path: str) -> int:
    """Open a file that processes lock in turn; in a repository that several users share, for all of them."""
    try:
        return os.open(path, _OPEN)
    except FileNotFoundError:
        descriptor = os.open(path, _OPEN | os.O_CREAT, 0o600)
        share(path)
        return descriptor
