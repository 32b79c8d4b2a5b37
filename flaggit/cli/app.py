"""The Typer app, built from the declarations: what is wrong with a bad line, and the shell's completion.

The shell is offered ids of flags and handles of agents that exist here.
"""

from __future__ import annotations

import inspect
import io
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flaggit.cli import COMPLETION
from flaggit.cli.parser import bind, is_complete
from flaggit.commands import load_all
from flaggit.commands.spec import Parameter
from flaggit.core.errors import FlaggitError, InvalidError
from flaggit.core.limits import DIGITS
from flaggit.core.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence

    from flaggit.clone.session import Session
    from flaggit.commands.spec import Command

    Completer = Callable[[str], list[tuple[str, str]]]  # Typer evaluates the annotations of each

_WHO = ("--from", "--agent", "--as", "--by", "--me")  # tried for who one is, where no command has such an option
_EVERYWHERE_OPTIONS = (
    Parameter("in_json", "One document for programs.", ("--json",), "flag"),
    Parameter("elsewhere", "Run there.", ("-C",), metavar="PATH"),
    Parameter("no_network", "Keep from the network.", ("--offline",), "flag"),
    Parameter("no_colour", "Without colour.", ("--no-color",), "flag"),
)


_LARGEST = 10**DIGITS - 1
_SHOWN = 60
_PLAIN = " .,-_/@"


def run_app(argv: list[str]) -> int:
    """Let Typer answer the shell's completion. Returns the exit status."""
    rejoin_handles(os.environ)
    app = build_app(load_all(), lambda *_: None)
    try:
        app(args=argv, prog_name="flaggit", standalone_mode=False)
    except typer.Exit as leave:
        return int(leave.exit_code)
    except SystemExit as leave:
        return int(leave.code or 0)
    return 0


def parse_with_typer(command: Command, words: Sequence[str]) -> dict[str, Any]:
    """Return the verb's keyword arguments as Typer reads them.

    Raises:
        InvalidError: ``usage``, with what Typer says is wrong.
    """
    found: list[dict[str, Any]] = []
    app = build_app([command], lambda _, values: found.append(values))
    try:
        app(
            args=[*command.name.split(" "), *_shown_spellings(command, words)],
            prog_name="flaggit",
            standalone_mode=False,
        )
    except Exception as error:  # Typer's and click's usage errors share no public base
        if not hasattr(error, "format_message"):
            raise
        raise _usage(command, _misplaced_agent(command, error) or error.format_message()) from None
    if not found:
        raise _usage(command, "The line could not be read.")
    return found[0]


def _misplaced_agent(command: Command, error: Exception) -> str:
    """Return the advice for a handle given by an option where the command takes it as its last word."""
    option = getattr(error, "option_name", "")
    takes_agent = any(parameter.name == "agent" and not parameter.flags for parameter in command.parameters)
    if option not in _WHO or not takes_agent:
        return ""
    required = " ".join(item.metavar for item in command.parameters if item.required and not item.flags)
    line = " ".join(filter(None, ("flaggit", command.name, required, "@domain.module")))
    return f"There is no {option}; who you are is the last word: {line}"


def _shown_spellings(command: Command, words: Sequence[str]) -> list[str]:
    """Return the words with spellings that are accepted but not shown replaced by the shown ones."""
    shown = {other: parameter.flags[0] for parameter in command.parameters for other in parameter.also}
    pairs = (word.partition("=") for word in words)
    return [shown.get(name, name) + equals + value for name, equals, value in pairs]


def build_app(commands: Sequence[Command], call: Callable[[Command, dict[str, Any]], None]) -> typer.Typer:
    """Return a Typer app in which each command hands its values to ``call``."""
    app = typer.Typer(name="flaggit", no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_root)
    groups: dict[str, typer.Typer] = {}
    for command in commands:
        group, _, name = command.name.rpartition(" ")
        place = app
        if group:
            if group not in groups:
                groups[group] = typer.Typer(rich_markup_mode=None, help=f"Commands about {group}.")
                app.add_typer(groups[group], name=group)
            place = groups[group]
        place.command(name, help=command.summary, context_settings=_context(command))(_function(command, call))
    return app


def _root() -> None:
    """Coordination flags for coding agents and the people who work with them, held wholly in git."""


