"""Real repositories to test in: a worktree, a remote that decides, clones of it, and what the tests say of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from reply_judge import judge

from bench.remotes import SshRemote, has_sshd
from flaggit.clone.identity import Actor
from flaggit.clone.session import Session
from flaggit.commands.setup.files import DRIVERS
from flaggit.core.errors import FlaggitError
from flaggit.core.ids import new_flag_id
from flaggit.core.model import Flag
from flaggit.git.repo import find_repo
from flaggit.git.staging import stage

PROJECT = Path(__file__).resolve().parent.parent
MAIN_AGENT = "@backend.api"
IMPATIENT = {"FLAGGIT_NETWORK_TIMEOUT": "5"}  # for remotes that never answer; enough for what answers at all
NEEDED = bool(os.environ.get("FLAGGIT_CI"))  # in CI every transport must really run
DRIVER = DRIVERS["merge.flaggit.driver"].replace("flaggit merge-driver", f"{sys.executable} -m flaggit merge-driver", 1)

LONG_CHANGE = "POST /orders answers 202 with a job id; a queue worker creates the order afterwards."
LONG_ACTION = (
    "Poll GET /jobs/{id} in src/orders/client.ts instead of reading the order from the response, and drop the"
    " retry on 409, which can no longer occur."
)

CATALOG = """\
schema: 1
agents:
  "@backend.api":
    description: "Designs and versions the public HTTP API."
    capabilities: ["OpenAPI", "pagination"]
    tags: ["api", "rest"]
    owns: ["/api/"]
    identities: [{email: "ann@example.org"}]
  "@backend.queue":
    description: "Runs the queue workers and their retries."
    tags: ["queue", "worker"]
    owns: ["/workers/"]
  "@frontend.web":
    description: "Builds the web client."
    tags: ["react", "client"]
    owns: ["/src/"]
    identities: [{email: "web@example.org"}]
  "@team.platform":
    description: "Whoever of the platform team is free."
    members: ["@backend.api", "@backend.queue"]
"""


class Answer:
    """What a program answered; ``json`` decodes its standard output."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def data(self):
        """The ``data`` of a JSON envelope."""
        return self.json["data"]

    def __repr__(self) -> str:
        return f"<status {self.status}\nout: {self.out}\nerr: {self.err}>"


class Work:
    """A worktree of a real repository: runs git and flaggit in it as processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *arguments: str, check: bool = True, input: str | None = None, env: dict | None = None) -> str:
        """Run git and return its standard output without the last newline; ``check`` demands success."""
        done = self.run("git", *arguments, input=input, env=env)
        assert done.status == 0 or not check, f"git {' '.join(arguments)}: {done}"
        return done.out.rstrip("\n")

    def flaggit(
        self,
        *arguments: str,
        agent: str | None = None,
        status: int | None = 0,
        cwd: str = "",
        input: str | None = None,
        env: dict | None = None,
    ) -> Answer:
        """Run flaggit as a process of its own; ``status`` is what it has to exit with (None: anything)."""
        variables = dict(env or {})
        if agent:
            variables["FLAGGIT_AGENT"] = agent
        answer = self.run(sys.executable, "-m", "flaggit", *arguments, input=input, env=variables, cwd=cwd)
        assert status is None or answer.status == status, f"flaggit {' '.join(arguments)}: {answer}"
        assert "Traceback (most recent call last)" not in answer.err, answer
        if answer.out.startswith("{"):
            assert judge(answer.out) == [], f"flaggit {' '.join(arguments)}: {answer.out}"
        return answer

    def run(
        self, *argv: str, input: str | None = None, env: dict | None = None, cwd: str = "", timeout: float = 600
    ) -> Answer:
        done = subprocess.run(
            argv,
            cwd=self.path / cwd,
            env={**os.environ, **(env or {})},
            input=input if input is not None else "",
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Answer(done)

    def write(self, name: str, content: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def read(self, name: str) -> str:
        return (self.path / name).read_text()

    def commit(self, message: str = "work", *names: str) -> str:
        """Commit what is staged (after adding ``names``) and return the commit's id."""
        if names:
            self.git("add", "--", *names)
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def worktree(self, name: str, branch: str | None = None, base: str = "HEAD") -> Work:
        """Add a linked worktree beside this one, on a new branch of that name."""
        path = self.path.parent / name
        self.git("worktree", "add", "-q", "-b", branch or name, str(path), base)
        return Work(path)

    def session(self) -> Session:
        """A session in this process, for verbs called as functions."""
        return Session(find_repo(str(self.path)))

    def raise_flag(self, source: str = "@backend.api", target: str = "@frontend.web", **changes: object) -> str:
        """Write a valid flag straight through the store (staged, not committed) and return its id."""
        values = {
            "id": new_flag_id(),
            "flag_type": "change",
            "impact_level": "medium",
            "source_agent": source,
            "target_agent": target,
            "change_description": LONG_CHANGE,
            "action_required": LONG_ACTION,
            "created_at": "2026-11-23T14:00:00Z",
        }
        values.update(changes)
        flag = Flag(**values)
        session = self.session()
        path = session.store.add_flag(flag)
        stage(session.repo, [path])
        return flag.id


class Hub:
    """A bare repository that decides, and clones of it."""

    def __init__(self, path: Path, url: str, work: Work) -> None:
        self.path = path
        self.url = url
        self.flag = work.raise_flag()
        self.folder = path.parent
        work.commit("raise")
        work.git("clone", "-q", "--bare", ".", str(path))
        work.run("git", "-C", str(path), "config", "http.receivepack", "true")
        self.work = Work(path)

    def clone(self, name: str, *options: str) -> Work:
        subprocess.run(["git", "clone", "-q", *options, self.url, str(self.folder / name)], check=True)
        return Work(self.folder / name)

    def refs(self) -> list[str]:
        """The lock refs that the remote holds."""
        return self.work.git("for-each-ref", "--format=%(refname)", "refs/heads/flags", "refs/flaggit").splitlines()

    def lock_oid(self) -> str:
        return self.work.git("rev-parse", "--verify", "--quiet", f"refs/heads/flags/lock/{self.flag}", check=False)

    def refuse(self, rule: str) -> None:
        """Install a pre-receive hook of ``rule``: shell over $old $new $ref, exit 1 refuses."""
        hook = self.path / "hooks" / "pre-receive"
        hook.write_text(f"#!/bin/sh\nwhile read old new ref; do\n{rule}\ndone\n")
        hook.chmod(0o755)


def start_ssh(folder: Path) -> SshRemote:
    if not has_sshd():
        assert not NEEDED
        pytest.skip("no ssh server is installed")
    try:
        return SshRemote(folder, folder / "ssh")
    except RuntimeError as error:
        assert not NEEDED, error
        pytest.skip(f"the ssh server cannot be started: {error}")


def at(work: Work, now: float | None = None, *, offline: bool = False) -> Session:
    return Session(find_repo(str(work.path)), now=now, offline=offline)


def actor_of(work: Work, handle: str = "@frontend.web") -> Actor:
    return at(work).get_actor(handle)


def code_of(call, *arguments, **options) -> str:
    with pytest.raises(FlaggitError) as caught:
        call(*arguments, **options)
    return caught.value.code
