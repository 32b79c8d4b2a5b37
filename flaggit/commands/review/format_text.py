"""A review for the terminal: the verdict, one line a flag, and of the rest the first lines of each section."""

from __future__ import annotations

from flaggit.core.model import name_target
from flaggit.core.text import columns, counted, short_oid, shorten, visible
from flaggit.output.markup import break_commands
from flaggit.reviewing.verdict import findings_of, outcome_of, some, verdict_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.core.model import Problem
    from flaggit.output.text import Style
    from flaggit.reviewing.report import NearbyFlag, Report, ReviewedFlag
    from flaggit.reviewing.unflagged import Unflagged

_SHOWN = 8  # lines of a folded section
_CHANGE = 60  # characters of what changed on a flag's line, where there is room
_LEAST = 15
_ACTION = 200  # characters of what has to be done
_TO_DO = "    to do: "
_MARKS = {
    "raised": "+",
    "changed": "~",
    "completed": "x",
    "reopened": "o",
    "pruned": "-",
    "deleted": "-",
    "noted": ".",
}


def report_text(report: Report, style: Style) -> str:
    """Return a review as a person reads it on a terminal."""
    verdict = verdict_lines(report)
    paint = {"stop": style.bad, "look": style.warn, "merge": style.good}[outcome_of(report)]
    lines = [style.bold(paint(verdict[0])), *verdict[1:]]
    lines.append("")
    for item in report.flags:
        lines += _flag_lines(item, report, style)
    lines += [] if report.flags else ["No flag is raised, changed or completed."]
    for title, rows in _sections(report, style):
        if rows:
            lines += ["", style.bold(title), *rows[:_SHOWN]]
            if len(rows) > _SHOWN:
                lines.append(style.dim(f"  ... and {len(rows) - _SHOWN} more: --format summary or --json has them"))
    lines += ["", *[style.dim(_authorship_line(report))] * bool(report.claims), style.dim(_range_line(report))]
    return break_commands("\n".join(lines))


def step_words(item: ReviewedFlag) -> str:
    """Return the effect of a range on a flag, in words."""
    words = []
    for step in item.steps:
        if step == "changed":
            fields = some([edit.field for edit in item.edits], 4)
            words.append(f"changed ({fields})" if fields else "moved")
        elif step == "completed":
            words.append(_completed_words(item))
        elif step == "noted":
            words.append(counted(item.notes, "note"))
        else:
            words.append(step)
    return ", ".join(words) or "touched"


def _completed_words(item: ReviewedFlag) -> str:
    completion = item.completion
    how = "completed"
    if completion is not None:
        how = {"done": "completed", "not_applicable": "closed as not applicable"}.get(
            completion.resolution, completion.resolution.replace("_", " ")
        )
        how += f" by {completion.completed_by}"
    if item.completed_in:
        how += f" in {short_oid(item.completed_in)}"
    if item.flag.related_files and (completion is None or completion.is_done):
        if item.touched:
            how += f", which touches {counted(len(item.touched), 'related file')}"
        elif item.touched_in_range:
            how += ", related files touched by other commits"
        else:
            how += ", no related file touched"
    return how


def _flag_lines(item: ReviewedFlag, report: Report, style: Style) -> list[str]:
    """Return what happens to a flag, and below it what its target has to do."""
    lines = [_flag_line(item, style)]
    if item.is_left:
        room = style.width - len(_TO_DO) if style.width else _ACTION
        lines.append(style.dim(_TO_DO) + visible(shorten(item.flag.action_required, min(room, _ACTION), columns)))
        logins = report.logins.get(item.flag.target_agent or "", ())
        lines += [style.dim(_TO_DO.replace("to do:", "ask:  ")) + visible(", ".join(logins))] if logins else []
    return lines


