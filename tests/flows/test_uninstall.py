"""``uninstall``: a repository and its clone are as they were before, but for objects."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from repositories import Work
from terminals import Terminal

from flaggit.commands.setup.clients import NAMES

# What git itself rewrites whenever it looks: the index keeps times, its logs say what was done, and so do its tables.
_IGNORED = ("objects", "logs", "index", "COMMIT_EDITMSG", "reftable")


def snapshot(root: Path) -> dict[str, tuple[int, str]]:
    """Return path -> (mode, digest) of all files and folders but objects and git's own logs; "refs" stands for refs."""
    found = {"refs": (0, Work(root).git("for-each-ref"))}
    for folder, folders, names in os.walk(root):
        for name in (*names, *folders):
            path = Path(folder) / name
            parts = path.relative_to(root).parts
            if parts[0] == ".git" and any(part in _IGNORED for part in parts[1:]):
                continue
            data = os.readlink(path).encode() if path.is_symlink() else b"" if path.is_dir() else path.read_bytes()
            found["/".join(parts)] = (path.lstat().st_mode, hashlib.sha256(data).hexdigest())
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
    (work.path / ".git/config").write_bytes((work.path / ".git/config").read_bytes() + b"# the last line has no end")
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


# Who manages the hooks -> the files that say so.
MANAGERS = {
    "git": {},
    "pre-commit": {".pre-commit-config.yaml": "repos:\n  - repo: meta\n    hooks:\n      - id: identity\n"},
    "prek": {"prek.toml": '[[repos]]\nrepo = "meta"\nhooks = [{ id = "identity" }]'},
    "lefthook": {"lefthook.yml": "pre-commit:\n  commands:\n    lint: { run: make lint }\n"},
    "lefthook in JSON": {"lefthook.json": '{"pre-commit": {"commands": {"lint": {"run": "make"}}}}'},
    "husky": {".husky/pre-commit": "npm test\n", ".husky/_/h": ""},
    "simple-git-hooks": {"package.json": '{\n\t"simple-git-hooks": {"pre-commit": "npm test"}\n}\n'},
}


@pytest.mark.parametrize(
    "manager",
    [pytest.param(name, marks=() if name in ("git", "pre-commit", "husky") else pytest.mark.slow) for name in MANAGERS],
)
def test_nothing_is_left_of_init_whoever_manages_the_hooks(bare_start: Work, program: Path, manager: str) -> None:
    work = bare_start
    for path, text in MANAGERS[manager].items():
        work.write(path, text)
    work.write(".github/CODEOWNERS", "/src/ @acme/web\n")
    work.write(".claude/settings.json", '{"model": "x",\t"hooks": {}}')
    work.commit("Files of others", *MANAGERS[manager], ".github", ".claude")
    work.git("worktree", "add", "-q", str(work.path.parent / "other"), "-b", "other")
    other = Work(work.path.parent / "other")
    before, elsewhere = snapshot(work.path), snapshot(other.path)
    clients = [word for name in NAMES for word in ("--client", name)]
    made = work.flaggit("init", "--yes", "--editor", *clients, "--json").data
    assert made["agents"] == ["@team.web"]
    for place in (work, other):
        place.flaggit("iam", "@team.web")
    other.flaggit("setup", "codex")
    other.flaggit("lock", "--files", "src/*", "--local")
    other.flaggit("unlock", "--holder", "@team.web")
    work.flaggit("uninstall", "--yes")
    assert snapshot(work.path) == before
    assert snapshot(other.path) == elsewhere
    assert work.git("status", "--porcelain", "--ignored") == ""


def test_on_a_terminal_it_asks_first(bare_start: Work, program: Path) -> None:
    bare_start.flaggit("init", "--yes")
    terminal = Terminal(bare_start.path, "uninstall")
    assert ".flags/catalog.yaml" in terminal.answer("Take it out? [y/N] ")
    assert terminal.finish() == 0
    assert (bare_start.path / ".flags/catalog.yaml").exists() and "Would take out" in terminal.shown
    terminal = Terminal(bare_start.path, "uninstall")
    terminal.answer("Take it out? [y/N] ", "y")
    assert terminal.finish() == 0
    assert not (bare_start.path / ".flags").exists()


def test_a_catalog_that_somebody_changed_stays(bare_start: Work, program: Path) -> None:
    bare_start.write("CODEOWNERS", "/src/ @acme/web\n")
    bare_start.flaggit("init", "--yes")
    bare_start.flaggit("agents", "edit", "@team.web", "--tag", "react")
    answer = bare_start.flaggit("uninstall", "--yes", "--json").data
    assert "codeowners.yaml" in answer["kept"][0]
    assert (bare_start.path / ".flags/catalog.yaml").exists()


def test_a_store_with_a_flag_stays_and_is_named(work: Work, program: Path) -> None:
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
    said = work.flaggit("uninstall", "--dry-run").out
    assert f"stays for now: @frontend.web holds {flag_id}" in said and "unlock --holder @frontend.web" in said
    answer = work.flaggit("uninstall", "--yes", "--json", status=4).json
    assert answer["code"] == "locked_by_other"
    work.flaggit(*answer["hint"].split()[1:])
    work.flaggit("uninstall", "--yes")
    assert work.git("for-each-ref", "refs/heads/flags", "refs/flaggit") == ""


def test_a_committed_store_that_nobody_changed_is_removed_from_the_index(bare_start: Work, program: Path) -> None:
    bare_start.flaggit("init")
    bare_start.commit("Init", ".flags")
    bare_start.flaggit("uninstall", "--yes")
    assert not (bare_start.path / ".flags").exists()
    assert {line[:2] for line in bare_start.git("status", "--porcelain").splitlines()} == {"D "}


def test_a_lock_of_merged_work_is_in_nobodys_way(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-qc", "task")
    work.flaggit("lock", flag_id, agent="@frontend.web")
    work.flaggit("complete", flag_id, "--commit", agent="@frontend.web")
    assert work.flaggit("uninstall", "--yes", "--json", status=4).json["code"] == "locked_by_other"
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "task")
    assert "for now" not in work.flaggit("uninstall", "--dry-run").out
    work.flaggit("uninstall", "--yes")
    assert work.git("for-each-ref", "refs/heads/flags") == ""


def test_hooks_in_a_folder_of_others_are_left_alone(bare_start: Work, tmp_path: Path) -> None:
    shared = tmp_path / "shared-hooks"
    shared.mkdir()
    bare_start.git("config", "core.hooksPath", str(shared))
    before = snapshot(bare_start.path)
    failed = bare_start.flaggit("init", "--yes", "--json", status=2).data["failed"]
    assert "lies outside this repository" in failed[0]["error"]
    assert list(shared.iterdir()) == []
    bare_start.flaggit("uninstall", "--yes")
    assert snapshot(bare_start.path) == before
