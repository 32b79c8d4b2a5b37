"""``prime``: what an agent needs at the start of its work."""

from __future__ import annotations

from flaggit.clients.trust import find_trusted
from flaggit.clone.lock_rules import binds, is_own
from flaggit.clone.session import Reply
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row

SHOWN = 10


@record
class Briefing:
    """Who works here and what waits for it.

    Attributes:
        actor: The agent of this worktree; None where nothing says so.
        rows: The most urgent flags for it whose text may be quoted.
        waiting: How many flags wait for it, by impact, quoted or not.
        unquoted: Ids of the flags for it whose text may not be quoted.
        held: The locks it holds: id and when each expires.
        pending: How many flags are pending in the clone, where no agent is known.
        minimums: The least lengths of a flag's two texts.
        now: Seconds since the epoch.
    """

    actor: Actor | None
    rows: tuple[Row, ...]
    waiting: tuple[tuple[str, int], ...]
    unquoted: tuple[str, ...]
    held: tuple[tuple[str, str], ...]
    pending: int
    minimums: tuple[int, int]
    now: int


def prime(session: Session, *, agent: str | None = None) -> Reply[Briefing]:
    """Return who works here, what waits for it, and what it holds.

    Raises:
        InvalidError: ``bad_handle``.
        UnavailableError: ``no_store``; the command stays silent then.
    """
    if not session.repo.bare:
        session.store.require()
    actor = session.find_actor(agent)
    minimums = (session.settings.min_change_description, session.settings.min_action_required)
    if actor is None:
        count = session.clone.count_pending()
        return Reply(Briefing(None, (), (), (), (), count, minimums, session.now))
    rows = session.clone.rows(targets=session.find_targets(actor.handle))
    trusted = find_trusted(session, rows)
    quoted = [row for row in rows if row.flag.id in trusted]
    return Reply(
        Briefing(
            actor,
            tuple(quoted[:SHOWN]),
            _count_by_impact(rows),
            tuple(row.flag.id for row in rows if row.flag.id not in trusted),
            _held(session, actor),
            len(rows),
            minimums,
            session.now,
        ),
        session.clone.problems,
    )


def _count_by_impact(rows: list[Row]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for row in rows:  # in order of impact already
        counts[row.flag.impact_level] = counts.get(row.flag.impact_level, 0) + 1
    return tuple(counts.items())


def _held(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    mine = (lock for lock in session.clone.locks.values() if is_own(lock, actor) and binds(lock, session.now))
    return tuple(sorted((lock.flag_id, lock.expires) for lock in mine))
