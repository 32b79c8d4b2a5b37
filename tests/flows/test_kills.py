"""kill -9 at any moment of a writing command: no torn file, nothing acknowledged is lost, the next command explains."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

AGENT = "@backend.api"
SLOWEST = 0.14  # seconds within which a kill falls; most commands last about half of it


def command_line(kind: str, flag_id: str) -> list[str]:
    if kind == "create":
        return ["create", "--type", "change", "--to", "@frontend.web", "--change", LONG_CHANGE, "--action", LONG_ACTION]
    if kind == "edit":
        return ["edit", flag_id, "--notes", f"edited {time.time_ns()}"]
    if kind == "note":
        return ["note", flag_id, "A note that says something."]
    return ["complete", flag_id, "@frontend.web"]


def run_and_kill(work: Work, words: list[str], after: float, *, with_git: bool) -> int | None:
    """Start a command, kill it (with the gits it started, or alone) after some seconds; return its status or None."""
    env = {**os.environ, "FLAGGIT_AGENT": AGENT}
    process = subprocess.Popen(
        [sys.executable, "-m", "flaggit", *words],
        cwd=work.path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if with_git else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        return None
    finally:
        process.stdout.close()


def wait_for_gits(work: Work) -> None:
    """Wait until a git that outlived its killed parent is done; a lock that stays is stale."""
    lock = work.path / ".git" / "index.lock"
    until = time.monotonic() + 1
    while lock.exists() and time.monotonic() < until:
        time.sleep(0.02)


def survive(work: Work, rounds: int, seed: int) -> dict[str, int]:
    chance = random.Random(seed)
    flag_id = work.raise_flag(source=AGENT)
    work.commit("begin")
    counts = {"killed": 0, "finished": 0, "stale": 0}
    known = {flag_id}
    for _ in range(rounds):
        kind = chance.choice(["create", "edit", "note", "complete"])
        target = work.raise_flag(source=AGENT) if kind == "complete" else flag_id
        known.add(target)
        status = run_and_kill(
            work, command_line(kind, target), chance.random() * SLOWEST, with_git=chance.random() < 0.5
        )
        counts["killed" if status is None else "finished"] += 1
        wait_for_gits(work)
        lock = work.path / ".git" / "index.lock"
        if lock.exists():
            counts["stale"] += 1
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
    return counts


def test_kills_leave_every_file_whole(work: Work) -> None:
    counts = survive(work, 40, seed=7)
    assert counts["killed"] and counts["finished"], counts


@pytest.mark.slow
def test_five_hundred_kills(work: Work) -> None:
    counts = survive(work, 500, seed=11)
    assert counts["killed"] >= 100, counts


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
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job of a script is started without it
    )
    assert process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and b"Traceback" not in err
