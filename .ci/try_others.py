"""Runs the flows that depend on git and Python with every other git and Python that the machine has.

All that FLAGGIT_GITS (folders with a `git`) and FLAGGIT_PYTHONS (interpreters) name, both like PATH; of those that are
found on PATH the oldest and the newest, so that a machine with many takes no hour: what both can, those between can.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FLOWS = ("tests/git", "tests/clone/test_remotes.py", "tests/transfer")
FLOWS += tuple(f"tests/flows/test_{name}.py" for name in ("completing", "hooks", "lock_edges", "range", "server"))
PYTHONS = tuple(f"python3.{minor}" for minor in range(11, 20))


def find_gits() -> dict[str, str]:
    """Return version -> folder of the gits to try, besides the one that comes first on PATH."""
    first = answer(["git", "--version"])
    on_path = {version: folder for version, folder in _gits_in("PATH") if version != first}
    return {**_ends(on_path), **{f"{version} in {folder}": folder for version, folder in _gits_in("FLAGGIT_GITS")}}


def _gits_in(variable: str) -> Iterator[tuple[str, str]]:
    for folder in filter(None, os.environ.get(variable, "").split(os.pathsep)):
        version = answer([os.path.join(folder, "git"), "--version"])
        if version:
            yield version, folder


def find_pythons() -> dict[str, str]:
    """Return version -> interpreter of the Pythons to try, besides this one."""
    named = os.environ.get("FLAGGIT_PYTHONS", "").split(os.pathsep)
    on_path = filter(None, map(shutil.which, PYTHONS))
    return {**_ends(_versions(on_path)), **_versions(filter(None, named))}


def _versions(programs: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for program in programs:
        version = answer([program, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"])
        if version and version != f"{sys.version_info[0]}.{sys.version_info[1]}":
            found.setdefault(version, program)
    return found


def _ends(found: dict[str, str]) -> dict[str, str]:
    """Return the oldest and the newest of versions such as "git version 2.43.0"."""
    order = sorted(found, key=lambda version: [int(part) for part in re.findall(r"\d+", version)])
    return {version: found[version] for version in order[:1] + order[-1:]}


def answer(argv: list[str]) -> str:
    """Return what a program prints, nothing where it does not run."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def run_flows(python: str, path: str) -> bool:
    """Run the flows with an interpreter and a PATH; tell whether all passed."""
    argv = [python, "-m", "pytest", "--numprocesses", "auto", "--quiet", "-p", "no:cacheprovider", *FLOWS]
    return subprocess.run(argv, cwd=PROJECT, env={**os.environ, "PATH": path}, check=False).returncode == 0


def main() -> int:
    """Run everything and return the exit status."""
    failed = []
    path = os.environ["PATH"]
    for name, folder in find_gits().items():
        print(f"--- {name}", flush=True)
        if not run_flows(sys.executable, f"{folder}{os.pathsep}{path}"):
            failed.append(name)
    for version, program in find_pythons().items():
        print(f"--- Python {version}", flush=True)
        with tempfile.TemporaryDirectory(prefix="flaggit-python-") as place:
            subprocess.run([program, "-m", "venv", place], check=True)
            python = os.path.join(place, "bin", "python")
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", ".[dev]"]
            if subprocess.run(install, cwd=PROJECT, check=False).returncode or not run_flows(python, path):
                failed.append(f"Python {version}")
    print(f"failed: {', '.join(failed)}" if failed else "every other git and Python passes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
