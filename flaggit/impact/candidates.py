"""Agents whom a flag without a target is probably for."""

from __future__ import annotations

from flaggit.core.errors import FlaggitError
from flaggit.core.record import record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.catalog.search.search import Hit
    from flaggit.clone.session import Session
    from flaggit.impact.asking import Affected

_SHOWN = 3


@record
class Candidates:
    """Agents whom a flag is probably for; ``unread`` where the repository would have to be read to know others."""

    hits: tuple[Hit, ...] = ()
    unread: bool = False


def find_candidates(
    session: Session, text: str, files: Sequence[str] = (), limit: int = _SHOWN, *, source: str = ""
) -> Candidates:
    """Return whom a flag without a target may be for: what it says, whose its files are, who did such flags before.

    Args:
        session: The call.
        text: What the flag says.
        files: Paths relative to the root.
        limit: The most that are returned.
        source: Who raises it, and knows of it already.
    """
    from flaggit.catalog.search.search import Hit, search_index
    from flaggit.impact.evidence import evidence_for

    evidence = evidence_for(session, session.catalog, files, text)
    hits, _ = search_index(session.catalog.index, text, limit=limit + 1, evidence=evidence)
    known = session.catalog.find(source) if source else None
    found, unread = _find_affected(session, files, source)
    affected = [Hit(item.name, item.score, 0, item.sentences) for item in found]
    names = {hit.name for hit in affected}
    others = affected + [hit for hit in hits if (known is None or hit.name != known.name) and hit.name not in names]
    return Candidates(tuple(replace(hit, rank=rank) for rank, hit in enumerate(others[:limit], 1)), unread)


def _find_affected(session: Session, files: Sequence[str], source: str) -> tuple[list[Affected], bool]:
    """Whom the change of this worktree, or of the flag's files, affects likely, and whether much was left unread.

    Nobody where that cannot be asked.
    """
    from flaggit.impact.asking import MOST_WHILE_WAITING, find_affected
    from flaggit.impact.ranking import PERHAPS

    try:
        found = find_affected(session, files=files, author=source or None, limit=_SHOWN, most=MOST_WHILE_WAITING)
    except FlaggitError:
        return [], False
    agents = () if found.by_folder else found.agents
    return [item for item in agents if item.confidence != PERHAPS], found.unread
