"""What a chain began with, and what leads in a circle, held to following the origins one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flaggit.core.origins import find_cycles, trace_origins

IDS = [f"f{n}" for n in range(14)]


@given(st.dictionaries(st.sampled_from(IDS), st.none() | st.sampled_from(IDS)))
def test_cycles_and_roots_are_found_in_any_graph(origins: dict[str, str | None]) -> None:
    cycles = find_cycles(origins)
    for cycle in cycles:
        assert min(cycle) == cycle[0]
        assert [origins[one] for one in cycle] == [*cycle[1:], cycle[0]]
    together = trace_origins(origins, origins.get)
    for start in origins:
        line = [start]
        while (origin := origins.get(line[-1])) is not None and origin not in line:
            line.append(origin)
        circle = line[line.index(origin) :] if origin is not None else line[-1:]
        assert any(start in cycle for cycle in cycles) == (origin == start)
        expected = min(circle), max(len(line) - len(circle), 0)
        assert trace_origins([start], origins.get)[start] == together[start] == expected


def test_every_flag_of_a_circle_began_with_the_same() -> None:
    circle = {"f1": "f2", "f2": "f3", "f3": "f1", "f4": "f3"}
    assert {root for root, _ in trace_origins(circle, circle.get).values()} == {"f1"}
