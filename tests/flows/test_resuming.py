"""Going on where work stopped: what is held, what is new, limits, and answers that name the next step."""

from __future__ import annotations

import pytest
from repositories import Work

WEB, API = "@frontend.web", "@backend.api"


@pytest.fixture
def held(work: Work) -> str:
    """A flag that the agent of this worktree holds."""
    flag_id = work.raise_flag(impact_level="high")
    work.commit("raise", ".flags")
    work.flaggit("lock", flag_id, agent=WEB)
    return flag_id


def test_new_work_is_handed_out_and_what_is_held_is_said(work: Work, held: str) -> None:
    other = work.raise_flag(impact_level="low")
    answer = work.flaggit("next", "--lock", "--json", agent=WEB).json
    assert (answer["data"]["id"], [item["id"] for item in answer["held"]]) == (other, [held])


def test_where_nothing_is_new_it_says_what_is_held(work: Work, held: str) -> None:
    answer = work.flaggit("next", "--lock", agent=WEB, status=1)
    assert f"You hold {held} since " in answer.out
    assert f", and can go on with it: `flaggit show {held}`" in answer.out
    work.flaggit("ask", held, "Which field is it?", agent=WEB)
    assert "can go on" not in work.flaggit("next", "--lock", agent=WEB, status=1).out
    assert [item["id"] for item in work.flaggit("next", "--lock", "--json", agent=WEB, status=1).json["held"]] == [held]


def test_resume_gives_the_oldest_that_can_be_gone_on_with(work: Work, held: str) -> None:
    second = work.raise_flag()
    work.flaggit("lock", second, agent=WEB)
    assert work.flaggit("next", "--resume", "--json", agent=WEB).data["id"] == held
    question = work.flaggit("ask", held, "Which field?", "--json", agent=WEB).data["id"]
    answer = work.flaggit("next", "--resume", "--json", agent=WEB).json
    assert (answer["data"]["id"], answer["held"][0]["waiting_on"]) == (second, [question])
    work.flaggit("complete", second, agent=WEB)
    empty = work.flaggit("next", "--resume", agent=WEB, status=1)
    assert f"which waits on the answer to {question}" in empty.out
    work.flaggit("answer", question, "This one.", agent=API)
    assert "This one." in work.flaggit("next", "--resume", agent=WEB).out


def test_of_locks_of_one_second_the_most_urgent_is_gone_on_with(work: Work) -> None:
    ids = [work.raise_flag(impact_level=level) for level in ("low", "medium", "high", "low")]
    work.flaggit("lock", *ids, agent=WEB)
    held = work.flaggit("next", "--lock", "--json", agent=WEB, status=1).json["held"]
    assert held == [ids[2], ids[1], *sorted((ids[0], ids[3]))]
    assert work.flaggit("next", "--resume", "--json", agent=WEB).data["id"] == ids[2]


def test_with_nothing_held_resume_names_the_next_step(work: Work) -> None:
    answer = work.flaggit("next", "--resume", agent=WEB, status=1)
    assert "`flaggit next --lock` takes new work" in answer.out
    assert work.flaggit("next", "--resume", "--lock", "--json", agent=WEB, status=2).json["code"] == "usage"


def test_as_many_as_may_be_held_are_the_limit_and_a_lock_by_hand_only_warns(work: Work, held: str) -> None:
    others = [work.raise_flag() for _ in range(2)]
    work.flaggit("next", "--lock", agent=WEB)
    question = work.flaggit("ask", held, "Which field?", "--json", agent=WEB).data["id"]
    refused = work.flaggit("next", "--lock", agent=WEB, status=1)
    assert f"{held} (waits on the answer to {question})" in refused.err and "--resume" in refused.err
    taken = next(flag for flag in others if work.flaggit("show", flag, "--json").data["locked"])
    second = work.flaggit("ask", taken, "And here?", "--json", agent=WEB).data["id"]
    refused = work.flaggit("next", "--lock", agent=WEB, status=1)
    assert f"`flaggit wait {question} {second} --any`" in refused.err  # --resume would hand out nothing
    free = next(flag for flag in others if not work.flaggit("show", flag, "--json").data["locked"])
    assert "lock.max" in work.flaggit("lock", free, agent=WEB).err
    work.flaggit("complete", *others, held, agent=WEB)
    work.raise_flag()
    work.flaggit("next", "--lock", agent=WEB)  # what is completed is held no longer


