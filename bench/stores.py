"""Stores of a given size for benchmarks: written through flaggit's own writer, committed by git."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

from flaggit.core.ids import LETTERS
from flaggit.core.layout import completion_path, flag_path
from flaggit.core.model import Completion, Flag, completion_document, flag_document
from flaggit.documents.canonical import dump_document

_DOMAINS = ("backend", "frontend", "database", "service")
AGENTS = [f"@{domain}.module{number}" for number in range(13) for domain in _DOMAINS]
_TYPES = ("change", "refactor", "enhancement", "deprecation", "new_feature")
_LEVELS = ("high", "medium", "low")
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def make_store(path: Path, size: int, *, done: float = 0.0, seed: int = 1) -> str:
    """Make a repository with ``size`` committed flags to 52 agents; return an id, empty where there is none.

    Args:
        path: The new repository's folder.
        size: How many flags.
        done: The share of them that is completed.
        seed: Two stores of one seed are equal.
    """
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    entries = "".join(f'  "{agent}":\n    description: "Does {agent[1:]}."\n' for agent in sorted(AGENTS))
    write(path, ".flags/catalog.yaml", f"schema: 1\nagents:\n{entries}".encode())
    flags = write_flags(path, size, random.Random(seed))
    for flag in flags[: int(size * done)]:
        completion = Completion(flag.id, flag.target_agent or "", "2026-11-24T10:00:00Z")
        write(path, completion_path(flag.id), dump_document("completion", completion_document(completion)))
    commit(path)
    return flags[-1].id if flags else ""


def make_wide_clone(path: Path) -> Path:
    """Make a clone with 12 worktrees of 40 uncommitted flags each and 50 unmerged branches with 20 flags each."""
    make_store(path, 100)
    chance = random.Random(2)
    git(path, "branch", "base")
    for number in range(50):
        git(path, "switch", "--quiet", "--create", f"branch-{number}", "base")
        write_flags(path, 20, chance)
        commit(path)
    git(path, "switch", "--quiet", "main")
    for number in range(12):
        worktree = path.parent / f"worktree-{number}"
        git(path, "worktree", "add", "--quiet", "--detach", str(worktree), "main")
        write_flags(worktree, 40, chance)
    return path


def write_flags(path: Path, size: int, chance: random.Random) -> list[Flag]:
    """Write ``size`` flags into a worktree and return them."""
    flags = []
    for number in range(size):
        flag = Flag(
            id=chance.choice(LETTERS) + "".join(chance.choice(_DIGITS) for _ in range(6)),
            flag_type=chance.choice(_TYPES),
            impact_level=chance.choice(_LEVELS),
            source_agent=chance.choice(AGENTS),
            target_agent=chance.choice(AGENTS),
            change_description=f"Endpoint {number} answers 202 with a job id; a queue worker makes the record.",
            action_required=f"Poll GET /jobs/{number} until it names the record, instead of reading it from the answer,"
            " and drop the retry, which no longer occurs.",
            created_at=f"2026-11-{1 + number % 23:02}T{number % 24:02}:00:00Z",
            related_files=(f"src/module{number % 97}.py",),
        )
        write(path, flag_path(flag), dump_document("flag", flag_document(flag)))
        flags.append(flag)
    return flags


def write(root: Path, name: str, data: bytes) -> None:
    """Write a file below ``root``."""
    target = root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def commit(path: Path) -> None:
    """Commit everything."""
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--allow-empty", "--message", "Flags")


def git(path: Path, *arguments: str) -> None:
    """Run git in a repository as the benchmark's own author."""
    identity = {"GIT_AUTHOR_NAME": "Bench", "GIT_AUTHOR_EMAIL": "bench@example.org"}
    identity |= {"GIT_COMMITTER_NAME": "Bench", "GIT_COMMITTER_EMAIL": "bench@example.org"}
    subprocess.run(["git", *arguments], cwd=path, env={**os.environ, **identity}, check=True, capture_output=True)
