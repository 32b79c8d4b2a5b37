"""Kills programs at random moments of their run, however long that takes on this machine."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from repositories import Work


class Killer:
    """Runs flaggit and kills it after a while; the while follows what commands need here, so that both ends occur."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.killed = self.finished = 0
        self._longest = 0.15  # seconds within which a kill falls

    def run(self, work: Work, words: list[str], *, agent: str) -> int | None:
        """Run a command and kill it, with the gits that it started or alone; return its status, None if killed."""
        process = subprocess.Popen(
            [sys.executable, "-m", "flaggit", *words],
            cwd=work.path,
            env={**os.environ, "FLAGGIT_AGENT": agent},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=self.chance.random() * self._longest)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if self.chance.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            wait_for_group(process.pid)
            self.killed += 1
            self._longest *= 1.06
            return None
        self.finished += 1
        self._longest *= 0.9
        return status


def wait_for_group(number: int) -> None:
    """Wait until no process of a group runs any more: a git may outlive its killed parent."""
    while any(group == number for group in running_groups()):
        time.sleep(0.01)


def running_groups() -> list[int]:
    """Return the group of each running process; those that ended and were not asked for are left out."""
    if sys.platform != "linux":
        done = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in done.stdout.splitlines()]
        return [int(group) for group, state in rows if not state.startswith("Z")]
    groups = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, group, *_ = stat.read_text().rpartition(")")[2].split()
            if state != "Z":
                groups.append(int(group))
    return groups
