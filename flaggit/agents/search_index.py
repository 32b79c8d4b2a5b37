"""Builds the search index of a catalog: plain data that the disposable cache keeps.

Keys of an index: ``agents`` (name, domain, module, sub-module, role of each), ``terms`` (stem to
its postings), ``common``, ``related`` (stem, or two that follow each other, to kindred stems of this catalog),
``texts`` (each agent's fields, for the reasons of a hit) and ``kin`` (what kindred stems are
worth). A posting is seven bytes: the agent's number, how much the term weighs in it, what the term
adds as a plain word, which fields hold it. ``common`` has what words that say nothing of a subject
add as plain ones: four bytes each.

Reading tens of thousands of words back would cost more than the whole search, so all but
``agents`` lie in marshalled pieces, by their first letters, and a search reads those it needs.
"""

from __future__ import annotations

import marshal
from struct import pack

from flaggit.agents.words import content_words, split_words, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from flaggit.model import Agent

    Index = dict[str, Any]

FORM = b"search-7"  # changes whenever the index, the words or the lexicon do
LAYOUT = ">HHHB"
POSTING = 7
COMMON_LAYOUT = ">HH"
LETTERS = 2  # of a key that decide its piece
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
KIN_OF_KNOWN = (0.4, 0.3)  # in catalogs with entries of few words, and of many
_TERSE, _WORDY = 40, 120
PLAIN_SATURATION, PLAIN_LENGTH = 1.2, 0.2  # BM25's k1 and b for all words of an entry together
_NOT_FOR = ("do not use", "don't use", "not for ", "never use", "instead of this agent", "not intended")


def build_index(agents: Iterable[Agent]) -> Index:
    """Return the index of agents; retired ones are left out."""
    from flaggit.agents.lexicon import find_related

    entries = [agent for agent in sorted(agents, key=lambda agent: agent.name) if agent.status != "retired"]
    names = {agent.module for agent in entries if "-" in agent.module}
    texts = [texts_of(agent) for agent in entries]
    split = [
        [_words(field, names - {agent.module}) for field in fields]
        for agent, fields in zip(entries, texts, strict=True)
    ]
    counted = [[_content(words) for words in fields] for fields in split]
    means = [sum(len(words[field]) for words in counted) / max(1, len(counted)) for field in range(len(FIELDS))]
    plain = _plain(split)
    terms: dict[str, bytearray] = {}
    common: dict[str, bytearray] = {}
    for number, fields in enumerate(counted):
        weighed = _weigh(fields, means)
        for term, adds in plain[number].items():
            if term in weighed:
                weight, mask = weighed[term]
                terms.setdefault(term, bytearray()).extend(pack(LAYOUT, number, _fixed(weight), _fixed(adds), mask))
            else:
                common.setdefault(term, bytearray()).extend(pack(COMMON_LAYOUT, number, _fixed(adds)))
    return {
        "agents": [(agent.name, agent.domain, agent.module, agent.sub_module, agent.role) for agent in entries],
        "terms": _in_pieces({term: bytes(postings) for term, postings in terms.items()}),
        "common": _in_pieces({term: bytes(postings) for term, postings in common.items()}),
        "related": _in_pieces(find_related(terms.keys())),
        "kin": _worth_of_kin(sum(means)),
        "texts": [marshal.dumps(fields) for fields in texts],
    }


class Pieces:
    """A mapping that lies in marshalled pieces by the first letters of its keys; each is read when first asked for."""

    __slots__ = ("_packed", "_read")

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        self._packed = packed
        self._read: dict[str, dict[str, Any]] = {}

    def get(self, key: str) -> Any:
        """Return a key's value, or None."""
        return self._piece(key[:LETTERS]).get(key)

    def keys_with(self, letter: str) -> Iterator[str]:
        """Yield the keys that begin with a letter."""
        for start in self._packed:
            if start[0] == letter:
                yield from self._piece(start)

    def _piece(self, start: str) -> dict[str, Any]:
        piece = self._read.get(start)
        if piece is None:
            packed = self._packed.get(start)
            piece = self._read[start] = marshal.loads(packed) if packed else {}  # noqa: S302 - ours, checked by the cache
        return piece