def test_an_own_lock_that_ran_out_is_taken_anew(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock", flag_id, "--ttl", "1s", agent=WEB)
    while work.flaggit("show", flag_id, "--json").data["locked"]:
        pass
    answer = work.flaggit("next", "--resume", agent=WEB)
    assert flag_id in answer.out and "it is yours again" in answer.err
    assert work.flaggit("show", flag_id, "--json").data["locked_by"] == WEB


@pytest.mark.parametrize("option", ["--lock", "--resume"])
def test_a_lock_that_another_took_is_reported(work: Work, option: str) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    far = work.worktree("far")
    work.flaggit("lock", flag_id, agent=WEB)
    far.flaggit("lock", flag_id, "--steal", "--reason", "It crashed.", agent=WEB)
    answer = work.flaggit("next", option, agent=WEB, status=1)
    assert f"The lock of {flag_id} was yours" in answer.err


@pytest.mark.parametrize("line", ["next --lock", "lock NEW", "complete NEW", "unlock OLD", "locks", "sync"])
def test_locks_of_merged_work_are_freed_in_a_clone_without_a_remote(work: Work, line: str) -> None:
    first, second, third = work.raise_flag(), work.raise_flag(), work.raise_flag()
    work.commit("raise")
    web = work.worktree("web")
    for flag_id in (first, second):
        web.flaggit("lock", flag_id, agent=WEB)
        web.flaggit("complete", flag_id, "--commit", agent=WEB)
    work.git("merge", "-q", "web")
    words = [{"NEW": third, "OLD": second}.get(word, word) for word in line.split()]
    web.flaggit(*words, agent=WEB)
    refs = work.git("for-each-ref", "--format=%(refname)", "refs/heads/flags/lock").split()
    assert not [ref for ref in refs if ref.endswith((first, second))], refs


def test_with_both_usual_branches_nobody_can_say_which_is_the_base(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("branch", "master")
    work.git("config", "init.defaultBranch", "trunk")
    web = work.worktree("web")
    web.flaggit("lock", flag_id, agent=WEB)
    web.flaggit("complete", flag_id, "--commit", agent=WEB)
    work.git("merge", "-q", "web")
    web.flaggit("locks", agent=WEB)
    assert work.git("for-each-ref", "refs/heads/flags/lock")


def test_what_is_done_elsewhere_waits_for_merge(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-q", "-c", "done")
    work.flaggit("complete", flag_id, "--commit", agent=WEB)
    work.git("switch", "-q", "main")
    assert f"done by {WEB} on done, waits for merge" in work.flaggit("show", flag_id).out
    assert "waits for merge" in work.flaggit("next", "--explain", agent=WEB, status=1).out
    assert "waits for merge" in work.flaggit("lock", flag_id, agent=WEB, status=4).err


def test_an_empty_answer_names_the_one_next_step(work: Work) -> None:
    far = work.worktree("far")
    flag_id = far.raise_flag()
    far.commit("raise")
    out = work.flaggit("next", "--lock", agent=WEB, status=1).out
    assert f"{flag_id} is not in this branch: `git merge far`, or `flaggit next --ahead --lock`." in out
    work.git("merge", "-q", "far")
    question = work.flaggit("ask", flag_id, "Which?", "--json", agent=WEB).data["id"]
    out = work.flaggit("next", "--lock", agent=WEB, status=1).out
    assert f"{flag_id} waits on the answer to {question}." in out


def test_a_branch_whose_name_cannot_be_typed_safely_is_not_named(work: Work) -> None:
    far = work.worktree("far", branch="x;touch${IFS}owned")
    far.raise_flag()
    far.commit("raise")
    out = work.flaggit("next", "--lock", agent=WEB, status=1).out
    assert "touch" not in out and "`flaggit next --ahead --lock`" in out


@pytest.mark.parametrize("words", [["inbox"], ["next"], ["outbox"], ["prime"], ["lock", "FLAG"]])
def test_a_misspelt_agent_is_named_with_the_one_that_was_meant(work: Work, words: list[str]) -> None:
    flag_id = work.raise_flag()
    line = [flag_id if word == "FLAG" else word for word in words]
    answer = work.flaggit(*line, "@frontend.wbe", status=None)
    assert "There is no agent @frontend.wbe; did you mean @frontend.web?" in answer.err
