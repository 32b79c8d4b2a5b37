"""Pictures as SVG inside the page: chains of flags, and what was raised and completed week by week."""

from __future__ import annotations

from flaggit.report.escape import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.report.links import Links
    from flaggit.report.tally import Week
    from flaggit.reviewing.report import ChainLink

_BOX_WIDTH, _BOX_HEIGHT = 210, 54
_GAP_X, _GAP_Y = 46, 14
_HANDLE = 26  # characters of a handle that fit into a box
_CHART_HEIGHT, _BAR, _STEP = 120, 9, 24
_LABELS = 26  # below the chart; a phone shows them larger
_MARGIN = 18  # beside the chart, where labels reach over
_HEAD = 5  # half the width of an arrow's head


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
    target = f"to {_short(link.target_agent or 'anyone')}"
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
