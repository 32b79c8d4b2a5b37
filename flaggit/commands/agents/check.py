"""What is wrong with a catalog beyond broken entries: agents and paths nobody finds.

To search for every agent's words in turn would take minutes with thousands of agents, as each search looks at
most of them. Only an agent that many others resemble can be missed, and its rarest words show that quickly.
"""

from __future__ import annotations

from bisect import bisect_left
from struct import iter_unpack

from flaggit.catalog.search.pieces import Pieces
from flaggit.catalog.search.search import search_index
from flaggit.catalog.search.search_index import LAYOUT
from flaggit.catalog.search.words import content_words, split_words, stem
from flaggit.checking.files import check_stray
from flaggit.clone.session import Reply
from flaggit.core.layout import STORE
from flaggit.core.model import Problem
from flaggit.core.patterns import literal_prefix, matches
from flaggit.core.record import replace
from flaggit.core.text import composed, counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.core.model import Agent

_RULE = "F028"
_PLACES = 5
_MOST_CHECKS = 1_000_000  # pairs of a path and a pattern that a check takes the time for
SHOWN = 3  # the hits among which an agent has to be
_OWN_WORDS = 20  # of an agent's entry by which it has to be found
# Who has this share of an agent's rarest words may come before it. Over 5,687 real agents in one catalog the
# hidden ones were all among those whom more than ``SHOWN`` resemble so.
_RAREST, _ALIKE = 8, 0.75


def check(session: Session) -> Reply[tuple[Problem, ...]]:
    """Return the problems of the catalog: broken entries, contradictions, agents nobody finds, paths nobody owns."""
    catalog = session.catalog
    problems = [*session.catalog_problems(), *_clashes(catalog), *_unreachable(catalog)]
    if not session.repo.bare:
        problems += _not_read(session)
        problems += _without_owner(session, catalog)
    failed = any(problem.is_error for problem in problems)
    count = len(catalog.agents)
    return Reply(tuple(problems), status=1 if failed else 0, notes=(f"{counted(count, 'agent')} loaded.",))


def _not_read(session: Session) -> Iterable[Problem]:
    """Yield the files whose agents are missing since the catalog does not have files of such names."""
    for path in session.store.stray_catalog_files():
        found = next(iter(check_stray(path, b"")))
        yield replace(found, message=f"{path}: {found.message}")


def _clashes(catalog: Catalog) -> Iterable[Problem]:
    """Yield patterns that two agents claim alike: the later one gets everything."""
    seen: dict[str, str] = {}
    for pattern, agent in catalog.owned():
        plain = pattern.strip("/") if pattern.count("/") > 1 else pattern
        other = seen.setdefault(plain, agent.name)
        if other != agent.name:
            message = f"{other} and {agent.name} both own {pattern}; the later one gets it all."
            yield Problem(_RULE, "owner_clash", message, level="warning", ids=(other, agent.name))


def _shadowed(catalog: Catalog, decided: Mapping[str, tuple[str, Agent]]) -> Iterable[Problem]:
    """Yield patterns that match files, every one of which a later pattern of another agent takes.

    Args:
        catalog: The agents.
        decided: File -> the pattern that decides and whose it is, for all that have an owner.
    """
    owners = {path: agent.name for path, (_, agent) in sorted(decided.items())}
    paths = list(owners)
    winning = {(pattern, agent.name) for pattern, agent in decided.values()}
    looks = _MOST_CHECKS
    for pattern, agent in catalog.owned():
        if (pattern, agent.name) in winning:
            continue
        if looks <= 0:  # what was not looked at is not accused
            return
        others, seen = _overriding_owners(pattern, agent.name, _around(pattern, paths), owners)
        looks -= seen
        if others:
            message = (
                f"{agent.name} owns {pattern}, but every such file goes to {', '.join(others)}, which comes later."
            )
            yield Problem(_RULE, "owner_shadowed", message, level="warning", ids=(agent.name, *others))


def _around(pattern: str, paths: Sequence[str]) -> Sequence[str]:
    """Return those of some sorted paths that begin as a pattern does: hardly more than it can match."""
    start = literal_prefix(pattern)
    after = chr(ord("/") + 1)
    return paths[bisect_left(paths, start) : bisect_left(paths, start + after)] if start else paths


def _overriding_owners(
    pattern: str, agent: str, paths: Iterable[str], owners: Mapping[str, str]
) -> tuple[list[str], int]:
    """Return who owns the files that an agent's pattern matches, none where it owns one itself; and how many it saw."""
    others: set[str] = set()
    seen = 0
    for seen, path in enumerate(paths, 1):
        owner = owners[path]
        if owner not in others and matches(pattern, path):
            if owner == agent:
                return [], seen
            others.add(owner)
    return sorted(others), seen


