"""Refs, HEAD and worktrees as we read them, against git: loose, packed, reftable, either hash, linked and moved."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from repositories import Work, at

from flaggit.git.refs import list_refs, read_head, read_ref, read_symbolic
from flaggit.git.repo import find_repo

pytestmark = pytest.mark.oracle
_FORMAT = "%(refname) %(objectname) %(symref)"


FORMATS = {
    "loose": (),
    "packed": (),
    "sha256": ("--object-format=sha256",),
    "reftable": ("--ref-format=reftable",),
}


@pytest.fixture(params=sorted(FORMATS))
def stocked(request: pytest.FixtureRequest, tmp_path: Path) -> Work:
    """A repository with branches, tags, remote-tracking and symbolic refs, refs of one worktree, odd names."""
    path = tmp_path / "repo"
    done = subprocess.run(["git", "init", "-q", "-b", "main", *FORMATS[request.param], str(path)], capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"this git has no {request.param}")
    work = Work(path)
    (path / ".flags").mkdir()
    for number in range(3):
        work.commit(f"commit {number}")
    for name in (
        "refs/heads/a/b/c",
        "refs/heads/ünï",
        "refs/tags/v1",
        "refs/flaggit/local/abc1234",
        "refs/remotes/o/x",
        *(f"refs/heads/main{odd}x" for odd in ("\u2028", "\u2029", "\u0085")),  # where ``splitlines`` would cut
        "refs/heads/main\u3000",  # and ``split``
    ):
        work.git("update-ref", name, "HEAD~1")
    work.git("symbolic-ref", "refs/remotes/o/HEAD", "refs/remotes/o/x")
    work.git("symbolic-ref", "refs/heads/alias", "refs/heads/a/b/c")
    work.git("symbolic-ref", "refs/remotes/o/gone", "refs/remotes/o/never")
    work.git("tag", "-a", "-m", "annotated", "v2")
    work.git("update-ref", "refs/worktree/flaggit/held/abc1234", "HEAD")
    if request.param == "packed":
        work.git("pack-refs", "--all")
        work.git("update-ref", "refs/heads/a/b/c", "HEAD")  # loose wins over packed
        work.git("update-ref", "-d", "refs/tags/v1")
    return work


@pytest.fixture(params=["main", "linked", "moved", "detached", "unborn", "bare"])
def place(request: pytest.FixtureRequest, stocked: Work) -> Work:
    if request.param == "main":
        return stocked
    if request.param == "bare":
        target = stocked.path.parent / "hub.git"
        subprocess.run(["git", "clone", "-q", "--mirror", str(stocked.path), str(target)], check=True)
        linked = stocked.path.parent / "of-bare"
        subprocess.run(
            ["git", f"--git-dir={target}", "worktree", "add", "-q", "-b", "of-bare", str(linked)], check=True
        )
        return Work(linked)
    linked = stocked.worktree("linked")
    linked.git("update-ref", "refs/worktree/flaggit/held/def5678", "HEAD")
    if request.param == "moved":
        shutil.move(linked.path, linked.path.parent / "elsewhere")
        linked = Work(linked.path.parent / "elsewhere")
    if request.param == "detached":
        linked.git("switch", "-q", "--detach", "HEAD~1")
    if request.param == "unborn":
        linked.git("switch", "-q", "--orphan", "new/branch")
    return linked


def test_refs_are_read_as_git_lists_them(place: Work) -> None:
    repo = find_repo(str(place.path))
    lines = [line.split(" ") for line in place.git("for-each-ref", f"--format={_FORMAT}").split("\n")]
    shown = {name: oid for name, oid, symbolic in lines if not symbolic}
    ours: dict[str, str] = {}
    for prefix in ("refs/heads/", "refs/tags/", "refs/remotes/", "refs/flaggit/", "refs/worktree/"):
        ours |= list_refs(repo, prefix)
    assert ours == shown
    for name in [
        *(line[0] for line in lines),
        "HEAD",
        "refs/heads/none",
        "refs/remotes/o/gone",
        "refs/heads/a",
        "refs/heads/a/b",
    ]:
        found = place.git("rev-parse", "--verify", "--quiet", "--end-of-options", name, check=False)
        assert (read_ref(repo, name) or "") == found, name
        target = place.git("symbolic-ref", "--quiet", name, check=False)
        assert (read_symbolic(repo, name) or "") == target, name


def test_head_is_what_git_says(place: Work) -> None:
    repo = find_repo(str(place.path))
    branch = place.git("symbolic-ref", "--quiet", "HEAD", check=False) or None
    commit = place.git("rev-parse", "--verify", "--quiet", "HEAD", check=False) or None
    assert read_head(repo) == (branch, commit)


def test_locks_and_flags_work_there(place: Work) -> None:
    (place.path / ".flags").mkdir(exist_ok=True)
    flag_id = place.raise_flag()
    place.commit("raise")
    place.flaggit("lock", flag_id, "@frontend.web", "--local")
    row = at(place).clone.get_rows([flag_id])[0]
    assert row.lock is not None and row.lock.holder == "@frontend.web"
    place.flaggit("complete", flag_id, "@frontend.web", "--commit")
    assert place.flaggit("list", "--status", "completed", "--json").data[0]["id"] == flag_id
    place.flaggit("unlock", flag_id, "@frontend.web")
