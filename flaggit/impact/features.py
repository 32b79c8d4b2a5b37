"""What speaks for each area being affected: names, references and history, each between 0 and 1."""

from __future__ import annotations

import re
from math import log, sqrt
from zlib import crc32

from flaggit.core.record import record
from flaggit.git.objects import read_objects
from flaggit.impact.imports import Resolver, find_imports, names_of
from flaggit.impact.question import find_changed_words
from flaggit.impact.word_index import IMPORTS
from flaggit.impact.words import FILE_LIMIT, find_definitions, find_words, is_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from flaggit.git.repo import Repo
    from flaggit.impact.areas import Areas
    from flaggit.impact.past import Past, Unit
    from flaggit.impact.question import Change
    from flaggit.impact.word_index import WordIndex

KINDS = ("names", "references", "history")

_MOST_WORDS = 400  # of a change, the rarest
_COMMON = 0.15  # share of the tree's files beyond which a name says nothing
_SMALL = 15  # names by which every file is taken to be longer: few words in common of a tiny file say little
_READ = 80  # files that are read to resolve what they import
_ALIKE = 30  # earlier changes that are heard, the most alike
_HALF_LIFE = 50  # multi-area changes after which one counts half
_DOUBT = 3  # changes that every rule is taken to have failed in
_QUALIFIED = re.compile(rb"\b([A-Za-z_$][\w$]*)(?:\.|::|->)([A-Za-z_$][\w$]{2,39})")
_PATH_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

Scores = dict[str, float]


@record
class Features:
    """Kind of sign -> area -> strength, and what the reasons are drawn from.

    Attributes:
        scores: The signs.
        files: Area -> its files that are concerned, the most concerned first.
        missing: Area -> (name, changed file, line, where it is taken from) of names that it does not have yet.
        importers: File -> whether it imports a changed file.
        rules: Area -> (changed file, changes that touched both, changes that touched the file).
        alike: Area -> how many of how many of the most similar earlier changes touched it.
        owned: Area -> changed files that are its own.
        flags: Agent -> (id, day) of a flag about the changed files that was for it.
    """

    scores: dict[str, Scores]
    files: dict[str, list[tuple[float, str]]]
    missing: dict[str, list[tuple[bytes, str, int, str]]]
    importers: dict[str, str]
    rules: dict[str, tuple[str, int, int]]
    alike: dict[str, tuple[int, int]]
    owned: dict[str, list[str]]
    flags: dict[str, tuple[str, str]]


class Tree:
    """The files of one tree, and what the index knows of them.

    Args:
        entries: (path, blob) of all files.
        plain: Those of them whose names count.
        index: Names by blob.
    """

    __slots__ = ("blobs", "counts", "index", "paths")

    def __init__(self, entries: Iterable[tuple[str, str]], plain: Iterable[tuple[str, str]], index: WordIndex) -> None:
        self.paths = dict(entries)
        self.index = index
        self.counts = index.counts()
        self.blobs: dict[int, list[str]] = {}
        for path, oid in plain:
            number = index.numbers.get(oid)
            if number is not None:
                self.blobs.setdefault(number, []).append(path)

    def find(self, word: bytes, mark: bytes = b"") -> list[tuple[str, int]]:
        """(path, number of its blob) of the files that hold a name."""
        blobs = self.blobs
        return [(path, number) for number in self.index.find(word, mark) for path in blobs.get(number, ())]


def find_features(repo: Repo, change: Change, areas: Areas, tree: Tree | None, past: Past | None) -> Features:
    """What speaks for each area, by the tree (None: names and references are left out) and by the past."""
    found = Features({}, {}, {}, {}, {}, {}, {}, {})
    if tree is not None:
        _Names(repo, change, areas, tree, found).judge()
    if past is not None:
        _judge_past(change, areas, past, found)
    return found


