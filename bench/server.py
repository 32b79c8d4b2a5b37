"""What the server's hook costs a push of new flags, beside the same push without it: ``python -m bench.server``.

Each round pushes to two fresh bare repositories, one with the hook and one without, in turn.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.stores import make_store

HOOK = Path(__file__).resolve().parent.parent / "hooks" / "pre-receive"


def main() -> None:
    """Measure and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flags", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _offer_flaggit(Path(folder))
        work = Path(folder) / "work"
        make_store(work, options.flags)
        base = _prepare(work)
        times: dict[str, list[float]] = {"plain": [], "hook": [], "code, plain": [], "code, hook": []}
        for run in range(options.runs):
            for name in ("plain", "hook"):
                server = _serve(Path(folder) / f"{run}-{name}.git", work, base, hook=name == "hook")
                times[name].append(_push(work, server, "flags"))
                times[f"code, {name}"].append(_push(work, server, "code"))
        print(f"push of {options.flags} new flags: {_compare(times, 'plain', 'hook')}")
        print(f"push of code alone:      {_compare(times, 'code, plain', 'code, hook')}")


def _compare(times: dict[str, list[float]], plain: str, hook: str) -> str:
    first, second = statistics.median(times[plain]), statistics.median(times[hook])
    return f"{first:.3f} s plain, {second:.3f} s with the hook, {second - first:+.3f} s"


def _prepare(work: Path) -> str:
    """Commit what the store holds on a branch of its own, and code beside it; return the commit before both."""
    base = _git(work, "commit-tree", _git(work, "mktree", feed=""), "-m", "Begin")
    _git(work, "add", "-A")
    tree = _git(work, "write-tree")
    _git(work, "update-ref", "refs/heads/flags-of-a-day", _git(work, "commit-tree", tree, "-p", base, "-m", "Flags"))
    blob = _git(work, "hash-object", "-w", "--stdin", feed="x\n")
    code = _git(work, "mktree", feed=f"100644 blob {blob}\tx.ts\n")
    _git(work, "update-ref", "refs/heads/code-of-a-day", _git(work, "commit-tree", code, "-p", base, "-m", "Code"))
    return base


def _serve(path: Path, work: Path, base: str, *, hook: bool) -> Path:
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    _git(work, "push", "-q", str(path), f"{base}:refs/heads/main")
    if hook:
        shutil.copy(HOOK, path / "hooks" / "pre-receive")
    return path


def _push(work: Path, server: Path, what: str) -> float:
    started = time.perf_counter()
    _git(work, "push", "-q", str(server), f"{what}-of-a-day:refs/heads/{what}")
    return time.perf_counter() - started


def _git(work: Path, *arguments: str, feed: str = "") -> str:
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    argv = ["git", *identity, *arguments]
    done = subprocess.run(argv, cwd=work, input=feed, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _offer_flaggit(folder: Path) -> None:
    """Put a ``flaggit`` of this interpreter first on PATH, for the hook."""
    program = folder / "bin" / "flaggit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flaggit "$@"\n')
    program.chmod(0o755)
    os.environ["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = str(HOOK.parent.parent)


if __name__ == "__main__":
    main()
