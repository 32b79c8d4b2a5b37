"""Plans: every promise about waves, by example and over random situations."""

from __future__ import annotations

import itertools
import posixpath
import random
from collections.abc import Callable, Iterable

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, IMPACT_RANK, Flag
from flaggit.planning.plan import Plan, Situation, effective_impacts, make_plan
from flaggit.planning.questions import Waiting
from flaggit.planning.waves import Footprint, normal_path


def waiting_of(pending: Iterable[Flag], completed: Iterable[Flag]) -> Waiting:
    """What waits where every question is its flag's worker's own."""
    unanswered: dict[str, set[str]] = {}
    for flag in pending:
        if flag.re is not None and flag.is_question:
            unanswered.setdefault(flag.re, set()).add(flag.id)
    asked = {flag.re for flag in completed if flag.re is not None and flag.is_question}
    return Waiting(
        {flag_id: tuple(sorted(ids)) for flag_id, ids in sorted(unanswered.items())},
        frozenset(flag_id for flag_id in asked if flag_id not in unanswered),
    )


def flag(name: str, target: str | None = "@a.a", **changes: object) -> Flag:
    values = {
        "id": name,
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": "@source.agent",
        "target_agent": target,
        "change_description": "what changed",
        "action_required": "what to do",
        "created_at": "2026-11-23T14:00:00Z",
    }
    return Flag(**{**values, **changes})


def plan(
    *flags: Flag,
    held: tuple[str, ...] = (),
    completed: tuple[Flag, ...] = (),
    cycles: tuple[tuple[str, ...], ...] = (),
    stand_ins: dict[str, tuple[str, ...]] | None = None,
    emergency: bool = False,
) -> Plan:
    situation = Situation(
        flags=flags,
        held=frozenset(held),
        waiting=waiting_of(flags, completed),
        origins={item.id: item.chain_origin_id for item in (*flags, *completed)},
        cycles=cycles,
        recorded=len(cycles),
        stand_ins=stand_ins or {},
    )
    return make_plan(situation, emergency=emergency)


def waves(made: Plan) -> list[list[str]]:
    return [[step.flag.id for step in wave] for wave in made.waves]


def question(name: str, about: str, target: str = "@expert.a", **changes: object) -> Flag:
    return flag(name, target, flag_type="information_request", re=about, **changes)


def later(seconds: int) -> str:
    return f"2026-11-23T14:{seconds // 60:02d}:{seconds % 60:02d}Z"


# -- by example ---------------------------------------------------------------------------------


def test_nothing_pending_gives_no_waves():
    assert plan() == Plan((), (), 1)


def test_an_agent_stands_once_in_a_wave():
    made = plan(*(flag(f"f{n}", "@a.a", created_at=later(n)) for n in range(3)))
    assert waves(made) == [["f0"], ["f1"], ["f2"]]


def test_twelve_agents_need_two_waves():
    made = plan(*(flag(f"f{n:02d}", f"@a.a{n}", created_at=later(n)) for n in range(12)))
    assert [len(wave) for wave in made.waves] == [10, 2]
    assert waves(made)[1] == ["f10", "f11"]


def test_independent_flags_go_in_parallel():
    made = plan(
        flag("f45", "@a.a", related_files=("a.py",)),
        flag("f46", "@b.b", related_files=("b.py",)),
        flag("f47", "@c.c", related_files=("c.py",)),
    )
    assert waves(made) == [["f45", "f46", "f47"]]


def test_documentation_for_three_agents_goes_in_parallel():
    made = plan(*(flag(name, f"@docs.{name}") for name in ("f71", "f72", "f73")))
    assert waves(made) == [["f71", "f72", "f73"]]


@pytest.mark.parametrize(
    ("one", "other", "touch"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "./src//a.py", True),
        ("src", "src/a.py", True),
        ("src/", "src/deep/a.py", True),
        ("src/deep/a.py", "src/deep", True),
        (".", "anything", True),
        ("src/x/../a.py", "src/a.py", True),
        ("src/a.py", "src/a.pyc", False),
        ("src/a", "src/ab", False),
        ("src/*.py", "src/a.py", False),  # literal, no pattern
        ("Src/a.py", "src/a.py", False),
    ],
)
def test_overlapping_files_are_done_one_after_the_other(one: str, other: str, touch: bool):
    made = plan(flag("f1", "@a.a", related_files=(one,)), flag("f2", "@b.b", related_files=(other,)))
    assert waves(made) == ([["f1"], ["f2"]] if touch else [["f1", "f2"]])


