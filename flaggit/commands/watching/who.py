"""The verb ``who``: the clone in, its worktrees with agents, locks and signs of life out."""

from __future__ import annotations

from flaggit.clone.presence import find_presences
from flaggit.clone.session import Reply
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.presence import Presence
    from flaggit.clone.session import Session


@record
class Who:
    """Who works where, as of ``now`` (seconds since the epoch)."""

    presences: list[Presence]
    now: int


def who(session: Session) -> Reply[Who]:
    """Return each worktree of the clone with its agent, branch, locks, uncommitted files and last sign of life."""
    return Reply(Who(find_presences(session), session.now))
