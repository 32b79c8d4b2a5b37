"""Decides which parser reads a command line: the small one for hot commands, Typer for all else."""

from __future__ import annotations

import os

from flaggit.cli import COMPLETION
from flaggit.cli.execute import Options, execute, interrupted, report, write
from flaggit.cli.parser import parse
from flaggit.commands import INDEX, find_command, is_group
from flaggit.core.errors import SYSTEM_ERRORS, FlaggitError, InvalidError, system_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.spec import Command

_AGENT_HOOK = "agent-hook"
# Commands of the older system without a successor: its SQL that wrote, its memory, its jobs.
_DROPPED = frozenset(
    (
        "execute",
        "timestamp",
        "update-memory",
        "get-memory",
        "add-interaction",
        "update-health",
        "get-health",
        "cleanup-jobs",
        "--job",
    )
)
_HELP = ("--help", "-h")
_SWITCHES = {"--json": "json", "--offline": "offline"}
_NO_COLOUR = ("--no-color", "--no-colour")


def run(argv: list[str]) -> int:
    """Run one command line (without the program's name) and return its exit status."""
    if COMPLETION in os.environ or argv[:1] in (["--install-completion"], ["--show-completion"]):
        from flaggit.cli.app import run_app

        return run_app(argv)
    options = Options()
    words = argv
    try:
        words = parse_options(argv, options)
        status = _dispatch(words, options)
    except FlaggitError as error:
        status = report(error, options)
    except BrokenPipeError:  # of help, which is no verdict: whoever read it has seen enough
        status = 0
    except SYSTEM_ERRORS as error:
        status = report(system_error(error), options)
    except KeyboardInterrupt:
        status = report(interrupted(), options)
    # To the programs that agents run in, 2 means "block": no misspelt option of a hook may do that.
    return min(status, 1) if words[:1] == [_AGENT_HOOK] else status


def parse_options(argv: list[str], options: Options) -> list[str]:
    """Take the options that every command has out of ``argv``; return the rest. What follows ``--`` is left alone."""
    words: list[str] = []
    position = 0
    while position < len(argv):
        word = argv[position]
        position += 1
        if word == "--":
            return [*words, *argv[position - 1 :]]
        if word in _SWITCHES:
            setattr(options, _SWITCHES[word], True)
        elif word in _NO_COLOUR:
            os.environ["NO_COLOR"] = "1"
        elif word == "--session" and position < len(argv):
            os.environ["FLAGGIT_SESSION"] = argv[position]
            position += 1
        elif word == "-C" and position < len(argv):
            options.path = argv[position]
            position += 1
        elif word in ("--format=text", "--format=json"):
            options.format = word.partition("=")[2]
        elif word == "--format" and argv[position : position + 1] in (["text"], ["json"]):
            options.format = argv[position]
            position += 1
        else:
            words.append(word)
    return words


def _dispatch(words: list[str], options: Options) -> int:
    if words[:1] in (["--version"], ["-V"], ["version"]):
        from flaggit.core.version import __version__

        write(1, f"flaggit {__version__}\n")
        return 0
    if words[:1] in ([word] for word in (*_HELP, "help")):
        from flaggit.cli.help import print_help

        return print_help(words[1:])
    if words and words[0] in _DROPPED:
        options.json = options.format != "text"
        raise _is_dropped(words[0])
    if len(words) == 2 and words[0] not in INDEX and words[1] in _HELP and is_group(words[0]):
        from flaggit.cli.help import print_help

        return print_help(words[:1])
    command, rest = _find(words)
    options.adapt(command)
    asked = rest[:1] if command.raw else _before_dashes(rest)  # a raw command hands later words on
    if any(word in _HELP for word in asked):
        from flaggit.cli.help import print_command_help

        return print_command_help(command)
    values = parse(command, rest)
    if values is None:
        from flaggit.cli.app import parse_with_typer

        values = parse_with_typer(command, rest)
    return execute(command, values, options)


def _find(words: list[str]) -> tuple[Command, list[str]]:
    name = words[0] if words else "overview"
    pair = " ".join(words[:2])
    if pair in INDEX and len(words) > 1:
        return find_command(pair), words[2:]
    if name in INDEX:
        return find_command(name), words[1:]
    raise _unknown(name, words)


def _unknown(name: str, words: list[str]) -> InvalidError:
    from flaggit.cli.synonyms import unknown_command

    return unknown_command(name, words)


def _is_dropped(name: str) -> InvalidError:
    """Refuse a command of the older system that has no successor, in the shape that its callers read."""
    if name == "execute":  # wrote whatever it was told
        return InvalidError(
            "read_only",
            "There is no `execute`: flags change through their own commands, so that every step can be reviewed.",
            hint="Use create-flag, lock-flag, complete-flag, edit (`flaggit edit --help`); `query` reads.",
        )
    return InvalidError(
        "usage",
        f"There is no `{name}`: flaggit keeps flags and the catalog of agents, and nothing else of the older system.",
        hint="`flaggit help --all` lists every command.",
    )


def _before_dashes(words: list[str]) -> list[str]:
    return words[: words.index("--")] if "--" in words else words
