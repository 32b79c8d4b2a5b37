"""The older system's writing verbs: options, replies, refusals."""

from __future__ import annotations

import json
import os

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

CREATE = ("create-flag", "create-flag-for-agent")
TEXTS = ("--change_description", LONG_CHANGE, "--action_required", LONG_ACTION)
SEED_KEYS = ["success", "flag_id", "message", "from", "to", "priority"]


def create(
    work: Work, *arguments: str, command: str = "create-flag", status: int = 0, agent: str | None = "@backend.api"
):
    kind = () if "--flag_type" in arguments else ("--flag_type", "change")
    target = () if "--target_agent" in arguments else ("--target_agent", "@frontend.web")
    texts = () if "--change_description" in arguments else TEXTS
    return work.flaggit(command, *kind, *target, *texts, *arguments, agent=agent, status=status)


def stored(work: Work) -> list[str]:
    return work.git("ls-files", "--others", "--cached", ".flags/*/*.yaml").split()


@pytest.mark.parametrize("command", CREATE)
def test_creating_answers_with_the_six_keys(work: Work, command: str) -> None:
    reply = create(work, command=command).json
    assert list(reply) == SEED_KEYS
    assert reply == {
        "success": True,
        "flag_id": reply["flag_id"],
        "message": f"FLAG #{reply['flag_id']} created: change",
        "from": "@backend.api",
        "to": "@frontend.web",
        "priority": "medium",
    }
    assert stored(work) == [f".flags/frontend.web/{reply['flag_id']}.yaml"]


def test_underscores_and_hyphens_equals_signs_and_any_order(work: Work) -> None:
    reply = work.flaggit(
        "create-flag",
        "--impact-level=high",
        f"--action-required={LONG_ACTION}",
        "--change-description",
        LONG_CHANGE,
        "--target-agent",
        "frontend.web",
        "--source-agent=@backend.api",
        "--related-files=src/client.ts, ,src/client.ts,README.md,",
        "--code-location=src/client.ts:1-9",
        "--example-usage",
        "- a list",
        "--flag-type",
        "breaking_change",
    ).json
    (row,) = work.flaggit("get-agent-flags", "@frontend.web").json
    assert reply["priority"] == row["impact_level"] == "high"
    assert row["related_files"] == "src/client.ts,README.md"
    assert (row["code_location"], row["example_usage"]) == ("src/client.ts:1-9", "- a list")


def test_files_through_a_parent_folder_count_where_they_end_inside(work: Work) -> None:
    reply = create(work, "--related_files", "src/../README.md,./src/").json
    assert "warnings" not in reply
    assert work.flaggit("get-agent-flags", "@frontend.web").json[0]["files"] == ["README.md", "src/"]
    refusal = create(work, "--related_files", "src/../../secret", status=2).json
    assert refusal["code"] == "bad_path"


@pytest.mark.parametrize("target", ["", "NULL", "null"])
def test_no_target_makes_a_general_flag(work: Work, target: str) -> None:
    reply = create(work, "--target_agent", target).json
    assert reply["to"] is None
    assert stored(work) == [f".flags/general/{reply['flag_id']}.yaml"]


def test_the_target_may_be_left_out(work: Work) -> None:
    assert work.flaggit("create-flag", "--flag_type", "change", *TEXTS, agent="@backend.api").json["to"] is None


def test_urgent_flags_name_a_target(work: Work) -> None:
    assert create(work, "--target_agent", "NULL", "--impact_level", "high", status=2).json["code"] == "target_required"
    refusal = create(work, "--target_agent", "NULL", "--flag_type", "security", status=2).json
    assert refusal["code"] == "target_required"


def allowed_levels(kind: str) -> dict[str, str]:
    """Return impact -> the code it is refused with, or nothing."""
    if kind == "breaking_change":
        return {"critical": "", "high": "", "medium": "", "low": "low_not_allowed"}
    if kind in ("security", "data_loss"):
        return {"critical": "", **dict.fromkeys(("high", "medium", "low"), "requires_critical")}
    return {"critical": "critical_not_allowed", "high": "", "medium": "", "low": ""}


