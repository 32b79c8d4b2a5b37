"""``plan``: gathers what a plan is made from, and puts a cycle on record where asked to."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError
from flaggit.core.record import replace
from flaggit.planning.cycles import Cycles, read_cycles, record_cycle
from flaggit.planning.plan import Situation, make_plan
from flaggit.planning.questions import Waiting, read_leaned_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.planning.plan import Plan

_TRIES = 8


def plan(session: Session, *, record: bool = False, emergency: bool = False) -> Reply[Plan]:
    """Return which agents can act at the same time, and in what order.

    Args:
        session: The call.
        record: Put the plan on record as one cycle; three cycles that schedule a pending flag are a time-out.
        emergency: Neither chains nor urgency count; one agent's flags and shared files still do.

    Raises:
        ConflictError: ``changed_meanwhile``, where others kept recording cycles at the same time.
        UnavailableError: ``git_failed``.
    """
    cycles = read_cycles(session.repo)
    situation = read_situation(session, cycles)
    made = make_plan(situation, emergency=emergency)
    if not record:
        return Reply(made, session.clone.problems, notes=tuple(_notes(made)))
    for _ in range(_TRIES):
        if record_cycle(session.repo, cycles, made.scheduled, session.now):
            number = made.next_cycle
            made = replace(made, next_cycle=number + 1)
            return Reply(made, session.clone.problems, notes=(f"Recorded as cycle {number}.", *_notes(made)))
        cycles = read_cycles(session.repo)
        made = make_plan(replace(situation, cycles=cycles.ids, recorded=cycles.recorded), emergency=emergency)
    raise ConflictError(
        "changed_meanwhile",
        "Others kept recording plan cycles meanwhile, so this one is not on record.",
        hint="Run the command again.",
    )


def read_situation(session: Session, cycles: Cycles) -> Situation:
    """Return the input of a plan of everything pending in the clone."""
    rows = session.clone.rows()
    flags = tuple(row.flag for row in rows)
    others = read_leaned_on(session.clone, {flag.id for flag in flags})
    targets = {flag.target_agent for flag in flags}
    return Situation(
        flags=flags,
        held=frozenset(row.flag.id for row in rows if row.locked),
        waiting=_find_waiting(session, rows),
        origins={flag.id: flag.chain_origin_id for flag in (*flags, *others)},
        cycles=cycles.ids,
        recorded=cycles.recorded,
        stand_ins=_stand_ins(session.catalog, targets),
        acting=_acting(session.catalog, targets),
    )


def _find_waiting(session: Session, rows: list[Row]) -> Waiting:
    """Return which flags wait on an answer, and which of those that did have all of them."""
    judge = session.clone.discussions.has_answers
    answered = (row.flag.id for row in rows if judge(row.flag, row.lock if row.locked else None))
    return Waiting({row.flag.id: row.waits_on for row in rows if row.waits_on}, frozenset(answered))


def _stand_ins(catalog: Catalog, targets: set[str | None]) -> dict[str, tuple[str, ...]]:
    """Return target -> who else may act for it: a team's members, an alias's owner, a retired agent's successor."""
    found = {}
    for target in targets:
        agent = catalog.find(target) if target else None
        if target and agent is not None:
            names = {*catalog.acting_for(agent.name)} - {target}
            if names:
                found[target] = tuple(sorted(names))
    return found


def _acting(catalog: Catalog, targets: set[str | None]) -> dict[str, str]:
    """Return target -> the agent to send instead, for those whose agent goes by another name or is retired."""
    found = {}
    for target in targets:
        acting = catalog.successor(catalog.find(target)) if target else None
        if target and acting is not None and acting.name != target:
            found[target] = acting.name
    return found


def _notes(made: Plan) -> list[str]:
    notes = []
    if made.held:
        notes.append(f"Held, and left to their holders: {', '.join(made.held)}.")
    if made.blocked:
        notes.append(f"Not planned until what they follow from can be: {', '.join(made.blocked)}.")
    return notes
