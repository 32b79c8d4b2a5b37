"""Which flag stands in which lane, in what order and under which heading. Pure."""

from __future__ import annotations

from flaggit.core.model import LANES
from flaggit.core.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flaggit.core.model import Flag, Row

    Entry = Row | str  # a flag, or a heading

BY_AGENT, BY_WAVE, BY_URGENCY = "agent", "wave", "urgency"
GROUPINGS = (BY_AGENT, BY_WAVE, BY_URGENCY)
_UNPLANNED = "in no wave yet"


def arrange(rows: Iterable[Row], grouping: str, waves: Mapping[str, int]) -> dict[str, list[Entry]]:
    """Return lane -> its flags with headings between them.

    Args:
        rows: Flags in order of urgency.
        grouping: One of ``GROUPINGS``. Waves are for what nobody holds, so the other lanes have no headings then.
        waves: Flag id -> the number of its wave in the plan; none while the plan is not known.
    """
    lanes: dict[str, list[Row]] = {lane: [] for lane in LANES}
    for row in rows:
        lanes[row.lane].append(row)
    lanes["done"].sort(key=lambda row: row.completion_order, reverse=True)
    if grouping == BY_AGENT:
        return {lane: _by_agent(found) for lane, found in lanes.items()}
    whole: dict[str, list[Entry]] = {lane: [*found] for lane, found in lanes.items()}
    if grouping == BY_WAVE and waves:
        whole["pending"] = _by_wave(lanes["pending"], waves)
    return whole


def is_linked(flag: Flag, flag_id: str) -> bool:
    """Return whether a flag shows that another one (or it) is part of a chain of several."""
    return flag.chain_origin_id is not None and flag_id in (flag.id, flag.chain_origin_id)


def _by_agent(rows: list[Row]) -> list[Entry]:
    """Return flags under the agents that they are for; whoever has the first flag of all comes first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.flag.target_name, []).append(row)
    entries: list[Entry] = []
    for agent, found in groups.items():
        entries += [f"{agent}  {len(found)}", *found]
    return entries


def _by_wave(rows: list[Row], waves: Mapping[str, int]) -> list[Entry]:
    """Return flags under the waves of the plan: what is in one wave can be done at the same time."""
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(waves.get(row.flag.id, 0), []).append(row)
    planned = sorted(number for number in groups if number)
    entries: list[Entry] = []
    for number in planned:
        entries += [f"wave {number}  {counted(len(groups[number]), 'flag')}", *groups[number]]
    return [*entries, _UNPLANNED, *groups[0]] if 0 in groups else entries
