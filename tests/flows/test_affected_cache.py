"""Whom a change affects, over random histories and caches in every state: as if there had been no cache."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from flaggit.clone.session import Session
from flaggit.git.repo import find_repo
from flaggit.impact import past, word_index
from flaggit.impact.asking import Answer, find_affected

NAMES = [f"name{number}" for number in range(30)]
FILES = [
    f"{folder}/{name}" for folder in ("api", "web", "lib/x", "lib/y") for name in ("one.py", "two.ts", "package.json")
]


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a history of forty commits reaches, so that what is cut off, merged and begun anew is tried."""
    for module, limits in (
        (past, {"WINDOW": 8, "_READ": 11, "_KEPT": 12, "_AT_ONCE": 3}),
        (word_index, {"_SEGMENTS": 2, "_MOST": 25, "_SAVED": 4, "_AT_ONCE": 3}),
    ):
        for name, value in limits.items():
            monkeypatch.setattr(module, name, value)


def content(chance: random.Random, path: str) -> str:
    if path.endswith("package.json"):
        return f'{{"name": "@shop/{chance.choice("ab")}"}}\n'
    head = "import { name1 } from '@shop/a/one'\nimport { name2 } from '../api/one'\n" if path.endswith("ts") else ""
    return head + "".join(f"def {name}(): {chance.choice(NAMES)}\n" for name in chance.sample(NAMES, 3))


def make_history(folder: Path, chance: random.Random) -> list[str]:
    """A bare repository of commits as rebases, amendments, merges and unrelated branches leave them; their ids."""
    script, clock = "", 1_700_000_000
    for mark in range(1, 41):
        clock += chance.choice((0, 0, 60, 3600))
        before = [] if mark == 1 or chance.random() < 0.03 else [chance.choice((mark - 1, chance.randrange(1, mark)))]
        if before and mark > 2 and chance.random() < 0.2:
            before += [chance.choice([other for other in range(1, mark) if other not in before])]
        script += f"commit refs/heads/c{mark}\nmark :{mark}\ncommitter A <a@example.org> {clock} +0000\ndata 1\nx\n"
        script += "".join(f"{word} :{parent}\n" for word, parent in zip(("from", "merge"), before, strict=False))
        for path in chance.sample(FILES, chance.randint(0, 4)):
            if before and chance.random() < 0.15:
                script += f"D {path}\n"
            else:
                text = content(chance, path)
                script += f"M 100644 inline {path}\ndata {len(text)}\n{text}\n"
        script += "\n"
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=script.encode(), check=True)
    listed = subprocess.run(
        ["git", "for-each-ref", "--format=%(objectname)"], cwd=folder, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def spoil(state: Path, chance: random.Random, older: dict[str, bytes]) -> None:
    """Lose a file of the cache, cut it short as a full disk does, or bring back what another process saved before."""
    files = sorted(state.glob("impact-*"))
    if not files:
        return
    file = chance.choice(files)
    fate = chance.choice(("lost", "cut", "older", "kept"))
    if fate == "lost":
        file.unlink()
    elif fate == "cut":
        data = file.read_bytes()
        file.write_bytes(data[: chance.randrange(len(data))])
    elif fate == "older" and file.name in older:
        file.write_bytes(older[file.name])
    else:
        older.update((one.name, one.read_bytes()) for one in state.glob("impact-*"))


def forget(folder: Path, kept: list[str]) -> None:
    """Delete all branches but those of some commits, and what only the others reached."""
    lines = subprocess.run(["git", "show-ref"], cwd=folder, capture_output=True, text=True, check=True).stdout
    gone = [ref for oid, ref in (line.split(" ") for line in lines.splitlines()) if oid not in kept]
    orders = "".join(f"delete {ref}\n" for ref in gone)
    subprocess.run(["git", "update-ref", "--stdin"], cwd=folder, input=orders.encode(), check=True)
    subprocess.run(["git", "gc", "-q", "--prune=now"], cwd=folder, check=True)


def answer(folder: Path, span: str) -> Answer:
    return find_affected(Session(find_repo(str(folder))), span=span, limit=50)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))])
def test_answers_with_a_cache_are_those_without(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with_cache, without = tmp_path / "with", tmp_path / "without"
    commits = make_history(with_cache, chance)
    shutil.copytree(with_cache, without)
    older: dict[str, bytes] = {}
    named = 0
    for step in range(12):
        if step == 7:
            commits = chance.sample(commits, 8)
            for folder in (with_cache, without):
                forget(folder, commits)
        base, head = chance.sample(commits, 2)
        done = subprocess.run(["git", "merge-base", base, head], cwd=without, capture_output=True, check=False)
        if done.returncode:
            continue
        shutil.rmtree(without / "flaggit", ignore_errors=True)
        expected = answer(without, f"{base}..{head}")
        assert answer(with_cache, f"{base}..{head}") == expected, (base, head)
        named += len(expected.agents)
        spoil(with_cache / "flaggit", chance, older)
    assert named
