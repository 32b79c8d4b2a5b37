"""What commits say of flags beside the files: merges that changed what nobody meant to change."""

from __future__ import annotations

import pytest

from flaggit.checking.evidence import check_merges, judge_merged
from flaggit.git.history import Commit, Touch

PATH = ".flags/frontend.web/k7m2q0x.yaml"


@pytest.mark.parametrize(
    ("path", "parents", "result", "code"),
    [
        (PATH, ("a", "a"), "b", "changed_in_merge"),
        (PATH, ("a", ""), "b", "misplaced_edit"),
        (PATH, ("", "a"), "b", "misplaced_edit"),
        (PATH, ("a", "b"), "c", ""),  # a merge of two versions
        (PATH, ("a", "a"), "a", ""),
        (PATH, ("a", ""), "a", ""),
        (PATH, ("a", "a"), "", ""),
        (PATH, ("", ""), "b", ""),
        (".flags/done/k7m2q0x.yaml", ("a", "a"), "b", ""),
        ("src/a.ts", ("a", "a"), "b", ""),
    ],
)
def test_a_merge_has_something_to_merge(path: str, parents: tuple[str, ...], result: str, code: str) -> None:
    found = judge_merged(path, parents, result, "The merge abc")
    assert (found.code if found else "") == code
    if found:
        assert (found.rule, found.path, found.ids) == ("F038", PATH, ("k7m2q0x",))
        assert found.level == ("warning" if code == "changed_in_merge" else "error")
        assert found.message.startswith("The merge abc changed")


def commit(oid: str, parents: str, *touched: Touch) -> Commit:
    return Commit(oid, tuple(parents), "A", "a@x", 0, "Merge", touched)


def test_a_merge_is_not_asked_about_what_a_later_commit_mended() -> None:
    merge = commit("f" * 40, "12", Touch(PATH, "M", ("a", "a"), "b", "100644"))
    (found,) = check_merges([merge])
    assert "The merge ffffff" in found.message
    mend = commit("e" * 40, "f", Touch(PATH, "M", ("b",), "a", "100644"))
    assert list(check_merges([mend, merge])) == []
    assert len(list(check_merges([merge, mend]))) == 1
    assert list(check_merges([mend])) == []
