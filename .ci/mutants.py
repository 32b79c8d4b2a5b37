"""Runs the mutants that ``[tool.mutmut]`` of pyproject.toml names, and holds that nine of ten are killed.

    python .ci/mutants.py [MUTANT ...]

Mutants are named by glob (``flaggit.core.trailers*``); without names all run, about two hours on two cores.
Those that survive are listed with their change; docs/testing.md explains the ones that stay.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
MUTMUT = Path(sys.executable).with_name("mutmut")
SHARE = 0.9
ENDED = {"killed", "timeout", "caught by type check", "segfault"}


def main(names: list[str]) -> int:
    """Run, list and judge; return 1 where too many survive."""
    subprocess.run([MUTMUT, "run", *names], cwd=PROJECT, stdout=subprocess.DEVNULL, check=False)
    listing = subprocess.run(
        [MUTMUT, "results", "--all", "true"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    rows = [line.strip().partition(": ")[::2] for line in listing.stdout.splitlines() if "__mutmut_" in line]
    looked_at = {name: state for name, state in rows if state != "not checked"}
    alive = [name for name, state in looked_at.items() if state not in ENDED]
    for name in alive:
        changed = [line for line in _ask("show", name) if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        print(name, looked_at[name], *changed, sep="\n  ")
    killed = len(looked_at) - len(alive)
    print(f"{killed} of {len(looked_at)} mutants killed")
    return int(killed < SHARE * len(looked_at))


def _ask(*words: str) -> list[str]:
    done = subprocess.run([MUTMUT, *words], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
