"""Agents whom a flag without a target is probably for."""

from __future__ import annotations

from flaggit.core.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.catalog.search.search import Hit
    from flaggit.clone.session import Session

_SHOWN = 3


def find_candidates(
    session: Session, text: str, files: Sequence[str] = (), limit: int = _SHOWN, *, source: str = ""
) -> tuple[Hit, ...]:
    """Return whom a flag without a target may be for: what it says, whose its files are, who did such flags before.

    Args:
        session: The call.
        text: What the flag says.
        files: Paths relative to the root.
        limit: The most that are returned.
        source: Who raises it, and knows of it already.
    """
    from flaggit.catalog.search.search import search_index
    from flaggit.impact.evidence import evidence_for

    evidence = evidence_for(session, session.catalog, files, text)
    hits, _ = search_index(session.catalog.index, text, limit=limit + 1, evidence=evidence)
    known = session.catalog.find(source) if source else None
    others = [hit for hit in hits if known is None or hit.name != known.name]
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(others[:limit], 1))
