"""A bare repository with the server's hook, and pushes to it, for the tests of what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from repositories import PROJECT, Work

from flaggit.clone.lock_message import format_message
from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.core.times import format_time
from flaggit.documents.canonical import dump_document

START = int(time.time())  # of every lock here: a renewal keeps it
ANN, BO = {"FLAGGIT_PUSHER": "@backend.api"}, {"FLAGGIT_PUSHER": "@frontend.web"}


class Server:
    """A bare repository with the hook, and clones of it."""

    def __init__(self, folder: Path, origin: Path) -> None:
        self.folder = folder
        self.path = folder / "shop.git"
        subprocess.run(["git", "clone", "-q", "--bare", str(origin), str(self.path)], check=True)
        self.git = Work(self.path).git
        shutil.copy(PROJECT / "hooks" / "pre-receive", self.path / "hooks" / "pre-receive")
        program = folder / "bin" / "flaggit"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\necho started >>{folder}/started\nexec "{sys.executable}" -m flaggit "$@"\n')
        program.chmod(0o755)
        os.environ["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    @property
    def starts(self) -> int:
        """How often the hook started Python."""
        log = self.folder / "started"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def clone(self, name: str = "clone", url: str = "") -> Work:
        subprocess.run(["git", "clone", "-q", url or str(self.path), str(self.folder / name)], check=True)
        return Work(self.folder / name)

    def require_identity(self) -> None:
        self.git("config", "flaggit.requireIdentity", "true")


def push(work: Work, *refs: str, options: tuple[str, ...] = (), env: dict | None = None):
    return work.run("git", "push", *options, "origin", *(refs or ("HEAD",)), env=env)


def refused(answer, *words: str) -> None:
    assert answer.status == 1 and "pre-receive hook declined" in answer.err, answer
    assert all(word in answer.err for word in words), answer


def complete(work: Work, flag_id: str, who: str) -> None:
    fields = {"schema": 1, "id": flag_id, "completed_by": who, "completed_at": "2026-11-23T15:00:00Z"}
    path = work.path / ".flags" / "done" / f"{flag_id}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(dump_document("completion", {**fields, "resolution": "done"}))
    work.commit("done", ".flags")


def lock_commit(work: Work, flag_id: str = "k7m2q0x", parent: str = "", **changes: object) -> str:
    """Store a lock commit as a client would and return its id."""
    lock = Lock(flag_id, "@backend.api", "i1", "t1", format_time(START), format_time(START + 6 * 3600), nonce="n1")
    tree = work.git("mktree", input="")
    arguments = ["commit-tree", tree, *(("-p", parent) if parent else ())]
    return work.git(*arguments, input=format_message(replace(lock, **changes)))


def push_lock(work: Work, oid: str, flag_id: str = "k7m2q0x", env: dict | None = None):
    return push(work, f"{oid}:refs/heads/flags/lock/{flag_id}", env=env, options=("--force",))
