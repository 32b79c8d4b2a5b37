"""What a campaign is made of: cases that each follow from a seed and a number, so that any of them can be run again."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from torture.warm import PROJECT, Running

FLAGGIT = (sys.executable, "-m", "flaggit")

# Runs one case in a folder of its own; returns what went wrong, or nothing.
Case = Callable[[random.Random, Path], str]


class Campaign(NamedTuple):
    """One way to try to break flaggit.

    Attributes:
        name: What it is called on the command line.
        promise: What has to hold in every case.
        case: Runs one.
        small: Cases of the small setting, the whole of which takes two minutes on two cores.
        long: Cases of the long one, which takes hours.
        unit: What is counted.
        each: How many of those one case holds.
        missing: Returns why it cannot run on this machine, or nothing.
    """

    name: str
    promise: str
    case: Case
    small: int
    long: int
    unit: str = "cases"
    each: int = 1
    missing: Callable[[], str] = str


class Outcome(NamedTuple):
    """How a campaign went: cases run, seconds, and for each that failed a sentence and the command that repeats it."""

    cases: int
    seconds: float
    failures: list[str]


def run(campaign: Campaign, seed: int, numbers: range, *, stop: int = 5) -> Outcome:
    """Run cases of a campaign; after ``stop`` failures, or Ctrl-C, the rest is left out."""
    outcome = Outcome(0, time.monotonic(), [])
    try:
        for number in numbers:
            fault = _run_one(campaign, seed, number)
            outcome.failures.extend([fault] if fault else [])
            outcome = outcome._replace(cases=outcome.cases + 1)
            if len(outcome.failures) >= stop:
                break
    except KeyboardInterrupt:  # what was done until then counts
        pass
    return outcome._replace(seconds=time.monotonic() - outcome.seconds)


def _run_one(campaign: Campaign, seed: int, number: int) -> str:
    """Run one case in a folder of its own; return what went wrong and how to see it again, or nothing."""
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as folder:
        try:
            fault = campaign.case(random.Random(f"{seed}:{campaign.name}:{number}"), Path(folder))
        except Exception as error:  # noqa: BLE001 - whatever it is, the case has failed
            fault = f"{type(error).__name__}: {error}"
    if not fault:
        return ""
    told = f"{fault}\n    again: python -m torture {campaign.name} --seed {seed} --only {number}"
    print(f"  FAILED {told}", flush=True)
    return told


def git(folder: Path, *words: str, check: bool = True, input: str = "") -> str:
    """Run git as a fixed person and return what it prints."""
    person = ("-c", "user.name=Torture", "-c", "user.email=torture@example.org", "-c", "commit.gpgSign=false")
    done = subprocess.run(["git", *person, *words], cwd=folder, input=input, capture_output=True, text=True)
    if check and done.returncode:
        raise AssertionError(f"git {' '.join(words)}: {done.stderr}")
    return done.stdout.strip()


def flaggit(folder: Path, *words: str, agent: str = "", timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run flaggit in a folder, as an agent."""
    running = Running(list(words), folder, environment(agent))
    try:
        return running.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        raise


def environment(agent: str = "") -> dict[str, str]:
    """Return the variables with which flaggit is run as an agent."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "NO_COLOR": "1", **({"FLAGGIT_AGENT": agent} if agent else {})}


_TEMPLATES: dict[tuple[str, ...], Path] = {}


def repository(folder: Path, *flags: str) -> Path:
    """Return a new repository with a catalog of three agents and committed flags, copied from one that was made once.

    Args:
        folder: Where to put it.
        flags: Ids of flags from the first agent to the second.
    """
    if flags not in _TEMPLATES:
        made = Path(tempfile.mkdtemp(prefix="torture-template-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        git(made, "init", "-q", "-b", "main", "--template=")
        write(made, ".flags/catalog.yaml", CATALOG.encode())
        for flag_id in flags:
            write(made, f".flags/frontend.web/{flag_id}.yaml", flag_bytes(flag_id, AGENTS[0], AGENTS[1]))
        git(made, "add", "-A")
        git(made, "commit", "-qm", "Begin")
        _TEMPLATES[flags] = made
    shutil.copytree(_TEMPLATES[flags], folder / "work", symlinks=True)
    return folder / "work"


AGENTS = ("@backend.api", "@frontend.web", "@team.release")
CATALOG = """\
schema: 1
agents:
  "@backend.api":
    description: "Designs the public HTTP API."
    identities: [{login: "api"}]
  "@frontend.web":
    description: "Builds the public web pages."
    identities: [{login: "web"}]
  "@team.release":
    description: "Releases what the others built."
    identities: [{login: "release"}]
"""
CHANGE = "POST /orders answers 202 with a job id; the queue creates the order later."
ACTION = (
    "Poll GET /jobs/{id} in src/orders/client.ts instead of reading the order from the response, and drop the retry"
    " on 409, which can no longer occur."
)


def flag_bytes(flag_id: str, source: str, target: str, **changes: object) -> bytes:
    """Return the file of a flag."""
    from flaggit.documents.canonical import dump_document

    fields = {
        "schema": 1,
        "id": flag_id,
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": source,
        "target_agent": target,
        "change_description": CHANGE,
        "action_required": ACTION,
        "created_at": "2026-11-23T14:00:00Z",
    }
    return dump_document("flag", {**fields, **changes})


def completion_bytes(flag_id: str, who: str, **changes: object) -> bytes:
    """Return the file that says a flag is done."""
    from flaggit.documents.canonical import dump_document

    fields = {"schema": 1, "id": flag_id, "completed_by": who, "completed_at": "2026-11-23T15:00:00Z"}
    return dump_document("completion", {**fields, "resolution": "done", **changes})


def write(place: Path, path: str, data: bytes) -> None:
    """Write a file and the folders above it."""
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_bytes(data)


def new_id(chance: random.Random) -> str:
    """Return a flag's id."""
    from flaggit.core.ids import derived_flag_id

    return derived_flag_id(chance.randbytes(7))


FLAGS = tuple(new_id(random.Random(number)) for number in range(4))  # of repositories that begin with some