def test_of_two_flags_on_one_file_the_urgent_goes_first_then_the_older():
    files = {"related_files": ("a.py",)}
    urgent = plan(flag("f1", "@a.a", impact_level="low", **files), flag("f2", "@b.b", impact_level="high", **files))
    assert waves(urgent) == [["f2"], ["f1"]]
    older = plan(flag("f1", "@a.a", created_at=later(9), **files), flag("f2", "@b.b", created_at=later(8), **files))
    assert waves(older) == [["f2"], ["f1"]]


def test_a_less_urgent_flag_never_takes_what_an_urgent_one_waits_for():
    made = plan(
        flag("f1", "@a.a", impact_level="high", created_at=later(1)),
        flag("f2", "@a.a", impact_level="high", created_at=later(2), related_files=("x",)),
        flag("f3", "@b.b", impact_level="low", related_files=("x",)),
    )
    assert waves(made) == [["f1"], ["f2"], ["f3"]]


def test_a_child_follows_its_pending_parent_and_is_released_by_its_completion():
    parent = flag("f23", "@service.auth", created_at=later(9))
    child = flag("f47", "@backend.nodejs", chain_origin_id="f23", impact_level="high")
    assert waves(plan(parent, child)) == [["f23"], ["f47"]]
    assert waves(plan(child, completed=(parent,))) == [["f47"]]


def test_a_chain_asks_then_works_then_documents():
    made = plan(
        flag("f1", "@a.a", created_at=later(0)),
        flag("f2", "@docs.specialist", chain_origin_id="f1", created_at=later(1), impact_level="high"),
        flag("f3", "@b.b", chain_origin_id="f1", created_at=later(2)),
        flag("f4", "@c.c", chain_origin_id="f1", created_at=later(3), flag_type="information_request"),
    )
    assert waves(made) == [["f1"], ["f4"], ["f3"], ["f2"]]


def test_a_question_about_documentation_belongs_to_the_documentation():
    made = plan(
        flag("f1", "@a.a"),
        flag("f2", "@docs.specialist", chain_origin_id="f1"),
        flag("f3", "@b.b", chain_origin_id="f2", flag_type="information_request"),
        flag("f4", "@c.c", chain_origin_id="f1"),
    )
    assert waves(made) == [["f1"], ["f4"], ["f2"], ["f3"]]


def test_two_branches_that_each_ask_do_not_wait_for_each_other():
    made = plan(
        flag("f1", "@a.a"),
        flag("f2", "@b.b", chain_origin_id="f1"),
        flag("f3", "@c.c", chain_origin_id="f1"),
        flag("f4", "@d.d", chain_origin_id="f2", flag_type="information_request"),
        flag("f5", "@e.e", chain_origin_id="f3", flag_type="information_request"),
    )
    assert waves(made) == [["f1"], ["f2", "f3"], ["f4", "f5"]]


def test_chains_hold_together_across_a_completed_link():
    made = plan(
        flag("f3", "@docs.specialist", chain_origin_id="f2", impact_level="high"),
        flag("f4", "@b.b", chain_origin_id="f1", impact_level="low"),
        completed=(flag("f1"), flag("f2", chain_origin_id="f1")),
    )
    assert waves(made) == [["f4"], ["f3"]]


def test_what_a_held_flag_waits_on_goes_first():
    asked = flag("f15", "@a.a", impact_level="high")
    other = flag("f16", "@expert.a", impact_level="high")
    ask = question("f27", "f15", impact_level="low", chain_origin_id="f15")
    made = plan(asked, other, ask, held=("f15",))
    assert waves(made) == [["f27"], ["f16"]]
    assert made.held == ("f15",)
    assert made.issues == ()


