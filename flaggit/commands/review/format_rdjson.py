"""A review as rdjson, reviewdog's own format; reviewdog posts messages as Markdown, so data stands in code."""

from __future__ import annotations

from flaggit.commands.review.format_items import describe_rule, items_of
from flaggit.output.json import dumps
from flaggit.output.markup import md_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.review.format_items import Item
    from flaggit.reviewing.report import Report

_LONGEST = 2000
_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def report_rdjson(report: Report) -> str:
    """Return a review as one rdjson document."""
    document = {
        "source": {"name": "flaggit", "url": ""},
        "severity": "ERROR" if report.failed else "INFO",
        "diagnostics": [_diagnostic(item) for item in items_of(report)],
    }
    return dumps(document, indent=1)


def _diagnostic(item: Item) -> dict[str, object]:
    message = f"{describe_rule(item.rule)}\n\n{md_code(item.message, _LONGEST)}"
    if item.fix:
        message += f"\n\nNext: {md_code(item.fix, _LONGEST)}"
    return {
        "message": message,
        "location": {"path": item.path, "range": {"start": {"line": item.line}}},
        "severity": _SEVERITIES[item.level],
        "code": {"value": item.rule},
    }
