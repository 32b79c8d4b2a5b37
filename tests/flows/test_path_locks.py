"""Locks of paths: one list, patterns that meet, in one clone and at a remote."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from repositories import IMPATIENT, Hub, Work

from flaggit.clone.identity import Actor
from flaggit.core.model import Lock
from flaggit.locks.path_list import find_clashes, format_list, parse_list
from flaggit.locks.request import LockRequest

ANN = Actor("@backend.api", "option", "a1")
ENTRY = Lock(
    "paths",
    "@frontend.web",
    "b1",
    "t1",
    "2026-11-23T14:00:00Z",
    "2026-11-23T16:00:00Z",
    nonce="n1",
    reason="a move",
    patterns=("src/**", "docs/*.md"),
)


def test_a_message_gives_back_the_list_it_was_made_of() -> None:
    assert parse_list(format_list([ENTRY, ENTRY], "x"), "local") == [ENTRY, ENTRY]
    assert parse_list("no list at all\n\nLock-Tenure: t\nLock-Holder: @a.b\n", "local") == []


def test_patterns_that_meet_are_named_with_a_path() -> None:
    terms = LockRequest(ANN, 1795442400, 3600)
    (clash,) = find_clashes([ENTRY], ("/src/a/*.ts", "/test/"), terms)
    assert (clash.pattern, clash.other) == ("/src/a/*.ts", "src/**")
    assert clash.example.startswith("src/a/") and ".ts" in clash.example
    assert find_clashes([ENTRY], ("/lib/",), terms) == []
    assert find_clashes([ENTRY], ("/src/",), LockRequest(ANN, 1795442400 + 7200, 3600)) == []


def test_paths_are_locked_in_one_clone(work: Work) -> None:
    other = work.worktree("other")
    data = work.flaggit("lock", "--files", "/src/", "docs/*.md", "--json", agent="@backend.api").data
    assert (data[0]["id"], data[0]["patterns"], data[0]["state"]) == ("paths", ["/src/", "docs/*.md"], "mine")
    answer = other.flaggit("lock", "--files", "*.ts", "--json", agent="@frontend.web", status=4)
    assert answer.json["code"] == "locked_by_other"
    assert answer.json["clashes"][0]["example"].startswith("src/")
    other.flaggit("lock", "--files", "/lib/", "--reason", "new code", agent="@frontend.web")
    assert work.flaggit("lock", "--files", "/src/", "docs/*.md", "--json", agent="@backend.api").data[0]["already"]
    shown = work.flaggit("locks").out
    assert "/src/ docs/*.md" in shown and "new code" in shown
    work.flaggit("unlock", "--files", "/lib/", agent="@backend.api", status=4)
    assert "/lib/" in other.flaggit("unlock", "--files", "/lib/", agent="@frontend.web").out
    other.flaggit("lock", "--files", "*.ts", "--steal", agent="@frontend.web", status=2)
    other.flaggit("lock", "--files", "*.ts", "--steal", "--reason", "hot", agent="@frontend.web")
    assert [row["patterns"] for row in work.flaggit("locks", "--json").data] == [["*.ts"]]
    work.flaggit("unlock", "--worktree", "../other")
    assert work.git("for-each-ref", "refs/heads/flags", "refs/flaggit") == ""
    work.flaggit("lock", "--files", "!src", agent="@backend.api", status=2)


def test_a_name_with_a_dot_is_a_path_and_a_handle_at_the_end_is_who_asks(work: Work) -> None:
    row = work.flaggit("lock", "--files", "/a.ts", "/b.ts", "/c.ts", "--json", agent="@backend.api").data[0]
    assert (row["patterns"], row["holder"]) == (["/a.ts", "/b.ts", "/c.ts"], "@backend.api")
    row = work.flaggit("lock", "--files", "/src/", "/lib/x.py", "@frontend.web", "--json").data[0]
    assert (row["patterns"], row["holder"]) == (["/src/", "/lib/x.py"], "@frontend.web")
    work.flaggit("unlock", "--files", "/lib/x.py", "@frontend.web")
    work.flaggit("unlock", "--files", "/a.ts", "/b.ts", "/c.ts", agent="@backend.api")
    assert work.flaggit("locks", "--json").data == []


def test_paths_are_locked_at_a_remote(work: Work, tmp_path: Path) -> None:
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    hub = Work(tmp_path / "hub.git")
    clones = []
    for name in ("one", "two"):
        subprocess.run(["git", "clone", "-q", str(hub.path), str(tmp_path / name)], check=True)
        clones.append(Work(tmp_path / name))
    one, two = clones
    row = one.flaggit("lock", "--files", "/src/", "--json", agent="@backend.api").data[0]
    assert (row["scope"], row["state"]) == ("shared", "mine")
    assert "/src/" in two.flaggit("lock", "--files", "*.ts", agent="@frontend.web", status=4).err
    two.flaggit("lock", "--files", "/lib/", agent="@frontend.web")
    assert len(one.flaggit("locks", "--json").data) == 2
    row = two.flaggit("lock", "--files", "/test/", "--offline", "--json", agent="@frontend.web").data[0]
    assert (row["scope"], row["state"]) == ("local", "local")
    two.flaggit("sync", agent="@frontend.web")
    assert len(one.flaggit("locks", "--json").data) == 3
    hub.git("config", "receive.denyDeletes", "true")
    two.flaggit("unlock", "--holder", "@frontend.web")
    one.flaggit("unlock", "--files", "/src/", agent="@backend.api")
    assert one.flaggit("locks", "--json").data == two.flaggit("locks", "--json").data == []
    assert two.git("for-each-ref", "refs/flaggit/local") == ""


@pytest.mark.parametrize(("level", "status", "commits"), [("off", 0, 2), ("warn", 0, 2), ("error", 1, 1)])
def test_the_hook_sees_locked_paths(work: Work, program: Path, level: str, status: int, commits: int) -> None:
    other = work.worktree("other")
    other.flaggit("lock", "--files", "/src/", agent="@frontend.web")
    work.git("config", "flaggit.lock.paths-hook", level)
    work.flaggit("hooks", "install")
    work.write("src/client.ts", "export const a = 1\n")
    work.git("add", "src")
    answer = work.run("git", "commit", "-qm", "work", env={"FLAGGIT_AGENT": "@backend.api"})
    assert answer.status == status, answer
    found = "locked by @frontend.web" in answer.err  # code locked_path
    assert found is ("[F040]" in answer.err) is (level != "off")
    assert work.git("rev-list", "--count", "HEAD") == str(commits)


RACER = """
import sys
from flaggit.core.errors import ConflictError
from flaggit.locks.holding import request_for
from flaggit.locks.paths import lock_paths
from flaggit.git.repo import find_repo
from flaggit.clone.session import Session
session = Session(find_repo(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    lock_paths(session, [sys.argv[2]], request_for(session, session.get_actor(sys.argv[3]), ttl=None, reason=""))
except ConflictError:
    sys.exit(4)
"""


def test_of_racers_with_overlapping_patterns_one_wins(work: Work) -> None:
    patterns = ["src/", "*.ts", "src/a/*", "/src/**/x.ts", "s*/", "**/*.ts", "src/a/x.ts", "*"]
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(work.path), pattern, f"@racer.n{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, pattern in enumerate(patterns)
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    statuses = [racer.wait(600) for racer in racers]
    for racer in racers:
        racer.stdin.close()
        racer.stdout.close()
    assert sorted(statuses) == [0] + [4] * (len(patterns) - 1)


def test_paths_where_a_remote_does_not_answer(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "hang-push"
    answer = one.flaggit("lock", "--files", "src/", "--json", agent="@frontend.web", status=5, env=IMPATIENT).json
    assert (answer["code"], answer["state"]) == ("unknown_outcome", "unknown")
    server.fault = "forbid"
    answer = one.flaggit("lock", "--files", "src/", "--json", agent="@frontend.web", status=5).json
    assert answer["code"] == "remote_refuses_locks"
    server.fault = ""
    assert one.flaggit("lock", "--files", "src/", "--json", agent="@frontend.web").data[0]["state"] == "mine"


def test_paths_offline(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", "--files", "/src/", agent="@frontend.web")
    error = one.flaggit("unlock", "--files", "/src/", "--offline", agent="@frontend.web", status=5).err
    assert "--offline keeps it from being told" in error
    told = two.flaggit("lock", "--files", "/docs/", "--offline", "--json", agent="@backend.api")
    assert told.data[0]["state"] == "local" and "`flaggit sync`" in told.err
    hub.path.rename(hub.path.with_suffix(".away"))
    two.flaggit("sync", agent="@backend.api", status=5)
    assert two.git("for-each-ref", "refs/flaggit/local") != ""  # nothing is forgotten meanwhile
    hub.path.with_suffix(".away").rename(hub.path)
    two.flaggit("sync", agent="@backend.api")
    assert two.git("for-each-ref", "refs/flaggit/local") == ""
    rows = one.flaggit("locks", "--json", agent="@frontend.web").data
    assert sorted((row["patterns"][0], row["state"]) for row in rows) == [("/docs/", "held"), ("/src/", "mine")]


def test_a_shared_lock_of_paths_needs_time_to_live(hub: Hub) -> None:
    one = hub.clone("one")
    assert "at least 15m" in one.flaggit("lock", "--files", "src/", "--ttl", "1m", agent="@frontend.web", status=2).err


def test_paths_of_one_clone_exclude_each_other_shared_or_not(hub: Hub) -> None:
    one = hub.clone("one")
    places = [one, one.worktree("other"), one.worktree("third")]
    for number, ways in enumerate(
        [("--local", "", "--offline"), ("", "--local", ""), ("--offline", "", "--local")] * 2
    ):
        pattern = f"src/{number}/"

        def take(place: Work, way: str, pattern: str = pattern) -> int | None:
            words = ["lock", "--files", pattern, *([way] if way else [])]
            return place.flaggit(*words, agent="@frontend.web", status=None).status

        with ThreadPoolExecutor() as pool:
            assert sorted(pool.map(take, places, ways)) == [0, 4, 4], ways


@pytest.mark.parametrize("way", ["sync", "unlock"])
def test_paths_locked_before_there_was_a_remote_are_not_kept_twice(work: Work, tmp_path: Path, way: str) -> None:
    work.flaggit("lock", "--files", "/src/", agent="@backend.api")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "hub.git")], check=True)
    work.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    if way == "unlock":
        assert "/src/" in work.flaggit("unlock", "--files", "/src/", agent="@backend.api").out
        assert work.flaggit("locks", "--json").data == []
        return
    work.flaggit("sync", agent="@backend.api")
    (entry,) = work.flaggit("locks", "--json", agent="@backend.api").data
    assert (entry["patterns"], entry["scope"], entry["state"]) == (["/src/"], "shared", "mine")
    work.flaggit("unlock", "--files", "/src/", agent="@backend.api")
    assert work.flaggit("locks", "--json").data == []


@pytest.mark.parametrize("pattern", [f"/{'deep/' * 150}", "/two  blanks/"])
def test_a_pattern_is_kept_whole_however_long(work: Work, pattern: str):
    work.flaggit("lock", "--files", pattern, agent="@backend.api")
    (lock,) = work.flaggit("locks", "--json", agent="@backend.api").data
    assert lock["patterns"] == [pattern]
    work.flaggit("unlock", "--files", pattern, agent="@backend.api")
    assert work.flaggit("locks", "--json", agent="@backend.api").data == []


def test_a_pattern_that_would_be_several_lines_of_the_list_is_refused(work: Work):
    answer = work.flaggit("lock", "--files", "src/\nLock-Pattern: /", agent="@backend.api", status=2)
    assert "control character" in answer.err
