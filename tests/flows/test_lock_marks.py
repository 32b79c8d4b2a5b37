"""Locks of finished work are marked by whoever comes by: any networked command, of anybody, in its own push."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from repositories import IMPATIENT, PROJECT, Hub, Work, actor_of, at, code_of

from flaggit.clone.visible_locks import read_locks
from flaggit.commands.reading.dispatch import next_flag as find_next
from flaggit.core.record import replace
from flaggit.locks.holding import acquire
from flaggit.locks.keepalive import renew_held
from flaggit.locks.marks import MOST
from flaggit.locks.mirror import refresh_mirror
from flaggit.locks.unlocking import release

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"
HOUR = 3600


def finish(work: Work, flag: str, branch: str = "topic") -> None:
    """Complete a flag on a branch of its own and push that."""
    work.git("switch", "-qc", branch, "origin/main")
    work.flaggit("complete", flag, "--commit", agent=WEB)
    work.git("push", "-q", "origin", branch)


def waiting(hub: Hub, *names: str) -> list[Work]:
    """Clones, of which the first has finished the hub's flag, and the others have fetched that."""
    one, *others = (hub.clone(name) for name in ("one", *names))
    one.flaggit("lock", hub.flag, agent=WEB)
    finish(one, hub.flag)
    for other in others:
        other.git("fetch", "-q", "origin")
        other.flaggit("locks", agent=API)
    return [one, *others]


def mark_of(hub: Hub, flag: str = "") -> str:
    """Return the branch that the lock is marked with at the hub."""
    message = hub.work.git("log", "-1", "--format=%B", f"refs/heads/flags/lock/{flag or hub.flag}")
    return next((line.partition(": ")[2] for line in message.split("\n") if line.startswith("Lock-Done-On")), "")


