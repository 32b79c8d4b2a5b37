"""A terminal for a program under test: what a person sees on it, and what a person types."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

PATIENCE = 120  # seconds until something that never comes is given up


class Terminal:
    """flaggit on a pseudo-terminal of its own, which is its controlling one, so that Ctrl-C reaches it."""

    def __init__(self, folder: Path, *words: str, columns: int = 80, env: dict[str, str] | None = None) -> None:
        self.shown = ""
        self._seen = 0
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flaggit", *words],
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def expect(self, text: str) -> str:
        """Wait until ``text`` is shown after what was expected before; return what came up to its end."""
        while text not in self.shown[self._seen :]:
            assert self._read(), f"{text!r} was not shown: {self.shown}"
        end = self.shown.index(text, self._seen) + len(text)
        found, self._seen = self.shown[self._seen : end], end
        return found

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def answer(self, question: str, text: str = "") -> str:
        """Wait for a question, type a line, and return what was shown before it."""
        found = self.expect(question)
        self.type(f"{text}\n")
        return found

    def finish(self) -> int:
        """Read to the end; return the exit status."""
        while self._read():
            pass
        os.close(self._master)
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        """Read what is shown next; False: there is nothing more."""
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        assert ready, f"nothing more was shown: {self.shown}"
        try:
            data = os.read(self._master, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
