"""The page's figures and tables: who owes what, how old it is, what was raised and done when, locks and chains."""

from __future__ import annotations

from flaggit.core.model import IMPACT_LEVELS, name_target
from flaggit.core.times import format_age
from flaggit.output.rows import age_text
from flaggit.report.links import flag_link
from flaggit.report.markup import (
    counted_levels,
    escape,
    handle,
    pair,
    scroll,
    section,
    table,
    time_left,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.clone.presence import Presence
    from flaggit.report.links import Links
    from flaggit.report.tally import Load, Tally, Week
    from flaggit.reviewing.report import ChainLink

_CHAINS = 20
_CHAIN_LINKS = 60
_BOX_WIDTH, _BOX_HEIGHT = 210, 54
_GAP_X, _GAP_Y = 46, 14
_HANDLE = 26  # characters of a handle that fit into a box
_CHART_HEIGHT, _BAR, _STEP = 120, 9, 24
_LABELS = 26  # below the chart; a phone shows them larger
_MARGIN = 18  # beside the chart, where labels reach over
_HEAD = 5  # half the width of an arrow's head


def headline(tally: Tally) -> str:
    """Return the few numbers that say how things stand."""
    figures = (
        (tally.pending, "open", ""),
        (sum(load.counts[0] for load in tally.loads), "critical", "critical"),
        (sum(load.counts[1] for load in tally.loads), "high", "high"),
        (len(tally.locks), "held", ""),
        (len(tally.loads), "agent owing" if len(tally.loads) == 1 else "agents owing", ""),
        (tally.completed, "completed", "finished"),
    )
    items = "".join(
        f'<li><b class="{kind if number else ""}">{number}</b>{words}</li>' for number, words, kind in figures
    )
    return f'<ul class="figures">{items}</ul>'


def loads(tally: Tally, links: Links) -> str:
    """Return who owes how much, the most urgent first."""
    if not tally.loads:
        return section("Open flags by agent", "<p>Nothing is open.</p>")
    most = max(load.total for load in tally.loads)
    rows = [
        f'<th scope="row"><a href="{links.agent(load.agent)}"><code>{handle(load.agent)}</code></a></th>'
        f'<td class="n">{load.total}</td><td class="stacked">{_stack(load, most)}{counted_levels(load.counts)}</td>'
        f'<td class="n">{age_text(load.oldest, tally.now)}</td>'
        for load in tally.loads
    ]
    return section("Open flags by agent", table(("agent", "open:", "impact", "oldest:"), rows))


def ages_and_weeks(tally: Tally) -> str:
    """Return how old open flags are, and what was raised and completed over time."""
    return pair(_ages(tally), _weeks(tally))


def locks(tally: Tally, links: Links) -> str:
    """Return who works on what."""
    if not tally.locks:
        return ""
    rows = [
        f'<th scope="row">{flag_link(row.flag.id, links)}</th><td><code>{escape(lock.holder)}</code></td>'
        f'<td>{time_left(lock, tally.now)}</td><td dir="auto">{escape(lock.reason)}</td>'
        for row in tally.locks
        if (lock := row.lock) is not None
    ]
    return section("Being worked on", scroll("Locks", table(("flag", "held by", "time left", "reason"), rows)))


def worktrees(presences: Sequence[Presence], links: Links, now: int) -> str:
    """Return who sits where: each worktree of the clone, and holders of locks elsewhere."""
    rows = []
    for place in presences:
        held = ", ".join(flag_link(lock.flag_id, links) for lock in place.locks)
        seen = format_age(now - place.seen) if place.seen else ""
        where = f"<code>{escape(place.path)}</code>" if place.path else place.state
        rows.append(
            f'<th scope="row"><code>{escape(place.agent or "nobody")}</code></th><td>{where}</td>'
            f"<td><code>{escape(place.branch)}</code></td><td>{place.state}</td><td>{held}</td>"
            f'<td class="n">{seen}</td><td class="n">{place.uncommitted or ""}</td>'
        )
    titles = ("agent", "worktree", "branch", "state", "holds", "last sign:", "uncommitted:")
    return section("Who sits where", scroll("Worktrees", table(titles, rows)) if rows else "")


def chains(tally: Tally, links: Links) -> str:
    """Return the chains with open flags as pictures."""
    if not tally.chains:
        return ""
    drawn = [chain for chain in tally.chains if len(chain) <= _CHAIN_LINKS][:_CHAINS]
    pictures = "".join(chain_figure(chain, links) for chain in drawn)
    left = len(tally.chains) - len(drawn)
    more = f'<p class="soft">{left} more; <code>flaggit chain ID</code> shows any of them.</p>' if left else ""
    return section("Chains with open flags", f"{pictures}{more}")


def chain_figure(chain: Sequence[ChainLink], links: Links) -> str:
    """Return one chain as a picture with its figures."""
    pending = sum(link.pending for link in chain)
    caption = f"{pending} of {len(chain)} open"
    picture = scroll(f"Chain of {chain[0].flag_id}", chain_svg(chain, links))
    return f'<figure><figcaption class="soft">{caption}</figcaption>{picture}</figure>'


def _stack(load: Load, most: int) -> str:
    """Return an agent's flags as a bar, as long as they are many beside the ``most`` of any agent, by impact."""
    parts, left = [], 0
    for number, level in zip(load.counts, IMPACT_LEVELS, strict=True):
        width = round(number / most * 1000)
        if width:
            parts.append(f'<rect class="{level}" x="{left}" width="{width}" height="10"/>')
        left += width
    return _stretched("stack", 1000, "".join(parts))


def _ages(tally: Tally) -> str:
    highest = max([1, *(number for _, number in tally.ages)])
    rows = [
        f'<th scope="row">{escape(words)}</th><td class="n">{number}</td><td class="bar">{_bar(number, highest)}</td>'
        for words, number in tally.ages
    ]
    return section("How old open flags are", table(("age", "open:", "share"), rows))


def _bar(number: int, highest: int) -> str:
    width = round(number / highest * 100)
    return _stretched("meter", 100, f'<rect width="{width}" height="10"/>' if number else "")


def _stretched(kind: str, width: int, bars: str) -> str:
    """Return a picture of bars that is as wide as its place; the words beside it say the same."""
    box = f'viewBox="0 0 {width} 10" preserveAspectRatio="none"'
    return f'<svg class="{kind}" aria-hidden="true" {box}>{bars}</svg>'


def _weeks(tally: Tally) -> str:
    highest = max([0, *(max(week.raised, week.completed) for week in tally.weeks)])
    key = (
        '<p class="soft"><span class="key raised"></span> raised <span class="key done"></span> completed,'
        f" each week; the highest bar is {highest}</p>"
    )
    rows = [
        f'<th scope="row">{escape(week.start)}</th><td class="n">{week.raised}</td><td class="n">{week.completed}</td>'
        for week in reversed(tally.weeks)
        if week.raised or week.completed
    ]
    folded = f"<details><summary>As a table</summary>{table(('week from', 'raised:', 'completed:'), rows)}</details>"
    return section("Over time", key + weeks_svg(tally.weeks) + folded)


def chain_svg(chain: Sequence[ChainLink], links: Links) -> str:
    """Return one chain: what follows from a flag stands to its right; boxes lead to the flags' full text."""
    places = _places(chain)
    width = max(column for column, _ in places.values()) * (_BOX_WIDTH + _GAP_X) + _BOX_WIDTH + 2
    height = max(row for _, row in places.values()) * (_BOX_HEIGHT + _GAP_Y) + _BOX_HEIGHT + 2
    label = f"Chain of {len(chain)} flags that began with {chain[0].flag_id}"
    parts = [f'<svg role="group" aria-label="{escape(label)}" width="{width}" height="{height}">']
    parts += [_edge(places[link.parent], places[link.flag_id]) for link in chain if link.parent in places]
    parts += [_box(link, places[link.flag_id], links.flag(link.flag_id)) for link in chain]
    return "".join(parts) + "</svg>"


def weeks_svg(weeks: Sequence[Week]) -> str:
    """Return two bars for each week, raised and completed; a table beside it has the same figures."""
    highest = max([1, *(max(week.raised, week.completed) for week in weeks)])
    width = len(weeks) * _STEP
    label = f"Raised and completed in each of {len(weeks)} weeks"
    box = f"{-_MARGIN} 0 {width + 2 * _MARGIN} {_CHART_HEIGHT + _LABELS}"
    parts = [f'<svg class="wide" role="img" aria-label="{label}" viewBox="{box}">']
    for place, week in enumerate(weeks):
        for offset, kind, number in ((1, "raised", week.raised), (2 + _BAR, "done", week.completed)):
            tall = round(number / highest * _CHART_HEIGHT)
            if number:
                left, top = place * _STEP + offset, _CHART_HEIGHT - max(tall, 2)
                words = f"{number} {'completed' if kind == 'done' else kind}, week from {escape(week.start)}"
                size = f'x="{left}" y="{top}" width="{_BAR}" height="{max(tall, 2)}"'
                parts.append(f'<rect class="{kind}" {size} rx="1.5"><title>{words}</title></rect>')
        if place % 4 == 0:
            left, day = place * _STEP + _BAR, escape(week.start[5:])
            parts.append(f'<text class="soft" x="{left}" y="{_CHART_HEIGHT + 18}">{day}</text>')
    parts.append(f'<path d="M0 {_CHART_HEIGHT}H{width}"/>')
    return "".join(parts) + "</svg>"


def _places(links: Sequence[ChainLink]) -> dict[str, tuple[int, int]]:
    """Return flag id -> (column, row): children stand right of their parent, each branch in rows of its own."""
    known = {link.flag_id for link in links}
    children: dict[str, list[str]] = {}
    for link in links:
        parent = link.parent if link.parent in known and link.parent != link.flag_id else ""
        children.setdefault(parent, []).append(link.flag_id)
    places: dict[str, tuple[int, int]] = {}
    row = 0
    for start in (*children.get("", ()), *known):  # whatever hangs in a cycle begins anew
        waiting = [(start, 0)]
        while waiting:
            flag_id, column = waiting.pop()
            if flag_id in places:
                continue
            places[flag_id] = (column, row)
            below = [child for child in children.get(flag_id, ()) if child not in places]
            row += not below
            waiting += [(child, column + 1) for child in reversed(below)]
    return places


def _box(link: ChainLink, place: tuple[int, int], address: str) -> str:
    left, top = _corner(place)
    state = link.impact_level if link.pending else "done"
    kind = f"node {link.impact_level}" if link.pending else "node finished"
    route = f"{_short(link.source_agent)}"
    target = f"to {_short(name_target(link.target_agent))}"
    box = (
        f'<rect class="{escape(kind)}" x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="6"/>'
        f'<text x="{left + 8}" y="{top + 16}">{escape(link.flag_id)} {escape(state)}</text>'
        f'<text class="soft" x="{left + 8}" y="{top + 32}">{escape(route)}</text>'
        f'<text class="soft" x="{left + 8}" y="{top + 47}">{escape(target)}</text>'
    )
    return f'<a href="{address}">{box}</a>' if address else f"<g>{box}</g>"


def _edge(parent: tuple[int, int], child: tuple[int, int]) -> str:
    left, top = _corner(parent)
    right, bottom = _corner(child)
    start, end = left + _BOX_WIDTH, right
    middle = (start + end) // 2
    height = bottom + _BOX_HEIGHT // 2
    head = f"M{end - 2 * _HEAD} {height - _HEAD}L{end} {height}L{end - 2 * _HEAD} {height + _HEAD}z"
    return (
        f'<path d="M{start} {top + _BOX_HEIGHT // 2}H{middle}V{height}H{end - _HEAD}"/><path class="head" d="{head}"/>'
    )


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    column, row = place
    return column * (_BOX_WIDTH + _GAP_X) + 1, row * (_BOX_HEIGHT + _GAP_Y) + 1


def _short(handle: str) -> str:
    return handle if len(handle) <= _HANDLE else handle[: _HANDLE - 1] + "\u2026"
