"""Which flags ask about one: found whoever they are for, in small stores and, through a cache, in large ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.core.model import Flag, flag_document
from flaggit.documents.canonical import dump_document

WEB, DATA = "@frontend.web", "@database.main"
MANY = 520  # more than are read one by one
SETTLED = 3.1  # seconds after which a folder's times tell every later change of its names
AGENTS = [f"@backend.part{number}" for number in range(8)]


def cache_of(work: Work) -> Path:
    return work.path / ".git" / "flaggit" / "links.cache"


def add(work: Work, flag_id: str, target: str, **fields: object) -> Path:
    flag = Flag(flag_id, "change", "medium", "@backend.api", target, LONG_CHANGE, LONG_ACTION, "2026-11-24T10:00:00Z")
    document = {**flag_document(flag), **fields}
    return work.write(f".flags/{target[1:]}/{flag_id}.yaml", dump_document("flag", document).decode())


@pytest.fixture
def large(work: Work) -> Work:
    """A work tree with more flags than are read one by one, all committed, folders some seconds old."""
    for number in range(MANY):
        # A flag that nobody holds waits on its target's own questions.
        add(work, f"m{number:06}", WEB if number in (0, 1, 2, 3) else AGENTS[number % len(AGENTS)])
    work.commit("Many flags", ".flags")
    time.sleep(SETTLED)
    return work


def waiting_on(work: Work, flag_id: str) -> list[str]:
    """Return what a flag waits on; with the caches deleted the answer has to be the same."""
    found = work.flaggit("show", flag_id, "--json").data["waiting_on"]
    cache_of(work).unlink(missing_ok=True)
    assert sorted(work.flaggit("show", flag_id, "--json").data["waiting_on"]) == sorted(found)
    assert sorted(work.flaggit("show", flag_id, "--json").data["waiting_on"]) == sorted(found)
    return sorted(found)


def ask(work: Work, flag_id: str, target: str) -> str:
    return str(work.flaggit("ask", flag_id, "Which table?", "--to", target, "--json", agent=WEB).data["id"])


def test_a_question_to_a_third_agent_is_seen_although_nobody_holds_the_flag(work: Work) -> None:
    flag_id = work.raise_flag()
    question = ask(work, flag_id, DATA)
    assert waiting_on(work, flag_id) == [question]
    assert not cache_of(work).exists()
    assert question in work.flaggit("show", flag_id).out


def test_in_a_large_store_too_before_and_after_its_commit(large: Work) -> None:
    asked = "m000000"
    assert waiting_on(large, asked) == []
    assert cache_of(large).exists()
    first = ask(large, asked, DATA)
    assert waiting_on(large, asked) == [first]
    large.commit("Ask")
    assert waiting_on(large, asked) == [first]
    second = ask(large, asked, AGENTS[1])
    time.sleep(SETTLED)
    large.flaggit("show", asked)  # looks that folder up with the uncommitted question in it
    assert waiting_on(large, asked) == sorted([first, second])
    large.commit("Ask another")
    large.flaggit("complete", first, agent=DATA)
    assert waiting_on(large, asked) == [second]
    (large.path / ".flags" / AGENTS[1][1:] / f"{second}.yaml").unlink()
    assert waiting_on(large, asked) == []


def test_a_question_is_seen_although_its_folders_time_was_put_back(large: Work) -> None:
    asked = "m000000"
    folder = large.path / ".flags" / AGENTS[1][1:]
    before = folder.stat()
    assert waiting_on(large, asked) == []
    question = ask(large, asked, AGENTS[1])
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert waiting_on(large, asked) == [question]


def test_a_question_that_is_edited_before_its_commit_is_read_again(large: Work) -> None:
    path = add(large, "q000001", DATA, flag_type="information_request", source_agent=WEB, re="m000001")
    time.sleep(SETTLED)
    assert waiting_on(large, "m000001") == ["q000001"]
    path.write_text(path.read_text().replace('re: "m000001"', "re: m000002"))
    time.sleep(SETTLED)
    assert waiting_on(large, "m000001") == []
    assert waiting_on(large, "m000002") == ["q000001"]


def test_other_branches_and_worktrees_are_asked_as_well(large: Work) -> None:
    other = large.worktree("other", "other")
    asked = "m000003"
    committed = ask(other, asked, DATA)
    other.commit("Ask")
    assert waiting_on(large, asked) == [committed]
    uncommitted = ask(other, asked, AGENTS[2])
    assert waiting_on(large, asked) == sorted([committed, uncommitted])
    large.git("worktree", "remove", "--force", str(other.path))
    assert waiting_on(large, asked) == [committed]


def test_imported_numbers_are_found_the_same_way(large: Work) -> None:
    add(large, "q000002", DATA, legacy_id=100)
    time.sleep(SETTLED)
    assert large.flaggit("show", "100", "--json").data["id"] == "q000002"
    large.commit("Import", ".flags")
    for reference in ("100", "#100", "100"):
        assert large.flaggit("show", reference, "--json").data["id"] == "q000002"
    assert large.flaggit("show", "10", "--json", status=3).json["code"] == "unknown_flag"


def test_reading_leaves_the_repository_as_it_was(large: Work) -> None:
    before = (large.git("status", "--porcelain"), large.git("for-each-ref"))
    large.flaggit("show", "m000000")
    assert (large.git("status", "--porcelain"), large.git("for-each-ref")) == before
