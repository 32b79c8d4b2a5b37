"""Findings of ``doctor``: a line each for people, the contract's array for programs."""

from __future__ import annotations

from flaggit.core.text import counted
from flaggit.output.json import problem_json
from flaggit.output.text import finding_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.planning.doctor import Diagnosis
    from flaggit.output.text import Style


def doctor_json(reply: Reply[Diagnosis]) -> Any:
    """Return every finding under the contract's names."""
    return [problem_json(problem) for problem in reply.data.problems]


def doctor_text(reply: Reply[Diagnosis], style: Style) -> str:
    """Return a line for each finding and, last, whether something has to be done."""
    problems = reply.data.problems
    lines = [finding_text(problem, style) for problem in problems]
    errors = sum(problem.level == "error" for problem in problems)
    warnings = sum(problem.level == "warning" for problem in problems)
    if errors:
        lines.append(style.bad(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}."))
    elif warnings:
        lines.append(style.warn(f"No errors, {counted(warnings, 'warning')}."))
    else:
        lines.append(style.good("All is well."))
    return "\n".join(lines)
