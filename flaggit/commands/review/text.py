"""A review in the format that it was asked for; each format has a module of its own beside this one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.review.actions import Reviewed
    from flaggit.output.text import Style

_RENDERERS = {
    "text": ("format_text", "report_text"),
    "markdown": ("format_markdown", "report_markdown"),
    "summary": ("format_markdown", "report_summary"),
    "github": ("format_github", "report_github"),
    "sarif": ("format_sarif", "report_sarif"),
    "gitlab": ("format_gitlab", "report_gitlab"),
    "rdjson": ("format_rdjson", "report_rdjson"),
}


def review_text(reply: Reply[Reviewed], style: Style) -> str:
    """Return a review in its format; without one as text."""
    shown = reply.data
    module_name, function = _RENDERERS.get(shown.form, _RENDERERS["text"])
    module = __import__(f"flaggit.commands.review.{module_name}", fromlist=[function])
    if shown.form in ("text", "json"):
        return str(module.report_text(shown.report, style))
    return str(getattr(module, function)(shown.report))


def review_json(reply: Reply[Reviewed]) -> Any:
    """Return a review as plain data."""
    from flaggit.commands.review.format_json import report_json

    shown = reply.data
    return report_json(shown.report)