def test_a_held_flag_is_planned_once_it_has_its_answers():
    asked = flag("f15", "@a.a", impact_level="low")
    urgent = flag("f16", "@a.a", impact_level="high")
    ask = question("f27", "f15")
    assert waves(plan(asked, urgent, held=("f15",), completed=(ask,))) == [["f15"], ["f16"]]
    second = question("f28", "f15")
    assert waves(plan(asked, urgent, second, held=("f15",), completed=(ask,))) == [["f28", "f16"]]


def test_a_held_flag_without_a_question_is_left_to_its_holder():
    made = plan(flag("f1"), flag("f2"), flag("f3", "@b.b", chain_origin_id="f1"), held=("f1",))
    assert waves(made) == [["f2"]]
    assert (made.held, made.blocked) == (("f1",), ("f3",))


def test_general_flags_are_planned_for_anyone_one_at_a_time():
    made = plan(flag("f1", None), flag("f2", None), flag("f3", "@b.b"))
    assert waves(made) == [["f1", "f3"], ["f2"]]


def test_a_team_and_its_members_never_meet_in_a_wave():
    team = {"@team.a": ("@a.a", "@b.b"), "@a.alias": ("@a.a",)}
    made = plan(flag("f1", "@team.a"), flag("f2", "@a.a"), flag("f3", "@a.alias"), flag("f4", "@c.c"), stand_ins=team)
    assert waves(made) == [["f1", "f4"], ["f2"], ["f3"]]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(4, (4, 0, 0)), (5, (1, 2, 2)), (8, (2, 3, 3)), (15, (3, 7, 5)), (1, (1, 0, 0))],
)
def test_many_critical_flags_are_spread(count: int, expected: tuple[int, int, int]):
    flags = [flag(f"f{n:02d}", "@a.a", impact_level="critical", flag_type="breaking_change") for n in range(count)]
    found = list(effective_impacts(flags, {}).values())
    assert tuple(found.count(level) for level in ("critical", "high", "medium")) == expected
    assert all(item.impact_level == "critical" for item in flags)


def test_security_and_data_loss_are_never_lowered():
    flags = [flag(f"f{n}", impact_level="critical", flag_type="breaking_change") for n in range(5)]
    flags += [flag(f"g{n}", impact_level="critical", flag_type="security") for n in range(3)]
    impacts = effective_impacts(flags, {})
    assert [impacts[f"g{n}"] for n in range(3)] == ["critical"] * 3
    assert sorted(impacts[f"f{n}"] for n in range(5)) == ["high", "high", "medium", "medium", "medium"]


def test_what_blocks_most_stays_critical_then_the_oldest():
    flags = [flag(f"f{n}", impact_level="critical", flag_type="breaking_change", created_at=later(n)) for n in range(5)]
    assert effective_impacts(flags, {"f3": 2})["f3"] == "critical"
    assert effective_impacts(flags, {})["f0"] == "critical"


def rollbacks(count: int, **changes: object) -> list[Flag]:
    return [
        flag(
            f"f{n}",
            f"@a.a{n}",
            impact_level="critical",
            flag_type="breaking_change",
            action_required="Rollback the release at once.",
            **changes,
        )
        for n in range(count)
    ]


def test_critical_rollbacks_all_go_at_once():
    made = plan(*rollbacks(5))
    assert made.emergency
    assert [len(wave) for wave in made.waves] == [5]
    assert {step.effective_impact for step in made.waves[0]} == {"critical"}


def test_an_emergency_waives_chains_but_neither_agents_nor_files():
    chained = [flag("f0", "@a.a"), flag("f1", "@b.b", chain_origin_id="f0")]
    assert waves(plan(*chained, emergency=True)) == [["f0", "f1"]]
    assert waves(plan(flag("f0"), flag("f1"), emergency=True)) == [["f0"], ["f1"]]
    shared = [flag("f0", "@a.a", related_files=("x",)), flag("f1", "@b.b", related_files=("x/y",))]
    assert waves(plan(*shared, emergency=True)) == [["f0"], ["f1"]]
    assert waves(plan(flag("f0"), held=("f0",), emergency=True)) == []


