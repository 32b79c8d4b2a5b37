"""The state of all flags in figures: who owes how much, how old it is, what was done when. Pure."""

from __future__ import annotations

from flaggit.core.limits import DAY
from flaggit.core.model import IMPACT_LEVELS
from flaggit.core.origins import trace_origins
from flaggit.core.record import record
from flaggit.core.times import format_time, parse_time
from flaggit.reviewing.report import ChainLink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from flaggit.clone.rows import RowById
    from flaggit.core.model import Row

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
        origins: Of each flag in a chain the flag that it follows from.
    """

    now: int
    pending: int
    completed: int
    loads: tuple[Load, ...]
    ages: tuple[tuple[str, int], ...]
    weeks: tuple[Week, ...]
    chains: tuple[tuple[ChainLink, ...], ...]
    locks: tuple[Row, ...]
    origins: Mapping[str, str]


def count_flags(rows: Iterable[Row], now: int, find: Callable[[Iterable[str]], Iterable[Row]]) -> Tally:
    """Return figures over flags, which are gone through once, and of which only the pending ones are held.

    Args:
        rows: Pending and completed ones.
        now: Seconds since the epoch.
        find: Returns those of them that have these ids.
    """
    pending: list[Row] = []
    origins: dict[str, str] = {}
    weeks = _Weeks(now)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - counted to the end
        if row.status == "pending":
            pending.append(row)
        if row.flag.chain_origin_id:
            origins[row.flag.id] = row.flag.chain_origin_id
        weeks.add(row)
    return Tally(
        now=now,
        pending=len(pending),
        completed=count - len(pending),
        loads=tuple(_loads(pending)),
        ages=tuple(_ages(pending, now)),
        weeks=tuple(weeks.all()),
        chains=tuple(_chains(find({*origins, *origins.values()}), origins)),
        locks=tuple(row for row in pending if row.locked),
        origins=origins,
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
    days = [max(0, now - parse_time(row.flag.created_at)) // DAY for row in pending]
    for place, (words, least) in enumerate(_AGES):
        below = _AGES[place + 1][1] if place + 1 < len(_AGES) else None
        yield words, sum(day >= least and (below is None or day < below) for day in days)


class _Weeks:
    """The last half year, week by week."""

    def __init__(self, now: int) -> None:
        self._start = (now // DAY + 1) * DAY - _WEEKS * 7 * DAY
        self._raised, self._done = [0] * _WEEKS, [0] * _WEEKS

    def add(self, row: Row) -> None:
        """Count a flag."""
        self._count(self._raised, row.flag.created_at)
        if row.completion is not None:
            self._count(self._done, row.completion.completed_at)

    def all(self) -> Iterable[Week]:
        """Yield the weeks, the oldest first."""
        for place in range(_WEEKS):
            start = format_time(self._start + place * 7 * DAY)[:10]
            yield Week(start, self._raised[place], self._done[place])

    def _count(self, weeks: list[int], time: str) -> None:
        place = (parse_time(time) - self._start) // (7 * DAY)
        if 0 <= place < len(weeks):
            weeks[place] += 1


def _chains(rows: Iterable[Row], origins: Mapping[str, str]) -> list[tuple[ChainLink, ...]]:
    known = {row.flag.id: row for row in rows}
    roots = _roots(origins, known)
    groups: dict[str, list[Row]] = {}
    for row in known.values():
        groups.setdefault(roots[row.flag.id][0], []).append(row)
    chains = [
        _chain(group) for group in groups.values() if len(group) > 1 and any(row.status == "pending" for row in group)
    ]
    return sorted(chains, key=lambda chain: (-sum(link.pending for link in chain), chain[0].flag_id))


def chain_of(flag_id: str, origins: Mapping[str, str], known: RowById) -> tuple[ChainLink, ...]:
    """Return the chain that a flag is part of, in the order of creation; ``origins`` as ``Tally`` has them."""
    roots = _roots(origins, known)
    root, _ = roots.get(flag_id, (flag_id, 0))
    return _chain(known.all_of([one for one, (began, _) in roots.items() if began == root] or [flag_id]))


def _chain(rows: Iterable[Row]) -> tuple[ChainLink, ...]:
    return tuple(_link(row) for row in sorted(rows, key=lambda row: (row.flag.created_at, row.flag.id)))


def _roots(origins: Mapping[str, str], known: Container[str]) -> dict[str, tuple[str, int]]:
    def origin_of(flag_id: str) -> str | None:
        origin = origins.get(flag_id)
        return origin if origin in known else None

    return trace_origins(origins, origin_of)


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
