"""One flag, one holder, though clones look for locks in different places: another namespace, another remote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Hub, Work, at

BRANCH, REF = "refs/heads/flags/lock", "refs/flaggit/lock"
WEB, API = "@frontend.web", "@backend.api"


def use(clone: Work, namespace: str) -> None:
    clone.git("config", "flaggit.lock.namespace", namespace)


def as_seen(hub: Hub) -> list[str]:
    return [name.rpartition("/")[0] for name in hub.refs()]


@pytest.mark.parametrize(("first", "second"), [("branch", "ref"), ("ref", "branch")])
def test_a_lock_below_the_other_namespace_is_held(hub: Hub, first: str, second: str) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    use(one, first)
    use(two, second)
    one.flaggit("lock", hub.flag, agent=WEB)
    before = as_seen(hub)
    assert "held by @frontend.web" in two.flaggit("lock", hub.flag, agent=API, status=4).err
    assert "@frontend.web" in two.flaggit("locks").out
    # It stays where it began, whatever its holder's clone learns since.
    use(one, second)
    one.flaggit("lock", hub.flag, agent=WEB)
    one.flaggit("sync", agent=WEB)
    assert as_seen(hub) == before
    one.flaggit("unlock", hub.flag, agent=WEB)
    assert as_seen(hub) == []
    two.flaggit("lock", hub.flag, agent=API)
    assert as_seen(hub) == [{"branch": BRANCH, "ref": REF}[second]]


def test_what_is_taken_in_the_same_moment_below_the_other_namespace_is_given_back(hub: Hub) -> None:
    """The server puts the other clone's lock there just after the push, as if that clone had been as quick."""
    one, two = hub.clone("one"), hub.clone("two")
    use(two, "ref")
    two.flaggit("lock", hub.flag, agent=API)
    oid = hub.work.git("rev-parse", f"{REF}/{hub.flag}")
    hub.work.git("update-ref", "-d", f"{REF}/{hub.flag}")
    hook = hub.path / "hooks" / "post-receive"
    hook.write_text(f"#!/bin/sh\ngit update-ref {REF}/{hub.flag} {oid}\n")
    hook.chmod(0o755)
    assert "held by @backend.api" in one.flaggit("lock", hub.flag, agent=WEB, status=4).err
    assert as_seen(hub) == [REF]
    assert one.git("for-each-ref", "refs/worktree", "refs/flaggit/intent") == ""


