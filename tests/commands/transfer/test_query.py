"""``query``: rows for one SELECT, and a refusal for everything else, soon and without a trace."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import Work

from flaggit.commands.transfer import query as query_module
from flaggit.commands.transfer.query import FUNCTIONS, Table, run_select
from flaggit.core.errors import InvalidError

TABLES = {"flags": Table(("id", "text"), [(f"k{number:06}", "x" * 500) for number in range(2000)])}
SMALL = {"flags": Table(("id", "text"), (("k7m2q0x", "some"), ("p3vd81c", None)))}
VIEWS = {"pending_flags": "SELECT * FROM flags WHERE text IS NOT NULL"}

_NUMBERS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
_LONG = "WITH t AS (SELECT group_concat(text, '') s FROM (SELECT text FROM flags LIMIT 240))"
_DOUBLING = "WITH a0 AS (SELECT 1 x)" + "".join(
    f", a{i} AS (SELECT l.x FROM a{i - 1} l, a{i - 1} r)" for i in range(1, 100)
)
HOSTILE = {
    "write": "INSERT INTO flags VALUES ('a', 'b')",
    "update": "UPDATE flags SET id = 'x' RETURNING id",
    "delete": "DELETE FROM flags",
    "with and delete": "WITH x AS (SELECT 1) DELETE FROM flags",
    "with and insert": "WITH x AS (SELECT 1) INSERT INTO flags SELECT 'a', 'b'",
    "replace": "REPLACE INTO flags VALUES ('a', 'b')",
    "drop": "DROP TABLE flags",
    "create": "CREATE TABLE t (a)",
    "trigger": "CREATE TRIGGER t AFTER INSERT ON flags BEGIN SELECT 1; END",
    "alter": "ALTER TABLE flags RENAME TO f",
    "attach": "ATTACH DATABASE '/tmp/flaggit-hostile.db' AS other",
    "detach": "DETACH DATABASE main",
    "vacuum into": "VACUUM INTO '/tmp/flaggit-hostile.db'",
    "pragma": "PRAGMA writable_schema = ON",
    "pragma table": "SELECT * FROM pragma_database_list",
    "pragma count": "SELECT count(*) FROM pragma_table_list",
    "begin": "BEGIN IMMEDIATE",
    "savepoint": "SAVEPOINT a",
    "analyze": "ANALYZE",
    "reindex": "REINDEX",
    "explain": "EXPLAIN SELECT 1",
    "stacked": "SELECT 1; DROP TABLE flags",
    "stacked comment": "SELECT 1; -- \n DELETE FROM flags",
    "hidden by a comment": "/* SELECT */ DELETE FROM flags",
    "hidden by a line": "-- SELECT\nDELETE FROM flags",
    "extension": "SELECT load_extension('/tmp/flaggit-hostile.so')",
    "read a file": "SELECT readfile('/etc/passwd')",
    "write a file": "SELECT writefile('/tmp/flaggit-hostile', 'x')",
    "json table": "SELECT * FROM json_each('[1]')",
    "other schema": "SELECT * FROM temp.sqlite_temp_master",
    "statistics": "SELECT * FROM sqlite_stat1",
    "large blob": "SELECT zeroblob(1000000000)",
    "large random": "SELECT randomblob(1000000000)",
    "large print": "SELECT printf('%1000000000d', 1)",
    "hex": "SELECT hex(text) FROM flags",
    "endless rows": f"{_NUMBERS} SELECT x FROM c",
    "endless count": f"{_NUMBERS} SELECT count(*) FROM c",
    "endless sort": f"{_NUMBERS} SELECT x FROM c ORDER BY x DESC",
    "sort much": f"{_NUMBERS} SELECT x FROM (SELECT x FROM c LIMIT 300000) ORDER BY x * 7919 % 10007",
    "endless set": "WITH RECURSIVE c(x) AS (SELECT 1 UNION SELECT x + 1 FROM c) SELECT max(x) FROM c",
    "growing text": "WITH RECURSIVE c(x) AS (SELECT 'aa' UNION ALL SELECT x || x FROM c) SELECT length(x) FROM c",
    "join": "SELECT * FROM " + ", ".join(f"flags f{i}" for i in range(60)),
    "join and compare": "SELECT count(*) FROM flags a, flags b, flags c WHERE a.text < b.text || c.text",
    "join wide": "SELECT count(*) FROM "
    + ", ".join(f"flags f{i}" for i in range(63))
    + " WHERE "
    + " AND ".join(f"f{i}.text = f{i + 1}.text" for i in range(62)),
    "doubling names": _DOUBLING + " SELECT x FROM a99",
    "concatenate all": "SELECT group_concat(a.text || b.text) FROM flags a, flags b",
    "slow search": f"{_LONG} SELECT sum(instr(t.s, substr(t.s, 60000) || 'y')) FROM t, flags, flags b",
    "slow trim": f"{_LONG} SELECT count(trim(t.s, substr(t.s, 100))) FROM t, flags, flags b",
    "slow pattern": f"{_LONG} SELECT count(*) FROM t, flags a, flags b WHERE t.s || b.id LIKE '%" + "x" * 200 + "z%'",
    "slow glob": f"{_LONG} SELECT count(*) FROM t, flags a, flags b WHERE t.s || b.id GLOB '*" + "x" * 200 + "z*'",
    "slow patterns": f"{_LONG} SELECT "
    + " + ".join(f"(t.s LIKE '%{'x' * 230}{number}')" for number in range(40))
    + " FROM t, flags",
    "slow globs": f"{_LONG} SELECT "
    + ", ".join(f"t.s GLOB '*{'x' * 180}{number}'" for number in range(40))
    + " FROM t, flags",
    "slow times": f"{_LONG} SELECT "
    + ", ".join(f"length(strftime(replace(t.s, 'xx', '%J'), 'now', '{number} days'))" for number in range(90))
    + " FROM t, flags",
    "slow sums": f"{_LONG}, u AS (SELECT replace(s, 'x', '1') n FROM t) SELECT "
    + ", ".join("+".join("-n" for _ in range(25)) for _ in range(120))
    + " FROM u, flags",
    "slow trims": f"{_LONG} SELECT "
    + ", ".join(f"length(trim(t.s, replace(t.s, 'x', 'y') || 'x') || {number})" for number in range(40))
    + " FROM t, flags",
    "slow replacing": f"{_LONG} SELECT "
    + ", ".join(f"length(replace(t.s, 'x', '{number % 10}'))" for number in range(190))
    + " FROM t, flags",
    "slow to compile": "WITH a0 AS (SELECT 1 x)"
    + "".join(f", a{i} AS (SELECT (SELECT x FROM a{i - 1}) + (SELECT x FROM a{i - 1}) AS x)" for i in range(1, 90))
    + " SELECT x FROM a89",
    "long pattern": "SELECT 'a' LIKE '" + "%a" * 200 + "'",
    "replace much": f"{_LONG} SELECT length(replace(t.s, 'x', t.s)) FROM t",
    "deep": "SELECT " + "abs(" * 200 + "1" + ")" * 200,  # brackets alone a newer SQLite takes
    "long": "SELECT 1 -- " + "x" * 20_000,
    "many columns": "SELECT " + ", ".join("1" for _ in range(1000)),
    "many unions": " UNION ALL ".join("SELECT 1" for _ in range(100)),
    "nothing": "",
    "blank": "  \n",
    "only a comment": "-- nothing",
    "open comment": "/* SELECT 1",
    "NUL": "SELECT 1\x00; DROP TABLE flags",
    "lone surrogate": "SELECT '\ud800'",
    "nonsense": "SELECT FROM WHERE",
    "no such table": "SELECT * FROM secrets",
    "no such column": "SELECT secret FROM flags",
}


class Clock:
    """Goes on by a hundredth of what a statement gets with each look, so that looks measure the work."""

    ENOUGH = 300  # looks: a hundred for compiling, a hundred for answering, and those that find that time is up

    def __init__(self) -> None:
        self.looks = 0

    def thread_time(self) -> float:
        self.looks += 1
        return self.looks * query_module.SECONDS / 100


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(query_module, "time", clock)
    return clock


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_statements_are_refused_once_their_time_is_up(name: str, clock: Clock) -> None:
    with pytest.raises(InvalidError) as refusal:
        run_select(HOSTILE[name], (), TABLES, VIEWS)
    assert clock.looks < Clock.ENOUGH
    assert refusal.value.code in ("read_only", "bad_sql", "sql_limit")


@pytest.mark.parametrize("name", ["endless count", "slow search", "read a file"])
def test_a_statement_that_was_stopped_leaves_the_next_alone(name: str) -> None:
    with pytest.raises(InvalidError):
        run_select(HOSTILE[name], (), TABLES, VIEWS)
    assert run_select("SELECT count(*) n FROM flags", (), TABLES, VIEWS) == [{"n": 2000}]


@pytest.mark.parametrize(
    "name",
    ["write", "update", "delete", "with and delete", "drop", "attach", "pragma", "explain", "stacked", "nothing"],
)
def test_what_would_write_is_called_so(name: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        run_select(HOSTILE[name], (), TABLES, VIEWS)
    assert refusal.value.code == "read_only"


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith(("endless", "slow", "doubling"))])
def test_what_would_take_too_long_or_too_much_is_called_so(name: str, clock: Clock) -> None:
    with pytest.raises(InvalidError) as refusal:
        run_select(HOSTILE[name], (), TABLES, VIEWS)
    assert refusal.value.code == "sql_limit"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("WITH c AS (SELECT id FROM flags LIMIT 3) SELECT count(*) AS n FROM c", [{"n": 3}]),
        (
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 4) SELECT count(*) n FROM c",
            [{"n": 4}],
        ),
        ("SELECT count(*) AS n FROM (SELECT id FROM flags LIMIT 2)", [{"n": 2}]),
        ("SELECT count(*) AS n FROM flags f JOIN pending_flags p USING (id)", [{"n": 2000}]),
        ("/* a */ -- b\nSELECT 'it''s; fine' AS text;", [{"text": "it's; fine"}]),
        (
            "select max(id) as id from flags where id in (select id from flags) group by 'a' having count(*) > 1",
            [{"id": "k001999"}],
        ),
        (
            "SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM flags ORDER BY n LIMIT 1",
            [{"id": "k001999", "n": 1}],
        ),
        ("SELECT 1 AS one UNION SELECT 2 ORDER BY 1 DESC", [{"one": 2}, {"one": 1}]),
        ("WITH a AS MATERIALIZED (SELECT 1 x) SELECT EXISTS (SELECT 1 FROM a) AS there", [{"there": 1}]),
    ],
)
def test_everyday_statements_are_answered(sql: str, expected: list) -> None:
    assert run_select(sql, (), TABLES, VIEWS) == expected


def test_every_allowed_function_answers() -> None:
    arguments = {
        **dict.fromkeys(("coalesce", "ifnull", "nullif", "glob", "like", "instr", "max", "min"), "'a', 'b'"),
        **dict.fromkeys(("replace", "iif"), "'a', 'b', 'c'"),
        **dict.fromkeys(("substr", "substring"), "'abc', 2"),
        **dict.fromkeys(("row_number", "rank", "dense_rank"), ""),
        "strftime": "'%Y', '2026-11-23'",
    }
    for name in sorted(FUNCTIONS):
        over = " OVER (ORDER BY id)" if name in ("row_number", "rank", "dense_rank") else ""
        sql = f"SELECT {name}({arguments.get(name, '1')}){over} AS value FROM flags LIMIT 1"
        try:
            assert len(run_select(sql, (), TABLES, VIEWS)) == 1, name
        except InvalidError as error:
            assert "no such function" in error.message, name  # an older SQLite


def test_replaced_functions_answer_as_sqlites_own() -> None:
    import sqlite3

    calls = (
        "instr('abcabc', 'ca')",
        "instr('abc', 'x')",
        "instr('abc', '')",
        "instr(NULL, 'x')",
        "instr(12345, 34)",
        "replace('abcabc', 'b', 'xx')",
        "replace('abc', '', 'x')",
        "replace('abc', NULL, 'x')",
        "trim('xxaxx', 'x')",
        "ltrim('xyab', 'yx')",
        "rtrim('abxy', 'yx')",
        "trim('abc', '')",
        "trim('xx', 'x')",
        "ltrim('aab', 'a') || rtrim('abb', 'b')",
        "trim('éaé', 'é')",
        "'aBc' LIKE 'AbC'",
        "'a%c' LIKE 'a!%_' ESCAPE '!'",
        "'É' LIKE 'é'",
        "NULL LIKE 'a'",
        "123 LIKE '1%'",
        "like('a%', 'abc')",
        "'abc' GLOB 'a[b-d]?'",
        "glob('A*', 'abc')",
        "strftime('%Y-%m', '2026-11-23', '+1 month')",
        "strftime('%Y', NULL)",
        "trim(NULL, 'x')",
    )
    with closing(sqlite3.connect(":memory:")) as own:
        for call in calls:
            (expected,) = own.execute(f"SELECT {call}").fetchone()
            assert run_select(f"SELECT {call} AS v", (), {}, {}) == [{"v": expected}], call


def test_values_that_json_cannot_hold_become_text() -> None:
    (row,) = run_select("SELECT x'00ff' AS b, 9e999 AS big, CAST(x'ff' AS TEXT) AS t, 1 AS id, 2 AS id", (), {}, {})
    assert row == {"b": "00ff", "big": "inf", "t": "\ufffd", "id": 1, "id:1": 2}


def test_flags_and_pending_flags(work: Work) -> None:
    first = work.raise_flag(impact_level="high", related_files=("src/a", "src/b"))
    work.raise_flag(target="@backend.queue")
    rows = work.flaggit(
        "query", "SELECT id, locked, related_files FROM flags WHERE target_agent = '@frontend.web'"
    ).json
    assert rows == [{"id": first, "locked": 0, "related_files": "src/a,src/b"}]
    assert work.flaggit("query", "SELECT count(*) AS n FROM pending_flags").json == [{"n": 2}]
    (row,) = work.flaggit("query", "SELECT * FROM flags WHERE id = ?", json.dumps([first])).json
    assert len(row) == 20
    assert work.flaggit("query", "SELECT id FROM flags WHERE id = :id", json.dumps({"id": first})).json == [
        {"id": first}
    ]
    work.flaggit("complete", first, "@frontend.web")
    rows = work.flaggit("query", "select status, completed_by from flags order by status").json
    assert rows == [
        {"status": "completed", "completed_by": "@frontend.web"},
        {"status": "pending", "completed_by": None},
    ]
    assert work.flaggit("query", "SELECT count(*) AS n FROM pending_flags").json == [{"n": 1}]


def test_agents(work: Work) -> None:
    rows = work.flaggit(
        "query", "SELECT name, type, module, status, tags FROM agents_catalog WHERE tags LIKE '%rest%'"
    ).json
    expected = {
        "name": "@backend.api",
        "type": "backend",
        "module": "api",
        "status": "active",
        "tags": '["api", "rest"]',
    }
    assert rows == [expected]
    names = [row["name"] for row in work.flaggit("query", "SELECT name FROM agents_catalog").json]
    assert names == sorted(names) and len(names) == 4


def test_the_tables_can_be_looked_up(work: Work) -> None:
    rows = work.flaggit("query", "SELECT name FROM sqlite_master").json
    assert {row["name"] for row in rows} == {"agents_catalog", "flags", "pending_flags"}


def test_refusals_leave_everything_as_it_was(work: Work) -> None:
    work.raise_flag()
    before = work.git("status", "--porcelain"), work.git("for-each-ref"), work.flaggit("get-pending-flags").out
    for sql in ("DROP TABLE flags", "DELETE FROM flags RETURNING id", "SELECT 1; DELETE FROM flags"):
        answer = work.flaggit("query", sql, status=2)
        assert answer.json["code"] == "read_only" and answer.json["error"]
    assert (
        work.git("status", "--porcelain"),
        work.git("for-each-ref"),
        work.flaggit("get-pending-flags").out,
    ) == before


@pytest.mark.parametrize("sql", ["-- why\nSELECT 1 AS n", "--\n\nSELECT 1 AS n", "SELECT 1 AS n -- why"])
def test_a_statement_may_begin_with_a_comment(work: Work, sql: str) -> None:
    assert work.flaggit("query", sql).json == [{"n": 1}]
    assert (
        work.flaggit("query", sql.replace("SELECT 1 AS n", "DELETE FROM flags"), status=2).json["code"] == "read_only"
    )


def test_a_refusal_names_what_was_asked_for(work: Work) -> None:
    assert "not (" in work.flaggit("query", "(SELECT 1)", status=2).json["error"]
    assert "empty" in work.flaggit("query", " ", status=2).json["error"]


@pytest.mark.parametrize("parameters", ["{bad", "3", '"text"', "[[1]]", '{"a": {}}', "null"])
def test_parameters_have_to_be_plain_json(work: Work, parameters: str) -> None:
    answer = work.flaggit("query", "SELECT ?", parameters, status=2)
    assert answer.json["code"] == "bad_json"


@pytest.mark.parametrize("parameters", ["[]", "[1, 2]", f"[{2**70}]", '{"other": 1}'])
def test_parameters_that_do_not_fit_are_refused(work: Work, parameters: str) -> None:
    assert work.flaggit("query", "SELECT ?", parameters, status=2).json["code"] == "bad_sql"


def test_execute_is_refused_and_names_what_to_use(work: Work) -> None:
    answer = work.flaggit("execute", "UPDATE flags SET status = 'completed'", status=2)
    assert answer.json["code"] == "read_only"
    assert "complete-flag" in answer.json["hint"]


@pytest.mark.parametrize("line", ["timestamp", "update-memory @backend.api x", "get-health", "cleanup-jobs", "--job x"])
def test_what_the_older_system_did_beside_flags_is_refused_in_its_shape(work: Work, line: str) -> None:
    answer = work.flaggit(*line.split(), status=2)
    assert answer.json["code"] == "usage" and line.split()[0] in answer.json["error"]


def test_text_form(work: Work) -> None:
    flag_id = work.raise_flag()
    assert work.flaggit("query", "SELECT id, notes FROM flags", "--format", "text").out == f"id\tnotes\n{flag_id}\t\n"


def test_the_older_protocols_own_statement(work: Work, data_folder) -> None:
    work.write(".flags/catalog.yaml", (data_folder / "catalog-52.yaml").read_text())
    columns = "SELECT name, module, description, capabilities "
    sql = columns + "   FROM agents_catalog WHERE status='active' AND module LIKE '%auth%'"
    rows = work.flaggit("query", sql).json
    assert [row["name"] for row in rows] == ["@service.auth"]
    assert list(rows[0]) == ["name", "module", "description", "capabilities"]


_TEXT = (
    "SELECT WITH RECURSIVE FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET UNION ALL EXCEPT INTERSECT AS ON JOIN LEFT"
    " CROSS NATURAL IN EXISTS BETWEEN LIKE GLOB IS NOT NULL CASE WHEN THEN ELSE END CAST OVER PARTITION VALUES DISTINCT"
    " INSERT INTO UPDATE SET DELETE DROP TABLE CREATE VIEW PRAGMA ATTACH DATABASE VACUUM EXPLAIN RETURNING BEGIN"
    " flags pending_flags sqlite_master id text t x count sum max group_concat load_extension printf zeroblob json_each"
    " ( ) , ; * + - || = < > . ? :a @b 1 0 'a' \"id\" x'00' -- /* */ 9e999 rowid"
)
WORDS = _TEXT.split()


@examples(200)
@given(st.lists(st.sampled_from(WORDS), max_size=25), st.booleans())
def test_no_sequence_of_words_does_anything_but_answer_or_be_refused(words: list[str], selects: bool) -> None:
    sql = " ".join(["SELECT", *words] if selects else words)
    clock = Clock()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(query_module, "time", clock)
            assert isinstance(run_select(sql, (), SMALL, VIEWS), list)
    except InvalidError as error:
        assert error.code in ("read_only", "bad_sql", "sql_limit")
    assert clock.looks < Clock.ENOUGH
