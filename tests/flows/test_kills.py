"""kill -9 at any moment of a writing command: no torn file, nothing acknowledged is lost, the next command explains."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from killer import Killer
from repositories import LONG_ACTION, LONG_CHANGE, Work

AGENT = "@backend.api"


def command_line(kind: str, flag_id: str) -> list[str]:
    if kind == "create":
        return ["create", "--type", "change", "--to", "@frontend.web", "--change", LONG_CHANGE, "--action", LONG_ACTION]
    if kind == "edit":
        return ["edit", flag_id, "--notes", f"edited {time.time_ns()}"]
    if kind == "note":
        return ["note", flag_id, "A note that says something."]
    return ["complete", flag_id, "@frontend.web"]


def survive(work: Work, kills: int, seed: int) -> None:
    """Run and kill writing commands until so many were killed and half as many finished."""
    chance = random.Random(seed)
    killer = Killer(chance)
    flag_id = work.raise_flag(source=AGENT)
    work.commit("begin")
    known = {flag_id}
    while killer.killed < kills or killer.finished < kills / 2:
        kind = chance.choice(["create", "edit", "note", "complete"])
        target = work.raise_flag(source=AGENT) if kind == "complete" else flag_id
        known.add(target)
        status = killer.run(work, command_line(kind, target), agent=AGENT)
        lock = work.path / ".git" / "index.lock"
        if lock.exists():
            told = work.flaggit("note", flag_id, "text", "--json", agent=AGENT, status=5)
            assert "index.lock" in told.json["error"] and "flaggit doctor" in told.json["hint"]
            lock.unlink()
        if status is not None:
            assert status == 0, (kind, status)
        rows = work.flaggit("list", "--status", "all", "--json").json
        assert rows["warnings"] == []
        seen = {row["id"] for row in rows["data"]}
        assert known <= seen
        known = seen
    for path in (work.path / ".flags").rglob("*.tmp"):
        path.unlink()
    work.flaggit("check")
    assert work.git("fsck", "--strict", "--no-dangling") == ""


def test_kills_leave_every_file_whole(work: Work) -> None:
    survive(work, 20, seed=7)


@pytest.mark.slow
def test_five_hundred_kills(work: Work) -> None:
    survive(work, 250, seed=11)


@pytest.mark.slow
def test_two_hundred_at_once(work: Work) -> None:
    words = command_line("create", "")
    with ThreadPoolExecutor(32) as pool:
        ids = list(pool.map(lambda _: work.flaggit(*words, "--json", agent=AGENT).data["id"], range(200)))
    assert len(set(ids)) == 200
    assert len(work.flaggit("list", "--json").data) == 200
    assert len(work.git("diff", "--cached", "--name-only").splitlines()) == 200


def test_ctrl_c_is_130_and_leaves_nothing_half_written(work: Work) -> None:
    env = {**os.environ, "FLAGGIT_AGENT": AGENT}
    process = subprocess.Popen(
        [sys.executable, "-m", "flaggit", "inbox", "--watch"],
        cwd=work.path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 130 and b"Traceback" not in err
