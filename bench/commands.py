"""What hot commands cost, as whole cold processes beside bare Python in the same run: ``python -m bench.commands``.

P is the median of ``python -c pass`` of the same interpreter, run in turn with the commands, so
that a machine's mood falls on all of them alike. Compare ratios, not milliseconds of different runs.
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

from bench.stores import AGENTS, make_store, make_wide_clone

AGENT = AGENTS[1]
SCRIPT = Path(sys.executable).parent / "flaggit"
FLAGGIT = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "flaggit"]
CHANGE = "POST /orders answers 202 with a job id; a queue worker creates the order afterwards."
ACTION = (
    "Poll GET /jobs/{id} in src/client.ts instead of reading the order from the response, and drop the retry on 409."
)


def main() -> None:
    """Measure at each size and print a table a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[0, 100, 1000, 10000])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--wide", action="store_true", help="also 12 worktrees of 40 flags and 50 branches with 1,000")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            repository = Path(folder) / str(size)
            first = make_store(repository, size)
            print(f"\n{size} flags")
            report(repository, commands(first), options.runs)
        if options.wide:
            repository = make_wide_clone(Path(folder) / "wide")
            print("\n12 worktrees with 40 flags each, 50 unmerged branches with 1,000 flags")
            cold = [measure(repository, ["inbox", AGENT], forget=True)[0] for _ in range(options.runs)]
            print(f"  inbox, caches deleted before each run: {statistics.median(cold) * 1000:.0f} ms")
            report(repository, [["inbox", AGENT], ["list"], ["next", AGENT]], options.runs)


def commands(first: str) -> list[list[str]]:
    """Return the lines to measure; ``first`` is a flag's id, empty in an empty store."""
    lines = [["--version"], ["inbox", AGENT], ["next", AGENT], ["get-agent-flags", AGENT], ["list"]]
    if first:
        lines += [["show", first], ["show", first[:5]], ["note", first, "A note."]]
        lines += [["lock", first, AGENT], ["unlock", first, AGENT]]
    lines.append(["create", "--type", "change", "--to", AGENT, "--change", CHANGE, "--action", ACTION])
    lines += [["check", "--staged"], ["--help"]]
    return lines


def report(repository: Path, lines: list[list[str]], runs: int) -> None:
    """Run every line in turn, ``runs`` times, and print medians, ratios to bare Python and peak memory."""
    measure(repository, lines[0])
    bare: list[float] = []
    times: list[list[float]] = [[] for _ in lines]
    peaks = [0] * len(lines)
    for _ in range(runs):
        bare.append(run_once([sys.executable, "-c", "pass"], repository)[0])
        for index, line in enumerate(lines):
            seconds, peak = measure(repository, line)
            times[index].append(seconds)
            peaks[index] = max(peaks[index], peak)
    base = statistics.median(bare)
    print(f"  {'bare python':<34} {base * 1000:8.1f} ms    1.00 P")
    for line, found, peak in zip(lines, times, peaks, strict=True):
        median = statistics.median(found)
        name = " ".join(line[:3]) if line[0] != "create" else "create"
        print(f"  {name[:34]:<34} {median * 1000:8.1f} ms {median / base:7.2f} P {peak / 1024:7.0f} MB")


def measure(repository: Path, line: list[str], *, forget: bool = False) -> tuple[float, int]:
    """Return seconds and peak memory (KiB) of a flaggit process; ``forget`` deletes the caches first."""
    if forget:
        for path in (repository / ".git").rglob("*.cache"):
            path.unlink()
    return run_once([*FLAGGIT, *line], repository)


def run_once(argv: list[str], folder: Path) -> tuple[float, int]:
    """Run a program and return its seconds and the peak memory of any child so far (KiB)."""
    seconds, _, peak = run_timed(argv, folder)
    return seconds, peak


def run_timed(argv: list[str], folder: Path) -> tuple[float, float, int]:
    """Run a program and return its seconds, those of the processor, and the peak memory of any child so far (KiB)."""
    env = {**os.environ, "FLAGGIT_AGENT": AGENTS[0]}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    project = str(Path(__file__).resolve().parent.parent)
    env["PYTHONPATH"] = project
    start = time.perf_counter()
    process = subprocess.Popen(argv, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    seconds, busy = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    return seconds, busy, usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1)


if __name__ == "__main__":
    main()