def _context(command: Command) -> dict[str, Any]:
    settings: dict[str, Any] = {"help_option_names": ["--help", "-h"]}
    if command.raw:
        settings.update(ignore_unknown_options=True)
    return settings


def _function(command: Command, call: Callable[[Command, dict[str, Any]], None]) -> Callable[..., None]:
    def function(**values: Any) -> None:
        call(command, _finish_values(command, values))

    shown = [parameter for parameter in command.parameters if not _is_swallowed(command, parameter)]
    signature = [_parameter(parameter) for parameter in (*shown, *_completed_everywhere(command))]
    vars(function)["__signature__"] = inspect.Signature(signature)
    function.__annotations__ = {entry.name: entry.annotation for entry in signature}
    return function


def _completed_everywhere(command: Command) -> tuple[Parameter, ...]:
    """Return the options of every command for the shell to offer; where lines are read, they are taken out before."""
    return _EVERYWHERE_OPTIONS if COMPLETION in os.environ and not command.raw else ()


def _is_swallowed(command: Command, parameter: Parameter) -> bool:
    """Return whether a positional stands behind one that takes several words; ``bind`` divides them."""
    positionals = [item for item in command.parameters if not item.flags]
    several = [index for index, item in enumerate(positionals) if item.kind == "texts"]
    return not parameter.flags and bool(several) and positionals.index(parameter) > several[0]


def _parameter(parameter: Parameter) -> inspect.Parameter:
    base: Any = {"flag": bool, "number": int | None, "texts": list[str] | None}.get(parameter.kind, str | None)
    shown: dict[str, Any] = {
        "help": _parameter_help(parameter),
        "metavar": _metavar(parameter),
        "hidden": parameter.hidden,
    }
    complete = completer(parameter)
    if complete is not None:
        shown["autocompletion"] = complete
    if parameter.kind == "number":
        shown.update(min=-_LARGEST, max=_LARGEST)
    info: Any
    if parameter.flags:
        if parameter.kind == "flag":
            shown.pop("metavar")
        info = typer.Option(*parameter.flags, show_default=False, **shown)
    else:
        info = typer.Argument(show_default=False, **shown)
    default: Any = False if parameter.kind == "flag" else None
    return inspect.Parameter(
        parameter.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[base, info]
    )


def _parameter_help(parameter: Parameter) -> str:
    return parameter.help + (" Required." if parameter.required else "")


def _metavar(parameter: Parameter) -> str | None:
    allowed = parameter.allowed()
    return "[" + "|".join(allowed) + "]" if allowed else parameter.metavar or None


def _finish_values(command: Command, values: dict[str, Any]) -> dict[str, Any]:
    """Bring Typer's values into the shape that the small parser gives."""
    settled: dict[str, Any] = {}
    for parameter in command.parameters:
        value = values.get(parameter.name)
        value = parameter.plain(value) if isinstance(value, str) else value
        settled[parameter.name] = tuple(value or ()) if parameter.kind == "texts" else value
    for parameter in command.parameters:
        if not parameter.flags and parameter.kind == "texts":
            bound = bind(command, _positional_words(command, settled))
            settled.update(bound or {})
            break
    _check_values(command, settled)
    if not is_complete(command, settled):
        missing = [item for item in command.parameters if item.required and settled[item.name] in (None, ())]
        names = ", ".join(item.flags[0] if item.flags else item.metavar or item.name.upper() for item in missing)
        raise _usage(command, f"Missing: {names}.")
    return settled


