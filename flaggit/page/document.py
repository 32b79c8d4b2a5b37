"""The page itself: figures first, then who owes what, how old, how it is connected, and every open flag folded.

No script, no link that leaves it, and a content policy that lets nothing be fetched or run: whatever
a flag says stays text.
"""

from __future__ import annotations

from flaggit.model import IMPACT_LEVELS
from flaggit.page.escape import escape
from flaggit.page.pictures import chain_svg, weeks_svg
from flaggit.page.style import CSS
from flaggit.times import format_age, format_time, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.model import Row
    from flaggit.tally import Load, Tally

GENERATOR = '<meta name="generator" content="flaggit">'  # tells an earlier report from any other file
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_FOOT = "Everything here was read from the repository when the page was made; nothing is fetched."
_FLAGS = 1000  # shown in full; a page of more is no longer read
_CHAINS = 20
_CHAIN_LINKS = 60


def build_page(tally: Tally, name: str) -> str:
    """Return the whole document; ``name`` is the repository's."""
    title = escape(f"Flags of {name}")
    sections = [_loads(tally), _pair(_ages(tally), _weeks(tally)), _locks(tally), _chains(tally), _flags(tally)]
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
    urgent = sum(load.counts[0] + load.counts[1] for load in tally.loads)
    figures = (
        (tally.pending, "open"),
        (urgent, "of them critical or high"),
        (len(tally.locks), "being worked on"),
        (len(tally.loads), "agents with work"),
        (tally.completed, "completed"),
    )
    items = "".join(f"<li><b>{number}</b>{words}</li>" for number, words in figures)
    made = format_time(tally.now).replace("T", " ").replace("Z", " UTC")
    return f'<header><h1>{title}</h1><p class="soft">As of {escape(made)}.</p><ul class="figures">{items}</ul></header>'


def _loads(tally: Tally) -> str:
    if not tally.loads:
        return _section("Open flags by agent", "<p>Nothing is open.</p>")
    rows = [
        f'<th scope="row"><a href="#{_anchor(load)}"><code>{escape(load.agent)}</code></a></th>'
        + "".join(_number(number, level) for number, level in zip(load.counts, IMPACT_LEVELS, strict=True))
        + f'<td class="n">{load.total}</td><td class="n">{_age(load.oldest, tally.now)}</td>'
        for load in tally.loads
    ]
    table = _table(("agent", *(f"{level}:" for level in IMPACT_LEVELS), "all:", "oldest:"), rows)
    return _section("Open flags by agent", _scroll("Open flags by agent and impact", table))


def _number(number: int, level: str) -> str:
    return f'<td class="n {level if number else "zero"}">{number}</td>'


def _ages(tally: Tally) -> str:
    highest = max([1, *(number for _, number in tally.ages)])
    rows = [
        f'<th scope="row">{escape(words)}</th><td class="n">{number}</td><td class="bar">{_bar(number, highest)}</td>'
        for words, number in tally.ages
    ]
    return _section("How old open flags are", _table(("age", "open:", "share"), rows))


def _bar(number: int, highest: int) -> str:
    return f'<span style="width:{round(number / highest * 100)}%"></span>' if number else ""


def _weeks(tally: Tally) -> str:
    key = '<p class="soft"><span class="key raised"></span> raised <span class="key done"></span> completed</p>'
    rows = [
        f'<th scope="row">{escape(week.start)}</th><td class="n">{week.raised}</td><td class="n">{week.completed}</td>'
        for week in reversed(tally.weeks)
        if week.raised or week.completed
    ]
    table = _table(("week from", "raised:", "completed:"), rows)
    folded = f"<details><summary>As a table</summary>{table}</details>"
    return _section("Over time", key + weeks_svg(tally.weeks) + folded)


