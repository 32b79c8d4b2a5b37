"""The state of all flags in figures: who owes how much, how old it is, what was done when. Pure."""

from __future__ import annotations

from flaggit.core.model import IMPACT_LEVELS
from flaggit.core.record import record
from flaggit.core.times import format_time, parse_time
from flaggit.reviewing.report import ChainLink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.core.model import Row

_DAY = 86_400
_WEEKS = 26
_AGES = (("under a day", 0), ("1 to 7 days", 1), ("7 to 30 days", 7), ("30 to 90 days", 30), ("over 90 days", 90))


@record
class Load:
    """What one agent owes: counts in the order of ``IMPACT_LEVELS``, the oldest flag's time, the flags in order."""

    agent: str
    counts: tuple[int, ...]
    oldest: str
    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        """Return how many flags are open."""
        return sum(self.counts)


@record
class Week:
    """How many flags were raised and completed in the seven days from ``start`` (a day, as text) on."""

    start: str
    raised: int
    completed: int


@record
class Tally:
    """Figures over everything that is visible.

    Attributes:
        now: Seconds since the epoch.
        pending: How many flags are open.
        completed: How many are done.
        loads: Who owes what, the most urgent first.
        ages: How old open flags are: (words, count), the youngest first.
        weeks: The last half year, the oldest week first.
        chains: Every chain with an open flag in it: links in the order of their creation, grouped by chain.
        locks: The open flags that somebody holds.
    """

    now: int
    pending: int
    completed: int
    loads: tuple[Load, ...]
    ages: tuple[tuple[str, int], ...]
    weeks: tuple[Week, ...]
    chains: tuple[tuple[ChainLink, ...], ...]
    locks: tuple[Row, ...]


def count_flags(rows: Sequence[Row], now: int) -> Tally:
    """Return figures over ``rows``, pending and completed ones, as they are ``now`` (seconds since the epoch)."""
    pending = [row for row in rows if row.status == "pending"]
    return Tally(
        now=now,
        pending=len(pending),
        completed=len(rows) - len(pending),
        loads=tuple(_loads(pending)),
        ages=tuple(_ages(pending, now)),
        weeks=tuple(_weeks(rows, now)),
        chains=tuple(_chains(rows)),
        locks=tuple(row for row in pending if row.locked),
    )


def _loads(pending: Sequence[Row]) -> list[Load]:
    by_agent: dict[str, list[Row]] = {}
    for row in pending:
        by_agent.setdefault(row.flag.target_name, []).append(row)
    loads = []
    for agent, rows in by_agent.items():
        levels = [row.flag.impact_level for row in rows]
        counts = tuple(levels.count(level) for level in IMPACT_LEVELS)
        oldest = min(row.flag.created_at for row in rows)
        loads.append(Load(agent, counts, oldest, tuple(sorted(rows, key=lambda row: row.order))))
    return sorted(loads, key=lambda load: (*(-count for count in load.counts), load.agent))


def _ages(pending: Sequence[Row], now: int) -> Iterable[tuple[str, int]]:
    days = [max(0, now - parse_time(row.flag.created_at)) // _DAY for row in pending]
    for place, (words, least) in enumerate(_AGES):
        below = _AGES[place + 1][1] if place + 1 < len(_AGES) else None
        yield words, sum(day >= least and (below is None or day < below) for day in days)


def _weeks(rows: Sequence[Row], now: int) -> Iterable[Week]:
    start = (now // _DAY + 1) * _DAY - _WEEKS * 7 * _DAY
    raised, done = [0] * _WEEKS, [0] * _WEEKS
    for row in rows:
        _count(raised, row.flag.created_at, start)
        if row.completion is not None:
            _count(done, row.completion.completed_at, start)
    for place in range(_WEEKS):
        yield Week(format_time(start + place * 7 * _DAY)[:10], raised[place], done[place])


def _count(weeks: list[int], time: str, start: int) -> None:
    place = (parse_time(time) - start) // (7 * _DAY)
    if 0 <= place < len(weeks):
        weeks[place] += 1


def _chains(rows: Sequence[Row]) -> list[tuple[ChainLink, ...]]:
    known = {row.flag.id: row for row in rows}
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_root(row, known), []).append(row)
    chains = [
        _chain(group) for group in groups.values() if len(group) > 1 and any(row.status == "pending" for row in group)
    ]
    return sorted(chains, key=lambda chain: (-sum(link.pending for link in chain), chain[0].flag_id))


def chain_of(known: Mapping[str, Row], flag_id: str) -> tuple[ChainLink, ...]:
    """Return the chain that a flag is part of, in the order of creation; ``known`` has every flag by its id."""
    root = _root(known[flag_id], known)
    return _chain([row for row in known.values() if _root(row, known) == root])


def _chain(rows: Sequence[Row]) -> tuple[ChainLink, ...]:
    return tuple(_link(row) for row in sorted(rows, key=lambda row: (row.flag.created_at, row.flag.id)))


def _root(row: Row, known: Mapping[str, Row]) -> str:
    seen = {row.flag.id}
    while (origin := row.flag.chain_origin_id) in known and origin not in seen:
        seen.add(str(origin))
        row = known[str(origin)]
    return row.flag.id


def _link(row: Row) -> ChainLink:
    flag = row.flag
    return ChainLink(
        flag.id,
        flag.chain_origin_id or "",
        flag.source_agent,
        flag.target_agent,
        flag.impact_level,
        row.status == "pending",
        True,
    )