def _unreachable(catalog: Catalog) -> Iterable[Problem]:
    """Yield agents to whom no way leads: nothing to be found by, or others come first for their very own words."""
    working = [agent for agent in catalog.agents.values() if not agent.is_retired and not agent.members]
    alone = [agent for agent in working if not catalog.teams_of(agent.name)]
    for agent in alone:
        if not _says_something(agent) and not agent.owns:
            message = f"{agent.name} has no description, tags or paths, so neither search nor ownership leads to it."
            yield Problem(_RULE, "unreachable_agent", message, level="warning", ids=(agent.name,))
    for agent, first in find_hidden(catalog, filter(_says_something, alone)):
        why = f"{', '.join(first)} come first" if first else "none of them says anything"
        message = f"{agent.name} is not found by its own words; {why}."
        yield Problem(_RULE, "unreachable_agent", message, level="warning", ids=(agent.name,))


def _says_something(agent: Agent) -> bool:
    return any((agent.description, *agent.tags, *agent.capabilities, *agent.scenarios, *agent.tech_stack))


def _without_owner(session: Session, catalog: Catalog) -> Iterable[Problem]:
    """Yield where ownership fails in this repository: patterns that win nothing, and files that are nobody's."""
    if not catalog.ownership.rules:
        return
    listed = session.repo.text("ls-files", "-z").split("\0")
    files = [composed(path) for path in listed if path and not path.startswith(f"{STORE}/")]
    found = {path: catalog.decide(path) for path in files}
    decided = {path: winner for path, winner in found.items() if winner is not None}
    yield from _shadowed(catalog, decided)
    unowned = [path for path in files if path not in decided]
    if unowned:
        places = _tops(unowned, decided)
        shown = ", ".join(places[:_PLACES]) + (", ..." if len(places) > _PLACES else "")
        message = f"{len(unowned)} of {counted(len(files), 'file')} have no owner: {shown}"
        yield Problem(_RULE, "no_owner", message, level="note", data=(("paths", tuple(places)),))


def _tops(unowned: Sequence[str], owners: Iterable[str]) -> list[str]:
    """Return some files, those of folders in which nobody owns anything as the topmost such folder."""
    owned = {folder for path in owners for folder in _folders(path)}
    found: dict[str, None] = {}
    for path in unowned:
        found[next((folder for folder in _folders(path) if folder not in owned), path)] = None
    return list(found)


def _folders(path: str) -> list[str]:
    """Return the folders that a file lies in, the topmost first: ``a/`` and ``a/b/`` of ``a/b/c``."""
    names = path.split("/")[:-1]
    return ["/".join(names[:depth]) + "/" for depth in range(1, len(names) + 1)]


def find_hidden(catalog: Catalog, agents: Iterable[Agent]) -> Iterator[tuple[Agent, tuple[str, ...]]]:
    """Yield the agents that are not found by their own words, each with who comes first."""
    resemblance = _Resemblance(catalog)
    for agent in agents:
        own = _own_words(agent)
        alike = resemblance.agents_like(own)
        if agent.name in alike and len(alike) <= SHOWN:
            continue
        hits, _ = search_index(catalog.index, own, limit=SHOWN, explain=False)
        first = tuple(hit.name for hit in hits)
        if agent.name not in first:
            yield agent, first


def _own_words(agent: Agent) -> str:
    words = f"{agent.description} {' '.join(agent.tags)}".split()
    return " ".join([agent.module.replace("-", " "), *words[:_OWN_WORDS]])


class _Resemblance:
    """Which agents have much the same rare words; who has a word is looked up once."""

    def __init__(self, catalog: Catalog) -> None:
        self._names = [entry[0] for entry in catalog.index["agents"]]
        self._terms = Pieces(catalog.index["terms"])
        self._having: dict[str, frozenset[int]] = {}

    def agents_like(self, text: str) -> set[str]:
        """Return the agents that have most of a text's rarest words."""
        stems = dict.fromkeys(stem(word) for word, _ in content_words(split_words(text)))
        rarest = sorted(filter(None, map(self._agents_with, stems)), key=len)[:_RAREST]
        return {self._names[number] for number in _in_most(rarest)}

    def _agents_with(self, term: str) -> frozenset[int]:
        if term not in self._having:
            postings = iter_unpack(LAYOUT, self._terms.get(term) or b"")
            self._having[term] = frozenset(number for number, *_ in postings)
        return self._having[term]


def _in_most(groups: Sequence[frozenset[int]]) -> list[int]:
    """Return the agents that are in most of some groups."""
    counts: dict[int, int] = {}
    for group in groups:
        for number in group:
            counts[number] = counts.get(number, 0) + 1
    return [number for number, count in counts.items() if count >= _ALIKE * len(groups)]
