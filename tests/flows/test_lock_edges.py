"""Shared locks where rules meet: losses, renewals, who may free what, and servers that say no in other words."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from repositories import Hub, Work, actor_of, at, code_of, start_ssh

from flaggit.clone.lock_message import format_message, parse_message
from flaggit.clone.lock_rules import is_free
from flaggit.clone.remotes import place_hash
from flaggit.clone.visible_locks import read_locks
from flaggit.commands.locking.actions import lock_files
from flaggit.core.errors import ConflictError, UnavailableError
from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.core.times import format_time
from flaggit.git.process import Finished
from flaggit.lifecycle.completing import complete
from flaggit.locks.holding import acquire
from flaggit.locks.keepalive import renew_held
from flaggit.locks.paths import read_path_locks
from flaggit.locks.unlocking import release
from flaggit.locks.wire import judge_push

WEB, API = "@frontend.web", "@backend.api"
HOUR = 3600


def complete_on(work: Work, branch: str, flag: str) -> None:
    work.git("switch", "-qc", branch)
    work.flaggit("complete", flag, "--commit", agent=WEB)
    work.git("push", "-q", "origin", branch)


# --- whoever lost a lock learns it --------------------------------------------------------------


def test_a_holder_whose_time_ran_out_asks_before_it_completes(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    start = time.time()
    acquire(at(one, start), [hub.flag], actor_of(one))
    acquire(at(two, start + 2.5 * HOUR), [hub.flag], actor_of(two, API))
    with pytest.raises(ConflictError) as caught:  # its own clone still shows its own lock, which has run out
        complete(at(one, start + 3 * HOUR), flag_ids=[hub.flag], agent=WEB)
    assert caught.value.code == "lock_lost" and API in caught.value.message
    assert not (one.path / ".flags" / "done").exists()


def test_a_lock_that_ran_out_and_nobody_took_is_renewed_by_completing(hub: Hub) -> None:
    one = hub.clone("one")
    start = time.time()
    before = acquire(at(one, start), [hub.flag], actor_of(one))[0].lock
    complete(at(one, start + 3 * HOUR), flag_ids=[hub.flag], agent=WEB)
    after = read_locks(at(one))[hub.flag]
    assert after.tenure == before.tenure and after.expires > before.expires


def test_a_worktree_whose_lock_was_stolen_hears_why_when_it_completes(work: Work) -> None:
    flag = work.raise_flag()
    work.commit("raise")
    other = work.worktree("other")
    acquire(at(work), [flag], actor_of(work))
    acquire(at(other), [flag], actor_of(other, API), steal=True, reason="it hung")
    for _ in range(2):
        answer = work.flaggit("complete", flag, "--json", agent=WEB, status=4).json
        assert (answer["code"], answer["state"]) == ("lock_lost", "lost") and "it hung" in answer["error"]


def test_taking_a_lock_anew_says_that_the_old_one_was_lost(hub: Hub) -> None:
    one = hub.clone("one")
    one.flaggit("lock", hub.flag, agent=WEB)
    hub.work.git("branch", "-D", f"flags/lock/{hub.flag}")
    answer = one.flaggit("lock", hub.flag, "--json", agent=WEB)
    assert answer.data[0]["state"] == "mine" and "let go by somebody or deleted" in answer.err
    assert "let go by somebody" not in one.flaggit("lock", hub.flag, agent=WEB).err


def test_offline_and_near_its_end_a_lock_is_not_relied_on(hub: Hub) -> None:
    one = hub.clone("one")
    start = time.time()
    acquire(at(one, start), [hub.flag], actor_of(one))
    near, before = start + 2 * HOUR - 200, start + 2 * HOUR - 400
    assert acquire(at(one, before, offline=True), [hub.flag], actor_of(one))[0].state == "mine"
    outcome = acquire(at(one, near, offline=True), [hub.flag], actor_of(one))[0]
    assert outcome.state == "unknown" and "Stop" in outcome.note


# --- renewal ------------------------------------------------------------------------------------


def test_taking_another_flag_renews_what_one_holds(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    second, third = one.raise_flag(), one.raise_flag()
    start = time.time()
    before = {key: acquire(at(one, start), [key], actor_of(one))[0].lock for key in (hub.flag, second)}
    acquire(at(two, start), [second], actor_of(two, API), steal=True, reason="it hung")
    outcome = acquire(at(one, start + HOUR), [third], actor_of(one))[0]
    assert outcome.state == "mine" and f"The lock of {second} was yours and {API} holds it now" in outcome.note
    assert read_locks(at(one))[hub.flag].expires > before[hub.flag].expires
    assert acquire(at(one, start + HOUR), [hub.flag], actor_of(one))[0].note == ""


def test_taking_another_flag_renews_within_one_clone(work: Work) -> None:
    first, second, done = (work.raise_flag() for _ in range(3))
    start = time.time()
    before = {key: acquire(at(work, start), [key], actor_of(work))[0].lock for key in (first, done)}
    work.flaggit("complete", done, agent=WEB)  # which renews what it completes
    before[done] = read_locks(at(work))[done]
    acquire(at(work, start + HOUR), [second], actor_of(work))
    after = read_locks(at(work))
    assert after[first].expires > before[first].expires and after[first].tenure == before[first].tenure
    assert after[done].expires == before[done].expires  # everybody in the clone sees that it is done


def test_completing_what_is_not_locked_renews_the_rest(work: Work) -> None:
    held, free = work.raise_flag(), work.raise_flag()
    start = time.time()
    before = acquire(at(work, start), [held], actor_of(work))[0].lock
    paths = lock_files(at(work, start), ("src/",), WEB, None, "", local=False, steal=False)[0].lock
    complete(at(work, start + HOUR), flag_ids=(free,), agent=WEB)
    assert read_locks(at(work))[held].expires > before.expires
    assert read_path_locks(at(work))[0].expires > paths.expires


# --- who may free what --------------------------------------------------------------------------


def test_anybody_frees_a_lock_whose_work_has_arrived(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent=WEB)
    assert "held by" in two.flaggit("unlock", hub.flag, agent=API, status=4).err
    one.flaggit("complete", hub.flag, "--commit", agent=WEB)
    one.git("push", "-q", "origin", "main")
    assert "completion is in main" in two.flaggit("unlock", hub.flag, agent=API).err
    assert hub.refs() == []


def test_anybody_frees_a_lock_whose_branch_is_gone(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent=WEB)
    complete_on(one, "topic", hub.flag)
    one.flaggit("sync", agent=WEB)
    two.flaggit("unlock", hub.flag, agent=API, status=4)
    hub.work.git("branch", "-D", "topic")
    two.flaggit("unlock", hub.flag, agent=API, status=4)  # it has not run out, and anybody may delete a branch
    assert release(at(two, time.time() + 2 * 3600 + 301), [hub.flag], actor_of(two, API))
    assert hub.refs() == []


def test_anybody_frees_a_lock_of_one_clone_whose_work_has_arrived(work: Work) -> None:
    flag = work.raise_flag()
    work.commit("raise")
    work.git("config", "flaggit.baseBranch", "main")
    other = work.worktree("other")
    other.flaggit("lock", flag, agent=WEB)
    other.flaggit("complete", flag, "--commit", agent=WEB)
    work.flaggit("unlock", flag, agent=API, status=4)
    work.git("merge", "-q", "other")
    work.flaggit("unlock", flag, agent=API)
    assert read_locks(at(work)) == {}


def test_the_dead_are_freed_from_a_clone_that_never_looked(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent=WEB)
    assert [lock["id"] for lock in two.flaggit("unlock", "--holder", WEB, "--json").data] == [hub.flag]
    assert hub.refs() == []
    one.flaggit("lock", hub.flag, agent=WEB)
    assert two.flaggit("unlock", "--worktree", "../one", "--json").data[0]["id"] == hub.flag
    assert hub.refs() == []


# --- several at once ----------------------------------------------------------------------------


@pytest.mark.parametrize("keeps", [False, True])
def test_without_all_or_none_at_the_server_what_was_taken_is_given_back(hub: Hub, keeps: bool) -> None:
    hub.work.git("config", "receive.advertiseAtomic", "false")
    hub.work.git("config", "receive.denyDeletes", str(keeps).lower())
    one, two = hub.clone("one"), hub.clone("two")
    held, refused = one.raise_flag(), one.raise_flag()
    hook = hub.path / "hooks" / "update"
    hook.write_text(f"#!/bin/sh\ncase $1 in */{refused}) echo no; exit 1;; esac\n")
    hook.chmod(0o755)
    before = acquire(at(one), [held], actor_of(one))[0].lock
    assert code_of(acquire, at(one), [hub.flag, held, refused], actor_of(one)) == "remote_refuses_locks"
    assert read_locks(at(one))[held].tenure == before.tenure  # it was held before, and still is
    assert acquire(at(two), [hub.flag], actor_of(two))[0].state == "mine"
    assert one.git("for-each-ref", "refs/flaggit/intent") == ""


# --- servers that say no in other words ---------------------------------------------------------


def test_a_server_that_wants_a_password_only_for_pushes_refuses(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "unauthorized"
    with pytest.raises(UnavailableError) as caught:
        acquire(at(one), [hub.flag], actor_of(one))
    assert caught.value.code == "remote_refuses_locks"
    # as an older git words it, and as a newer one does that may not ask
    assert any(words in caught.value.message for words in ("could not read Username", "unable to get password"))


def test_a_read_only_key_refuses(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start_ssh(tmp_path)
    try:
        monkeypatch.setenv("GIT_SSH_COMMAND", server.command)
        hub = Hub(tmp_path / "hub.git", server.url("hub.git"), work)
        one = hub.clone("one")
        server.forbid_pushes("ERROR: The key you are authenticating with has been marked as read only.")
        with pytest.raises(UnavailableError) as caught:
            acquire(at(one), [hub.flag], actor_of(one))
        assert caught.value.code == "remote_refuses_locks" and "marked as read only" in caught.value.message
        assert read_locks(at(one)) == {}
    finally:
        server.close()


@pytest.mark.parametrize(
    ("words", "unsent"),
    [
        (b"ERROR: no\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct", True),
        (b"fatal: unable to access 'http://x/': Could not resolve host: x", True),
        (b"error: RPC failed; curl 52 Empty reply\nfatal: the remote end hung up unexpectedly", False),
        (b"warning: unable to access '/root/.config/git/attributes': Permission denied\nfatal: hung up", False),
    ],
)
def test_whether_anything_was_sent(words: bytes, unsent: bool) -> None:
    rest = b" access rights\nand the repository exists." if words.endswith(b"correct") else b""
    assert judge_push(Finished(128, b"", words + rest), {"refs/heads/a"}).unsent is unsent


# --- urls and forks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        [("remote.origin.url", "elsewhere.git")],
        [("remote.origin.pushurl", "elsewhere.git")],
        [("remote.origin.pushurl", "hub.git"), ("remote.origin.pushurl", "elsewhere.git")],
    ],
)
def test_more_than_one_place_is_no_arbiter(hub: Hub, settings: list[tuple[str, str]]) -> None:
    one = hub.clone("one")
    for key, name in settings:
        one.git("config", "--add", key, str(hub.folder / name))
    for command in (["lock", hub.flag], ["unlock", hub.flag], ["sync"], ["next", "--lock"]):
        assert "no one place could decide" in one.flaggit(*command, agent=WEB, status=5).err
    assert hub.refs() == []


def test_the_upstreams_locks_are_shown_in_a_fork_and_left_alone(hub: Hub, tmp_path: Path) -> None:
    fork = tmp_path / "fork.git"
    subprocess.run(["git", "clone", "-q", "--bare", hub.url, str(fork)], check=True)
    subprocess.run(["git", "clone", "-q", str(fork), str(tmp_path / "mine")], check=True)
    mine, theirs = Work(tmp_path / "mine"), hub.clone("theirs")
    mine.git("remote", "add", "upstream", hub.url)
    mine.git("config", "flaggit.arbiter", place_hash(hub.url))
    mine.git("config", "flaggit.lock.remote", "origin")
    acquire(at(theirs), [hub.flag], actor_of(theirs, API))
    mine.flaggit("lock", hub.flag, agent=WEB)
    rows = mine.flaggit("locks", "--json", agent=WEB).data
    assert [(row["holder"], row["scope"], row["state"]) for row in rows] == [
        (WEB, "fork", "mine"),
        (API, "shared", "held"),
    ]
    assert "upstream" in mine.flaggit("locks", agent=WEB).err
    mine.flaggit("unlock", hub.flag, "--force", "--reason", "mine alone", agent=WEB)
    assert read_locks(at(theirs))[hub.flag].holder == API and hub.refs() == [f"refs/heads/flags/lock/{hub.flag}"]


# --- pushes that come late ----------------------------------------------------------------------


def test_letting_go_what_may_still_arrive_ends_it_when_it_does(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "late"
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "unknown_outcome"
    server.fault = ""
    assert hub.refs() == []
    release(at(one), [hub.flag], actor_of(one))
    server.land()
    assert hub.refs()
    one.flaggit("sync", agent=WEB)
    assert hub.refs() == [] and one.git("for-each-ref", "refs/worktree") == ""


def test_next_says_where_a_lock_stayed(hub: Hub) -> None:
    one = hub.clone("one")
    hub.path.rename(hub.path.with_suffix(".away"))
    answer = one.flaggit("next", "--lock", agent=WEB)
    assert hub.flag in answer.out and "in this clone only" in answer.err and "`flaggit sync`" in answer.err


def test_a_server_that_dies_during_a_push_leaves_the_outcome_unknown(web) -> None:
    hub, server = web
    one = hub.clone("one")
    hub.refuse("sleep 600")
    server.fault, server.patience = "during", 0.3
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "unknown_outcome"
    server.fault = ""
    (hub.path / "hooks" / "pre-receive").unlink()
    assert hub.refs() == []
    assert acquire(at(one), [hub.flag], actor_of(one))[0].state == "mine"


def test_lists_say_how_old_their_knowledge_of_locks_is(hub: Hub) -> None:
    one = hub.clone("one")
    assert "Locks of the remote" not in one.flaggit("inbox", WEB).err
    one.flaggit("locks")
    for command in (["inbox", WEB], ["list"], ["get-agent-flags", WEB]):
        assert "Locks of the remote as of the last look, " in one.flaggit(*command).err, command
    assert "Locks of the remote" not in one.flaggit("list", "--here").err


def test_sync_and_locks_know_whose_worktree_it_is(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    second = one.raise_flag()
    one.flaggit("lock", hub.flag, WEB, "--offline")
    one.flaggit("lock", second, API, "--offline")
    answer = one.flaggit("locks", "--json")
    assert [row["state"] for row in answer.data] == ["local", "local"] and "`flaggit sync` asks" in answer.err
    two.flaggit("lock", hub.flag, agent=API)
    told = one.flaggit("sync", "--json", status=4)  # nobody says who is asking
    assert sorted((row["id"] == second, row["state"]) for row in told.data) == [(False, "lost"), (True, "mine")]
    assert len(hub.refs()) == 2 and one.git("for-each-ref", "refs/flaggit/local") == ""
    assert two.flaggit("sync", "--json").data[0]["state"] == "mine"


# --- what goes over the wire --------------------------------------------------------------------


def test_nothing_but_lock_refs_is_pushed_and_only_where_locks_are_meant(web) -> None:
    hub, server = web
    one = hub.clone("one")
    hub.refuse('echo "$ref" >> pushed')
    one.git("branch", "private")
    question = one.flaggit("ask", hub.flag, "Which of the two endpoints is it?", "--json", agent=WEB).data["id"]
    server.requests.clear()
    quiet = f"""
        inbox {WEB}; outbox {API}; list; next {WEB}; show {hub.flag}; find orders; log {hub.flag}; chain {hub.flag}
        note {hub.flag} seen; check; review; plan; doctor; prime {WEB}; answer {question} first
        redirect {hub.flag} --to @ops.deploy; query SELECT(1); locks --offline; get-agent-flags {WEB}
        reopen {hub.flag}; complete {hub.flag}; reopen {hub.flag}; edit {hub.flag} --impact low
    """
    for line in quiet.strip().replace("\n", ";").split(";"):
        command = line.split()
        one.flaggit(*command, agent=API if command[0] in ("reopen", "edit", "answer") else WEB, status=None)
    assert server.requests == []
    for line in ("next --lock", f"lock {hub.flag}", "locks", "sync", f"unlock {hub.flag}", f"lock {hub.flag}"):
        one.flaggit(*line.split(), agent=WEB, status=None)
    one.flaggit("complete", hub.flag, "--commit", agent=WEB)
    one.flaggit("lock", "--files", "src/", agent=WEB)
    pushed = set((hub.path / "pushed").read_text().split())
    assert pushed >= {f"refs/heads/flags/lock/{name}" for name in (hub.flag, "paths")}
    assert all(name.startswith("refs/heads/flags/lock/") for name in pushed)
    assert hub.work.git("for-each-ref", "--format=%(refname)", "refs/heads").splitlines()[-1] == "refs/heads/main"


# --- one place in a clone, and why a lock is gone -------------------------------------------------


def test_without_a_remote_there_is_one_place_for_a_lock(work: Work) -> None:
    flag, other = work.raise_flag(), work.worktree("other")
    answer = work.flaggit("lock", flag, "--local", agent=WEB)
    assert "remote" not in answer.out + answer.err and "clone" not in answer.out
    assert "held by" in other.flaggit("lock", flag, agent=API, status=4).err
    assert "held by" in other.flaggit("lock", flag, "--local", agent=API, status=4).err
    answer = work.flaggit("lock", "--files", "src/", "--local", agent=WEB)
    assert "remote" not in answer.out + answer.err
    assert "both match" in other.flaggit("lock", "--files", "src/a.ts", agent=API, status=4).err
    work.flaggit("unlock", "--files", "src/", agent=WEB)
    assert work.git("for-each-ref", "refs/flaggit") == ""


def test_a_lock_from_before_the_remote_holds_offline_too(hub: Hub, work: Work) -> None:
    other = work.worktree("other")
    work.flaggit("lock", hub.flag, agent=WEB)
    work.git("remote", "add", "origin", hub.url)
    for way in ("--local", "--offline"):
        assert "held by" in other.flaggit("lock", hub.flag, way, agent=API, status=4).err


@pytest.mark.parametrize("shared", [False, True])
def test_who_loses_a_lock_by_force_learns_why(hub: Hub, work: Work, shared: bool) -> None:
    one = hub.clone("one") if shared else work
    other = one.worktree("other")
    one.flaggit("lock", hub.flag, agent=WEB)
    answer = other.flaggit("unlock", hub.flag, "--force", "--reason", "the release waits", agent=API)
    assert "another clone" not in answer.err
    told = one.flaggit("lock", hub.flag, agent=WEB)
    assert f"let go by {API} (the release waits)" in told.err
    assert "let go" not in one.flaggit("lock", hub.flag, agent=WEB).err
    other.flaggit("unlock", hub.flag, "--force", "--reason", "it is done", agent=API)
    assert f"let go by {API} (it is done)" in one.flaggit("complete", hub.flag, agent=WEB).err


def test_a_reason_that_cannot_reach_the_holder_is_not_promised(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent=WEB)
    answer = two.flaggit("unlock", hub.flag, "--force", "--reason", "the release waits", agent=API)
    assert f"flaggit note {hub.flag}" in answer.err and WEB in answer.err
    assert hub.refs() == []


def test_a_reason_stays_where_nothing_may_be_deleted(hub: Hub) -> None:
    hub.work.git("config", "receive.denyDeletes", "true")
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent=WEB)
    two.flaggit("unlock", hub.flag, "--force", "--reason", "the release waits", agent=API)
    assert f"let go by {API} (the release waits)" in one.flaggit("sync", agent=WEB, status=4).err


def test_taking_and_completing_renews_locked_paths(hub: Hub) -> None:
    one = hub.clone("one")
    second, start = one.raise_flag(), time.time()
    expiries = [lock_files(at(one, start), ("src/",), WEB, None, "", local=False, steal=False)[0].lock.expires]
    acquire(at(one, start + HOUR), [hub.flag], actor_of(one))
    expiries.append(read_path_locks(at(one))[0].expires)
    renew_held(at(one, start + HOUR + 60), actor_of(one), required=[hub.flag])  # not noticeably older
    renew_held(at(one, start + 2 * HOUR), actor_of(one), required=[hub.flag])
    expiries.append(read_path_locks(at(one))[0].expires)
    acquire(at(one, start + 2 * HOUR), [second], actor_of(one))
    assert expiries[0] < expiries[1] < expiries[2] == read_path_locks(at(one))[0].expires
    assert len({entry.tenure for entry in read_path_locks(at(one))}) == 1
    assert hub.work.git("rev-list", "--count", "refs/heads/flags/lock/paths") == "3"


def test_locked_paths_are_renewed_within_one_clone(work: Work) -> None:
    flag, start = work.raise_flag(), time.time()
    before = lock_files(at(work, start), ("src/",), WEB, None, "", local=False, steal=False)[0].lock
    acquire(at(work, start + HOUR), [flag], actor_of(work))
    after = read_path_locks(at(work))[0]
    assert after.expires > before.expires and after.tenure == before.tenure


def test_a_mark_counts_from_its_own_date_and_outlives_the_worktree() -> None:
    now = 1_800_000_000
    lock = Lock("k7m2q0x", WEB, "i", "t", format_time(now), format_time(now + 86400 * 300), nonce="n", scope="shared")
    marked = replace(lock, done_on="topic", done_at=format_time(now), dead=True)
    assert not is_free(marked, now + 14 * 86400 - 1) and is_free(marked, now + 14 * 86400)
    assert is_free(replace(lock, dead=True), now) and is_free(replace(marked, released=True), now)
    assert parse_message(format_message(marked), flag_id="k7m2q0x", oid="", scope="shared").done_at == marked.done_at
    broken = format_message(marked).replace(f"Lock-Done-At: {marked.done_at}", "Lock-Done-At: soon")
    assert parse_message(broken, flag_id="k7m2q0x", oid="", scope="shared").holder == ""


def test_a_reason_that_cannot_be_kept_frees_the_lock_all_the_same(hub: Hub) -> None:
    one = hub.clone("one")
    other = one.worktree("other", "other")
    one.flaggit("lock", hub.flag, agent=WEB)
    one.write(".git/flaggit/freed", "in the way")
    answer = other.flaggit("unlock", hub.flag, "--force", "--reason", "the release waits", agent=API)
    assert f"{WEB} will find the lock of {hub.flag} gone without your reason" in answer.err
    assert one.flaggit("locks", "--json").data == []


def repeat_tenure(hub: Hub, flag: str, **changes: object) -> None:
    """Put a successor of the lock at the remote, as somebody may who has read it: same tenure, another nonce."""
    ref = f"refs/heads/flags/lock/{flag}"
    oid = hub.work.git("rev-parse", ref)
    lock = parse_message(hub.work.git("log", "-1", "--format=%B", oid), flag_id=flag, oid=oid, scope="shared")
    message = format_message(replace(lock, **{"nonce": "other", "expires": format_time(time.time() + 9000), **changes}))
    tree = hub.work.git("mktree", input="")
    hub.work.git("update-ref", ref, hub.work.git("commit-tree", tree, "-p", oid, input=message))


@pytest.mark.parametrize("verb", ["sync", "lock", "complete"])
@pytest.mark.parametrize(
    "changes", [{}, {"holder": API}, {"instance": "copy"}], ids=["a copy of the clone", "holder", "instance"]
)
def test_who_lost_a_lock_to_its_own_tenure_is_told(hub: Hub, verb: str, changes: dict[str, str]) -> None:
    """What is there is the holder's only as it left it: a tenure is public, and a copied disk has it as well."""
    one = hub.clone("one")
    one.flaggit("lock", hub.flag, agent=WEB)
    repeat_tenure(hub, hub.flag, **changes)
    words = [verb] if verb == "sync" else [verb, hub.flag]
    answer = one.flaggit(*words, agent=WEB, status=4)
    assert "was yours and" in answer.err + answer.out, answer


def test_a_mark_by_anybody_is_no_loss(hub: Hub) -> None:
    one = hub.clone("one")
    one.flaggit("lock", hub.flag, agent=WEB)
    complete_on(one, "topic", hub.flag)
    oid = hub.work.git("rev-parse", f"refs/heads/flags/lock/{hub.flag}")
    lock = parse_message(hub.work.git("log", "-1", "--format=%B", oid), flag_id=hub.flag, oid=oid, scope="shared")
    repeat_tenure(hub, hub.flag, expires=lock.expires, done_on="topic", done_at=format_time(time.time()))
    assert "was yours" not in one.flaggit("sync", agent=WEB).out
