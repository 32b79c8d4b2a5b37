"""Stores of a given size for benchmarks: written through flaggit's own writer, committed by git."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path
from typing import NamedTuple

from flaggit.core.ids import LETTERS
from flaggit.core.layout import CATALOG, STORE, completion_path, flag_path
from flaggit.core.model import Completion, Flag, completion_document, flag_document
from flaggit.documents.canonical import dump_document

_DOMAINS = ("backend", "frontend", "database", "service")
AGENTS = [f"@{domain}.module{number}" for number in range(13) for domain in _DOMAINS]
TARGETS = 40  # agents that a grown store's flags are for
BUSY = AGENTS[0]  # who has one in forty of them, and all but ten done
_TYPES = ("change", "refactor", "enhancement", "deprecation", "new_feature")
_LEVELS = ("high", "medium", "low")
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


class Grown(NamedTuple):
    """What is in a grown store: a pending flag of ``BUSY``, and the pending flags of the others."""

    mine: str
    others: list[str]


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
    write(path, CATALOG, f"schema: 1\nagents:\n{entries}".encode())
    flags = write_flags(path, size, random.Random(seed))
    for flag in flags[: int(size * done)]:
        completion = Completion(flag.id, flag.target_agent or "", "2026-11-24T10:00:00Z")
        write(path, completion_path(flag.id), dump_document("completion", completion_document(completion)))
    commit(path)
    return flags[-1].id if flags else ""


def make_grown_store(path: Path, size: int, *, worktrees: int = 12, whole: int = 1, seed: int = 3) -> Grown:
    """Make a repository as years of work leave one: nine flags of ten done, one busy agent, many worktrees.

    Args:
        path: The new repository's folder; the worktrees come to lie beside it.
        size: How many flags.
        worktrees: How many worktrees there are besides, with 40 uncommitted flags each.
        whole: How many of those have all files checked out; the others hold their own flags alone.
        seed: Two stores of one seed are equal.
    """
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    chance = random.Random(seed)
    targets = AGENTS[:TARGETS]
    entries = "".join(f'  "{agent}":\n    description: "Does {agent[1:]}."\n' for agent in sorted(AGENTS))
    files = {CATALOG: f"schema: 1\nagents:\n{entries}".encode()}
    pending = []
    for number in range(size):
        target = BUSY if number % 40 == 0 else chance.choice(targets[1:])
        flag = make_flag(number, chance, target)
        files[flag_path(flag)] = dump_document("flag", flag_document(flag))
        # every tenth is pending, but for the agent that is asked about: ten of all of its own are
        if (number // 40 < 10) if target == BUSY else chance.random() < 0.1:
            pending.append(flag)
        else:
            completion = Completion(flag.id, target, "2026-11-24T10:00:00Z")
            files[completion_path(flag.id)] = dump_document("completion", completion_document(completion))
    import_files(path, files)
    for number in range(worktrees):
        worktree = path.parent / f"{path.name}-worktree-{number}"
        checkout = [] if number < whole else ["--no-checkout"]
        git(path, "worktree", "add", "--quiet", "--detach", *checkout, str(worktree), "main")
        write_flags(worktree, 40, chance)
    return Grown(pending[0].id, [flag.id for flag in pending if flag.target_agent != BUSY])


def import_files(path: Path, files: dict[str, bytes]) -> None:
    """Commit files of the store and check them out: one pack, where adding each would write an object a file."""
    marks = path / ".git" / "marks"
    with subprocess.Popen(
        ["git", "fast-import", "--quiet", f"--export-marks={marks}"], cwd=path, stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        for number, data in enumerate(files.values(), 1):
            process.stdin.write(f"blob\nmark :{number}\ndata {len(data)}\n".encode() + data + b"\n")
        process.stdin.close()
    oids = dict(line.split() for line in marks.read_text().splitlines())
    marks.unlink()
    folders: dict[str, list[str]] = {}
    for number, name in enumerate(files, 1):
        folder, _, file = name.removeprefix(f"{STORE}/").rpartition("/")
        folders.setdefault(folder, []).append(f"100644 blob {oids[f':{number}']}\t{file}\n")
    top = folders.pop("")
    top += [f"040000 tree {make_tree(path, entries)}\t{folder}\n" for folder, entries in folders.items()]
    tree = make_tree(path, [f"040000 tree {make_tree(path, top)}\t{STORE}\n"])
    git(path, "update-ref", "refs/heads/main", git(path, "commit-tree", "-m", "Flags", tree))
    git(path, "reset", "--quiet", "--hard")


def make_tree(path: Path, entries: list[str]) -> str:
    """Return the id of a new tree, its entries given as ``git ls-tree`` prints them."""
    return git(path, "mktree", given="".join(entries))


def write_flags(path: Path, size: int, chance: random.Random) -> list[Flag]:
    """Write ``size`` flags into a worktree and return them."""
    flags = []
    for number in range(size):
        flag = make_flag(number, chance, chance.choice(AGENTS))
        write(path, flag_path(flag), dump_document("flag", flag_document(flag)))
        flags.append(flag)
    return flags


def make_flag(number: int, chance: random.Random, target: str) -> Flag:
    """Return a flag to ``target``, as long as flags are."""
    return Flag(
        id=chance.choice(LETTERS) + "".join(chance.choice(_DIGITS) for _ in range(6)),
        flag_type=chance.choice(_TYPES),
        impact_level=chance.choice(_LEVELS),
        source_agent=chance.choice(AGENTS),
        target_agent=target,
        change_description=f"Endpoint {number} answers 202 with a job id; a queue worker makes the record.",
        action_required=f"Poll GET /jobs/{number} until it names the record, instead of reading it from the answer,"
        " and drop the retry, which no longer occurs.",
        created_at=f"2026-11-{1 + number % 23:02}T{number % 24:02}:00:00Z",
        related_files=(f"src/module{number % 97}.py",),
    )


def write(root: Path, name: str, data: bytes) -> None:
    """Write a file below ``root``."""
    target = root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def commit(path: Path) -> None:
    """Commit everything."""
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--allow-empty", "--message", "Flags")


def git(path: Path, *arguments: str, given: str | None = None) -> str:
    """Run git in a repository as the benchmark's own author and return what it says."""
    identity = {"GIT_AUTHOR_NAME": "Bench", "GIT_AUTHOR_EMAIL": "bench@example.org"}
    identity |= {"GIT_COMMITTER_NAME": "Bench", "GIT_COMMITTER_EMAIL": "bench@example.org"}
    environment = {**os.environ, **identity}
    words = ["git", *arguments]
    done = subprocess.run(words, cwd=path, env=environment, check=True, capture_output=True, text=True, input=given)
    return done.stdout.strip()
