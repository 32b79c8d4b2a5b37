"""Another program's database: read whatever its schema says, and nothing of that schema runs."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.transfer import database
from flaggit.transfer.database import read_database

FLAGS = """
CREATE TABLE flags(id INTEGER PRIMARY KEY AUTOINCREMENT, chain_origin_id INTEGER, session_id TEXT,
  flag_type TEXT NOT NULL,
  source_agent TEXT NOT NULL, target_agent TEXT, change_description TEXT NOT NULL, action_required TEXT NOT NULL,
  impact_level TEXT DEFAULT 'medium', status TEXT DEFAULT 'pending', locked BOOLEAN DEFAULT FALSE, related_files TEXT,
  code_location TEXT, example_usage TEXT, context JSON, created_at TEXT NOT NULL, acknowledged_at TEXT,
  completed_at TEXT, completed_by TEXT, notes TEXT {more});
"""
AGENTS = """
CREATE TABLE agents_catalog(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, type TEXT NOT NULL, module TEXT,
  sub_module TEXT, role JSON, tech_stack JSON, scenarios JSON, tags JSON, connections JSON,
  CHECK (type != 'acolyte' OR module IS NOT NULL));
"""


def make(path: Path, script: str, *, source: str = "@backend.api", more: str = "") -> str:
    """A database with one flag and whatever else the script makes."""
    connection = sqlite3.connect(path)
    connection.create_function("own", 1, lambda value: value, deterministic=True)
    connection.create_collation("own", lambda a, b: (a > b) - (a < b))
    connection.executescript(FLAGS.format(more=more) + script)
    fields = "flag_type, source_agent, target_agent, change_description, action_required, created_at"
    values = ("change", source, "@frontend.web", LONG_CHANGE, LONG_ACTION, "2025-08-25 10:00")
    connection.execute(f"INSERT INTO flags({fields}) VALUES (?, ?, ?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    return str(path)


SCHEMAS = {
    "index over json": "CREATE TABLE jobs(d TEXT); CREATE INDEX i ON jobs(json_extract(d, '$.priority'), d);",
    "index over time": "CREATE TABLE jobs(d TEXT); CREATE INDEX i ON jobs(datetime(d) DESC);",
    "partial index": "CREATE INDEX i ON flags(status) WHERE json_extract(context, '$.x') IS NOT NULL;",
    "index over a function of its own": "CREATE INDEX i ON flags(own(status));",
    "collation of its own": "CREATE INDEX i ON flags(status COLLATE own);",
    "a view that never ends": """CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n)
        SELECT count(*) FROM n;""",
    "triggers": "CREATE TRIGGER t BEFORE INSERT ON flags BEGIN SELECT 1; END;",
    "virtual table": "CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('a');",
}


@pytest.mark.parametrize("script", SCHEMAS.values(), ids=SCHEMAS)
def test_whatever_else_the_schema_has_the_flags_are_read(tmp_path: Path, script: str) -> None:
    found = read_database(make(tmp_path / "project.db", script))
    assert [row["source_agent"] for row in found.rows] == ["@backend.api"]
    assert "words" not in found.others


def test_computed_columns_are_left_alone(tmp_path: Path) -> None:
    more = """, g TEXT GENERATED ALWAYS AS (json_extract(context, '$.x')) VIRTUAL,
        h BLOB GENERATED ALWAYS AS (randomblob(900000000)) VIRTUAL"""
    more = more.replace("randomblob", "zeroblob")
    found = read_database(make(tmp_path / "project.db", "", more=more))
    assert {"g", "h"}.isdisjoint(found.rows[0])


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE t(x); CREATE VIEW flags AS SELECT * FROM t;",
        "CREATE VIRTUAL TABLE flags USING fts5(x);",
        "CREATE TABLE t(x);",
    ],
)
def test_what_is_no_table_of_flags_is_refused(tmp_path: Path, script: str) -> None:
    connection = sqlite3.connect(tmp_path / "project.db")
    connection.executescript(script)
    connection.close()
    with pytest.raises(InvalidError, match="has no table flags"):
        read_database(str(tmp_path / "project.db"))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "project.db", "CREATE TABLE big(x); INSERT INTO big VALUES (zeroblob(5000000));")
    assert read_database(path).others == {"big": 1}
    connection = sqlite3.connect(path)
    connection.execute("UPDATE flags SET notes = zeroblob(5000000)")
    connection.commit()
    connection.close()
    with pytest.raises(UnavailableError, match="too big"):
        read_database(path)
    monkeypatch.setattr(database, "DATABASE", 1000)
    with pytest.raises(UnavailableError, match="larger"):
        read_database(path)
    path = make(tmp_path / "slow.db", "")
    monkeypatch.setattr(database, "DATABASE", 1 << 30)
    monkeypatch.setattr(database, "DATABASE_SECONDS", -1.0)
    monkeypatch.setattr(database, "_STEPS", 1)
    with pytest.raises(UnavailableError, match="interrupted"):
        read_database(path)


def test_bytes_that_are_no_database(tmp_path: Path) -> None:
    good = Path(make(tmp_path / "project.db", SCHEMAS["index over json"])).read_bytes()
    for place in range(0, len(good), 997):
        (tmp_path / "bad.db").write_bytes(good[:place] + b"\xff" * 40 + good[place + 40 :])
        try:
            read_database(str(tmp_path / "bad.db"))
        except (UnavailableError, InvalidError) as error:
            assert str(error)


def test_the_catalog_comes_along(work: Work, tmp_path: Path) -> None:
    rows = [
        ("@backend.api", "backend", None, "[]"),
        ("@backend.nodejs", "backend", None, '["Runs the order service.", "Node"]'),
        ("@acolyte.auth", "acolyte", "auth", None),
        ("@api-agent", "backend", "api", "not JSON"),
        ("C#", "backend", None, None),
        ("C++", "backend", None, None),
    ]
    path = make(tmp_path / "project.db", AGENTS + SCHEMAS["index over json"], source="C#")
    connection = sqlite3.connect(path)
    connection.executemany("INSERT INTO agents_catalog(name, type, module, role) VALUES (?, ?, ?, ?)", rows)
    connection.execute(
        "UPDATE agents_catalog SET tags = ?, connections = ? WHERE name = '@backend.nodejs'",
        (json.dumps(["node", "queue"]), json.dumps(["@backend.api [optional,seq:2]", "@nobody.here"])),
    )
    connection.commit()
    connection.close()
    before = work.read(".flags/catalog.yaml")
    data = work.flaggit("import", "sqlite", path, "--zone", "UTC", "--dry-run", "--json").data
    assert work.read(".flags/catalog.yaml") == before
    found = work.flaggit("import", "sqlite", path, "--zone", "UTC", "--commit", "--json").data
    handles = ["@backend.nodejs", "@acolyte.auth", "@api.agent", "@c.sharp", "@c.plus-plus"]
    assert found["agents"] == data["agents"] == handles
    node = work.flaggit("agents", "show", "@backend.nodejs", "--json").data
    assert (node["tags"], node["connections"]) == (["node", "queue"], ["@backend.api"])
    assert node["description"].startswith("Runs the order service.")
    assert work.flaggit("show", found["flags"][0]["id"], "--json").data["source_agent"] == "@c.sharp"
    assert work.git("status", "--porcelain") == ""
    assert work.flaggit("check").status == 0
    again = work.flaggit("import", "sqlite", path, "--zone", "UTC", "--json").data
    assert not again["flags"] and "agents" not in again
