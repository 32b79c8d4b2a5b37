"""Which answers an agent has to hear of: those to its own questions, while they matter."""

from __future__ import annotations

from flaggit.clone.discussion import MOOT, OPEN
from flaggit.clone.held import find_held
from flaggit.core.limits import DAY
from flaggit.core.times import is_time, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.discussion import Question
    from flaggit.clone.session import Session

_NEWS = 7 * DAY  # seconds in which an answer is news where the flag that it is about is nobody's work any more


def find_answers(session: Session, handle: str) -> tuple[Question, ...]:
    """Return the ended questions of an agent that it has to hear of, oldest first.

    Those about a pending flag of its own (to it, or held by it) as long as that is pending; others for
    seven days. A flag that answers one and waits in its inbox itself is left out.
    """
    ended = [found for found in session.clone.discussions.by(handle) if found.state not in (OPEN, MOOT)]
    own = [found for found in ended if found.answer is not None and found.answer.author != handle]
    if not own:
        return ()
    about = {row.flag.id: row for row in session.clone.get_rows({found.row.flag.re or "" for found in own})}
    targets = set(session.find_targets(handle))
    actor = session.asker
    held = {row.flag.id for row in find_held(session, actor)} if actor is not None and actor.handle == handle else set()

    def matters(found: Question) -> bool:
        answer = found.answer
        if answer is None or (answer.row is not found.row and answer.row.completion is None):
            return False
        row = about.get(found.row.flag.re or "")
        if row is not None and row.completion is None and (row.flag.target_agent in targets or row.flag.id in held):
            return True
        return is_time(answer.created_at) and parse_time(answer.created_at) + _NEWS > session.now

    return tuple(filter(matters, own))
