"""What commands that look at everything take in a large store, beside ``git status`` there: ``python -m bench.large``.

Processor time and the most memory that a whole process had, medians of a few runs with nothing changed since the last
one. P is ``python -c pass``. Compare ratios, not milliseconds of different runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.commands import AGENT, FLAGGIT

_SETTLED = 2.5  # seconds after which what was written is remembered


def main() -> None:
    """Make the store, fill the caches, and print a line a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        first = make(store, options.size)
        os.chdir(store)
        time.sleep(_SETTLED)
        take([*FLAGGIT, "list", "--status", "all"])
        take([*FLAGGIT, "show", first])
        bare = statistics.median(take([sys.executable, "-c", "pass"])[0] for _ in range(9))
        status = statistics.median(take(["git", "status", "--porcelain"])[0] for _ in range(options.runs))
        print(f"{options.size} flags, git status {status:.2f} s, P {bare * 1000:.1f} ms")
        for line in commands(first):
            report(line, bare, status, options.runs)


def make(store: Path, size: int) -> str:
    """Make the store in a process of its own: a child's memory counts from what its parent has when it starts."""
    program = f"from bench.stores import make_store; print(make_store(Path({str(store)!r}), {size}, done=0.05))"
    words = [sys.executable, "-c", f"from pathlib import Path; {program}"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def commands(first: str) -> list[list[str]]:
    """Return the lines to measure; ``first`` is a flag's id."""
    lists = [["list"], ["list", "--json"], ["list", "--full", "--json"], ["list", "--status", "all"], ["outbox", AGENT]]
    seeds = [["get-pending-flags"], ["get-agent-flags", AGENT], ["get-workable-flags"]]
    others = [["find", "nowhere"], ["find", "endpoint", "--json"], ["chain", first], ["plan"]]
    others += [["export", "jsonl"], ["export", "json"], ["check"]]
    return [["inbox", AGENT], ["next", AGENT], ["show", first], *lists, *seeds, *others]


def report(words: list[str], bare: float, status: float, runs: int) -> None:
    """Measure a command and print it."""
    taken = [take([*FLAGGIT, *words]) for _ in range(runs)]
    seconds = statistics.median(one[0] for one in taken)
    memory = max(one[1] for one in taken)
    print(
        f"  {' '.join(words):<34}{seconds:7.3f} s {seconds / bare:7.1f} P {seconds / status:6.2f} x git status"
        f"{memory:6.0f} MB"
    )


def take(words: list[str]) -> tuple[float, float]:
    """Return the seconds of processor time and the megabytes of memory that a program takes; it has to succeed."""
    silent = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1, 2)]
    process = os.posix_spawnp(words[0], words, os.environ, file_actions=silent)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(words)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