def _positional_words(command: Command, values: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for parameter in command.parameters:
        if not parameter.flags and not _is_swallowed(command, parameter):
            value = values[parameter.name]
            words += value if isinstance(value, tuple) else [value] if value is not None else []
    return words


def _check_values(command: Command, values: dict[str, Any]) -> None:
    for parameter in command.parameters:
        value = values[parameter.name]
        given = value if isinstance(value, tuple) else (value,)
        for item in given:
            if item is None or parameter.accepts(item):
                continue
            if parameter.lacks_name(item):
                name = parameter.flags[0] if parameter.flags else parameter.metavar
                what = "a file" if parameter.metavar == "FILE" else "a file or folder"
                raise _usage(command, f"{name} is empty: name {what}.")
            name = parameter.flags[0] if parameter.flags else parameter.name
            raise _usage(command, f"{name} {item!r} is none of {', '.join(parameter.allowed())}.")


def _usage(command: Command, message: str) -> InvalidError:
    text = message.strip()
    return InvalidError("usage", f"flaggit {command.name}: {text}", hint=f"`flaggit {command.name} --help` shows how.")


if COMPLETION in os.environ and isinstance(sys.stdout, io.TextIOWrapper):
    sys.stdout.reconfigure(encoding="utf-8")


def completer(parameter: Parameter) -> Completer | None:
    """Return the function that completes a parameter's value, or None where the shell's own way serves."""
    fixed = parameter.allowed() or parameter.offers
    if fixed:
        return lambda incomplete: [(choice, "") for choice in fixed if choice.startswith(incomplete)]
    if parameter.complete == "flag" and not parameter.flags and parameter.kind == "texts":
        return _complete_flags_or_handle
    return {
        "flag": _complete_flag,
        "completed": _complete_completed,
        "handle": _complete_handle,
        "schema": _complete_schema,
    }.get(parameter.complete)


def rejoin_handles(environ: MutableMapping[str, str]) -> None:
    """Take the ``@`` that bash cuts off a handle, and the ``=`` before it, out of the line to be completed.

    bash ends a word at every ``@`` and ``=`` (COMP_WORDBREAKS): of ``--to=@front`` it completes ``front`` and leaves
    ``=@`` before it alone. The handles are offered without their ``@`` then, see ``_complete_handle``.
    """
    words = environ.get("COMP_WORDS", "").split("\n")
    current = environ.get("COMP_CWORD", "")
    position = whole_number(current)
    if len(words) == 1 or position is None or position < 0:
        return
    place = min(position, len(words) - 1)
    if words[place] == "=@":
        words[place] = "@"
    kept = [index for index in range(len(words)) if index >= position or not _is_cut_off(words, index)]
    environ["COMP_WORDS"] = "\n".join(words[index] for index in kept)
    environ["COMP_CWORD"] = str(sum(index < position for index in kept))


def _is_cut_off(words: Sequence[str], index: int) -> bool:
    return words[index] == "@" or (words[index] in ("=", "=@") and words[index - 1].startswith("--"))


def _complete_flag(incomplete: str) -> list[tuple[str, str]]:
    return _flags(incomplete, "all" if incomplete else "pending")


def _complete_completed(incomplete: str) -> list[tuple[str, str]]:
    return _flags(incomplete, "completed")


def _complete_flags_or_handle(incomplete: str) -> list[tuple[str, str]]:
    """Offer what may stand where several ids do: ids, and once something is typed, the agent behind them."""
    return _complete_flag(incomplete) + (_complete_handle(incomplete) if incomplete else [])


def _flags(incomplete: str, status: str) -> list[tuple[str, str]]:
    session = _session()
    rows = session.clone.rows(status=status) if session else []
    found = [row for row in rows if row.flag.id.startswith(incomplete.lower())]
    return [(row.flag.id, f"{row.flag.impact_level} {_plain(row.flag.change_description)}") for row in found]


def _complete_handle(incomplete: str) -> list[tuple[str, str]]:
    session = _session()
    if session is None:
        return []
    agents = session.catalog.agents
    # Without its @ a handle is one, too; what is offered has to begin with what is typed.
    names = {name if incomplete.startswith("@") or not incomplete else name[1:]: name for name in sorted(agents)}
    return [(shown, _plain(agents[name].description)) for shown, name in names.items() if shown.startswith(incomplete)]


def _complete_schema(incomplete: str) -> list[tuple[str, str]]:
    from flaggit.commands.setup.actions import schema_names

    return [(name, "") for name in schema_names() if name.startswith(incomplete)]


def _plain(text: str) -> str:
    """Return the beginning of a flag's or agent's text without a character that means anything to a shell.

    zsh evaluates what completion prints, twice, and Typer escapes no backslash: ``\\$(...)`` in a flag would run.
    """
    return " ".join("".join(char if char.isalnum() or char in _PLAIN else " " for char in text).split())[:_SHOWN]


def _session() -> Session | None:
    from flaggit.clone.session import Session
    from flaggit.git.repo import find_repo

    try:
        return Session(find_repo())
    except FlaggitError:
        return None
