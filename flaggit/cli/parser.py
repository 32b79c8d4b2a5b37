"""The small parser: a command's declaration and words in, values out, without importing Typer.

It answers None for everything it would have to complain about; Typer then reads the same words
and says what is wrong. A property test holds that both read good lines alike.
"""

from __future__ import annotations

from flaggit.core.text import whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from flaggit.commands.spec import Command, Parameter


def parse(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """Return the verb's keyword arguments, or None where the words do not fit the declaration."""
    named = {flag: parameter for parameter in command.parameters for flag in (*parameter.flags, *parameter.also)}
    values: dict[str, Any] = {parameter.name: _default(parameter) for parameter in command.parameters}
    loose: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "--" or (command.raw and not word.startswith("--")):
            loose += words[position if word == "--" else position - 1 :]
            break
        if not word.startswith("-") or word == "-" or _is_comment(word):
            loose.append(word)
            continue
        flag, equals, text = word.partition("=") if word.startswith("--") else (word, "", "")
        parameter = named.get(flag)
        if parameter is not None and parameter.kind != "flag" and not equals:
            text = words[position] if position < len(words) else ""
            position += 1
        if parameter is None or position > len(words) or not _store(values, parameter, text, bare=not equals):
            return None
    bound = bind(command, loose)
    if bound is None:
        return None
    values.update(bound)
    return values if is_complete(command, values) else None


def bind(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """Give positional words to the positional parameters in their order; None where they do not fit.

    Several values take every word but those that a later parameter needs; a last word that is a
    handle (``@`` or ``.`` in it) goes to a following ``agent``.
    """
    values: dict[str, Any] = {}
    rest = list(words)
    positionals = [parameter for parameter in command.parameters if not parameter.flags]
    for index, parameter in enumerate(positionals):
        if parameter.kind != "texts":
            if rest and not _store(values, parameter, rest.pop(0)):
                return None
            continue
        last = positionals[index + 1] if index + 1 < len(positionals) else None
        if last is not None and len(rest) > 1 and _is_agent(rest[-1]):
            values[last.name] = rest.pop()
        values[parameter.name] = tuple(rest)
        return values if all(map(parameter.accepts, rest)) else None
    return None if rest else values


def is_complete(command: Command, values: dict[str, Any]) -> bool:
    """Return whether every required parameter has a value."""
    return all(values[parameter.name] not in (None, ()) for parameter in command.parameters if parameter.required)


def _default(parameter: Parameter) -> object:
    return {"flag": False, "texts": ()}.get(parameter.kind)


def _store(values: dict[str, Any], parameter: Parameter, text: str, *, bare: bool = True) -> bool:
    if parameter.kind == "flag":
        values[parameter.name] = True
        return bare
    text = parameter.plain(text)
    if not parameter.accepts(text):
        return False
    if parameter.kind == "number":
        number = whole_number(text)
        if number is None:
            return False
        values[parameter.name] = number
    elif parameter.kind == "texts":
        values[parameter.name] = (*values[parameter.name], text)
    else:
        values[parameter.name] = text
    return True


def _is_comment(word: str) -> bool:
    """Return whether a word is a statement in SQL that begins with a comment: options have no blanks in their names."""
    return word.startswith("--") and word[2:3].isspace()


def _is_agent(word: str) -> bool:
    return "@" in word or "." in word
