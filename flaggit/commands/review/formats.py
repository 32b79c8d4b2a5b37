"""The formats of a review, by the names that ``--format`` accepts: a module beside this one and a line here each."""

from __future__ import annotations

from flaggit.commands.review.format_github import report_github
from flaggit.commands.review.format_gitlab import report_gitlab
from flaggit.commands.review.format_json import report_json
from flaggit.commands.review.format_markdown import report_markdown, report_summary
from flaggit.commands.review.format_rdjson import report_rdjson
from flaggit.commands.review.format_sarif import report_sarif
from flaggit.commands.review.format_text import report_text
from flaggit.output.json import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.output.text import Style
    from flaggit.reviewing.report import Report

    Render = Callable[[Report, Style], str]


def _plain(render: Callable[[Report], str]) -> Render:
    """Return the renderer of a format that has no colours."""
    return lambda report, _style: render(report)


DEFAULT = "text"
FORMATS: dict[str, Render] = {
    DEFAULT: report_text,
    "markdown": _plain(report_markdown),
    "summary": _plain(report_summary),
    "json": _plain(lambda report: dumps(report_json(report), indent=2)),
    "github": _plain(report_github),
    "sarif": _plain(report_sarif),
    "gitlab": _plain(report_gitlab),
    "rdjson": _plain(report_rdjson),
}
