"""The older system's lock protocol: one holder, questions that are waited for, who may let go and complete."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from repositories import LONG_ACTION, Work


def planned(work: Work) -> list[list[str]]:
    """Return the ids of each wave that `plan` would start now."""
    waves = work.flaggit("plan", "--json").data["waves"]
    return [[flag["id"] for flag in wave["flags"]] for wave in waves]


def test_the_six_steps(work: Work) -> None:
    original = work.raise_flag()
    mine = "@frontend.web"

    locked = work.flaggit("lock-flag", original, mine).json
    assert list(locked) == ["success", "flag_id", "locked", "holder", "expires"]
    assert (locked["locked"], locked["holder"]) == (True, mine)

    question = work.flaggit(
        "create-flag",
        *("--flag_type", "information_request", "--source_agent", mine, "--target_agent", "@backend.queue"),
        *("--change_description", f"Need clarification on FLAG #{original}: does the job id survive a retry?"),
        *("--action_required", LONG_ACTION, "--impact_level", "high"),
    ).json
    assert question["re"] == original
    (row,) = work.flaggit("get-agent-flags", mine).json
    assert (row["locked"], row["hint"], row["locked_by"]) == (True, "skip", mine)
    assert row["waiting_on"] == [question["flag_id"]]

    assert planned(work) == [[question["flag_id"]]]

    early = work.flaggit("unlock-flag", original, mine).json
    assert early["warnings"][0]["code"] == "open_question"
    assert early["warnings"][0]["ids"] == [question["flag_id"]]
    work.flaggit("lock-flag", original, mine)

    answer = work.flaggit(
        "create-flag",
        *("--flag_type", "change", "--source_agent", "@backend.queue", "--target_agent", mine),
        *("--change_description", f"Answer on FLAG #{question['flag_id']}: the job id is the same after each retry."),
        *("--action_required", LONG_ACTION),
    ).json
    assert answer["re"] == question["flag_id"]
    work.flaggit("complete-flag", question["flag_id"], "@backend.queue")
    assert work.flaggit("get-agent-flags", mine).json[0]["waiting_on"] == []

    assert [original] in planned(work)[:2]

    unlocked = work.flaggit("unlock-flag", original, mine).json
    assert unlocked == {"success": True, "flag_id": original, "locked": False}
    done = work.flaggit("complete-flag", original, mine).json
    assert (done["success"], done["completed_by"]) == (True, mine)


def test_without_an_agent_the_target_is_meant_all_the_way(work: Work) -> None:
    flag_id = work.raise_flag()
    locked = work.flaggit("lock-flag", flag_id).json
    assert (locked["holder"], locked["actor_source"]) == ("@frontend.web", "implied")
    work.flaggit("unlock-flag", flag_id)
    assert work.flaggit("complete-flag", flag_id, "@frontend.web").json["success"]


def test_the_holder_renews_and_nobody_else_gets_it(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock-flag", flag_id, "@frontend.web", "--ttl", "1h")
    assert work.flaggit("lock-flag", flag_id, "@frontend.web").json["already"] is True
    refusal = work.flaggit("lock-flag", flag_id, "@backend.queue", status=4).json
    assert refusal["code"] == "locked_by_other"
    assert refusal["holder"] == "@frontend.web" and refusal["expires"]
    elsewhere = work.flaggit("lock-flag", flag_id, "@frontend.web", env={"FLAGGIT_SESSION": "another"}, status=4)
    assert elsewhere.json["code"] == "locked_by_other"


def lock_long_ago(work: Work, flag_id: str, agent: str) -> None:
    """Take a lock as it would have been taken ten hours ago, so that it is over by now."""
    from flaggit.clone.session import Session
    from flaggit.git.repo import find_repo
    from flaggit.locks.holding import acquire

    session = Session(find_repo(str(work.path)), now=time.time() - 36_000)
    acquire(session, [flag_id], session.get_actor(agent))


def test_only_the_holder_lets_go_until_the_lock_has_expired(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock-flag", flag_id, "@frontend.web")
    refusal = work.flaggit("unlock-flag", flag_id, "@backend.queue", status=4).json
    assert refusal["code"] == "not_holder"
    work.flaggit("unlock-flag", flag_id, "@frontend.web")
    lock_long_ago(work, flag_id, "@frontend.web")
    assert work.flaggit("unlock-flag", flag_id, "@backend.queue").json["locked"] is False
    again = work.flaggit("unlock-flag", flag_id, "@backend.queue").json
    assert again["already"] is True


def test_another_is_freed_with_force_and_a_reason(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock-flag", flag_id, "@frontend.web")
    assert work.flaggit("unlock-flag", flag_id, "@backend.queue", "--force", status=2).json["code"] == "usage"
    reply = work.flaggit("unlock-flag", flag_id, "@backend.queue", "--force", "--reason", "its agent is gone").json
    assert reply["success"]


def test_a_locked_flag_is_not_completed_by_another_and_stays_as_it_was(work: Work) -> None:
    flag_id = work.raise_flag(target="@backend.queue")
    work.flaggit("lock-flag", flag_id, "@frontend.web")
    before = work.git("status", "--porcelain"), work.git("for-each-ref")
    for agent in ("@backend.queue", "@backend.api", "@team.platform"):
        refusal = work.flaggit("complete-flag", flag_id, agent, status=4).json
        assert refusal["code"] == "locked_by_other" and refusal["holder"] == "@frontend.web"
    assert (work.git("status", "--porcelain"), work.git("for-each-ref")) == before


def test_the_holder_completes_and_keeps_the_lock(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock-flag", flag_id, "@frontend.web")
    assert work.flaggit("complete-flag", flag_id, "@frontend.web").json["success"]
    assert work.git("for-each-ref", f"refs/heads/flags/lock/{flag_id}")


def test_a_completed_flag_is_not_locked(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("complete-flag", flag_id, "@frontend.web")
    assert work.flaggit("lock-flag", flag_id, "@frontend.web", status=4).json["code"] == "already_completed"


def test_an_expired_lock_reads_as_none(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock-flag", flag_id, "@frontend.web")
    assert work.flaggit("get-workable-flags").json == []
    work.flaggit("unlock-flag", flag_id, "@frontend.web")
    lock_long_ago(work, flag_id, "@frontend.web")
    (row,) = work.flaggit("get-agent-flags", "@frontend.web").json
    assert (row["locked"], row["lock_expired"], row["hint"]) == (False, True, "review")
    assert work.flaggit("get-workable-flags").json[0]["workable_flags"] == 1
    findings = work.flaggit("doctor", "--json", status=None).data
    assert any(flag_id in finding["ids"] for finding in findings)


def test_worktrees_see_each_others_locks(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    other = work.worktree("other")
    work.flaggit("lock-flag", flag_id, "@frontend.web")
    (row,) = other.flaggit("get-agent-flags", "@frontend.web").json
    assert row["locked_by"] == "@frontend.web"
    assert other.flaggit("lock-flag", flag_id, "@frontend.web", status=4).json["code"] == "locked_by_other"


def test_of_twenty_at_once_one_gets_the_lock(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")

    def race(number: int) -> int:
        line = [sys.executable, "-m", "flaggit", "lock-flag", flag_id, f"@racer.n{number}"]
        return subprocess.run(line, cwd=work.path, capture_output=True).returncode

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(race, range(20)))
    assert sorted(statuses) == [0] + [4] * 19


def test_of_twenty_at_once_one_completes(work: Work) -> None:
    flag_id = work.raise_flag(target=None)
    work.commit("raise")

    def race(number: int) -> int:
        line = [sys.executable, "-m", "flaggit", "complete-flag", flag_id, f"@racer.n{number}"]
        return subprocess.run(line, cwd=work.path, capture_output=True).returncode

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(race, range(20)))
    assert sorted(statuses) == [0] + [4] * 19


def test_of_one_agents_twenty_at_once_all_are_told_that_it_is_done(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")

    def race(number: int):
        answer = work.flaggit("complete-flag", flag_id, "@frontend.web", "--notes", str(number))
        return answer.json

    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(race, range(20)))
    (first,) = [reply for reply in replies if "already" not in reply]
    assert {(reply["completed_at"], reply["notes"]) for reply in replies} == {(first["completed_at"], first["notes"])}


def test_two_clones_of_one_remote_share_the_lock(work: Work, tmp_path) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    work.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    work.git("clone", "-q", str(tmp_path / "hub.git"), str(tmp_path / "far"))
    far = Work(tmp_path / "far")
    assert work.flaggit("lock-flag", flag_id, "@frontend.web").json["locked"] is True
    refusal = far.flaggit("lock-flag", flag_id, "@backend.queue", status=4).json
    assert (refusal["code"], refusal["holder"]) == ("locked_by_other", "@frontend.web")
    work.flaggit("unlock-flag", flag_id, "@frontend.web")
    assert far.flaggit("lock-flag", flag_id, "@backend.queue").json["holder"] == "@backend.queue"


def test_a_lock_that_stays_in_this_clone_says_so(work: Work, tmp_path) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("remote", "add", "origin", str(tmp_path / "gone.git"))
    answer = work.flaggit("lock-flag", flag_id, "@frontend.web", "--offline")
    assert (answer.json["success"], answer.json["state"]) == (True, "local")
    assert answer.err
