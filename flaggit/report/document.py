"""The page itself: figures first, then who owes what, how old, how it is connected, and every open flag folded.

No script, no link that leaves it, and a content policy that lets nothing be fetched or run: whatever
a flag says stays text.
"""

from __future__ import annotations

from flaggit.core.times import format_time
from flaggit.report.escape import escape
from flaggit.report.figures import ages_and_weeks, chains, headline, loads, locks
from flaggit.report.flags import every_flag, first_flags, shown_flags
from flaggit.report.style import CSS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.report.tally import Tally

GENERATOR = '<meta name="generator" content="flaggit">'  # tells an earlier report from any other file
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_FOOT = "Everything here was read from the repository when the page was made; nothing is fetched."


def build_page(tally: Tally, name: str) -> str:
    """Return the whole document; ``name`` is the repository's."""
    title = escape(f"Flags of {name}")
    shown = shown_flags(tally)
    sections = [
        first_flags(tally, shown),
        loads(tally),
        ages_and_weeks(tally),
        locks(tally, shown),
        chains(tally, shown),
        every_flag(tally),
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            GENERATOR,
            f"<title>{title}</title>",
            f"<style>\n{CSS}</style>",
            "</head>",
            "<body>",
            '<a class="skip" href="#main">To the content</a>',
            _header(tally, title),
            '<main id="main">',
            *filter(None, sections),
            "</main>",
            f'<footer class="soft"><p>{_FOOT}</p></footer>',
            "</body>",
            "</html>",
            "",
        ]
    )


def _header(tally: Tally, title: str) -> str:
    made = format_time(tally.now).replace("T", " ").replace("Z", " UTC")
    return f'<header><h1>{title}</h1><p class="soft">As of {escape(made)}.</p>{headline(tally)}</header>'
