"""Random histories of a clone: whatever happens to files, refs and caches, answers are those that no cache gives."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import pytest
from repositories import LONG_ACTION, LONG_CHANGE, Work

from flaggit.clone import backlinks, pending_names, value_cache
from flaggit.clone.session import Session
from flaggit.core.layout import completion_path, flag_path
from flaggit.core.model import Completion, Flag, Row, completion_document, flag_document
from flaggit.documents.canonical import dump_document
from flaggit.git import stamps
from flaggit.git.repo import find_repo

AGENTS = ("@backend.api", "@backend.queue", "@frontend.web")
STEPS = 30
STABLE = 0.03  # seconds, several of the kernel's ticks; two in earnest
NO_FLAG = "id: ["


class History:
    """A clone with a second worktree, to which something happens at each ``step``."""

    def __init__(self, work: Work, seed: int) -> None:
        self.chance = random.Random(seed)
        self.places = [work, work.worktree("second")]
        self.count = 0

    def step(self) -> str:
        """Do one thing and return what it was."""
        doing = [self.create, self.create, self.ask, self.complete, self.complete, self.reopen, self.edit_in_place]
        doing += [self.replace, self.remove, self.damage_flag, self.commit, self.switch, self.merge, self.restore]
        doing += [self.damage_cache, self.look]
        chosen = self.chance.choice(doing)
        chosen(self.chance.choice(self.places))
        return chosen.__name__

    def create(self, work: Work, re: str | None = None) -> None:
        self.count += 1
        flag = Flag(
            id=f"m{self.count:06}",
            flag_type="information_request" if re else "change",
            impact_level="medium",
            source_agent=self.chance.choice(AGENTS),
            target_agent=self.chance.choice(AGENTS),
            change_description=LONG_CHANGE,
            action_required=LONG_ACTION,
            created_at="2026-11-24T10:00:00Z",
            re=re,
        )
        work.write(flag_path(flag), dump_document("flag", flag_document(flag)).decode())

    def ask(self, work: Work) -> None:
        if flags := self._flags(work):
            self.create(work, re=self.chance.choice(flags).stem)

    def complete(self, work: Work) -> None:
        if flags := self._flags(work):
            done = Completion(self.chance.choice(flags).stem, self.chance.choice(AGENTS), "2026-11-24T11:00:00Z")
            work.write(completion_path(done.id), dump_document("completion", completion_document(done)).decode())

    def reopen(self, work: Work) -> None:
        if done := sorted((work.path / ".flags" / "done").glob("*.yaml")):
            self.chance.choice(done).unlink()

    def edit_in_place(self, work: Work) -> None:
        """As an editor that keeps the file, and a tool that puts its time back: size, inode and time stay."""
        if flags := self._flags(work):
            path = self.chance.choice(flags)
            before, text = path.stat(), path.read_text()
            with path.open("r+") as file:
                file.write(text.replace(" answers ", self.chance.choice((" returns ", " replies "))))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def replace(self, work: Work) -> None:
        if flags := self._flags(work):
            path = self.chance.choice(flags)
            other = work.write(
                "other.yaml", path.read_text().replace("POST /orders", self.chance.choice(("PUT", "GET")))
            )
            os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
            other.replace(path)

    def remove(self, work: Work) -> None:
        if flags := self._flags(work):
            self.chance.choice(flags).unlink()

    def damage_flag(self, work: Work) -> None:
        if flags := self._flags(work):
            self.chance.choice(flags).write_text(NO_FLAG)

    def commit(self, work: Work) -> None:
        work.commit("work", ".flags")

    def switch(self, work: Work) -> None:
        branch = self.chance.choice(("one", "two", "three"))
        work.git("switch", "-q", *([] if branch in work.git("branch", "--list") else ["-c"]), branch, check=False)

    def merge(self, work: Work) -> None:
        branches = work.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
        if work.run("git", "merge", "-q", "-m", "merge", self.chance.choice(branches)).status:
            work.git("merge", "--abort", check=False)

    def restore(self, work: Work) -> None:
        work.git("checkout", "-q", "--", ".flags", check=False)

    def damage_cache(self, work: Work) -> None:
        for path in caches_of(work):
            if self.chance.random() < 0.3:
                data = path.read_bytes()
                at = self.chance.randrange(len(data) + 1)
                path.write_bytes(data[:at] + self.chance.choice((b"", b"\0" + data[at + 1 :])))

    def look(self, work: Work) -> None:
        answers(work)

    def _flags(self, work: Work) -> list[Path]:
        return sorted(path for agent in AGENTS for path in (work.path / ".flags" / agent[1:]).glob("m*.yaml"))


def caches_of(work: Work) -> list[Path]:
    folder = Path(find_repo(str(work.path)).own_state_dir)
    return sorted(path for path in folder.rglob("*.cache") if path.is_file())


def answers(work: Work) -> list[object]:
    """Return what a worktree answers to all kinds of questions."""
    session = Session(find_repo(str(work.path)))
    found: list[object] = []
    for status in ("pending", "completed", "all"):
        found += [status, [plain(row) for row in session.clone.rows(status=status)]]
    for agent in AGENTS:
        found += [agent, [plain(row) for row in session.clone.rows(targets=[agent])]]
        found += [[(asked.row.flag.id, asked.state) for asked in session.clone.discussions.by(agent)]]
        found += [[plain(row) for row in session.clone.rows(targets=[agent], here=True)]]
    found += [session.clone.count_pending(), sorted(problem.message for problem in session.clone.problems)]
    return found


def plain(row: Row) -> tuple[object, ...]:
    done = row.completion
    flag = tuple(flag_document(row.flag).items())
    return flag, row.path, row.place, row.actionable, row.waits_on, done and done.completed_by, row.completed_on


def without_caches(work: Work, aside: Path) -> list[object]:
    """Return what it answers with nothing remembered; what was remembered is there again afterwards."""
    folder = Path(find_repo(str(work.path)).own_state_dir)
    if not folder.exists():
        return answers(work)
    folder.rename(aside)
    try:
        return answers(work)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_caches_change_no_answer(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    for module, name in ((value_cache, "MANY"), (pending_names, "_MANY"), (backlinks, "_FEW")):
        monkeypatch.setattr(module, name, 0)  # a store of sixty files is a large one here
    monkeypatch.setattr("flaggit.clone.scope.MANY", 0)
    monkeypatch.setattr(stamps, "_STABLE", int(STABLE * 1e9))
    history = History(work, seed)
    for number in range(15):
        history.create(history.places[number % 2])
    history.commit(work)
    trail = []
    for _ in range(STEPS):
        trail.append(history.step())
        if history.chance.random() < 0.5:
            time.sleep(STABLE * 1.5)
        for place in history.places:
            assert answers(place) == without_caches(place, tmp_path / "aside"), trail
    assert {"names", "links", "values"} <= {path.parent.name for path in caches_of(work)}
    copy = tmp_path / "copy"
    shutil.copytree(work.path, copy, symlinks=True)
    assert answers(Work(copy)) == without_caches(Work(copy), tmp_path / "aside")
