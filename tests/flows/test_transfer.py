"""Taking flags out and bringing them in: nothing lost, nothing doubled, all or nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.git import progress

OLDER = """
CREATE TABLE flags (
  id INTEGER PRIMARY KEY AUTOINCREMENT, chain_origin_id INTEGER, session_id TEXT, flag_type TEXT, source_agent TEXT,
  target_agent TEXT, change_description TEXT, action_required TEXT, impact_level TEXT DEFAULT 'medium',
  status TEXT DEFAULT 'pending', locked BOOLEAN DEFAULT 0, related_files TEXT, code_location TEXT, example_usage TEXT,
  context TEXT, created_at TEXT, acknowledged_at TEXT, completed_at TEXT, completed_by TEXT, notes TEXT)
"""


def older_database(path: Path, *rows: dict[str, object]) -> Path:
    """Write a database as the older system did; each row is given by what differs from an everyday one."""
    connection = sqlite3.connect(path)
    connection.execute(OLDER)
    for changes in rows:
        row = {
            "flag_type": "change",
            "source_agent": "@backend.api",
            "target_agent": "@frontend.web",
            "change_description": LONG_CHANGE,
            "action_required": LONG_ACTION,
            "created_at": "2025-08-24 23:09",
            **changes,
        }
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO flags ({names}) VALUES ({marks})", tuple(row.values()))
    connection.commit()
    connection.close()
    return path


def everything(work: Work) -> dict[str, str]:
    """Return path -> text of the flags, completions and notes in a worktree."""
    paths = sorted((work.path / ".flags").glob("*/*.yaml"))
    return {str(path.relative_to(work.path)): path.read_text() for path in paths if ".schema" not in str(path)}


def imported(work: Work, path: Path, *options: str, status: int = 0):
    return work.flaggit("import", "sqlite", str(path), "--json", *options, status=status).json


def full_store(work: Work) -> dict[str, str]:
    """Fill a store with one of everything and return its files."""
    first = work.raise_flag(
        related_files=("src/client.ts", "src/orders/"),
        context='{"k": [1, 2]}',
        example_usage="a: b\n\tc # d",
        code_location="src/client.ts:1",
        notes="=1+1",
        legacy_id=7,
    )
    second = work.raise_flag(target=None, impact_level="low", change_description=LONG_CHANGE + " Größe\n\nzwei Absätze")
    work.raise_flag(chain_origin_id=first, batch="abcdefg")
    question = work.raise_flag(
        flag_type="information_request", re=first, change_description="Why?", action_required="Say."
    )
    work.flaggit("note", first, "Seen.\nTwice.", agent="@frontend.web")
    work.flaggit("complete", question, "@frontend.web", "--note", "Not applicable to my module")
    work.flaggit("complete", second, "@backend.queue", "--by", first)
    return everything(work)


def test_jsonl_brings_everything_back_as_it_was(work: Work, tmp_path: Path, template: Path) -> None:
    before = full_store(work)
    assert len(before) == 7
    file = tmp_path / "flags.jsonl"
    work.flaggit("export", "jsonl", str(file))
    subprocess.run(["cp", "-r", str(template), str(tmp_path / "other")], check=True)
    other = Work(tmp_path / "other")
    answer = other.flaggit("import", "jsonl", str(file), "--json").data
    assert (len(answer["flags"]), answer["completions"], answer["notes"], answer["already"]) == (4, 2, 1, 0)
    assert everything(other) == before
    assert sorted(other.git("diff", "--cached", "--name-only").split()) == sorted(before)
    again = other.flaggit("import", "jsonl", str(file), "--json").data
    assert (again["flags"], again["already"]) == ([], 7)
    assert other.flaggit("export", "jsonl").out == file.read_text()


def test_json_holds_the_contracts_names_and_the_discussion(work: Work) -> None:
    full_store(work)
    flags = work.flaggit("export", "json").json
    assert len(flags) == 4
    by_legacy = {flag.get("legacy_id"): flag for flag in flags}
    assert by_legacy[7]["discussion"][0]["text"] == "Seen.\nTwice."
    assert {"status", "completed_by", "resolution", "superseded_by", "completion_notes", "path"} <= flags[0].keys()
    assert work.flaggit("export", "json", "--json").data["content"] == flags


def test_csv_keeps_texts_of_several_lines_in_their_cells(work: Work) -> None:
    texts = [f'{LONG_CHANGE}\n\nSecond, with "quotes".', f"{LONG_CHANGE}, with a comma", f"{LONG_CHANGE}\nSecond"]
    ids = [work.raise_flag(change_description=text) for text in texts]
    work.flaggit("export", "csv", "flags.csv")
    for written in (work.read("flags.csv"), work.flaggit("export", "csv").out):
        rows = {row["id"]: row for row in csv.DictReader(io.StringIO(written, newline=""))}
        assert {flag_id: rows[flag_id]["change_description"] for flag_id in ids} == dict(zip(ids, texts, strict=True))
        assert len(rows) == 3 and "\r" not in written


def test_csv_has_the_older_columns_and_starts_no_formula(work: Work) -> None:
    work.raise_flag(notes="=HYPERLINK(1)", change_description='-1+1, "quoted"\nand a second line; ' + LONG_CHANGE)
    rows = list(csv.DictReader(io.StringIO(work.flaggit("export", "csv").out)))
    assert rows[0]["notes"] == "'=HYPERLINK(1)"
    assert rows[0]["change_description"].startswith('\'-1+1, "quoted"\nand')
    assert rows[0]["target_agent"] == "@frontend.web"
    assert len(rows[0]) == 26


def test_sqlite_has_the_older_tables(work: Work, tmp_path: Path) -> None:
    full_store(work)
    file = tmp_path / "flags.db"
    work.flaggit("export", "sqlite", str(file))
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM flags").fetchone() == (4,)
        assert connection.execute("SELECT count(*) FROM pending_flags").fetchone() == (2,)
        assert connection.execute("SELECT text FROM notes").fetchone() == ("Seen.\nTwice.",)
        assert connection.execute("SELECT count(*) FROM agents_catalog").fetchone() == (4,)
    assert work.flaggit("import", "sqlite", str(file), "--json", status=2).json["code"] == "usage"


def test_an_export_replaces_a_file_only_when_told(work: Work, tmp_path: Path) -> None:
    work.raise_flag()
    file = tmp_path / "flags.jsonl"
    file.write_text("mine")
    assert work.flaggit("export", "jsonl", str(file), "--json", status=4).json["code"] == "file_exists"
    assert file.read_text() == "mine"
    work.flaggit("export", "jsonl", str(file), "--overwrite")
    assert json.loads(file.read_text())["kind"] == "flag"
    assert (
        work.flaggit("export", "jsonl", str(tmp_path / "no" / "f"), "--json", status=3).json["code"] == "unknown_file"
    )
    assert work.flaggit("export", "sqlite", "--json", status=2).json["code"] == "usage"


def test_an_empty_store_exports_nothing(work: Work) -> None:
    assert work.flaggit("export", "jsonl").out == ""
    assert work.flaggit("export", "json").json == []


def test_rows_become_flags_that_answer_to_their_numbers(work: Work, tmp_path: Path) -> None:
    file = older_database(
        tmp_path / "project.db",
        {"id": 100, "related_files": "src/a.ts, src/b.ts,, ,", "context": '{"a": 1}', "code_location": "src/a.ts:3"},
        {"id": 101, "chain_origin_id": 100, "target_agent": None, "notes": "kept"},
        {
            "id": 102,
            "status": "completed",
            "completed_by": "@frontend.web",
            "completed_at": "2025-08-25 08:00",
            "notes": "Not applicable to my module",
        },
    )
    answer = imported(work, file, "--zone", "Asia/Tokyo")
    assert [flag["legacy_id"] for flag in answer["data"]["flags"]] == [100, 101, 102]
    assert answer["warnings"] == []
    first = work.flaggit("show", "#100", "--json").data
    assert first["created_at"] == "2025-08-24T14:09:00Z"
    assert first["related_files"] == ["src/a.ts", "src/b.ts"]
    second = work.flaggit("show", "101", "--json").data
    assert (second["chain_origin_id"], second["target_agent"], second["notes"]) == (first["id"], None, "kept")
    third = work.flaggit("show", "102", "--json").data
    assert (third["status"], third["completed_by"], third["completed_at"], third["completion_notes"]) == (
        "completed",
        "@frontend.web",
        "2025-08-24T23:00:00Z",
        "Not applicable to my module",
    )
    assert work.flaggit("check", "--json").data == []


def test_a_second_import_and_one_on_another_branch_change_nothing(work: Work, tmp_path: Path) -> None:
    rows = [{"id": number, "change_description": LONG_CHANGE + str(number)} for number in range(1, 30)]
    file = older_database(tmp_path / "project.db", *rows)
    work.git("branch", "other")
    imported(work, file, "--commit")
    before = everything(work)
    assert len(before) == 29
    again = imported(work, file)["data"]
    assert (again["flags"], again["already"]) == ([], 29)
    assert everything(work) == before and work.git("status", "--porcelain") == ""
    work.git("switch", "-q", "other")
    imported(work, file, "--commit")
    work.git("merge", "-q", "--no-edit", "main")
    assert everything(work) == before
    assert len(work.flaggit("get-pending-flags").json) == 29


def test_a_later_import_adds_what_was_completed_since(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1}, {"id": 2})
    imported(work, file)
    connection = sqlite3.connect(file)
    connection.execute(
        "UPDATE flags SET status = 'completed', completed_by = '@frontend.web', completed_at = created_at"
    )
    connection.commit()
    connection.close()
    answer = imported(work, file)["data"]
    assert (answer["flags"], answer["completions"], answer["already"]) == ([], 2, 2)


def test_equal_rows_stay_two_flags_and_two_databases_share_no_number(work: Work, tmp_path: Path) -> None:
    imported(work, older_database(tmp_path / "one.db", {"id": 1}, {"id": 2}))
    imported(work, older_database(tmp_path / "two.db", {"id": 1, "change_description": LONG_CHANGE + " Else."}))
    assert len(work.flaggit("get-pending-flags").json) == 3
    refusal = work.flaggit("show", "1", "--json", status=2).json
    assert refusal["code"] == "ambiguous_id" and len(refusal["candidates"]) == 2
    assert work.flaggit("show", "2", "--json").data["legacy_id"] == 2


def test_what_the_rules_do_not_allow_is_mapped_and_said(work: Work, tmp_path: Path) -> None:
    file = older_database(
        tmp_path / "project.db",
        {"id": 1, "flag_type": "code_quality", "impact_level": "urgent"},
        {"id": 2, "flag_type": "security", "impact_level": "high"},
        {"id": 3, "impact_level": "critical"},
        {"id": 4, "impact_level": "high", "target_agent": ""},
        {"id": 5, "source_agent": "@api-agent", "target_agent": "ARTHUR"},
        {"id": 6, "related_files": "/etc/passwd,src/a.ts", "code_location": "not a location", "context": "no json"},
        {"id": 7, "chain_origin_id": 424242, "status": "in_progress", "locked": 1, "session_id": "s1"},
        {"id": 8, "change_description": "too short", "action_required": "also short"},
        {"id": 9, "change_description": LONG_CHANGE + "\x1b[31m", "status": "completed"},
        {"id": 10, "chain_origin_id": 10},
    )
    answer = imported(work, file)
    rows = {number: work.flaggit("show", str(number), "--json").data for number in range(1, 11)}
    assert (rows[1]["flag_type"], rows[1]["impact_level"]) == ("change", "medium")
    assert "flag_type was: code_quality" in rows[1]["notes"] and "impact_level was: urgent" in rows[1]["notes"]
    assert rows[2]["impact_level"] == "critical"
    assert rows[3]["impact_level"] == "high"
    assert (rows[4]["impact_level"], rows[4]["target_agent"]) == ("medium", None)
    assert (rows[5]["source_agent"], rows[5]["target_agent"]) == ("@api.agent", "@agent.arthur")
    assert rows[6]["related_files"] == ["src/a.ts"] and "/etc/passwd" in rows[6]["notes"]
    assert "code_location" not in rows[6] and "context was: no json" in rows[6]["notes"]
    assert rows[7]["status"] == "pending" and "424242" in rows[7]["notes"] and rows[7]["locked"] is False
    assert rows[8]["change_description"] == "too short"
    assert rows[9]["completed_by"] == "@frontend.web" and "\\u001b[31m" in rows[9]["change_description"]
    assert "chain_origin_id" not in rows[10]
    said = "\n".join(warning["message"] for warning in answer["warnings"])
    for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10):
        assert f"row {number}:" in said
    assert "session_id" in said and "no zone" in said
    assert [warning["code"] for warning in answer["warnings"] if "row 8" in warning["message"]] == ["too_short"] * 2
    assert [found["level"] for found in work.flaggit("check", "--json").data if found["level"] == "error"] == []


def test_a_pending_row_that_says_who_completed_it_keeps_that_in_its_notes(work: Work, tmp_path: Path) -> None:
    row = {"id": 1, "completed_by": "@a.b", "completed_at": "2025-08-25 09:00", "notes": "half done"}
    found = imported(work, older_database(tmp_path / "project.db", row))
    (flag,) = work.flaggit("get-pending-flags").json
    assert flag["notes"] == "half done\ncompleted_by was: @a.b\ncompleted_at was: 2025-08-25 09:00"
    assert {"completed_by", "completed_at"} <= {one.get("field") for one in found["warnings"]}


def test_seconds_since_the_epoch_are_read_as_numbers_and_as_digits(work: Work, tmp_path: Path) -> None:
    rows = [{"id": 1, "created_at": 1756000000}, {"id": 2, "created_at": "1756000000"}]
    imported(work, older_database(tmp_path / "project.db", *rows))
    assert {row["created_at"] for row in work.flaggit("get-pending-flags").json} == {"2025-08-24T01:46:40Z"}


def test_what_cannot_be_mapped_stops_everything_and_is_listed(work: Work, tmp_path: Path) -> None:
    file = older_database(
        tmp_path / "project.db",
        {"id": 1},
        {"id": 2, "source_agent": "@"},
        {"id": 3, "created_at": "whenever"},
        {"id": 4, "change_description": "   "},
        {"id": 5, "flag_type": "security", "target_agent": None},
    )
    refusal = imported(work, file, status=2)
    assert refusal["code"] == "unmappable"
    assert [violation["record"] for violation in refusal["violations"]] == ["row 2", "row 3", "row 4", "row 5"]
    assert everything(work) == {}
    answer = imported(work, file, "--skip", status=1)
    assert len(answer["data"]["flags"]) == 1 and len(answer["data"]["unmapped"]) == 4


def test_names_are_mapped_as_told(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1, "source_agent": "@", "target_agent": "@api-agent"})
    imported(work, file, "--map", "@=@backend.queue", "--map", "api-agent=@backend.api")
    row = work.flaggit("show", "1", "--json").data
    assert (row["source_agent"], row["target_agent"]) == ("@backend.queue", "@backend.api")
    assert imported(work, file, "--map", "nonsense", status=2)["code"] == "usage"


def test_questions_and_answers_are_linked_by_their_texts(work: Work, tmp_path: Path) -> None:
    file = older_database(
        tmp_path / "project.db",
        {"id": 15},
        {
            "id": 27,
            "flag_type": "information_request",
            "source_agent": "@frontend.web",
            "target_agent": "@backend.queue",
            "change_description": "Need specs for FLAG #15: how long does the job id stay valid, please?",
        },
        {
            "id": 28,
            "source_agent": "@backend.queue",
            "target_agent": "@frontend.web",
            "change_description": "Answer to FLAG #27: for 24 hours, and no longer than that, in every case.",
        },
    )
    imported(work, file)
    shown = work.flaggit("show", "15", "--json").data
    question = work.flaggit("show", "27", "--json").data
    assert question["re"] == shown["id"]
    assert work.flaggit("show", "28", "--json").data["re"] == question["id"]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "+05:30", "America/Los_Angeles"])
def test_times_are_read_in_the_named_zone_whatever_this_machine_thinks(work: Work, tmp_path: Path, zone: str) -> None:
    expected = {
        "UTC": "2025-08-24T23:09:00Z",
        "Europe/Berlin": "2025-08-24T21:09:00Z",
        "+05:30": "2025-08-24T17:39:00Z",
        "America/Los_Angeles": "2025-08-25T06:09:00Z",
    }
    file = older_database(tmp_path / "project.db", {"id": 1}, {"id": 2, "created_at": "2025-08-24T23:09:00+02:00"})
    work.flaggit("import", "sqlite", str(file), "--zone", zone, env={"TZ": "Pacific/Auckland"})
    assert work.flaggit("show", "1", "--json").data["created_at"] == expected[zone]
    assert work.flaggit("show", "2", "--json").data["created_at"] == "2025-08-24T21:09:00Z"
    assert imported(work, file, "--zone", "Mars/Olympus", status=2)["code"] == "usage"


def test_hash_seed_locale_and_time_zone_do_not_change_a_byte(work: Work, tmp_path: Path) -> None:
    rows = [{"id": number, "flag_type": f"kind{number}", "related_files": "b,a,/c,d"} for number in range(1, 6)]
    file = older_database(tmp_path / "project.db", *rows)
    seen = set()
    for seed, locale, zone in (("0", "C", "UTC"), ("5", "C.UTF-8", "Asia/Tokyo"), ("99", "POSIX", "America/New_York")):
        env = {"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone}
        answer = work.flaggit("import", "sqlite", str(file), "--json", env=env)
        exports = [work.flaggit("export", form, env=env).out for form in ("json", "jsonl", "csv")]
        seen.add((json.dumps(answer.json["warnings"]), *exports, *everything(work).items()))
        work.git("rm", "-rqf", "--cached", ".flags/frontend.web")
        subprocess.run(["rm", "-r", str(work.path / ".flags" / "frontend.web")], check=True)
    assert len(seen) == 1


def test_dry_run_writes_nothing(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1})
    before = work.git("status", "--porcelain")
    answer = imported(work, file, "--dry-run")["data"]
    assert answer["dry_run"] is True and len(answer["flags"]) == 1
    assert work.git("status", "--porcelain") == before and everything(work) == {}


def test_commit_names_the_completions(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1, "status": "completed", "completed_by": "@frontend.web"})
    answer = imported(work, file, "--commit")["data"]
    message = work.git("log", "-1", "--format=%B", answer["commit"])
    assert f"Completes-Flag: {answer['flags'][0]['id']}" in message
    assert work.git("status", "--porcelain") == ""


def test_the_database_and_its_folder_are_left_alone(work: Work, tmp_path: Path) -> None:
    folder = tmp_path / "older"
    folder.mkdir()
    file = older_database(folder / "project.db", {"id": 1})
    before = file.read_bytes(), sorted(os.listdir(folder))
    imported(work, file)
    assert (file.read_bytes(), sorted(os.listdir(folder))) == before


def test_rows_that_are_only_in_the_write_ahead_log_count_too(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1})
    writer = sqlite3.connect(file)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute(
        "INSERT INTO flags SELECT 2, chain_origin_id, session_id, flag_type, source_agent, target_agent, "
        "change_description, action_required, impact_level, status, locked, related_files, code_location, "
        "example_usage, context, created_at, acknowledged_at, completed_at, completed_by, notes FROM flags"
    )
    writer.commit()
    assert len(imported(work, file)["data"]["flags"]) == 2
    writer.close()


def test_what_a_writer_did_not_finish_is_not_imported(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "live.db", *({"id": number, "notes": "x" * 900} for number in range(1, 200)))
    live = sqlite3.connect(file, isolation_level=None)
    live.execute("PRAGMA cache_size = 1")
    live.execute("BEGIN IMMEDIATE")
    live.execute("UPDATE flags SET notes = 'never ' || notes, status = 'completed'")
    for suffix in ("", "-journal"):  # as after a crash in the middle
        (tmp_path / f"dead.db{suffix}").write_bytes((tmp_path / f"live.db{suffix}").read_bytes())
    live.close()
    assert b"never" in (tmp_path / "dead.db").read_bytes()
    imported(work, tmp_path / "dead.db")
    rows = work.flaggit("get-pending-flags").json
    assert len(rows) == 199 and not any("never" in row["notes"] for row in rows)


def test_tables_that_stay_behind_are_named(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1})
    connection = sqlite3.connect(file)
    connection.executescript(
        "CREATE TABLE agents_memory (name); INSERT INTO agents_memory VALUES ('@a.b');"
        ' CREATE TABLE "odd""name" (x); INSERT INTO "odd""name" VALUES (1); CREATE TABLE e (x);'
    )
    connection.close()
    warnings = imported(work, file, "--zone", "UTC")["warnings"]
    assert [(warning["table"], warning["rows"]) for warning in warnings] == [("agents_memory", 1), ('odd"name', 1)]


def test_an_older_table_with_fewer_columns_is_read(work: Work, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.db")
    connection.execute(
        "CREATE TABLE flags (id INTEGER, flag_type, source_agent, target_agent, change_description,"
        " action_required, impact_level, status, created_at)"
    )
    connection.execute(
        "INSERT INTO flags VALUES (1, 'change', '@a.b', '@c.d', ?, ?, 'low', 'pending', '2025-01-01 00:00')",
        (LONG_CHANGE, LONG_ACTION),
    )
    connection.commit()
    connection.close()
    assert len(imported(work, tmp_path / "old.db")["data"]["flags"]) == 1


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [(b"", "unmappable", 2), (b"no database at all, but long enough to look at" * 50, "unreadable", 5)],
)
def test_what_is_no_such_database_is_refused(
    work: Work, tmp_path: Path, content: bytes, code: str, status: int
) -> None:
    (tmp_path / "x.db").write_bytes(content)
    assert imported(work, tmp_path / "x.db", status=status)["code"] == code
    assert imported(work, tmp_path / "absent.db", status=3)["code"] == "unknown_file"


@pytest.mark.parametrize(
    "line",
    [
        "{bad",
        "[]",
        '{"kind": "agent"}',
        '{"kind": "flag", "id": "../../x"}',
        '{"kind": "flag", "kind": "flag"}',
        '{"kind": "note", "name": "../../../etc/passwd", "schema": 1}',
        '{"kind": "completion", "schema": 1, "id": "abcdefg", "completed_by": "me", "completed_at": "now"}',
        "[" * 5000,
    ],
)
def test_a_bad_line_stops_the_whole_file(work: Work, tmp_path: Path, line: str) -> None:
    flag_id = work.raise_flag()
    good = work.flaggit("export", "jsonl").out
    work.git("rm", "-qf", f".flags/frontend.web/{flag_id}.yaml")
    (tmp_path / "f.jsonl").write_text(good + line + "\n")
    refusal = work.flaggit("import", "jsonl", str(tmp_path / "f.jsonl"), "--json", status=2).json
    assert refusal["code"] == "unmappable" and refusal["violations"][0]["record"] == "line 2"
    assert everything(work) == {}


def test_the_same_id_for_another_flag_is_a_conflict(work: Work, tmp_path: Path) -> None:
    work.raise_flag(id="abcdefg")
    lines = work.flaggit("export", "jsonl").out
    (tmp_path / "f.jsonl").write_text(lines.replace('"@backend.api"', '"@backend.queue"'))
    before = everything(work)
    assert work.flaggit("import", "jsonl", str(tmp_path / "f.jsonl"), "--json", status=4).json["code"] == "conflict"
    (tmp_path / "f.jsonl").write_text(lines.replace("answers 202", "answers 204"))
    answer = work.flaggit("import", "jsonl", str(tmp_path / "f.jsonl"), "--json").json
    assert "stays as it is" in answer["warnings"][0]["message"]
    assert everything(work) == before


def test_standard_input_serves_too(work: Work) -> None:
    work.raise_flag()
    lines = work.flaggit("export", "jsonl", "-").out
    assert work.flaggit("import", "jsonl", "-", "--json", input=lines).data["already"] == 1


def test_a_failure_in_the_middle_leaves_nothing(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1}, {"id": 2, "target_agent": "@backend.queue"})
    work.write(".flags/backend.queue", "a file where the folder has to be")
    work.flaggit("import", "sqlite", str(file), "--json", status=5)
    assert everything(work) == {}
    assert not (work.path / ".flags" / "frontend.web").exists()


KILLED = """
import os, signal
from flaggit.git import progress
from flaggit.__main__ import main
calls, name = 0, {name!r}
real = getattr(os, name)
def last(*words, **options):
    global calls
    calls += 1
    if calls == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words, **options)
