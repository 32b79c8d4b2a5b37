"""Locks where a remote decides: over file, http and ssh, with remotes that refuse, hang or fail."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from repositories import IMPATIENT, Hub, Work, actor_of, at, code_of

from flaggit.clone.lookup import get_row
from flaggit.clone.remotes import place_hash, place_of
from flaggit.clone.visible_locks import read_locks
from flaggit.core.errors import ConflictError, InvalidError, UnavailableError
from flaggit.core.times import parse_time
from flaggit.git.process import Finished
from flaggit.locks.arbiter import find_arbiter
from flaggit.locks.holding import acquire
from flaggit.locks.keepalive import renew_held
from flaggit.locks.unlocking import after_completion, release
from flaggit.locks.wire import judge_push, parse_ls_remote

# --- the ordinary life of a shared lock ---------------------------------------------------------


def test_a_shared_lock_excludes_other_clones(any_hub: Hub) -> None:
    one, two, flag = any_hub.clone("one"), any_hub.clone("two"), any_hub.flag
    outcome = acquire(at(one), [flag], actor_of(one))[0]
    assert (outcome.state, outcome.lock.scope, outcome.already) == ("mine", "shared", False)
    assert any_hub.refs() == [f"refs/heads/flags/lock/{flag}"]
    assert one.git("for-each-ref", "refs/heads/flags", "refs/remotes/origin/flags") == ""
    with pytest.raises(ConflictError) as caught:
        acquire(at(two), [flag], actor_of(two))
    assert caught.value.code == "locked_by_other" and "another @frontend.web" in caught.value.message
    assert read_locks(at(two))[flag].holder == "@frontend.web"
    assert acquire(at(one), [flag], actor_of(one))[0].already
    assert not release(at(one), [flag], actor_of(one))[0].already
    assert any_hub.refs() == []
    assert acquire(at(two), [flag], actor_of(two))[0].state == "mine"
    for clone in (one, two):
        assert clone.git("for-each-ref", "refs/flaggit/intent", "refs/flaggit/local") == ""


def test_an_expired_lock_is_taken_over_after_the_margin(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    start = time.time()
    first = acquire(at(one, start), [hub.flag], actor_of(one), ttl="15m")[0].lock
    assert code_of(acquire, at(two, start + 1100), [hub.flag], actor_of(two)) == "locked_by_other"
    second = acquire(at(two, start + 1201), [hub.flag], actor_of(two))[0].lock
    assert second.tenure != first.tenure
    assert hub.work.git("rev-list", "--count", hub.lock_oid()) == "2"  # a child, so that no server sees a force
    assert code_of(acquire, at(one, start + 1210), [hub.flag], actor_of(one)) == "lock_lost"
    assert code_of(acquire, at(one, start + 1210), [hub.flag], actor_of(one)) == "locked_by_other"


def test_a_lock_from_the_future_is_left_alone(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    acquire(at(one, time.time() + 5 * 86400), [hub.flag], actor_of(one))
    assert code_of(acquire, at(two, time.time() + 4 * 86400), [hub.flag], actor_of(two)) == "locked_by_other"


def test_a_shared_lock_needs_time_to_live(hub: Hub) -> None:
    one = hub.clone("one")
    with pytest.raises(InvalidError):
        acquire(at(one), [hub.flag], actor_of(one), ttl="5m")
    one.git("config", "flaggit.lock.ttl", "1m")
    lock = acquire(at(one), [hub.flag], actor_of(one))[0].lock
    assert parse_time(lock.expires) - parse_time(lock.acquired) == 900


def test_stealing_tells_the_old_holder(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    acquire(at(one), [hub.flag], actor_of(one))
    acquire(at(two), [hub.flag], actor_of(two, "@backend.api"), steal=True, reason="the release waits")
    with pytest.raises(ConflictError) as caught:
        renew_held(at(one), actor_of(one), required=[hub.flag])
    assert caught.value.code == "lock_lost" and "the release waits" in caught.value.message


def test_a_holder_who_was_taken_over_learns_it_before_it_completes(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    two.flaggit("lock", hub.flag, "--steal", "--reason", "it hung", agent="@backend.api")
    answer = one.flaggit("complete", hub.flag, "--json", agent="@frontend.web", status=4)
    assert answer.json["code"] == "lock_lost"
    assert not (one.path / ".flags" / "done").exists()


def test_several_locks_all_or_none(hub: Hub) -> None:
    hub_clone, two = hub.clone("one"), hub.clone("two")
    ids = [hub.flag, *(hub_clone.raise_flag() for _ in range(2))]
    acquire(at(two), ids[1:2], actor_of(two))
    assert code_of(acquire, at(hub_clone), ids, actor_of(hub_clone)) == "locked_by_other"
    assert len(hub.refs()) == 1
    release(at(two), ids[1:2], actor_of(two))
    assert len(acquire(at(hub_clone), ids, actor_of(hub_clone))) == 3
    assert len(hub.refs()) == 3


def test_several_locks_where_the_server_cannot_do_all_or_none(hub: Hub) -> None:
    hub.work.git("config", "receive.advertiseAtomic", "false")
    one, two = hub.clone("one"), hub.clone("two")
    ids = [hub.flag, one.raise_flag()]
    assert len(acquire(at(one), ids, actor_of(one))) == 2
    release(at(one), ids, actor_of(one))
    acquire(at(two), ids[1:], actor_of(two))
    assert code_of(acquire, at(one), ids, actor_of(one)) == "locked_by_other"
    assert hub.refs() == [f"refs/heads/flags/lock/{ids[1]}"]


def test_worktrees_of_one_clone_exclude_each_other(hub: Hub) -> None:
    one = hub.clone("one")
    other = one.worktree("other")
    acquire(at(one), [hub.flag], actor_of(one))
    assert code_of(acquire, at(other), [hub.flag], actor_of(other)) == "locked_by_other"
    assert not other.flaggit("show", hub.flag, "--json").data["actionable"]


def test_the_locks_command_asks_the_remote_and_says_how_old_its_answer_is(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    row = two.flaggit("locks", "--json").data[0]
    assert (row["id"], row["scope"], row["state"], row["holder"]) == (hub.flag, "shared", "held", "@frontend.web")
    assert row["locks_as_of"]
    one.flaggit("unlock", hub.flag, agent="@frontend.web")
    answer = two.flaggit("locks", "--offline", "--json")
    assert len(answer.data) == 1 and "as of" in answer.err
    assert two.flaggit("locks", "--json").data == []


def test_locks_may_lie_outside_the_branches(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    for clone in (one, two):
        clone.git("config", "flaggit.lock.namespace", "ref")
    acquire(at(one), [hub.flag], actor_of(one))
    assert hub.refs() == [f"refs/flaggit/lock/{hub.flag}"]
    assert code_of(acquire, at(two), [hub.flag], actor_of(two)) == "locked_by_other"
    release(at(one), [hub.flag], actor_of(one))
    assert hub.refs() == []


def test_shallow_and_single_branch_clones_lock_too(web) -> None:
    hub, _ = web
    one, two = hub.clone("one", "--depth=1"), hub.clone("two", "--single-branch")
    acquire(at(one), [hub.flag], actor_of(one))
    assert code_of(acquire, at(two), [hub.flag], actor_of(two)) == "locked_by_other"


def test_only_lock_refs_are_pushed_whatever_the_configuration_says(hub: Hub) -> None:
    one = hub.clone("one")
    for key, value in (
        ("push.recurseSubmodules", "only"),
        ("remote.origin.mirror", "true"),
        ("push.gpgSign", "true"),
        ("push.followTags", "true"),
        ("push.default", "matching"),
    ):
        one.git("config", key, value)
    one.git("config", "--add", "push.pushOption", "ci.skip")
    one.git("tag", "-a", "-m", "t", "v1")
    one.git("branch", "private")
    assert acquire(at(one), [hub.flag], actor_of(one))[0].state == "mine"
    shown = hub.work.git("for-each-ref", "--format=%(refname)").splitlines()
    assert shown == [f"refs/heads/flags/lock/{hub.flag}", "refs/heads/main"]


# --- offline and sync ---------------------------------------------------------------------------


def test_offline_a_lock_is_local_and_sync_makes_it_shared(hub: Hub) -> None:
    one = hub.clone("one")
    hub.path.rename(hub.path.with_suffix(".away"))
    outcome = acquire(at(one), [hub.flag], actor_of(one))[0]
    assert (outcome.state, outcome.lock.scope) == ("local", "local") and "sync" in outcome.note
    assert one.git("for-each-ref", "refs/heads/flags") == ""  # no ordinary push can carry it away
    other = one.worktree("other")
    assert code_of(acquire, at(other), [hub.flag], actor_of(other)) == "locked_by_other"
    assert one.flaggit("sync", agent="@frontend.web", status=5)
    hub.path.with_suffix(".away").rename(hub.path)
    one.flaggit("sync", agent="@frontend.web")
    assert hub.refs() == [f"refs/heads/flags/lock/{hub.flag}"]
    assert one.git("for-each-ref", "refs/flaggit/local") == ""


def test_the_first_sync_decides_between_two_offline_clones(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    for clone in (one, two):
        assert clone.flaggit("lock", hub.flag, "--offline", "--json", agent="@frontend.web").data[0]["state"] == "local"
    two.flaggit("sync", agent="@frontend.web")
    answer = one.flaggit("sync", agent="@frontend.web", status=4)
    assert "another @frontend.web" in answer.err and "Your work is where you left it" in answer.err
    assert "lost" in answer.out
    assert read_locks(at(one))[hub.flag].scope == "shared"


def test_a_release_offline_is_carried_out_by_sync(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    acquire(at(one), [hub.flag], actor_of(one))
    one.flaggit("unlock", hub.flag, "--offline", agent="@frontend.web")
    assert read_locks(at(one))[hub.flag].released
    assert not get_row(at(one), hub.flag).locked
    assert code_of(acquire, at(two), [hub.flag], actor_of(two)) == "locked_by_other"
    one.flaggit("sync", agent="@frontend.web")
    assert hub.refs() == []
    assert one.git("for-each-ref", "refs/flaggit") == ""


def test_a_lock_deleted_by_hand_is_lost(hub: Hub) -> None:
    one = hub.clone("one")
    acquire(at(one), [hub.flag], actor_of(one))
    hub.work.git("branch", "-D", f"flags/lock/{hub.flag}")
    assert code_of(renew_held, at(one), actor_of(one), required=[hub.flag]) == "lock_lost"
    assert renew_held(at(one), actor_of(one), required=[hub.flag]) == []
    acquire(at(one), [hub.flag], actor_of(one))
    hub.work.git("branch", "-D", f"flags/lock/{hub.flag}")
    assert "gone from the remote" in one.flaggit("sync", agent="@frontend.web", status=4).err
    assert one.git("push", "-q", "--all", "origin", check=False) == ""
    assert hub.refs() == []  # no push revives it


def test_completing_renews_and_offline_says_that_nothing_is_verified(hub: Hub) -> None:
    one = hub.clone("one")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    before = hub.lock_oid()
    hub.path.rename(hub.path.with_suffix(".away"))
    assert "unverified" in one.flaggit("complete", hub.flag, agent="@frontend.web").err
    one.flaggit("reopen", hub.flag, agent="@frontend.web")
    hub.path.with_suffix(".away").rename(hub.path)
    one.flaggit("complete", hub.flag, agent="@frontend.web")
    assert hub.lock_oid() != before


def test_locks_from_before_there_was_a_remote_move_there(hub: Hub, work: Work) -> None:
    other = work.worktree("other")
    acquire(at(other), [hub.flag], actor_of(other))
    work.git("remote", "add", "origin", hub.url)
    assert code_of(acquire, at(work), [hub.flag], actor_of(work)) == "locked_by_other"
    other.flaggit("sync", agent="@frontend.web")
    assert hub.refs() == [f"refs/heads/flags/lock/{hub.flag}"]
    assert work.git("for-each-ref", "refs/heads/flags") == ""
    assert read_locks(at(work))[hub.flag].scope == "shared"


def test_locks_of_the_dead_are_freed_at_the_remote(hub: Hub) -> None:
    one = hub.clone("one")
    second = one.raise_flag()
    other = one.worktree("other")
    other.flaggit("lock", hub.flag, agent="@frontend.web")
    one.flaggit("lock", second, agent="@backend.api")
    assert [lock["id"] for lock in one.flaggit("unlock", "--worktree", "../other", "--json").data] == [hub.flag]
    other.flaggit("lock", hub.flag, agent="@frontend.web")
    one.git("worktree", "remove", "--force", str(other.path))
    assert acquire(at(one), [hub.flag], actor_of(one))[0].state == "mine"  # its worktree is gone: no waiting
    one.flaggit("unlock", "--holder", "@backend.api")
    assert hub.refs() == [f"refs/heads/flags/lock/{hub.flag}"]


# --- a lock outlives completion -----------------------------------------------------------------


def complete_on(work: Work, branch: str, flag: str) -> None:
    work.git("switch", "-qc", branch)
    work.flaggit("complete", flag, "--commit", agent="@frontend.web")
    work.git("push", "-q", "origin", branch)


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_a_lock_ends_when_the_completion_reaches_the_base_branch(hub: Hub, way: str) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    complete_on(one, "topic", hub.flag)
    one.flaggit("sync", agent="@frontend.web")
    message = hub.work.git("log", "-1", "--format=%B", hub.lock_oid())
    assert "Lock-Done-On: topic" in message and "Lock-Holder: @frontend.web" in message
    later = time.time() + 5 * 3600  # the mark ignores expiry
    assert code_of(acquire, at(two, later), [hub.flag], actor_of(two)) == "locked_by_other"
    integrator = hub.clone("integrator")
    if way == "merge":
        integrator.git("merge", "-q", "--no-ff", "-m", "m", "origin/topic")
    elif way == "squash":
        integrator.git("merge", "-q", "--squash", "origin/topic")
        integrator.commit("squashed")
    else:
        integrator.commit("other")
        integrator.git("cherry-pick", "origin/topic")
    integrator.git("push", "-q", "origin", "main")
    hub.work.git("branch", "-D", "topic")
    assert hub.refs()
    assert code_of(acquire, at(two), [hub.flag], actor_of(two)) in ("already_completed", "locked_by_other")
    two.flaggit("sync", agent="@backend.api")
    assert hub.refs() == []
    assert code_of(acquire, at(two), [hub.flag], actor_of(two)) == "already_completed"  # two has not merged main
    assert hub.refs() == []
    told = one.flaggit("sync", agent="@frontend.web")  # it let nothing go itself, and has lost nothing
    assert "completion is in main" in told.out + told.err and "lost" not in told.out


def test_next_passes_over_what_is_done_in_the_base_branch(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("next", "--lock", agent="@frontend.web")
    one.flaggit("complete", hub.flag, "--commit", agent="@frontend.web")
    one.git("push", "-q", "origin", "main")
    one.flaggit("sync", agent="@frontend.web")
    assert hub.refs() == []
    answer = two.flaggit("next", "--lock", "--explain", agent="@frontend.web", status=1)
    assert "completed in main, which this branch has not got yet" in answer.out
    assert hub.refs() == []


def test_a_marked_lock_whose_branch_is_gone_ends(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    complete_on(one, "topic", hub.flag)
    one.flaggit("sync", agent="@frontend.web")
    two.flaggit("sync", agent="@backend.api")
    assert hub.refs()
    hub.work.git("branch", "-D", "topic")
    two.flaggit("sync", agent="@backend.api")
    assert hub.refs(), "anybody may delete a branch: the lock lives as long as its holder was promised"
    settle_later(two)
    assert hub.refs() == []


def settle_later(work: Work) -> None:
    """Settle the locks as at a time when the usual lock has run out."""
    from flaggit.locks.holding import request_for
    from flaggit.locks.upkeep import sync

    session = at(work, time.time() + 2 * 3600 + 301)
    sync(session, request_for(session, actor_of(work, "@backend.api"), ttl=None, reason=""))


def test_a_branch_that_moved_on_under_another_name_keeps_the_lock(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    complete_on(one, "topic", hub.flag)
    one.flaggit("sync", agent="@frontend.web")
    one.git("push", "-q", "origin", "topic:renamed")
    one.git("push", "-q", "origin", ":topic")
    two.git("fetch", "-q", "origin")
    two.flaggit("sync", agent="@backend.api")
    assert "Lock-Done-On: renamed" in hub.work.git("log", "-1", "--format=%B", hub.lock_oid())
    hub.work.git("branch", "-D", "renamed")
    settle_later(two)  # two still remembers origin/renamed, the remote does not
    assert hub.refs() == []


def test_release_at_once_on_request(hub: Hub) -> None:
    one = hub.clone("one")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    assert "main" in after_completion(at(one), [hub.flag], actor_of(one))[0]
    one.flaggit("complete", hub.flag, "--release", agent="@frontend.web")
    assert hub.refs() == []


def test_the_holders_next_lock_frees_what_is_done(hub: Hub) -> None:
    one = hub.clone("one")
    second = one.raise_flag()
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    one.flaggit("complete", hub.flag, "--commit", agent="@frontend.web")
    one.git("push", "-q", "origin", "main")
    one.flaggit("lock", second, agent="@frontend.web")
    assert hub.refs() == [f"refs/heads/flags/lock/{second}"]


# --- remotes that refuse, hang or fail ----------------------------------------------------------


def test_a_remote_that_protects_the_names_refuses(hub: Hub) -> None:
    hub.refuse('case $ref in refs/heads/flags/*) echo "flags/** is protected" >&2; exit 1;; esac')
    one = hub.clone("one")
    with pytest.raises(UnavailableError) as caught:
        acquire(at(one), [hub.flag], actor_of(one))
    assert caught.value.code == "remote_refuses_locks" and "flags/** is protected" in caught.value.message
    assert read_locks(at(one)) == {} and one.git("for-each-ref", "refs/flaggit/intent") == ""
    assert acquire(at(one), [hub.flag], actor_of(one), local=True)[0].state == "local"


def test_hidden_names_refuse(hub: Hub) -> None:
    hub.work.git("config", "receive.hideRefs", "refs/heads/flags")
    one = hub.clone("one")
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "remote_refuses_locks"


def test_a_read_only_token_refuses(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "forbid"
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "remote_refuses_locks"
    assert read_locks(at(one)) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_refuses(hub: Hub) -> None:
    one = hub.clone("one")
    folders = [hub.path, *hub.path.rglob("*")]
    for path in folders:
        path.chmod(path.stat().st_mode & ~stat.S_IWUSR)
    try:
        assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "remote_refuses_locks"
    finally:
        for path in folders:
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


def test_take_over_and_renewal_where_only_fast_forwards_are_allowed(hub: Hub) -> None:
    hub.work.git("config", "receive.denyNonFastForwards", "true")
    one, two = hub.clone("one"), hub.clone("two")
    start = time.time()
    acquire(at(one, start), [hub.flag], actor_of(one), ttl="15m")
    assert acquire(at(one, start + 60), [hub.flag], actor_of(one), ttl="15m")[0].already
    assert acquire(at(two, start + 2000), [hub.flag], actor_of(two))[0].state == "mine"


def test_release_where_nothing_may_be_deleted(hub: Hub) -> None:
    hub.work.git("config", "receive.denyDeletes", "true")
    one, two = hub.clone("one"), hub.clone("two")
    acquire(at(one), [hub.flag], actor_of(one))
    release(at(one), [hub.flag], actor_of(one))
    assert "Lock-Released" in hub.work.git("log", "-1", "--format=%B", hub.lock_oid())
    assert not get_row(at(one), hub.flag).locked
    assert one.git("for-each-ref", "refs/flaggit/intent", "refs/worktree") == ""
    assert acquire(at(two), [hub.flag], actor_of(two))[0].state == "mine"


def test_two_urls_are_no_arbiter(hub: Hub) -> None:
    one = hub.clone("one")
    one.git("remote", "set-url", "--add", "--push", "origin", str(hub.folder / "elsewhere.git"))
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "ambiguous_arbiter"
    assert acquire(at(one), [hub.flag], actor_of(one), local=True)[0].state == "local"


def test_a_url_that_git_rewrites_is_one_arbiter(hub: Hub) -> None:
    one = hub.clone("one")
    one.git("config", f"url.{hub.folder}/.insteadOf", "hub:")
    one.git("remote", "set-url", "origin", "hub:hub.git")
    assert acquire(at(one), [hub.flag], actor_of(one))[0].state == "mine"
    one.git("config", "url.ssh://x.example/.pushInsteadOf", "hub:")
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "ambiguous_arbiter"


def test_a_remote_that_hangs_is_given_up_and_the_lock_stays_local(web, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, server = web
    one = hub.clone("one")
    monkeypatch.setenv("FLAGGIT_NETWORK_TIMEOUT", "0.5")
    server.fault = "hang"
    outcome = acquire(at(one), [hub.flag], actor_of(one))[0]  # the server waits until the test is over
    assert outcome.state == "local" and "in time" in outcome.note


def test_a_push_that_hangs_leaves_the_outcome_unknown(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "hang-push"
    answer = one.flaggit("lock", hub.flag, "--json", agent="@frontend.web", status=5, env=IMPATIENT)
    assert (answer.json["code"], answer.json["state"]) == ("unknown_outcome", "unknown")
    server.fault = ""
    assert one.flaggit("locks", "--json").data[0]["state"] == "unknown"
    assert one.flaggit("sync", agent="@frontend.web", status=5).err
    assert one.flaggit("lock", hub.flag, "--json", agent="@frontend.web").data[0]["state"] == "mine"


def test_a_push_that_lands_after_it_was_given_up_is_found_by_sync(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "late"
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "unknown_outcome"
    assert read_locks(at(one)) == {}
    server.fault = ""
    server.land()
    assert one.flaggit("sync", agent="@frontend.web").out
    assert read_locks(at(one))[hub.flag].holder == "@frontend.web"
    assert one.git("for-each-ref", "refs/flaggit/intent") == ""


def test_a_push_whose_answer_is_lost_is_still_a_lock(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "after"
    assert acquire(at(one), [hub.flag], actor_of(one))[0].state == "mine"
    release(at(one), [hub.flag], actor_of(one))
    assert hub.refs() == []


def test_a_push_that_never_arrives_is_unknown(web) -> None:
    hub, server = web
    one = hub.clone("one")
    server.fault = "before"
    assert code_of(acquire, at(one), [hub.flag], actor_of(one)) == "unknown_outcome"
    server.fault = ""
    sync = one.flaggit("sync", agent="@frontend.web", status=5)
    assert "not there yet" in sync.err
    # Two minutes later it is known that it never will.
    from flaggit.locks.holding import request_for
    from flaggit.locks.upkeep import sync as settle

    session = at(one, time.time() + 200)
    outcomes = settle(session, request_for(session, actor_of(one), ttl=None, reason=""))
    assert [outcome.state for outcome in outcomes] == ["lost"]


def test_a_fork_is_told_from_the_upstream(hub: Hub) -> None:
    one = hub.clone("one")
    one.git("config", "flaggit.arbiter", place_hash("https://example.org/team/shop"))
    assert acquire(at(one), [hub.flag], actor_of(one))[0].lock.scope == "fork"
    assert "none of the accepted arbiters" in one.flaggit("locks").err
    one.git("config", "flaggit.arbiter", place_hash(hub.url))
    assert acquire(at(one), [hub.flag], actor_of(one))[0].lock.scope == "shared"


def test_a_mirror_clone_is_not_led_astray_by_copies(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    two.git("config", "--replace-all", "remote.origin.fetch", "+refs/*:refs/*")
    acquire(at(one), [hub.flag], actor_of(one))
    two.git("fetch", "-q", "--update-head-ok", "origin")
    assert two.git("for-each-ref", "refs/heads/flags") != ""
    release(at(one), [hub.flag], actor_of(one))
    assert acquire(at(two), [hub.flag], actor_of(two))[0].state == "mine"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://user:secret@Example.org:8443/team/shop.git/", "example.org/team/shop"),
        ("git@example.org:team/shop.git", "example.org/team/shop"),
        ("ssh://git@example.org:22/team/shop", "example.org/team/shop"),
        ("file:///srv/shop.git", "/srv/shop"),
        ("/srv/shop.git", "/srv/shop"),
    ],
)
def test_where_a_url_leads(url: str, place: str) -> None:
    assert place_of(url) == place


def test_reading_what_git_prints() -> None:
    shown = "ref: refs/heads/main\tHEAD\nabc\tHEAD\nabc\trefs/heads/main\nbad\trefs/heads/main\u2028x\n"
    refs, head = parse_ls_remote(shown)
    assert refs == {"HEAD": "abc", "refs/heads/main": "abc", "refs/heads/main\u2028x": "bad"} and head == "main"
    done = Finished(1, b"To x\n!\tabc:refs/heads/a\t[rejected] (stale info)\nDone\n", b"error: failed\n")
    pushed = judge_push(done, {"refs/heads/a"})
    assert pushed.definite and pushed.race and not pushed.denied
    assert judge_push(
        Finished(128, b"", b"fatal: unable to access: The requested URL returned error: 403"), {"r"}
    ).denied
    assert not judge_push(Finished(-9, b"", b"", timed_out=True), {"r"}).definite


# --- races --------------------------------------------------------------------------------------

RACER = """
import sys
from flaggit.core.errors import ConflictError
from flaggit.locks.holding import acquire
from flaggit.git.repo import find_repo
from flaggit.clone.session import Session
session = Session(find_repo(sys.argv[1]))
sys.stdin.readline()
try:
    acquire(session, [sys.argv[2]], session.get_actor("@frontend.web"))
