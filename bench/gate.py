"""A gate on what hot commands cost, for CI: ``make gate``. It counts instructions, which no other load changes.

Two stores that have grown for years, the second eight times as large. Per command: how many instructions it takes
beside bare Python, and how many more in the large store than in the small one; those of git's processes, and the
kernel's, are not counted. Skipped by name where valgrind is not installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.stores import BUSY, make_grown_store
from bench.table import SETTLED, hold_others
from bench.timing import BARE, FLAGGIT, prepare

SMALL, LARGE = 1_000, 8_000
GROWTH = 1.08  # times what the small store costs; what grows with it would take two to eight times as much
BEFORE_EDIT = "agent-hook pre-tool-use"  # others hold flags then
LIMITS = {  # times bare Python; a tenth above what was counted when they were set
    "--version": 1.2,
    "agent-hook stop": 1.2,
    "inbox": 3.0,
    "next": 2.9,
    "show {mine}": 2.8,
    "prime": 3.1,
    BEFORE_EDIT: 1.25,
}
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


def main() -> None:
    """Count, print a line a command, and exit with 1 where one costs more than it may."""
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed")
        return
    prepare(BUSY)
    os.environ["PYTHONHASHSEED"] = "0"  # else no two runs are alike
    with tempfile.TemporaryDirectory() as folder:
        stores = [Path(folder) / str(size) for size in (SMALL, LARGE)]
        mine = [
            make_grown_store(store, size, worktrees=2, whole=0).mine
            for store, size in zip(stores, (SMALL, LARGE), strict=True)
        ]
        time.sleep(SETTLED)
        bare = count(BARE, stores[0])
        failed = False
        for name, limit in LIMITS.items():
            given = [hold_others(store)[1] if name == BEFORE_EDIT else os.devnull for store in stores]
            small, large = (
                count([*FLAGGIT, *name.format(mine=flag).split()], store, event)
                for store, flag, event in zip(stores, mine, given, strict=True)
            )
            times, growth = small / bare, large / small
            is_good = times <= limit and growth <= GROWTH
            failed = failed or not is_good
            print(
                f"{name:<25}{times:6.2f} P (at most {limit:.2f}){growth:7.3f} times that in the large store"
                f" (at most {GROWTH:.2f}){'' if is_good else '  TOO MUCH'}"
            )
    sys.exit(failed)


def count(words: list[str], store: Path, given: str = os.devnull) -> int:
    """Return how many instructions a program takes, git's and other children's left out, once its caches are filled.

    ``given`` is the file that it reads as its standard input.
    """
    with Path(given).open("rb") as event:
        subprocess.run(words, cwd=store, capture_output=True, stdin=event, check=False)
    if words[0] != sys.executable:
        words = [sys.executable, *words]
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    with Path(given).open("rb") as event:
        done = subprocess.run([*tool, *words], cwd=store, capture_output=True, text=True, stdin=event, check=False)
    found = _COUNTED.search(done.stderr)
    if found is None:
        raise SystemExit(f"valgrind did not count {' '.join(words)}: {done.stderr[-300:]}")
    return int(found[1].replace(",", ""))


if __name__ == "__main__":
    main()
