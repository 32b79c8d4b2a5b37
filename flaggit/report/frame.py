"""The frame of every page: head, header, content, foot."""

from __future__ import annotations

from flaggit.core.times import format_time
from flaggit.report.markup import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

GENERATOR = '<meta name="generator" content="flaggit">'  # tells an earlier report from any other file


def frame(title: str, *, head: Iterable[str], header: str, main: Iterable[str], foot: str, seen: str = "") -> str:
    """Return a whole document.

    Args:
        title: Text; everything else is ready markup.
        head: Further lines of the head: policy, style, script.
        header: What stands above the content.
        main: The content's parts; empty ones are left out.
        foot: One paragraph below it.
        seen: What names the state that a live page shows.
    """
    mark = f' data-seen="{escape(seen)}"' if seen else ""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        GENERATOR,
        *head,
        f"<title>{escape(title)}</title>",
        "</head>",
        "<body>",
        '<a class="skip" href="#main">To the content</a>',
        f"<header>{header}</header>",
        f'<main id="main" tabindex="-1"{mark}>',
        *filter(None, main),
        "</main>",
        f'<footer class="soft"><p>{foot}</p></footer>',
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


def as_of(now: int) -> str:
    """Return the line that says when it was so."""
    made = format_time(now).replace("T", " ").replace("Z", " UTC")
    return f'<p class="soft">As of {escape(made)}.</p>'
