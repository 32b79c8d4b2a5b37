"""Who is right for a task, and who owns a path."""

from __future__ import annotations

from flaggit.errors import InvalidError, NotFoundError
from flaggit.record import record
from flaggit.session import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.agents.catalog import Catalog
    from flaggit.agents.search import Hit
    from flaggit.agents.search_index import Index
    from flaggit.session import Session


DEFAULT_LIMIT = 5
_SHOWN = 3


@record
class Found:
    """What a search found: the hits, and how many agents fit in all."""

    query: str
    hits: tuple[Hit, ...]
    total: int
    agents: tuple[tuple[str, str, str, str, str], ...] = ()


@record
class Ownership:
    """Whose a path is and by which pattern; both empty where it is nobody's."""

    path: str
    owner: str
    pattern: str


def search(
    session: Session | None,
    *,
    query: str,
    limit: int | None = None,
    catalog: str | None = None,
    files: Sequence[str] = (),
    more: Sequence[str] = (),
) -> Reply:
    """Return the agents that a task is about, the best first, each with at most three reasons.

    Args:
        session: The call; None where there is no repository, which ``catalog`` makes up for.
        query: Words.
        limit: The most that are returned.
        catalog: Another catalog's file instead of the repository's.
        files: Paths that the task touches: who owns them, completed flags about them or committed to them counts, too.
        more: Further words; after ``files`` further paths.

    Raises:
        InvalidError: ``usage``, for an empty query or a limit below 1.
        NotFoundError: ``unknown_file``, for ``catalog``.
    """
    words, paths = (query, (*files, *more)) if files else (" ".join((query, *more)), ())
    return Reply(_find(session, words, limit, catalog, paths))


def search_seed(session: Session | None, *, query: str, count: int | None = None, catalog: str | None = None) -> Reply:
    """Return what ``search`` finds, for the older system's ``search-agents``. Errors as there."""
    return Reply(_find(session, query, count, catalog, ()))


def find_candidates(session: Session, text: str, files: Sequence[str] = (), limit: int = _SHOWN) -> tuple[Hit, ...]:
    """Return whom a flag without a target may be for: what it says, whose its files are, who did such flags before.

    Args:
        session: The call.
        text: What the flag says.
        files: Paths relative to the root.
        limit: The most that are returned.
    """
    from flaggit.actions.agents_evidence import evidence_for
    from flaggit.agents.search import search_index

    evidence = evidence_for(session, session.catalog, files, text)
    hits, _ = search_index(session.catalog.index, text, limit=limit, evidence=evidence)
    return tuple(hits)


def owners(session: Session, *, paths: Sequence[str]) -> Reply:
    """Return whose each path is: the last pattern of the catalog that matches it."""
    found = []
    for path in paths:
        name = session.repo.relative(path) if session.repo.root else path
        found.append(_ownership(session.catalog, name))
    return Reply(tuple(found), session.catalog.problems)


def _find(session: Session | None, query: str, limit: int | None, other: str | None, files: Sequence[str]) -> Found:
    from flaggit.agents.search import search_index

    if not query.strip():
        raise InvalidError("usage", "The query is empty.", hint="Say in a few words what the task is about.")
    limit = DEFAULT_LIMIT if limit is None else limit
    if limit < 1:
        raise InvalidError("usage", f"At most {limit} results cannot be asked for.", hint="Ask for 1 or more.")
    index = _index(session, other)
    evidence = None
    if session is not None and files:
        from flaggit.actions.agents_evidence import evidence_for

        names = [session.repo.relative(path) if session.repo.root else path for path in files]
        evidence = evidence_for(session, session.catalog, names)
    hits, total = search_index(index, query, limit=limit, evidence=evidence)
    entries = {entry[0]: entry for entry in index["agents"]}
    return Found(query, tuple(hits), total, tuple(entries[hit.name] for hit in hits))


def _index(session: Session | None, other: str | None) -> Index:
    from flaggit.agents.cached import read_index

    if other is None:
        assert session is not None  # the command lets only a named catalog come without a repository
        return read_index(session.repo, session.read_catalog_files())
    from flaggit.codec import CATALOG_LIMIT
    from flaggit.files import read_file

    try:
        files = [(other, read_file(other, CATALOG_LIMIT))]
    except OSError as error:
        raise NotFoundError("unknown_file", f"{other} cannot be read: {error}.") from None
    if session is not None:
        return read_index(session.repo, files, name="search-other.cache")
    from flaggit.agents.catalog import parse_catalog
    from flaggit.agents.search_index import build_index

    return build_index(parse_catalog(files).agents.values())


def _ownership(catalog: Catalog, path: str) -> Ownership:
    from flaggit.patterns import matches

    for pattern, agent in reversed(catalog.owned()):
        if matches(pattern, path):
            return Ownership(path, agent.name, pattern)
    return Ownership(path, "", "")
