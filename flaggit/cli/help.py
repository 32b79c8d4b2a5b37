"""``flaggit --help`` and ``flaggit help``: the nine everyday commands, or all by group."""

from __future__ import annotations

from flaggit.cli.execute import write
from flaggit.commands import INDEX, load_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.spec import Command

_INTRO = "flaggit: coordination flags for coding agents and the people who work with them, held in git."
_EXAMPLES = (
    ("flaggit init", "make .flags/ in this repository"),
    ("flaggit iam @backend.api", "say who works in this worktree"),
    ("flaggit create --to @frontend.web ...", "raise a flag with your change"),
    ("flaggit inbox", "see what waits for you"),
    ("flaggit next --lock", "take the most urgent one"),
    ("flaggit complete ID --note TEXT", "done; commit it with the work"),
)


def print_help(words: list[str]) -> int:
    """Print help for a command, a group of them, all (``--all``), or the everyday ones; return the exit status.

    Raises:
        InvalidError: ``usage``, where there is no command of that name.
    """
    name = " ".join(word for word in words if not word.startswith("-"))
    if name in INDEX:
        from flaggit.cli.app import run_app

        return run_app([*name.split(" "), "--help"])
    commands = load_all()
    members = [(command.name, command.summary) for command in commands if command.name.startswith(f"{name} ")]
    if members:
        write(1, "\n".join([f"flaggit {name}:", "", *_table(members), "", "Each of them takes --help."]) + "\n")
        return 0
    if name and name != "all":
        from flaggit.cli.synonyms import unknown_command

        raise unknown_command(name.split(" ")[0], name.split(" "))
    lines = [_INTRO, "", "Examples:", *_table(_EXAMPLES), ""]
    if "--all" in words or "all" in words:
        lines += _by_group(commands)
    else:
        main = [(command.name, command.summary) for command in commands if command.main]
        lines += ["Everyday commands:", *_table(main), "", "`flaggit help --all` lists every command, grouped."]
        lines += ["`flaggit --install-completion` lets your shell complete commands, options, ids and handles."]
    lines += ["", "Every command takes --help, --json, -C PATH, --offline and --no-color."]
    write(1, "\n".join(lines) + "\n")
    return 0


def _by_group(commands: list[Command]) -> list[str]:
    lines: list[str] = []
    for group in dict.fromkeys(command.group for command in commands):
        members = [(command.name, command.summary) for command in commands if command.group == group]
        lines += [f"{group}:", *_table(members), ""]
    return lines[:-1]


def _table(rows: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[str]:
    width = max(len(left) for left, _ in rows)
    return [f"  {left:<{width}}  {right}" for left, right in rows]
