"""``uninstall``: a repository and its clone are as they were before, but for objects."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from repositories import Work

# What git itself rewrites whenever it looks: the index keeps times, and its logs say what was done.
_IGNORED = ("objects", "logs", "index", "COMMIT_EDITMSG")


def snapshot(root: Path) -> dict[str, tuple[int, str]]:
    """Return path -> (mode, digest) of every file of a repository but objects and git's own logs."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            parts = path.relative_to(root).parts
            if parts[0] == ".git" and any(part in _IGNORED for part in parts[1:]):
                continue
            found["/".join(parts)] = (path.stat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


@pytest.fixture
def bare_start(work: Work) -> Work:
    """A repository without a store."""
    work.git("rm", "-rq", ".flags")
    work.commit("Without a store")
    return work


def test_everything_is_as_it_was(bare_start: Work, program: Path) -> None:
    work = bare_start
    work.write(".claude/settings.json", '{"model": "x",\t"hooks": {}}')
    (work.path / "AGENTS.md").write_bytes(b"# Agents\r\n\r\nBe kind.\r\n")
    hook = work.write(".git/hooks/pre-commit", "#!/bin/sh\necho mine\n")
    hook.chmod(0o755)
    work.commit("Files of others", "AGENTS.md", ".claude")
    before, staged = snapshot(work.path), work.git("status", "--porcelain")
    work.flaggit("init", "--yes")
    work.flaggit("iam", "@backend.api")
    for client in ("claude", "codex", "agents-md", "skill"):
        work.flaggit("setup", client)
    work.flaggit("hooks", "install")
    work.flaggit("inbox")
    shown = work.flaggit("uninstall", "--dry-run").out
    assert "Would take out:" in shown
    assert "flaggit" in (work.path / ".git/hooks/pre-commit").read_text()
    assert "--dry-run" in work.flaggit("uninstall", status=2).err
    work.flaggit("uninstall", "--yes")
    assert snapshot(work.path) == before
    assert work.git("status", "--porcelain") == staged
    assert work.flaggit("uninstall", "--yes").out.startswith("Nothing of flaggit")


def test_a_store_with_a_flag_stays_and_is_named(work: Work) -> None:
    work.flaggit("init", "--yes")
    flag_id = work.raise_flag()
    answer = work.flaggit("uninstall", "--yes", "--json").data
    assert any(".flags/ stays" in sentence for sentence in answer["kept"])
    assert list((work.path / ".flags").glob(f"*/{flag_id}.yaml"))
    assert "flaggit" not in work.git("config", "--list", "--local")


def test_a_held_lock_is_not_dropped(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("lock", flag_id, agent="@frontend.web")
    answer = work.flaggit("uninstall", "--yes", "--json", status=4).json
    assert answer["code"] == "locked_by_other"
    work.flaggit(*answer["hint"].split()[1:])
    work.flaggit("uninstall", "--yes")
    assert work.git("for-each-ref", "refs/heads/flags", "refs/flaggit") == ""


def test_a_committed_store_that_nobody_changed_is_removed_from_the_index(bare_start: Work) -> None:
    bare_start.flaggit("init")
    bare_start.commit("Init", ".flags")
    bare_start.flaggit("uninstall", "--yes")
    assert not (bare_start.path / ".flags").exists()
    assert {line[:2] for line in bare_start.git("status", "--porcelain").splitlines()} == {"D "}
