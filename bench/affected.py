"""Measures how often ``affected`` names the right areas, beside four baselines, on histories that anybody can get.

    python -m bench.affected CLONE... [--cases N] [--deep] [--seed N]
    python -m bench.affected --speed CLONE...

A case is a past commit that touched two to four areas (folders, two levels deep, with ``--deep`` three). The area with
most changed lines is the author's own. The question is its part of the diff, the tree is the parent's, the history
is what came before; the answers are the other areas that the commit touched and that existed. Recall is the share of
the answers that stand first, or among the first three; a hit is a case in which any of them does.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flaggit.git.objects import read_objects
from flaggit.git.repo import Repo
from flaggit.impact.areas import Areas
from flaggit.impact.asked import parse_entries
from flaggit.impact.features import find_features
from flaggit.impact.past import PastIndex
from flaggit.impact.question import build_files, make_change
from flaggit.impact.ranking import KINDS, combine, confidence
from flaggit.impact.tree import read_tree
from flaggit.impact.words import FILE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flaggit.impact.asked import Entry
    from flaggit.impact.past import Past
    from flaggit.impact.question import Change
    from flaggit.impact.tree import Tree

    Scores = dict[str, float]

_MOST_FILES = 40  # of a commit that is a case
_MACHINES = re.compile(r"\[bot\]|renovate|dependabot|github-actions|bot@", re.IGNORECASE)
_ROUTINE = re.compile(
    r"^\[?(?:ci|bot)\b|version packages|^bump |^chore\(deps|^build\(deps|^chore\(release|^release|^merge ",
    re.IGNORECASE,
)
_NOBODYS = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|dist|generated)/")
_RARE = 20  # files beyond which the baseline takes no name for rare


class Case(NamedTuple):
    """A question from the past with its answers."""

    commit: str
    parent: str
    own: str
    entries: list[Entry]
    answers: frozenset[str]


class Judged(NamedTuple):
    """What each way answered to one case."""

    answers: frozenset[str]
    ways: dict[str, Scores]


def area_at(depth: int) -> Areas:
    """The folders of a depth as areas; files at the top, dot folders and what is not the project's own are nobody's."""

    def find(path: str) -> str | None:
        parts = path.split("/")
        if len(parts) == 1 or parts[0].startswith(".") or _NOBODYS.search(path):
            return None
        return "/".join(parts[:-1][:depth])

    return Areas(find, by_folder=True)


def choose_cases(repo: Repo, areas: Areas, count: int, seed: int) -> list[Case]:
    """Cases from the newer half of a history, the same for the same seed."""
    listed = repo.text("log", "--no-merges", "--format=%H%x00%P%x00%ae%x00%s", "HEAD").split("\n")
    rows = [line.split("\0") for line in listed[: len(listed) // 2]]
    pool = [row for row in rows if row[1] and not _MACHINES.search(row[2]) and not _ROUTINE.search(row[3])]
    random.Random(seed).shuffle(pool)
    cases: list[Case] = []
    for commit, parent, *_ in pool:
        case = read_case(repo, areas, commit, parent)
        if case is not None:
            cases.append(case)
            if len(cases) == count:
                break
    order = {row[0]: place for place, row in enumerate(rows)}
    return sorted(cases, key=lambda case: -order[case.commit])


def read_case(repo: Repo, areas: Areas, commit: str, parent: str) -> Case | None:
    """The case that a commit makes, or None."""
    raw = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames")
    entries = list(parse_entries(repo.run("diff-tree", *raw, parent, commit, "--").stdout))
    touched = {area for entry in entries for area in [areas.of(entry[1])] if area is not None}
    if len(entries) > _MOST_FILES or not 2 <= len(touched) <= 4:
        return None
    lines: Counter[str] = Counter()
    done = repo.run("diff-tree", "-r", "-z", "--numstat", "--no-renames", parent, commit, "--", check=False)
    for row in done.stdout.decode("utf-8", "surrogateescape").split("\0"):
        if row.count("\t") >= 2:
            added, removed, path = row.split("\t", 2)
            area = areas.of(path)
            if area is not None and added != "-":
                lines[area] += int(added) + int(removed)
    if not lines or max(lines.values()) == 0:
        return None
    own = min(lines, key=lambda area: (-lines[area], area))
    there = {areas.of(path) for path in repo.text("ls-tree", "-r", "-z", "--name-only", parent).split("\0")}
    answers = frozenset(touched - {own}) & there
    mine = [entry for entry in entries if areas.of(entry[1]) == own]
    return Case(commit, parent, own, mine, frozenset(filter(None, answers))) if own in there and answers else None


def judge(repo: Repo, areas: Areas, case: Case) -> Judged:
    """What flaggit, flaggit without each kind of evidence, and the baselines answer to a case."""
    oids = {oid for entry in case.entries for oid in entry[2:] if oid}
    blobs = read_objects(repo, oids, limit=FILE_LIMIT)
    texts = [(entry, *(blobs[oid].content if oid in blobs else b"" for oid in entry[2:])) for entry in case.entries]
    own = frozenset([case.own])
    change = make_change(build_files(texts), case.parent, own, own)  # type: ignore[arg-type]
    tree = read_tree(repo, case.parent)
    history = PastIndex(repo)
    past = history.read(case.parent)
    scores = find_features(change, areas, tree, (history, past)).scores
    there = {areas.of(path) for path in tree.paths} - {None, case.own}
    scores = {sign: {area: value for area, value in found.items() if area in there} for sign, found in scores.items()}
    ways = {"flaggit": combine(scores)}
    for kind, signs in KINDS.items():
        if any(sign in scores for sign in signs):
            ways[f"- {kind}"] = combine({sign: found for sign, found in scores.items() if sign not in signs})
    ways.update(baselines(change, areas, tree, past))
    ways = {way: {area: value for area, value in found.items() if area in there} for way, found in ways.items()}
    return Judged(case.answers, ways)


def baselines(change: Change, areas: Areas, tree: Tree, past: Past) -> dict[str, Scores]:
    """Most frequent areas, association rules over files, rare names of changed lines, and the sum of the last two."""
    frequent: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    both: dict[str, Counter[str]] = {}
    for unit in past.units:
        paths = {past.paths[number] for number in unit}
        places = {area for area in map(areas.of, paths) if area is not None}
        frequent.update(places)
        for path in change.paths & paths:
            touched[path] += 1
            both.setdefault(path, Counter()).update(places)
    rules: Scores = {}
    for path, counts in both.items():
        for place, count in counts.items():
            if touched[path] >= 2:
                rules[place] = max(rules.get(place, 0.0), count / touched[path])
    rare: Scores = {}
    for word in change.words:
        files = tree.find(word)
        if 0 < len(files) <= _RARE:
            for area in {area for area in (areas.of(path) for path, _ in files) if area is not None}:
                rare[area] = rare.get(area, 0.0) + log((len(tree.paths) + 1) / len(files))
    whole = [{area: value / max(found.values()) for area, value in found.items()} for found in (rules, rare) if found]
    both_sum = {area: sum(found.get(area, 0.0) for found in whole) for found in whole for area in found}
    most: Scores = {area: float(count) for area, count in frequent.items()}
    return {"most frequent": most, "association rules": rules, "rare names": rare, "sum of both": both_sum}


def ranked(scores: Scores) -> list[str]:
    """The areas in order."""
    return sorted((area for area in scores if scores[area] > 0), key=lambda area: (-scores[area], area))


def recall(judged: Sequence[Judged], way: str) -> tuple[float, float, float, float]:
    """Recall at 1 and 3, and hits at 1 and 3."""
    sums = [0.0] * 4
    for case in judged:
        order = ranked(case.ways.get(way, {}))
        for place, first in enumerate((1, 3)):
            right = len(case.answers & set(order[:first]))
            sums[place] += right / len(case.answers)
            sums[place + 2] += bool(right)
    one, three, hit, hits = (value / max(1, len(judged)) for value in sums)
    return one, three, hit, hits


def found_at(judged: Sequence[Judged], way: str, precision: float) -> float:
    """The share of all answers that are found where the answers above some score are right that often."""
    rows = sorted(
        ((value, area in case.answers) for case in judged for area, value in case.ways.get(way, {}).items()),
        reverse=True,
    )
    best = right = 0
    for place, (_, is_right) in enumerate(rows, 1):
        right += is_right
        if right / place >= precision:
            best = right
    return best / max(1, sum(len(case.answers) for case in judged))


def report(name: str, judged: Sequence[Judged]) -> Iterator[str]:
    """A table of all ways, and how often each word of confidence was right."""
    yield f"\n{name}: {len(judged)} cases, {sum(len(case.answers) for case in judged)} affected areas"
    yield f"{'':20} recall@1 recall@3   hit@1  hit@3  found at precision 0.60"
    ways = dict.fromkeys(way for case in judged for way in case.ways)
    for way in ways:
        one, three, hit, hits = recall(judged, way)
        yield f"{way:20} {one:8.2f} {three:8.2f} {hit:7.2f} {hits:6.2f}  {found_at(judged, way, 0.6):.2f}"
    words: dict[str, list[bool]] = {}
    for case in judged:
        for area, value in case.ways["flaggit"].items():
            words.setdefault(confidence(value), []).append(area in case.answers)
    for word in ("sure", "likely", "perhaps"):
        right = words.get(word, [])
        yield f"{word}: {sum(right)} of {len(right)} right" + (f" ({sum(right) / len(right):.2f})" if right else "")


def measure(clone: str, folder: str, *, count: int, seed: int, depth: int) -> list[Judged]:
    """Judge the cases of one clone, in a bare clone of it that shares its objects."""
    work = str(Path(folder, Path(clone).resolve().parent.name + "-" + Path(clone).name))
    subprocess.run(["git", "clone", "-q", "--bare", "--shared", clone, work], check=True)
    repo = Repo(None, work)
    areas = area_at(depth)
    cases = choose_cases(repo, areas, count, seed)
    judged = []
    for place, case in enumerate(cases, 1):
        judged.append(judge(repo, areas, case))
        print(f"\r{clone}: {place} of {len(cases)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return judged


def speed(clone: str, folder: str) -> Iterator[str]:
    """How long the first call ever and a later one take in a work tree of a clone, for a change of ten files."""
    work = Path(folder, "speed")
    subprocess.run(["git", "clone", "-q", "--shared", clone, str(work)], check=True)
    listed = subprocess.run(["git", "ls-files"], cwd=work, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    chosen = [path for path in listed if path.endswith((".ts", ".go", ".py", ".js", ".rs"))]
    for path in chosen[:: max(1, len(chosen) // 10)][:10]:
        with Path(work, path).open("a") as file:
            file.write("\n// changed handler request response\n")
    # As any `git status` does; until then git reads files again that are as new as its index, at each call of anybody.
    subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=work, capture_output=True, check=False)
    commits = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"], cwd=work, capture_output=True, text=True, check=True
    )
    yield f"\n{clone}: {len(listed):,} files, {commits.stdout.strip()} commits"
    ask = [sys.executable, "-m", "flaggit", "affected", "--json"]
    timed([*ask, "--without", "history", "--without", "names", "--without", "references"], work)  # compiles what it is
    wall, first = timed(ask, work)
    pairs = [(timed([sys.executable, "-c", "pass"], work)[1], timed(ask, work)[1]) for _ in range(9)]
    bare, later = (sorted(times)[4] for times in zip(*pairs, strict=True))
    sizes = sum(path.stat().st_size for path in Path(work, ".git/flaggit").glob("impact-*"))
    yield f"P {bare * 1000:.0f} ms; first call {wall:.1f} s, of which {first:.1f} s at work"
    yield f"later {later / bare:.1f} P at work; cache {sizes / 1e6:.1f} MB"


def timed(argv: list[str], folder: Path) -> tuple[float, float]:
    """The seconds that a program takes, and those of them in which it and what it started were at work."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, cwd=folder, env=env, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(words: Iterable[str] | None = None) -> None:
    """Print the figures of some clones, each for itself and over all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", nargs="+")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args(None if words is None else list(words))
    every: list[Judged] = []
    for clone in options.clones:
        with tempfile.TemporaryDirectory() as folder:
            if options.speed:
                print("\n".join(speed(clone, folder)))
                continue
            depth = 3 if options.deep else 2
            judged = measure(clone, folder, count=options.cases, seed=options.seed, depth=depth)
            print("\n".join(report(clone, judged)), flush=True)
            every += judged
    if len(options.clones) > 1 and not options.speed:
        print("\n".join(report("All", every)))


if __name__ == "__main__":
    main()
