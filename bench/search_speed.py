"""What a search costs from start to end, as whole cold processes beside bare Python and the older system's search.

    python -m bench.search_speed [--sizes 52 402] [--runs 15]

All of them are run in turn in one run, each time with another query, so that a machine's mood falls on
all alike. The older system's search is ``bench/seed_search.py``, a bare script over SQLite. The catalogs
hold agents of ``bench/collections/``; beyond those, the same once more under other names with some words
left out. Beside the time that passes stands the processor's, which other work on the machine disturbs less.
The exit status is 1 where a budget is not kept by either.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bench.search import FOLDER
from bench.stores import AGENTS, commit, git, write
from bench.timing import BARE, FLAGGIT, prepare, take

if TYPE_CHECKING:
    from collections.abc import Sequence

BUDGETS = {52: 3.5, 402: 4.0}  # times bare Python, at so many agents
QUERIES = (
    "OAuth JWT token implementation",
    "PostgreSQL query performance tuning",
    "React TypeScript components state management",
    "Docker Kubernetes deployment pipeline",
    "the checkout page is slow since the last release and customers complain",
    "kuberntes rollout stuck, pods keep crashing after we changed the memory limits",
)
_LISTS = ("tags", "capabilities", "scenarios")


def main(arguments: list[str]) -> int:
    """Measure at each size and print a table a size; return 1 where a budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(BUDGETS))
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args(arguments)
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            kept = measure(Path(folder) / str(size), size, options.runs) and kept
    return 0 if kept else 1


def measure(path: Path, size: int, runs: int) -> bool:
    """Time the programs at one size in turn, print their medians, and tell whether the budget is kept."""
    prepare(AGENTS[0])
    agents = make_agents(size)
    make_repository(path, agents)
    database = make_database(path.with_suffix(".db"), agents)
    programs = {
        "bare python": BARE,
        "the older system's algorithm": [sys.executable, str(FOLDER.parent / "seed_search.py"), str(database), "QUERY"],
        "search-agents": [*FLAGGIT, "search-agents", "QUERY"],
        "agents search --json": [*FLAGGIT, "agents", "search", "QUERY", "--json"],
        "agents search --files": [*FLAGGIT, "agents", "search", "QUERY", "--files", "src/a.py"],
        "search-agents, no cache": [*FLAGGIT, "search-agents", "QUERY"],
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for run in range(-1, runs):  # the first round fills the caches and does not count
        for name, argv in programs.items():
            if name.endswith("no cache"):
                forget(path)
            line = [QUERIES[run % len(QUERIES)] if word == "QUERY" else word for word in argv]
            taken = take(line, path)
            times[name] += [(taken.clock, taken.busy)] if run >= 0 else []
            if name.endswith("no cache"):
                take([*FLAGGIT, "search-agents", "x"], path)
    return report(size, times)


def report(size: int, times: dict[str, list[tuple[float, float]]]) -> bool:
    """Print medians, and what they are of bare Python and of the older system's search."""
    passed, busy = (
        {name: statistics.median(pair[place] for pair in found) for name, found in times.items()} for place in (0, 1)
    )
    bare, older, *_ = passed
    print(f"\n{size} agents{'':<24} time passed                       processor")
    for name in times:
        columns = (
            f"{found[name] * 1000:7.1f} ms {found[name] / found[bare]:6.2f} P {found[name] / found[older]:5.2f} x older"
            for found in (passed, busy)
        )
        print(f"  {name:<28} {'   '.join(columns)}")
    budget = BUDGETS.get(size)
    if budget is None:
        return True
    reached = min(found["search-agents"] / found[bare] for found in (passed, busy))
    print(f"  budget for search-agents: {budget} P, {'kept' if reached <= budget else 'NOT KEPT'}")
    return reached <= budget


def make_agents(size: int) -> dict[str, dict[str, Any]]:
    """Return ``size`` agents with the words of the collections; those beyond them lack a third of their entries."""
    entries: list[tuple[str, dict[str, Any]]] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        entries += yaml.safe_load(path.read_text())["agents"].items()
    chance = random.Random(1)
    chance.shuffle(entries)
    agents: dict[str, dict[str, Any]] = {}
    for number in range(size):
        name, entry = entries[number % len(entries)]
        copy = number // len(entries)
        fields = {key: entry[key] for key in ("description", *_LISTS) if key in entry}
        if copy or name in agents:
            name = f"{name}-{number}"
            fields |= {key: thinned(fields[key], chance) for key in _LISTS if key in fields}
        agents[name] = fields
    return agents


def thinned(entries: Sequence[str], chance: random.Random) -> list[str]:
    """Return about two thirds of some entries."""
    return [entry for entry in entries if chance.random() < 2 / 3]


def make_repository(path: Path, agents: dict[str, dict[str, Any]]) -> None:
    """Make a repository with a catalog of the agents, one of which owns the file that is asked about."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    first = next(iter(agents))
    entries = {**agents, first: {**agents[first], "owns": ["/src/"]}}
    write(path, ".flags/catalog.yaml", yaml.safe_dump({"schema": 1, "agents": entries}).encode())
    write(path, "src/a.py", b"pass\n")
    commit(path)


def make_database(path: Path, agents: dict[str, dict[str, Any]]) -> Path:
    """Write the agents to a database as the older system kept them; return its path."""
    connection = sqlite3.connect(path)
    columns = "name, type, module, sub_module, role, tags, capabilities, description, scenarios"
    connection.execute(f"CREATE TABLE agents_catalog ({columns})")
    for name, entry in agents.items():
        domain, _, module = name[1:].partition(".")
        tags, capabilities, scenarios = (json.dumps(entry.get(field, [])) for field in _LISTS)
        values = (name, domain, module, None, None, tags, capabilities, entry.get("description", ""), scenarios)
        connection.execute("INSERT INTO agents_catalog VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    return path


def forget(path: Path) -> None:
    """Delete flaggit's caches."""
    for cache in (path / ".git").rglob("*.cache"):
        cache.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
