"""What the page's sections are made of: headings, tables, regions that scroll, words about levels and times."""

from __future__ import annotations

from flaggit.clone.lock_rules import seconds_left
from flaggit.core.model import IMPACT_LEVELS
from flaggit.core.text import visible
from flaggit.core.times import format_age

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.core.model import Lock

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"), ("`", "&#x60;"))


def escape(text: str, *, keep_lines: bool = False) -> str:
    """Return text for HTML, in content or in a quoted attribute; hidden and control characters shown escaped.

    >>> escape('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    shown = visible(text, keep_lines=keep_lines)
    for char, entity in _ENTITIES:
        shown = shown.replace(char, entity)
    return shown


def section(title: str, body: str) -> str:
    """Return a section under a heading of our own words; nothing where there is nothing to say."""
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""


def pair(*sections: str) -> str:
    """Return sections side by side where there is room."""
    return f'<div class="pair">{"".join(sections)}</div>'


def table(titles: Iterable[str], rows: Iterable[str]) -> str:
    """Return a table of ready cells; a title that ends in a colon heads a column of numbers."""
    heads = "".join(
        f'<th scope="col" class="n">{title[:-1]}</th>' if title.endswith(":") else f'<th scope="col">{title}</th>'
        for title in titles
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def scroll(label: str, body: str) -> str:
    """Return wide markup in a region that scrolls, and that the keyboard reaches."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">{body}</div>'


def level_of(level: str) -> str:
    """Return an impact level as a class; one that is none, as a broken file may have it, as the lowest."""
    return level if level in IMPACT_LEVELS else IMPACT_LEVELS[-1]


def chip(level: str) -> str:
    """Return an impact level as a mark beside a flag."""
    name = level_of(level)
    return f'<span class="chip {name}">{name}</span>'


def counted_levels(counts: Sequence[int]) -> str:
    """Return how many flags there are of each impact level, in words."""
    return " ".join(
        f'<span class="{level} words">{number} {level}</span>'
        for number, level in zip(counts, IMPACT_LEVELS, strict=True)
        if number
    )


def handle(agent: str) -> str:
    """Return a handle that a narrow column may break after its dot."""
    return escape(agent).replace(".", ".<wbr>")


def moment(time: str) -> str:
    """Return a point of time as people and programs read it."""
    return f'<time datetime="{escape(time)}">{escape(time[:16].replace("T", " "))}</time>'


def time_left(lock: Lock, now: int) -> str:
    """How long a lock lives if nobody renews it."""
    return format_age(max(0, seconds_left(lock, now)))
