"""The first lines of a review, each by what makes it appear; and which findings and flags fail one."""

from __future__ import annotations

import pytest
from review_samples import HEAD, flag, sample_report

from flaggit.core.model import Completion, Flag, Lock, Problem
from flaggit.core.record import replace
from flaggit.reviewing.report import Claim, HeldPaths, NearbyFlag, Report, ReviewedFlag
from flaggit.reviewing.unflagged import Unflagged
from flaggit.reviewing.verdict import debts_of, findings_of, outcome_of, some, verdict_lines

NOTHING = dict.fromkeys(
    ("flags", "nearby", "locks", "held_paths", "chains", "unflagged", "stale", "claims", "vouching", "vouched"), ()
)
ERROR = Problem("F004", "bad_type", "x")
FORGED = Problem("F036", "forged_author", "x")
WARNING = Problem("F006", "too_short", "x", "warning")
UNTOLD = Problem("F035", "unflagged", "x", "warning")


def report(*findings: Problem, **changes: object) -> Report:
    return sample_report(**{**NOTHING, "findings": findings, **changes})


def only(made: Report) -> str:
    """The one line that follows the decision."""
    first, line = verdict_lines(made)
    assert outcome_of(made) == ("merge" if first == "Can be merged." else "look")
    return line


def reviewed(item: Flag, *steps: str, **changes: object) -> ReviewedFlag:
    values = {"path": f".flags/x/{item.id}.yaml", "steps": steps, "pending": "completed" not in steps, **changes}
    return ReviewedFlag(item, **values)


def ids(count: int) -> list[str]:
    return [f"a00000{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("findings", "line"),
    [
        ((), "Can be merged."),
        ((WARNING,), "Can be merged; 1 warning."),
        ((WARNING, UNTOLD, Problem("F035", "unflagged", "x", "note")), "Can be merged; 2 warnings."),
        ((ERROR,), "Should not be merged: 1 error in the store's files."),
        ((ERROR, WARNING, ERROR), "Should not be merged: 2 errors in the store's files."),
        ((FORGED,), "Should not be merged: 1 claim of authorship contradicted by the commits."),
        (
            (FORGED, ERROR, FORGED),
            "Should not be merged: 1 error in the store's files; 2 claims of authorship contradicted by the commits.",
        ),
    ],
)
def test_the_decision(findings: tuple[Problem, ...], line: str) -> None:
    made = report(*findings)
    assert verdict_lines(made) == [line]
    assert made.failed is line.startswith("Should not")


def test_critical_flags_fail_a_review_where_the_gate_is_on() -> None:
    critical = [flag(name, impact_level="critical") for name in ids(3)]
    flags = (
        reviewed(critical[0], "raised"),
        reviewed(critical[1], "completed"),
        reviewed(flag("b000000"), "raised"),
    )
    nearby = (NearbyFlag(critical[2], "p", ()), NearbyFlag(flag("c000000"), "p", ()))
    made = report(flags=flags, nearby=nearby, gate="critical")
    assert [item.id for item in made.gated] == ["a000000", "a000002"]
    assert made.failed
    told = "Should not be merged: 2 critical flags pending (a000000, a000002)."
    assert verdict_lines(made)[0] == told
    made = report(ERROR, flags=flags, gate="critical")
    assert verdict_lines(made)[0] == (
        "Should not be merged: 1 error in the store's files; 1 critical flag pending (a000000)."
    )
    made = report(flags=flags, nearby=nearby, gate="off")
    assert (made.gated, made.failed, outcome_of(made)) == ((), False, "look")
    assert verdict_lines(made)[0] == (
        "Look first: 1 critical flag left pending (a000000), which `gate: critical` in .flags/config.yaml would stop."
    )


def test_debts_are_what_is_raised_or_reopened_and_pending_the_most_urgent_first() -> None:
    made = report(
        flags=(
            reviewed(flag("a000001", impact_level="low", target_agent="@a.low"), "raised"),
            reviewed(flag("a000002", impact_level="medium", target_agent="@b.two"), "raised", "changed"),
            reviewed(flag("a000003", impact_level="low", target_agent="@b.two"), "reopened"),
            reviewed(flag("a000004", impact_level="medium", target_agent="@c.one"), "raised"),
            reviewed(flag("a000005", impact_level="medium", target_agent="@a.one"), "raised"),
            reviewed(flag("a000006", impact_level="critical", target_agent=None), "raised"),
            reviewed(flag("a000007", target_agent="@x.done"), "raised", "completed"),
            reviewed(flag("a000008", target_agent="@x.edited"), "changed"),
        )
    )
    assert debts_of(made) == [
        ("anyone", ["critical"]),
        ("@b.two", ["medium", "low"]),
        ("@a.one", ["medium"]),
        ("@c.one", ["medium"]),
        ("@a.low", ["low"]),
    ]
    assert verdict_lines(made)[1] == (
        "Owed from now on: anyone 1 critical, @b.two 2 (1 medium, 1 low), @a.one 1 medium, @c.one 1 medium,"
        " @a.low 1 low."
    )


def claim(name: str, handle: str, verdict: str = "mismatch") -> Claim:
    return Claim(name, "p", "source_agent", handle, verdict, HEAD, "A <a@x>", "It says so.")


