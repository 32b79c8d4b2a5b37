"""What a caller exports about its repository, and how it wants paths read, changes nothing in another one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.git.repo import LOCAL_VARIABLES, find_repo

pytestmark = pytest.mark.oracle


RAISE = ("create", "--type", "change", "--from", "@backend.api", "--to", "@frontend.web")
RAISE += ("--change", LONG_CHANGE, "--action", LONG_ACTION)
MODES = ("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")


@pytest.fixture
def other(work: Work, tmp_path: Path) -> Work:
    shutil.copytree(work.path, tmp_path / "other", symlinks=True)
    return Work(tmp_path / "other")


def exported(work: Work) -> dict[str, str]:
    """Every variable that a git may export about a repository, as it would about this one."""
    git = work.path / ".git"
    return {
        "GIT_DIR": str(git),
        "GIT_WORK_TREE": str(work.path),
        "GIT_COMMON_DIR": str(git),
        "GIT_INDEX_FILE": str(git / "index"),
        "GIT_OBJECT_DIRECTORY": str(git / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(git / "objects"),
        "GIT_PREFIX": "src/",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "flaggit.agent",
        "GIT_CONFIG_VALUE_0": "@backend.queue",
        "GIT_CONFIG_PARAMETERS": "'flaggit.agent'='@backend.queue'",
        "GIT_NAMESPACE": "elsewhere",
    }


def test_every_name_that_this_git_calls_local_is_known() -> None:
    done = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= set(LOCAL_VARIABLES)


def state_of(work: Work) -> tuple[str, str, str]:
    return work.git("status", "--porcelain"), work.git("for-each-ref"), work.git("ls-files", "--stage")


@pytest.mark.parametrize("name", [*sorted(exported(Work(Path("/nowhere")))), "all of them"])
def test_another_repositorys_variables_do_not_count(work: Work, other: Work, name: str) -> None:
    variables = exported(work)
    if name != "all of them" and not name.startswith("GIT_CONFIG_"):
        variables = {name: variables[name]}
    before = state_of(work)
    work.flaggit("-C", str(other.path), *RAISE, env=variables)
    assert state_of(work) == before
    staged = other.git("diff", "--cached", "--name-only").splitlines()
    assert len(staged) == 1 and other.git("show", f":{staged[0]}").startswith("schema: 1\n")
    assert "@backend.queue" not in work.flaggit("-C", str(other.path), "iam", env=variables, status=None).out


def test_a_repository_opened_by_its_path_is_that_one(work: Work, other: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in exported(work).items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(work.path)
    repo = find_repo(str(other.path))
    assert repo.text("rev-parse", "--show-toplevel") == str(other.path) and not repo.is_callers
    assert repo.index_file == str(other.path / ".git" / "index")


@pytest.mark.parametrize("way", ["staged", "all", "paths"])
def test_a_hook_raises_in_another_repository(work: Work, other: Work, program: Path, way: str) -> None:
    line = " ".join(f"'{word}'" for word in RAISE)
    hook = work.write(".git/hooks/pre-commit", f'#!/bin/sh\nflaggit -C "$OTHER" {line} >/dev/null\n')
    hook.chmod(0o755)
    work.write("README.md", "changed\n")
    if way == "staged":
        work.git("add", "README.md")
    arguments = {"staged": (), "all": ("-a",), "paths": ("--", "README.md")}[way]
    work.git("commit", "-qm", "work", *arguments, env={"OTHER": str(other.path)})
    assert work.git("ls-files", ".flags/frontend.web") == "" and work.git("status", "--porcelain") == ""
    assert len(other.git("diff", "--cached", "--name-only").splitlines()) == 1


def test_a_hook_of_this_repository_sees_its_index(work: Work, program: Path) -> None:
    """A partial commit has an index of its own; a linked worktree is named by GIT_DIR."""
    linked = work.worktree("linked")
    linked.flaggit("hooks", "install")
    for place in (work, linked):
        place.write("code", "x\n")
        place.git("add", "code")
        place.write(".flags/frontend.web/broken.yaml", "nonsense\n")
        place.git("add", "-A")
        assert place.run("git", "commit", "-qm", "broken").status != 0
        place.git("commit", "-qm", "only code", "--", "code")
        assert "broken.yaml" not in place.git("ls-tree", "-r", "--name-only", "HEAD")


@pytest.mark.parametrize("mode", MODES)
def test_how_a_caller_reads_paths_changes_nothing(work: Work, mode: str) -> None:
    env = {mode: "1"}
    words = ["@backend.queue" if word == "@frontend.web" else word for word in RAISE]  # whose author nobody is
    flag_id = work.flaggit(*words, "--json", "--commit", env=env).data["id"]
    work.flaggit("complete", flag_id, "@backend.queue", env=env)
    work.flaggit("check", env=env)
    work.flaggit("check", "--staged", env=env)
    work.commit("done")
    work.flaggit("review", "HEAD~1..HEAD", env=env, status=None)
    work.flaggit("check", "--range", "HEAD~1..HEAD", env=env)
    assert work.git("status", "--porcelain") == ""


def test_a_conflict_is_settled_whatever_the_callers_mode(work: Work, tmp_path: Path) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("clone", "-q", ".", str(tmp_path / "two"))
    two = Work(tmp_path / "two")
    for place, note in ((work, "one"), (two, "two")):
        place.flaggit("complete", flag_id, "@frontend.web", "--note", note)
        place.commit(note)
    assert two.run("git", "pull", "-q", "--no-rebase").status != 0
    two.flaggit("resolve", env={"GIT_LITERAL_PATHSPECS": "1"})
    assert two.git("ls-files", "--unmerged") == ""


def test_the_users_hooks_read_paths_as_the_user_does(work: Work) -> None:
    hook = work.write(".git/hooks/pre-commit", '#!/bin/sh\ngit diff --cached --name-only -- ":(glob)**/*.yaml" >seen\n')
    hook.chmod(0o755)
    work.flaggit(*RAISE, "--commit")
    assert ".flags/frontend.web/" in work.read("seen")
    assert "GIT_LITERAL_PATHSPECS" not in os.environ