setattr(os, name, last)
main()
"""


@pytest.mark.parametrize(
    ("name", "call", "there"),
    [("write", 3, 0), ("sync", 1, 0), ("link", 1, 0), ("link", 5, 4), ("sync", 2, 8)],
    ids=["writing", "before the first", "at the first", "in the middle", "before staging"],
)
def test_an_import_that_was_killed_is_told_and_finished_by_the_next(
    work: Work, tmp_path: Path, name: str, call: int, there: int
) -> None:
    rows = [{"id": number, "status": "completed", "completed_by": "@a.b"} for number in range(1, 5)]
    file = older_database(tmp_path / "project.db", *rows)
    script = KILLED.format(name=name, call=call)
    answer = work.run(sys.executable, "-c", script, "import", "sqlite", str(file), "--commit")
    assert answer.status == -9, answer
    assert len(everything(work)) == there
    findings = work.flaggit("doctor", "--json", status=1).data
    assert [(one["rule"], one["fix"]) for one in findings if one["message"].startswith("An import")] == [
        ("D009", "Run the same import again.")
    ]
    imported(work, file, "--commit")
    assert len(everything(work)) == 8
    assert work.git("status", "--porcelain", "-uall") == ""
    assert work.git("show", "-s", "--format=%s") == "Import 4 flags"
    assert not [one for one in work.flaggit("doctor", "--json").data if one["rule"] == "D009"]


def test_what_a_killed_import_left_can_be_put_aside(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1})
    script = KILLED.format(name="link", call=1)
    assert work.run(sys.executable, "-c", script, "import", "sqlite", str(file)).status == -9
    assert "An import was killed" in work.flaggit("doctor", "--fix", status=1).out
    work.flaggit("doctor", "--fix", "--yes")
    work.flaggit("doctor")
    assert everything(work) == {}


ISSUES = [
    {
        "id": "bd-1",
        "title": "Let clients poll for orders",
        "description": "The queue answers later.",
        "status": "open",
        "priority": 1,
        "issue_type": "feature",
        "assignee": "web@example.org",
        "created_by": "alice",
        "created_at": "2026-01-02T03:04:05.678+01:00",
        "updated_at": "2026-01-03T00:00:00Z",
        "labels": ["orders", "api"],
        "comments": [
            {"id": 1, "issue_id": "bd-1", "author": "bob", "text": "Soon?", "created_at": "2026-01-04T00:00:00Z"}
        ],
    },
    {
        "id": "bd-1.1",
        "title": "Drop the retry",
        "status": "closed",
        "priority": 0,
        "issue_type": "task",
        "created_at": "2026-01-02T03:04:05Z",
        "closed_at": "2026-01-05T00:00:00Z",
        "close_reason": "Done in the same change",
        "dependencies": [
            {"issue_id": "bd-1.1", "depends_on_id": "bd-1", "type": "parent-child"},
            {"issue_id": "bd-1.1", "depends_on_id": "bd-9", "type": "blocks"},
        ],
    },
    {"id": "bd-2", "title": "Gone", "status": "tombstone", "created_at": "2026-01-02T03:04:05Z"},
]


def test_issues_of_beads_become_flags(work: Work, tmp_path: Path) -> None:
    file = tmp_path / "issues.jsonl"
    file.write_text("".join(json.dumps(issue) + "\n" for issue in ISSUES))
    answer = work.flaggit("import", "bd", str(file), "--map", "alice=@backend.api", "--json").json
    assert (len(answer["data"]["flags"]), answer["data"]["completions"], answer["data"]["notes"]) == (2, 1, 1)
    ids = [flag["id"] for flag in answer["data"]["flags"]]
    first, second = (work.flaggit("show", flag_id, "--json").data for flag_id in ids)
    assert (first["flag_type"], first["impact_level"], first["source_agent"]) == ("new_feature", "high", "@backend.api")
    assert first["target_agent"] == "@frontend.web" and first["created_at"] == "2026-01-02T02:04:05Z"
    assert "Let clients poll for orders" in first["change_description"] and "labels: orders, api" in first["notes"]
    assert first["discussion"] == [{"author": "@agent.bob", "created_at": "2026-01-04T00:00:00Z", "text": "Soon?"}]
    assert second["chain_origin_id"] == first["id"] and "blocks: bd-9 (not imported)" in second["notes"]
    assert (second["status"], second["completion_notes"]) == ("completed", "Done in the same change")
    assert [found for found in work.flaggit("check", "--json").data if found["level"] == "error"] == []
    before = everything(work)
    again = work.flaggit("import", "bd", str(file), "--map", "alice=@backend.api", "--json").data
    assert again["flags"] == [] and again["already"] == 4 and everything(work) == before


def test_circles_of_issues_are_opened(work: Work, tmp_path: Path) -> None:
    issues = [
        {
            "id": f"bd-{one}",
            "title": f"Issue {one}",
            "created_at": "2026-01-02T03:04:05Z",
            "dependencies": [{"depends_on_id": f"bd-{other}", "type": "parent-child"}],
        }
        for one, other in ((1, 2), (2, 3), (3, 1))
    ]
    (tmp_path / "issues.jsonl").write_text("".join(json.dumps(issue) + "\n" for issue in issues))
    work.flaggit("import", "bd", str(tmp_path / "issues.jsonl"))
    assert [found for found in work.flaggit("check", "--json").data if found["level"] == "error"] == []


def test_progress_is_shown_on_a_terminal_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    reader, writer = os.openpty()
    quiet = progress.Progress("Importing", 3, descriptor=writer)
    quiet.step()
    quiet.finish()
    slow = progress.Progress("Importing", 2, descriptor=writer)
    now[0] += 0.55
    slow.step()
    slow.finish()
    shown = ""
    while not shown.endswith("\x1b[K"):  # a terminal hands on as it pleases
        shown += os.read(reader, 1000).decode()
    assert shown.startswith("\rImporting [") and "1/2" in shown and shown.endswith("\x1b[K")
    os.close(reader)
    os.close(writer)


def test_more_than_a_command_line_holds_is_committed(work: Work, tmp_path: Path) -> None:
    rows = [{"id": number, "status": "completed", "completed_by": "@a.b"} for number in range(1, 602)]
    work.write("half.txt", "half")
    work.git("add", "half.txt")
    imported(work, older_database(tmp_path / "project.db", *rows), "--commit")
    assert len(work.git("show", "--name-only", "--format=").split("\n")) == 1202
    assert work.git("diff", "--cached", "--name-only") == "half.txt"
    assert not [name for name in os.listdir(work.path / ".git" / "flaggit") if name.startswith("paths")]


def test_what_git_cannot_stage_is_not_left_behind(work: Work, tmp_path: Path) -> None:
    file = older_database(tmp_path / "project.db", {"id": 1})
    lock = work.write(".git/index.lock", "")
    refusal = imported(work, file, status=5)
    assert refusal["code"] == "git_failed" and "Nothing was changed" in refusal["error"]
    assert everything(work) == {}
    lock.unlink()
    assert len(imported(work, file)["data"]["flags"]) == 1


def test_stopping_in_the_middle_leaves_nothing(work: Work) -> None:
    from flaggit.core.model import flag_from_document

    session = work.session()
    flags = [
        flag_from_document(
            {
                "schema": 1,
                "id": f"abcdef{number}",
                "flag_type": "change",
                "impact_level": "low",
                "source_agent": "@backend.api",
                "target_agent": "@frontend.web",
                "change_description": LONG_CHANGE,
                "action_required": LONG_ACTION,
                "created_at": "2026-11-23T14:00:00Z",
            }
        )
        for number in range(5)
    ]
    steps: list[int] = []

    def stop() -> None:
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.store.add_all(flags, stop)
    assert everything(work) == {}
    assert not (work.path / ".flags" / "frontend.web").exists()
    assert len(session.store.add_all(flags, lambda: None)) == 5
