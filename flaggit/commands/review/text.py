"""A review in the format that it was asked for, and figures over all flags."""

from __future__ import annotations

from flaggit.commands.review.format_json import report_json
from flaggit.commands.review.formats import DEFAULT, FORMATS
from flaggit.core.model import IMPACT_LEVELS
from flaggit.core.text import visible
from flaggit.core.times import format_age, parse_time
from flaggit.output.json import plain_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.review.actions import Reviewed
    from flaggit.commands.review.reporting import Reported
    from flaggit.commands.review.serving import Served
    from flaggit.output.text import Style


def review_text(reply: Reply[Reviewed], style: Style) -> str:
    """Return a review in its format."""
    text = FORMATS[reply.data.form](reply.data.report, style)
    return style.fit(text) if reply.data.form == DEFAULT else text


def review_json(reply: Reply[Reviewed]) -> Any:
    """Return a review as plain data."""
    return report_json(reply.data.report)


def report_text(reply: Reply[Reported], style: Style) -> str:
    """Return who owes how much, and where the page is."""
    reported = reply.data
    tally = reported.tally
    lines = [style.bold(f"{tally.pending} open, {len(tally.locks)} being worked on, {tally.completed} completed.")]
    width = max((len(load.agent) for load in tally.loads), default=0)
    for load in tally.loads:
        counts = "  ".join(
            style.impact(level, f"{number} {level}")
            for number, level in zip(load.counts, IMPACT_LEVELS, strict=True)
            if number
        )
        oldest = format_age(tally.now - parse_time(load.oldest))
        lines.append(f"  {load.agent:<{width}}  {counts}{style.dim(f'  oldest {oldest}')}")
    if reported.file:
        lines.append(f"The page is {visible(reported.file)}.")
    return "\n".join(lines)


def served_text(reply: Reply[Iterator[Served]], style: Style) -> Iterable[str]:
    """Yield where the page is."""
    for served in reply.data:
        yield f"The flags of {visible(served.repository)}: {style.bold(served.url)} (Ctrl-C ends it)"


def served_json(reply: Reply[Iterator[Served]]) -> Iterable[Any]:
    """Yield the same as plain data."""
    return map(plain_data, reply.data)


def figures_json(reply: Reply[Reported]) -> Any:
    """Return the figures; flags are named by their ids."""
    reported = reply.data
    tally = reported.tally
    return {
        "pending": tally.pending,
        "completed": tally.completed,
        "agents": [
            {
                "agent": load.agent,
                **dict(zip(IMPACT_LEVELS, load.counts, strict=True)),
                "oldest": load.oldest,
                "ids": [row.flag.id for row in load.rows],
            }
            for load in tally.loads
        ],
        "ages": [{"age": words, "open": number} for words, number in tally.ages],
        "weeks": plain_data(tally.weeks),
        "chains": [[link.flag_id for link in chain] for chain in tally.chains],
        "locks": [
            {"id": row.flag.id, "holder": row.lock.holder, "expires": row.lock.expires}
            for row in tally.locks
            if row.lock is not None
        ],
        "file": reported.file or None,
    }