def _locks(tally: Tally) -> str:
    if not tally.locks:
        return ""
    rows = [
        f'<th scope="row"><code>{escape(row.flag.id)}</code></th><td><code>{escape(lock.holder)}</code></td>'
        f'<td class="n">{_left(lock.expires, tally.now)}</td><td dir="auto">{escape(lock.reason)}</td>'
        for row in tally.locks
        if (lock := row.lock) is not None
    ]
    return _section("Being worked on", _scroll("Locks", _table(("flag", "held by", "time left:", "reason"), rows)))


def _chains(tally: Tally) -> str:
    shown = [chain for chain in tally.chains if len(chain) <= _CHAIN_LINKS][:_CHAINS]
    if not tally.chains:
        return ""
    pictures = "".join(_scroll(f"Chain of {chain[0].flag_id}", chain_svg(chain)) for chain in shown)
    left = len(tally.chains) - len(shown)
    more = f'<p class="soft">{left} more; <code>flaggit chain ID</code> shows any of them.</p>' if left else ""
    return _section("Chains with open flags", f'<div class="chains">{pictures}</div>{more}')


def _flags(tally: Tally) -> str:
    room, parts = _FLAGS, []
    for load in tally.loads:
        rows = load.rows[: max(room, 0)]
        room -= len(rows)
        left = load.total - len(rows)
        more = f'<p class="soft">{left} more: <code>flaggit list</code> has them all.</p>' if left else ""
        urgent = " ".join(
            f'<span class="{level}">{number} {level}</span>'
            for number, level in zip(load.counts, IMPACT_LEVELS, strict=True)
            if number
        )
        articles = "".join(_flag(row, tally.now) for row in rows)
        parts.append(
            f'<details id="{_anchor(load)}"><summary><code>{escape(load.agent)}</code> {urgent}</summary>'
            f"{articles}{more}</details>"
        )
    return _section("Every open flag", "".join(parts)) if parts else ""


def _flag(row: Row, now: int) -> str:
    flag = row.flag
    level = flag.impact_level if flag.impact_level in IMPACT_LEVELS else "low"
    facts = f"{escape(flag.flag_type.replace('_', ' '))} from <code>{escape(flag.source_agent)}</code>,"
    facts += f" {_age(flag.created_at, now)} ago"
    if row.locked and row.lock is not None:
        facts += f", held by <code>{escape(row.lock.holder)}</code>"
    files = ", ".join(f"<code>{escape(path)}</code>" for path in flag.related_files)
    details = [("What changed", _text(flag.change_description)), ("What to do", _text(flag.action_required))]
    details += [("Files", f'<p class="text">{files}</p>')] if files else []
    details += [("Where", _text(flag.code_location))] if flag.code_location else []
    details += [("Notes", _text(flag.notes))] if flag.notes else []
    entries = "".join(f"<dt>{words}</dt><dd>{markup}</dd>" for words, markup in details)
    return (
        f'<article class="{level}"><h3><code>{escape(flag.id)}</code> <span class="{level}">{level}</span></h3>'
        f'<p class="soft">{facts}</p><dl>{entries}</dl></article>'
    )


def _text(text: str) -> str:
    return f'<p class="text" dir="auto">{escape(text, keep_lines=True)}</p>'


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _pair(*sections: str) -> str:
    return f'<div class="pair">{"".join(sections)}</div>'


def _table(titles: Iterable[str], rows: Iterable[str]) -> str:
    """Return a table of ready cells; a title that ends in a colon heads a column of numbers."""
    heads = "".join(
        f'<th scope="col" class="n">{title[:-1]}</th>' if title.endswith(":") else f'<th scope="col">{title}</th>'
        for title in titles
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _scroll(label: str, body: str) -> str:
    """Return what may be wider than a phone in a region of its own, which the keyboard reaches."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">{body}</div>'


def _anchor(load: Load) -> str:
    return "to-" + "".join(char if char.isalnum() else "-" for char in load.agent.lstrip("@"))


def _age(time: str, now: int) -> str:
    return format_age(now - parse_time(time))


def _left(time: str, now: int) -> str:
    return format_age(max(0, parse_time(time) - now))
