"""Completing and reopening: who may, what is written, what is refused; withdrawing what no commit holds."""

from __future__ import annotations

import pytest
from repositories import Work

WEB = "@frontend.web"


def complete(work: Work, flag_id: str, *more: str, agent: str | None = WEB, status: int = 0):
    return work.flaggit("complete", flag_id, *more, "--json", agent=agent, status=status)


def test_completing_writes_one_file_and_stages_it(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.write("src/client.ts", "dirty\n")
    answer = complete(work, flag_id, "--note", "Not applicable to my module")
    assert answer.data[0]["completed_by"] == WEB and answer.data[0]["resolution"] == "done"
    assert answer.data[0]["actionable"] is False and answer.data[0]["completed_on"]["kind"] == "here"
    assert sorted(work.git("status", "--porcelain").splitlines()) == [
        " M src/client.ts",
        f"A  .flags/done/{flag_id}.yaml",
    ]
    shown = work.flaggit("show", flag_id, "--json").data
    assert (shown["status"], shown["completion_notes"]) == ("completed", "Not applicable to my module")
    assert work.flaggit("inbox", WEB, "--json").data == []


def test_the_commit_carries_the_trailer_and_nothing_else(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.write("README.md", "staged\n")
    work.git("add", "README.md")
    complete(work, flag_id, "--commit")
    assert work.git("log", "-1", "--format=%(trailers:key=Completes-Flag,valueonly)").strip() == flag_id
    assert work.git("show", "--format=", "--name-only") == f".flags/done/{flag_id}.yaml"
    assert work.git("status", "--porcelain") == "M  README.md"


def test_a_repeat_changes_nothing_and_another_is_told_who_was_first(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    complete(work, flag_id, "--commit")
    head = work.git("rev-parse", "HEAD")
    again = complete(work, flag_id, "--commit")
    assert again.data[0]["already"] is True and work.git("rev-parse", "HEAD") == head
    refused = complete(work, flag_id, agent="@backend.queue", status=4)
    assert (refused.json["code"], refused.json["completed_by"]) == ("already_completed", WEB)


def test_a_stranger_needs_force_and_a_reason(work: Work) -> None:
    flag_id = work.raise_flag()
    assert complete(work, flag_id, agent="@backend.queue", status=4).json["code"] == "not_target"
    assert complete(work, flag_id, "--force", agent="@backend.queue", status=2).json["code"] == "usage"
    forced = complete(work, flag_id, "--force", "--reason", "web is on leave", agent="@backend.queue")
    assert "web is on leave" in forced.data[0]["completion_notes"]


def test_the_target_is_implied_and_said(work: Work) -> None:
    flag_id = work.raise_flag()
    answer = complete(work, flag_id, agent=None)
    assert (answer.data[0]["completed_by"], answer.data[0]["actor_source"]) == (WEB, "implied")


def test_a_teams_member_completes_and_a_general_flag_is_anyones(work: Work) -> None:
    team = work.raise_flag(target="@team.platform")
    general = work.raise_flag(target=None)
    assert complete(work, team, agent="@backend.queue").data[0]["completed_by"] == "@backend.queue"
    assert complete(work, general, agent=None, status=2).json["code"] == "no_identity"
    assert complete(work, general, agent="@backend.queue").data[0]["resolution"] == "done"


def test_withdrawing_a_committed_flag_completes_it(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    answer = complete(work, flag_id, agent="@backend.api")
    assert answer.data[0]["resolution"] == "withdrawn"
    assert complete(work, work.raise_flag(), "--as", "withdrawn", status=4).json["code"] == "not_target"


def test_withdrawing_what_no_commit_holds_leaves_no_trace(work: Work) -> None:
    flag_id = work.raise_flag()
    answer = complete(work, flag_id, agent="@backend.api")
    assert answer.data[0]["removed"] is True
    assert work.git("status", "--porcelain") == "" and not (work.path / ".flags/frontend.web").exists()
    work.flaggit("show", flag_id, status=3)


def test_superseded_names_the_other(work: Work) -> None:
    old, new = work.raise_flag(), work.raise_flag()
    assert complete(work, old, "--as", "superseded", status=2).json["code"] == "usage"
    assert complete(work, old, "--by", old, status=2).json["code"] == "usage"
    assert complete(work, old, "--by", new[:6]).data[0]["superseded_by"] == new


def test_several_are_judged_before_any_is_written(work: Work) -> None:
    mine, other = work.raise_flag(), work.raise_flag(target="@backend.queue")
    answer = complete(work, mine, other, "zzzzzz2", status=4)
    assert [item["code"] for item in answer.json["violations"]] == ["not_target", "unknown_flag"]
    assert not (work.path / ".flags/done").exists()
    assert len(complete(work, mine, work.raise_flag()).data) == 2


def test_a_flag_held_by_another_is_a_conflict_even_forced(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    other = work.worktree("other")
    other.flaggit("lock", flag_id, agent=WEB)
    for more in ((), ("--force", "--reason", "now")):
        refused = complete(work, flag_id, *more, status=4)
        assert (refused.json["code"], refused.json["holder"]) == ("locked_by_other", WEB)
    assert work.git("status", "--porcelain") == ""
    assert complete(other, flag_id).data[0]["status"] == "completed"


def test_a_flag_of_another_branch_is_completed_here(work: Work) -> None:
    other = work.worktree("other")
    flag_id = other.raise_flag()
    other.commit("raise")
    complete(work, flag_id, "--commit")
    work.git("merge", "-q", "--no-edit", "other")
    assert work.flaggit("show", flag_id, "--json").data["status"] == "completed"


@pytest.mark.parametrize("committed", [True, False])
def test_reopening(work: Work, committed: bool) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    complete(work, flag_id, *(["--commit"] if committed else []))
    assert work.flaggit("reopen", flag_id, "--json", agent="@backend.queue", status=4).json["code"] == "not_target"
    data = work.flaggit("reopen", flag_id, "--reason", "The retry is back.", "--json", agent="@backend.api").data
    assert data["status"] == "pending"
    assert "The retry is back." in work.flaggit("show", flag_id).out
    names = work.git("diff", "--cached", "--name-status").splitlines()
    assert (f"D\t.flags/done/{flag_id}.yaml" in names) is committed
    assert work.flaggit("reopen", flag_id, "--json", agent=WEB, status=4).json["code"] == "not_completed"


def test_a_reason_that_cannot_be_stored_reopens_nothing(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    complete(work, flag_id, "--commit")
    for reason in ("bad \x1b[31m", " "):
        work.flaggit("reopen", flag_id, "--reason", reason, agent=WEB, status=2)
        assert work.git("status", "--porcelain") == ""
    assert work.flaggit("reopen", flag_id, "--json", agent=WEB).data["actionable"] is True


def test_reopening_needs_the_file_here(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    other = work.worktree("other")
    complete(other, flag_id)
    assert work.flaggit("reopen", flag_id, "--json", agent=WEB, status=4).json["code"] == "not_here"


def test_merging_the_base_into_a_stacked_branch_after_a_squash_is_clean(work: Work) -> None:
    work.git("switch", "-qc", "parent")
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-qc", "child")
    complete(work, flag_id, "--commit")
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--squash", "parent")
    work.commit("squashed")
    work.git("switch", "-q", "child")
    work.git("merge", "-q", "--no-edit", "main")
    assert work.flaggit("show", flag_id, "--json").data["status"] == "completed"


def test_an_emptied_folder_keeps_git_from_seeing_a_rename(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    complete(work, flag_id, "--commit")
    work.flaggit("reopen", flag_id, agent=WEB)
    assert (work.path / ".flags/done/.keep").exists()
    assert "A  .flags/done/.keep" in work.git("status", "--porcelain")