@pytest.mark.parametrize(
    "kind",
    ["breaking_change", "security", "data_loss", "new_feature", "refactor", "deprecation", "enhancement", "change"],
)
def test_types_and_impacts_go_together(work: Work, kind: str) -> None:
    from flaggit.commands.older.seed import create_flag
    from flaggit.core.errors import InvalidError

    for impact, code in allowed_levels(kind).items():
        values = {
            "flag_type": kind,
            "impact_level": impact,
            "source_agent": "@backend.api",
            "target_agent": "@frontend.web",
            "change_description": LONG_CHANGE + impact,
            "action_required": LONG_ACTION,
        }
        if code:
            with pytest.raises(InvalidError) as refusal:
                create_flag(work.session(), **values)
            assert refusal.value.code == code
        else:
            create_flag(work.session(), **values)


def test_security_and_data_loss_are_critical_by_themselves(work: Work) -> None:
    for kind in ("security", "data_loss"):
        assert create(work, "--flag_type", kind).json["priority"] == "critical"


@pytest.mark.parametrize(
    ("option", "value", "word"), [("--impact_level", "urgent", "critical"), ("--flag_type", "code_quality", "refactor")]
)
def test_unknown_values_are_answered_with_the_allowed_ones(work: Work, option: str, value: str, word: str) -> None:
    refusal = create(work, option, value, status=2).json
    assert word in refusal["error"]
    assert word in refusal["violations"][0]["allowed"]


def test_every_short_text_is_named_at_once(work: Work) -> None:
    refusal = create(work, "--change_description", "x" * 49, "--action_required", "y" * 53, status=2).json
    assert (refusal["current_length"], refusal["required_length"]) == (49, 50)
    found = [(v["field"], v["code"], v["current_length"], v["required_length"]) for v in refusal["violations"]]
    assert found == [("change_description", "too_short", 49, 50), ("action_required", "too_short", 53, 100)]
    assert stored(work) == []


def test_blanks_do_not_count_and_characters_do(work: Work) -> None:
    padded = "x" * 49 + " " * 60
    refusal = create(work, "--change_description", padded, "--action_required", LONG_ACTION, status=2).json
    assert refusal["current_length"] == 49
    create(work, "--change_description", "ü" * 50, "--action_required", "é" * 100)


def test_texts_of_blanks_have_no_length_and_are_refused_in_either_quality(work: Work) -> None:
    blanks = ("--change_description", " " * 60, "--action_required", "\t" * 120)
    refusal = create(work, *blanks, status=2).json
    found = [(v["field"], v["code"], v["current_length"], v["required_length"]) for v in refusal["violations"]]
    assert found == [("change_description", "too_short", 0, 50), ("action_required", "too_short", 0, 100)]
    work.write(".flags/config.yaml", "quality: warn\n")
    assert [v["code"] for v in create(work, *blanks, status=2).json["violations"]] == ["missing", "missing"]
    flag_id = work.raise_flag()
    asked = create(work, *blanks, "--re", flag_id, status=2).json
    assert [v["code"] for v in asked["violations"]] == ["missing", "missing"]
    assert len(stored(work)) == 1


def test_control_characters_are_refused(work: Work) -> None:
    refusal = create(work, "--change_description", LONG_CHANGE + "\x1b[31m", "--action_required", LONG_ACTION, status=2)
    assert refusal.json["code"] == "control_character"


@pytest.mark.parametrize(
    "handle", ["ARTHUR", "@api-agent", "@changelog-agent", "@a.b.c", "@", "@Weird Name!!", "../../etc"]
)
@pytest.mark.parametrize("option", ["--target_agent", "--source_agent"])
def test_what_is_no_handle_is_refused(work: Work, option: str, handle: str) -> None:
    refusal = create(work, option, handle, status=2).json
    assert refusal["code"] == "bad_handle"
    assert stored(work) == []


def test_without_an_identity_nothing_is_raised_and_every_fault_is_told(work: Work) -> None:
    refusal = create(work, agent=None, status=2).json
    assert refusal["code"] == "no_identity"
    refusal = create(work, "--change_description", "short", "--action_required", LONG_ACTION, agent=None, status=2).json
    assert [v["code"] for v in refusal["violations"]] == ["no_identity", "too_short"]
    assert stored(work) == []


def test_the_environment_and_iam_say_who_raises(work: Work) -> None:
    assert create(work, agent="@backend.queue").json["from"] == "@backend.queue"
    work.flaggit("iam", "@backend.api")
    assert create(work, agent=None).json["from"] == "@backend.api"


