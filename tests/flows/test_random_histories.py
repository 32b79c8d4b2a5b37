"""Random work of several clones, merged in every order and grouping: the outcome is the same wherever it succeeds."""

from __future__ import annotations

import itertools
import os
import random
import subprocess

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import DRIVER, LONG_ACTION, LONG_CHANGE, Work

from flaggit.commands.setup.files import ATTRIBUTES
from flaggit.documents.canonical import dump_document
from flaggit.documents.codec import dump_yaml, load_yaml, parse_document
from flaggit.merging.files import merge_files

AGENTS = ("@frontend.web", "@backend.api", "@backend.queue")
IDS = ("aaaaaa1", "bbbbbb2", "cccccc3")
CATALOG = ".flags/catalog.yaml"

Tree = dict[str, bytes]


def flag_of(flag_id: str) -> bytes:
    fields = {
        "schema": 1,
        "id": flag_id,
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": AGENTS[1],
        "target_agent": AGENTS[0],
        "change_description": LONG_CHANGE,
        "action_required": LONG_ACTION,
        "related_files": ["src/a.ts", "src/b.ts"],
        "created_at": "2026-11-23T14:00:00Z",
    }
    return dump_document("flag", fields)


def path_of(flag_id: str) -> str:
    return f".flags/frontend.web/{flag_id}.yaml"


def base_tree() -> Tree:
    tree = {path_of(flag_id): flag_of(flag_id) for flag_id in IDS}
    tree[CATALOG] = dump_yaml({"schema": 1, "agents": {name: {"tags": ["x"]} for name in sorted(AGENTS)}})
    tree[".flags/.gitattributes"] = ATTRIBUTES.encode()
    return tree


class Clone:
    """One clone's random work on a tree: each call of ``step`` does one everyday thing."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.tree = base_tree()
        self.chance = chance
        self.count = 0

    def step(self) -> None:
        self.count += 1
        doing = (self.raise_flag, self.note, self.edit, self.edit, self.files, self.complete, self.complete, self.agent)
        self.chance.choice(doing)()

    def _edit(self, path: str, kind: str, change) -> None:
        fields = parse_document(self.tree[path]).document
        change(fields)
        order = [*[key for key in fields if key not in ("created_at", "notes")], "created_at", "notes"]
        self.tree[path] = dump_document(kind, {key: fields[key] for key in order if key in fields})

    def raise_flag(self) -> None:
        flag_id = f"{self.name}{self.count:06d}"
        self.tree[path_of(flag_id)] = flag_of(flag_id)

    def note(self) -> None:
        name = f"{self.chance.choice(IDS)}-20261123T140000Z-{self.name}{self.count:07x}"
        fields = {"schema": 1, "author": AGENTS[0], "created_at": "2026-11-23T14:00:00Z", "text": "A remark."}
        self.tree[f".flags/notes/{name}.yaml"] = dump_document("note", fields)

    def edit(self) -> None:
        field, values = self.chance.choice(
            [
                ("impact_level", ["low", "high"]),
                ("change_description", [LONG_CHANGE + " Yes.", LONG_CHANGE + " No."]),
                ("action_required", [LONG_ACTION + " Soon."]),
                ("notes", ["See the wiki."]),
            ]
        )
        self._edit(
            path_of(self.chance.choice(IDS)), "flag", lambda fields: fields.update({field: self.chance.choice(values)})
        )

    def files(self) -> None:
        def change(fields) -> None:
            added = f"src/{self.chance.choice('cdef')}.ts"
            kept = [name for name in fields["related_files"] if name != "src/b.ts" or self.chance.random() < 0.7]
            fields["related_files"] = list(dict.fromkeys([*kept, added]))

        self._edit(path_of(self.chance.choice(IDS)), "flag", change)

    def complete(self) -> None:
        path = f".flags/done/{self.chance.choice(IDS)}.yaml"
        if path not in self.tree:
            fields = {
                "schema": 1,
                "id": path[-12:-5],
                "completed_by": self.chance.choice(AGENTS),
                "completed_at": f"2026-11-23T15:00:0{self.chance.randrange(3)}Z",
                "resolution": self.chance.choice(["done", "not_applicable"]),
            }
            if self.chance.random() < 0.5:
                fields["notes"] = f"By {self.name}.\n\nIn two lines."
            self.tree[path] = dump_document("completion", fields)

    def agent(self) -> None:
        document = load_yaml(self.tree[CATALOG]).document
        if self.chance.random() < 0.5:
            document["agents"][f"@{self.name}.a{self.count}"] = {"tags": ["new"]}
        else:
            document["agents"][self.chance.choice(AGENTS)]["tags"] += [f"{self.name}{self.count}"]
        document["agents"] = dict(sorted(document["agents"].items()))
        self.tree[CATALOG] = dump_yaml(document)


def work_of(seed: int, clones: int = 3, steps: int = 8) -> list[Tree]:
    """Return the trees that random clones end with."""
    chance = random.Random(seed)
    found = []
    for name in "pqrs"[:clones]:
        clone = Clone(name, chance)
        for _ in range(chance.randrange(1, steps)):
            clone.step()
        found.append(clone.tree)
    return found


def merge_trees(base: Tree, ours: Tree, theirs: Tree) -> Tree | None:
    """Merge two trees file by file, as git does with the driver; None where a decision is left."""
    merged: Tree = {}
    for path in sorted({*ours, *theirs}):
        versions = [tree.get(path) for tree in (base, ours, theirs)]
        old, own, other = versions
        if own == other or other == old:
            value = own
        elif own == old:
            value = other
        elif own is None or other is None:
            return None
        else:
            found = merge_files(path, old, own, other)
            if found is None or found.decisions:
                return None
            value = found.data
        if value is not None:
            merged[path] = value
    return merged


def check_orders(seed: int) -> bool:
    """Merge three clones' work in all orders and groupings; tell whether it succeeds."""
    base, sides = base_tree(), work_of(seed)
    outcomes = []
    for one, two, three in itertools.permutations(sides):
        left = merge_trees(base, one, two)
        outcomes.append(left and merge_trees(base, left, three))
        right = merge_trees(base, two, three)
        outcomes.append(right and merge_trees(base, one, right))
    good = [outcome for outcome in outcomes if outcome is not None]
    assert all(outcome == good[0] for outcome in good), f"seed {seed}"
    assert len(good) in (0, len(outcomes)), f"seed {seed}: {len(good)} of {len(outcomes)} orders succeed"
    for outcome in good[:1]:
        assert merge_trees(base, outcome, outcome) == outcome
        for side in sides:
            assert merge_trees(side, outcome, side) == outcome
            assert merge_trees(base, outcome, side) == outcome, f"seed {seed}"
    return bool(good)