def test_one_critical_without_a_rollback_is_no_emergency():
    other = flag("f9", "@z.z", impact_level="critical", flag_type="security")
    made = plan(*rollbacks(5), other)
    assert not made.emergency
    assert [step.effective_impact for step in made.waves[0]].count("critical") == 2
    assert not plan(*rollbacks(4)).emergency


def test_three_recorded_cycles_are_a_timeout():
    late = flag("f1", "@slow.agent")
    assert plan(late, cycles=(("f1",),) * 2).issues == ()
    (issue,) = plan(late, cycles=(("f1",), ("f1", "f2"), ("f2",), ("f1",))).issues
    assert (issue.kind, issue.ids) == ("timeout", ("f1",))
    assert "investigate @slow.agent" in issue.text
    assert plan(late, cycles=(("f1", "f1", "f1"),)).issues == ()


def test_a_held_flag_does_not_time_out():
    late = flag("f1", "@slow.agent")
    assert plan(late, question("f2", "f1"), held=("f1",), cycles=(("f1",),) * 3).issues == ()


def test_a_circle_is_an_issue_and_is_not_planned():
    made = plan(
        flag("f1", "@a.a", chain_origin_id="f2"),
        flag("f2", "@b.b", chain_origin_id="f1"),
        flag("f3", "@c.c", chain_origin_id="f2"),
        flag("f4", "@d.d"),
    )
    assert waves(made) == [["f4"]]
    assert [(issue.kind, issue.ids) for issue in made.issues] == [("circular", ("f1", "f2"))]
    assert made.blocked == ("f3",)


def test_a_completed_link_breaks_a_circle():
    made = plan(flag("f1", chain_origin_id="f2"), completed=(flag("f2", chain_origin_id="f1"),))
    assert (waves(made), made.issues) == ([["f1"]], ())


def test_the_next_cycle_counts_the_recorded_ones():
    assert plan(cycles=((), ())).next_cycle == 3


@pytest.mark.parametrize("origin", [lambda n: None, lambda n: "f00000" if n else None, lambda n: f"f{n - 1:05d}"])
def test_three_thousand_flags_are_planned_at_once(origin: Callable[[int], str | None]):
    many = [flag(f"f{n:05d}", "@a.a", created_at=later(n % 3600), chain_origin_id=origin(n)) for n in range(3000)]
    assert len(plan(*many).waves) == 3000


# -- over random situations ---------------------------------------------------------------------

IDS = [f"f{n}" for n in range(14)]
AGENTS = [None, *(f"@a.a{n}" for n in range(8)), "@docs.a", "@docs.b", "@team.a", "@x.x", "@y.y"]
PATHS = ["a", "a/b", "a/b/c", "./a/b", "d", "d/e", "f//g", "f/g", "."]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    count = draw(st.integers(0, len(IDS)))
    flags = []
    for name in IDS[:count]:
        kind = draw(st.sampled_from(FLAG_TYPES))
        asked = draw(st.none() | st.sampled_from(IDS))
        flags.append(
            flag(
                name,
                draw(st.sampled_from(AGENTS)),
                flag_type=kind,
                impact_level=draw(st.sampled_from(IMPACT_LEVELS)),
                related_files=tuple(draw(st.lists(st.sampled_from(PATHS), max_size=2))),
                chain_origin_id=draw(st.none() | st.sampled_from(IDS)),
                re=asked if asked != name else None,
                created_at=later(draw(st.integers(0, 3))),
            )
        )
    done = {name for name in IDS[:count] if draw(st.integers(0, 4)) == 0}
    pending = [item for item in flags if item.id not in done]
    return Situation(
        flags=pending,
        held=frozenset(item.id for item in pending if draw(st.integers(0, 4)) == 0),
        waiting=waiting_of(pending, [item for item in flags if item.id in done]),
        origins={item.id: item.chain_origin_id for item in flags},
        cycles=draw(st.lists(st.lists(st.sampled_from(IDS), max_size=6), max_size=5)),
        recorded=draw(st.integers(0, 9)),
        stand_ins={"@team.a": ("@a.a0", "@a.a1")},
    )


