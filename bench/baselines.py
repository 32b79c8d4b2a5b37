"""What flaggit's search is compared with: the older system's points, plain BM25, SQLite's FTS5."""

from __future__ import annotations

import math
import re
import sqlite3
from typing import TYPE_CHECKING

from bench.seed_search import score as seed_score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.core.model import Agent

    Ranker = Callable[[str], list[str]]

_WORD = re.compile(r"[a-z0-9]+")


def points(agents: Sequence[Agent]) -> Ranker:
    """Return the older system's scheme: points for fields that the query's text touches."""

    def score(agent: Agent, query: str) -> int:
        tags = [*agent.tags, *agent.tech_stack]
        return seed_score(query, agent.module, tags, [*agent.capabilities], agent.description, [*agent.scenarios])[0]

    def rank(query: str) -> list[str]:
        scored = [(-score(agent, query.lower()), agent.name) for agent in agents]
        return [name for value, name in sorted(scored) if value]

    return rank


def bm25(agents: Sequence[Agent]) -> Ranker:
    """Return BM25 over all of an agent's words at once (k1 1.2, b 0.75)."""
    documents = {agent.name: _WORD.findall(" ".join(texts_of(agent).values()).lower()) for agent in agents}
    average = sum(map(len, documents.values())) / max(1, len(documents))
    counts = {name: {word: words.count(word) for word in set(words)} for name, words in documents.items()}
    spread: dict[str, int] = {}
    for words in counts.values():
        for word in words:
            spread[word] = spread.get(word, 0) + 1

    def rank(query: str) -> list[str]:
        scored = []
        for name, words in counts.items():
            score = 0.0
            for word in set(_WORD.findall(query.lower())) & words.keys():
                idf = math.log(1 + (len(counts) - spread[word] + 0.5) / (spread[word] + 0.5))
                length = 0.25 + 0.75 * len(documents[name]) / average
                score += idf * words[word] * 2.2 / (words[word] + 1.2 * length)
            if score:
                scored.append((-score, name))
        return [name for _, name in sorted(scored)]

    return rank


def fts5(agents: Sequence[Agent]) -> Ranker:
    """Return SQLite's FTS5 with its porter stemmer and weighted columns."""
    connection = sqlite3.connect(":memory:")
    columns = "agent UNINDEXED, name, tags, capabilities, scenarios, description"
    connection.execute(f"CREATE VIRTUAL TABLE agents USING fts5({columns}, tokenize='porter unicode61')")
    for agent in agents:
        connection.execute("INSERT INTO agents VALUES (?, ?, ?, ?, ?, ?)", (agent.name, *texts_of(agent).values()))

    def rank(query: str) -> list[str]:
        words = _WORD.findall(query.lower())
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in words)
        sql = "SELECT agent FROM agents WHERE agents MATCH ? ORDER BY bm25(agents, 0, 8, 5, 3, 2, 2), agent"
        return [row[0] for row in connection.execute(sql, (match,))]

    return rank


def texts_of(agent: Agent) -> dict[str, str]:
    """Return an agent's searchable texts by column."""
    return {
        "name": f"{agent.domain} {agent.module} {agent.sub_module} {agent.role}".replace("-", " "),
        "tags": " ".join((*agent.tags, *agent.tech_stack)),
        "capabilities": " ".join(agent.capabilities),
        "scenarios": " ".join(agent.scenarios),
        "description": agent.description,
    }
