"""Records of other systems, as odd as they come: mapped to files that can be read back, or listed, never a crash."""

from __future__ import annotations

import datetime
import json

from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from flaggit.core.layout import completion_path, flag_path, note_path
from flaggit.core.model import completion_document, flag_document, note_document
from flaggit.core.times import is_time
from flaggit.documents.canonical import dump_document
from flaggit.documents.rules import check_flag, errors_of
from flaggit.documents.settings import build_settings
from flaggit.documents.values import read_value
from flaggit.transfer.beads import map_issues
from flaggit.transfer.lines import map_lines
from flaggit.transfer.older import map_rows
from flaggit.transfer.planned import Handles, Origin, Plan
from flaggit.transfer.seed_rows import SEED_COLUMNS
from flaggit.transfer.timestamps import parse_timestamp, parse_zone

SETTINGS = build_settings({})
HANDLES = Handles({}, lambda name: None)

TEXTS = st.text(st.characters(), max_size=60)
CELLS = st.one_of(
    st.none(),
    st.integers(-5, 2**70),
    st.floats(),
    st.binary(max_size=20),
    TEXTS,
    st.sampled_from(
        ["@backend.api", "frontend.web", "ARTHUR", "@", "NULL", "completed", "pending", "security", "high"]
    ),
    st.sampled_from(["2025-08-24 23:09", "2025-08-24T23:09:11.5+02:00", "0001-01-01 00:00", "9999-12-31 23:59", "12"]),
    st.sampled_from(["a.py, ../b", "x" * 20_001, "a.py:3", '{"a": 1}', "\x00", "FLAG #1", "---\n- a: *b"]),
)
GOOD = {
    "flag_type": "change",
    "source_agent": "@backend.api",
    "target_agent": "@frontend.web",
    "change_description": "What has changed here, said in more than fifty characters.",
    "action_required": "Do it.",
    "created_at": "2025-08-24 23:09",
}
ROWS = st.builds(
    lambda number, odd: {"id": number, **GOOD, **odd},
    st.one_of(st.integers(0, 50), CELLS),
    st.dictionaries(st.sampled_from([*SEED_COLUMNS[1:], "extra"]), CELLS, max_size=4),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | TEXTS
    | st.sampled_from(["2026-01-02T03:04:05Z", "bd-1", "bd-2", "alice"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["id", "title", "description", "status", "priority", "issue_type", "assignee", "created_by", "created_at"]
FIELDS += ["closed_at", "comments", "dependencies", "labels"]


def check_plan(plan: Plan) -> None:
    """Hold a plan to what can be stored: every file reads back as the value, every flag keeps the rules."""
    for flag in plan.flags:
        assert read_value(flag_path(flag), dump_document("flag", flag_document(flag))) == flag
        assert {problem.code for problem in errors_of(check_flag(flag, SETTINGS))} <= {"too_short"}
    for completion in plan.completions:
        path = completion_path(completion.id)
        assert read_value(path, dump_document("completion", completion_document(completion))) == completion
    for note in plan.notes:
        assert read_value(note_path(note), dump_document("note", note_document(note))) == note
    assert len({flag.id for flag in plan.flags}) == len(plan.flags)
    ids = {flag.id for flag in plan.flags}
    assert {completion.id for completion in plan.completions} <= ids
    assert {flag.chain_origin_id for flag in plan.flags} <= {*ids, None}
    assert {flag.re for flag in plan.flags} <= {*ids, None}


@examples(300)
@given(st.lists(ROWS, max_size=6))
def test_any_rows_become_sound_files_or_are_listed(rows) -> None:
    plan = map_rows(rows, datetime.UTC, HANDLES, SETTINGS)
    check_plan(plan)
    assert len(plan.flags) + len(plan.unmapped) == len(rows)
    assert map_rows(rows, datetime.UTC, HANDLES, SETTINGS) == plan
    backwards = map_rows(rows[::-1], datetime.UTC, HANDLES, SETTINGS)
    assert {flag.id for flag in backwards.flags} == {flag.id for flag in plan.flags}


@examples(300)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(FIELDS),
            JSON,
        ).map(lambda odd: {"id": "bd-1", "title": "A title", "created_at": "2026-01-02T03:04:05Z", **odd}),
        max_size=5,
    )
)
def test_any_issues_become_sound_files_or_are_listed(issues) -> None:
    text = "\n".join(json.dumps(issue) for issue in issues)
    check_plan(map_issues(text, HANDLES, SETTINGS))


@examples(300)
@given(st.lists(st.one_of(TEXTS, JSON.map(json.dumps), st.dictionaries(TEXTS, JSON).map(json.dumps)), max_size=5))
def test_any_lines_are_sound_files_or_are_listed(lines) -> None:
    plan = map_lines("\n".join(lines), SETTINGS)
    assert not plan.flags and not plan.completions and not plan.notes
    check_plan(map_issues("\n".join(lines), HANDLES, SETTINGS))


@given(st.datetimes(), st.sampled_from(["UTC", "+14:00", "-12:00", "Europe/Berlin", "America/St_Johns"]))
def test_any_time_becomes_one_that_can_be_stored_or_none(moment, zone) -> None:
    found = parse_timestamp(moment.isoformat(" "), parse_zone(zone))
    assert found is None or (is_time(found.text) and found.naive)


@given(CELLS)
def test_what_is_no_time_is_none(value) -> None:
    found = parse_timestamp(value, datetime.UTC)
    assert found is None or is_time(found.text)


def test_no_two_names_become_one_handle() -> None:
    names = [
        "C#",
        "C++",
        "C",
        "c",
        "agent c",
        "@agent.c",
        "Ann B",
        "ann-b",
        "support@one.example",
        "support@two.example",
    ]
    handles = Handles({}, lambda name: None)
    handles.reserve(names)
    found = {name: handles.get(name, "source_agent", Origin("row")) for name in names}
    assert found["C"] == found["c"]
    assert len({handle for name, handle in found.items() if name != "c"}) == len(names) - 1
    assert found["@agent.c"] == "@agent.c"
    others = Handles({}, lambda name: None)
    others.reserve(reversed(names))
    assert {name: others.get(name, "source_agent", Origin("row")) for name in names} == found
