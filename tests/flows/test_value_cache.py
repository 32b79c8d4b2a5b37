"""Large stores: what files held is told again without reading them, and every change of theirs is seen."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.clone import value_cache
from flaggit.clone.value_cache import MANY
from flaggit.core.model import Completion, Flag, completion_document, flag_document
from flaggit.documents.canonical import dump_document
from flaggit.git import cache

SETTLED = 2.1  # seconds after which a file's times tell every later change
AGENTS = [f"@backend.part{number}" for number in range(4)]
DONE = "m000007"


def put(work: Work, flag_id: str, target: str, change: str = LONG_CHANGE) -> Path:
    flag = Flag(flag_id, "change", "medium", "@backend.api", target, change, LONG_ACTION, "2026-11-24T10:00:00Z")
    return work.write(f".flags/{target[1:]}/{flag_id}.yaml", dump_document("flag", flag_document(flag)).decode())


def path_of(work: Work, flag_id: str) -> Path:
    return next((work.path / ".flags").glob(f"backend.*/{flag_id}.yaml"))


@pytest.fixture
def large(work: Work) -> Work:
    """A store whose files are remembered."""
    for number in range(MANY + 20):
        put(work, f"m{number:06}", AGENTS[number % len(AGENTS)])
    done = Completion(DONE, AGENTS[3], "2026-11-24T11:00:00Z")
    work.write(f".flags/done/{DONE}.yaml", dump_document("completion", completion_document(done)).decode())
    time.sleep(SETTLED)
    assert len(listed(work)) == MANY + 19
    assert len(list(folder_of(work).iterdir())) == len(AGENTS)
    return work


def folder_of(work: Work) -> Path:
    return work.path / ".git" / "flaggit" / "values"


def listed(work: Work) -> dict[str, dict]:
    """Return what is listed, by id; nothing that is remembered may change it."""
    answer = work.flaggit("list", "--full", "--json")
    for file in folder_of(work).glob("*"):
        file.rename(file.with_suffix(".away"))
    fresh = work.flaggit("list", "--full", "--json")
    for file in folder_of(work).glob("*.away"):
        file.rename(file.with_suffix(".cache"))
    assert answer.json == fresh.json
    return {row["id"]: row for row in answer.data}


def reads(work: Work, tmp_path: Path) -> int:
    """Return how many flag files one ``list`` opens."""
    trace = tmp_path / "opened"
    program = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda event, words: event == 'open' and opened.append(str(words[0])))\n"
        "from flaggit.cli.entry import run\n"
        f"run(['list']); open({str(trace)!r}, 'w').write(str(sum(name.endswith('.yaml') for name in opened)))"
    )
    work.run(sys.executable, "-c", program)
    return int(trace.read_text())


def test_a_second_listing_reads_no_flag(large: Work, tmp_path: Path) -> None:
    assert reads(large, tmp_path) < 5  # the catalog and the settings
    path = path_of(large, "m000001")
    path.write_text(path.read_text().replace("medium", "high"))
    assert reads(large, tmp_path) < 6


def test_an_edit_in_place_is_seen_though_size_and_time_stay_the_same(large: Work) -> None:
    path = path_of(large, "m000001")
    before = path.stat()
    text = path.read_text()
    with path.open("r+") as file:
        file.write(text.replace("POST /orders", "PUT! /orders"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_ino) == (before.st_size, before.st_ino)
    assert listed(large)["m000001"]["change_description"].startswith("PUT! /orders")


def test_a_file_that_takes_anothers_place_is_seen(large: Work, tmp_path: Path) -> None:
    path = path_of(large, "m000001")
    before = path.stat()
    other = tmp_path / "other.yaml"
    other.write_text(path.read_text().replace("POST /orders", "PUT! /orders"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert other.stat().st_size == before.st_size
    other.replace(path)
    assert listed(large)["m000001"]["change_description"].startswith("PUT! /orders")


def test_files_that_come_go_and_break_are_seen(large: Work) -> None:
    path_of(large, "m000002").unlink()
    put(large, "n000001", AGENTS[0])
    path_of(large, "m000003").write_text("id: [")
    rows = listed(large)
    assert "m000002" not in rows
    assert "m000003" not in rows
    assert "n000001" in rows
    assert "m000003" in large.flaggit("list").err
    assert "m000003" in large.flaggit("list").err
    large.flaggit("complete", "m000004", agent=AGENTS[0])
    assert "m000004" not in listed(large)
    everything = large.flaggit("list", "--status", "all", "--json").data
    assert {row["id"] for row in everything if row.get("status") == "completed"} == {DONE, "m000004"}


def test_a_flag_in_the_wrong_folder_is_broken_although_it_was_good_where_it_came_from(large: Work) -> None:
    path = path_of(large, "m000001")
    path.rename(path.parent.parent / AGENTS[2][1:] / path.name)
    assert "m000001" not in listed(large)
    assert "lies in the folder of another" in large.flaggit("list").err


@pytest.mark.parametrize("damage", [b"", b"garbage", b"flaggit-cache-2\n" + b"\0" * 100])
def test_damage_reads_as_absence(large: Work, damage: bytes) -> None:
    for file in folder_of(large).iterdir():
        file.write_bytes(damage)
    assert len(listed(large)) == MANY + 19


def test_fields_that_are_damaged_are_read_from_their_file(large: Work) -> None:
    for file in folder_of(large).iterdir():
        data = file.read_bytes()
        file.write_bytes(data.replace(LONG_CHANGE.encode(), b"x" * len(LONG_CHANGE)))
    assert {row["change_description"] for row in listed(large).values()} == {LONG_CHANGE}


def test_what_was_kept_of_other_fields_is_not_taken(large: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    place = str(next(folder_of(large).iterdir()))
    assert cache.load_pile(place, value_cache._key())
    monkeypatch.setattr(Flag, "__annotations__", {**Flag.__annotations__, "colour": "str"})
    assert cache.load_pile(place, value_cache._key()) is None


def test_another_worktrees_files_are_its_own(large: Work) -> None:
    large.commit("Many flags", ".flags")
    other = large.worktree("other", "other")
    path = path_of(other, "m000005")
    path.write_text(path.read_text().replace('"medium"', '"critical"'))
    assert listed(other)["m000005"]["impact_level"] == "critical"
    assert listed(large)["m000005"]["impact_level"] == "medium"


# root without the right to look into everything
RESTRICTED = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root looks into everything")
def test_files_that_may_not_be_looked_at_are_told(large: Work) -> None:
    folder = path_of(large, "m000001").parent
    names = sorted(file.stem for file in folder.glob("*.yaml"))
    restricted = RESTRICTED if os.geteuid() == 0 else []
    folder.chmod(0o600)
    answer = large.run(*restricted, sys.executable, "-m", "flaggit", "list", "--json").json
    folder.chmod(0o700)
    assert len(answer["data"]) == MANY + 19 - len(names)
    assert sorted(Path(problem["path"]).stem for problem in answer["warnings"]) == names
    assert {problem["code"] for problem in answer["warnings"]} == {"unreadable"}