def _flag_line(item: ReviewedFlag, style: Style) -> str:
    flag = item.flag
    mark = _MARKS.get(item.steps[0] if item.steps else "", " ")
    route = f"{flag.source_agent} -> {flag.target_name}"
    steps = step_words(item)
    used = sum(map(len, (flag.id, flag.flag_type, route, steps))) + 20  # with the impact and what stands between
    room = min(_CHANGE, style.width - used) if style.width else _CHANGE
    change = style.dim("  " + visible(shorten(flag.change_description, room, columns))) if room >= _LEAST else ""
    impact = style.impact(flag.impact_level, f"{flag.impact_level:<8}")
    return f"{mark} {style.bold(flag.id)}  {impact}  {flag.flag_type}  {route}  {steps}{change}"


def _sections(report: Report, style: Style) -> Iterable[tuple[str, list[str]]]:
    yield "Findings", [_finding_line(problem, style) for problem in findings_of(report)]
    yield (
        "Not told: on a terminal each line opens the editor, else add --change TEXT --action TEXT",
        [_command_line(item) for item in report.unflagged],
    )
    yield (
        "Fields changed",
        [
            f"  {item.flag.id} {edit.field}: {_value(edit.before)} -> {_value(edit.after)}"
            for item in report.flags
            for edit in item.edits
        ],
    )
    left = [f"  {counted(report.nearby_left, 'further flag')}, less urgent"] * bool(report.nearby_left)
    areas = [_nearby_line(item, style) for item in report.nearby if not item.files]
    files = [_nearby_line(item, style) for item in report.nearby if item.files]
    yield "Pending, about files that change here", files + left * (not areas)
    yield "Pending, for owners of what changes here", areas + left * bool(areas)
    yield (
        "Held by others",
        [f"  {lock.flag_id}  {lock.holder} until {lock.expires}" for lock in report.locks]
        + [
            f"  paths  {held.lock.holder} until {held.lock.expires}  {_paths(held.files)}" for held in report.held_paths
        ],
    )
    yield (
        "Chains",
        [
            f"  {link.flag_id}  {link.source_agent} -> {name_target(link.target_agent)}"
            f"{f'  after {link.parent}' if link.parent else ''}  {'pending' if link.pending else 'done'}"
            for link in report.chains
        ],
    )


def _finding_line(problem: Problem, style: Style) -> str:
    where, message = visible(problem.where), visible(problem.message)
    return f"  {style.level(problem.level)} {problem.rule} {where}: {message}"


def _nearby_line(item: NearbyFlag, style: Style) -> str:
    flag = item.flag
    about = _paths(item.files) if item.files else visible(shorten(flag.change_description, _CHANGE, columns))
    return f"  {flag.id}  {style.impact(flag.impact_level)}  for {flag.target_name}  {about}"


def _command_line(item: Unflagged) -> str:
    remark = "" if item.known else "   # unless its owner made the change"
    if item.reasons:
        remark = f"   # {visible('; '.join(item.reasons[:2]))}"
    return f"  $ {visible(item.command)}{remark}"


def _value(text: str | None) -> str:
    return "(nothing)" if text is None else repr(visible(shorten(text, 60)))


def _paths(paths: Sequence[str]) -> str:
    return visible(some(paths, 3))


def _authorship_line(report: Report) -> str:
    verdicts = [claim.verdict for claim in report.claims]
    words = (("verified", "verified by a signature"), ("unverified", "unproven"), ("mismatch", "contradicted"))
    parts = [f"{verdicts.count(verdict)} {word}" for verdict, word in words if verdict in verdicts]
    return f"Who did what, {counted(len(verdicts), 'claim')}: {', '.join(parts)}."


def _range_line(report: Report) -> str:
    span = f"Range {visible(report.base)}..{visible(report.head)}"
    sizes = f"{counted(report.commits, 'commit')}, {counted(report.files, 'path')} changed outside .flags/"
    return f"{span} from {short_oid(report.merge_base)} to {short_oid(report.head_oid)}: {sizes}."
