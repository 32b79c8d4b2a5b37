"""Tells which agents a search for their own words does not find, since others come first.

To search for every agent's words in turn would take minutes with thousands of agents, as each search looks at
most of them. Only an agent that many others resemble can be missed, and that is quickly told by its rarest words.
"""

from __future__ import annotations

from struct import iter_unpack

from flaggit.catalog.search.pieces import Pieces
from flaggit.catalog.search.search import search_index
from flaggit.catalog.search.search_index import LAYOUT
from flaggit.catalog.search.words import content_words, split_words, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Agent

SHOWN = 3  # the hits among which an agent has to be
_OWN_WORDS = 20  # of an agent's entry by which it has to be found
# Who has this share of an agent's rarest words may come before it. Over 5,687 real agents in one catalog the
# hidden ones were all among those whom more than ``SHOWN`` resemble so.
_RAREST, _ALIKE = 8, 0.75


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
