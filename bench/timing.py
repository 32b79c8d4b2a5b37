"""Runs whole cold processes and says what they took."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(sys.executable).parent / "flaggit"
FLAGGIT = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "flaggit"]
BARE = [sys.executable, "-c", "pass"]


class Taken(NamedTuple):
    """What a run took: seconds by the clock and of the processor, megabytes at the most, loose objects made."""

    clock: float
    busy: float
    memory: float
    objects: int = 0


def prepare(agent: str) -> None:
    """Let every process run as an agent, on this checkout, and keep what Python compiles."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.update(FLAGGIT_AGENT=agent, PYTHONPATH=str(Path(__file__).resolve().parent.parent))


def take(words: list[str], folder: Path, given: str = os.devnull) -> Taken:
    """Run a program in a folder and return what it took; it may find faults (exit status 1) and must not fail.

    Its memory counts from what this process has. ``given`` is the file that it reads as its standard input.
    """
    silent = [(os.POSIX_SPAWN_OPEN, 0, given, os.O_RDONLY, 0)]
    silent += [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1, 2)]
    os.chdir(folder)
    start = time.perf_counter()
    process = os.posix_spawnp(words[0], words, os.environ, file_actions=silent)
    _, status, usage = os.wait4(process, 0)
    clock = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{' '.join(words)} failed")
    kilobyte = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Taken(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / kilobyte)
