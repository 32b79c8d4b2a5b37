"""Turns among flaggit's own processes, so that a herd of them waits instead of colliding."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class staging_turn:  # noqa: N801 - used as a function: ``with staging_turn(folder):``
    """Wait for this worktree's turn to change the index; the kernel ends a killed process's turn."""

    __slots__ = ("_descriptor", "_folder")

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: git's own index lock, waited for, has to do
            return
        os.makedirs(self._folder, exist_ok=True)
        self._descriptor = os.open(
            os.path.join(self._folder, "stage.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