def test_context_is_json_and_comes_back_as_it_was(work: Work) -> None:
    refusal = create(work, "--context", "{bad", status=2).json
    assert refusal["code"] == "bad_json" and stored(work) == []
    create(work, "--context", '{"k": [1, 2], "ü": null}')
    assert work.flaggit("get-agent-flags", "@frontend.web").json[0]["context"] == {"k": [1, 2], "ü": None}


def test_an_unknown_target_is_taken_with_suggestions(work: Work) -> None:
    catalog = work.read(".flags/catalog.yaml") + '  "@audit.security":\n    description: "Audits security."\n'
    work.write(".flags/catalog.yaml", catalog)
    reply = create(work, "--target_agent", "@security.audit").json
    (warning,) = reply["warnings"]
    assert warning["code"] == "unknown_target"
    assert warning["suggestions"][0] == "@audit.security"


def test_a_flag_for_oneself_and_a_duplicate_are_warned_about(work: Work) -> None:
    first = create(work, "--target_agent", "@backend.api").json
    assert [one["code"] for one in first["warnings"]] == ["self_target"]
    second = create(work, "--target_agent", "@backend.api").json
    assert second["warnings"][1]["code"] == "possible_duplicate"
    assert second["warnings"][1]["ids"] == [first["flag_id"]]


def test_the_same_files_on_the_same_day_look_like_a_duplicate(work: Work) -> None:
    first = create(work, "--related_files", "README.md,src/client.ts").json["flag_id"]
    other = ("--change_description", LONG_CHANGE[::-1], "--action_required", LONG_ACTION)
    (warning,) = create(work, *other, "--related_files", "src/client.ts,README.md").json["warnings"]
    assert (warning["code"], warning["ids"]) == ("possible_duplicate", [first])
    assert (
        "warnings" not in create(work, *other, "--related_files", "README.md", "--target_agent", "@backend.queue").json
    )


def test_what_is_missing_is_named_once(work: Work) -> None:
    refusal = work.flaggit("create-flag", "--flag_type", "change", agent="@backend.api", status=2).json
    found = [(one["field"], one["code"]) for one in refusal["violations"]]
    assert found == [("change_description", "missing"), ("action_required", "missing")]


def test_missing_files_are_warned_about(work: Work) -> None:
    (warning,) = create(work, "--related_files", "src/client.ts,src/gone.ts").json["warnings"]
    assert warning["code"] == "missing_file" and "src/gone.ts" in warning["message"]


def test_quality_warn_takes_short_texts(work: Work) -> None:
    work.write(".flags/config.yaml", "quality: warn\n")
    reply = create(work, "--change_description", "x" * 49, "--action_required", "y" * 53).json
    assert [one["code"] for one in reply["warnings"]] == ["too_short", "too_short"]
    assert reply["warnings"][0]["current_length"] == 49


def test_chains_keep_their_root(work: Work) -> None:
    root = create(work).json["flag_id"]
    child = create(work, "--chain_origin_id", root, "--target_agent", "@backend.queue").json
    assert child["chain_root"] == root
    grandchild = create(work, "--chain_origin_id", child["flag_id"], "--target_agent", "@backend.queue").json
    assert grandchild["chain_root"] == root
    refusal = create(work, "--chain_origin_id", "zzzzzzz", status=3).json
    assert refusal["code"] == "unknown_flag"


def test_imported_numbers_name_flags(work: Work) -> None:
    flag_id = work.raise_flag(legacy_id=100)
    for reference in ("100", "#100", flag_id[:5], f"#{flag_id}", f"flag-{flag_id}", flag_id.upper()):
        assert create(work, "--chain_origin_id", reference, "--dry-run").json["chain_root"] == flag_id


def test_a_question_that_names_its_flag_is_linked(work: Work) -> None:
    flag_id = work.raise_flag()
    reply = work.flaggit(
        "create-flag",
        *("--flag_type", "information_request", "--source_agent", "@frontend.web", "--target_agent", "@backend.queue"),
        *("--change_description", f"Need specs for FLAG #{flag_id}: how long does the job id stay valid?"),
        *("--action_required", LONG_ACTION),
    ).json
    assert reply["re"] == flag_id


