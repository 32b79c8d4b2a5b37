"""Builds the search index of a catalog: plain data that the disposable cache keeps.

Keys of an index: ``agents`` (name, domain, module, sub-module, role of each), ``terms`` (stem to
its postings), ``related`` (stem, or two that follow each other, to kindred stems of this catalog),
``grams`` and ``lengths`` (how entries are written, see ``grams``), ``texts`` (each agent's fields, for
the reasons of a hit) and ``related_worth`` (what kindred stems are worth). A posting is five bytes: the agent's
number, how much the term weighs in it, which fields hold it.

Reading tens of thousands of words back would cost more than the whole search, so what is large lies
in pieces, and a search reads those it needs.
"""

from __future__ import annotations

import marshal
from struct import pack

from flaggit.catalog.search.grams import index_grams
from flaggit.catalog.search.pieces import in_pieces
from flaggit.catalog.search.words import MAX_CHARACTERS, content_words, sentences, split_words, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from flaggit.core.model import Agent

    Index = dict[str, Any]

FORM = b"search-10"  # changes whenever the index, the words or the lexicon do
LAYOUT = ">HHB"
POSTING = 5
SCALE = 256  # weights are kept as fixed-point numbers

# field -> (weight, how much a long field is held against it: BM25's b); the order is that of reasons.
FIELDS: dict[str, tuple[float, float]] = {
    "name": (5.0, 0.2),
    "tag": (3.0, 0.5),
    "capability": (1.6, 0.95),
    "scenario": (1.6, 0.95),
    "description": (1.6, 0.85),
    "domain": (2.5, 0.0),
}
DESCRIPTION = tuple(FIELDS).index("description")
LEAD = 0.5  # how much more the words count with which a description begins: they say what the agent is
NAMED = 3  # how often the words of a name count among the n-grams
RELATED_WORTH = (0.4, 0.3)  # in catalogs with entries of few words, and of many
_TERSE, _WORDY = 40, 120
_NOT_FOR = ("do not use", "don't use", "not for ", "never use", "instead of this agent", "not intended")


def build_index(agents: Iterable[Agent]) -> Index:
    """Return the index of agents; retired ones are left out."""
    from flaggit.catalog.search.lexicon import find_related

    entries = [agent for agent in sorted(agents, key=lambda agent: agent.name) if not agent.is_retired]
    names = {agent.module for agent in entries if "-" in agent.module}
    texts = [texts_of(agent) for agent in entries]
    split = [
        [_words(field, names - {agent.module}) for field in fields]
        for agent, fields in zip(entries, texts, strict=True)
    ]
    counted = [[_content(words) for words in fields] for fields in split]
    means = [sum(len(words[field]) for words in counted) / max(1, len(counted)) for field in range(len(FIELDS))]
    terms: dict[str, bytearray] = {}
    for number, (agent, fields) in enumerate(zip(entries, counted, strict=True)):
        for term, (weight, mask) in _weigh(fields, means, _lead(agent.description)).items():
            terms.setdefault(term, bytearray()).extend(pack(LAYOUT, number, min(0xFFFF, round(weight * SCALE)), mask))
    grams, lengths = index_grams(map(_times, split))
    return {
        "agents": [(agent.name, agent.domain, agent.module, agent.sub_module, agent.role) for agent in entries],
        "terms": in_pieces({term: bytes(postings) for term, postings in terms.items()}),
        "related": in_pieces(find_related(terms.keys())),
        "grams": in_pieces(grams),
        "lengths": lengths,
        "related_worth": _worth_of_related(sum(means)),
        "texts": [marshal.dumps(fields) for fields in texts],
    }


def _worth_of_related(words: float) -> float:
    """Return how much related words count where some agent has the word itself.

    Entries of a sentence leave much unsaid, so related words count more; entries of a hundred words say it themselves.
    """
    most, least = RELATED_WORTH
    return max(least, min(most, most - (words - _TERSE) / (_WORDY - _TERSE) * (most - least)))


def texts_of(agent: Agent) -> tuple[tuple[str, ...], ...]:
    """Return an agent's searchable texts, in the order of ``FIELDS``, each as far as it is looked at."""
    domain = () if agent.domain == "agent" else (agent.domain,)
    names = tuple(text for text in (agent.module, agent.sub_module, agent.role) if text)
    tags = (*agent.tags, *agent.tech_stack)
    return names, tags, agent.capabilities, agent.scenarios, (agent.description[:MAX_CHARACTERS],), domain


def _words(texts: Sequence[str], others: set[str]) -> list[list[str]]:
    """Return the words of each text of a field; other agents' names in it are left out."""
    return [split_words(_without(_meant(text), others)) for text in texts]


def _content(texts: Sequence[list[str]]) -> list[str]:
    """Return the stems of a field's words that mean something."""
    return [stem(word) for words in texts for word, _ in content_words(words)]


def _lead(description: str) -> set[str]:
    """Return the stems of a description's first clause."""
    for mark in (". ", ", ", ": ", "; ", "! ", "? ", "\n"):
        description = description.partition(mark)[0]
    return {stem(word) for word, _ in content_words(split_words(description))}


def _times(fields: Sequence[Sequence[list[str]]]) -> dict[str, int]:
    """Return each word of an entry and how often it has it."""
    times: dict[str, int] = {}
    for field, texts in zip(FIELDS, fields, strict=True):
        each = NAMED if field in ("name", "domain") else 1
        for word in (word for words in texts for word in words):
            times[word] = times.get(word, 0) + each
    return times


def _weigh(fields: Sequence[Sequence[str]], means: Sequence[float], lead: set[str]) -> dict[str, tuple[float, int]]:
    """Return term -> its weight over all fields, each counted against its usual length, and the fields' bits."""
    found: dict[str, tuple[float, int]] = {}
    for number, (terms, (weight, b)) in enumerate(zip(fields, FIELDS.values(), strict=True)):
        share = weight / (1 - b + b * len(terms) / means[number]) if terms else 0.0
        for term in terms:
            have, mask = found.get(term, (0.0, 0))
            more = LEAD if number == DESCRIPTION and term in lead else 0.0
            found[term] = have + share * (1 + more), mask | 1 << number
    return found


def _meant(text: str) -> str:
    """Return a description without the sentences that say what the agent is not for."""
    lower = text.lower()
    if not any(mark in lower for mark in _NOT_FOR):
        return text
    parts = sentences(text.replace("; ", ". "))
    return ". ".join(part for part in parts if not any(mark in part.lower() for mark in _NOT_FOR))


def _without(text: str, others: set[str]) -> str:
    """Return a text without the hyphenated names of other agents, whose subject it is not."""
    if "-" not in text or not others:
        return text
    return " ".join(word for word in text.split(" ") if word.strip("`'\"@.,:;()*").lower() not in others)
