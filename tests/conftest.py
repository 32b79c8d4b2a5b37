"""What every test stands on: real git, a fixed environment, repositories copied from a template built once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
from effort import EVERY
from repositories import CATALOG, NEEDED, PROJECT, Hub, Work, start_ssh

from bench.remotes import HttpRemote, has_http_backend

# The same examples in every run: a failure is the change's, not chance's. `make test-all` draws four times as many,
# FLAGGIT_RANDOM=1 others.
UNTIMED: dict = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("steady", **UNTIMED, derandomize=True, database=None, max_examples=EVERY // 4)
hypothesis.settings.register_profile("thorough", **UNTIMED, derandomize=True, database=None, max_examples=EVERY)
hypothesis.settings.register_profile("random", **UNTIMED, max_examples=EVERY)
hypothesis.settings.load_profile("random" if os.environ.get("FLAGGIT_RANDOM") else "steady")

# A job that a script starts in the background ignores Ctrl-C, and so would each program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where to find further data, and which kinds of repositories git makes, for a run over all tests.
KEPT = ("FLAGGIT_TEST_DATA", "GIT_DEFAULT_HASH", "GIT_DEFAULT_REF_FORMAT")

GIT_CONFIG = """\
[user]
	name = Ann Example
	email = ann@example.org
[init]
	defaultBranch = main
[commit]
	gpgSign = false
[advice]
	detachedHead = false
[protocol "file"]
	allow = always
[gc]
	auto = 0
[safe]
	bareRepository = all
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Fix home, configuration, identity and locale; hide whatever agent runs the tests."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(GIT_CONFIG)
    for name in list(os.environ):
        if name.startswith(("GIT_", "FLAGGIT_", "XDG_")) and name not in KEPT:
            monkeypatch.delenv(name)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # compiling anew is two thirds of a call
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit and a store with a catalog; copied, never changed."""
    path = tmp_path_factory.mktemp("template") / "repo"
    env = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    identity = ["-c", "user.name=Ann Example", "-c", "user.email=ann@example.org"]

    def git(*arguments: str) -> None:
        subprocess.run(["git", *identity, *arguments], cwd=path, env=env, check=True, capture_output=True)

    path.mkdir()
    git("init", "-q", "-b", "main", ".")
    (path / "README.md").write_text("A shop.\n")
    (path / "src").mkdir()
    (path / "src" / "client.ts").write_text("export {}\n")
    (path / ".flags").mkdir()
    (path / ".flags" / "catalog.yaml").write_text(CATALOG)
    git("add", "-A")
    git("commit", "-q", "-m", "Begin")
    return path


@pytest.fixture
def work(template: Path, tmp_path: Path) -> Work:
    """A fresh copy of the template repository."""
    path = tmp_path / "repo"
    shutil.copytree(template, path, symlinks=True)
    return Work(path)


@pytest.fixture
def file_refs(work: Work) -> None:
    """Refs kept as files in ``work``, whatever git makes by default: for what is cheap, or broken, only there."""
    if (work.path / ".git" / "reftable").exists():
        work.git("refs", "migrate", "--ref-format=files")


@pytest.fixture
def data_folder() -> Path:
    """The folder of further data that is not part of the project; the test is skipped where it is absent."""
    folder = os.environ.get("FLAGGIT_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("FLAGGIT_TEST_DATA names no folder")
    return Path(folder)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder on PATH with a ``flaggit`` that runs this checkout."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "flaggit"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m flaggit "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def hub(work: Work, tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub.git", str(tmp_path / "hub.git"), work)


@pytest.fixture
def web(work: Work, tmp_path: Path):
    """A hub behind http, as (hub, server)."""
    if not has_http_backend():
        assert not NEEDED
        pytest.skip("git http-backend is not installed")
    server = HttpRemote(tmp_path)
    yield Hub(tmp_path / "hub.git", server.url("hub.git"), work), server
    server.close()


@pytest.fixture(params=["file", "http", "ssh"])
def any_hub(request: pytest.FixtureRequest, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if request.param == "file":
        yield Hub(tmp_path / "hub.git", str(tmp_path / "hub.git"), work)
    elif request.param == "http":
        yield request.getfixturevalue("web")[0]
    else:
        server = start_ssh(tmp_path)
        monkeypatch.setenv("GIT_SSH_COMMAND", server.command)
        yield Hub(tmp_path / "hub.git", server.url("hub.git"), work)
        server.close()
