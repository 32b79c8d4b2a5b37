"""A review as a GitLab Code Quality report: an array of issues, equal fingerprints taken for one."""

from __future__ import annotations

from flaggit.commands.review.format_items import fingerprints, items_of
from flaggit.core.text import shorten, visible
from flaggit.output.json import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.review.format_items import Item
    from flaggit.reviewing.report import Report

_LONGEST = 1000
_BY_IMPACT = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}
_BY_LEVEL = {"error": "blocker", "warning": "minor", "note": "info"}


def report_gitlab(report: Report) -> str:
    """Return a review as the JSON array that GitLab reads."""
    items = items_of(report)
    issues = zip(items, fingerprints(items), strict=True)
    return dumps([_issue(item, fingerprint) for item, fingerprint in issues], indent=1)


def _issue(item: Item, fingerprint: str) -> dict[str, object]:
    description = shorten(f"{item.title}: {item.message}", _LONGEST)
    if item.fix:  # the widget shows nothing but the description
        description += f" Next: {shorten(item.fix, _LONGEST)}"
    return {
        "description": visible(description),
        "check_name": item.rule,
        "fingerprint": fingerprint,
        "severity": _BY_IMPACT.get(item.impact) or _BY_LEVEL[item.level],
        "location": {"path": item.path, "lines": {"begin": item.line}},
    }
