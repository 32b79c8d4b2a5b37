"""What is written: whole or not at all, out of sight meanwhile, staged or taken back, with the repository's rights."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.git.files import add_file, find_scratch, replace_file

RAISE = ("create", "--type", "change", "--from", "@backend.api", "--to", "@frontend.web")
RAISE += ("--change", LONG_CHANGE, "--action", LONG_ACTION)


def test_temporary_files_lie_in_the_git_directory(work: Work) -> None:
    folder = work.path / ".flags" / "frontend.web"
    folder.mkdir()
    assert find_scratch(str(folder)) == str(work.path / ".git" / "flaggit")
    linked = work.worktree("linked")
    assert find_scratch(str(linked.path)) == str(work.path / ".git" / "worktrees" / "linked" / "flaggit")


def test_a_worktree_on_another_file_system_is_written_to_as_well(work: Work) -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == work.path.stat().st_dev:
        pytest.skip("there is no second file system")
    place = shm / f"flaggit-test-{os.getpid()}"
    try:
        work.git("worktree", "add", "-q", "-b", "far", str(place))
        far = Work(place)
        flag_id = far.flaggit(*RAISE, "--json").data["id"]
        far.flaggit("edit", flag_id, "--impact", "low", agent="@backend.api")
        far.flaggit("check")
        assert [path.name for path in (place / ".flags" / "frontend.web").iterdir()] == [f"{flag_id}.yaml"]
    finally:
        shutil.rmtree(place, ignore_errors=True)


def test_what_is_replaced_keeps_its_rights(work: Work) -> None:
    path = work.write("private.json", "{}\n")
    path.chmod(0o600)
    replace_file(str(path), b"[]\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(("shared", "umask"), [("group", 0o077), ("0660", 0o022), ("all", 0o077), ("false", 0o077)])
def test_a_shared_repository_is_shared_as_git_shares_it(work: Work, shared: str, umask: int) -> None:
    """git's own files, made under the same umask, show what is right."""
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("config", "core.sharedRepository", shared)
    shutil.rmtree(work.path / ".git" / "flaggit", ignore_errors=True)
    before = os.umask(umask)
    try:
        work.flaggit("lock", flag_id, "@frontend.web")
        oid = work.git("hash-object", "-w", "--stdin", input=shared)
        work.git("rm", "-q", "--cached", "README.md")
    finally:
        os.umask(before)
    git = work.path / ".git"
    file, folder = git / "index", git / "objects" / oid[:2]
    for place in (git / "flaggit-identity",):
        assert stat.S_IMODE(place.stat().st_mode) == stat.S_IMODE(folder.stat().st_mode), place
    for place in (git / "flaggit-identity" / "clone", git / "flaggit-identity" / "instance"):
        assert stat.S_IMODE(place.stat().st_mode) == stat.S_IMODE(file.stat().st_mode), place


@pytest.mark.parametrize("line", ["create", "note", "complete", "edit", "agents"])
def test_what_cannot_be_staged_is_taken_back(work: Work, line: str) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    words = {
        "create": RAISE,
        "note": ("note", flag_id, "a remark"),
        "complete": ("complete", flag_id, "@frontend.web"),
        "edit": ("edit", flag_id, "--impact", "low"),
        "agents": ("agents", "add", "@data.lake", "--description", "Keeps the lake of data clean."),
    }[line]
    (work.path / ".git" / "index.lock").touch()
    answer = work.flaggit(*words, "--json", agent="@backend.api" if line in ("edit", "note") else None, status=5)
    assert answer.json["code"] == "git_failed" and "Nothing was changed" in answer.json["error"], answer
    (work.path / ".git" / "index.lock").unlink()
    assert work.git("status", "--porcelain") == ""
    work.flaggit(*words, agent="@backend.api" if line in ("edit", "note") else None)


def test_a_store_that_git_does_not_take_is_one_refusal(work: Work, tmp_path: Path) -> None:
    shutil.copytree(work.path / ".flags", tmp_path / "store")
    store = Work(tmp_path / "store")
    store.git("init", "-q")
    store.git("add", "-A")
    store.commit("store")
    outer = Work(tmp_path / "outer")
    subprocess.run(["git", "init", "-q", str(outer.path)], check=True)
    outer.git("submodule", "add", "-q", str(store.path), ".flags")
    for _ in range(3):
        assert "git is free" not in outer.flaggit(*RAISE, status=5).err
    assert not (outer.path / ".flags" / "frontend.web").exists()


def test_a_flag_that_no_commit_holds_is_not_lost_by_a_commit(work: Work) -> None:
    flag_id = work.flaggit(*RAISE, "--json").data["id"]
    answer = work.flaggit(
        "commit", "--completes", flag_id, "--json", "--", "-m", "Work", agent="@backend.api", status=4
    )
    assert answer.json["code"] == "not_committed"
    work.flaggit("show", flag_id)
    assert work.git("diff", "--cached", "--name-only") != ""


def test_adding_never_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert add_file(str(path), b"one") and not add_file(str(path), b"two")
    assert path.read_bytes() == b"one" and [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_partial_clone_is_read_without_fetching(work: Work, tmp_path: Path) -> None:
    here = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-qc", "feature")
    there = work.raise_flag()
    work.commit("more")
    work.git("switch", "-q", "main")
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    work.git(f"--git-dir={tmp_path / 'hub.git'}", "config", "uploadpack.allowFilter", "true")
    work.git("clone", "-q", "--filter=blob:none", f"file://{tmp_path / 'hub.git'}", str(tmp_path / "part"))
    part = Work(tmp_path / "part")
    missing = part.git("rev-list", "--objects", "--all", "--missing=print").count("?")
    for words in (
        ["inbox", "@frontend.web"],
        ["list"],
        ["show", here],
        ["check"],
        ["check", "--range", "HEAD~1..HEAD"],
    ):
        assert here in part.flaggit(*words).out or words[0] == "check"
    answer = part.flaggit("list", "--json")
    assert [row["id"] for row in answer.data] == [here]
    warning = next(row for row in answer.json["warnings"] if there in row["path"])
    assert warning["code"] == "missing_object"
    assert part.git("rev-list", "--objects", "--all", "--missing=print").count("?") == missing
    part.run("sh", "-c", warning["fix"])  # what is advised brings it
    assert {row["id"] for row in part.flaggit("list", "--json").data} == {here, there}
