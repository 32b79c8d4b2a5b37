"""The older system's lists: rows, order, hints, handles."""

from __future__ import annotations

import json
import os

import pytest
from repositories import LONG_CHANGE, Work

KEYS = [
    "id",
    "chain_origin_id",
    "session_id",
    "flag_type",
    "source_agent",
    "target_agent",
    "change_description",
    "action_required",
    "impact_level",
    "status",
    "locked",
    "related_files",
    "code_location",
    "example_usage",
    "context",
    "created_at",
    "acknowledged_at",
    "completed_at",
    "completed_by",
    "notes",
]


def test_no_flags_are_an_empty_array(work: Work) -> None:
    assert work.flaggit("get-agent-flags", "@frontend.web").out == "[]\n"
    assert work.flaggit("get-pending-flags").json == []
    assert work.flaggit("get-workable-flags").json == []


def test_a_row_has_the_twenty_keys_in_order_and_then_more(work: Work) -> None:
    flag_id = work.raise_flag(
        related_files=("src/client.ts", "src/orders"), context='{"k": [1, 2]}', notes="read me", code_location="src/a:3"
    )
    (row,) = work.flaggit("get-agent-flags", "@frontend.web").json
    assert list(row)[:20] == KEYS
    assert row["id"] == flag_id
    assert row["status"] == "pending"
    assert row["locked"] is False
    assert row["related_files"] == "src/client.ts,src/orders"
    assert row["files"] == ["src/client.ts", "src/orders"]
    assert row["context"] == {"k": [1, 2]}
    assert row["notes"] == "read me"
    assert (row["session_id"], row["acknowledged_at"], row["completed_at"], row["completed_by"]) == (None,) * 4
    assert row["hint"] == "review"


def test_the_most_urgent_comes_first_then_the_oldest(work: Work) -> None:
    low = work.raise_flag(impact_level="low")
    late = work.raise_flag(impact_level="medium", created_at="2026-11-23T15:00:00Z")
    early = work.raise_flag(impact_level="medium", created_at="2026-11-23T13:00:00Z")
    high = work.raise_flag(impact_level="high")
    critical = work.raise_flag(impact_level="critical", flag_type="security")
    expected = [critical, high, early, late, low]
    assert [row["id"] for row in work.flaggit("get-agent-flags", "@frontend.web").json] == expected
    assert [row["id"] for row in work.flaggit("get-pending-flags").json] == expected


def test_a_missing_at_sign_is_added(work: Work) -> None:
    flag_id = work.raise_flag()
    assert [row["id"] for row in work.flaggit("get-agent-flags", "frontend.web").json] == [flag_id]


@pytest.mark.parametrize(
    "handle", ["@Frontend.Web", "ARTHUR", "@api-agent", "@a.b.c", "@", "", "@Weird Name!!", "../../etc"]
)
def test_a_misspelt_handle_is_never_an_empty_list(work: Work, handle: str) -> None:
    for command in ("get-agent-flags", "get-pending-flags"):
        answer = work.flaggit(command, handle, status=2)
        assert answer.json["code"] == "bad_handle"
        assert answer.json["error"]


def test_upper_case_is_answered_with_the_lower_case_handle(work: Work) -> None:
    assert work.flaggit("get-agent-flags", "@Frontend.Web", status=2).json["suggestion"] == "@frontend.web"


def test_an_agent_that_the_catalog_does_not_know_is_named_on_standard_error(work: Work) -> None:
    answer = work.flaggit("get-agent-flags", "@backend.unheard")
    assert answer.json == []
    assert "not in the catalog" in answer.err


@pytest.mark.parametrize("handle", ["@backend.ap", "@backend.apis", "@backnd.api"])
def test_a_misspelling_that_is_part_of_a_known_handle_is_no_empty_list_without_a_word(work: Work, handle: str) -> None:
    answer = work.flaggit("get-agent-flags", handle)
    assert answer.json == []
    assert f"There is no agent {handle};" in answer.err and "@backend.api" in answer.err.split("mean")[1]


def test_without_an_agent_the_one_who_asks_is_meant(work: Work) -> None:
    flag_id = work.raise_flag()
    assert [row["id"] for row in work.flaggit("get-agent-flags", agent="@frontend.web").json] == [flag_id]
    assert work.flaggit("get-agent-flags", status=2).json["code"] == "no_identity"


def test_general_flags_are_counted_and_listed_where_asked_for(work: Work) -> None:
    own = work.raise_flag(impact_level="low")
    general = work.raise_flag(target=None)
    answer = work.flaggit("get-agent-flags", "@frontend.web")
    assert [row["id"] for row in answer.json] == [own]
    assert "1 more for nobody in particular" in answer.err
    for spelling in ("--include-general", "--include_general"):
        rows = work.flaggit("get-agent-flags", "@frontend.web", spelling).json
        assert {row["id"]: row["target_agent"] for row in rows} == {general: None, own: "@frontend.web"}


def test_pending_flags_can_be_narrowed_to_an_agent(work: Work) -> None:
    own = work.raise_flag()
    work.raise_flag(target="@backend.queue")
    assert len(work.flaggit("get-pending-flags").json) == 2
    assert [row["id"] for row in work.flaggit("get-pending-flags", "@frontend.web").json] == [own]


