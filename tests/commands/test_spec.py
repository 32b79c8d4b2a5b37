"""Declarations and the actions that they name: what the parser hands over is what the action takes."""

from __future__ import annotations

import inspect

import pytest

from flaggit.commands import load_all
from flaggit.commands.reading import listing
from flaggit.commands.spec import Command, Parameter

COMMANDS = {command.name: command for command in load_all()}
OF_THE_COMMAND_LINE = ("watch",)  # the command line itself does what this one says
FOR_OTHER_CALLERS = {"complete": {"withdraw"}}  # keywords that the command line has no use for
SEVERAL = {"Sequence[str]", "tuple[str, ...]"}
# What an action may declare for a parameter, by its kind and by whether it can be absent.
TYPES = {
    ("flag", False): {"bool"},
    ("number", True): {"int"},
    ("number", False): {"int | None"},
    ("texts", True): SEVERAL,
    ("texts", False): SEVERAL,
    ("text", True): {"str"},
    ("text", False): {"str | None"},
}


def keywords_of(command: Command) -> dict[str, inspect.Parameter]:
    session, *rest = inspect.signature(command.shown().action).parameters.values()
    assert session.kind is session.POSITIONAL_OR_KEYWORD
    assert all(one.kind in (one.KEYWORD_ONLY, one.VAR_KEYWORD) for one in rest), rest
    return {one.name: one for found in rest for one in unpacked(found)}


def unpacked(keyword: inspect.Parameter) -> list[inspect.Parameter]:
    """What verbs that list hand on as it is are the keywords of the function that reads it."""
    is_extent = keyword.annotation == "Unpack[HowMuch]"
    return list(inspect.signature(listing._extent_of).parameters.values()) if is_extent else [keyword]


def find_misfits(command: Command) -> list[str]:
    keywords = keywords_of(command)
    declared = {one.name: one for one in command.parameters if one.name not in OF_THE_COMMAND_LINE}
    rest = [name for name, one in keywords.items() if one.kind is one.VAR_KEYWORD]
    extra = keywords.keys() - declared.keys() - set(rest) - FOR_OTHER_CALLERS.get(command.name, set())
    found = [f"{name} is no keyword of the action" for name in declared.keys() - keywords.keys() if not rest]
    found += [f"{name} is no parameter" for name in extra]
    for name in keywords.keys() & declared.keys():
        found += [f"{name}: {fault}" for fault in compare(declared[name], keywords[name])]
    return found


def compare(parameter: Parameter, keyword: inspect.Parameter) -> list[str]:
    found = []
    if keyword.annotation not in TYPES[parameter.kind, parameter.required]:
        found.append(f"{keyword.annotation} for a {parameter.kind}")
    if parameter.required != (keyword.default is keyword.empty):
        found.append("required on one side only")
    return found


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_action_takes_what_is_declared(name: str) -> None:
    assert find_misfits(COMMANDS[name]) == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_action_answers_what_is_shown(name: str) -> None:
    """The type checker holds this where the functions are written down; here for what it was told."""
    shown = COMMANDS[name].shown()
    answer = inspect.signature(shown.action).return_annotation
    for show in filter(None, (shown.text, shown.json)):
        takes = next(iter(inspect.signature(show).parameters.values())).annotation
        assert takes in (answer, "Reply[object]"), show
