"""A review as workflow commands of GitHub Actions, which become annotations.

A step shows ten errors, ten warnings and ten notices and drops further ones without a word, so
the worst come first and the last one of a kind says how many are left.
"""

from __future__ import annotations

from flaggit.commands.review.format_items import items_of
from flaggit.core.text import counted
from flaggit.output.markup import command_data, command_property
from flaggit.reviewing.verdict import verdict_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.review.format_items import Item
    from flaggit.reviewing.report import Report

_LIMIT = 10  # of each kind in one step
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_LONGEST = 2000  # characters of a message


def report_github(report: Report) -> str:
    """Return a review as workflow commands, one a line."""
    kinds: dict[str, list[str]] = {command: [] for command in _COMMANDS.values()}
    items = items_of(report)
    for item in items:
        kinds[_COMMANDS[item.level]].append(_annotation(item))
    verdict = command_data("\n".join(verdict_lines(report)))
    first = "error" if report.failed else "notice"
    kinds[first].insert(0, f"::{first} title=flaggit review::{verdict}")
    return "\n".join(line for kind, lines in kinds.items() for line in _within_limit(kind, lines))


def _annotation(item: Item) -> str:
    message = item.message if len(item.message) <= _LONGEST else item.message[:_LONGEST] + "\u2026"
    if item.fix:
        message += f"\nNext: {item.fix}"
    where = f"file={command_property(item.path)},line={item.line},title={command_property(item.title)}"
    return f"::{_COMMANDS[item.level]} {where}::{command_data(message)}"


def _within_limit(kind: str, lines: list[str]) -> list[str]:
    if len(lines) <= _LIMIT:
        return lines
    left = counted(len(lines) - _LIMIT + 1, f"further {kind}")
    return [*lines[: _LIMIT - 1], f"::{kind} title=flaggit review::{left}, in the job summary."]
