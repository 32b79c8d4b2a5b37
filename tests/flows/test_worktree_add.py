"""``flaggit worktree add``, sessions beside a worktree's token, and what other tools call things."""

from __future__ import annotations

import pytest
from repositories import Work

WEB, API = "@frontend.web", "@backend.api"


def test_a_worktree_of_its_own_in_one_step(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("setup", "claude")
    data = work.flaggit("worktree", "add", "../web", WEB, "--json").data
    assert (data["branch"], data["agent"], data["clients"]) == ("web", WEB, ["claude"])
    web = Work(work.path.parent / "web")
    assert web.git("branch", "--show-current") == "web"
    assert web.flaggit("iam", "--json").data["agent"] == WEB
    assert web.flaggit("next", "--lock", "--json").data["id"] == flag_id
    assert web.flaggit("setup", "claude", "--check").status == 0
    assert not (web.path / ".codex").exists()
    assert work.flaggit("iam", status=2).err  # who works here is another matter


def test_it_begins_where_it_is_told_and_goes_on_with_a_branch(work: Work) -> None:
    first = work.git("rev-parse", "HEAD")
    work.commit("more")
    work.flaggit("worktree", "add", "../old", WEB, "--from", first)
    assert Work(work.path.parent / "old").git("rev-parse", "HEAD") == first
    work.git("branch", "there")
    work.flaggit("worktree", "add", "../there", API)
    assert Work(work.path.parent / "there").git("branch", "--show-current") == "there"
    work.git("branch", "third")
    refused = work.flaggit("worktree", "add", "../third", API, "--from", first, "--json", status=2)
    assert refused.json["code"] == "usage"


def test_gits_refusal_is_told_and_nothing_is_left(work: Work) -> None:
    (work.path.parent / "full").mkdir()
    (work.path.parent / "full" / "file").write_text("x")
    refused = work.flaggit("worktree", "add", "../full", WEB, "--json", status=5)
    assert refused.json["code"] == "git_failed" and "already exists" in refused.json["error"]
    assert work.flaggit("worktree", "add", "../web", "WEB", "--json", status=2).json["code"] == "bad_handle"
    assert not (work.path.parent / "web").exists()


def test_a_session_is_added_to_the_worktree_and_never_replaces_it(work: Work) -> None:
    first, second = work.raise_flag(), work.raise_flag()
    work.commit("raise")
    far = work.worktree("far")
    session = {"FLAGGIT_SESSION": "orchestrated"}
    work.flaggit("lock", first, agent=WEB, env=session)
    taken = far.flaggit("lock", first, "--json", agent=WEB, env=session, status=4)
    assert taken.json["code"] == "locked_by_other"
    assert work.flaggit("lock", first, "--json", agent=WEB, status=4).json["code"] == "locked_by_other"
    assert work.flaggit("lock", first, agent=WEB, env=session).status == 0
    assert work.flaggit("--session", "orchestrated", "unlock", first, agent=WEB).status == 0
    work.flaggit("lock", second, "--session", "helper-1", agent=WEB)
    assert work.flaggit("lock", second, "--session", "helper-2", agent=WEB, status=4).err


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("done", "complete"),
        ("close", "complete"),
        ("claim", "next --lock"),
        ("comment", "note"),
        ("reply", "answer"),
        ("ready", "next"),
        ("status", "overview"),
        ("assign", "redirect"),
        ("new", "create"),
    ],
)
def test_what_other_tools_call_it_leads_by_meaning(work: Work, word: str, meant: str) -> None:
    assert f"Did you mean `flaggit {meant}`?" in work.flaggit(word, "x", status=2).err


def test_a_misspelt_command_leads_by_spelling_and_groups_have_help(work: Work) -> None:
    assert "`flaggit inbox`" in work.flaggit("inbx", status=2).err
    assert "agents search" in work.flaggit("agents", "--help").out
    assert "hooks install" in work.flaggit("help", "hooks").out
    assert work.flaggit("help", "nope", status=2).err
