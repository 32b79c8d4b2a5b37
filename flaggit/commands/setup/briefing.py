"""``prime``: what an agent needs at the start of its work."""

from __future__ import annotations

from flaggit.clients.trust import find_trusted, find_untrusted
from flaggit.clone.answers import find_answers
from flaggit.clone.held import find_held
from flaggit.clone.lock_refs import HELD
from flaggit.clone.session import Reply
from flaggit.clone.snapshot import save_inbox
from flaggit.core.record import record
from flaggit.git.refs import list_refs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.discussion import Question
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row

SHOWN = 10


@record
class Briefing:
    """Who works here, what it holds and what waits for it.

    Attributes:
        actor: The agent of this worktree; None where nothing says so.
        rows: The most urgent flags for it whose text may be quoted, without those that it holds.
        waiting: How many flags wait for it, by impact, quoted or not.
        unquoted: Ids of the flags for it whose text may not be quoted.
        held: The flags that it holds and has not completed, the oldest lock in front.
        answers: What became of its questions.
        untrusted: Ids of the questions whose answer may not be quoted.
        pending: How many flags are pending in the clone, where no agent is known.
        minimums: The least lengths of a flag's two texts.
        now: Seconds since the epoch.
        ended: The flags whose lock ended while it was away: (id, who holds it now; empty: nobody, whether it ran out).
        other_session: How many seconds ago another session was at work in this worktree; None: there is none.
    """

    actor: Actor | None
    rows: tuple[Row, ...]
    waiting: tuple[tuple[str, int], ...]
    unquoted: tuple[str, ...]
    held: tuple[Row, ...]
    answers: tuple[Question, ...]
    untrusted: frozenset[str]
    pending: int
    minimums: tuple[int, int]
    now: int
    ended: tuple[tuple[str, str, bool], ...] = ()
    other_session: int | None = None


def prime(session: Session, *, agent: str | None = None) -> Reply[Briefing]:
    """Return who works here, what it holds and what waits for it.

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
        return Reply(Briefing(None, (), (), (), (), (), frozenset(), count, minimums, session.now))
    rows = session.clone.rows(targets=session.find_targets(actor.handle))
    held = tuple(find_held(session, actor))
    ids = {row.flag.id for row in held}
    answers = find_answers(session, actor.handle)
    trusted = find_trusted(session, [*rows, *(row for row in held if row.flag.id not in {r.flag.id for r in rows})])
    quoted = [row for row in rows if row.flag.id in trusted and row.flag.id not in ids]
    data = Briefing(
        actor,
        tuple(quoted[:SHOWN]),
        _count_by_impact(rows),
        tuple(row.flag.id for row in rows if row.flag.id not in trusted),
        held,
        answers,
        find_untrusted(session, answers),
        len(rows),
        minimums,
        session.now,
        _find_ended(session, actor, ids),
    )
    cursor = save_inbox(session.repo, session.find_targets(actor.handle), (row.flag.id for row in rows))
    more = (*((("answers", _answers_json(data)),) if answers else ()), ("cursor", cursor))
    return Reply(data, session.clone.problems, more=more)


def _find_ended(session: Session, actor: Actor, held: set[str]) -> tuple[tuple[str, str, bool], ...]:
    names = list_refs(session.repo, HELD)
    if all(name[len(HELD) :] in held for name in names):
        return ()
    from flaggit.locks.keepalive import find_ended

    found = find_ended(session, actor)
    holders = {key: loss.successor.holder for key, loss in found if loss is not None and loss.successor is not None}
    return tuple((flag_id, holders.get(flag_id, ""), loss is None) for flag_id, loss in found)


def _answers_json(data: Briefing) -> list[dict[str, object]]:
    from flaggit.output.discussion import answered_json

    return [answered_json(found) for found in data.answers if found.row.flag.id not in data.untrusted]


def _count_by_impact(rows: list[Row]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for row in rows:  # in order of impact already
        counts[row.flag.impact_level] = counts.get(row.flag.impact_level, 0) + 1
    return tuple(counts.items())
