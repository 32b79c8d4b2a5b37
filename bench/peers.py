"""Other programs that keep work for agents beside the code: the same questions put to whichever is on PATH.

Each is filled through its own commands, or with the files that it documents, and asked what is open and to add one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_TITLE = "POST /orders answers 202 with a job id"


class Peer(NamedTuple):
    """One program.

    Attributes:
        name: As it is called.
        fill: Makes its store in a folder, with so many open issues.
        lines: What is measured: its name and the command line.
        differs: What it does less, or more, than flaggit for the same question.
    """

    name: str
    fill: Callable[[Path, int], None]
    lines: tuple[tuple[str, list[str]], ...]
    differs: str

    def is_here(self) -> bool:
        """Return whether it can be measured."""
        return shutil.which(self.name) is not None


def _run(folder: Path, *words: str) -> None:
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


def _fill_beads(name: str) -> Callable[[Path, int], None]:
    def fill(folder: Path, count: int) -> None:
        _run(folder, name, "init", "--prefix", "work")
        issues = (
            {
                "id": f"work-{number}",
                "title": f"{_TITLE} {number}",
                "status": "open",
                "priority": 2,
                "issue_type": "task",
                "created_at": "2026-11-24T10:00:00Z",
                "updated_at": "2026-11-24T10:00:00Z",
            }
            for number in range(count)
        )
        path = folder / ".beads" / "issues.jsonl"
        path.write_text("".join(json.dumps(issue) + "\n" for issue in issues))
        _run(folder, name, *(("import", str(path)) if name == "bd" else ("sync", "--import-only")))

    return fill


def _fill_tickets(folder: Path, count: int) -> None:
    (folder / ".tickets").mkdir()
    for number in range(count):
        text = (
            f"---\nid: work-{number:04}\nstatus: open\ndeps: []\nlinks: []\ncreated: 2026-11-24T10:00:00Z\n"
            f"type: task\npriority: 2\n---\n# {_TITLE} {number}\n\nPoll the job.\n"
        )
        (folder / ".tickets" / f"work-{number:04}.md").write_text(text)


def _fill_backlog(folder: Path, count: int) -> None:
    _run(folder, "backlog", "init", "bench", "--defaults")
    for number in range(1, count + 1):
        text = (
            f"---\nid: task-{number}\ntitle: {_TITLE} {number}\nstatus: To Do\nassignee: []\n"
            "created_date: '2026-11-24 10:00'\nlabels: []\ndependencies: []\n---\n\n## Description\n\nPoll the job.\n"
        )
        (folder / "backlog" / "tasks" / f"task-{number} - work-{number}.md").write_text(text)


def _fill_bugs(folder: Path, count: int) -> None:
    _run(folder, "git", "config", "user.name", "Bench")
    _run(folder, "git", "config", "user.email", "bench@example.org")
    _run(folder, "git-bug", "user", "new", "--name", "Bench", "--email", "bench@example.org", "--non-interactive")
    for number in range(count):
        words = ("--title", f"{_TITLE} {number}", "--message", "Poll the job.", "--non-interactive")
        _run(folder, "git-bug", "bug", "new", *words)


_ANSWER = "answers what may be worked on, from a database beside the files, for everybody and not for one agent."
PEERS = (
    Peer(
        "bd",
        _fill_beads("bd"),
        (("ready", ["bd", "ready", "--json"]), ("create", ["bd", "create", _TITLE, "--json"])),
        f"{_ANSWER} Nothing is staged.",
    ),
    Peer(
        "br",
        _fill_beads("br"),
        (("ready", ["br", "ready", "--json"]), ("create", ["br", "create", _TITLE, "--json"])),
        f"{_ANSWER} Nothing is staged, and no git process is started.",
    ),
    Peer(
        "tk",
        _fill_tickets,
        (("ready", ["tk", "ready"]), ("create", ["tk", "create", _TITLE])),
        "reads every file each time, in this worktree alone; nothing is validated or staged.",
    ),
    Peer(
        "backlog",
        _fill_backlog,
        (
            ("list", ["backlog", "task", "list", "--plain"]),
            ("create", ["backlog", "task", "create", _TITLE, "--plain"]),
        ),
        "reads every file each time, those of other branches too; it can commit by itself.",
    ),
    Peer(
        "git-bug",
        _fill_bugs,
        (
            ("list", ["git-bug", "bug", "--status", "open"]),
            ("create", ["git-bug", "bug", "new", "--title", _TITLE, "--message", "Poll.", "--non-interactive"]),
        ),
        "keeps issues in git's objects and refs alone; no file is written, none can be reviewed.",
    ),
)
