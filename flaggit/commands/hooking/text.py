"""Shows how git's hooks are set up."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Reply
    from flaggit.hooks.installing import HooksReport
    from flaggit.output.text import Style

_WORDS = {
    "installed": "runs flaggit",
    "chained": "runs flaggit, through another tool",
    "integrated": "runs flaggit",
    "unproven": "names flaggit, and was not seen to reach it",
    "foreign": "another tool's, which does not run flaggit",
    "absent": "none",
}


def hooks_text(reply: Reply[HooksReport], style: Style) -> str:
    """Return the state of each hook, or the lines to add."""
    report = reply.data
    if report.lines:
        return "\n".join(report.lines)
    lines = [f"{report.mode}: {report.folder}"]
    for hook in report.hooks:
        words = _WORDS[hook.state] + (", after the hook that was there before" if hook.runs_before else "")
        lines.append(f"  {hook.name:<20}{style.good(words) if hook.runs_flaggit else words}")
    return "\n".join(lines)
