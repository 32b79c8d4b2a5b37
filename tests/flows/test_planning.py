"""``flaggit plan`` in real repositories: what it reads, what it records, what it says."""

from __future__ import annotations

import os
import subprocess
import sys

from repositories import Work


def waves(work: Work, *options: str) -> list[list[str]]:
    return [[step["id"] for step in wave["flags"]] for wave in work.flaggit("plan", "--json", *options).data["waves"]]


def test_a_plan_names_agents_and_ids_and_never_what_flags_say(work: Work):
    first = work.raise_flag(change_description="A secret sentence that no plan has any business to show.")
    second = work.raise_flag(target="@backend.queue")
    third = work.raise_flag(created_at="2026-11-23T15:00:00Z")
    answer = work.flaggit("plan")
    lines = answer.out.splitlines()
    assert lines[0] == "3 flags in 2 waves."
    assert lines[1].startswith("1. invoke in parallel: @")
    assert lines[2] == f"2. invoke @frontend.web ({third})"
    assert first in lines[1] and second in lines[1]
    assert "secret" not in answer.out


def test_json_has_the_promised_shape(work: Work):
    flag_id = work.raise_flag(impact_level="high")
    assert work.flaggit("plan", "--json").json == {
        "schema": "flaggit.plan/1",
        "data": {
            "waves": [
                {
                    "flags": [
                        {
                            "id": flag_id,
                            "target_agent": "@frontend.web",
                            "flag_type": "change",
                            "impact_level": "high",
                            "effective_impact": "high",
                        }
                    ]
                }
            ],
            "issues": [],
            "next_cycle": 1,
        },
        "warnings": [],
    }


def test_text_has_at_most_five_lines_after_its_header(work: Work):
    for number in range(9):
        for agent in ("@frontend.web", "@backend.queue"):
            work.raise_flag(target=agent, created_at=f"2026-11-23T14:00:0{number}Z")
    lines = work.flaggit("plan").out.splitlines()
    assert len(lines) == 6
    assert lines[-1].startswith("5 more")


def test_flags_for_one_agent_after_the_other_share_a_line(work: Work):
    ids = [work.raise_flag(created_at=f"2026-11-23T14:00:0{number}Z") for number in range(6)]
    _, line, more = work.flaggit("plan").out.splitlines()
    assert line == "1-4. invoke " + " then ".join(f"@frontend.web ({flag_id})" for flag_id in ids[:4])
    assert more.startswith("2 more")


def test_an_empty_store_has_an_empty_plan(work: Work):
    answer = work.flaggit("plan")
    assert answer.out == "Nothing to plan: no pending flag is free.\n"
    assert waves(work) == []


def test_recording_touches_neither_work_tree_nor_branches(work: Work):
    work.raise_flag()
    work.commit("raise")
    before = work.git("status", "--porcelain"), work.git("for-each-ref", "refs/heads"), work.git("rev-parse", "HEAD")
    assert work.flaggit("plan", "--record", "--json").data["next_cycle"] == 2
    assert work.flaggit("plan", "--json").data["next_cycle"] == 2
    after = work.git("status", "--porcelain"), work.git("for-each-ref", "refs/heads"), work.git("rev-parse", "HEAD")
    assert before == after
    assert work.git("ls-tree", "refs/flaggit/plan") == ""
    assert work.git("log", "-1", "--format=%s", "refs/flaggit/plan") == "Plan cycle 1"
    assert work.git("fsck", "--strict") == ""


def test_reading_a_plan_writes_nothing(work: Work):
    work.raise_flag()
    refs = work.git("for-each-ref")
    work.flaggit("plan")
    work.flaggit("plan", "--emergency")
    assert work.git("for-each-ref") == refs


def test_three_recorded_cycles_are_a_timeout_and_two_are_none(work: Work):
    flag_id = work.raise_flag()
    for _ in range(2):
        work.flaggit("plan", "--record")
    assert work.flaggit("plan", "--json").data["issues"] == []
    work.flaggit("plan", "--record")
    (issue,) = work.flaggit("plan", "--json").data["issues"]
    assert (issue["kind"], issue["ids"]) == ("timeout", [flag_id])
    assert "investigate @frontend.web" in issue["text"]
    assert "investigate @frontend.web" in work.flaggit("plan").out.splitlines()[0]


def test_cycles_recorded_at_the_same_time_all_count(work: Work):
    work.raise_flag()
    argv = [sys.executable, "-m", "flaggit", "plan", "--record"]
    running = [subprocess.Popen(argv, cwd=work.path, env=os.environ, stdout=-3, stderr=-3) for _ in range(6)]
    assert [process.wait() for process in running] == [0] * 6
    assert work.flaggit("plan", "--json").data["next_cycle"] == 7
    assert work.git("rev-list", "--count", "refs/flaggit/plan") == "6"


