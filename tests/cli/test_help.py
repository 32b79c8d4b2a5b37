"""Each command's help, drawn from its declaration: whole, narrow, and cheap."""

from __future__ import annotations

import pytest

from flaggit.cli.entry import run
from flaggit.commands import load_all
from flaggit.commands.spec import Command

COMMANDS = load_all()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_says_all_that_is_declared(command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*command.name.split(), "--help"]) == 0
    shown = capfd.readouterr().out
    lines = shown.split("\n")
    assert lines[0].startswith(f"Usage: flaggit {command.name} [OPTIONS]")
    joined = " ".join(shown.split())
    assert command.summary in joined
    for line, meaning in command.examples:
        assert line in joined.replace(" \\ ", " ") and meaning in joined
    for parameter in command.parameters:
        for spelling in parameter.flags:
            assert (spelling in shown) or parameter.hidden
        if not parameter.hidden:
            assert parameter.help in joined
            assert all(choice in joined for choice in parameter.allowed())
        for other in parameter.also:
            assert f"{other} " not in shown
    described = lines[lines.index("Options:") :]
    assert all(len(line) <= 80 for line in described)
    assert run(["help", *command.name.split()]) == 0
    assert capfd.readouterr().out == shown


def test_a_needed_word_stands_bare_and_others_in_brackets(capfd: pytest.CaptureFixture[str]) -> None:
    run(["lock", "-h"])
    assert capfd.readouterr().out.split("\n")[0] == "Usage: flaggit lock [OPTIONS] [ID...] [@AGENT]"
    run(["note", "--help"])
    assert capfd.readouterr().out.split("\n")[0] == "Usage: flaggit note [OPTIONS] ID TEXT"