class _Names:
    def __init__(self, repo: Repo, change: Change, areas: Areas, tree: Tree, found: Features) -> None:
        self._repo = repo
        self._change = change
        self._areas = areas
        self._tree = tree
        self._found = found
        self._size = max(1, sum(map(len, tree.blobs.values())))

    def judge(self) -> None:
        changed = find_changed_words(self._change.files)
        holders = {}
        skipped = self._change.paths
        for word in changed:
            files = [file for file in self._tree.find(word) if file[0] not in skipped]
            if files:
                holders[word] = files
        rarest = sorted(holders, key=lambda word: (len(holders[word]), word))[:_MOST_WORDS]
        self._holders = {word: holders[word] for word in rarest if len(holders[word]) <= max(3, self._size * _COMMON)}
        top = log(self._size + 1)
        self._rarity = {w: max(0.0, log((self._size + 1) / (len(f) + 0.5)) / top) for w, f in self._holders.items()}
        self._changed = changed
        alike = self._judge_names()
        self._judge_importers(alike)
        self._judge_missing()

    def _judge_names(self) -> dict[str, float]:
        """By file: rare names in common, for its size; by area: the best file, and names that few areas share."""
        own, area_of = self._change.own, self._areas.of
        alike: dict[str, float] = {}
        sizes: dict[str, int] = {}
        special: Scores = {}
        for word, files in self._holders.items():
            weight = self._rarity[word]
            holders = set()
            for path, number in files:
                area = area_of(path)
                if area is None or area in own:
                    continue
                holders.add(area)
                alike[path] = alike.get(path, 0.0) + weight**3
                sizes[path] = number
            for area in holders:
                special[area] = special.get(area, 0.0) + weight * weight / len(holders) ** 1.5
        for path, number in sizes.items():
            alike[path] /= sqrt(_SMALL + self._tree.counts[number])
        best: Scores = {}
        for path, value in sorted(alike.items(), key=lambda item: (-item[1], item[0])):
            area = area_of(path) or ""
            best.setdefault(area, value)
            files_of = self._found.files.setdefault(area, [])
            if len(files_of) < 10:
                files_of.append((value, path))
        scale = sqrt(sum(weight**4 for weight in self._rarity.values())) or 1.0
        self._found.scores["names"] = {area: value / scale for area, value in best.items()}
        self._found.scores["special"] = special
        return alike

    def _judge_importers(self, alike: Mapping[str, float]) -> None:
        """Files of others that import a changed file, by the names of its changed definitions that they hold."""
        tree = self._tree
        packages: dict[str, str] = {}
        for number, name in tree.index.packages().items():
            for path in tree.blobs.get(number, ()):
                if path.endswith("package.json"):
                    packages.setdefault(name, path.rpartition("/")[0])
        self._resolver = Resolver(tree.paths, packages)
        changed = self._change.paths
        own_packages = {
            folder: name
            for name, folder in packages.items()
            if folder and any(path.startswith(folder + "/") for path in changed)
        }
        wanted = {form for path in changed for form in names_of(path)} | own_packages.keys()
        keys = {form.rpartition("/")[2].encode("utf-8", "surrogateescape") for form in wanted} | {
            name.encode("utf-8", "surrogateescape") for name in own_packages.values()
        }
        importers = self._find_importers(keys, wanted, alike)
        defined: set[bytes] = set()
        for file in self._change.files:
            if not file.is_weak:
                defined |= find_definitions(b"\n".join(file.lines))
        uses: Scores = {}
        for path, (place, held) in importers.items():
            self._found.importers[path] = place
            share = 0.5 if place in own_packages else 1.0
            value = share * sum(self._rarity.get(word, 0.0) ** 2 for word in held & defined)
            area = self._areas.of(path) or ""
            if value > uses.get(area, 0.0):
                uses[area] = value
        self._found.scores["uses"] = uses

    def _find_importers(
        self, keys: Iterable[bytes], wanted: Collection[str], alike: Mapping[str, float]
    ) -> dict[str, tuple[str, set[bytes]]]:
        """File of another -> what it imports of ``wanted``, a file rather than a package, and the names it holds."""
        tree, change = self._tree, self._change
        candidates = set()
        for key in keys:
            for path, _ in tree.find(key[:60], IMPORTS):
                area = self._areas.of(path)
                if area is not None and area not in change.own and path not in change.paths:
                    candidates.add(path)
        chosen = sorted(candidates, key=lambda path: (-alike.get(path, 0.0), path))[:_READ]
        blobs = read_objects(self._repo, (tree.paths[path] for path in chosen), limit=FILE_LIMIT)
        found = {}
        for path in chosen:
            blob = blobs.get(tree.paths[path])
            if blob is not None and is_text(blob.content):
                specs = find_imports(blob.content)
                places = {place for spec in specs if (place := self._resolver.resolve(spec, path)) in wanted}
                if places:
                    found[path] = (max(places, key=lambda place: (len(place), place)), find_words(blob.content))
        return found

    def _judge_missing(self) -> None:
        """Names that the change takes from a file of another's, and that stand nowhere yet."""
        new = {word for word in self._changed if not self._tree.find(word)}
        for file in self._change.files:
            new -= find_definitions(file.new)
        for file in self._change.files:
            if not file.added or file.is_weak:
                continue
            sources = self._resolver.find_names(file.new, file.path)
            for number, line in file.added:
                pairs = [(source, name) for source, name in _QUALIFIED.findall(line)]
                pairs += [(word, word) for word in find_words(line) if word in sources]
                for source, name in pairs:
                    place = sources.get(source, "")
                    if not place or name not in new or self._is_changed(place):
                        continue
                    area = self._areas.of(place + "/x") or self._areas.of(place)
                    if area is not None and area not in self._change.own:
                        entry = (name, file.path, number, place)
                        self._found.missing.setdefault(area, []).append(entry)
        self._found.scores["missing"] = dict.fromkeys(self._found.missing, 1.0)

    def _is_changed(self, place: str) -> bool:
        """Whether the change itself touches the file or the files of the folder that a name is taken from."""
        return any(place in names_of(path) or path.startswith(place + "/") for path in self._change.paths)


