"""The caches under the git directory: with them, without them, or with damaged ones, every answer is the same."""

from __future__ import annotations

import random
from pathlib import Path

from torture.case import AGENTS, Campaign, completion_bytes, flag_bytes, flaggit, git, new_id, repository, write

_QUESTIONS = (
    ["list", "--status", "all", "--json"],
    ["inbox", AGENTS[1], "--json"],
    ["next", AGENTS[1], "--json"],
    ["agents", "search", "public web pages", "--json"],
    ["chain", "{id}", "--json"],
)
_STEPS = 5


def ask_twice(chance: random.Random, folder: Path) -> str:
    """After each step ask with the caches as they are, damaged, and without any."""
    place = repository(folder)
    ids: list[str] = []
    for step in range(_STEPS):
        _step(place, chance, ids, step)
        question = chance.choice(_QUESTIONS)
        words = [word.format(id=ids[-1]) if "{id}" in word else word for word in question]
        state = place / ".git" / "flaggit"
        if chance.random() < 0.4:
            _damage(state, chance)
        kept = flaggit(place, *words)
        for cache in (*state.rglob("*.cache"),) if state.exists() else ():
            cache.unlink()
        fresh = flaggit(place, *words)
        if (kept.returncode, _timeless(kept.stdout)) != (fresh.returncode, _timeless(fresh.stdout)):
            return f"{words} after step {step}: {kept.stdout[:300]} with the caches, {fresh.stdout[:300]} without"
        if "Traceback" in kept.stderr or kept.returncode not in (0, 1, 3):
            return f"{words}: {kept.stderr[-300:]}"
    return ""


def _timeless(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "as_of" not in line and "fetch" not in line)


def _step(place: Path, chance: random.Random, ids: list[str], step: int) -> None:
    kind = chance.choice(("raise", "raise", "complete", "branch", "edit", "catalog")) if ids else "raise"
    if kind == "raise":
        ids.append(new_id(chance))
        write(place, f".flags/frontend.web/{ids[-1]}.yaml", flag_bytes(ids[-1], AGENTS[0], AGENTS[1]))
    elif kind == "complete":
        write(place, f".flags/done/{ids[-1]}.yaml", completion_bytes(ids[-1], AGENTS[1]))
    elif kind == "branch":
        git(place, "switch", "-q", "-C", f"b{step}")
    elif kind == "edit":
        path = place / ".flags" / "frontend.web" / f"{ids[-1]}.yaml"
        if path.exists():
            path.write_bytes(path.read_bytes().replace(b'"medium"', b'"high"'))
    else:
        catalog = place / ".flags" / "catalog.yaml"
        catalog.write_text(catalog.read_text().replace("public web pages", f"public web pages {step}"))
    if chance.random() < 0.6:
        git(place, "add", "-A")
        git(place, "commit", "-qm", kind, "--allow-empty")


def _damage(state: Path, chance: random.Random) -> None:
    """Flip bytes of a cache, cut it off, or put another in its place."""
    caches = sorted(state.rglob("*.cache")) if state.exists() else []
    if not caches:
        return
    path = chance.choice(caches)
    data = bytearray(path.read_bytes())
    kind = chance.randrange(4)
    if kind == 0 and data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del data[chance.randrange(len(data) + 1) :]
    elif kind == 2:
        data = bytearray(chance.randbytes(300))
    else:
        data = bytearray(chance.choice(caches).read_bytes())
    path.write_bytes(data)


CAMPAIGNS = (
    Campaign("cache", "the same answer with caches, without, and with damaged ones", ask_twice, 3, 600, "histories"),
)
