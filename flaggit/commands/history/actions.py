"""The verb ``log``: a flag in, who raised, edited, noted, completed and reopened it out."""

from __future__ import annotations

from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.core.errors import NotFoundError
from flaggit.core.ids import clean_reference, is_flag_id
from flaggit.core.record import record
from flaggit.git.history import read_shallow
from flaggit.lifecycle.history import read_history

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.lifecycle.history import Step


@record
class Log:
    """The history of one flag; ``row`` is None where the flag is not visible any more."""

    flag_id: str
    row: Row | None
    steps: tuple[Step, ...]


def log(session: Session, *, flag_id: str) -> Reply[Log]:
    """Return the history of a flag, from the commits of every branch.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``, where neither a file nor a commit knows it.
    """
    whole = _find_id(session, flag_id)
    rows = session.clone.get_rows([whole])
    row = rows[0] if rows else None
    steps = read_history(session, whole, row)
    if not steps:
        raise NotFoundError(
            "unknown_flag",
            f"No commit of this clone knows a flag {flag_id}.",
            hint="`flaggit list --status all` shows what is visible; after `git fetch` there may be more.",
        )
    return Reply(Log(whole, row, steps), session.clone.problems, notes=_limits(session, steps))


def _find_id(session: Session, reference: str) -> str:
    """Return the whole id; one that no file has any more may still be in the history."""
    text = clean_reference(reference)
    return text if is_flag_id(text) else get_row(session, reference).flag.id


def _limits(session: Session, steps: Iterable[Step]) -> tuple[str, ...]:
    """Return a remark where a step that no commit here took may have one all the same."""
    if all(step.commits for step in steps) or not read_shallow(session.repo):
        return ()
    return ("This clone is shallow: what is told as not committed may be in a commit that it has not got.",)
