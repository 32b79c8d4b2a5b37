"""How much a list says: ``--limit``, ``--fields``, ``--count``, and what text leaves out by itself."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conftest import Work
from watchers import eventually

from flaggit.core.ids import new_flag_id
from flaggit.output.rows import ROW_FIELDS

API, WEB = "@backend.api", "@frontend.web"


def test_text_shows_25_and_says_how_many_more(work: Work) -> None:
    ids = [work.raise_flag(API, WEB) for _ in range(27)]
    lines = work.flaggit("inbox", agent=WEB).out.splitlines()
    assert len(lines) == 51
    assert lines[-1] == "and 2 more: --limit 27"
    whole = work.flaggit("inbox", "--limit", "27", agent=WEB).out
    assert all(flag_id in whole for flag_id in ids)
    assert "more" not in whole
    assert len(work.flaggit("inbox", "--json", agent=WEB).data) == 27  # a program is shown all


@pytest.mark.parametrize("command", [("inbox",), ("list",), ("find", "orders"), ("outbox", API), ("chain", "ID")])
def test_every_list_has_them(work: Work, command: tuple[str, ...]) -> None:
    root = work.raise_flag(API, WEB)
    for _ in range(4):
        work.raise_flag(API, WEB, chain_origin_id=root)
    words = [root if word == "ID" else word for word in command]
    assert work.flaggit(*words, "--count", agent=WEB).out == "5\n"
    assert work.flaggit(*words, "--count", "--json", agent=WEB).data == 5
    answer = work.flaggit(*words, "--limit", "2", "--json", agent=WEB).json
    assert (len(answer["data"]), answer["total"]) == (2, 5)
    chosen = work.flaggit(*words, "--fields", "id,impact_level,locked_by", "--json", agent=WEB).json
    assert chosen["fields"] == ["id", "impact_level", "locked_by"]
    assert all(row.keys() == {"id", "impact_level"} for row in chosen["data"])
    text = work.flaggit(*words, "--fields", "id,impact_level,locked_by", "--limit", "3", agent=WEB).out.splitlines()
    assert [line.split("\t")[1:] for line in text[:3]] == [["medium", ""]] * 3
    assert text[3:] == ["and 2 more: --limit 5"]


def test_every_field_can_be_asked_for_and_no_other(work: Work) -> None:
    work.raise_flag(API, WEB, related_files=("src/a.ts", "src/b.ts"), batch=new_flag_id())
    (row,) = work.flaggit("list", "--fields", ",".join(ROW_FIELDS), "--json").data
    (full,) = work.flaggit("list", "--full", "--json").data
    assert row == {key: value for key, value in full.items() if value is not None}
    assert work.flaggit("list", "--fields", "related_files,place").out == "src/a.ts,src/b.ts\there\n"
    assert "a flag has no colour" in work.flaggit("list", "--fields", "id,colour", status=2).err
    work.flaggit("list", "--limit", "0", status=2)
    refusal = work.flaggit("list", "--count", "--limit", "2", "--fields", "id", status=2).err
    assert "--limit and --fields do nothing beside --count: leave them out." in refusal


def test_next_waits_for_work(work: Work) -> None:
    argv = [sys.executable, "-m", "flaggit", "next", WEB, "--lock", "--wait", "300s", "--json"]
    process = subprocess.Popen(argv, cwd=work.path, stdout=subprocess.PIPE, text=True)
    eventually((work.path / ".git" / "flaggit" / "inboxes").exists)  # it has looked once
    flag_id = work.raise_flag(API, WEB)
    out, _ = process.communicate(timeout=300)
    assert (process.returncode, json.loads(out)["data"]["id"]) == (0, flag_id)
    assert work.flaggit("show", flag_id, "--json").data["locked_by"] == WEB
    assert work.flaggit("next", WEB, "--wait", "1s", agent=API, status=None).status in (0, 1)
    work.flaggit("next", API, "--wait", "1s", status=1)


def test_cursors_of_lists_name_what_was_there(work: Work) -> None:
    work.raise_flag(API, WEB)
    for command in ("inbox", "next", "prime"):
        cursor = work.flaggit(command, WEB, "--json", status=None).json["cursor"]
        new = work.raise_flag(API, WEB)
        answer = work.flaggit("wait", "--new", WEB, "--since", cursor, "--json").json
        assert [row["id"] for row in answer["data"]] == [new], command