def test_a_damaged_record_is_read_as_far_as_it_goes(work: Work):
    work.raise_flag()
    tree = work.git("mktree", input="")
    commit = work.git("commit-tree", tree, "-m", "whatever\n\nCycle: many\nnot-an-id\n")
    work.git("update-ref", "refs/flaggit/plan", commit)
    assert work.flaggit("plan", "--json").data["next_cycle"] == 2


def test_the_same_bytes_in_any_locale_zone_and_hash_seed(work: Work):
    root = work.raise_flag()
    for number in range(6):
        work.raise_flag(target=f"@backend.a{number}", related_files=("src/",), chain_origin_id=root)
    seen = set()
    for seed, zone, locale in (("0", "UTC", "C"), ("1", "Asia/Tokyo", "C.UTF-8"), ("77", "America/Lima", "POSIX")):
        env = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        seen.add(work.flaggit("plan", "--json", env=env).out + work.flaggit("plan", env=env).out)
    assert len(seen) == 1


def test_flags_of_other_worktrees_and_branches_are_planned_and_completed_ones_are_not(work: Work):
    here = work.raise_flag(created_at="2026-11-23T14:00:00Z")
    work.commit("raise", ".flags")
    other = work.worktree("other")
    there = other.raise_flag(created_at="2026-11-23T15:00:00Z")
    assert waves(work) == [[here], [there]]
    other.flaggit("complete", here, "--force", "--reason", "seen", agent="@frontend.web")
    assert waves(work) == [[there]]


def test_a_team_and_its_member_are_not_sent_at_once(work: Work):
    work.raise_flag(source="@frontend.web", target="@team.platform")
    work.raise_flag(source="@frontend.web", target="@backend.queue")
    assert [len(wave) for wave in waves(work)] == [1, 1]


def test_a_completed_question_is_its_answer(work: Work):
    asked = work.raise_flag(impact_level="low")
    work.raise_flag(impact_level="high")
    question = work.raise_flag(
        source="@frontend.web", target="@backend.queue", flag_type="information_request", re=asked
    )
    work.flaggit("lock", asked, agent="@frontend.web")
    assert waves(work)[0][0] == question
    assert all(asked not in wave for wave in waves(work))
    work.flaggit("complete", question, agent="@backend.queue")
    assert waves(work)[0] == [asked]


def test_a_plan_works_in_a_bare_repository_and_a_subdirectory(work: Work):
    flag_id = work.raise_flag()
    work.commit("raise", ".flags")
    assert work.flaggit("plan", "--json", cwd="src").data["waves"]
    bare = Work(work.path.parent / "bare.git")
    work.git("clone", "-q", "--bare", ".", str(bare.path))
    assert waves(bare) == [[flag_id]]


def test_the_lock_protocol_as_the_plan_sees_it(work: Work):
    """Lock, ask, have it answered, go on, let go, complete: who is sent at each step."""
    asked = work.raise_flag(source="@backend.api", target="@frontend.web")
    work.flaggit("lock-flag", asked, "@frontend.web")
    line = ["create-flag", "--flag_type", "information_request", "--source_agent", "@frontend.web"]
    line += ["--target_agent", "@backend.queue", "--impact_level", "high"]
    line += ["--change_description", f"Need clarification on FLAG #{asked}: how long does a job id stay valid?"]
    line += ["--action_required", "Please provide the time for which a job can be polled, and what comes after it." * 2]
    question = work.flaggit(*line).json["flag_id"]
    assert waves(work) == [[question]]
    work.flaggit("answer", question, "A day; after that the job answers 410.", agent="@backend.queue")
    first, *rest = waves(work)
    assert first[0] == asked
    assert question not in [flag_id for wave in (first, *rest) for flag_id in wave]
    work.flaggit("unlock-flag", asked, "@frontend.web")
    assert waves(work)[0][0] == asked
    done = work.flaggit("complete-flag", asked, "@frontend.web").json
    assert done["completed_by"] == "@frontend.web"
    assert asked not in [flag_id for wave in waves(work) for flag_id in wave]


def test_the_successor_is_sent_for_a_retired_agent(work: Work):
    first = work.raise_flag(target="@backend.queue")
    for _ in range(3):
        work.flaggit("plan", "--record")
    work.flaggit("agents", "retire", "@backend.queue", "--replaced-by", "@backend.api")
    header, wave = work.flaggit("plan").out.splitlines()
    assert wave == f"1. invoke @backend.api ({first})"
    assert f"investigate @backend.api: {first}" in header
    assert work.flaggit("plan", "--json").data["waves"][0]["flags"][0]["target_agent"] == "@backend.queue"
