"""``flaggit wait``: it ends when what it waits for has come, costs next to nothing until then, and holds locks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from conftest import Work
from repositories import Hub
from watchers import PATIENCE, Watcher, eventually

API, WEB, QUEUE = "@backend.api", "@frontend.web", "@backend.queue"
LONG = ("--timeout", "300s")


class Waiter:
    """``flaggit wait`` as a process, begun before what it waits for."""

    def __init__(self, work: Work, *words: str, agent: str = WEB, env: dict | None = None) -> None:
        argv = [sys.executable, "-m", "flaggit", "wait", "--json", *words]
        variables = {**os.environ, "FLAGGIT_AGENT": agent, **(env or {})}
        self.process = subprocess.Popen(argv, cwd=work.path, env=variables, stdout=subprocess.PIPE, text=True)

    def end(self) -> tuple[int, dict]:
        out, _ = self.process.communicate(timeout=PATIENCE * 5)
        return self.process.returncode, json.loads(out)

    def is_waiting(self) -> bool:
        return self.process.poll() is None


def settle(*waiters: Waiter) -> None:
    """Let processes come as far as waiting."""
    time.sleep(1.0)
    assert all(waiter.is_waiting() for waiter in waiters)


def ids(answer: dict) -> list[str]:
    return [row["id"] for row in answer["data"]]


def test_what_is_so_already_returns_at_once(work: Work) -> None:
    flag_id = work.raise_flag(API, WEB)
    assert ids(work.flaggit("wait", flag_id, "--until", "free", "--json").json) == [flag_id]
    assert ids(work.flaggit("wait", flag_id, "--until", "actionable", "--json", agent=WEB).json) == [flag_id]
    work.flaggit("complete", flag_id, agent=WEB)
    assert ids(work.flaggit("wait", flag_id, "--json").json) == [flag_id]


def test_time_is_over(work: Work) -> None:
    flag_id = work.raise_flag(API, WEB)
    answer = work.flaggit("wait", flag_id, "--timeout", "1s", "--json", status=1)
    assert ids(answer.json) == [flag_id]
    assert "Time is over" in work.flaggit("wait", "--new", "--timeout", "1s", agent=WEB, status=1).out


def test_each_state_is_waited_for(work: Work) -> None:
    asked, held, other = (work.raise_flag(API, WEB) for _ in range(3))
    elsewhere = work.worktree("elsewhere")
    question = work.flaggit("ask", asked, "Until when?", "--to", API, "--json", agent=WEB).data["id"]
    elsewhere.flaggit("lock", held, agent=WEB)
    waiters = {
        "answered": Waiter(work, asked, "--until", "answered", *LONG),
        "question": Waiter(work, question, *LONG),
        "actionable": Waiter(work, asked, "--until", "actionable", *LONG),
        "free": Waiter(work, held, "--until", "free", *LONG),
        "completed": Waiter(work, other, *LONG),
        "any": Waiter(work, held, other, "--any", *LONG),
        "all": Waiter(work, held, other, *LONG),
    }
    settle(*waiters.values())
    elsewhere.flaggit("unlock", held, agent=WEB)
    assert waiters["free"].end()[0] == 0
    work.flaggit("answer", question, "Until noon.", agent=API)
    for name, flag_id in (("answered", asked), ("question", question), ("actionable", asked)):
        status, answer = waiters[name].end()
        assert (status, ids(answer)) == (0, [flag_id]), name
    elsewhere.flaggit("complete", other, agent=WEB)  # in another worktree
    for name in ("completed", "any"):
        status, answer = waiters[name].end()
        assert (status, ids(answer)) == (0, [other]), name
    assert waiters["all"].is_waiting()
    work.flaggit("complete", held, agent=WEB)
    status, answer = waiters["all"].end()
    assert (status, sorted(ids(answer))) == (0, sorted([held, other]))


def test_what_can_no_longer_come_is_said(work: Work) -> None:
    flag_id, gone = work.raise_flag(API, WEB), work.raise_flag(API, WEB)
    elsewhere = work.worktree("elsewhere")
    elsewhere.flaggit("lock", flag_id, agent=WEB)
    waiter = Waiter(work, flag_id, "--until", "actionable", *LONG)
    other = Waiter(work, gone, *LONG)
    settle(waiter, other)
    work.flaggit("complete", flag_id, "--force", "--reason", "It is done.", agent=API, status=None)
    elsewhere.flaggit("complete", flag_id, agent=WEB, status=None)
    status, answer = waiter.end()
    assert (status, answer["code"]) == (4, "already_completed")
    work.flaggit("complete", gone, "--as", "withdrawn", agent=API)  # never committed: its file goes
    status, answer = other.end()
    assert (status, answer["code"]) == (3, "unknown_flag")


def test_an_unknown_flag_and_nothing_to_wait_for(work: Work) -> None:
    work.flaggit("wait", "zzzzzzz", status=3)
    work.flaggit("wait", status=2)
    work.flaggit("wait", "--new", "zzzzzzz", "yyyyyyy", status=2)


def test_what_would_be_ignored_is_refused(work: Work) -> None:
    flag_id = work.raise_flag()
    cursor = cursor_for(work, WEB)
    for words, message in (
        (("wait", flag_id, "--since", cursor), "--since does nothing beside an ID: leave it out."),
        (("wait", "--new", "--until", "free", "--any"), "--until and --any do nothing beside --new: leave them out."),
        (("next", "--resume", "--wait", "1s"), "--wait does nothing beside --resume: leave it out."),
    ):
        refused = work.flaggit(*words, "--json", agent=WEB, status=2).json
        assert (refused["code"], refused["error"]) == ("usage", message)


def test_new_flags_since_a_cursor(work: Work) -> None:
    work.raise_flag(API, WEB)
    first = work.flaggit("wait", "--new", "--timeout", "1s", "--json", agent=WEB, status=1).json["cursor"]
    new = work.raise_flag(API, WEB)
    work.raise_flag(API, QUEUE)
    answer = work.flaggit("wait", "--new", "--since", first, "--json", agent=WEB).json
    assert ids(answer) == [new]
    work.flaggit("wait", "--new", "--since", answer["cursor"], "--timeout", "1s", agent=WEB, status=1)
    started = json.loads(work.flaggit("events", "--json").out)["cursor"]
    newer = work.raise_flag(API, WEB)
    assert ids(work.flaggit("wait", "--new", WEB, "--since", started, "--json").json) == [newer]
    for wrong in ("", "-1", "c ", "../c"):
        for command in (("wait", "--new", WEB), ("events",)):
            assert work.flaggit(*command, "--since", wrong, "--json", status=2).json["code"] == "usage"


def cursor_for(work: Work, agent: str) -> str:
    return work.flaggit("wait", "--new", "--timeout", "1s", "--json", agent=agent, status=1).json["cursor"]


def test_a_team_hears_of_its_flags(work: Work) -> None:
    waiter = Waiter(work, "--new", "--since", cursor_for(work, QUEUE), *LONG, agent=QUEUE)
    settle(waiter)
    flag_id = work.raise_flag(WEB, "@team.platform")
    assert ids(waiter.end()[1]) == [flag_id]


def test_a_lock_lost_meanwhile_ends_it(work: Work) -> None:
    held, other = work.raise_flag(API, WEB), work.raise_flag(API, WEB)
    work.flaggit("lock", held, agent=WEB)
    waiter = Waiter(work, other, *LONG)
    settle(waiter)
    elsewhere = work.worktree("elsewhere")
    elsewhere.flaggit("lock", held, "--steal", "--reason", "It crashed.", agent=WEB)
    status, answer = waiter.end()
    assert (status, answer["code"]) == (4, "lock_lost")


def test_what_the_caller_holds_is_renewed(work: Work) -> None:
    held, other = work.raise_flag(API, WEB), work.raise_flag(API, WEB)
    work.flaggit("lock", held, "--ttl", "10m", agent=WEB)
    (before,) = work.flaggit("locks", "--json", agent=WEB).data
    waiter = Waiter(work, other, *LONG)
    eventually(lambda: work.flaggit("locks", "--json", agent=WEB).data[0]["expires"] > before["expires"])
    waiter.process.kill()
    waiter.process.communicate()


def test_fifty_wait_at_once_in_several_worktrees(work: Work) -> None:
    places = [work, *(work.worktree(f"agent-{number}") for number in range(4))]
    flag_id = work.raise_flag(API, WEB)
    work.commit("Raise")
    waiters = [Waiter(places[number % 5], flag_id, *LONG, agent=API) for number in range(25)]
    since = ("--since", cursor_for(work, WEB))
    waiters += [Waiter(places[number % 5], "--new", *since, *LONG) for number in range(25)]
    settle(*waiters)
    new = places[1].raise_flag(API, WEB)
    places[2].flaggit("complete", flag_id, "--force", "--reason", "It is done.", agent=API)
    for number, waiter in enumerate(waiters):
        status, answer = waiter.end()
        assert (status, ids(answer)) == (0, [flag_id if number < 25 else new])


def start(work: Work, *words: str) -> subprocess.Popen:
    argv = [sys.executable, "-m", "flaggit", *words]
    return subprocess.Popen(argv, cwd=work.path, env={**os.environ, "FLAGGIT_AGENT": WEB}, stdout=subprocess.DEVNULL)


def cpu_of(process: subprocess.Popen) -> float:
    """Return the CPU seconds that a command and its children took, as the kernel counts them."""
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 1
    return usage.ru_utime + usage.ru_stime


def test_waiting_costs_less_than_one_per_cent_of_a_core(work: Work) -> None:
    for number in range(200):
        work.raise_flag(API, WEB if number % 2 else QUEUE)
    flag_id = work.raise_flag(API, WEB)
    work.commit("Raise")
    ways = (("wait", flag_id), ("wait", "--new"))
    short = [cpu_of(start(work, *words, "--timeout", "1s")) for words in ways]
    long = [cpu_of(process) for process in [start(work, *words, "--timeout", "16s") for words in ways]]
    for few, many in zip(short, long, strict=True):
        assert many - few < 0.01 * 15, (short, long)


def test_waiting_costs_little_while_others_work(work: Work) -> None:
    """Where something changes every second, looks are made more rarely instead of costing more."""
    for _ in range(200):
        work.raise_flag(API, WEB)
    work.commit("Raise")
    waited = work.raise_flag(API, QUEUE)
    short = cpu_of(start(work, "wait", "--new", QUEUE, "--timeout", "1s"))
    process = start(work, "wait", waited, "--timeout", "16s")
    while process.poll() is None:
        path = work.write(".flags/notes/k7m2q0x-20261123T140000Z-00000000.yaml", "schema: 1\n")
        time.sleep(0.5)
        path.unlink()
        if _is_over(process):
            break
    usage = _usage[process.pid]
    assert usage - short < 0.015 * 16, (short, usage)


_usage: dict[int, float] = {}


def _is_over(process: subprocess.Popen) -> bool:
    pid, _, usage = os.wait4(process.pid, os.WNOHANG)
    if pid:
        process.returncode = 1
        _usage[pid] = usage.ru_utime + usage.ru_stime
    return bool(pid)


def test_the_remote_is_looked_at_once_for_all(hub: Hub, tmp_path: Path) -> None:
    ann, bob = hub.clone("ann"), hub.clone("bob")
    folder = tmp_path / "bin"
    folder.mkdir()
    counted = tmp_path / "looks"
    script = folder / "git"
    script.write_text(
        f'#!/bin/sh\ncase " $* " in *" ls-remote "*) echo look >> "{counted}";; esac\n'
        f'exec "{shutil.which("git")}" "$@"\n'
    )
    script.chmod(0o755)
    env = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    others = [ann.worktree(f"ann-{number}") for number in range(2)]
    places = [ann, *others, ann, ann]
    waiters = [Waiter(place, hub.flag, "--remote", *LONG, env=env) for place in places]
    waiters.append(Waiter(ann, hub.flag, *LONG))  # without --remote it hears of it all the same
    eventually(counted.exists)
    settle(*waiters)
    assert counted.read_text().count("look") == 1
    bob.flaggit("complete", hub.flag, agent=WEB)
    bob.commit("Do it")
    bob.git("push", "-q", "origin", "main")
    os.utime(ann.path / ".git" / "flaggit" / "remote-look", (1, 1))  # the last look is long ago
    for waiter in waiters:
        status, answer = waiter.end()
        assert (status, ids(answer)) == (0, [hub.flag])
    assert counted.read_text().count("look") == 2


def test_a_remote_that_cannot_be_reached_is_said(hub: Hub) -> None:
    ann = hub.clone("ann")
    hub.path.rename(hub.path.with_name("moved"))
    answer = ann.flaggit("events", "--remote")
    assert "cannot be read" in answer.err


def test_who_works_where(work: Work) -> None:
    other = work.worktree("other")
    flag_id = work.raise_flag(API, WEB)
    other.flaggit("iam", WEB)
    other.flaggit("lock", flag_id)
    found = {place.get("path"): place for place in work.flaggit("who", "--json").data}
    assert found[str(work.path)]["here"] is True
    assert found[str(work.path)]["uncommitted"] == 1
    place = found[str(other.path)]
    assert (place["state"], place["branch"], place["agent"]) == ("live", "other", WEB)
    assert [lock["id"] for lock in place["holds"]] == [flag_id]
    assert f"holds {flag_id}" in work.flaggit("who").out
    old = time.time() - 3600
    git_dir = Path(other.git("rev-parse", "--absolute-git-dir"))
    for path in (git_dir, *git_dir.rglob("*")):
        os.utime(path, (old, old))
    states = {place.get("path"): place["state"] for place in work.flaggit("who", "--json").data}
    assert states[str(other.path)] == "stale"
    hidden = other.path.with_name("hidden")
    other.path.rename(hidden)
    states = {place.get("path"): place["state"] for place in work.flaggit("who", "--json").data}
    assert states[str(other.path)] == "unreachable"
    hidden.rename(other.path)
    work.git("worktree", "remove", "--force", str(other.path))
    states = [place["state"] for place in work.flaggit("who", "--json").data]
    assert "unreachable" not in states
    assert "live" in states


def test_another_clone_that_holds_something_is_shown(hub: Hub) -> None:
    ann, bob = hub.clone("ann"), hub.clone("bob")
    bob.flaggit("lock", hub.flag, agent=WEB)
    ann.flaggit("locks")
    (place,) = [place for place in ann.flaggit("who", "--json").data if place["state"] == "elsewhere"]
    assert (place["agent"], [lock["id"] for lock in place["holds"]]) == (WEB, [hub.flag])
    with Watcher(ann, "events", "--follow", "--json") as watcher:
        assert watcher.next()["event"] == "started"
        bob.flaggit("unlock", hub.flag, agent=WEB)
        ann.flaggit("locks")
        assert watcher.next()["event"] == "unlocked"
