"""A review in the format that it was asked for."""

from __future__ import annotations

from flaggit.commands.review.format_json import report_json
from flaggit.commands.review.formats import FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.review.actions import Reviewed
    from flaggit.output.text import Style


def review_text(reply: Reply[Reviewed], style: Style) -> str:
    """Return a review in its format."""
    return FORMATS[reply.data.form](reply.data.report, style)


def review_json(reply: Reply[Reviewed]) -> Any:
    """Return a review as plain data."""
    return report_json(reply.data.report)
