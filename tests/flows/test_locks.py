"""Locks within one clone and its worktrees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from repositories import Work

from flaggit.clone.identity import Actor
from flaggit.clone.lock_message import format_message, parse_message
from flaggit.clone.lock_rules import MARGIN, is_free, must_stop
from flaggit.clone.lookup import get_row
from flaggit.clone.session import Session
from flaggit.clone.visible_locks import read_locks
from flaggit.core.errors import ConflictError, InvalidError, UnavailableError
from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.git.repo import find_repo
from flaggit.locks.holding import acquire, require_free
from flaggit.locks.keepalive import renew_held
from flaggit.locks.unlocking import after_completion, release

ANN = Actor("@backend.api", "option", "ann1")
BOB = Actor("@frontend.web", "option", "bob1")
OTHER_ANN = Actor("@backend.api", "option", "ann2")
LOCK = Lock(
    "k7m2q0x", "@backend.api", "i1", "t1", "2026-11-23T14:00:00Z", "2026-11-23T16:00:00Z", nonce="n1", reason="why"
)
START = 1795442400  # 2026-11-23T14:00:00Z


def at(work: Work, now: float) -> Session:
    return Session(find_repo(str(work.path)), now=now)


@pytest.fixture
def flag(work: Work) -> str:
    flag_id = work.raise_flag()
    work.commit("raise")
    return flag_id


def test_a_message_gives_back_the_lock_it_was_made_of() -> None:
    lock = replace(LOCK, done_on="topic/a", worktree="c/w", released=True)
    message = format_message(lock)
    assert message.splitlines()[0].endswith("[skip ci]")
    assert parse_message(message, flag_id=lock.flag_id, oid="", scope="local") == lock


@pytest.mark.parametrize(
    "message",
    ["", "a commit\n\nof somebody", format_message(replace(LOCK, holder="nobody")), format_message(LOCK)[:-40]],
)
def test_a_message_that_is_no_locks_gives_a_lock_that_only_a_person_can_end(message: str) -> None:
    lock = parse_message(message, flag_id=LOCK.flag_id, oid="abc", scope="local")
    assert lock.holder == "" and not is_free(lock, 2**33)


def test_a_reason_cannot_smuggle_in_another_line() -> None:
    lock = replace(LOCK, reason="a\nLock-Holder: @evil.one")
    parsed = parse_message(format_message(lock), flag_id=lock.flag_id, oid="", scope="local")
    assert parsed.holder == LOCK.holder and parsed.reason == "a Lock-Holder: @evil.one"


@pytest.mark.parametrize(
    ("change", "after", "over"),
    [
        ({}, 7199, False),
        ({}, 7200, True),
        ({"scope": "shared"}, 7200 + MARGIN - 1, False),
        ({"scope": "shared"}, 7200 + MARGIN, True),
        ({"released": True}, 0, True),
        ({"dead": True}, 0, True),
        ({"done_on": "topic"}, 7200, False),
        ({"scope": "shared", "acquired": "2026-11-23T20:00:00Z"}, 7200 + MARGIN, False),
    ],
)
def test_when_a_lock_is_over(change: dict, after: int, over: bool) -> None:
    assert is_free(replace(LOCK, **change), START + after) is over


def test_the_holder_of_a_shared_lock_stops_before_it_ends() -> None:
    shared = replace(LOCK, scope="shared")
    assert not must_stop(shared, START + 7200 - MARGIN - 1) and must_stop(shared, START + 7200 - MARGIN)


def test_a_lock_excludes_every_other_holder(work: Work, flag: str) -> None:
    acquire(work.session(), [flag], ANN)
    for actor in (BOB, OTHER_ANN):
        with pytest.raises(ConflictError) as caught:
            acquire(work.session(), [flag], actor)
        assert caught.value.code == "locked_by_other"
        assert caught.value.details["holder"] == "@backend.api"
    assert [outcome.already for outcome in acquire(work.session(), [flag], ANN)] == [True]
    with pytest.raises(ConflictError):
        acquire(work.session(), [flag], ANN, fresh=True)


def test_renewing_keeps_the_tenure_and_never_shortens_unasked(work: Work, flag: str) -> None:
    first = acquire(at(work, START), [flag], ANN, ttl="8h")[0].lock
    second = acquire(at(work, START + 60), [flag], ANN)[0].lock
    assert (second.tenure, second.expires, second.acquired) == (first.tenure, first.expires, first.acquired)
    assert second.nonce != first.nonce and second.oid != first.oid
    assert acquire(at(work, START + 60), [flag], ANN, ttl="1h")[0].lock.expires == "2026-11-23T15:01:00Z"
    assert renew_held(at(work, START + 3000), ANN)[0].lock.expires == "2026-11-23T16:50:00Z"
    assert work.git("rev-list", "--count", f"refs/heads/flags/lock/{flag}") == "4"


def test_an_implied_identity_renews_nothing(work: Work, flag: str) -> None:
    acquire(work.session(), [flag], BOB)
    with pytest.raises(ConflictError):
        acquire(work.session(), [flag], Actor(BOB.handle, "implied", BOB.instance))


def test_an_expired_lock_is_taken_over_and_its_holder_learns_it(work: Work, flag: str) -> None:
    held = work.session()
    acquire(at(work, START), [flag], replace(ANN, instance="x"))
    taken = acquire(at(work, START + 7200), [flag], BOB)[0].lock
    assert taken.holder == "@frontend.web"
    with pytest.raises(ConflictError) as caught:
        require_free(at(work, START + 7300), flag, ANN)
    assert caught.value.code == "locked_by_other"
    assert get_row(held, flag).lock is not None


def test_the_old_holder_is_told_that_the_lock_is_lost(work: Work, flag: str) -> None:
    other = work.worktree("other")
    acquire(work.session(), [flag], work.session().get_actor("@backend.api"))
    ann = work.session().get_actor("@backend.api")
    bob = other.session().get_actor("@frontend.web")
    acquire(other.session(), [flag], bob, steal=True, reason="urgent")
    with pytest.raises(ConflictError) as caught:
        require_free(work.session(), flag, ann)
    assert caught.value.code == "lock_lost" and "urgent" in caught.value.message
    with pytest.raises(ConflictError) as caught:
        acquire(work.session(), [flag], ann)
    assert caught.value.code == "lock_lost"
    with pytest.raises(ConflictError) as caught:  # told once
        acquire(work.session(), [flag], ann)
    assert caught.value.code == "locked_by_other"


def test_stealing_needs_a_reason(work: Work, flag: str) -> None:
    with pytest.raises(InvalidError):
        acquire(work.session(), [flag], BOB, steal=True)


def test_several_flags_are_locked_all_or_none(work: Work) -> None:
    ids = [work.raise_flag() for _ in range(3)]
    acquire(work.session(), ids[1:2], BOB)
    with pytest.raises(ConflictError):
        acquire(work.session(), ids, ANN)
    assert set(read_locks(work.session())) == {ids[1]}
    release(work.session(), ids[1:2], BOB)
    assert len(acquire(work.session(), ids, ANN)) == 3


def test_release_is_for_the_holder(work: Work, flag: str) -> None:
    acquire(work.session(), [flag], ANN)
    for actor in (BOB, OTHER_ANN, None):
        with pytest.raises(ConflictError) as caught:
            release(work.session(), [flag], actor)
        assert caught.value.code == "not_holder"
    release(work.session(), [flag], ANN)
    assert release(work.session(), [flag], ANN)[0].already
    assert work.git("for-each-ref", "--format=%(refname)", "refs/heads/flags", "refs/worktree") == ""
    acquire(work.session(), [flag], ANN)
    with pytest.raises(InvalidError):
        release(work.session(), [flag], BOB, force=True)
    release(work.session(), [flag], BOB, force=True, reason="gone home")
    assert read_locks(work.session()) == {}


def test_anybody_releases_an_expired_lock(work: Work, flag: str) -> None:
    acquire(at(work, START), [flag], ANN)
    assert not release(at(work, START + 7200), [flag], BOB)[0].already


def test_the_lock_of_a_removed_worktree_is_over(work: Work, flag: str) -> None:
    other = work.worktree("other")
    acquire(other.session(), [flag], other.session().get_actor("@frontend.web"))
    assert get_row(work.session(), flag).locked
    shutil.rmtree(other.path)  # it may as well have been moved, or lie on a disk that is away
    assert get_row(work.session(), flag).locked
    work.git("worktree", "prune")
    assert not get_row(work.session(), flag).locked
    assert read_locks(work.session())[flag].dead
    acquire(work.session(), [flag], ANN)


@pytest.mark.parametrize("folder", ["d" * 180 + "/" + "e" * 180, "\udce4"])
def test_a_worktree_at_an_odd_path_keeps_its_lock(work: Work, flag: str, folder: str) -> None:
    path = work.path.parent / folder
    try:
        path.mkdir(parents=True)
    except OSError:  # some file systems take only UTF-8
        pytest.skip("no such name here")
    work.git("worktree", "add", "-q", "--detach", str(path))
    acquire(Work(path).session(), [flag], Work(path).session().get_actor("@frontend.web"))
    assert not read_locks(work.session())[flag].dead
    with pytest.raises(ConflictError):
        acquire(work.session(), [flag], BOB)


def test_a_moved_worktree_keeps_its_lock(work: Work, flag: str) -> None:
    other = work.worktree("other")
    acquire(other.session(), [flag], other.session().get_actor("@frontend.web"))
    work.git("worktree", "move", str(other.path), str(other.path) + "-moved")
    assert get_row(work.session(), flag).locked


def test_a_copied_clone_is_another_holder(work: Work, flag: str) -> None:
    acquire(work.session(), [flag], work.session().get_actor("@backend.api"))
    ann = work.session().get_actor("@backend.api")
    copy = Work(work.path.parent / "copy")
    shutil.copytree(work.path, copy.path, symlinks=True)
    assert copy.session().get_actor("@backend.api").instance != ann.instance
    with pytest.raises(ConflictError):
        acquire(copy.session(), [flag], copy.session().get_actor("@backend.api"))
    moved = work.path.rename(work.path.parent / "moved")
    assert acquire(Work(moved).session(), [flag], Work(moved).session().get_actor("@backend.api"))[0].already


def test_unlocking_for_the_dead(work: Work, flag: str) -> None:
    second = work.raise_flag(target="@backend.api")
    other = work.worktree("other")
    other.flaggit("lock", flag, agent="@frontend.web")
    work.flaggit("lock", second, agent="@backend.api")
    assert [lock["id"] for lock in work.flaggit("unlock", "--worktree", "../other", "--json").data] == [flag]
    assert [lock["id"] for lock in work.flaggit("unlock", "--holder", "@backend.api", "--json").data] == [second]
    assert work.flaggit("locks", "--json").data == []
    other.flaggit("lock", flag, agent="@frontend.web")
    shutil.rmtree(other.path)
    assert [lock["id"] for lock in work.flaggit("unlock", "--worktree", "../other", "--json").data] == [flag]
    work.flaggit("unlock", status=2)
    work.flaggit("unlock", flag, "--holder", "@backend.api", status=2)


def test_the_commands_say_who_holds_what(work: Work, flag: str) -> None:
    data = work.flaggit("lock", flag, "--ttl", "3h", "--reason", "a big one", "--json", agent="@frontend.web").data
    assert list(data[0])[:8] == ["id", "locked", "holder", "instance", "expires", "scope", "state", "locks_as_of"]
    assert (data[0]["scope"], data[0]["state"], data[0]["holder"]) == ("local", "mine", "@frontend.web")
    answer = work.flaggit("lock", flag[:4], "--json", agent="@backend.api", status=4)
    assert (answer.json["code"], answer.json["holder"]) == ("locked_by_other", "@frontend.web")
    row = work.flaggit("show", flag, "--json").data
    assert (row["locked"], row["locked_by"]) == (True, "@frontend.web")
    assert "a big one" in work.flaggit("locks").out
    answer = work.flaggit("lock", flag, status=4)  # nobody said who: the target is implied, and renews nothing
    assert "flaggit iam" in answer.err
    work.flaggit("unlock", flag, agent="@backend.api", status=4)
    assert work.flaggit("unlock", flag, agent="@frontend.web", status=0).out == f"{flag} is free\n"
    assert "was not locked" in work.flaggit("unlock", flag, agent="@frontend.web").out
    work.flaggit("lock", status=2)
    work.flaggit("lock", flag, "--ttl", "soon", status=2)
    work.flaggit("lock", "zzzzzzz", agent="@backend.api", status=3)


def test_next_hands_a_flag_to_one_agent_only(work: Work) -> None:
    work.write(".flags/config.yaml", "lock: {max: 4}\n")
    ids = {work.raise_flag() for _ in range(4)}
    handed = [work.flaggit("next", "--lock", "--json", agent="@frontend.web").data["id"] for _ in ids]
    assert set(handed) == ids
    answer = work.flaggit("next", "--lock", "--json", agent="@frontend.web", status=1)
    assert answer.json["code"] == "lock_limit" and set(answer.json["held"]) == ids


def test_next_to_several_processes_of_one_worktree(work: Work) -> None:
    work.write(".flags/config.yaml", "lock: {max: 6}\n")
    ids = {work.raise_flag() for _ in range(6)}
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: work.flaggit("next", "--lock", "--json", agent="@frontend.web").data, ids))
    assert {row["id"] for row in found} == ids


def test_a_lock_outlives_completion_unless_asked_not_to(work: Work, flag: str) -> None:
    acquire(work.session(), [flag], ANN)
    assert after_completion(work.session(), [flag], BOB) == []
    assert flag in after_completion(work.session(), [flag], ANN)[0]
    assert flag in read_locks(work.session())
    assert after_completion(work.session(), [flag], ANN, release=True) == []
    assert read_locks(work.session()) == {}


def test_locks_in_a_sha256_repository(tmp_path) -> None:
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(tmp_path / "r")], check=True)
    work = Work(tmp_path / "r")
    work.commit("begin")
    (work.path / ".flags").mkdir()
    flag = work.raise_flag()
    acquire(work.session(), [flag], ANN)
    with pytest.raises(ConflictError):
        acquire(work.session(), [flag], BOB)
    assert "error" not in work.run("git", "fsck", "--strict").err
    release(work.session(), [flag], ANN)


def test_a_branch_in_the_way_is_named(work: Work, flag: str) -> None:
    work.git("branch", "flags")
    with pytest.raises(UnavailableError) as caught:
        acquire(work.session(), [flag], ANN)
    assert caught.value.code == "namespace_blocked"


def test_a_killed_gits_lock_file_is_explained(work: Work, flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flaggit.clone.lock_refs.WAITING", ("-c", "core.filesRefLockTimeout=50"))
    monkeypatch.setattr("flaggit.locks.local._TRIES", 2)
    in_tables = (work.path / ".git" / "reftable").exists()
    work.write(".git/reftable/tables.list.lock" if in_tables else f".git/refs/heads/flags/lock/{flag}.lock", "")
    with pytest.raises(UnavailableError) as caught:
        acquire(work.session(), [flag], ANN)
    assert caught.value.code == "git_failed" and "doctor" in caught.value.hint
    assert read_locks(work.session()) == {}


def test_a_branch_made_by_hand_is_nobodys_lock(work: Work, flag: str) -> None:
    work.git("branch", f"flags/lock/{flag}")
    assert read_locks(work.session())[flag].holder == ""
    with pytest.raises(ConflictError) as caught:
        acquire(work.session(), [flag], ANN)
    assert caught.value.code == "locked_by_other"
    assert "no lock of flaggit" in work.flaggit("locks").out
    work.flaggit("list")


def test_sessions_of_any_name_are_holders(work: Work, flag: str) -> None:
    for name in ("é" * 100, "a b\nLock-Holder: @x.y"):
        work.flaggit("lock", flag, agent="@frontend.web", env={"FLAGGIT_SESSION": name})
        work.flaggit("lock", flag, agent="@frontend.web", status=4)
        assert read_locks(work.session())[flag].holder == "@frontend.web"
        work.flaggit("unlock", flag, agent="@frontend.web", env={"FLAGGIT_SESSION": name})


def test_a_lock_cannot_live_for_ever(work: Work, flag: str) -> None:
    work.flaggit("lock", flag, "--ttl", "999999999w", agent="@frontend.web", status=2)
    work.git("config", "flaggit.lock.ttl", "999999999w")
    work.flaggit("lock", flag, agent="@frontend.web")


def test_switching_to_the_work_branch(work: Work, flag: str) -> None:
    work.flaggit("lock", flag, "--switch", agent="@frontend.web")
    assert work.git("branch", "--show-current") == f"flag/{flag}"
    work.git("switch", "-q", "main")
    work.flaggit("lock", flag, "--switch", agent="@frontend.web")
    assert work.git("branch", "--show-current") == f"flag/{flag}"


RACER = """
import sys
from flaggit.clone.identity import Actor
from flaggit.locks.holding import acquire
from flaggit.core.errors import ConflictError
from flaggit.git.repo import find_repo
from flaggit.clone.session import Session
sys.stdin.readline()
try:
    acquire(Session(find_repo(sys.argv[1])), [sys.argv[2]], Actor(sys.argv[3], "option", sys.argv[4]))
