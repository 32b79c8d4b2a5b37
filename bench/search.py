"""Measures how often search finds the right agent, beside three other ways, in one run.

    python -m bench.search [COLLECTION.yaml ...] [--details]

Without files: the collections in ``bench/collections/``, and where the environment variable
``FLAGGIT_TEST_DATA`` names a folder with ``catalog-52.yaml``, that catalog too: with utterances of
our own, and with each scenario (tag, capability) in turn taken out of its agent and used as the query.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bench.baselines import bm25, fts5, points
from flaggit.catalog.parsing import parse_catalog
from flaggit.catalog.search.search import build_index, search_index
from flaggit.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.baselines import Ranker
    from flaggit.core.model import Agent

    Trial = tuple[Sequence[Agent], str, frozenset[str]]

FOLDER = Path(__file__).parent / "collections"


def flaggit(agents: Sequence[Agent]) -> Ranker:
    """Return flaggit's own search."""
    index = build_index(agents)
    return lambda query: [hit.name for hit in search_index(index, query, limit=len(agents), explain=False)[0]]


WAYS = {"seed points": points, "BM25": bm25, "FTS5 porter": fts5, "flaggit": flaggit}


def read_collection(path: Path) -> tuple[list[Agent], list[tuple[str, str, frozenset[str]]]]:
    """Return the agents of a collection, and its queries: kind, text, and the handles that are right."""
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    catalog = parse_catalog([(path.name, yaml.safe_dump({"schema": 1, "agents": document["agents"]}).encode())])
    if catalog.problems:
        raise SystemExit("\n".join(problem.message for problem in catalog.problems))
    queries = [
        (kind, text, frozenset(right.split()))
        for kind, texts in document["queries"].items()
        for text, right in texts.items()
    ]
    for _, text, right in queries:
        if not right <= catalog.agents.keys():
            raise SystemExit(f"{path.name}: {text!r} names {sorted(right - catalog.agents.keys())}")
    return list(catalog.agents.values()), queries


def measure(trials: Sequence[tuple[Ranker, str, frozenset[str]]]) -> tuple[float, float, float]:
    """Return recall at 1, recall at 3 and the mean reciprocal rank."""
    first = third = reciprocal = 0.0
    for rank, query, right in trials:
        place = next((n for n, name in enumerate(rank(query), 1) if name in right), 0)
        first += place == 1
        third += 0 < place <= 3
        reciprocal += 1 / place if place else 0
    count = max(1, len(trials))
    return first / count, third / count, reciprocal / count


def held_out(path: Path, field: str) -> Iterator[tuple[list[Agent], str, frozenset[str]]]:
    """Yield each scenario (or other entry) of a catalog as a query, with it taken out of its agent."""
    agents = list(parse_catalog([(path.name, path.read_bytes())]).agents.values())
    for number, agent in enumerate(agents):
        entries = getattr(agent, field)
        for text in entries[number % 3 :: 3]:
            less = replace(agent, **{field: tuple(entry for entry in entries if entry != text)})
            yield [*agents[:number], less, *agents[number + 1 :]], text, frozenset({agent.name})


def main(arguments: list[str]) -> int:
    """Print a table a collection: recall at 1, at 3, mean reciprocal rank of each way."""
    details = "--details" in arguments
    paths = [Path(word) for word in arguments if not word.startswith("--")] or sorted(FOLDER.glob("*.yaml"))
    totals: dict[str, dict[str, list[tuple[Ranker, str, frozenset[str]]]]] = {}
    for path in paths:
        agents, queries = read_collection(path)
        rankers = {name: way(agents) for name, way in WAYS.items()}
        print(f"{path.stem}: {len(agents)} agents, {len(queries)} queries")
        for kind in dict.fromkeys(query[0] for query in queries):
            chosen = [query[1:] for query in queries if query[0] == kind]
            for name, rank in rankers.items():
                trials = [(rank, text, right) for text, right in chosen]
                totals.setdefault(kind, {}).setdefault(name, []).extend(trials)
                _print(f"  {kind} ({len(chosen)})", name, measure(trials))
        if details:
            _print_misses(rankers["flaggit"], queries)
    for kind, ways in totals.items():
        print(f"all {kind}: {len(next(iter(ways.values())))} queries")
        for name, trials in ways.items():
            _print("", name, measure(trials))
    folder = os.environ.get("FLAGGIT_TEST_DATA")
    if folder and not [word for word in arguments if not word.startswith("--")]:
        _older(Path(folder) / "catalog-52.yaml", details=details)
        _held_out(Path(folder) / "catalog-52.yaml")
    return 0


def _older(path: Path, *, details: bool) -> None:
    agents = list(parse_catalog([(path.name, path.read_bytes())]).agents.values())
    document = yaml.safe_load((FOLDER.parent / "older_queries.yaml").read_text())
    queries = [("utterances", text, frozenset({right})) for text, right in document["utterances"].items()]
    print(f"{path.stem}: {len(queries)} utterances")
    for name, way in WAYS.items():
        rank = way(agents)
        _print("", name, measure([(rank, text, right) for _, text, right in queries]))
        if details and name == "flaggit":
            _print_misses(rank, queries)


def _held_out(path: Path) -> None:
    for field in ("scenarios", "tags", "capabilities"):
        cases = list(held_out(path, field))
        print(f"{path.stem}: {len(cases)} {field} held out")
        for name, way in WAYS.items():
            _print("", name, measure([(way(agents), text, right) for agents, text, right in cases]))


def _print(what: str, name: str, figures: tuple[float, float, float]) -> None:
    print(f"{what:<28} {name:<12} R@1 {figures[0]:.3f}  R@3 {figures[1]:.3f}  MRR {figures[2]:.3f}")


def _print_misses(rank: Ranker, queries: Sequence[tuple[str, str, frozenset[str]]]) -> None:
    for kind, text, right in queries:
        names = rank(text)
        if not names or names[0] not in right:
            print(f"    {kind}: {text}\n      wanted {' '.join(sorted(right))}, found {' '.join(names[:3])}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
