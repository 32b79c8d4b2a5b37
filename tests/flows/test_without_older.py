"""The older system's command lines can be taken out: their folder and their entry in the index, in a copy."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, PROJECT, Work

LOADING = """
from flaggit.commands import load_all
for command in load_all():
    shown = command.shown()
    assert shown.action and shown.text, command.name
    assert command.group != "Older command lines", command.name
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """What runs the copy."""
    copy = tmp_path / "copy"
    for name in ("flaggit", "schemas"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(copy / "flaggit/commands/older")
    index = copy / "flaggit/commands/__init__.py"
    text, count = re.subn(r'    "older": \(\n(?:        .*\n)*    \),\n', "", index.read_text())
    assert count == 1
    index.write_text(text)
    return {"PYTHONPATH": str(copy)}


def test_every_other_command_loads(env: dict[str, str], work: Work) -> None:
    done = work.run("python3", "-c", LOADING, env=env)
    assert done.status == 0, done


def test_a_flag_lives_its_life(env: dict[str, str], work: Work) -> None:
    def flaggit(*words: str, status: int = 0):
        return work.flaggit(*words, agent="@frontend.web", status=status, env=env)

    work.commit()
    work.git("switch", "-q", "-c", "feature")
    raised = flaggit(
        *("create", "--type", "change", "--impact", "high", "--from", "@backend.api", "--to", "@frontend.web"),
        *("--change", LONG_CHANGE, "--action", LONG_ACTION, "--file", "api/orders.py", "--json"),
    ).data["id"]
    work.commit("Raise it")
    assert raised in flaggit("inbox").out
    assert flaggit("next", "--lock", "--json").data["id"] == raised
    assert raised in flaggit("locks").out
    flaggit("complete", raised, "--note", "Polls now.")
    work.git("config", "user.email", "web@example.org")
    flaggit("commit", "--", "-q", "-m", "Poll for the order")
    assert flaggit("show", raised, "--json").data["status"] == "completed"
    assert "completed" in flaggit("log", raised).out
    flaggit("check")
    assert raised in flaggit("review", "main..feature").out
    assert "create-flag" not in flaggit("help", "--all").out
    assert "no command" in flaggit("create-flag", status=2).err
