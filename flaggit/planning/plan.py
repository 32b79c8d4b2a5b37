"""Waves of work: which agents can act at the same time, and in what order. Pure and deterministic.

A plan is a function of the pending flags, the locks on them, the questions about them and the plans
recorded before: equal inputs give equal plans, in whatever order they come.

Five or more pending critical flags are spread over critical, high and medium, so that the few that matter most go
first; security and data loss always stay critical. Where all of them are rollbacks, it is an emergency instead, and
nothing is spread. What is stored never changes.
"""

from __future__ import annotations

from flaggit.core.model import ALWAYS_CRITICAL, order_of, rank_of_impact
from flaggit.core.record import record
from flaggit.planning.chains import NO_ORDER, count_blocked, order_chains
from flaggit.planning.waves import Queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.core.model import Flag
    from flaggit.planning.chains import Order
    from flaggit.planning.questions import Waiting

TIMEOUT_CYCLES = 3
_UNLOCKER, _UNLOCKABLE, _OTHER = 0, 1, 2
MANY = 5
_ROLLBACK = ("rollback", "rollbacks", "rolled back", "roll back", "roll-back")


@record
class Situation:
    """What a plan is made from.

    Attributes:
        flags: The pending flags.
        held: Ids of flags under a lock that has not expired.
        waiting: The questions about them.
        origins: Flag id -> ``chain_origin_id`` of every known flag.
        cycles: The ids that each recorded cycle scheduled, oldest first.
        recorded: How many cycles were ever recorded.
        stand_ins: Handle -> the agents that may act under it: a team's members, an alias's owner.
        acting: Handle -> the agent to send instead: whose alias it is, or who replaces a retired one.
    """

    flags: Sequence[Flag]
    held: frozenset[str]
    waiting: Waiting
    origins: Mapping[str, str | None]
    cycles: Sequence[Sequence[str]] = ()
    recorded: int = 0
    stand_ins: Mapping[str, tuple[str, ...]] = {}
    acting: Mapping[str, str] = {}


@record
class Step:
    """A flag in a wave, the impact that the plan reckoned with, and the agent to send (None: anyone)."""

    flag: Flag
    effective_impact: str
    agent: str | None


@record
class Issue:
    """What keeps flags from being done: ``timeout`` or ``circular``; ``text`` names ids and agents only."""

    kind: str
    ids: tuple[str, ...]
    text: str


@record
class Plan:
    """Waves in order, issues, the number of the next cycle, and what is not scheduled because it is held or blocked."""

    waves: tuple[tuple[Step, ...], ...]
    issues: tuple[Issue, ...]
    next_cycle: int
    emergency: bool = False
    held: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()

    @property
    def scheduled(self) -> tuple[str, ...]:
        """Return the ids in all waves, in order."""
        return tuple(step.flag.id for wave in self.waves for step in wave)


def make_plan(situation: Situation, *, emergency: bool = False) -> Plan:
    """Return the plan for a situation.

    No agent stands twice in a wave and no two flags of a wave touch the same files, ever. A flag of
    a chain comes after its pending parent and the chain's earlier phases. Whatever a held flag waits
    on goes first, then what has its answers, then the rest by impact, age and id; a less urgent flag
    never takes the agent or the files of a more urgent one that is ready. A held flag without an
    answer is never scheduled.

    Args:
        situation: What is known.
        emergency: Chains and urgency do not count, and nothing is rebalanced; implied where every
            one of many critical flags asks for a rollback.
    """
    order = order_chains(situation.flags, situation.origins)
    emergency = emergency or is_emergency(situation.flags)
    impacts = {flag.id: flag.impact_level for flag in situation.flags}
    if not emergency:
        impacts = effective_impacts(situation.flags, _count_waiting(situation, order))
    idle = {flag.id for flag in situation.flags if _is_idle(flag.id, situation)}
    caught = {flag_id for cycle in order.cycles for flag_id in cycle}
    left = sorted(
        (flag for flag in situation.flags if flag.id not in idle and (emergency or flag.id not in caught)),
        key=lambda flag: (_class_of(flag, situation), rank_of_impact(impacts[flag.id]), flag.created_at, flag.id),
    )
    queue = Queue(
        left,
        waited_for=(flag.id for flag in situation.flags),
        order=NO_ORDER if emergency else order,
        stand_ins=situation.stand_ins,
        strict=not emergency,
    )
    return Plan(
        waves=tuple(
            tuple(Step(flag, impacts[flag.id], _agent_for(flag, situation)) for flag in wave)
            for wave in iter(queue.pop_wave, [])
        ),
        issues=(*_circular(order.cycles), *find_timeouts(situation)),
        next_cycle=situation.recorded + 1,
        emergency=emergency,
        held=tuple(sorted(idle)),
        blocked=tuple(sorted(flag.id for flag in queue.left)),
    )