def _judge_past(change: Change, areas: Areas, past: Past, found: Features) -> None:
    rules = _Rules(change)
    weight, seen = 1.0, 0.0
    together: Scores = {}
    compared: list[tuple[Unit, set[str]]] = []
    for unit in past.units:
        places = {area for area in map(areas.of, unit.paths) if area is not None}
        rules.count(unit, places)
        if not places & change.sources:
            continue
        if unit.words is not None:
            compared.append((unit, places))
        if len(places) > 1:
            seen += weight
            for area in places:
                together[area] = together.get(area, 0.0) + weight
            weight *= 0.5 ** (1 / _HALF_LIFE)
    found.scores["together"] = _of_others({area: value / (seen + 1) for area, value in together.items()}, change.own)
    found.scores["rules"] = _of_others(rules.judge(found), change.own)
    _judge_alike(change, areas, compared, found)


class _Rules:
    """How often other areas changed together with each changed file, whatever it was called then."""

    def __init__(self, change: Change) -> None:
        self._current = {path: path for path in change.paths}  # a path as it was called then -> a changed path
        self._touched: dict[str, int] = {}
        self._pairs: dict[str, dict[str, int]] = {}

    def count(self, unit: Unit, places: Collection[str]) -> None:
        for name in {self._current[path] for path in unit.paths if path in self._current}:
            self._touched[name] = self._touched.get(name, 0) + 1
            counts = self._pairs.setdefault(name, {})
            for area in places:
                counts[area] = counts.get(area, 0) + 1
        for old, new in unit.renames:
            if new in self._current:
                self._current.setdefault(old, self._current[new])

    def judge(self, found: Features) -> Scores:
        scores: Scores = {}
        for name, counts in self._pairs.items():
            for area, count in counts.items():
                share = count / (self._touched[name] + _DOUBT)
                scores[area] = 1 - (1 - scores.get(area, 0.0)) * (1 - share)
                known = found.rules.get(area)
                if known is None or share > known[1] / (known[2] + _DOUBT):
                    found.rules[area] = (name, count, self._touched[name])
        return scores


def _judge_alike(change: Change, areas: Areas, compared: Sequence[tuple[Unit, set[str]]], found: Features) -> None:
    """By the earlier changes of the same areas whose names and paths are most alike, which others they touched."""
    asked: set[object] = {crc32(word) for word in find_changed_words(change.files)}
    asked |= {part for path in change.paths for part in _path_words(path)}
    marks: list[tuple[set[object], set[str]]] = []
    often: dict[object, int] = {}
    for unit, places in compared:
        held: set[object] = set()
        words: Mapping[str, array[int]] = unit.words or {}
        for path in unit.paths:
            if areas.of(path) in change.sources:
                held.update(words.get(path, ()))
                held.update(_path_words(path))
        marks.append((held, places))
        for mark in held:
            often[mark] = often.get(mark, 0) + 1
    count = len(marks) + 1
    weights = {mark: log(1 + count / number) ** 2 for mark, number in often.items()}
    length = sqrt(sum(weights[mark] for mark in asked if mark in weights)) or 1.0
    alike = []
    for place, (held, places) in enumerate(marks):
        common = sum(weights[mark] for mark in asked & held)
        if common:
            alike.append((common / (length * sqrt(sum(weights[mark] for mark in held))), -place, places))
    alike.sort(key=lambda item: item[:2], reverse=True)
    top = alike[:_ALIKE]
    whole = sum(value for value, _, _ in top) + 0.3
    scores: Scores = {}
    for value, _, places in top:
        for area in places:
            scores[area] = scores.get(area, 0.0) + value / whole
            counted = found.alike.get(area, (0, 0))[0]
            found.alike[area] = (counted + 1, len(top))
    found.scores["alike"] = _of_others(scores, change.own)


def _path_words(path: str) -> set[str]:
    return {word.lower() for word in _PATH_WORD.findall(path) if len(word) > 1}


def _of_others(scores: Scores, own: frozenset[str]) -> Scores:
    return {area: value for area, value in scores.items() if area not in own}
