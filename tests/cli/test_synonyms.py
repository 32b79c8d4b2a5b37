"""Words of other programs lead to commands that exist, and every group has help."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from repositories import PROJECT

from flaggit.cli.entry import run
from flaggit.cli.synonyms import _BY_WORD
from flaggit.commands import INDEX

GROUPS = sorted({name.split(" ")[0] for name in INDEX if " " in name})


def test_every_word_leads_to_a_command_that_exists() -> None:
    for word, command in _BY_WORD.items():
        words = command.split(" ")
        assert words[0] in (*INDEX, "help") or " ".join(words[:2]) in INDEX, (word, command)
        assert word not in INDEX, f"{word} is a command itself"


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("form", ["{} --help", "help {}", "{} -h"])
def test_every_group_has_help(group: str, form: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(form.format(group).split()) == 0
    out = capfd.readouterr().out
    assert all(f"{name} " in out for name in INDEX if name.startswith(group + " "))


@pytest.mark.parametrize("words", [["help", "nope"], ["help", "done"], ["hooks"], ["nope", "--help"]])
def test_what_there_is_not_is_refused(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    assert "error: " in capfd.readouterr().err


def test_exit_statuses_have_a_page(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "errors"]) == 0
    assert "70 " in capfd.readouterr().out


@pytest.mark.parametrize("page", [*INDEX, *GROUPS, "", "--all", "errors"])
def test_help_fits_a_terminal_of_eighty_columns(page: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["help", *page.split()]) == 0
    assert max(map(len, capfd.readouterr().out.splitlines())) <= 80


def test_a_group_loads_its_own_families_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], cwd=PROJECT, capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.splitlines()[-1] == "agents shared spec"


_LOADED = """
import sys
from flaggit.cli.entry import run
run(["agents", "--help"])
families = {name.split(".")[2] for name in sys.modules if name.startswith("flaggit.commands.")}
print("\\n" + " ".join(sorted(families)), flush=True)
"""
