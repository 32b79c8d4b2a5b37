"""``flaggit --help``, ``flaggit help`` and each command's own help, drawn from the declarations.

Typer would draw the same and loads for ten times as long: help is what agents ask for most.
"""

from __future__ import annotations

from flaggit.cli.execute import show, write
from flaggit.commands import INDEX, find_command, is_group, load_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.commands.spec import Command, Parameter

_WIDTH = 80
_COLUMN = 36  # where descriptions begin at the latest
_EVERYWHERE = (
    "Every command also takes --json (one document for programs), -C PATH (run there), --offline"
    " and --no-color. Exit status: `flaggit help errors`."
)
_INTRO = "flaggit: coordination flags for coding agents and people, held in git."
_EXAMPLES = (
    ("flaggit init", "make .flags/ in this repository"),
    ("flaggit iam @backend.api", "say who works in this worktree"),
    ("flaggit create --to @frontend.web ...", "raise a flag with your change"),
    ("flaggit inbox", "see what waits for you"),
    ("flaggit next --lock", "take the most urgent one"),
    ("flaggit complete ID --note TEXT", "done; commit it with the work"),
)
_STATUSES = (
    ("0", "done; an empty list, too"),
    ("1", "findings of `check`, `review` or `doctor`; `next` has nothing to hand out"),
    ("2", "the command line or a field is wrong"),
    ("3", "no such flag, agent, revision or file"),
    ("4", "a lock, a state or an ownership stands in the way"),
    ("5", "no repository, no git, an unreachable remote, an unreadable file"),
    ("70", "a fault of flaggit's own"),
    ("130", "stopped from the keyboard"),
)


def print_help(words: list[str]) -> int:
    """Print help for a command, a group of them, all (``--all``), or the everyday ones; return the exit status.

    Raises:
        InvalidError: ``usage``, where there is no command of that name.
    """
    name = " ".join(word for word in words if not word.startswith("-"))
    if name in INDEX:
        return print_command_help(find_command(name))
    if is_group(name):
        names = [known for known in INDEX if known.startswith(f"{name} ")]
        members = [(known, find_command(known).summary) for known in names]
        write(1, "\n".join([f"flaggit {name}:", "", *_table(members), "", "Each of them takes --help."]) + "\n")
        return 0
    if name == "errors":
        write(1, "\n".join(["Exit status of every command:", "", *_table(_STATUSES)]) + "\n")
        return 0
    if name and name != "all":
        from flaggit.cli.synonyms import unknown_command

        raise unknown_command(name.split(" ")[0], name.split(" "))
    commands = load_all()
    lines = [_INTRO, "", "Examples:", *_table(_EXAMPLES), ""]
    if "--all" in words or "all" in words:
        lines += _by_group(commands)
    else:
        main = [(command.name, command.summary) for command in commands if command.main]
        lines += ["Everyday commands:", *_table(main), "", "`flaggit help --all` lists every command, grouped."]
        lines += ["`flaggit --install-completion` lets your shell complete them, ids and handles."]
    lines += ["", "Every command takes --help, --json, -C PATH, --offline and --no-color."]
    show("\n".join(lines) + "\n")
    return 0


def print_command_help(command: Command) -> int:
    """Print a command's own help, its examples first; return the exit status."""
    positionals = [item for item in command.parameters if not item.flags and not item.hidden]
    options = [item for item in command.parameters if item.flags and not item.hidden]
    words = [command.name, "[OPTIONS]", *map(_in_usage, positionals)]
    lines = [*_filled(f"Usage: flaggit {' '.join(words)}"), "", "Examples:", *_table(command.examples), ""]
    lines += [*_filled(command.summary), ""]
    if positionals:
        lines += ["Arguments:", *_table([(_value(item), _sentence(item)) for item in positionals]), ""]
    rows = [
        (" ".join([", ".join(item.flags), *([_value(item)] if item.kind != "flag" else [])]), _sentence(item))
        for item in options
    ]
    lines += ["Options:", *_table([*rows, ("-h, --help", "Show this message and exit.")]), ""]
    lines += _filled(_EVERYWHERE)
    write(1, "\n".join(lines) + "\n")
    return 0


def _value(parameter: Parameter) -> str:
    allowed = parameter.allowed()
    return f"[{'|'.join(allowed)}]" if allowed else parameter.metavar or parameter.name.upper()


def _in_usage(parameter: Parameter) -> str:
    value = _value(parameter)
    value = (value if len(value) < _COLUMN else parameter.name.upper()) + ("..." if parameter.kind == "texts" else "")
    return value if parameter.required or value.startswith("[") else f"[{value}]"


def _sentence(parameter: Parameter) -> str:
    return parameter.help + (" Required." if parameter.required else "")


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return rows whose descriptions stand beside, or where a name is long below, what they describe."""
    column = min(_COLUMN, max(len(left) for left, _ in rows) + 4)
    lines: list[str] = []
    for left, right in rows:
        filled = _filled(right, column)
        if len(left) + 4 <= column:
            filled[0] = f"  {left:<{column - 2}}{filled[0].lstrip()}"
        else:
            lines += _continued(left)
        lines += filled
    return lines


def _continued(left: str) -> list[str]:
    """Return a command line that can be pasted, or an option with its values, in lines of at most ``_WIDTH``."""
    is_command = left.startswith("flaggit ")
    between, end = (" ", " \\") if is_command else ("|", "|")
    lines = ["  "]
    for piece in left.split(between):
        grown = lines[-1] + (between if lines[-1].strip() else "") + piece
        if len(grown) > _WIDTH - len(end) and lines[-1].strip():
            lines[-1] += end
            grown = " " * 6 + piece
            lines.append("")
        lines[-1] = grown
    return lines


def _filled(text: str, column: int = 0) -> list[str]:
    """Return a text in lines of at most ``_WIDTH`` characters that begin at a column."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and column + len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [" " * column + line for line in lines]


def _by_group(commands: list[Command]) -> list[str]:
    lines: list[str] = []
    for group in dict.fromkeys(command.group for command in commands):
        members = [(command.name, command.summary) for command in commands if command.group == group]
        lines += [f"{group}:", *_table(members), ""]
    return lines[:-1]
