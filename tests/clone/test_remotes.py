"""Which remote decides, and which branch others start from: one choice over every way clones are set up."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from repositories import Hub, Work, at

from flaggit.clone.remotes import base_branch, base_ref, choose_remote, is_accepted, place_hash
from flaggit.core.errors import UnavailableError
from flaggit.git.repo import find_repo
from flaggit.locks.arbiter import find_arbiter

A, B = "https://example.org/team/shop.git", "https://example.org/someone/shop.git"
SAME = "git@example.org:team/shop"


@pytest.mark.parametrize(
    ("remotes", "config", "chosen"),
    [
        ({}, {}, ""),
        ({"origin": A}, {}, "origin"),
        ({"upstream": A}, {}, "upstream"),
        ({"hub.example": A}, {}, "hub.example"),
        ({"origin": A, "backup": SAME}, {}, "origin"),
        ({"here": A, "there": SAME}, {}, "here"),
        ({"origin": B, "upstream": A}, {"flaggit.arbiter": place_hash(A)}, "upstream"),
        ({"origin": A, "fork": B}, {"flaggit.arbiter": place_hash(A)}, "origin"),
        ({"origin": A, "fork": B}, {"flaggit.lock.remote": "fork"}, "fork"),
        ({"origin": A, "fork": B}, {"flaggit.lock.remote": "fork", "flaggit.arbiter": place_hash(A)}, "fork"),
        ({"origin": A, "fork": B}, {}, None),
        ({"one": A, "two": B}, {}, None),
        ({"origin": A}, {"flaggit.lock.remote": "orgin"}, None),
        ({}, {"flaggit.lock.remote": "origin"}, None),
    ],
)
def test_one_remote_is_chosen_or_none(work: Work, remotes: dict, config: dict, chosen: str | None) -> None:
    for name, url in remotes.items():
        work.git("remote", "add", name, url)
    for key, value in config.items():
        work.git("config", key, value)
    if chosen is not None:
        assert choose_remote(at(work).repo) == chosen == at(work).remote
        return
    with pytest.raises(UnavailableError) as caught:
        choose_remote(at(work).repo)
    assert caught.value.code == "ambiguous_arbiter" and at(work).remote == ""
    # The advice is a command that settles it.
    subprocess.run(caught.value.hint.partition(": ")[2] or caught.value.hint, shell=True, cwd=work.path, check=True)
    choose_remote(at(work).repo)


def test_a_remote_in_an_included_file_counts(work: Work) -> None:
    (work.path / ".git" / "more").write_text(f'[remote "hub"]\n\turl = {A}\n')
    work.git("config", "include.path", "more")
    assert choose_remote(at(work).repo) == "hub"


def test_the_working_branch_cannot_choose_another_remote(hub: Hub, tmp_path: Path) -> None:
    one = hub.clone("one")
    one.git("remote", "add", "elsewhere", str(tmp_path / "elsewhere.git"))
    one.git("config", "flaggit.lock.remote", "origin")
    one.write(".flags/config.yaml", 'schema: 1\nlock:\n  remote: "elsewhere"\n')
    assert choose_remote(at(one).repo) == "origin"
    answer = one.flaggit("check", "--json")
    assert ["lock.remote" in row["message"] for row in answer.data if row["level"] == "warning"] == [True]


def test_two_clones_whose_remote_is_called_otherwise_do_not_both_hold(hub: Hub) -> None:
    one, two = hub.clone("one", "-o", "upstream"), hub.clone("two", "-o", "hub")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    assert "@frontend.web" in two.flaggit("lock", hub.flag, agent="@backend.api", status=4).err
    assert hub.refs() == [f"refs/heads/flags/lock/{hub.flag}"]


def test_where_nothing_chooses_lock_refuses_and_reading_goes_on(hub: Hub, tmp_path: Path) -> None:
    one = hub.clone("one")
    one.git("remote", "add", "fork", str(tmp_path / "fork.git"))
    for words in (["lock", hub.flag], ["next", "--lock"], ["sync"]):
        assert "nothing says which" in one.flaggit(*words, agent="@frontend.web", status=5).err
    assert hub.flag in one.flaggit("inbox", "@frontend.web").out
    one.flaggit("lock", hub.flag, "--local", agent="@frontend.web")
    assert hub.refs() == []


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("git@office:team/shop.git", True),
        ("ssh://git@office/team/shop", True),
        ("git@example.org:team/shop", True),
        ("git@office:someone/shop.git", False),
        ("git@other:team/shop.git", False),
        ("https://office/team/shop.git", False),
        ("git@-oProxyCommand=x:team/shop.git", False),
    ],
)
def test_an_alias_of_sshs_configuration_is_its_host(tmp_path: Path, url: str, accepted: bool) -> None:
    (tmp_path / "config").write_text("Host office\n  HostName example.org\nHost other\n  HostName example.com\n")
    assert is_accepted(url, [place_hash(A)], f"ssh -F {tmp_path / 'config'}") is accepted


# -- the base branch ----------------------------------------------------------------------------


def test_the_base_branch_follows_the_servers_new_default(hub: Hub) -> None:
    hub.work.git("branch", "-m", "main", "trunk")
    one = hub.clone("one")
    assert base_branch(at(one).repo, at(one).remote) == "trunk"
    hub.work.git("branch", "-m", "trunk", "main")
    one.git("fetch", "-q", "--prune")
    assert base_ref(at(one).repo, at(one).remote) == "refs/remotes/origin/main"
    one.git("switch", "-qc", "work")
    assert "Nothing to review" in one.flaggit("review").err
    arbiter = find_arbiter(at(one))
    assert arbiter is not None and not arbiter.base_is_set


@pytest.mark.parametrize(
    ("branches", "config", "base"),
    [
        (["main", "topic"], "", "refs/heads/main"),
        (["master", "topic"], "", "refs/heads/master"),
        (["main", "master"], "", "refs/heads/main"),
        (["main", "master"], "trunk", ""),
        (["trunk", "topic"], "", ""),
        (["trunk", "topic"], "trunk", "refs/heads/trunk"),
    ],
)
def test_without_a_remote_the_usual_name_that_exists(tmp_path: Path, branches: list, config: str, base: str) -> None:
    work = Work(tmp_path)
    work.git("init", "-q", "-b", branches[0])
    work.commit("begin")
    work.git("branch", branches[1])
    if config:
        work.git("config", "init.defaultBranch", config)
    assert base_ref(at(work).repo, at(work).remote) == base


def test_the_setting_is_the_remotes_and_not_a_branchs(hub: Hub) -> None:
    one = hub.clone("one")
    one.git("push", "-q", "origin", "main:stable")
    one.git("fetch", "-q")
    one.write(".flags/config.yaml", "schema: 1\nbase_branch: mine\n")
    assert base_ref(at(one).repo, at(one).remote) == "refs/remotes/origin/main"
    one.git("config", "flaggit.base-branch", "stable")
    assert base_ref(at(one).repo, at(one).remote) == "refs/remotes/origin/stable"


def test_what_the_user_set_for_the_remote_counts(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on which git is not on PATH, as ``remote.<name>.uploadpack`` exists for."""
    exec_path = hub.work.git("--exec-path")
    for name in ("upload", "receive"):
        script = tmp_path / f"far-{name}"
        script.write_text(f'#!/bin/sh\nPATH="{exec_path}:$PATH" exec git-{name}-pack "$@"\n')
        script.chmod(0o755)
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\ncase $1 in git*) exit 1;; esac\nexec sh -c "$1"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    one = hub.clone("one")
    one.git("remote", "set-url", "origin", f"host:{hub.path}")
    one.flaggit("locks", agent="@frontend.web")
    assert "cannot be read" in one.flaggit("locks", agent="@frontend.web").err
    one.git("config", "remote.origin.uploadpack", str(tmp_path / "far-upload"))
    one.git("config", "remote.origin.receivepack", str(tmp_path / "far-receive"))
    one.git("config", "remote.origin.mirror", "true")
    one.git("config", "remote.origin.push", "+refs/heads/*:refs/heads/stolen/*")
    before = hub.work.git("for-each-ref", "--format=%(refname)")
    one.flaggit("lock", hub.flag, agent="@frontend.web")
    after = set(hub.work.git("for-each-ref", "--format=%(refname)").split()) - set(before.split())
    assert after == {f"refs/heads/flags/lock/{hub.flag}"}
    assert one.git("for-each-ref", "refs/remotes/origin/flags") == ""


def test_a_bundle_refuses_locks(hub: Hub, tmp_path: Path) -> None:
    hub.work.git("bundle", "create", "-q", str(tmp_path / "a.bundle"), "--all")
    subprocess.run(["git", "clone", "-q", str(tmp_path / "a.bundle"), str(tmp_path / "one")], check=True)
    one = Work(tmp_path / "one")
    one.flaggit("lock", hub.flag, agent="@frontend.web", status=5)
    assert (
        one.flaggit("lock", hub.flag, "--json", agent="@frontend.web", status=5).json["code"] == "remote_refuses_locks"
    )
    assert find_repo(str(one.path)).text("for-each-ref", "refs/flaggit/intent") == ""