def test_authorship() -> None:
    claims = (claim("a000001", "@a.b"), claim("a000001", "@a.b"), claim("a000002", "@c.d", "unverified"))
    assert only(report(claims=claims)) == "Not done by whom it says: a000001 (named: @a.b)."
    assert verdict_lines(report(claims=claims[2:])) == ["Can be merged."]


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ((".flags/config.yaml",), "settings"),
        ((".flags/catalog.yaml",), "catalog"),
        ((".flags/catalog.d/x.yaml", ".flags/config.yaml"), "catalog and the settings"),
    ],
)
def test_a_range_does_not_vouch_for_itself(files: tuple[str, ...], what: str) -> None:
    told = f"Changes the {what}: judged by what was there before, so that it cannot vouch for itself."
    assert only(report(vouching=files)) == told
    told = f"Changes the {what} and vouches for itself (@a.b): judged by what was before."
    assert only(report(vouching=files, vouched=("@a.b",))) == told


def test_completions() -> None:
    done = Completion("a000001", "@a.b", "2026-11-24T09:00:00Z")
    touched = reviewed(flag("a000001"), "completed", completion=done, touched_in_range=("src/orders/client.ts",))
    assert only(report(flags=(touched,))) == "Completes 1 flag."
    blind = reviewed(flag("a000002"), "completed", completion=done)
    told = "Completes 2 flags; nothing of the related files changes for a000002."
    assert only(report(flags=(touched, blind))) == told
    assert not touched.completes_untouched and blind.completes_untouched
    for other in (
        replace(blind, steps=("raised",)),
        replace(blind, completion=None),
        replace(blind, completion=replace(done, resolution="withdrawn")),
        replace(blind, flag=replace(blind.flag, related_files=())),
    ):
        assert not other.completes_untouched


def test_who_was_not_told() -> None:
    plain = Unflagged("@a.b", ("x",), (), True, "flaggit create")
    faced = Unflagged("@c.d", ("x",), ("x",), True, "flaggit create")
    told = "Not told, although their files change: @a.b, @c.d (interfaces)."
    assert only(report(unflagged=(plain, faced))) == told


def lock(name: str, holder: str) -> Lock:
    return Lock(name, holder, "i", "t", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z")


def test_surroundings() -> None:
    locks = (lock("a000001", "@a.b"), lock("a000002", "@c.d"), lock("a000003", "@a.b"))
    assert only(report(locks=locks)) == "3 flags held by @a.b, @c.d."
    held = (HeldPaths(lock("", "@a.b"), ("x", "y")), HeldPaths(lock("", "@c.d"), ("y", "z")))
    assert only(report(held_paths=held)) == "3 paths locked by @a.b, @c.d."
    nearby = (
        NearbyFlag(flag("a000001"), "p", ("x",)),
        NearbyFlag(flag("a000002"), "p", ("x",), mine=True),
        NearbyFlag(flag("a000003"), "p", ()),
        NearbyFlag(flag("a000004"), "p", (), mine=True),
        NearbyFlag(flag("a000005"), "p", ("x",)),
    )
    told = "2 pending flags for others about files that change here; 2 pending flags of the authors' own left open."
    assert only(report(nearby=nearby)) == told
    assert only(report(nearby=nearby[:1], locks=locks[:1])) == (
        "1 flag held by @a.b; 1 pending flag for others about files that change here."
    )
    assert verdict_lines(report(nearby=nearby[2:3])) == ["Can be merged."]


def test_at_most_six_lines_and_five_names() -> None:
    whole = sample_report(vouching=(".flags/config.yaml",))
    assert len(verdict_lines(whole)) == 6
    assert some(ids(5)) == "a000000, a000001, a000002, a000003, a000004"
    assert some(ids(6)) == "a000000, a000001, a000002, a000003, a000004 and 1 more"
    assert some(ids(3), 1) == "a000000 and 2 more"
    assert some([]) == ""


def test_findings_leave_out_what_has_a_list_of_its_own() -> None:
    failing = Problem("F035", "unflagged", "x", "error")
    made = report(ERROR, UNTOLD, failing, WARNING)
    assert findings_of(made) == [ERROR, failing, WARNING]
    assert made.failing == (ERROR, failing)


def test_lists_of_flags_are_in_order() -> None:
    low, high = flag("a000001", impact_level="low"), flag("a000002", impact_level="high")
    younger = replace(high, created_at="2026-11-24T14:00:00Z")
    same = replace(high, id="a000003")
    assert [reviewed(item, "raised").order for item in (high, same, younger, low)] == sorted(
        reviewed(item, "raised").order for item in (low, younger, same, high)
    )
    about, area = NearbyFlag(low, "p", ("x",)), NearbyFlag(high, "p", ())
    assert sorted([area, about], key=lambda item: item.order) == [about, area]
    made = report(flags=(reviewed(low, "raised", "noted"), reviewed(high, "noted")))
    assert [item.flag.id for item in made.doing("raised")] == ["a000001"]
    assert [item.flag.id for item in made.doing("noted")] == ["a000001", "a000002"]


def test_what_a_person_has_to_see_first_is_said_before_that_it_can_be_merged() -> None:
    removed = NearbyFlag(flag("b000001"), "p", ("src/a.ts",), removed=("src/a.ts",))
    told = "Look first: files are deleted that a pending flag names: b000001."
    assert verdict_lines(report(nearby=(removed,)))[0] == told
    assert outcome_of(report(nearby=(removed,))) == "look"
    assert outcome_of(report(ERROR, nearby=(removed,))) == "stop"
    assert outcome_of(report()) == "merge"
