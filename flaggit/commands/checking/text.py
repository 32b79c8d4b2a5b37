"""Findings of ``check``: a line each for people, the contract's array for programs."""

from __future__ import annotations

from flaggit.core.text import counted
from flaggit.output.json import problem_json
from flaggit.output.text import count_levels, finding_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.checking.actions import Checked
    from flaggit.output.text import Style


def check_json(reply: Reply[Checked]) -> Any:
    """Return every finding under the contract's names."""
    return [problem_json(problem) for problem in reply.data.problems]


def check_text(reply: Reply[Checked], style: Style) -> str:
    """Return a line for each finding and a line that counts them; a hook that found nothing says nothing."""
    data = reply.data
    lines = [finding_text(problem, style) for problem in data.problems]
    if lines or not data.quiet:
        errors, _, counts = count_levels(data.problems)
        lines.append((style.bad if errors else style.good)(f"{counted(data.files, 'file')}: {counts}."))
    return "\n".join(lines)
