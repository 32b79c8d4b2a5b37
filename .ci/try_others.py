"""Runs the flows that depend on git and Python with every other git and Python that the machine has.

Found on PATH, and named by FLAGGIT_GITS (folders with a `git`) and FLAGGIT_PYTHONS (interpreters), both like PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FLOWS = (
    *(
        "tests/git",
        "tests/clone/test_remotes.py",
        "tests/flows/test_lock_edges.py",
        "tests/transfer",
        "tests/flows/test_completing.py",
    ),
    *("tests/flows/test_hooks.py", "tests/flows/test_range.py", "tests/flows/test_server.py"),
)
PYTHONS = tuple(f"python3.{minor}" for minor in range(11, 20))


def find_gits() -> dict[str, str]:
    """Return version -> folder of each git besides the one that comes first on PATH."""
    folders = [folder for name in ("PATH", "FLAGGIT_GITS") for folder in os.environ.get(name, "").split(os.pathsep)]
    found: dict[str, str] = {}
    first = answer(["git", "--version"])
    for folder in filter(None, folders):
        program = os.path.join(folder, "git")
        version = answer([program, "--version"]) if os.access(program, os.X_OK) else ""
        if version and (version != first or folder in os.environ.get("FLAGGIT_GITS", "").split(os.pathsep)):
            found.setdefault(f"{version} in {folder}", folder)
    return found


def find_pythons() -> dict[str, str]:
    """Return version -> interpreter of each Python that flaggit supports, besides this one."""
    named = os.environ.get("FLAGGIT_PYTHONS", "").split(os.pathsep)
    found: dict[str, str] = {}
    for program in filter(None, (*named, *map(shutil.which, PYTHONS))):
        version = answer([program, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"])
        if version and version != f"{sys.version_info[0]}.{sys.version_info[1]}":
            found.setdefault(version, program)
    return found


def answer(argv: list[str]) -> str:
    """Return what a program prints, nothing where it does not run."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
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
