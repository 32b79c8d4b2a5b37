"""The page itself: figures first, then who owes what, how old, how it is connected, and every open flag folded.

No script, no link that leaves it, and a content policy that lets nothing be fetched or run: whatever
a flag says stays text.
"""

from __future__ import annotations

from flaggit.core.model import FREE_FIELDS
from flaggit.core.text import shorten
from flaggit.core.times import format_time
from flaggit.report.escape import escape
from flaggit.report.figures import ages_and_weeks, chains, headline, loads, locks
from flaggit.report.markup import age, agent_anchor, chip, counted_levels, flag_anchor, flag_link, level_of, section
from flaggit.report.style import CSS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Field, Flag, Row
    from flaggit.report.tally import Load, Tally

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


_SHOWN = 1000  # in full; a page of more is no longer read
_FIRST = 5
_URGENT = ("critical", "high")


def shown_flags(tally: Tally) -> frozenset[str]:
    """Return the ids of the flags that the page shows in full."""
    rows = [row for load in tally.loads for row in load.rows]
    return frozenset(row.flag.id for row in rows[:_SHOWN])


def first_flags(tally: Tally, shown: frozenset[str]) -> str:
    """Return the most urgent open flags, where any is urgent."""
    urgent = [row for load in tally.loads for row in load.rows if row.flag.impact_level in _URGENT]
    urgent.sort(key=lambda row: row.order)
    items = "".join(_first(row, shown, tally.now) for row in urgent[:_FIRST])
    return section("Look at first", f'<ol class="first">{items}</ol>') if items else ""


def every_flag(tally: Tally) -> str:
    """Return every open flag, as far as the page shows them, folded by agent."""
    room, parts = _SHOWN, []
    for load in tally.loads:
        rows = load.rows[: max(room, 0)]
        room -= len(rows)
        parts.append(_load(load, rows, tally.now))
    return section("Every open flag", "".join(parts)) if parts else ""


def _first(row: Row, shown: frozenset[str], now: int) -> str:
    flag = row.flag
    target = f"<code>{escape(flag.target_agent or 'anyone')}</code>"
    return (
        f'<li class="{level_of(flag.impact_level)}"><p>{flag_link(flag.id, shown)} {chip(flag.impact_level)}'
        f' <span class="soft">for {target}, {_facts(row, now)}</span></p>'
        f'<p class="text" dir="auto">{escape(shorten(flag.change_description, 200))}</p></li>'
    )


def _load(load: Load, rows: tuple[Row, ...], now: int) -> str:
    left = load.total - len(rows)
    more = f'<p class="soft">{left} more: <code>flaggit list</code> has them all.</p>' if left else ""
    return (
        f'<details id="{agent_anchor(load.agent)}"><summary><code>{escape(load.agent)}</code>'
        f" {counted_levels(load.counts)}</summary>{''.join(_flag(row, now) for row in rows)}{more}</details>"
    )


def _flag(row: Row, now: int) -> str:
    flag = row.flag
    entries = "".join(_detail(flag, field) for field in FREE_FIELDS if getattr(flag, field.name))
    return (
        f'<article id="{flag_anchor(flag.id)}" class="{level_of(flag.impact_level)}"><h3><code>{escape(flag.id)}</code>'
        f' {chip(flag.impact_level)}</h3><p class="soft">{_facts(row, now)}</p><dl>{entries}</dl></article>'
    )


def _detail(flag: Flag, field: Field) -> str:
    value = getattr(flag, field.name)
    if field.kind == "paths":
        files = ", ".join(f"<code>{escape(path)}</code>" for path in value)
        return f'<dt>{field.label}</dt><dd><p class="text">{files}</p></dd>'
    return f"<dt>{field.label}</dt><dd>{_text(value)}</dd>"


def _facts(row: Row, now: int) -> str:
    flag = row.flag
    facts = f"{escape(flag.flag_type.replace('_', ' '))} from <code>{escape(flag.source_agent)}</code>,"
    facts += f" {age(flag.created_at, now)} ago"
    if row.locked and row.lock is not None:
        facts += f", held by <code>{escape(row.lock.holder)}</code>"
    return facts


def _text(text: str) -> str:
    return f'<p class="text" dir="auto">{escape(text, keep_lines=True)}</p>'
