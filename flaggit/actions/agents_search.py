"""Who is right for a task, who owns a path, and what is wrong with the catalog."""

from __future__ import annotations

import os

from flaggit.errors import InvalidError, NotFoundError
from flaggit.layout import DONE, STORE, SUFFIX
from flaggit.model import Problem
from flaggit.record import record
from flaggit.session import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.catalog import Catalog
    from flaggit.model import Row
    from flaggit.search import Hit
    from flaggit.search_index import Index
    from flaggit.session import Session

    Evidence = dict[str, tuple[float, str]]

DEFAULT_LIMIT = 5
_RULE = "F028"
_OWNS, _DID = 1.0, 0.4  # shares of the best score that owning a path, and having done such a flag, are worth
_PAST = 200  # completed flags that are looked at
_LIKE = 0.4  # share of words that two flags have in common where they are about the same
_SHOWN = 3
_LOOKS = 1_000_000  # pairs of a path and a pattern that a check takes the time for
_OWN_WORDS = 20  # of an agent's entry by which it has to be found


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
        files: Paths that the task touches: their owners, and who completed flags about them, count as well.
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
    from flaggit.search import search_index

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


def check(session: Session) -> Reply:
    """Return what is wrong with the catalog: broken entries, contradictions, agents nobody finds, paths nobody owns."""
    catalog = session.catalog
    problems = [*catalog.problems, *_clashes(catalog), *_unreachable(catalog)]
    if not session.repo.bare:
        problems += _without_owner(session, catalog)
    failed = any(problem.level == "error" for problem in problems)
    count = len(catalog.agents)
    return Reply(tuple(problems), status=1 if failed else 0, notes=(f"{count} agents loaded.",))


def evidence_for(session: Session, catalog: Catalog, files: Sequence[str], text: str = "") -> Evidence:
    """Return agent -> what ownership and past flags add to its score, and the reason to tell.

    Args:
        session: The call.
        catalog: The agents.
        files: Paths relative to the root: who owns them, and who completed flags about them.
        text: What a flag says: who completed flags that say much the same.
    """
    owned: dict[str, list[str]] = {}
    for name in files:
        owner = catalog.owner(name)
        if owner is not None:
            owned.setdefault(owner.name, []).append(name)
    done = _completed_before(session, catalog, files, text)
    evidence: Evidence = {}
    for agent in owned.keys() | done.keys():
        share = _DID * min(1.0, done.get(agent, 0) / _SHOWN)
        if agent in owned:
            share += _OWNS * len(owned[agent]) / len(files)
        reason = f"owns: {owned[agent][0]}" if agent in owned else f"completed before: {done[agent]} such flags"
        evidence[agent] = (share, reason)
    return evidence


def _completed_before(session: Session, catalog: Catalog, files: Sequence[str], text: str) -> Mapping[str, int]:
    """Return agent -> how many flags about some paths, or like a text, it completed."""
    wanted = _stems(text)
    counts: dict[str, int] = {}
    for row in session.clone.get_rows(_last_completed(session)):
        if row.completion is None or row.completion.resolution != "done":
            continue
        if _touches(row, files) or (wanted and _is_like(wanted, row)):
            agent = catalog.find(row.completion.completed_by)
            if agent is not None:
                counts[agent.name] = counts.get(agent.name, 0) + 1
    return counts


def _last_completed(session: Session) -> list[str]:
    """Return the flags that were completed here last: a store may hold many thousands, reading all takes seconds."""
    if session.repo.root is None:
        return []
    try:
        with os.scandir(session.store.locate(f"{STORE}/{DONE}")) as entries:
            found = [(-entry.stat().st_mtime, entry.name) for entry in entries if entry.name.endswith(SUFFIX)]
    except OSError:
        return []
    return [name.removesuffix(SUFFIX) for _, name in sorted(found)[:_PAST]]


def _is_like(wanted: set[str], row: Row) -> bool:
    other = _stems(f"{row.flag.change_description} {row.flag.action_required}")
    common = len(wanted & other)
    return bool(common) and common * common >= _LIKE * _LIKE * len(wanted) * len(other)


def _stems(text: str) -> set[str]:
    from flaggit.words import content_words, split_words, stem

    return {stem(word) for word, weight in content_words(split_words(text)) if weight == 1.0}


def _touches(row: Row, names: Sequence[str]) -> bool:
    about = [path.rstrip("/") for path in row.flag.related_files]
    paths = [name.rstrip("/") for name in names]
    return any(
        path == name or path.startswith(name + "/") or name.startswith(path + "/") for path in about for name in paths
    )