def find_timeouts(situation: Situation) -> tuple[Issue, ...]:
    """Return an issue for each flag that three recorded cycles scheduled and that is still pending and not held."""
    counts: dict[str, int] = {}
    for cycle in situation.cycles:
        for flag_id in set(cycle):
            counts[flag_id] = counts.get(flag_id, 0) + 1
    late = [flag for flag in situation.flags if flag.id not in situation.held]
    return tuple(
        Issue(
            "timeout",
            (flag.id,),
            f"investigate {_agent_for(flag, situation) or 'who could take it'}:"
            f" {flag.id} was scheduled in {counts[flag.id]} recorded cycles and is still pending",
        )
        for flag in sorted(late, key=order_of)
        if counts.get(flag.id, 0) >= TIMEOUT_CYCLES
    )


def _agent_for(flag: Flag, situation: Situation) -> str | None:
    return situation.acting.get(flag.target_agent or "", flag.target_agent)


def _circular(cycles: Iterable[tuple[str, ...]]) -> list[Issue]:
    return [Issue("circular", cycle, f"chain_origin_id leads in a circle: {', '.join(cycle)}") for cycle in cycles]


def _is_idle(flag_id: str, situation: Situation) -> bool:
    """Return whether a flag is held and its holder works on it or waits: nobody is to be sent."""
    return flag_id in situation.held and flag_id not in situation.waiting.answered


def _class_of(flag: Flag, situation: Situation) -> int:
    if flag.re in situation.held and flag.id in situation.waiting.open.get(flag.re or "", ()):
        return _UNLOCKER
    return _UNLOCKABLE if flag.id in situation.waiting.answered else _OTHER


def _count_waiting(situation: Situation, order: Order) -> dict[str, int]:
    edges = [(parent, flag_id) for flag_id, parent in order.parents.items()]
    edges += [(asked, flag_id) for flag_id, questions in situation.waiting.open.items() for asked in questions]
    return count_blocked((flag.id for flag in situation.flags if flag.impact_level == "critical"), edges)


def is_emergency(flags: Sequence[Flag]) -> bool:
    """Return whether the pending flags are an emergency: many critical ones, and every one asks for a rollback."""
    critical = [flag for flag in flags if flag.impact_level == "critical"]
    return len(critical) >= MANY and all(map(_asks_for_rollback, critical))


def effective_impacts(flags: Sequence[Flag], blocked: Mapping[str, int]) -> dict[str, str]:
    """Return flag id -> the impact that a plan reckons with.

    Of ``n`` critical flags a fifth (rounded up) stay critical, seven twelfths of the rest (rounded
    down) count as high and the others as medium. Who stays: security and data loss first, then what
    holds up most other flags, then the oldest.

    Args:
        flags: The pending flags.
        blocked: Flag id -> how many flags wait for it.
    """
    impacts = {flag.id: flag.impact_level for flag in flags}
    critical = [flag for flag in flags if flag.impact_level == "critical"]
    if len(critical) < MANY:
        return impacts
    critical.sort(key=lambda flag: (not _stays(flag), -blocked.get(flag.id, 0), flag.created_at, flag.id))
    kept = max(-(-len(critical) // 5), sum(map(_stays, critical)))
    high = 7 * (len(critical) - kept) // 12
    for position, flag in enumerate(critical[kept:]):
        impacts[flag.id] = "high" if position < high else "medium"
    return impacts


def _stays(flag: Flag) -> bool:
    return flag.flag_type in ALWAYS_CRITICAL


def _asks_for_rollback(flag: Flag) -> bool:
    text = " ".join("".join(char if char.isalpha() or char == "-" else " " for char in flag.action_required).split())
    return any(f" {word} " in f" {text.lower()} " for word in _ROLLBACK)
