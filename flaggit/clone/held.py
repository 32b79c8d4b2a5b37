"""What an agent holds and has not completed: the work that it goes on with after a crash or a compaction."""

from __future__ import annotations

from flaggit.clone.lock_rules import is_free, is_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row


def find_held(session: Session, actor: Actor) -> list[Row]:
    """Return the pending flags whose living lock is the actor's, the one taken first in front.

    A lock says the second in which it was taken; of several of one second the most urgent comes first, as in lists.
    """
    locks = session.clone.locks.values()
    mine = {lock.flag_id for lock in locks if is_own(lock, actor) and not is_free(lock, session.now)}
    rows = [row for row in session.clone.get_rows(mine) if row.completion is None] if mine else []
    return sorted(rows, key=lambda row: row.lock.acquired if row.lock else "")  # stable: rows come in the lists' order
