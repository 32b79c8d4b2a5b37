"""Several agents at once in worktrees of one clone, with whole commands, and a model of what may come of them."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from torture.case import ACTION, AGENTS, CHANGE, FLAGS, Campaign, flaggit, git, repository

_STEPS = 8
_ALLOWED = {
    **dict.fromkeys(("note", "create", "list"), (0,)),
    **dict.fromkeys(("lock", "complete", "unlock"), (0, 4)),
    "next": (0, 1, 4),
}


def mixed_commands(chance: random.Random, folder: Path) -> str:
    """Let three agents work at once, each through commands of its own; compare what is there with what was answered."""
    place = repository(folder, *FLAGS)
    ids = list(FLAGS)
    worktrees = [place]
    for number in (1, 2):
        other = folder / f"w{number}"
        git(place, "worktree", "add", "-q", "-b", f"w{number}", str(other))
        worktrees.append(other)
    scripts = [[_command(chance, ids) for _ in range(_STEPS)] for _ in worktrees]

    def live(index: int) -> list[tuple[list[str], int, str]]:
        answers = []
        for words in scripts[index]:
            done = flaggit(worktrees[index], *words, agent=AGENTS[1])
            answers.append((words, done.returncode, done.stdout + done.stderr))
        return answers

    with ThreadPoolExecutor(len(worktrees)) as pool:
        lives = list(pool.map(live, range(len(worktrees))))
    return _judge(place, worktrees, ids, lives)


def _command(chance: random.Random, ids: list[str]) -> list[str]:
    flag_id = chance.choice(ids)
    return chance.choice(
        [
            ["lock", flag_id],
            ["lock", flag_id],
            ["complete", flag_id],
            ["note", flag_id, f"Remark {chance.random()}"],
            ["create", "--type", "change", "--to", AGENTS[2], "--change", CHANGE, "--action", ACTION],
            ["unlock", flag_id],
            ["list", "--json"],
            ["next", "--lock", "--json"],
        ]
    )


def _judge(place: Path, worktrees: list[Path], ids: list[str], lives: list[list[tuple[list[str], int, str]]]) -> str:
    created = notes = 0
    holders: dict[str, set[int]] = {}
    for index, answers in enumerate(lives):
        for words, status, said in answers:
            if status not in _ALLOWED[words[0]] or "Traceback" in said:
                return f"{words} ended with {status}: {said[-300:]}"
            created += words[0] == "create"
            notes += words[0] == "note"
            if words[0] in ("lock", "unlock") and status == 0:
                held = holders.setdefault(words[1], set())
                (held.add if words[0] == "lock" else held.discard)(index)
    for worktree in worktrees:
        git(worktree, "add", "-A")
        git(worktree, "commit", "-qm", "Work", "--allow-empty")
        checked = flaggit(worktree, "check")
        if checked.returncode:
            return f"check in {worktree.name}: {checked.stdout[-300:]}"
    rows = json.loads(flaggit(place, "list", "--status", "all", "--json").stdout)["data"]
    if len(rows) != len(ids) + created:
        return f"{created} flags were raised beside {len(ids)}, and {len(rows)} are there"
    written = sum(len(list((worktree / ".flags" / "notes").glob("*.yaml"))) for worktree in worktrees)
    if written != notes:
        return f"{notes} notes were acknowledged, and {written} are there"
    return ""


CAMPAIGNS = (
    Campaign("concurrency", "every answer is allowed, every acknowledged write is there", mixed_commands, 2, 400),
)
