from __future__ import annotations

import random

from effort import count_steps

from flaggit.catalog.catalog import Catalog
from flaggit.catalog.search.search import search_index
from flaggit.commands.agents.check import SHOWN, find_hidden
from flaggit.core.model import Agent

_STARTS = ("bra", "clo", "dru", "fly", "gri", "plo", "sta", "tre")
_ENDS = ("bnack", "dvim", "ffen", "gmon", "lpir", "mtaz", "ndug", "rkeb", "sthol", "vwis", "xpul", "zkor")
WORDS = [start + end for start in _STARTS for end in _ENDS]


def catalog_of(count: int, copies: int, seed: int = 7) -> Catalog:
    """Return agents of random words; some are copies of one another, which nobody finds past the first few."""
    rng = random.Random(seed)
    agents = []
    for number in range(count):
        words = [f"{rng.choice(WORDS)}{rng.choice(WORDS)}" for _ in range(15)]
        times = copies if number % 10 == 0 else 1
        agents += [Agent(f"@d{copy}.m{number}", " ".join(words), f"m{number}") for copy in range(times)]
    return Catalog({agent.name: agent for agent in agents})


def search_for_each(catalog: Catalog) -> list[str]:
    """Return the same the long way: a search for each agent."""
    found = []
    for agent in catalog.agents.values():
        own = f"{agent.module} {agent.description}"
        hits, _ = search_index(catalog.index, own, limit=SHOWN, explain=False)
        if agent.name not in (hit.name for hit in hits):
            found.append(agent.name)
    return found


def test_who_is_not_found_is_told_as_if_each_had_been_searched_for():
    catalog = catalog_of(60, copies=6)
    hidden = list(find_hidden(catalog, catalog.agents.values()))
    assert [agent.name for agent, _ in hidden] == search_for_each(catalog)
    assert len(hidden) == 6 * (6 - SHOWN)
    assert all(len(first) == SHOWN and agent.name not in first for agent, first in hidden)


def test_who_says_nothing_is_not_found():
    lone = Agent("@a.b", "d", "b")
    assert list(find_hidden(Catalog({"@a.b": lone}), [lone])) == [(lone, ())]


def test_many_are_looked_at_without_a_search_for_each():
    catalog = catalog_of(600, copies=1)
    agents = list(catalog.agents.values())
    assert catalog.index

    def search_for_some() -> None:
        for agent in agents[:20]:
            search_index(catalog.index, f"{agent.module} {agent.description}", limit=SHOWN, explain=False)

    found: list[object] = []
    steps = count_steps(lambda: found.extend(find_hidden(catalog, agents)))
    assert found == []
    assert steps < count_steps(search_for_some) * len(agents) / 20 / 3
