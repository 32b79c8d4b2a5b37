"""Writes docs/commands.md and docs/errors.md from the declarations they describe; ``--check`` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from flaggit.commands import load_all  # noqa: E402
from flaggit.commands.spec import Command, Parameter  # noqa: E402
from flaggit.core.errors import CODES  # noqa: E402

_STATUSES = (
    (0, "Done; an empty list is done, too, and so are warnings."),
    (1, "Findings of error level (`check`, `review`, `doctor`), or nothing to hand out (`next`)."),
    (2, "The call itself is wrong: usage or validation."),
    (3, "Not found."),
    (4, "A conflict: a lock, a state or an ownership stands in the way."),
    (5, "The environment: no repository, no git, an unreachable remote, an unreadable store."),
    (70, "A fault of flaggit itself."),
    (130, "Stopped from the keyboard."),
)


def write_commands() -> str:
    """Return docs/commands.md: every command by group, with its examples and parameters."""
    commands = load_all()
    lines = ["# Commands", "", "Written from the declarations in `flaggit/commands/` by `make docs`.", ""]
    lines += [
        "Every command takes `--help`, `--json` (one document for programs), `-C PATH` (run there), `--offline` and"
    ]
    lines += ["`--no-color`. What the exit status says: [errors.md](errors.md).", ""]
    for group in dict.fromkeys(command.group for command in commands):
        lines += [f"## {group}", ""]
        for command in commands:
            if command.group == group:
                lines += _command(command)
    return "\n".join(lines).rstrip() + "\n"


def write_errors() -> str:
    """Return docs/errors.md: exit statuses and codes."""
    lines = ["# Errors and exit status", "", "Written from `flaggit/errors.py` by `make docs`.", ""]
    lines += [
        "With `--json` an error is one document on standard output: `error` (a sentence), `code` (a word that stays),"
    ]
    lines += [
        "`hint` (the next safe step), `retryable`, `violations` (every broken rule at once), and what else is known."
    ]
    lines += ["Without, it is text on standard error.", "", "| status | means |", "| --- | --- |"]
    lines += [f"| {status} | {meaning} |" for status, meaning in _STATUSES]
    lines += ["", "| code | status | means |", "| --- | --- | --- |"]
    lines += [f"| `{code}` | {status} | {meaning} |" for code, (status, meaning) in CODES.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write both files, or with ``--check`` say which one is out of date; return the exit status."""
    stale = 0
    for name, text in (("commands.md", write_commands()), ("errors.md", write_errors())):
        path = PROJECT / "docs" / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv:
            print(f"docs/{name} is out of date: make docs")
            stale = 1
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")
    return stale


def _command(command: Command) -> list[str]:
    lines = [f"### `flaggit {command.name}`", "", command.summary, "", "```sh"]
    width = max(len(line) for line, _ in command.examples)
    lines += [f"{line:<{width}}  # {meaning}" for line, meaning in command.examples]
    lines += ["```", ""]
    shown = [parameter for parameter in command.parameters if not parameter.hidden]
    if shown:
        lines += ["| parameter | means |", "| --- | --- |"]
        lines += [f"| {_name(parameter)} | {_meaning(parameter)} |" for parameter in shown]
        lines.append("")
    return lines


def _name(parameter: Parameter) -> str:
    value = "\\|".join(parameter.allowed()) or parameter.metavar or parameter.name.upper()
    if parameter.kind == "flag":
        value = ""
    names = ", ".join(f"`{flag}`" for flag in parameter.flags)
    return f"{names} {f'`{value}`' if value else ''}".strip() if names else f"`{value}`"


def _meaning(parameter: Parameter) -> str:
    return parameter.help.replace("|", "\\|") + (" Required." if parameter.required else "")


if __name__ == "__main__":
    sys.exit(main())