except ConflictError:
    sys.exit(4)
"""


def race(places: list[Work], flag: str, processes: int, handles: int) -> int:
    """Let many processes lock one flag at once; return how many were told that they hold it."""
    racers = []
    for number in range(processes):
        handle = f"@racer.n{number % handles}"
        argv = [sys.executable, "-c", RACER, str(places[number % len(places)].path), flag, handle, f"s{number}"]
        racers.append(subprocess.Popen(argv, stdin=subprocess.PIPE, env=os.environ))
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"go\n")
        racer.stdin.flush()
    statuses = [racer.wait(600) for racer in racers]
    for racer in racers:
        racer.stdin.close()
    assert set(statuses) <= {0, 4}, statuses
    return statuses.count(0)


@pytest.mark.parametrize("handles", [16, 1])
def test_of_many_racers_one_wins(work: Work, handles: int) -> None:
    places = [work, *(work.worktree(f"w{number}") for number in range(3))]
    for _ in range(3):
        flag = work.raise_flag()
        assert race(places, flag, 16, handles) == 1
        assert len(read_locks(work.session())) == 1
        release(work.session(), [flag], None, force=True, reason="next round")


@pytest.mark.slow
@pytest.mark.parametrize("handles", [64, 1])
def test_of_64_racers_one_wins_in_30_rounds(work: Work, handles: int) -> None:
    places = [work, *(work.worktree(f"w{number}") for number in range(4))]
    for _ in range(30):
        flag = work.raise_flag()
        assert race(places, flag, 64, handles) == 1


def test_freeing_a_gone_worktree_never_frees_the_one_around_it(work: Work) -> None:
    first, second, third = (work.raise_flag() for _ in range(3))
    work.commit("raise")
    work.flaggit("lock", first, agent="@frontend.web")
    for name, flag in (("agents/one", second), ("agents/two", third)):
        work.git("worktree", "add", "-q", "-b", name, str(work.path / name))
        Work(work.path / name).flaggit("lock", flag, agent="@frontend.web")
    shutil.rmtree(work.path / "agents/one")
    assert [lock["id"] for lock in work.flaggit("unlock", "--worktree", "agents/one", "--json").data] == [second]
    work.git("worktree", "remove", "--force", "agents/two")  # git forgets it, and something is left there
    work.write("agents/two/build.log", "left over")
    assert [lock["id"] for lock in work.flaggit("unlock", "--worktree", "agents/two", "--json").data] == [third]
    assert work.flaggit("unlock", "--worktree", "agents", "--json").data == []
    assert read_locks(at(work, time.time())).keys() == {first}
    assert [lock["id"] for lock in work.flaggit("unlock", "--worktree", ".", "--json").data] == [first]


def test_a_list_for_nobody_asks_git_no_more_often_than_one_without_locks(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = [work.raise_flag() for _ in range(4)]
    monkeypatch.delenv("FLAGGIT_AGENT", raising=False)
    work.git("config", "flaggit.lock.ttl", "2h")  # so that git's settings have to be read at all
    before = programs_of_a_list(work)
    work.flaggit("lock", *flags, agent="@frontend.web")
    assert programs_of_a_list(work) <= before + 3  # who asks, how large the locks are, and what they say


def programs_of_a_list(work: Work) -> int:
    program = (
        "import sys; started = []\n"
        "sys.addaudithook(lambda event, words: event in ('os.posix_spawn', 'subprocess.Popen') and started.append(1))\n"
        "from flaggit.cli.entry import run\n"
        "run(['list']); print(len(started), file=sys.stderr)"
    )
    return int(work.run(sys.executable, "-c", program).err.split()[-1])