except ConflictError:
    sys.exit(4)
"""


def race(clones: list[Work], flag: str) -> int:
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, str(clone.path), flag], stdin=subprocess.PIPE, text=True)
        for clone in clones
    ]
    with ThreadPoolExecutor(len(racers)) as pool:
        list(pool.map(lambda racer: racer.communicate("go\n", timeout=600), racers))
    statuses = [racer.returncode for racer in racers]
    assert set(statuses) <= {0, 4}, statuses
    return statuses.count(0)


@pytest.mark.parametrize("any_hub", ["file", "http", pytest.param("ssh", marks=pytest.mark.slow)], indirect=True)
def test_of_many_clones_one_wins(any_hub: Hub) -> None:
    clones = [any_hub.clone(f"c{number}") for number in range(5)]
    for _ in range(2):
        assert race(clones, any_hub.flag) == 1
        holder = next(
            clone for clone in clones if read_locks(at(clone))[any_hub.flag].instance == actor_of(clone).instance
        )
        release(at(holder), [any_hub.flag], actor_of(holder))


def test_the_arbiter_is_found_without_a_process_where_there_is_no_remote(work: Work, monkeypatch) -> None:
    session = at(work)

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("git was started")

    monkeypatch.setattr("flaggit.git.repo.run_program", refuse)
    assert find_arbiter(session) is None
