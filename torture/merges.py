"""Random work on two branches, merged by plain git: nothing is lost, and what conflicts is a decision of people."""

from __future__ import annotations

import random
from pathlib import Path

from torture.case import AGENTS, Campaign, completion_bytes, flag_bytes, git, new_id, repository, write

_STEPS = 6


def merge_two(chance: random.Random, folder: Path) -> str:
    """Let two branches work, merge them, and look for everything that either of them wrote."""
    place = repository(folder)
    ids = [new_id(chance) for _ in range(4)]
    for flag_id in ids:
        write(place, f".flags/frontend.web/{flag_id}.yaml", flag_bytes(flag_id, AGENTS[0], AGENTS[1]))
    _commit(place, "Raise")
    sides: dict[str, dict[str, bytes]] = {}
    for name in ("ours", "theirs"):
        git(place, "switch", "-q", "-C", name, "main")
        sides[name] = _work(place, chance, ids, name)
    clean = _merge(place)
    both = [sides["ours"], sides["theirs"]]
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


def _work(place: Path, chance: random.Random, ids: list[str], name: str) -> dict[str, bytes]:
    """Do some everyday things and commit each; return what this side wrote: path -> bytes."""
    written: dict[str, bytes] = {}
    for step in range(_STEPS):
        flag_id = chance.choice(ids)
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
        write(place, path, data)
        written[path] = data
        _commit(place, kind)
    return written


def _commit(place: Path, message: str) -> None:
    git(place, "add", "-A")
    git(place, "commit", "-qm", message, "--allow-empty")


def _merge(place: Path) -> bool:
    """Merge the other side by plain git; return whether it was clean."""
    git(place, "switch", "-q", "ours")
    git(place, "merge", "-q", "--no-edit", "theirs", check=False)
    return not git(place, "ls-files", "--unmerged")


CAMPAIGNS = (Campaign("merges", "nothing either side wrote is lost", merge_two, 12, 4000, "merges"),)
