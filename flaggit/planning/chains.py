"""The order inside chains: parents before children, consultation before work before documentation. Pure."""

from __future__ import annotations

from flaggit.core.origins import find_cycles, trace_origins
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.core.model import Flag

    _Stage = tuple[bool, tuple[int, ...]]

_CONSULTATION, _WORK, _DOCUMENTATION = 0, 1, 2
_DEPTH = 8  # below this many links, branches of a chain are no longer told apart
_DOCUMENTING = frozenset({"doc", "docs", "documentation", "changelog"})


@record
class Order:
    """What has to come first.

    Attributes:
        parents: Flag id -> the pending flag that it follows from.
        earlier: Flag id -> the flags of earlier phases of its chain (equal sets are one object).
        cycles: Ids that follow themselves, each cycle sorted; they stand in neither mapping.
    """

    parents: Mapping[str, str]
    earlier: Mapping[str, frozenset[str]]
    cycles: tuple[tuple[str, ...], ...] = ()

    def is_ready(self, flag_id: str, waited_for: set[str]) -> bool:
        """Return whether nothing that has to come before a flag is still waited for."""
        return self.parents.get(flag_id) not in waited_for and waited_for.isdisjoint(self.earlier.get(flag_id, ()))


NO_ORDER = Order({}, {})


def order_chains(flags: Sequence[Flag], origins: Mapping[str, str | None]) -> Order:
    """Return the pending flags that have to come before each pending flag.

    Args:
        flags: The pending flags.
        origins: Flag id -> ``chain_origin_id`` of every flag that is known, completed ones too, so
            that a chain holds together across a completed link.
    """
    pending = {flag.id: flag for flag in flags}
    # A completed link releases what follows it, so only a cycle of pending flags holds anything up.
    cycles = tuple(tuple(sorted(cycle)) for cycle in find_cycles({flag.id: flag.chain_origin_id for flag in flags}))
    caught = {flag_id for cycle in cycles for flag_id in cycle}
    parents = {
        flag.id: flag.chain_origin_id
        for flag in flags
        if flag.chain_origin_id is not None
        and flag.chain_origin_id in pending
        and flag.id not in caught
        and not flag.is_question  # what talks about its chain does not follow from it: it waits for no parent
        and flag.re != flag.chain_origin_id
    }
    return Order(parents, _order_phases(pending, parents, origins), cycles)


def phase_of(flag: Flag) -> int:
    """Return a flag's phase inside its chain: questions first, documentation and changelogs last."""
    if flag.is_request:
        return _CONSULTATION
    words = (flag.target_agent or "").lstrip("@").replace(".", "-").split("-")
    return _DOCUMENTATION if _DOCUMENTING.intersection(words) else _WORK


def _order_phases(
    pending: Mapping[str, Flag], parents: Mapping[str, str], origins: Mapping[str, str | None]
) -> dict[str, frozenset[str]]:
    chains: dict[str, dict[_Stage, list[str]]] = {}
    stages: dict[str, _Stage] = {}
    roots = trace_origins(sorted(pending), origins.get)
    for flag_id in sorted(pending):
        stage = _resolve_stage(flag_id, pending, parents, stages)
        chains.setdefault(roots[flag_id][0], {}).setdefault(stage, []).append(flag_id)
    earlier: dict[str, frozenset[str]] = {}
    for chain in chains.values():
        for stage, members in chain.items():
            before = frozenset(flag_id for other in chain if _precedes(other, stage) for flag_id in chain[other])
            if before:
                earlier.update(dict.fromkeys(members, before))
    return earlier


def _resolve_stage(
    flag_id: str, pending: Mapping[str, Flag], parents: Mapping[str, str], stages: dict[str, _Stage]
) -> _Stage:
    """Return where a flag stands in its chain: whether it documents, and the phases from the chain's start to it."""
    line = []
    current: str | None = flag_id
    while current is not None and current not in stages:
        line.append(current)
        current = parents.get(current)
    documents, phases = (False, ()) if current is None else stages[current]
    for member in reversed(line):
        phase = phase_of(pending[member])
        documents = documents or phase == _DOCUMENTATION
        phases = (*phases, phase)[:_DEPTH]
        stages[member] = (documents, phases)
    return stages[flag_id]


def _precedes(one: _Stage, other: _Stage) -> bool:
    """Return whether a stage of a chain has to be over before another one begins.

    Documentation, and what is asked about it, comes after all else. Otherwise phases count where two
    branches part: a question that follows from a piece of work precedes the other work that follows
    from it, and not the piece itself. Both agree with one total order, so no cycle can arise.
    """
    if one[0] != other[0]:
        return other[0]
    return next((mine < theirs for mine, theirs in zip(one[1], other[1], strict=False) if mine != theirs), False)


def count_blocked(flag_ids: Iterable[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return for each id how many flags come after it, directly or not; an edge is (earlier, later)."""
    after: dict[str, list[str]] = {}
    for earlier, later in edges:
        after.setdefault(earlier, []).append(later)
    return {flag_id: len(_reach(flag_id, after)) for flag_id in flag_ids}


def _reach(start: str, after: Mapping[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    stack = [start]
    while stack:
        for flag_id in after.get(stack.pop(), ()):
            if flag_id not in reached:
                reached.add(flag_id)
                stack.append(flag_id)
    return reached
