"""A bar for work that takes a while: on standard error, on a terminal only, and only after half a second."""

from __future__ import annotations

import os
import time

_AFTER = 0.5
_EVERY = 0.1
_WIDTH = 30


class Progress:
    """Counts steps; shows them where somebody is watching.

    Args:
        label: What is being done.
        total: How many steps there are.
        descriptor: The open file that it is shown on.
    """

    def __init__(self, label: str, total: int, *, descriptor: int = 2) -> None:
        self._label = label
        self._total = max(total, 1)
        self._descriptor = descriptor
        self._done = 0
        self._next = time.monotonic() + _AFTER
        self._shown = False
        self._wanted = os.isatty(descriptor)

    def step(self) -> None:
        """Count one step."""
        self.reach(self._done + 1)

    def reach(self, done: int) -> None:
        """Say how many steps are done."""
        self._done = done
        if self._wanted and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            self._shown = True
            filled = _WIDTH * self._done // self._total
            bar = "#" * filled + "." * (_WIDTH - filled)
            self._write(f"\r{self._label} [{bar}] {self._done}/{self._total}")

    def finish(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def _write(self, text: str) -> None:
        try:
            os.write(self._descriptor, text.encode())
        except OSError:  # whoever was watching has gone
            self._wanted = False