def _find(session: Session | None, query: str, limit: int | None, other: str | None, files: Sequence[str]) -> Found:
    from flaggit.search import search_index

    if not query.strip():
        raise InvalidError("usage", "The query is empty.", hint="Say in a few words what the task is about.")
    limit = DEFAULT_LIMIT if limit is None else limit
    if limit < 1:
        raise InvalidError("usage", f"At most {limit} results cannot be asked for.", hint="Ask for 1 or more.")
    index = _index(session, other)
    evidence = None
    if session is not None and files:
        names = [session.repo.relative(path) if session.repo.root else path for path in files]
        evidence = evidence_for(session, session.catalog, names)
    hits, total = search_index(index, query, limit=limit, evidence=evidence)
    entries = {entry[0]: entry for entry in index["agents"]}
    return Found(query, tuple(hits), total, tuple(entries[hit.name] for hit in hits))


def _index(session: Session | None, other: str | None) -> Index:
    from flaggit.catalogs import read_index

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
    from flaggit.catalog import parse_catalog
    from flaggit.search_index import build_index

    return build_index(parse_catalog(files).agents.values())


def _ownership(catalog: Catalog, path: str) -> Ownership:
    from flaggit.patterns import matches

    for pattern, agent in reversed(catalog.owned()):
        if matches(pattern, path):
            return Ownership(path, agent.name, pattern)
    return Ownership(path, "", "")


def _clashes(catalog: Catalog) -> Iterable[Problem]:
    """Yield patterns that two agents claim alike: the later one gets everything."""
    seen: dict[str, str] = {}
    for pattern, agent in catalog.owned():
        plain = pattern.strip("/") if pattern.count("/") > 1 else pattern
        other = seen.setdefault(plain, agent.name)
        if other != agent.name:
            message = f"{other} and {agent.name} both own {pattern}; the later one gets it all."
            yield Problem(_RULE, "owner_clash", message, "warning", ids=(other, agent.name))


def _shadowed(catalog: Catalog, files: Sequence[str]) -> Iterable[Problem]:
    """Yield patterns that match files, every one of which a later pattern of another agent takes."""
    from flaggit.patterns import matches

    patterns = catalog.owned()
    taken: dict[int, set[str]] = {}
    winning: set[int] = set()
    for path in files[: _LOOKS // max(1, len(patterns))]:
        fitting = [number for number, (pattern, _) in enumerate(patterns) if matches(pattern, path)]
        for number in fitting:
            owner = patterns[fitting[-1]][1].name
            if owner == patterns[number][1].name:
                winning.add(number)
            else:
                taken.setdefault(number, set()).add(owner)
    for number in sorted(taken.keys() - winning):
        pattern, agent = patterns[number]
        others = sorted(taken[number])
        message = f"{agent.name} owns {pattern}, but every such file goes to {', '.join(others)}, which comes later."
        yield Problem(_RULE, "owner_shadowed", message, "warning", ids=(agent.name, *others))


def _unreachable(catalog: Catalog) -> Iterable[Problem]:
    """Yield agents to whom no way leads: nothing to be found by, or others come first for their very own words."""
    from flaggit.search import search_index

    for agent in catalog.agents.values():
        if agent.status == "retired" or agent.members or catalog.teams_of(agent.name):
            continue
        texts = (agent.description, *agent.tags, *agent.capabilities, *agent.scenarios, *agent.tech_stack)
        if not any(texts) and not agent.owns:
            message = f"{agent.name} has no description, tags or paths, so neither search nor ownership leads to it."
            yield Problem(_RULE, "unreachable_agent", message, "warning", ids=(agent.name,))
        elif any(texts):
            words = f"{agent.description} {' '.join(agent.tags)}".split()
            own = " ".join([agent.module.replace("-", " "), *words[:_OWN_WORDS]])
            hits, _ = search_index(catalog.index, own, limit=_SHOWN, explain=False)
            if agent.name not in (hit.name for hit in hits):
                first = ", ".join(hit.name for hit in hits)
                message = f"{agent.name} is not found by its own words; {first} come first."
                yield Problem(_RULE, "unreachable_agent", message, "warning", ids=(agent.name,))


def _without_owner(session: Session, catalog: Catalog) -> Iterable[Problem]:
    """Yield where ownership fails in this repository: patterns that win nothing, and files that are nobody's."""
    if not catalog.owned():
        return
    files = [path for path in session.repo.text("ls-files", "-z").split("\0") if path]
    yield from _shadowed(catalog, files)
    nobodys = [path for path in files if not path.startswith(".flags/") and catalog.owner(path) is None]
    if nobodys:
        shown = ", ".join(nobodys[:_SHOWN]) + (", ..." if len(nobodys) > _SHOWN else "")
        message = f"{len(nobodys)} of {len(files)} files have no owner: {shown}"
        yield Problem(_RULE, "no_owner", message, "note")