def spied(work: Work, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Collect what git is asked over the network from here on."""
    from flaggit.git.repo import Repo

    run, calls = Repo.run, []

    def counted(repo, *arguments, **options):
        if {"push", "ls-remote", "fetch"} & set(arguments):
            calls.append([word for word in arguments if word != "-c"])
        return run(repo, *arguments, **options)

    monkeypatch.setattr(Repo, "run", counted)
    return calls


def verbs(calls: list[list[str]]) -> list[str]:
    return [next(word for word in call if word in ("push", "ls-remote", "fetch")) for call in calls]


# --- every networked command does it ------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["lock", "OTHER"],
        ["lock", "OTHER", "MORE"],
        ["lock", "OTHER", "--steal", "--reason", "it hangs"],
        ["lock", "HELD"],
        ["unlock", "OTHER"],
        ["unlock", "MINE"],
        ["unlock", "HELD"],
        ["next", "--lock"],
        ["complete", "MINE"],
        ["lock", "--files", "src/"],
        ["unlock", "--files", "src/"],
        ["unlock", "--holder", "@nobody.here"],
        ["lock-flag", "OTHER", API],
        ["sync"],
    ],
    ids=" ".join,
)
def test_anybodys_networked_command_marks_what_is_done(hub: Hub, command: list[str]) -> None:
    work = hub.clone("seed")
    names = {name: work.raise_flag(target=API) for name in ("OTHER", "MORE", "MINE", "HELD")}
    work.commit("more")
    work.git("push", "-q", "origin", "main")
    one, two = waiting(hub, "two")
    work.flaggit("lock", names["HELD"], agent=QUEUE)
    two.flaggit("lock", names["MINE"], agent=API) if "MINE" in command else None
    # Locking was networked, too: take its mark back, so that it is the command that marks.
    unmark(hub, one)
    two.flaggit("locks")
    two.flaggit(*(names.get(word, word) for word in command), agent=API, status=None)
    assert mark_of(hub) == "topic"
    assert read_locks(at(one))[hub.flag].tenure == read_locks(at(two))[hub.flag].tenure
    assert code_of(acquire, at(work, time.time() + 9 * HOUR), [hub.flag], actor_of(work)) == "locked_by_other"


def unmark(hub: Hub, one: Work) -> None:
    """Put the lock back to what its holder wrote, as if nobody had come by."""
    mine = one.git("rev-parse", f"refs/worktree/flaggit/held/{hub.flag}")
    hub.work.git("update-ref", f"refs/heads/flags/lock/{hub.flag}", mine)


def test_next_with_nothing_to_hand_out_marks_too(hub: Hub) -> None:
    _, two = waiting(hub, "two")
    two.flaggit("next", "--lock", agent=QUEUE, status=1)
    assert mark_of(hub) == "topic"


def test_a_remote_that_cannot_be_read_is_not_asked_again_for_marks(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    _, two = waiting(hub, "two")
    hub.path.rename(hub.path.with_suffix(".away"))
    calls = spied(two, monkeypatch)
    find_next(at(two, time.time() + 60), agent=QUEUE, lock=True)
    assert verbs(calls) == ["ls-remote"]


@pytest.mark.parametrize("command", [["locks"], ["inbox"], ["show", "FLAG"], ["lock", "OTHER", "--offline"]])
def test_looking_marks_nothing(hub: Hub, command: list[str]) -> None:
    _, two = waiting(hub, "two")
    other = two.raise_flag()
    before = hub.lock_oid()
    two.flaggit(*({"FLAG": hub.flag, "OTHER": other}.get(word, word) for word in command), agent=API)
    assert hub.lock_oid() == before


def test_the_holders_own_lock_is_marked_instead_of_renewed(hub: Hub) -> None:
    one = hub.clone("one")
    second = one.raise_flag()
    one.commit("second")
    one.git("push", "-q", "origin", "main")
    one.flaggit("lock", hub.flag, second, agent=WEB)
    finish(one, hub.flag)
    one.flaggit("complete", second, agent=WEB)
    assert mark_of(hub) == "topic" and mark_of(hub, second) == ""
    assert hub.work.git("rev-list", "--count", hub.lock_oid()) == "3"  # taken, renewed by complete, marked


def test_a_mark_over_every_way_to_a_remote(any_hub: Hub) -> None:
    _, two = waiting(any_hub, "two")
    two.flaggit("lock", two.raise_flag(), agent=API)
    assert mark_of(any_hub) == "topic"


# --- cheaply ------------------------------------------------------------------------------------


def test_a_mark_rides_along(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    _, two = waiting(hub, "two")
    flag = two.raise_flag()
    acquire(at(two), [flag], actor_of(two))
    assert mark_of(hub) == "topic"
    unmark(hub, Work(hub.folder / "one"))
    two.flaggit("locks")
    calls = spied(two, monkeypatch)
    release(at(two), [flag], actor_of(two))
    assert verbs(calls) == ["ls-remote", "push", "ls-remote"] and mark_of(hub) == "topic"
    calls.clear()
    acquire(at(two), [flag], actor_of(two))  # and now there is nothing to mark
    assert verbs(calls) == ["ls-remote", "push", "ls-remote"]
    assert not any(hub.flag in word for call in calls for word in call)


def test_what_another_marked_meanwhile_is_learned_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    _, two, three = waiting(hub, "two", "three")
    two.flaggit("sync", agent=API)
    marked = hub.lock_oid()
    flag = three.raise_flag()
    calls = spied(three, monkeypatch)
    acquire(at(three), [flag], actor_of(three))
    assert verbs(calls) == ["ls-remote", "fetch", "push", "ls-remote"]
    assert not any(hub.flag in word for word in calls[2])
    calls.clear()
    acquire(at(three), [flag], actor_of(three))
    assert verbs(calls) == ["ls-remote", "push", "ls-remote"]
    assert not any(hub.flag in word for call in calls for word in call)
    assert hub.lock_oid() == marked


def test_who_never_read_the_locks_marks_too(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent=WEB)
    finish(one, hub.flag)
    two.git("fetch", "-q", "origin", "topic")  # all branches would bring the lock's along
    calls = spied(two, monkeypatch)
    acquire(at(two), [two.raise_flag()], actor_of(two))
    assert verbs(calls) == ["ls-remote", "fetch", "push", "ls-remote"]
    assert mark_of(hub) == "topic"
    release(at(two), [hub.flag], None, force=True, reason="the work is not wanted")
    calls.clear()
    acquire(at(two), [two.raise_flag()], actor_of(two))  # done, and nobody holds it
    assert verbs(calls) == ["ls-remote", "push", "ls-remote"]


def test_a_branch_here_that_is_only_called_like_the_remotes_marks_nothing(hub: Hub) -> None:
    hub.work.git("branch", "topic")
    one, two = hub.clone("one"), hub.clone("two")
    other = two.raise_flag()
    one.flaggit("lock", hub.flag, agent=WEB)
    two.git("branch", "-rd", "origin/topic")
    two.git("switch", "-qc", "origin/topic")
    two.flaggit("complete", hub.flag, "--offline", "--commit", agent=WEB)
    two.git("switch", "-q", "main")
    two.flaggit("lock", other, agent=API)
    assert mark_of(hub) == ""


def test_one_command_marks_a_bounded_number(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    flags = [one.raise_flag() for _ in range(MOST + 5)]
    one.commit("many")
    one.git("push", "-q", "origin", "main")
    acquire(at(one), flags, actor_of(one))
    one.git("switch", "-qc", "topic")
    one.flaggit("complete", *flags, "--commit", agent=WEB)
    one.git("push", "-q", "origin", "topic")
    two.git("pull", "-q")
    two.flaggit("locks")
    for marked in (MOST, MOST + 5, MOST + 5):
        two.flaggit("lock", hub.flag, agent=WEB)
        assert sum(mark_of(hub, flag) == "topic" for flag in flags) == marked


# --- what must not be marked --------------------------------------------------------------------


def test_a_branch_that_is_gone_marks_nothing(hub: Hub) -> None:
    _, two = waiting(hub, "two")
    hub.work.git("branch", "-D", "topic")
    two.flaggit("lock", two.raise_flag(), agent=API)
    assert mark_of(hub) == ""
    assert read_locks(at(two))[hub.flag].holder == WEB


def test_what_has_arrived_is_not_marked(hub: Hub) -> None:
    one, two = waiting(hub, "two")
    one.git("push", "-q", "origin", "topic:main")
    two.git("fetch", "-q", "origin")
    two.flaggit("lock", two.raise_flag(), agent=API)
    assert mark_of(hub) == ""


def test_without_a_base_branch_nothing_is_marked(hub: Hub) -> None:
    _, two = waiting(hub, "two")
    hub.work.git("branch", "-m", "main", "trunk")  # with a usual name it would be taken for the base
    hub.work.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    two.git("fetch", "-q", "--prune", "origin")
    two.git("remote", "set-head", "origin", "--delete")
    two.flaggit("lock", two.raise_flag(), agent=API)
    assert mark_of(hub) == ""


def test_a_branch_whose_name_a_lock_cannot_hold_marks_nothing(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent=WEB)
    finish(one, hub.flag, "to\u00a0pic")
    two.git("fetch", "-q", "origin")
    for command in (["lock", two.raise_flag()], ["sync"]):
        two.flaggit(*command, agent=API)
        assert mark_of(hub) == ""


def test_marks_that_cannot_be_written_fail_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    _, two = waiting(hub, "two")
    (two.path / ".git" / "flaggit" / "marks-refused").mkdir()
    hub.refuse(f'case $ref in *{hub.flag}) echo "hands off" >&2; exit 1;; esac')
    assert acquire(at(two), [two.raise_flag()], actor_of(two))[0].state == "mine"
    assert two.git("for-each-ref", "refs/flaggit/intent") == ""


def test_a_lock_that_another_took_since_stays_that_ones(hub: Hub) -> None:
    _, two = waiting(hub, "two")
    three = hub.clone("three", "--single-branch")  # knows nothing of the completion
    three.flaggit("lock", hub.flag, "--steal", "--reason", "anew", agent=QUEUE)
    stolen = read_locks(at(three))[hub.flag]
    two.flaggit("lock", two.raise_flag(), agent=API)
    marked = read_locks(at(two))[hub.flag]
    assert replace(marked, done_on="", done_at="", nonce=stolen.nonce, oid=stolen.oid) == stolen


# --- races --------------------------------------------------------------------------------------


def test_of_two_markers_one_marks(hub: Hub) -> None:
    _, *others = waiting(hub, "two", "three", "four")
    flags = [other.raise_flag() for other in others]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda pair: pair[0].flaggit("lock", pair[1], agent=API), zip(others, flags, strict=True)))
    assert [answer.status for answer in done] == [0, 0, 0]
    count = hub.work.git("rev-list", "--count", hub.lock_oid())
    assert (mark_of(hub), count) == ("topic", "3")  # taken, renewed by complete, marked once
    assert len(hub.refs()) == 4


def between(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Have ``act`` happen once, just before the next push."""
    from flaggit.git.repo import Repo

    run, left = Repo.run, [act]

    def meanwhile(repo, *arguments, **options):
        if "push" in arguments and left:
            left.pop()()
        return run(repo, *arguments, **options)

    monkeypatch.setattr(Repo, "run", meanwhile)


@pytest.mark.parametrize("moment", ["marker", "holder"])
@pytest.mark.parametrize("deed", ["release", "renew", "lock", "take-over"])
def test_a_marker_against_a_holder(hub: Hub, monkeypatch: pytest.MonkeyPatch, moment: str, deed: str) -> None:
    one, two = waiting(hub, "two")
    flag, three = two.raise_flag(), hub.clone("three")
    late = time.time() + 9 * HOUR
    before = read_locks(at(two))[hub.flag]
    deeds = {
        "release": lambda: release(at(one), [hub.flag], actor_of(one)),
        "renew": lambda: renew_held(at(one), actor_of(one), required=[hub.flag]),
        "lock": lambda: acquire(at(one), [hub.flag], actor_of(one)),
        "take-over": lambda: acquire(at(three, late), [hub.flag], actor_of(three, QUEUE)),
    }

    def marks():
        return acquire(at(two), [flag], actor_of(two, API))

    if moment == "marker":  # it has read, and is about to push
        between(monkeypatch, deeds[deed])
        assert marks()[0].state == "mine"
    else:
        between(monkeypatch, marks)
        if deed == "take-over":  # what it had seen was over; with the mark it is not
            assert code_of(deeds[deed]) == "locked_by_other"
        else:
            deeds[deed]()
    refs = hub.refs()
    assert f"refs/heads/flags/lock/{flag}" in refs
    if deed == "release":
        assert refs == [f"refs/heads/flags/lock/{flag}"]
    elif deed == "take-over" and moment == "marker":
        assert mark_of(hub) == ""
        assert read_locks(at(three))[hub.flag].holder == QUEUE
    else:
        # Renewing, its holder sees for itself that the work is done.
        assert mark_of(hub) == ("" if moment == "marker" and deed == "lock" else "topic")
        two.flaggit("locks")
        after = read_locks(at(two))[hub.flag]
        assert (after.tenure, after.holder) == (before.tenure, WEB)
    for clone in (one, two, three):
        assert clone.git("for-each-ref", "refs/flaggit/intent") == ""


KILLED = """
import os, signal, sys
from flaggit.clone.identity import Actor
from flaggit.locks.holding import acquire
from flaggit.locks.keepalive import renew_held
from flaggit.locks.unlocking import release
from flaggit.git.repo import Repo, find_repo
from flaggit.clone.session import Session

path, verb, flag, step, side = sys.argv[1:]
session = Session(find_repo(path))
actor = session.get_actor("@backend.api")
run, count = Repo.run, 0

def counted(repo, *arguments, **options):
    global count
    count += 1
    if count == int(step) and side == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = run(repo, *arguments, **options)
    if count == int(step):
        os.kill(os.getpid(), signal.SIGKILL)
    return done

Repo.run = counted
{"lock": lambda: acquire(session, [flag], actor), "unlock": lambda: release(session, [flag], actor),
 "complete": lambda: renew_held(session, actor, required=[flag])}[verb]()
"""


@pytest.mark.parametrize(
    "verb", ["lock", pytest.param("unlock", marks=pytest.mark.slow), pytest.param("complete", marks=pytest.mark.slow)]
)
def test_a_marker_killed_at_any_step_harms_nobody(hub: Hub, verb: str) -> None:
    one, two = waiting(hub, "two")
    flag = two.raise_flag()
    before = read_locks(at(two))[hub.flag]
    kills = 0
    for step in range(1, 60):
        died = False
        for side in ("before", "after"):
            unmark(hub, one)
            (release if verb == "lock" else acquire)(at(two), [flag], actor_of(two, API))
            unmark(hub, one)
            refresh_mirror(at(two))
            argv = [sys.executable, "-c", KILLED, str(two.path), verb, flag, str(step), side]
            done = subprocess.run(argv, env={**os.environ, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True)
            assert done.returncode in (0, -signal.SIGKILL), done.stderr
            died = died or done.returncode != 0
            kills += done.returncode != 0
            refresh_mirror(at(two))
            after = read_locks(at(two))[hub.flag]
            assert replace(after, done_on="", done_at="", nonce=before.nonce, oid=before.oid) == before
            assert mark_of(hub) in ("", "topic")
        if not died:
            break
    assert kills > 15
    assert mark_of(hub) == "topic"  # the last one lived
    two.flaggit("sync", agent=API)
    one.flaggit("unlock", hub.flag, agent=WEB)
    assert f"refs/heads/flags/lock/{hub.flag}" not in hub.refs()


# --- remotes that refuse, or fail ---------------------------------------------------------------

GUARDS = {
    "pre-receive": (
        "pre-receive",
        'while read old new ref; do case $ref in *FLAG) echo "hands off" >&2; exit 1;; esac; done',
    ),
    "update": ("update", 'case $1 in *FLAG) echo "hands off" >&2; exit 1;; esac'),
}


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("verb", ["lock", "unlock", "complete", "next"])
def test_a_mark_that_is_refused_fails_nothing_and_is_not_tried_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, guard: str, verb: str
) -> None:
    _, two = waiting(hub, "two")
    flag = two.raise_flag(target=API)
    if verb in ("unlock", "complete"):
        acquire(at(two), [flag], actor_of(two, API))
        unmark(hub, Work(hub.folder / "one"))
        two.flaggit("locks")
    name, rule = GUARDS[guard]
    hook = hub.path / "hooks" / name
    hook.write_text("#!/bin/sh\n" + rule.replace("FLAG", hub.flag) + "\n")
    hook.chmod(0o755)
    argv = {"lock": ["lock", flag], "next": ["next", "--lock"]}.get(verb, [verb, flag])
    two.flaggit(*argv, agent=API)
    assert mark_of(hub) == ""
    assert (f"refs/heads/flags/lock/{flag}" in hub.refs()) == (verb != "unlock")
    calls = spied(two, monkeypatch)
    acquire(at(two), [flag], actor_of(two, API))
    assert verbs(calls) == ["ls-remote", "push", "ls-remote"]
    assert not any(hub.flag in word for call in calls for word in call)


@pytest.mark.parametrize("fault", ["before", "during", "after", "late"])
def test_a_server_that_fails_fails_as_without_marks(web, fault: str) -> None:
    hub, server = web
    _, two = waiting(hub, "two")
    flag = two.raise_flag(target=API)
    server.fault = fault
    two.flaggit("lock", flag, agent=API, status=None, env=IMPATIENT)
    server.fault = ""
    for folder in ("refs", "reftable"):
        for left in hub.path.glob(f"{folder}/**/*.lock"):  # of a git that was killed: its administrator's to remove
            left.unlink()
    two.flaggit("sync", agent=API, status=None)
    assert mark_of(hub) == "topic"
    server.land()
    two.flaggit("lock", flag, agent=API)
    assert len(hub.refs()) == 2
