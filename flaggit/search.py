"""Finds the agents that a text is about: field-weighted words, rare ones counting most, with reasons."""

from __future__ import annotations

from flaggit.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.catalog import Catalog
    from flaggit.model import Agent

_WEIGHTS = {"name": 5.0, "tags": 4.0, "capabilities": 2.5, "scenarios": 2.0, "description": 2.0}
_STOP = frozenset(["a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with", "is", "it", "this", "that"])


@record
class Hit:
    """An agent that was found: ``rank`` counts from 1, ``reasons`` are at most three, the strongest first."""

    name: str
    score: float
    rank: int
    reasons: tuple[str, ...]


def search(catalog: Catalog, query: str, *, limit: int = 5) -> list[Hit]:
    """Return the agents that a query is about, the best first; none where nothing in it means anything."""
    return search_index(catalog.index, query)[:limit]


def build_index(agents: Iterable[Agent]) -> dict[str, Any]:
    """Return what ``search_index`` needs, as plain data."""
    index: dict[str, Any] = {}
    for agent in agents:
        if agent.status == "retired":
            continue
        fields = {
            "name": [agent.name],
            "tags": [*agent.tags, *agent.tech_stack],
            "capabilities": list(agent.capabilities),
            "scenarios": list(agent.scenarios),
            "description": [agent.description],
        }
        index[agent.name] = {
            field: sorted({w for text in texts for w in _words(text)}) for field, texts in fields.items()
        }
    return index


def search_index(index: dict[str, Any], query: str) -> list[Hit]:
    """Return every agent that a query is about, the best first."""
    from math import log

    words = list(dict.fromkeys(_words(query)))
    counts = {word: sum(any(word in f for f in fields.values()) for fields in index.values()) for word in words}
    found = []
    for name, fields in index.items():
        score = 0.0
        reasons = []
        for word in words:
            hit = [field for field in fields if word in fields[field]]
            if hit:
                score += sum(_WEIGHTS[field] for field in hit) * log(1 + len(index) / counts[word])
                reasons.append(f"{hit[0]}: {word}")
        if score:
            found.append((-score, name, reasons))
    found.sort()
    return [Hit(name, round(-score, 3), rank, tuple(why[:3])) for rank, (score, name, why) in enumerate(found, 1)]


def _words(text: str) -> list[str]:
    plain = "".join(char if char.isalnum() else " " for char in text.lower())
    return [word for word in plain.split() if word not in _STOP]
