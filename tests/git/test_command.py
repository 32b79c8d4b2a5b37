"""Git through GitPython, for what is off the hot path: our repository, our options, whatever the caller's variables."""

from __future__ import annotations

import os

import pytest
from repositories import Work

from flaggit.core.errors import UnavailableError


def test_it_runs_in_this_repository_whatever_the_caller_exports(
    work: Work, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Work(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "-q")
    repo = work.session().repo
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    before = dict(os.environ)
    assert repo.command("rev_parse", "--show-toplevel") == str(work.path)
    assert "README.md" in repo.command("ls_files").split()
    assert dict(os.environ) == before


def test_it_runs_neither_hooks_nor_monitors(work: Work) -> None:
    canary = work.path / "canary"
    script = work.write(".git/run-me", f"#!/bin/sh\ntouch {canary}\n")
    script.chmod(0o755)
    work.git("config", "core.fsmonitor", str(script))
    work.session().repo.command("status", "--porcelain")
    assert not canary.exists()


def test_what_git_refuses_is_one_sentence(work: Work) -> None:
    before = dict(os.environ)
    with pytest.raises(UnavailableError) as caught:
        work.session().repo.command("rev_parse", "--verify", "nothing-of-that-name")
    assert caught.value.code == "git_failed"
    assert "Needed a single revision" in caught.value.message
    assert "\n" not in caught.value.message
    assert dict(os.environ) == before


def test_without_git_it_is_said(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = work.session().repo
    monkeypatch.setenv("PATH", str(work.path))
    with pytest.raises(UnavailableError) as caught:
        repo.command("version")
    assert caught.value.code == "git_missing"
