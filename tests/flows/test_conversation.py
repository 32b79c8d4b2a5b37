"""Asking, answering, handing on and back, noting and editing."""

from __future__ import annotations

import subprocess
import sys

from repositories import LONG_ACTION, LONG_CHANGE, Work

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"


def ask(work: Work, about: str, text: str = "Does the id survive a retry?", *words: str, agent: str = WEB) -> str:
    question: str = work.flaggit("ask", about, text, *words, "--json", agent=agent).data["id"]
    return question


def discussion(work: Work, flag_id: str) -> list[dict]:
    return work.flaggit("show", flag_id, "--json").data["discussion"]


def test_a_question_needs_no_commit_of_its_own(work: Work) -> None:
    asked = work.flaggit("ask", work.raise_flag(), "Which field is it?", agent=WEB)
    assert "Staged: commit it with whatever comes next; this clone sees it already." in asked.err


def test_a_question_and_its_answer_are_two_files_and_stand_on_the_flag(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    before = set(work.git("ls-files", ".flags").split())
    question = work.flaggit("ask", flag_id, "Does the id survive a retry?", "--json", agent=WEB).data
    assert (question["flag_type"], question["re"], question["target_agent"]) == ("information_request", flag_id, API)
    shown = work.flaggit("show", flag_id, "--json", agent=WEB).data
    assert (shown["waiting_on"], shown["actionable"]) == ([question["id"]], False)
    assert shown["discussion"][0]["state"] == "open"
    assert "Does the id survive" in work.flaggit("show", flag_id).out

    answer = work.flaggit("answer", question["id"], "Yes, for 24 hours.", "--json", agent=API).data
    assert (answer["id"], answer["resolution"], answer["completion_notes"]) == (
        question["id"],
        "done",
        "Yes, for 24 hours.",
    )
    shown = work.flaggit("show", flag_id, "--json", agent=WEB).data
    assert (shown["waiting_on"], shown["actionable"]) == ([], True)
    (said,) = shown["discussion"]
    assert (said["state"], said["answer"]["author"], said["answer"]["text"]) == ("answered", API, "Yes, for 24 hours.")
    assert "Yes, for 24 hours." in work.flaggit("next", agent=WEB).out
    assert len(set(work.git("ls-files", ".flags").split()) - before) == 2


def test_completing_a_question_with_a_note_is_answering_it(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id)
    work.flaggit("complete", question, "--note", "Yes.", agent=API)
    assert discussion(work, flag_id)[0]["answer"]["text"] == "Yes."


def test_a_question_shows_what_it_is_about_its_text_once_and_how_to_answer(work: Work) -> None:
    flag_id = work.raise_flag()
    out = work.flaggit("show", ask(work, flag_id)).out
    assert f"about {flag_id}: POST /orders" in out and out.count("survive a retry") == 1
    assert "flaggit answer" in out


def test_the_asker_hears_of_it_while_the_flag_is_its_work_and_seven_days_else(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id)
    work.flaggit("answer", question, "Yes.", agent=API)
    told = work.flaggit("inbox", "--json", agent=WEB).json["answers"]
    assert [(item["id"], item["about"], item["text"]) for item in told] == [(question, flag_id, "Yes.")]
    assert f"{question}  about {flag_id}, answered by {API}" in work.flaggit("inbox", agent=WEB).out
    assert "answers" not in work.flaggit("inbox", "--json", agent=API).json
    path = f".flags/done/{question}.yaml"
    stamp = work.read(path).split('completed_at: "')[1][:20]
    work.write(path, work.read(path).replace(stamp, "2026-01-01T00:00:00Z"))
    assert "answers" in work.flaggit("inbox", "--json", agent=WEB).json  # the flag is pending and its own
    work.flaggit("complete", flag_id, agent=WEB)
    assert "answers" not in work.flaggit("inbox", "--json", agent=WEB).json


def test_only_its_workers_questions_hold_a_flag(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    other = ask(work, flag_id, agent=QUEUE)
    assert work.flaggit("show", flag_id, "--json", agent=WEB).data["actionable"]
    assert work.flaggit("next", "--json", agent=WEB).data["id"] == flag_id
    assert discussion(work, flag_id)[0]["id"] == other
    work.worktree("far").flaggit("lock", flag_id, agent=QUEUE)  # whoever holds it waits for its own
    assert work.flaggit("show", flag_id, "--json", agent=WEB).data["waiting_on"] == [other]


def test_the_older_way_of_answering_is_a_flag_back(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id)
    texts = ["--change", LONG_CHANGE, "--action", LONG_ACTION]
    work.flaggit("create", "--type", "change", "--to", WEB, "--re", question, *texts, agent=QUEUE)  # was not asked
    assert work.flaggit("show", flag_id, "--json").data["waiting_on"] == [question]
    work.flaggit("create", "--type", "change", "--to", WEB, "--re", question, *texts, agent=API)
    (said,) = discussion(work, flag_id)
    assert (said["state"], said["answer"]["author"]) == ("answered", API)


def test_a_flag_number_of_what_was_asked_about_answers_the_one_open_question(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id)
    line = ["create-flag", "--flag_type", "change", "--source_agent", API, "--target_agent", WEB, "--action_required"]
    line += [LONG_ACTION, "--change_description", f"Re FLAG #{flag_id}: yes, the id stays valid for 24 hours after."]
    assert work.flaggit(*line).json["re"] == question
    ask(work, flag_id, "And the job?")
    ask(work, flag_id, "And the queue?")
    assert "re" not in work.flaggit(*line).json  # two are open: nobody can say which one is meant


def test_who_was_not_asked_answers_by_force_only_and_that_is_shown(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id)
    work.flaggit("lock", question, agent=QUEUE)  # a lock gives no right to a question
    refused = work.flaggit("answer", question, "Yes.", "--json", agent=QUEUE, status=4)
    assert refused.json["code"] == "not_target"
    work.flaggit("answer", question, "Yes.", "--force", "--reason", "I run the queue.", agent=QUEUE)
    assert discussion(work, flag_id)[0]["answer"]["was_asked"] is False
    assert f"{QUEUE}, who was not asked" in work.flaggit("show", flag_id).out


def test_a_team_answers_once(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id, "Until when?", "--to", "@team.platform")
    work.commit("ask")
    far = work.worktree("far")
    work.flaggit("answer", question, "Until noon.", agent=API)
    assert far.flaggit("answer", question, "Until night.", "--json", agent=QUEUE, status=4).json["code"] in (
        "already_completed",
        "locked_by_other",
    )
    assert discussion(work, flag_id)[0]["answer"]["text"] == "Until noon."


def test_a_second_answer_is_a_note(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id)
    work.flaggit("answer", question, "Yes.", agent=API)
    refused = work.flaggit("answer", question, "No.", "--json", agent=API, status=4).json
    assert refused["code"] == "already_completed" and f"flaggit note {question}" in refused["hint"]
    work.flaggit("answer", question, "Yes.", agent=API)  # a repeat is none
    work.flaggit("note", question, "No: 12 hours.", agent=API)
    assert discussion(work, flag_id)[0]["notes"][0]["text"] == "No: 12 hours."
    assert "No: 12 hours." in work.flaggit("show", flag_id).out


def test_a_question_can_be_handed_on_taken_back_and_turned_down(work: Work) -> None:
    flag_id = work.raise_flag()
    first, second, third = ask(work, flag_id), ask(work, flag_id, "Which table?"), ask(work, flag_id, "Why?")
    new = work.flaggit("redirect", first, "--to", QUEUE, "--reason", "They know.", "--json", agent=API).data
    assert (new["re"], new["source_agent"], new["target_agent"]) == (flag_id, WEB, QUEUE)
    work.flaggit("complete", second, "--as", "withdrawn", "--note", "Found it.", agent=WEB)
    turned = work.flaggit("bounce", third, "--reason", "Nobody knows.", "--json", agent=API).data
    assert (turned["id"], turned["resolution"]) == (third, "not_applicable")
    states = {item["id"]: item["state"] for item in discussion(work, flag_id)}
    assert states[first] == "superseded" and states[third] == "not_applicable" and states[new["id"]] == "open"
    assert work.flaggit("show", flag_id, "--json").data["waiting_on"] == [new["id"]]
    work.flaggit("answer", new["id"], "The new one.", agent=QUEUE)
    assert work.flaggit("show", flag_id, "--json").data["waiting_on"] == []
    assert "Nobody knows." in work.flaggit("show", flag_id).out


def test_completing_the_flag_makes_its_workers_questions_moot(work: Work) -> None:
    flag_id = work.raise_flag()
    own, others = ask(work, flag_id), ask(work, flag_id, "And the queue?", agent=QUEUE)
    work.flaggit("complete", flag_id, agent=WEB)
    assert {item["id"]: item["state"] for item in discussion(work, flag_id)} == {own: "moot", others: "open"}
    assert work.flaggit("next", "--json", agent=API).data["id"] == others
    assert not (work.path / ".flags" / "done" / f"{own}.yaml").exists()


def test_an_answer_that_was_taken_back_may_be_given_anew(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id)
    work.flaggit("answer", question, "Yes.", agent=API)
    base = work.commit("answer", ".flags")
    work.flaggit("reopen", question, agent=API)
    work.commit("reopen", ".flags")
    work.flaggit("answer", question, "No, for a day only.", agent=API)
    work.commit("answer anew", ".flags")
    found = work.flaggit("check", "--range", f"{base}..HEAD", "--json", status=None).data
    assert not [one for one in found if one["rule"] == "F032" and one["level"] == "error"], found
    assert discussion(work, flag_id)[0]["answer"]["text"] == "No, for a day only."


def test_pruning_keeps_a_question_as_long_as_the_flag_it_is_about(work: Work) -> None:
    flag_id, gone = work.raise_flag(), work.raise_flag()
    question, with_it = ask(work, flag_id), ask(work, gone)
    work.commit("raise")
    for done in (question, with_it, gone):
        work.flaggit("complete", done, "--note", "Yes.", "--force", "--reason", "x", agent=API)
        path = f".flags/done/{done}.yaml"
        stamp = work.read(path).split('completed_at: "')[1][:20]
        work.write(path, work.read(path).replace(stamp, "2026-01-01T00:00:00Z"))
    orphan = work.read(f".flags/done/{gone}.yaml").replace(gone, "k7m2q0x")
    work.write(".flags/done/k7m2q0x.yaml", orphan)
    work.commit("all", ".flags")
    data = work.flaggit("prune", "--completed-before", "30d", "--json").data
    assert set(data["pruned"]) == {with_it, gone}
    assert ".flags/done/k7m2q0x.yaml" in data["files"]
    assert {"id": question, "reason": f"asks about {flag_id}, which stays"} in data["kept"]


def test_a_plan_and_a_diagnosis_wait_on_the_same_questions_as_everything_else(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("lock", flag_id, agent=WEB)
    others = ask(work, flag_id, agent=QUEUE)
    planned = {flag["id"] for wave in work.flaggit("plan", "--json").data["waves"] for flag in wave["flags"]}
    assert others in planned
    own = ask(work, flag_id, agent=WEB)
    planned = {flag["id"] for wave in work.flaggit("plan", "--json").data["waves"] for flag in wave["flags"]}
    assert own in planned and flag_id not in planned
    work.flaggit("answer", own, "Yes.", agent=API)
    planned = {flag["id"] for wave in work.flaggit("plan", "--json").data["waves"] for flag in wave["flags"]}
    assert flag_id in planned


def test_an_older_agents_row_is_free_again_once_its_question_is_answered(work: Work) -> None:
    flag_id = work.raise_flag()
    work.flaggit("lock-flag", flag_id, WEB)
    question = ask(work, flag_id)

    def row() -> dict:
        return work.flaggit("get-agent-flags", WEB).json[0]

    assert (row()["locked"], row()["hint"], row()["waiting_on"]) == (True, "skip", [question])
    work.flaggit("answer", question, "Yes.", agent=API)
    assert (row()["locked"], row()["hint"], row()["waiting_on"]) == (False, "unlock", [])
    work.commit("all", ".flags")
    assert work.worktree("far").flaggit("get-agent-flags", WEB).json[0]["locked"] is True  # it is another's


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
    assert old["completion_notes"] == "The worker does that."
    assert not (work.path / ".flags" / "notes").exists()  # a redirect is two files
    assert "The worker does that." in work.flaggit("show", data["id"]).out
    assert work.flaggit("show", data["id"], "--json").data["handed_on"]["id"] == flag_id
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
