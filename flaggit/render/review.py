"""A review in the format that it was asked for; each format has a module of its own beside this one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.render.text import Style
    from flaggit.session import Reply

_RENDERERS = {
    "text": ("review_text", "report_text"),
    "markdown": ("review_markdown", "report_markdown"),
    "summary": ("review_markdown", "report_summary"),
    "github": ("review_github", "report_github"),
    "sarif": ("review_sarif", "report_sarif"),
    "gitlab": ("review_gitlab", "report_gitlab"),
    "rdjson": ("review_rdjson", "report_rdjson"),
}


def review_text(reply: Reply, style: Style) -> str:
    """Return a review in its format; without one as text."""
    shown: Any = reply.data
    module_name, function = _RENDERERS.get(shown.form, _RENDERERS["text"])
    module = __import__(f"flaggit.render.{module_name}", fromlist=[function])
    if shown.form in ("text", "json"):
        return str(module.report_text(shown.report, style))
    return str(getattr(module, function)(shown.report))


def review_json(reply: Reply) -> Any:
    """Return a review as plain data."""
    from flaggit.render.review_json import report_json

    shown: Any = reply.data
    return report_json(shown.report)
