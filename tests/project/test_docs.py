"""The documents that are written from code are up to date, and every command shows examples that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest
from repositories import PROJECT

from flaggit.cli.entry import run
from flaggit.cli.parser import parse
from flaggit.commands import INDEX, find_command, load_all
from flaggit.core.errors import CODES

COMMANDS = {command.name: command for command in load_all()}


def test_generated_documents_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, ".ci/write_docs.py", "--check"], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_index_names_every_command() -> None:
    assert sorted(INDEX) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_examples_name_the_command_and_parse(name: str) -> None:
    command = COMMANDS[name]
    assert command.examples
    for line, meaning in command.examples:
        words = shlex.split(line)
        assert meaning and words[0] == "flaggit"
        rest = words[1 + len(name.split()) :] if words[1:] else []
        assert " ".join(words[1 : 1 + len(name.split())]) == name or name == "overview"
        switches = [word for word in rest if word not in ("--json", "--offline")]
        if "|" not in switches and ">" not in switches:
            assert parse(find_command(name), switches) is not None, line


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_shows_examples_first(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*name.split(), "--help"]) == 0
    shown = capfd.readouterr().out
    assert shown.index("Examples:") < shown.index(COMMANDS[name].summary.split()[0])


def test_every_code_that_is_raised_is_listed() -> None:
    raised = set()
    for path in (PROJECT / "flaggit").rglob("*.py"):
        raised |= set(
            re.findall(
                r"(?:Flaggit|Invalid|NotFound|Conflict|Unavailable|Internal)Error\(\s*\"([a-z_]+)\",", path.read_text()
            )
        )
    assert raised <= CODES.keys(), sorted(raised - CODES.keys())


def test_the_projects_own_store_has_the_published_schemas() -> None:
    for schema in (PROJECT / "schemas").glob("*.schema.json"):
        assert (PROJECT / ".flags" / ".schema" / schema.name).read_bytes() == schema.read_bytes(), "flaggit init"