@examples(100)
@given(st.integers(0, 2**32))
def test_orders_and_groupings_agree(seed: int) -> None:
    check_orders(seed)


@pytest.mark.slow
def test_orders_and_groupings_agree_in_thousands_of_histories() -> None:
    start = int(os.environ.get("FLAGGIT_TEST_SEED", "0"))
    succeeded = sum(check_orders(seed) for seed in range(start, start + 5000))
    assert succeeded > 2000


class Merger:
    """Merges commits with real git and flaggit's driver, without a checkout for each."""

    def __init__(self, work: Work) -> None:
        self.work = work
        work.git("config", "merge.flaggit.driver", DRIVER)
        work.write(".flags/.gitattributes", ATTRIBUTES)

    def commit(self, sides: list[Tree]) -> list[str]:
        """Write the base and each side as a commit; return the sides' ids."""
        stream = bytearray()
        for mark, tree in enumerate([base_tree(), *sides], 1):
            stream += b"commit refs/heads/random%d\nmark :%d\ncommitter A <a@x> %d +0000\ndata 1\nx" % (
                mark,
                mark,
                mark,
            )
            stream += b"\n" + (b"from :1\n" if mark > 1 else b"") + b"deleteall\n"
            for path, data in tree.items():
                stream += f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
        subprocess.run(
            ["git", "fast-import", "--quiet", "--force"], cwd=self.work.path, input=bytes(stream), check=True
        )
        refs = [f"refs/heads/random{mark}" for mark in range(2, len(sides) + 2)]
        return self.work.git("rev-parse", *refs).split()

    def merge(self, one: str | None, other: str | None) -> str | None:
        """Return a merge commit; None where a decision is left."""
        if one is None or other is None:
            return None
        answer = self.work.run("git", "merge-tree", "--write-tree", "--name-only", one, other)
        assert answer.status in (0, 1), answer
        if answer.status:
            return None
        tree = answer.out.split()[0]
        return self.work.git("commit-tree", "-m", "merge", "-p", one, "-p", other, tree)


def check_with_git(merger: Merger, seed: int) -> bool:
    sides = work_of(seed)
    one, two, three = merger.commit(sides)
    ends = [
        merger.merge(merger.merge(one, two), three),
        merger.merge(one, merger.merge(two, three)),
        merger.merge(merger.merge(three, one), two),
    ]
    trees = {end and merger.work.git("rev-parse", f"{end}^{{tree}}") for end in ends}
    assert len(trees) == 1, f"seed {seed}"
    if None in trees:
        return False
    pure = merge_trees(base_tree(), merge_trees(base_tree(), sides[0], sides[1]) or {}, sides[2])
    listing = merger.work.git("ls-tree", "-r", "--name-only", str(ends[0])).splitlines()
    assert sorted(pure or {}) == sorted(listing), f"seed {seed}"
    return True


@pytest.mark.parametrize("seed", range(6))
def test_git_agrees(work: Work, seed: int) -> None:
    check_with_git(Merger(work), seed)


@pytest.mark.slow
def test_git_agrees_in_many_histories(work: Work) -> None:
    merger = Merger(work)
    start = int(os.environ.get("FLAGGIT_TEST_SEED", "1000"))
    succeeded = sum(check_with_git(merger, seed) for seed in range(start, start + 300))
    assert succeeded > 100
