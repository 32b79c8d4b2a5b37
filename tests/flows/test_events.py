"""``flaggit events``: every change is told, in order, at least once, and nothing that did not happen."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import jsonschema
import pytest
from conftest import Work
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import Hub, at
from watchers import PATIENCE, Watcher, cursor_of, events, kinds

from flaggit.clone import snapshot as snapshots
from flaggit.clone.events import KINDS, derive_events
from flaggit.clone.snapshot import DoneState, FlagState, LockState, Snapshot
from flaggit.commands.setup.actions import find_reply

API, WEB = "@backend.api", "@frontend.web"


def judged(lines: list[dict]) -> list[dict]:
    """Hold lines to their schema and to no key that it does not name, and return them."""
    schema = find_reply("flaggit.events/1")
    assert schema is not None
    checker = jsonschema.Draft7Validator({**schema, "additionalProperties": False})
    for line in lines:
        assert list(checker.iter_errors(line)) == [], line
    return lines


def test_a_life_is_told_in_its_order(work: Work) -> None:
    start = cursor_of(work)
    flag_id = work.raise_flag(API, WEB)
    work.flaggit("note", flag_id, "Staging has it.", agent=API)
    work.flaggit("lock", flag_id, agent=WEB)
    work.flaggit("complete", flag_id, agent=WEB)
    work.flaggit("unlock", flag_id, agent=WEB)
    lines = judged(events(work, start))
    assert kinds(lines) == ["raised", "noted", "completed"]  # a lock between two looks may be left out
    assert [line["left"] for line in lines] == [2, 1, 0]
    assert {line["cursor"] for line in lines} == {start}
    assert events(work, lines[-1]["next"]) == []
    assert [line["by"] for line in lines[1:]] == [API, WEB]
    assert lines[-1]["committed"] is False
    work.commit("Do it")
    line, reached = judged(events(work, lines[-1]["next"]))
    assert (line["event"], line["committed"], line["branch"]) == ("completed", True, "main")
    assert (reached["event"], reached["what"]) == ("reached_base", "completion")


def test_each_kind_is_told(work: Work) -> None:
    first, second, third = (work.raise_flag(API, WEB) for _ in range(3))
    work.commit("Raise")
    steps = [
        (("ask", first, "Until when?", "--to", API), WEB, ["asked"]),
        (("edit", first, "--impact", "high"), API, ["edited"]),
        (("lock", first), WEB, ["locked"]),
        (("lock", first, "--ttl", "8h"), WEB, ["renewed"]),
        (("unlock", first), WEB, ["unlocked"]),
        (("complete", first), WEB, ["completed"]),
        (("reopen", first), WEB, ["reopened"]),
        (("redirect", second, "--to", "@backend.queue"), WEB, ["raised", "redirected"]),
        (("lock", third), WEB, ["locked"]),
        (("lock", third, "--steal", "--reason", "It crashed."), "@backend.queue", ["lost", "locked"]),
        (("unlock", third, "--force", "--reason", "It crashed."), API, ["unlocked"]),
    ]
    told = set()
    cursor = cursor_of(work)
    for words, agent, expected in steps:
        work.flaggit(*words, agent=agent)
        lines = judged(events(work, cursor))
        assert sorted(kinds(lines)) == sorted(expected), (words, lines)
        assert kinds(lines, third) in ([], expected)
        cursor = lines[-1]["next"]
        told.update(kinds(lines))
    question = work.flaggit("outbox", "--json", agent=WEB).data[0]["id"]
    work.flaggit("complete", question, "--note", "Noon.", agent=API)
    work.flaggit("complete", first, "--as", "withdrawn", agent=API)
    lines = judged(events(work, cursor))
    assert sorted(kinds(lines)) == ["answered", "completed"]
    told.update(kinds(lines))
    assert set(KINDS) - told == {"noted", "expired", "reached_base", "vanished"}  # each has its own test


def test_a_lock_let_go_by_another_is_lost_by_its_holder(work: Work) -> None:
    other = work.worktree("other")
    flag_id = work.raise_flag(API, WEB)
    other.flaggit("lock", flag_id, agent=WEB)
    cursor = cursor_of(work)
    work.flaggit("unlock", flag_id, "--force", "--reason", "It crashed.", agent=API)
    assert kinds(events(work, cursor)) == ["lost"]


def test_a_lock_runs_out(work: Work) -> None:
    flag_id = work.raise_flag(API, WEB)
    with Watcher(work, "events", "--follow", "--json") as watcher:
        assert watcher.next()["event"] == "started"
        work.flaggit("lock", flag_id, agent=WEB)
        assert judged([watcher.next()])[0]["event"] == "locked"
        work.flaggit("lock", flag_id, "--ttl", "2s", agent=WEB)
        line = judged([watcher.next()])[0]
        if line["event"] == "renewed":  # seen before it ran out
            line = judged([watcher.next()])[0]
        assert (line["event"], line["id"], line["at"]) == ("expired", flag_id, line["expires"])


def test_what_is_gone_for_a_moment_is_not_told(work: Work) -> None:
    flag_id = work.raise_flag(API, WEB)
    path = work.path / ".flags" / "frontend.web" / f"{flag_id}.yaml"
    text = path.read_text()
    with Watcher(work, "events", "--follow", "--json") as watcher:
        assert watcher.next()["event"] == "started"
        path.unlink()
        time.sleep(1)
        path.write_text(text)
        time.sleep(3)
        path.unlink()
        line = judged([watcher.next()])[0]
        assert (line["event"], line["id"]) == ("vanished", flag_id)
        path.write_text(text)
        back = watcher.next()
        assert (back["event"], back["id"]) == ("raised", flag_id)


def test_a_flag_that_comes_back_is_another_event(work: Work) -> None:
    cursor = cursor_of(work)
    flag_id = work.raise_flag(API, WEB)
    path = work.path / ".flags" / "frontend.web" / f"{flag_id}.yaml"
    text = path.read_text()
    told = events(work, cursor)
    path.unlink()
    told += events(work, told[-1]["next"])
    path.write_text(text)
    told += events(work, told[-1]["next"])
    assert kinds(told) == ["raised", "vanished", "raised"]
    assert len({line["event_id"] for line in told}) == 3


def test_a_worktree_in_a_rebase_keeps_what_was_seen(work: Work) -> None:
    side = work.worktree("side")
    side.write("src/client.ts", "side\n")
    flag_id = side.raise_flag(API, WEB)
    side.commit("Side", "src")
    work.write("src/client.ts", "main\n")
    work.commit("Main", "src")
    cursor = cursor_of(work)
    side.git("rebase", "main", check=False)  # stops in a conflict; the flag's commit is not applied
    assert not list(side.path.glob(f".flags/*/{flag_id}.yaml")) or side.git("status")
    assert events(work, cursor) == []
    side.git("rebase", "--abort")
    assert events(work, cursor) == []


def test_a_stash_and_its_return_leave_the_same_flags(work: Work) -> None:
    flag_id = work.raise_flag(API, WEB)
    cursor = cursor_of(work)
    work.git("stash", "push", "-q")
    work.git("stash", "pop", "-q", "--index")
    assert events(work, cursor) == []
    assert work.flaggit("show", flag_id, "--json").data["status"] == "pending"


def test_every_worktree_and_branch_is_seen_from_anywhere(work: Work) -> None:
    left, right = work.worktree("left"), work.worktree("right")
    start = {cursor_of(place) for place in (work, left, right)}
    assert len(start) == 1  # whoever asks, the same state has the same name
    flag_id = left.raise_flag(API, WEB)
    for place in (work, left, right):
        (line,) = judged(events(place, *start))
        assert (line["event"], line["id"], line["worktree"]) == ("raised", flag_id, str(left.path))
    left.commit("Raise")
    right.git("switch", "-q", "--detach")
    left.git("switch", "-q", "--detach", "main")  # only the branch has it now
    assert kinds(events(right, *start)) == ["raised"]
    assert events(right, events(right, *start)[0]["next"]) == []


def test_a_flag_raised_and_done_between_two_looks_lies_where_its_file_is(work: Work) -> None:
    start = cursor_of(work)
    left = work.worktree("left")
    flag_id = left.raise_flag(API, WEB)
    work.flaggit("complete", flag_id, agent=WEB)
    places = {line["event"]: line["worktree"] for line in judged(events(left, start))}
    assert places == {"raised": str(left.path), "completed": str(work.path)}


def test_an_unknown_cursor_gives_the_state_and_no_history(work: Work) -> None:
    pending = work.raise_flag(API, WEB)
    done = work.raise_flag(API, WEB)
    work.flaggit("complete", done, agent=WEB)
    lines = judged(events(work, "c0123456789ab"))
    assert kinds(lines) == ["reset", "state"]
    assert lines[1]["id"] == pending
    assert lines[0]["cursor"] == cursor_of(work)
    for text in ("../../config", "c-", "", "i/../x"):
        answer = work.flaggit("events", "--since", text, "--json", status=None)
        assert answer.status == 2 or answer.json["event"] == "started", text


def test_old_snapshots_go_and_used_ones_stay(work: Work) -> None:
    cursor = cursor_of(work)
    work.raise_flag(API, WEB)
    later = events(work, cursor)[-1]["next"]
    folder = work.path / ".git" / "flaggit" / "snapshots"
    old = time.time() - snapshots.LIFE - 100
    for name in (cursor, later, "swept"):
        os.utime(folder / name, (old, old))
    assert events(work, later) == []  # used, and what it is a difference to as well
    work.raise_flag(API, WEB)
    assert kinds(events(work, later)) == ["raised"]
    for name in (later, "swept"):
        os.utime(folder / name, (old, old))
    os.utime(folder / cursor, (old, old))
    work.raise_flag(API, WEB)
    events(work)
    assert not (folder / later).exists()
    assert kinds(events(work, later))[0] == "reset"


def test_a_reader_that_dies_misses_nothing(work: Work) -> None:
    """A reader is killed again and again, and begins at the cursor of the last line that it had."""
    chance = random.Random(20261130)
    first = cursor_of(work)
    told: dict[str, dict] = {}
    expected: set[tuple[str, str]] = set()
    cursor = first
    for _ in range(5):
        with Watcher(work, "events", "--follow", "--json", "--since", cursor) as watcher:
            for _ in range(chance.randint(1, 2)):
                flag_id = work.raise_flag(API, WEB)
                expected.add(("raised", flag_id))
                if chance.random() < 0.5:
                    work.flaggit("complete", flag_id, agent=WEB)
                    expected.add(("completed", flag_id))
            for _ in range(chance.randint(0, 3)):
                if {(line["event"], line["id"]) for line in told.values()} >= expected:
                    break
                line = watcher.next()
                told[line["event_id"]] = line
                cursor = line["cursor"]
    for line in events(work, cursor):
        told[line["event_id"]] = line
    assert {(line["event"], line["id"]) for line in told.values()} == expected
    assert len(told) == len(expected)  # what came twice came under one id
    whole = events(work, first)
    assert {line["event_id"] for line in whole} == set(told)


def test_a_follower_ends_when_nobody_reads(work: Work) -> None:
    argv = [sys.executable, "-m", "flaggit", "events", "--follow", "--json"]
    process = subprocess.Popen(argv, cwd=work.path, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert b"started" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(PATIENCE) == 0


def test_the_base_branch_is_reached(hub: Hub) -> None:
    ann, bob = hub.clone("ann"), hub.clone("bob")
    cursor = cursor_of(ann)
    flag_id = bob.raise_flag(API, WEB)
    bob.commit("Raise")
    bob.git("push", "-q", "origin", "main")
    ann.git("fetch", "-q")
    lines = judged(events(ann, cursor))
    assert kinds(lines, flag_id) == ["raised", "reached_base"]
    assert lines[-1]["what"] == "flag"
    bob.flaggit("complete", flag_id, agent=WEB)
    bob.commit("Do it")
    bob.git("push", "-q", "origin", "main:topic")
    ann.git("fetch", "-q")
    (done,) = judged(events(ann, lines[-1]["next"]))
    assert (done["event"], done["committed"], done["branch"]) == ("completed", True, "origin/topic")
    bob.git("push", "-q", "origin", "main")
    ann.git("fetch", "-q")
    (line,) = judged(events(ann, done["next"]))
    assert (line["event"], line["what"]) == ("reached_base", "completion")


def test_the_remote_is_looked_at(hub: Hub) -> None:
    ann, bob = hub.clone("ann"), hub.clone("bob")
    with Watcher(ann, "events", "--follow", "--json", "--remote") as watcher:
        assert watcher.next()["event"] == "started"
        flag_id = bob.raise_flag(API, WEB)
        bob.commit("Raise")
        bob.git("push", "-q", "origin", "main:topic")
        bob.flaggit("lock", hub.flag, agent=WEB)
        os.utime(ann.path / ".git" / "flaggit" / "remote-look", (1, 1))  # the last look is long ago
        lines = judged(watcher.until(lambda line: line["event"] == "raised"))
        if "locked" not in kinds(lines):
            lines += judged(watcher.until(lambda line: line["event"] == "locked"))
    assert ("raised", flag_id) in [(line["event"], line["id"]) for line in lines]
    assert ("locked", hub.flag) in [(line["event"], line["id"]) for line in lines]


# --- values ---------------------------------------------------------------------------------------

IDS = [f"k7m2q0{char}" for char in "abcdefgh"]
PLACES = st.sampled_from(["worktree /a", "worktree /b", "branch topic"])
FLAGS = st.builds(
    FlagState, st.binary(min_size=1, max_size=2), st.sampled_from([WEB, API, None]),
    st.just("2026-11-23T14:00:00Z"), PLACES, st.booleans(),
)  # fmt: skip
DONE = st.builds(DoneState, PLACES, st.booleans(), st.booleans())
LOCKS = st.builds(
    LockState, st.just(WEB), st.just("i"), st.sampled_from(["t1", "t2"]), st.just("2026-11-23T14:00:00Z"),
    st.sampled_from(["2026-11-23T16:00:00Z", "2026-11-23T18:00:00Z"]), st.just("local"), st.just("c/w"),
    st.just("0" * 40), st.sampled_from(["", "", "expired", "unlocked"]),
)  # fmt: skip


@st.composite
def states(draw: st.DrawFn) -> Snapshot:
    done = draw(st.dictionaries(st.sampled_from(IDS), DONE, max_size=5))
    flags = draw(st.dictionaries(st.sampled_from([key for key in IDS if key not in done]), FLAGS, max_size=5))
    locks = draw(st.dictionaries(st.sampled_from(IDS), LOCKS, max_size=4))
    notes = draw(st.frozensets(st.sampled_from([f"{key}-20261123T140000Z-00000000" for key in IDS]), max_size=4))
    return Snapshot(flags, done, locks, notes, draw(st.dictionaries(st.sampled_from(IDS), st.integers(1, 3))))


@given(chain=st.lists(states(), min_size=1, max_size=60))
@examples(25)
def test_snapshots_are_kept_whole_however_many_differences_there_are(
    chain: list[Snapshot], tmp_path_factory: pytest.TempPathFactory
) -> None:
    repo = at(Work(_repository(tmp_path_factory))).repo
    cursor = ""
    kept = []
    for state in chain:
        cursor = snapshots.save(repo, state, before=cursor)
        kept.append((cursor, state))
    for name, state in kept:
        assert snapshots.load(repo, name) == state
    for name, state in kept:
        for other, other_state in kept:
            assert (name == other) == (state == other_state)


@given(before=states(), after=states())
@examples(60)
def test_events_are_in_order_and_tell_of_each_difference_once(
    before: Snapshot, after: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    session = at(Work(_repository(tmp_path_factory)))
    found = derive_events(session, before, after)
    again = derive_events(session, before, after)
    assert [event.event_id for event in found] == [event.event_id for event in again]
    assert len({event.event_id for event in found}) == len(found)
    known, now = before.flags.keys() | before.done.keys(), after.flags.keys() | after.done.keys()
    for flag_id in IDS:
        told = [event.kind for event in found if event.flag_id == flag_id]
        assert ("raised" in told) == (flag_id in now - known)
        assert ("vanished" in told) == (flag_id in known - now)
        if "raised" in told:
            assert told[0] == "raised"
        if "vanished" in told:
            assert told[-1] == "vanished"
        if "completed" in told and "locked" in told:
            assert told.index("locked") < told.index("completed")
    assert derive_events(session, after, after) == []


_MADE: list = []


def _repository(factory: pytest.TempPathFactory):
    """Return one empty repository for all examples of a run."""
    if not _MADE:
        path = factory.mktemp("values")
        Work(path).git("init", "-q", "-b", "main")
        _MADE.append(path)
    return _MADE[0]
