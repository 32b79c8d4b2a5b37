"""What a commit costs with flaggit's hooks, beside the same commit without them, in turn: ``python -m bench.hooks``.

Two copies of one repository take the same commits one after the other, so that a machine's mood
falls on both alike. P is the median of ``python -c pass``. Compare ratios, not milliseconds.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.stores import AGENTS, make_store

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parent.parent
SCRIPT = Path(sys.executable).parent / "flaggit"
CHANGE = "POST /orders answers 202 with a job id; a queue worker creates the order afterwards."
ACTION = (
    "Poll GET /jobs/{id} in src/client.ts instead of reading the order from the response, and drop the retry on 409."
)


def main() -> None:
    """Measure at each size and print a line for each kind of commit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10000])
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PATH"] = f"{put_flaggit(Path(folder))}{os.pathsep}{os.environ['PATH']}"
        for size in options.sizes:
            plain, hooked = Path(folder) / f"plain-{size}", Path(folder) / f"hooked-{size}"
            make_quiet_store(plain, size)
            shutil.copytree(plain, hooked, symlinks=True)
            run(hooked, "flaggit", "hooks", "install")
            print(f"\n{size} flags")
            for name, change in (("code", change_code), ("a new flag", raise_flag), ("a completion", complete_flag)):
                report(name, plain, hooked, change, options.runs)


def make_quiet_store(place: Path, size: int) -> None:
    """Make a store in which git never tidies up in the background, while it is copied or measured."""
    quiet = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "gc.auto", "GIT_CONFIG_VALUE_0": "0"}
    os.environ.update(quiet)
    make_store(place, size)
    for name in quiet:  # flaggit would ask git for settings where these are set
        del os.environ[name]
    run(place, "git", "config", "gc.auto", "0")
    run(place, "git", "gc", "--quiet")


def report(name: str, plain: Path, hooked: Path, change: Callable[[Path], None], runs: int) -> None:
    """Time the same commits in both repositories; print medians, by the clock and of processor time."""
    measured: dict[Path, list[tuple[float, float]]] = {plain: [], hooked: []}
    bare: list[tuple[float, float]] = []
    for number in range(runs + 1):
        for place in (plain, hooked) if number % 2 else (hooked, plain):
            change(place)
            taken = measure(place, "git", "commit", "--quiet", "--message", f"Work {number}")
            if number:  # the first one only warms up
                measured[place].append(taken)
        bare.append(measure(plain, sys.executable, "-c", "pass"))
    for kind, label in enumerate(("clock", "processor")):
        without, with_hooks, python = (
            statistics.median(taken[kind] for taken in values) for values in (measured[plain], measured[hooked], bare)
        )
        print(
            f"  {name:<13}{label:<10} plain {without * 1000:6.1f} ms   hooks {with_hooks * 1000:6.1f} ms"
            f"   ratio {with_hooks / without:5.2f}   plain + {(with_hooks - without) / python:4.1f} P"
            f"   (P {python * 1000:.1f} ms)"
        )


def measure(place: Path, *words: str) -> tuple[float, float]:
    """Return the seconds that a program takes, by the clock and of processor time with all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    run(place, *words)
    taken = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def change_code(place: Path) -> None:
    """Stage a change outside the store."""
    with (place / "code.txt").open("a") as file:
        file.write("line\n")
    run(place, "git", "add", "code.txt")


def raise_flag(place: Path) -> None:
    """Stage a new flag."""
    words = ("--type", "change", "--from", AGENTS[0], "--to", AGENTS[1], "--change", CHANGE, "--action", ACTION)
    run(place, "flaggit", "create", *words)


def complete_flag(place: Path) -> None:
    """Stage the completion of a flag."""
    done = {path.stem for path in (place / ".flags" / "done").glob("*.yaml")}
    folder = place / ".flags" / AGENTS[1][1:]
    flag_id = next(path.stem for path in sorted(folder.glob("*.yaml")) if path.stem not in done)
    run(place, "flaggit", "complete", flag_id, AGENTS[1])


def put_flaggit(folder: Path) -> Path:
    """Return a folder to put on PATH in which ``flaggit`` is this checkout's, as a package manager installs it."""
    place = folder / "bin"
    place.mkdir()
    if SCRIPT.exists() and "FLAGGIT_TREE" not in os.environ:
        (place / "flaggit").symlink_to(SCRIPT)
        return place
    script = place / "flaggit"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(PROJECT)!r})\n"
        "from flaggit.__main__ import main\nmain()\n"
    )
    script.chmod(0o755)
    return place


def run(place: Path, *words: str) -> None:
    """Run a program in a folder; it has to succeed."""
    subprocess.run(words, cwd=place, check=True, capture_output=True)


if __name__ == "__main__":
    main()
