"""Tokens of clones and worktrees: one line a home in a file that nobody rewrites, and what counts as gone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from repositories import Work, actor_of, at, code_of

from flaggit.clone.identity import clone_token, worktree_token
from flaggit.clone.visible_locks import read_locks
from flaggit.locks.holding import acquire

FILES = ("clone", "instance")


def token_file(work: Work, name: str) -> Path:
    return Path(at(work).repo.git_dir) / "flaggit-identity" / name


def test_a_foreign_line_is_never_overwritten(work: Work, tmp_path: Path) -> None:
    """As a host and its container see one folder with different inodes: each adds its own line and finds it again."""
    repo = at(work).repo
    tokens = (clone_token(repo), worktree_token(repo))
    foreign = "0123456789abcdef 1\n"
    for name in FILES:
        own = token_file(work, name).read_text()
        token_file(work, name).write_text(foreign + own)
    assert (clone_token(repo), worktree_token(repo)) == tokens
    for name in FILES:
        token_file(work, name).write_text(foreign)
    again = (clone_token(repo), worktree_token(repo))
    assert not set(again) & {*tokens, "0123456789abcdef"}
    for name, token in zip(FILES, again, strict=True):
        assert token_file(work, name).read_text() == f"{foreign}{token} {os.stat(repo.git_dir).st_ino}\n"
    assert (clone_token(repo), worktree_token(repo)) == again


def test_a_copy_adds_its_own_line(work: Work, tmp_path: Path) -> None:
    before = (clone_token(at(work).repo), worktree_token(at(work).repo))
    copy = Work(tmp_path / "copy")
    shutil.copytree(work.path, copy.path, symlinks=True)
    repo = at(copy).repo
    assert clone_token(repo) != before[0] and worktree_token(repo) != before[1]
    for name, token in zip(FILES, before, strict=True):
        assert token_file(copy, name).read_text().startswith(f"{token} ")
        assert token_file(work, name).read_text().count("\n") == 1


@pytest.mark.parametrize("end", ["removed", "pruned", "folder away", "at another path"])
def test_gone_is_what_git_removed(work: Work, tmp_path: Path, end: str) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    other = work.worktree("other")
    acquire(at(other), [flag_id], actor_of(other))
    if end == "removed":
        work.git("worktree", "remove", "--force", str(other.path))
    elif end == "pruned":
        shutil.rmtree(other.path)
        work.git("worktree", "prune")
    elif end == "folder away":
        other.path.rename(tmp_path / "elsewhere")
    else:  # as another container sees it
        (work.path / ".git/worktrees/other/gitdir").write_text("/nowhere/other/.git\n")
    gone = end in ("removed", "pruned")
    assert read_locks(at(work))[flag_id].dead is gone
    if gone:
        acquire(at(work), [flag_id], actor_of(work, "@backend.api"))
    else:
        taker = actor_of(work, "@backend.api")
        assert code_of(acquire, at(work), [flag_id], taker) == "locked_by_other"
        work.flaggit("unlock", "--worktree", "/nowhere/other" if end == "at another path" else str(other.path))
        acquire(at(work), [flag_id], taker)
