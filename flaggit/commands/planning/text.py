"""Plans, whose text names agents and ids and never quotes a flag; and the findings of ``doctor``."""

from __future__ import annotations

from flaggit.core.model import name_target
from flaggit.core.text import counted
from flaggit.output.json import problem_json
from flaggit.output.text import count_levels, finding_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.planning.doctor import Diagnosis
    from flaggit.output.text import Style
    from flaggit.planning.plan import Plan, Step

_SHOWN_WAVES = 4
_SHOWN_ISSUES = 3


def plan_json(reply: Reply[Plan]) -> Any:
    """Return waves, issues and the number of the next cycle."""
    made = reply.data
    return {
        "waves": [{"flags": [_step_json(step) for step in wave]} for wave in made.waves],
        "issues": [{"kind": issue.kind, "ids": list(issue.ids), "text": issue.text} for issue in made.issues],
        "next_cycle": made.next_cycle,
    }


def plan_text(reply: Reply[Plan], style: Style) -> str:
    """Return a header with counts and issues, and at most five lines: four waves and how many more there are."""
    made = reply.data
    lines = [_header(made, style)]
    lines += _wave_lines(made.waves[:_SHOWN_WAVES])
    more = len(made.waves) - _SHOWN_WAVES
    if more > 0:
        lines.append(style.dim(f"{more} more: flaggit plan --json"))
    return "\n".join(lines)


def _header(made: Plan, style: Style) -> str:
    count = len(made.scheduled)
    parts = [
        f"{style.bold(counted(count, 'flag'))} in {counted(len(made.waves), 'wave')}"
        if count
        else "Nothing to plan: no pending flag is free"
    ]
    if made.emergency:
        parts.append(style.bad("emergency"))
    parts += [style.warn(issue.text) for issue in made.issues[:_SHOWN_ISSUES]]
    if len(made.issues) > _SHOWN_ISSUES:
        parts.append(style.warn(f"{len(made.issues) - _SHOWN_ISSUES} more issues"))
    return "; ".join(parts) + "."


def _wave_lines(waves: tuple[tuple[Step, ...], ...]) -> list[str]:
    """Return a line for each wave; waves of one flag that follow each other share a line."""
    lines = []
    position = 0
    while position < len(waves):
        end = position + 1
        if len(waves[position]) == 1:
            while end < len(waves) and len(waves[end]) == 1:
                end += 1
            words = "invoke " + " then ".join(_name(wave[0]) for wave in waves[position:end])
        else:
            words = "invoke in parallel: " + ", ".join(map(_name, waves[position]))
        numbers = str(position + 1) if end == position + 1 else f"{position + 1}-{end}"
        lines.append(f"{numbers}. {words}")
        position = end
    return lines


def _name(step: Step) -> str:
    return f"{name_target(step.agent)} ({step.flag.id})"


def _step_json(step: Step) -> dict[str, str | None]:
    flag = step.flag
    return {
        "id": flag.id,
        "target_agent": flag.target_agent,
        "flag_type": flag.flag_type,
        "impact_level": flag.impact_level,
        "effective_impact": step.effective_impact,
    }


def doctor_json(reply: Reply[Diagnosis]) -> Any:
    """Return every finding under the contract's names."""
    return [problem_json(problem) for problem in reply.data.problems]


def doctor_text(reply: Reply[Diagnosis], style: Style) -> str:
    """Return a line for each finding and, last, whether something has to be done."""
    problems = reply.data.problems
    lines = [finding_text(problem, style) for problem in problems]
    errors, warnings, counts = count_levels(problems)
    if errors:
        lines.append(style.bad(f"{counts}."))
    elif warnings:
        lines.append(style.warn(f"No errors, {counted(warnings, 'warning')}."))
    else:
        lines.append(style.good("All is well."))
    return "\n".join(lines)
