"""The verb ``chain``: a reference in, the whole chain that its flag belongs to out."""

from __future__ import annotations

from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.commands.looking.listing import Listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session


def chain(session: Session, *, flag_id: str, full: bool = False) -> Reply[Listing]:
    """Return the whole chain that a flag belongs to: its root and every descendant, oldest first.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``.
    """
    row = get_row(session, flag_id)
    rows = session.clone.scan(status="all")
    origins = {other.flag.id: other.flag.chain_origin_id for other in rows}
    root = _root_of(row.flag.id, origins)
    members = rows.oldest_first().having({other for other in origins if _root_of(other, origins) == root})
    return Reply(Listing(members, session.now, full), warnings=session.clone.problems)


def _root_of(flag_id: str, origins: dict[str, str | None]) -> str:
    seen = {flag_id}
    while (origin := origins.get(flag_id)) and origin not in seen:
        seen.add(origin)
        flag_id = origin
    return flag_id
