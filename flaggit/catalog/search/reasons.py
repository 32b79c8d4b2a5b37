"""Tells why an agent was found, in the words of its own entry."""

from __future__ import annotations

from itertools import pairwise
from marshal import loads

from flaggit.catalog.search.search_index import FIELDS
from flaggit.catalog.search.words import content_words, split_words, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.catalog.search.search_index import Index

    Gain = tuple[float, str, str, int]  # what a word adds to an agent's score, the word, its term, the fields' bits

MOST = 3  # that are told
_WIDTH = 60


def tell_reasons(index: Index, number: int, gains: Iterable[Gain]) -> list[str]:
    """Return why the agent of that number was found, at most three reasons, the strongest first."""
    texts = loads(index["texts"][number])  # noqa: S302 - from our own index, checked by the cache
    reasons: dict[str, str] = {}  # what was found -> the reason; one that another word leads to once more is none
    for _, word, term, fields in sorted(gains, key=lambda gain: (-gain[0], gain[1])):
        if len(reasons) == MOST:
            break
        field = next(position for position in range(len(FIELDS)) if fields >> position & 1)
        found = f"{tuple(FIELDS)[field]}: {_surface(texts[field], term)}"
        same = term in (word, stem(word))
        reasons.setdefault(found, found if same else f"{found} (for {word})")
    return list(reasons.values())


def _surface(texts: Sequence[str], term: str) -> str:
    """Return the words of some texts that a term stands for, as they are written there."""
    start = term[:3]
    likely = [text for text in texts if start in text.lower()]  # most stems begin as their words do
    return _written(likely, term, start) or _written(texts, term, "") or term


def _written(texts: Sequence[str], term: str, start: str) -> str:
    for text in texts:
        chunks = text.split()
        for at, first in enumerate(chunks):
            if start not in first.lower():
                continue
            for chunk in (first, " ".join(chunks[at : at + 2]), *_split(first)):  # "type script" is one word
                if [stem(word) for word, _ in content_words(split_words(chunk))] == [term]:
                    return chunk.strip(".,:;()[]\"'`")[:_WIDTH]
    return ""


def _split(chunk: str) -> list[str]:
    """Return the parts of ``backend/api`` or ``(react,``, and any two that follow each other, tried after the whole."""
    plain = "".join(char if char.isalnum() or char in "-_.+#" else " " for char in chunk)
    parts = plain.replace("-", " ").replace("_", " ").replace(".", " ").split()
    return [*plain.split(), *parts, *map(" ".join, pairwise(parts))]
