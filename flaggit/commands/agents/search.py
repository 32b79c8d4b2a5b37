"""Who is right for a task, and who owns a path."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.record import record
from flaggit.core.text import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.catalog.cached import Files
    from flaggit.catalog.catalog import Catalog
    from flaggit.catalog.search.search import Hit
    from flaggit.catalog.search.search_index import Index
    from flaggit.clone.session import Session
    from flaggit.core.model import Problem
    from flaggit.impact.evidence import Evidence

DEFAULT_LIMIT = 5
CANDIDATES = 3  # that are shown where the search is unsure
_SAID = 80  # characters of what each says of itself
_UNSURE = "Unsure: more than one fits about as well. What they do decides."
_OTHER_INDEX = "search-other.cache"


@record
class Found:
    """What a search found.

    Attributes:
        query: What was asked.
        hits: The agents, the best first.
        total: How many fit in all.
        agents: The index's entry of each hit.
        descriptions: What each hit says of itself, where the search is unsure which is meant; else nothing.
    """

    query: str
    hits: tuple[Hit, ...]
    total: int
    agents: tuple[tuple[str, str, str, str, str], ...] = ()
    descriptions: tuple[str, ...] = ()


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
) -> Reply[Found]:
    """Return the agents that a task is about, the best first, each with at most three reasons.

    Args:
        session: The call; None where there is no repository, which ``catalog`` makes up for.
        query: Words.
        limit: The most that are returned; None: five, or three where the search is unsure which of them is meant.
        catalog: Another catalog's file instead of the repository's.
        files: Paths that the task touches: who owns them, completed flags about them or committed to them counts, too.
        more: Further words; after ``files`` further paths.

    Raises:
        InvalidError: ``usage``, for an empty query or a limit below 1.
        NotFoundError: ``unknown_file``, for ``catalog``.
    """
    from flaggit.catalog.search.search import describe, is_unsure, search_index

    words, paths = (query, (*files, *more)) if files else (" ".join((query, *more)), ())
    if not words.strip():
        raise InvalidError("usage", "The query is empty.", hint="Say in a few words what the task is about.")
    most = DEFAULT_LIMIT if limit is None else limit
    if most < 1:
        raise InvalidError("usage", f"At most {most} results cannot be asked for.", hint="Ask for 1 or more.")
    source = _catalog_files(session, catalog)
    index = _index(session, source, catalog)
    places = _places(session, paths) if session is not None and paths else ()
    evidence = _evidence(session, source, catalog, places) if session is not None and places else None
    hits, total = search_index(index, words, limit=max(most, 2), evidence=evidence)
    unsure = is_unsure(hits)
    hits = hits[: min(most, CANDIDATES) if unsure and limit is None else most]
    entries = {entry[0]: entry for entry in index["agents"]}
    said = tuple(shorten(describe(index, hit.name), _SAID) for hit in hits) if unsure else ()
    found = Found(words, tuple(hits), total, tuple(entries[hit.name] for hit in hits), said)
    unreadable = session.store.unreadable_catalog_files() if session and not (catalog or session.repo.bare) else ()
    notes = (_UNSURE,) if unsure else ()
    return Reply(found, (*unreadable, *_problems(index)), notes=(*_outside(places), *notes))


def owners(session: Session, *, paths: Sequence[str]) -> Reply[tuple[Ownership, ...]]:
    """Return whose each path is: the last pattern of the catalog that matches it."""
    places = _places(session, paths)
    found = tuple(one for place in places for one in _ownership(session.catalog, place))
    return Reply(found, session.catalog_problems(), notes=_outside(places))


def _ownership(catalog: Catalog, path: str) -> list[Ownership]:
    """Return an entry for each owner of a path; one without an owner where it is nobody's."""
    shown = path.rstrip("/")
    decided = catalog.ownership.decide(path)
    return [Ownership(shown, agent.name, pattern) for pattern, agent in decided] or [Ownership(shown, "", "")]


def _places(session: Session, paths: Sequence[str]) -> tuple[str, ...]:
    from flaggit.clone.related import places_of

    return places_of(paths, session)


def _outside(places: Sequence[str]) -> tuple[str, ...]:
    if not places:
        return ()
    from flaggit.clone.related import outside_remark

    return outside_remark(places)


def _evidence(session: Session, source: Files, other: str | None, places: Sequence[str]) -> Evidence:
    from flaggit.catalog.parsing import parse_catalog
    from flaggit.impact.evidence import evidence_for

    catalog = parse_catalog(source) if other else session.catalog
    return evidence_for(session, catalog, [place for place in places if not place.startswith("../")])


def _catalog_files(session: Session | None, other: str | None) -> Files:
    if other is None:
        assert session is not None  # the command lets only a named catalog come without a repository
        return session.read_catalog_files()
    from flaggit.documents.codec import CATALOG_LIMIT
    from flaggit.git.files import read_file

    try:
        return [(other, read_file(other, CATALOG_LIMIT))]
    except OSError as error:
        raise NotFoundError("unknown_file", f"{other} cannot be read: {error.strerror or error}.") from None


def _index(session: Session | None, source: Files, other: str | None) -> Index:
    from flaggit.catalog.cached import OWN_INDEX, make_index, read_index

    if session is None:
        from flaggit.catalog.parsing import parse_catalog

        return make_index(parse_catalog(source))
    return read_index(session.repo, source, name=_OTHER_INDEX if other else OWN_INDEX)


def _problems(index: Index) -> tuple[Problem, ...]:
    """Return the problems of the catalog, which an index keeps: who is not found may only be misspelt."""
    if not index["problems"]:
        return ()
    from flaggit.core.model import Problem

    return tuple(Problem(*fields) for fields in index["problems"])
