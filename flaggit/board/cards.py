"""How a flag looks in a lane: lines of words with a role each, from which the widget takes its colours. Pure.

Nothing is told by colour alone: urgency has a mark, a state has words, and where the cursor is has a sign.
"""

from __future__ import annotations

from flaggit.core.model import IMPACT_LEVELS
from flaggit.core.record import record
from flaggit.core.text import shorten, visible
from flaggit.output.rows import age_text, states_of
from flaggit.output.text import Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Row

MARKS = dict(zip(IMPACT_LEVELS, ("!!", "! ", "- ", ". "), strict=True))
PENDING_LINES, OTHER_LINES = 2, 3  # of a card; flags that are held, wait or are done say so on a line of their own
_LONGEST = 300  # characters of a text, more than the widest lane shows
_PLAIN = Style()


@record
class Line:
    """One line of a card: spans of (text, role), and what stands at its right end."""

    spans: tuple[tuple[str, str], ...]
    right: str = ""


def card_of(row: Row, now: int, *, under_agent: bool) -> tuple[Line, ...]:
    """Return the lines of a flag's card.

    Args:
        row: The flag.
        now: Seconds since the epoch.
        under_agent: It stands under a heading that names whom it is for.
    """
    flag = row.flag
    states = [visible(state) for state in states_of(row, now, _PLAIN)]
    since = row.completion.completed_at if row.completion is not None else flag.created_at
    head = (*name_of(row), (f"  {_way(row, under_agent)}", ""))
    text = Line(((f"   {visible(shorten(flag.change_description, _LONGEST))}", "text"),))
    if row.lane == "pending":
        more = "".join(f"  {state}" for state in states)
        return Line((*head, (more, "state")), age_text(since, now)), text
    state = Line(((f"   {', '.join(states)}", "state"),))
    return Line(head, age_text(since, now)), state, text


def name_of(row: Row) -> tuple[tuple[str, str], ...]:
    """Return the mark of a flag's urgency and its id."""
    flag = row.flag
    return (MARKS[flag.impact_level], flag.impact_level), (" ", ""), (flag.id, "id")


def _way(row: Row, under_agent: bool) -> str:
    flag = row.flag
    kind = "question" if flag.is_question else flag.flag_type.replace("_", " ")
    way = f"from {flag.source_agent}" if under_agent else f"{flag.source_agent} -> {flag.target_name}"
    return f"{way}  {kind}"