def test_workloads_name_the_true_highest_impact(work: Work) -> None:
    for impact, kind in (("low", "change"), ("high", "change"), ("critical", "security")):
        work.raise_flag(impact_level=impact, flag_type=kind)
    work.raise_flag(target="@backend.queue", impact_level="low")
    work.raise_flag(target="@backend.api", source="@frontend.web", impact_level="medium")
    work.raise_flag(target=None)
    assert work.flaggit("get-workable-flags").json == [
        {"target_agent": "@frontend.web", "workable_flags": 3, "highest_priority": "critical"},
        {"target_agent": "@backend.api", "workable_flags": 1, "highest_priority": "medium"},
        {"target_agent": "@backend.queue", "workable_flags": 1, "highest_priority": "low"},
    ]
    last = work.flaggit("get-workable-flags", "--include-general").json
    assert {"target_agent": None, "workable_flags": 1, "highest_priority": "medium"} in last


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("A Schema Change in the orders table adds a column for the queue's job id", "update_schema"),
        ("The API endpoint for orders has moved; authentication stays what it was", "update_integrations"),
        ("Authentication now needs a second factor for every person who signs in", "update_auth"),
        ("users table added 'preferences' JSON column for personalization", "review"),
        ("POST /api/predict deprecated, use /api/v2/inference with new auth headers", "review"),
        ("Switching to new vector database for embeddings", "review"),
    ],
)
def test_each_flag_carries_the_decision_trees_hint(work: Work, text: str, hint: str) -> None:
    work.raise_flag(change_description=text)
    (row,) = work.flaggit("get-agent-flags", "@frontend.web").json
    assert row["hint"] == hint


def test_an_action_never_makes_a_hint(work: Work) -> None:
    work.raise_flag(action_required="Look at the schema change. " * 8)
    assert work.flaggit("get-agent-flags", "@frontend.web").json[0]["hint"] == "review"


def test_lists_are_the_same_in_a_subfolder_and_a_worktree(work: Work) -> None:
    flag_id = work.raise_flag()
    other = work.worktree("other")
    for answer in (
        work.flaggit("get-agent-flags", "@frontend.web", cwd="src"),
        other.flaggit("get-agent-flags", "@frontend.web"),
    ):
        assert [row["id"] for row in answer.json] == [flag_id]
    assert sorted(os.listdir(work.path / "src")) == ["client.ts"]


def test_reading_leaves_status_and_refs_as_they_were(work: Work) -> None:
    work.raise_flag()
    before = work.git("status", "--porcelain"), work.git("for-each-ref")
    for command in ("get-agent-flags @frontend.web", "get-pending-flags", "get-workable-flags"):
        work.flaggit(*command.split())
    assert (work.git("status", "--porcelain"), work.git("for-each-ref")) == before


def test_text_is_there_for_people_who_ask(work: Work) -> None:
    flag_id = work.raise_flag()
    assert flag_id in work.flaggit("get-agent-flags", "@frontend.web", "--format", "text").out
    assert "@frontend.web" in work.flaggit("get-workable-flags", "--format=text").out


def test_hash_seed_locale_and_time_zone_do_not_change_a_byte(work: Work) -> None:
    for impact in ("low", "high", "medium"):
        work.raise_flag(impact_level=impact, change_description=LONG_CHANGE + " Größe: 3 µm.")
    seen = set()
    for seed, locale, zone in (
        ("0", "C", "UTC"),
        ("1", "C.UTF-8", "Asia/Tokyo"),
        ("77", "POSIX", "America/Los_Angeles"),
    ):
        env = {"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone}
        for command in ("get-agent-flags @frontend.web", "get-pending-flags", "get-workable-flags"):
            seen.add((command, work.flaggit(*command.split(), env=env).out))
    assert len(seen) == 3


def test_a_broken_file_is_a_warning_beside_the_good_ones(work: Work) -> None:
    flag_id = work.raise_flag()
    work.write(".flags/frontend.web/kaputt0.yaml", "no: flag\n")
    answer = work.flaggit("get-agent-flags", "@frontend.web")
    assert [row["id"] for row in json.loads(answer.out)] == [flag_id]
    assert "kaputt0" in answer.err


def test_a_bare_repository_answers_too(work: Work, tmp_path) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Work(tmp_path / "bare.git")
    assert [row["id"] for row in bare.flaggit("get-agent-flags", "@frontend.web").json] == [flag_id]
    assert bare.flaggit("query", "SELECT id FROM pending_flags").json == [{"id": flag_id}]
    assert json.loads(bare.flaggit("export", "jsonl").out)["id"] == flag_id
    refusal = bare.flaggit("create-flag", "--flag_type", "change", agent="@backend.api", status=5)
    assert refusal.json["code"] == "bare_repository"


def test_outside_a_repository_the_error_is_json(tmp_path) -> None:
    answer = Work(tmp_path).flaggit("get-agent-flags", "@frontend.web", status=5)
    assert answer.json["code"] == "no_repository"
