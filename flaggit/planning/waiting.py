"""Who waits on whom: derived from the questions that name a flag, never stored. Pure.

A question is an ``information_request`` whose ``re`` names another flag. Source: the lock protocol,
in which whoever holds a flag asks, and goes on when the answer is there.
"""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flaggit.core.model import Flag


@record
class Waiting:
    """``open``: flag id -> ids of the unanswered questions about it, sorted; ``answered``: flags with answers only."""

    open: Mapping[str, tuple[str, ...]]
    answered: frozenset[str]


def find_waiting(pending: Iterable[Flag], completed: Iterable[Flag]) -> Waiting:
    """Return what waits on what.

    Args:
        pending: The pending flags, questions among them.
        completed: Completed flags; questions among them count as answered, everything else is passed over.
    """
    unanswered: dict[str, set[str]] = {}
    for flag in pending:
        if flag.re is not None and flag.is_question:
            unanswered.setdefault(flag.re, set()).add(flag.id)
    asked = {flag.re for flag in completed if flag.re is not None and flag.is_question}
    return Waiting(
        {flag_id: tuple(sorted(ids)) for flag_id, ids in sorted(unanswered.items())},
        frozenset(flag_id for flag_id in asked if flag_id not in unanswered),
    )
