"""Asking, answering, handing on and back, noting and editing."""

from __future__ import annotations

import subprocess
import sys

from repositories import LONG_ACTION, LONG_CHANGE, Work

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"


def test_a_question_and_its_answer(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    question = work.flaggit("ask", flag_id, "Does the id survive a retry?", "--json", agent=WEB).data
    assert (question["flag_type"], question["re"], question["target_agent"]) == ("information_request", flag_id, API)
    assert work.flaggit("show", flag_id, "--json").data["waiting_on"] == [question["id"]]
    answer = work.flaggit("answer", question["id"], "Yes, for 24 hours.", "--json", agent=API).data
    assert (answer["re"], answer["target_agent"], answer["completed"]["id"]) == (question["id"], WEB, question["id"])
    shown = work.flaggit("show", flag_id, "--json").data
    assert shown["waiting_on"] == []
    assert work.flaggit("show", question["id"], "--json").data["answers"] == [answer["id"]]
    assert "24 hours" in work.flaggit("inbox", WEB).out


def test_only_questions_are_answered(work: Work) -> None:
    answer = work.flaggit("answer", work.raise_flag(), "Yes.", "--json", agent=WEB, status=2)
    assert answer.json["code"] == "usage"


def test_redirecting_keeps_the_chain(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    data = work.flaggit(
        "redirect", flag_id, "--to", QUEUE, "--reason", "The worker does that.", "--json", agent=WEB
    ).data
    assert (data["target_agent"], data["source_agent"], data["chain_origin_id"]) == (QUEUE, API, flag_id)
    old = work.flaggit("show", flag_id, "--json").data
    assert (old["resolution"], old["superseded_by"]) == ("superseded", data["id"])
    assert [row["id"] for row in work.flaggit("inbox", QUEUE, "--json").data] == [data["id"]]
    assert "The worker does that." in work.flaggit("show", data["id"]).out
    assert {row["id"] for row in work.flaggit("chain", data["id"], "--json").data} == {flag_id, data["id"]}


def test_bouncing_hands_back_to_the_source(work: Work) -> None:
    flag_id = work.raise_flag()
    data = work.flaggit("bounce", flag_id, "--reason", "Says nothing about errors.", "--json", agent=WEB).data
    assert (data["target_agent"], data["source_agent"]) == (API, WEB)
    own = work.flaggit("bounce", work.raise_flag(), "--reason", "x", "--json", agent=API, status=2)
    assert own.json["code"] == "usage"


def test_a_refused_redirect_leaves_nothing_behind(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    refused = work.flaggit("redirect", flag_id, "--to", QUEUE, "--json", agent=QUEUE, status=4)
    assert refused.json["code"] == "not_target"
    assert work.git("status", "--porcelain") == ""
    assert len(work.flaggit("list", "--json").data) == 1


def test_any_text_may_come_on_standard_input(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    assert work.flaggit("note", flag_id, "-", "--json", agent=WEB, input="Piped.\n").data["text"] == "Piped."
    assert work.flaggit("ask", flag_id, "-", "--json", agent=WEB, input="Why?").data["change_description"] == "Why?"
    edited = work.flaggit("edit", flag_id, "--change", "-", "--json", agent=API, input=LONG_CHANGE + " And more.").data
    assert edited["change_description"].endswith(" And more.")
    data = work.flaggit("complete", flag_id, "--note", "-", "--json", agent=WEB, input="Done so.").data
    assert data[0]["completion_notes"] == "Done so."


def test_standard_input_gives_one_text_and_has_to_be_text(work: Work) -> None:
    both = work.flaggit("create", "--change", "-", "--action", "-", "--json", agent=API, status=2, input="x")
    assert both.json["code"] == "usage" and "--change and --action" in both.json["error"]
    command = [sys.executable, "-m", "flaggit", "note", work.raise_flag(), "-", "--json"]
    done = subprocess.run(command, cwd=work.path, input=b"\xff\xfe", capture_output=True)
    assert done.returncode == 2 and b"UTF-8" in done.stdout


def test_notes_are_files_of_their_own(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("note", flag_id, "The staging cluster\nhas it.", agent=QUEUE)
    work.flaggit("note", flag_id, "Mine too.", agent=WEB)
    notes = work.flaggit("show", flag_id, "--json").data["discussion"]
    assert sorted(note["author"] for note in notes) == [QUEUE, WEB]
    assert work.flaggit("note", flag_id, "  ", "--json", agent=WEB, status=2).json["code"] == "missing"


def test_editing_leaves_every_other_byte_alone(work: Work) -> None:
    flag_id = work.raise_flag()
    path = f".flags/frontend.web/{flag_id}.yaml"
    before = work.read(path).replace('impact_level: "medium"', 'impact_level: "medium"  # said the lead')
    before = before.replace("change_description:", "# a comment that stays\nchange_description:")
    work.write(path, before)
    work.git("add", path)
    work.commit("raise")
    data = work.flaggit("edit", flag_id, "--impact", "high", "--notes", "Twice the load.", "--json", agent=API).data
    assert data["changed"] == ["impact_level", "notes"]
    after = work.read(path)
    assert after.replace('"high"', '"medium"').replace('\nnotes: "Twice the load."\n', "") == before
    work.flaggit("edit", flag_id, "--notes", "", agent=API)
    assert "notes" not in work.read(path)


def test_edits_are_judged_and_only_by_whom_it_concerns(work: Work) -> None:
    flag_id = work.raise_flag()
    assert work.flaggit("edit", flag_id, "--change", "short", "--json", agent=API, status=2).json["code"] == "too_short"
    refused = work.flaggit("edit", flag_id, "--impact", "critical", "--json", agent=API, status=2)
    assert refused.json["code"] == "critical_not_allowed"
    assert (
        work.flaggit("edit", flag_id, "--impact", "low", "--json", agent=QUEUE, status=4).json["code"] == "not_target"
    )
    assert work.flaggit("edit", flag_id, "--json", agent=API, status=2).json["code"] == "usage"
    same = work.flaggit("edit", flag_id, "--change", LONG_CHANGE, "--action", LONG_ACTION, "--json", agent=WEB)
    assert same.data["changed"] == []


def test_editing_needs_the_file_here_and_a_pending_flag(work: Work) -> None:
    other = work.worktree("other")
    elsewhere = other.raise_flag()
    assert work.flaggit("edit", elsewhere, "--impact", "low", "--json", agent=API, status=4).json["code"] == "not_here"
    flag_id = work.raise_flag()
    work.flaggit("complete", flag_id, agent=WEB)
    done = work.flaggit("edit", flag_id, "--impact", "low", "--json", agent=API, status=4)
    assert done.json["code"] == "already_completed"