def touching(one: Flag, other: Flag) -> bool:
    def below(inner: str, outer: str) -> bool:
        return outer == "." or inner == outer or inner.startswith(outer + "/")

    pairs = itertools.product(
        (posixpath.normpath(path) for path in one.related_files),
        (posixpath.normpath(path) for path in other.related_files),
    )
    return any(below(a, b) or below(b, a) for a, b in pairs)


def actors(item: Flag, situation: Situation) -> set[str | None]:
    return {item.target_agent, *situation.stand_ins.get(item.target_agent or "", ())}


@examples(400)
@given(situations(), st.booleans())
def test_promises_hold_everywhere(situation: Situation, emergency: bool):
    made = make_plan(situation, emergency=emergency)
    where = {step.flag.id: number for number, wave in enumerate(made.waves) for step in wave}
    scheduled = [step.flag for wave in made.waves for step in wave]
    circular = {name for issue in made.issues if issue.kind == "circular" for name in issue.ids}
    pending = {item.id: item for item in situation.flags}

    assert len(where) == len(scheduled), "a flag is scheduled once"
    assert all(made.waves), "no wave is empty"
    assert all(len(wave) <= 10 for wave in made.waves)
    left_out = set(made.held) | set(made.blocked) | (set() if made.emergency else circular)
    assert left_out | where.keys() == pending.keys()
    for item in situation.flags:
        if item.id in situation.held and item.id not in situation.waiting.answered:
            assert item.id not in where, "held and unanswered"
    for wave in made.waves:
        for one, other in itertools.combinations([step.flag for step in wave], 2):
            assert actors(one, situation).isdisjoint(actors(other, situation))
            assert not touching(one, other)
    if made.emergency:
        return
    for item in scheduled:
        parent = item.chain_origin_id
        if parent in pending and item.re is None:
            assert where.get(parent, 99) < where[item.id], "a child follows its parent"


@examples(200)
@given(situations())
def test_the_urgent_of_two_that_cannot_meet_goes_first(situation: Situation):
    chainless = [item for item in situation.flags if item.chain_origin_id is None]
    chainless = [item for item in chainless if item.id not in situation.origins.values() and not item.re]
    made = make_plan(situation)
    if made.emergency:
        return
    where = {step.flag.id: number for number, wave in enumerate(made.waves) for step in wave}
    impact = {step.flag.id: step.effective_impact for wave in made.waves for step in wave}
    plain = [item for item in chainless if item.id in where and item.id not in situation.waiting.answered]
    for one, other in itertools.permutations(plain, 2):
        if touching(one, other) or not actors(one, situation).isdisjoint(actors(other, situation)):
            order = [(IMPACT_RANK[impact[item.id]], item.created_at, item.id) for item in (one, other)]
            assert (order[0] < order[1]) == (where[one.id] < where[other.id])


@examples(200)
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(situation: Situation, chance: random.Random):
    flags = list(situation.flags)
    chance.shuffle(flags)
    origins = list(situation.origins.items())
    chance.shuffle(origins)
    mixed = Situation(
        flags=flags,
        held=situation.held,
        waiting=situation.waiting,
        origins=dict(origins),
        cycles=[sorted(cycle, reverse=True) for cycle in situation.cycles],
        recorded=situation.recorded,
        stand_ins=situation.stand_ins,
    )
    assert repr(make_plan(mixed)) == repr(make_plan(situation))


@given(st.integers(5, 400))
def test_the_spread_adds_up(count: int):
    flags = [flag(f"f{n}", impact_level="critical", flag_type="breaking_change") for n in range(count)]
    found = list(effective_impacts(flags, {}).values())
    critical = -(-count // 5)
    high = 7 * (count - critical) // 12
    assert [found.count(level) for level in IMPACT_LEVELS] == [critical, high, count - critical - high, 0]


@given(st.lists(st.sampled_from(PATHS)), st.sampled_from(PATHS))
def test_a_footprint_agrees_with_comparing_all(claimed: list[str], path: str):
    prints = Footprint()
    prints.claim(claimed)
    expected = touching(flag("f1", related_files=tuple(claimed)), flag("f2", related_files=(path,)))
    assert prints.touches([path]) == expected
    assert normal_path(normal_path(path)) == normal_path(path)
