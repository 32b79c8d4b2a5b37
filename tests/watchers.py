"""Processes that watch a clone while a test changes it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

from conftest import Work

PATIENCE = 60.0  # seconds; only a broken program takes so long


class Watcher:
    """``flaggit`` as a process whose lines are read as they come."""

    def __init__(self, work: Work, *words: str, agent: str = "") -> None:
        env = {**os.environ, **({"FLAGGIT_AGENT": agent} if agent else {})}
        argv = [sys.executable, "-m", "flaggit", *words]
        self.process = subprocess.Popen(argv, cwd=work.path, env=env, stdout=subprocess.PIPE, text=True)
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)

    def next(self) -> dict:
        """Return the next line, waiting for it."""
        line = self._lines.get(timeout=PATIENCE)
        assert line is not None, "it has ended"
        return json.loads(line)

    def until(self, fits) -> list[dict]:
        """Return the lines up to the first that fits, it included."""
        lines = [self.next()]
        while not fits(lines[-1]):
            lines.append(self.next())
        return lines

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def events(work: Work, since: str = "", *words: str) -> list[dict]:
    """Return what ``events --json`` prints."""
    chosen = ["--since", since] if since else []
    return [json.loads(line) for line in work.flaggit("events", "--json", *chosen, *words).out.splitlines()]


def cursor_of(work: Work) -> str:
    return events(work)[0]["cursor"]


def kinds(lines: list[dict], flag_id: str = "") -> list[str]:
    return [line["event"] for line in lines if flag_id in ("", line.get("id"))]


def eventually(found) -> None:
    """Wait until something holds."""
    for _ in range(int(PATIENCE * 20)):
        if found():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")
