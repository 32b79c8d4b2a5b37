"""The real husky and lefthook, installed by npm: what flaggit prints for them works as printed."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from repositories import PROJECT, Work

pytestmark = pytest.mark.slow
WEB = "@frontend.web"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a ``flaggit`` program on PATH, as an installation does."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "flaggit"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m flaggit "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def install(work: Work, package: str) -> None:
    """Install a package from npm beside the repository's files, or skip where that cannot be done here."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    work.write("package.json", '{"private": true}\n')
    work.write(".gitignore", "node_modules\npackage*.json\n")
    answer = work.run("npm", "install", "--no-audit", "--no-fund", "--save-dev", package)
    if answer.status != 0:
        pytest.skip(f"npm could not install {package}")


def add_printed_lines(work: Work) -> None:
    """Add what ``hooks install`` prints to the files that it names."""
    name = ""
    for line in work.flaggit("hooks", "install").out.splitlines():
        if line.startswith("# in "):
            name = line.removeprefix("# in ").partition(";")[0]
            continue
        with (work.path / name).open("a") as file:
            file.write(line + "\n")


def use_hooks(work: Work) -> None:
    """Raise and complete a flag with plain commits; the trailer is written, and a false one refused."""
    flag_id = work.raise_flag()
    work.git("commit", "-qm", "Raise")
    work.flaggit("complete", flag_id, agent=WEB)
    work.git("commit", "-qm", "Poll")
    assert work.git("log", "-1", "--format=%(trailers:key=Completes-Flag,valueonly)").strip() == flag_id
    refused = work.run("git", "commit", "--allow-empty", "-qm", "Lie\n\nCompletes-Flag: zzzzzz2")
    assert refused.status == 1 and "zzzzzz2" in refused.err + refused.out
    states = work.flaggit("hooks", "status").out
    assert states.count("runs flaggit") == 4


def test_husky(work: Work, program: None) -> None:
    install(work, "husky")
    work.run("npx", "husky")
    assert work.git("config", "core.hooksPath") == ".husky/_"
    add_printed_lines(work)
    use_hooks(work)


def test_husky_in_a_folder_of_its_own(work: Work, program: None) -> None:
    install(work, "husky")
    work.run("npx", "husky", "web/.husky")
    assert work.git("config", "core.hooksPath") == "web/.husky/_"
    add_printed_lines(work)
    use_hooks(work)


@pytest.mark.parametrize(
    "name",
    ["lefthook.yml", "lefthook.toml"],
)
def test_lefthook(work: Work, program: None, name: str) -> None:
    install(work, "lefthook")
    work.write(name, "pre-push: {}\n" if name.endswith("yml") else "[pre-push]\n")
    add_printed_lines(work)
    assert work.run("npx", "lefthook", "install").status == 0
    use_hooks(work)
