"""What a range does to a flag, by which of its files changed how."""

from __future__ import annotations

import pytest
from review_samples import flag

from flaggit.core.model import Completion
from flaggit.core.path_set import PathSet
from flaggit.core.record import replace
from flaggit.git.changes import Change
from flaggit.git.history import Commit, Touch
from flaggit.reviewing.effects import Side, compare, group_changes, review_flags, work_of
from flaggit.reviewing.report import ReviewedFlag

ID = "k7m2q0x"
FLAG = f".flags/frontend.web/{ID}.yaml"
OTHER_FOLDER = f".flags/backend.queue/{ID}.yaml"
DONE = f".flags/done/{ID}.yaml"
NOTE = f".flags/notes/{ID}-20261123T140000Z-abcd.yaml"
HERE = flag(ID)
DONE_BY = Completion(ID, "@frontend.web", "2026-11-24T10:00:00Z")
EMPTY = Side({}, {})
PENDING = Side({ID: HERE}, {})
COMPLETED = Side({ID: HERE}, {ID: DONE_BY})


def added(path: str) -> Change:
    return Change(path, "A", "", "100644", None, b"x")


def changed(path: str) -> Change:
    return Change(path, "M", "100644", "100644", b"x", b"y")


def deleted(path: str) -> Change:
    return Change(path, "D", "100644", "", b"x", None)


def review(
    changes: list[Change], base: Side, head: Side, commits: tuple[Commit, ...] = (), paths: tuple[str, ...] = ()
) -> ReviewedFlag:
    (made,) = review_flags(group_changes(changes), base, head, work_of(commits, ".flags/"), PathSet(paths))
    return made


@pytest.mark.parametrize(
    ("changes", "base", "head", "steps", "pending"),
    [
        ([added(FLAG)], EMPTY, PENDING, ("raised",), True),
        ([added(FLAG), added(DONE)], EMPTY, COMPLETED, ("raised", "completed"), False),
        ([changed(FLAG)], PENDING, Side({ID: replace(HERE, notes="x")}, {}), ("changed",), True),
        ([changed(FLAG)], PENDING, PENDING, (), True),
        ([deleted(FLAG), added(OTHER_FOLDER)], PENDING, PENDING, ("changed",), True),
        ([added(DONE)], PENDING, COMPLETED, ("completed",), False),
        ([changed(DONE)], COMPLETED, Side({ID: HERE}, {ID: replace(DONE_BY, notes="x")}), ("changed",), False),
        ([deleted(DONE)], COMPLETED, PENDING, ("reopened",), True),
        ([deleted(FLAG), deleted(DONE)], COMPLETED, EMPTY, ("pruned",), False),
        ([deleted(FLAG)], PENDING, EMPTY, ("deleted",), False),
        ([added(NOTE)], PENDING, PENDING, ("noted",), True),
        ([changed(NOTE)], PENDING, PENDING, (), True),
    ],
)
def test_steps(changes: list[Change], base: Side, head: Side, steps: tuple[str, ...], pending: bool) -> None:
    made = review(changes, base, head)
    assert (made.steps, made.pending) == (steps, pending)
    assert made.is_left == (pending and bool({"raised", "reopened"} & set(steps)))
    assert made.is_gone == bool({"pruned", "deleted"} & set(steps))


def commit(oid: str, *touched: tuple[str, str]) -> Commit:
    touches = tuple(Touch(path, status, ("",), "", "100644") for status, path in touched)
    return Commit(oid, (), "Ann", "ann@example.org", 0, "Work", touches)


def test_the_commit_that_completes_is_the_newest_that_adds_the_completion() -> None:
    related = "src/orders/client.ts"
    newer = commit("2" * 40, ("A", DONE), ("M", related))
    older = commit("1" * 40, ("A", DONE), ("M", "src/other.ts"))
    made = review([added(DONE)], PENDING, COMPLETED, (newer, older), (related,))
    assert (made.completed_in, made.touched, made.touched_in_range) == ("2" * 40, (related,), (related,))
    assert not made.completes_untouched
    merged = commit("3" * 40, ("M", DONE), ("A", "src/added.ts"))
    made = review([added(DONE)], PENDING, COMPLETED, (merged, older), ("src/other.ts",))
    assert (made.completed_in, made.touched, made.touched_in_range) == ("1" * 40, (), ())
    assert made.completes_untouched
    reverted = review([added(DONE)], PENDING, COMPLETED, (newer, older))  # both ends have the same file
    assert (reverted.touched, reverted.touched_in_range) == ((related,), (related,))
    closed = Side({ID: HERE}, {ID: replace(DONE_BY, resolution="not_applicable")})
    assert not review([added(DONE)], PENDING, closed).completes_untouched


def test_related_files_that_the_head_lacks() -> None:
    groups, gone = group_changes([added(FLAG)]), frozenset({"src/orders/client.ts"})
    assert [
        made.missing
        for missing in (gone, frozenset())
        for made in review_flags(groups, EMPTY, PENDING, work_of((), ".flags/"), PathSet(()), missing)
    ] == [("src/orders/client.ts",), ()]


def test_what_is_completed_and_pruned_between_both_ends_is_pruned() -> None:
    commits = (commit("2" * 40, ("D", FLAG), ("D", DONE)), commit("1" * 40, ("A", DONE)))
    assert review([deleted(FLAG)], PENDING, EMPTY, commits).steps == ("pruned",)


def test_the_path_is_the_flag_s_own_where_it_has_one() -> None:
    assert review([added(DONE), changed(FLAG)], PENDING, COMPLETED).path == FLAG
    assert review([deleted(FLAG), added(OTHER_FOLDER)], PENDING, PENDING).path == OTHER_FOLDER
    assert review([added(DONE)], PENDING, COMPLETED).path == DONE
    assert review([deleted(DONE), deleted(FLAG)], COMPLETED, EMPTY).path == FLAG


def test_only_files_about_a_flag_are_grouped() -> None:
    paths = (FLAG, DONE, NOTE, ".flags/catalog.yaml", ".flags/frontend.web/readme.yaml", "src/x.ts")
    (group,) = group_changes(map(changed, paths)).values()
    assert [kind for kind, _ in group] == ["flag", "completion", "note"]
    assert review_flags(group_changes([added(FLAG)]), EMPTY, EMPTY, work_of((), ".flags/"), PathSet(())) == []


def test_edits_are_of_fields_that_differ() -> None:
    edits = compare({"a": "1", "b": ["x", "y"], "c": "2"}, {"a": "1", "b": ["x"], "d": 3})
    assert [(edit.field, edit.before, edit.after) for edit in edits] == [
        ("b", "x, y", "x"),
        ("c", "2", None),
        ("d", None, "3"),
    ]
