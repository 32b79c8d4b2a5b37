"""Random work on two branches, merged by plain git: nothing is lost, and what conflicts is a decision of people."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from torture.case import AGENTS, FLAGS, Campaign, completion_bytes, flag_bytes, git, new_id, repository

_STEPS = 6


def merge_two(chance: random.Random, folder: Path) -> str:
    """Let two branches work, merge them, and look for everything that either of them wrote."""
    place = repository(folder, *FLAGS)
    histories = {name: _work(chance, name) for name in ("ours", "theirs")}
    lines = [line for name, steps in histories.items() for line in _import(name, steps)]
    subprocess.run(["git", "fast-import", "--quiet"], cwd=place, input=b"".join(lines), check=True)
    clean = _merge(place)
    both = [dict(steps) for steps in histories.values()]
    decided_twice = {path for path in both[0] if path in both[1] and both[0][path] != both[1][path]}
    if not clean and not decided_twice:
        return f"a conflict that nobody caused: {git(place, 'status', '--porcelain')}"
    if clean:
        for side in both:
            for path, data in side.items():
                if path not in decided_twice and (place / path).read_bytes() != data:
                    return f"{path} is not what one side wrote, and the other did not touch it"
        from flaggit.documents.codec import parse_document

        for file in (place / ".flags").rglob("*.yaml"):
            if file.parent.name != ".flags":
                parse_document(file.read_bytes())
    return ""


def _work(chance: random.Random, name: str) -> list[tuple[str, bytes]]:
    """Return some everyday steps, each a path and what is written there."""
    steps = []
    for step in range(_STEPS):
        flag_id = chance.choice(FLAGS)
        kind = chance.choice(("raise", "complete", "note", "edit", "code"))
        path = f".flags/frontend.web/{flag_id}.yaml"
        if kind == "raise":
            new = new_id(chance)
            path, data = f".flags/frontend.web/{new}.yaml", flag_bytes(new, AGENTS[0], AGENTS[1])
        elif kind == "complete":
            path, data = f".flags/done/{flag_id}.yaml", completion_bytes(flag_id, chance.choice(AGENTS))
        elif kind == "note":
            path = f".flags/notes/{flag_id}-20261123T140000Z-{chance.randbytes(4).hex()}.yaml"
            data = (
                b'schema: 1\n\nauthor: "@backend.api"\n\ncreated_at: "2026-11-23T14:00:00Z"\n\ntext: |-\n  A remark.\n'
            )
        elif kind == "edit":
            data = flag_bytes(flag_id, AGENTS[0], AGENTS[1], impact_level=chance.choice(("low", "high", "medium")))
        else:
            path, data = f"src/{name}{step}.py", b"x = 1\n"
        steps.append((path, data))
    return steps


def _import(name: str, steps: list[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield what ``git fast-import`` makes a branch of: a commit for each step."""
    for number, (path, data) in enumerate(steps):
        yield b"commit refs/heads/%s\ncommitter T <t@example.org> %d +0000\ndata 1\nx\n" % (
            name.encode(),
            1_700_000_000 + number,
        )
        yield b"from refs/heads/main^0\n" if number == 0 else b""
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)


def _merge(place: Path) -> bool:
    """Merge the other side by plain git; return whether it was clean."""
    git(place, "switch", "-q", "ours")
    git(place, "merge", "-q", "--no-edit", "theirs", check=False)
    return not git(place, "ls-files", "--unmerged")


CAMPAIGNS = (Campaign("merges", "nothing either side wrote is lost", merge_two, 12, 4000, "merges"),)