def _in_pieces(mapping: Mapping[str, Any]) -> dict[str, bytes]:
    pieces: dict[str, dict[str, Any]] = {}
    for key in sorted(mapping):
        pieces.setdefault(key[:LETTERS], {})[key] = mapping[key]
    return {start: marshal.dumps(piece) for start, piece in pieces.items()}


def _worth_of_kin(words: float) -> float:
    """Return how much related words count where some agent has the word itself.

    Entries of a sentence leave much unsaid, so kin count more; entries of a hundred words say it themselves.
    """
    most, least = KIN_OF_KNOWN
    return max(least, min(most, most - (words - _TERSE) / (_WORDY - _TERSE) * (most - least)))


def texts_of(agent: Agent) -> tuple[tuple[str, ...], ...]:
    """Return an agent's searchable texts, in the order of ``FIELDS``."""
    domain = () if agent.domain == "agent" else (agent.domain,)
    names = tuple(text for text in (agent.module, agent.sub_module, agent.role) if text)
    tags = (*agent.tags, *agent.tech_stack)
    return names, tags, agent.capabilities, agent.scenarios, (agent.description,), domain


def _words(texts: Sequence[str], others: set[str]) -> list[list[str]]:
    """Return the words of each text of a field; other agents' names in it are left out."""
    return [split_words(_without(_meant(text), others)) for text in texts]


def _content(texts: Sequence[list[str]]) -> list[str]:
    """Return the stems of a field's words that mean something."""
    return [stem(word) for words in texts for word, _ in content_words(words)]


def _plain(entries: Sequence[Sequence[Sequence[list[str]]]]) -> list[dict[str, float]]:
    """Return what each stem adds to an entry as a plain word: BM25 over all fields together, without its rarity."""
    counted: list[dict[str, float]] = []
    lengths: list[int] = []
    for fields in entries:
        counts: dict[str, float] = {}
        lengths.append(0)
        for (weight, _), texts in zip(FIELDS.values(), fields, strict=True):
            for word in (word for words in texts for word in words):
                counts[stem(word)] = counts.get(stem(word), 0.0) + weight
                lengths[-1] += 1
        counted.append(counts)
    mean = sum(lengths) / max(1, len(lengths))
    holds = [PLAIN_SATURATION * (1 - PLAIN_LENGTH + PLAIN_LENGTH * length / mean) for length in lengths if mean]
    return [
        {term: count * (PLAIN_SATURATION + 1) / (count + hold) for term, count in counts.items()}
        for counts, hold in zip(counted, holds, strict=True)
    ]


def _fixed(value: float) -> int:
    return min(0xFFFF, round(value * SCALE))


def _weigh(fields: Sequence[Sequence[str]], means: Sequence[float]) -> dict[str, tuple[float, int]]:
    """Return term -> its weight over all fields, each counted against its usual length, and the fields' bits."""
    found: dict[str, tuple[float, int]] = {}
    for number, (terms, (weight, b)) in enumerate(zip(fields, FIELDS.values(), strict=True)):
        share = weight / (1 - b + b * len(terms) / means[number]) if terms else 0.0
        for term in terms:
            have, mask = found.get(term, (0.0, 0))
            found[term] = have + share, mask | 1 << number
    return found


def _meant(text: str) -> str:
    """Return a description without the sentences that say what the agent is not for."""
    lower = text.lower()
    if not any(mark in lower for mark in _NOT_FOR):
        return text
    sentences = text.replace("\n", ". ").replace("; ", ". ").split(". ")
    return ". ".join(part for part in sentences if not any(mark in part.lower() for mark in _NOT_FOR))


def _without(text: str, others: set[str]) -> str:
    """Return a text without the hyphenated names of other agents, whose subject it is not."""
    if "-" not in text or not others:
        return text
    return " ".join(word for word in text.split(" ") if word.strip("`'\"@.,:;()*").lower() not in others)
