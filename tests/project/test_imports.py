"""What each hot command imports, pinned: start-up is most of what a command costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, PROJECT, Work

# Never on the way of a hot command: each of these costs about as much as the whole bare interpreter, or more.
pytestmark = pytest.mark.startup

HEAVY = (
    "argparse",
    "asyncio",
    "click",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "git",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "json",
    "jsonschema",
    "logging",
    "pathlib",
    "re",
    "rich",
    "secrets",
    "shutil",
    "sqlite3",
    "subprocess",
    "tempfile",
    "textual",
    "typer",
    "typing",
    "yaml",
)
PROBE = """
import os, sys
before = set(sys.modules)
sys.path.insert(0, os.environ["PROJECT"])
from flaggit.cli.entry import run
out, silent = os.dup(1), os.open(os.devnull, os.O_WRONLY)
os.dup2(silent, 1)
os.dup2(silent, 2)
status = run(sys.argv[1:])
os.write(out, repr({"status": status, "loaded": sorted(set(sys.modules) - before)}).encode())
"""


def loaded_by(work: Work, *words: str, statuses: tuple[int, ...] = (0,)) -> set[str]:
    """Return the modules that a command loads; run in an interpreter without site, so that nothing else counts."""
    env = {**os.environ, "PROJECT": str(PROJECT), "FLAGGIT_AGENT": "@frontend.web"}
    argv = [sys.executable, "-I", "-S", "-c", PROBE, *words]
    done = subprocess.run(argv, cwd=work.path, env=env, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.replace("'", '"'))
    assert found["status"] in statuses, (words, found["status"])
    return set(found["loaded"])


def fill_caches(work: Work) -> None:
    """Let the catalog and the settings be read once, as any earlier command has done."""
    work.flaggit("inbox", agent="@frontend.web")


@pytest.mark.parametrize(
    "line",
    [
        "--version",
        "",
        "inbox",
        "inbox --json",
        "outbox",
        "list",
        "next",
        "next --lock",
        "show ID",
        "iam",
        "note ID words",
        "complete ID",
        "lock ID",
        "unlock ID",
        "locks",
        "get-agent-flags @frontend.web",
        "get-pending-flags",
        "--help",
        "help --all",
        "board --help",
        "create --help",
        "review -h",
    ],
)
def test_hot_commands_import_nothing_heavy(work: Work, line: str) -> None:
    flag_id = work.raise_flag()
    words = [flag_id if word == "ID" else word for word in line.split()]
    fill_caches(work)
    loaded = loaded_by(work, *words, statuses=(0, 1))
    assert not loaded.intersection(HEAVY), sorted(loaded.intersection(HEAVY))


def test_the_board_is_refused_without_a_terminal_before_anything_of_it_is_loaded(work: Work) -> None:
    loaded = loaded_by(work, "board", statuses=(5,))
    assert not loaded.intersection(HEAVY), sorted(loaded.intersection(HEAVY))


def test_creating_imports_nothing_heavy(work: Work) -> None:
    words = ("create", "--type", "change", "--to", "@frontend.web", "--change", LONG_CHANGE, "--action", LONG_ACTION)
    fill_caches(work)
    loaded = loaded_by(work, *words)
    assert not loaded.intersection(HEAVY), sorted(loaded.intersection(HEAVY))


@pytest.mark.parametrize("line", ["check --staged", "hook pre-commit --"])
def test_checking_what_is_staged_imports_nothing_heavy(work: Work, line: str) -> None:
    work.raise_flag()
    fill_caches(work)
    loaded = loaded_by(work, *line.split())
    assert not loaded.intersection(HEAVY), sorted(loaded.intersection(HEAVY))
    assert "flaggit.checking.files" in loaded  # it did check
    assert "flaggit.clone.scope" not in loaded  # and did not look at the whole clone


def test_a_hot_command_loads_only_its_own_family(work: Work) -> None:
    fill_caches(work)
    loaded = loaded_by(work, "inbox")
    families = {name.split(".")[2] for name in loaded if name.startswith("flaggit.commands.")}
    assert families == {"spec", "shared", "reading"}