def test_two_namespaces_have_one_winner(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    use(two, "ref")
    for agents in ((WEB, API), (API, WEB)):
        waiting = [
            subprocess.Popen([sys.executable, "-m", "flaggit", "lock", hub.flag, agent], cwd=clone.path)
            for clone, agent in zip((one, two), agents, strict=True)
        ]
        assert sorted(process.wait() for process in waiting) == [0, 4]
        assert len(hub.refs()) == 1
        hub.work.git("update-ref", "-d", hub.refs()[0])
        for clone in (one, two):
            clone.flaggit("sync", agent=WEB, status=None)


def test_where_locks_begin_is_what_the_base_branch_says_now(hub: Hub) -> None:
    """Neither the branch at hand decides nor what was fetched long ago."""
    one, two = hub.clone("one"), hub.clone("two")
    one.write(".flags/config.yaml", "schema: 1\nlock:\n  namespace: ref\n")
    one.flaggit("lock", hub.flag, agent=WEB)
    assert as_seen(hub) == [BRANCH]
    one.flaggit("unlock", hub.flag, agent=WEB)
    one.commit("switch", ".flags/config.yaml")
    one.git("push", "-q", "origin", "main")
    two.flaggit("lock", hub.flag, agent=API)
    assert as_seen(hub) == [REF]


def test_a_branch_of_a_clone_alone_does_not_choose_either(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("worktree", "add", "-q", "-b", "topic", "../topic")
    topic = Work(work.path.parent / "topic")
    topic.write(".flags/config.yaml", "schema: 1\nlock:\n  namespace: ref\n")
    work.flaggit("lock", flag_id, agent=WEB)
    assert "held by" in topic.flaggit("lock", flag_id, agent=API, status=4).err
    use(work, "ref")  # one that is there is looked for below both
    assert "held by" in topic.flaggit("lock", flag_id, agent=API, status=4).err
    work.flaggit("lock", flag_id, agent=WEB)
    work.flaggit("unlock", flag_id, agent=WEB)
    assert work.git("for-each-ref", "refs/heads/flags", "refs/flaggit") == ""
    topic.flaggit("lock", flag_id, agent=API)
    assert work.git("for-each-ref", "--format=%(refname)", BRANCH, REF) == f"{REF}/{flag_id}"


def test_locked_paths_are_one_list_below_both_namespaces(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    use(two, "ref")
    one.flaggit("lock", "--files", "/src/", agent=WEB)
    assert "@frontend.web holds" in two.flaggit("lock", "--files", "/src/api/", agent=API, status=4).err
    two.flaggit("lock", "--files", "/docs/", agent=API)
    assert hub.refs() == [f"{BRANCH}/paths"]
    assert "@backend.api holds" in one.flaggit("lock", "--files", "/docs/x", agent=WEB, status=4).err
    one.flaggit("unlock", "--files", "/src/", agent=WEB)
    two.flaggit("unlock", "--files", "/docs/", agent=API)
    assert hub.refs() == []


def test_paths_that_are_locked_in_the_same_moment_below_the_other_namespace(hub: Hub) -> None:
    one, two = hub.clone("one"), hub.clone("two")
    use(two, "ref")
    two.flaggit("lock", "--files", "/src/api/", agent=API)
    oid = hub.work.git("rev-parse", f"{REF}/paths")
    hub.work.git("update-ref", "-d", f"{REF}/paths")
    hook = hub.path / "hooks" / "post-receive"
    hook.write_text(f"#!/bin/sh\ngit update-ref {REF}/paths {oid}\n")
    hook.chmod(0o755)
    assert "@backend.api holds" in one.flaggit("lock", "--files", "/src/", agent=WEB, status=4).err
    hook.unlink()
    one.flaggit("lock", "--files", "/docs/", agent=WEB)  # which does not meet it: both are there
    assert "/src/api/" in one.flaggit("locks").out and "/docs/" in one.flaggit("locks").out


# -- another remote while a lock is held --------------------------------------------------------


@pytest.mark.parametrize("kind", ["flag", "paths"])
@pytest.mark.parametrize("change", ["another place", "no remote", "named"])
def test_while_a_lock_is_held_no_other_place_decides(hub: Hub, tmp_path: Path, change: str, kind: str) -> None:
    one = hub.clone("one")
    what = [hub.flag] if kind == "flag" else ["--files", "/src/"]
    one.flaggit("lock", *what, agent=WEB)
    one.git("clone", "-q", "--bare", ".", str(tmp_path / "other.git"))
    one.git("worktree", "add", "-q", "--detach", "../beside")
    if change == "another place":
        one.git("remote", "set-url", "origin", str(tmp_path / "other.git"))
    elif change == "no remote":
        one.git("remote", "remove", "origin")
    else:
        one.git("remote", "add", "other", str(tmp_path / "other.git"))
        one.git("config", "flaggit.lock.remote", "other")
    for place in (one, Work(tmp_path / "beside")):
        answer = place.flaggit("lock", *what, "--json", agent=API, status=5)
        assert answer.json["code"] == "arbiter_changed", answer
    one.flaggit("list")
    if change == "named":
        one.git("config", "--unset", "flaggit.lock.remote")
        one.git("remote", "remove", "other")
        one.flaggit("unlock", *what, agent=WEB)
        one.git("remote", "set-url", "origin", str(tmp_path / "other.git"))
        one.flaggit("lock", *what, agent=WEB)


def test_the_same_place_by_another_url_is_no_other_place(hub: Hub) -> None:
    one = hub.clone("one")
    one.flaggit("lock", hub.flag, agent=WEB)
    one.git("remote", "set-url", "origin", f"file://{hub.path}")
    one.git("remote", "rename", "origin", "hub")
    one.flaggit("lock", hub.flag, agent=WEB)


def test_a_lock_that_is_over_binds_nobody_to_its_place(hub: Hub, tmp_path: Path) -> None:
    one = hub.clone("one")
    one.flaggit("lock", hub.flag, agent=WEB)
    one.git("remote", "remove", "origin")
    from flaggit.locks.arbiter import find_arbiter

    assert find_arbiter(at(one, now=at(one).now + 86_400)) is None