def test_completing(work: Work) -> None:
    flag_id = work.raise_flag()
    reply = work.flaggit("complete-flag", flag_id, "@frontend.web").json
    assert list(reply) == ["success", "flag_id", "completed_by", "completed_at"]
    assert (reply["success"], reply["flag_id"], reply["completed_by"]) == (True, flag_id, "@frontend.web")
    assert work.flaggit("get-agent-flags", "@frontend.web").json == []


def test_completing_again_is_no_change_for_the_same_and_a_conflict_for_another(work: Work) -> None:
    flag_id = work.raise_flag()
    first = work.flaggit("complete-flag", flag_id, "@frontend.web").json
    before = work.git("status", "--porcelain")
    again = work.flaggit("complete-flag", flag_id, "frontend.web").json
    assert again == {**first, "already": True}
    refusal = work.flaggit("complete-flag", flag_id, "@backend.queue", status=4).json
    assert refusal["code"] == "already_completed" and refusal["completed_by"] == "@frontend.web"
    assert work.git("status", "--porcelain") == before


@pytest.mark.parametrize("option", ["--notes", "--note"])
def test_a_note_is_kept_and_never_taken_for_the_agent(work: Work, option: str) -> None:
    flag_id = work.raise_flag()
    reply = work.flaggit("complete-flag", flag_id, option, "Not applicable to my module").json
    assert reply["completed_by"] == "@frontend.web"
    assert reply["actor_source"] == "implied"
    assert reply["notes"] == "Not applicable to my module"
    (row,) = work.flaggit("query", "SELECT notes, completed_by FROM flags").json
    assert row == {"notes": "Not applicable to my module", "completed_by": "@frontend.web"}


def test_strangers_do_not_complete(work: Work) -> None:
    flag_id = work.raise_flag()
    assert work.flaggit("complete-flag", flag_id, "@backend.queue", status=4).json["code"] == "not_target"
    reply = work.flaggit("complete-flag", flag_id, "@backend.queue", "--force", "--reason", "its agent is gone").json
    assert reply["completed_by"] == "@backend.queue"


def test_sources_withdraw(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    assert work.flaggit("complete-flag", flag_id, "@backend.api").json["resolution"] == "withdrawn"


@pytest.mark.parametrize(
    ("reference", "code", "status"), [("9", "unknown_flag", 3), ("!!", "bad_id", 2), ("zzzzzzz", "unknown_flag", 3)]
)
def test_what_names_no_flag_is_refused_everywhere(work: Work, reference: str, code: str, status: int) -> None:
    for command in ("complete-flag", "lock-flag", "unlock-flag"):
        answer = work.flaggit(command, reference, "@frontend.web", status=status)
        assert answer.json["code"] == code and answer.json["error"]


def test_an_ambiguous_beginning_lists_the_candidates(work: Work) -> None:
    ids = [work.raise_flag(id="abcd" + rest) for rest in ("efg", "efh")]
    refusal = work.flaggit("complete-flag", "abcd", "@frontend.web", status=2).json
    assert refusal["code"] == "ambiguous_id" and refusal["candidates"] == ids


def test_usage_errors_are_json_too(work: Work) -> None:
    for line in ("create-flag --no-such-option x", "lock-flag", "complete-flag a b c", "get-agent-flags a b"):
        answer = work.flaggit(*line.split(), status=2)
        assert answer.json["code"] == "usage", line


def test_one_document_on_one_line(work: Work) -> None:
    answer = create(work)
    assert answer.out.count("\n") == 1 and json.loads(answer.out)


def test_it_works_in_a_subfolder_and_leaves_nothing_there(work: Work) -> None:
    reply = work.flaggit("create-flag", "--flag_type", "change", *TEXTS, agent="@backend.api", cwd="src").json
    assert os.listdir(work.path / "src") == ["client.ts"]
    assert stored(work) == [f".flags/general/{reply['flag_id']}.yaml"]


def test_commit_holds_exactly_the_flag(work: Work) -> None:
    work.write("half.txt", "half")
    work.git("add", "half.txt")
    reply = create(work, "--commit").json
    assert (
        work.git("show", "--name-only", "--format=", reply["commit"]) == f".flags/frontend.web/{reply['flag_id']}.yaml"
    )
    assert work.git("diff", "--cached", "--name-only") == "half.txt"
