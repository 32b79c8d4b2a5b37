"""What speaks for each area being affected: names, references and history, each between 0 and 1."""

from __future__ import annotations

import re
from math import fsum, log, sqrt

from flaggit.core.record import record
from flaggit.impact.imports import Resolver, names_of
from flaggit.impact.word_index import IMPORTS
from flaggit.impact.words import find_definitions, find_words, hash_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from flaggit.impact.areas import Areas
    from flaggit.impact.past import Past, PastIndex
    from flaggit.impact.question import Change
    from flaggit.impact.tree import Tree

_MOST_WORDS = 400  # of a change, the rarest
_COMMON = 0.15  # share of the tree's files beyond which a name says nothing
_SMALL = 15  # names by which every file is taken to be longer: few words in common of a tiny file say little
_RESOLVED = 60  # files whose imports are resolved
_COMPARED = 200  # changes of the same areas, the newest, whose lines are compared
_USUAL = 2  # changes that hold a name, for most names
_ALIKE = 30  # earlier changes that are heard, the most alike
_ALIKE_LIFE = 100  # of those compared, after which one counts half
_HALF_LIFE = 15  # multi-area changes after which one counts half
_HABIT_FADE = 0.5 ** (1 / 150)  # the same for a folder's, from one to the next older
_TRUST = 2  # changes that a folder counts as, where a file or a folder in it has few
_RECENT = 1_000  # changes of the author's areas that are looked at
_DOUBT = 3  # changes that every rule is taken to have failed in
_QUALIFIED = re.compile(rb"\b([A-Za-z_$][\w$]*)(?:\.|::|->)([A-Za-z_$][\w$]{2,39})")

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
        flags: Agent -> (id, day, how) of a flag about the changed files that it completed, was told by or asked with.
    """

    scores: dict[str, Scores]
    files: dict[str, list[tuple[float, str]]]
    missing: dict[str, list[tuple[bytes, str, int, str]]]
    importers: dict[str, str]
    rules: dict[str, tuple[str, int, int]]
    alike: dict[str, tuple[int, int]]
    owned: dict[str, list[str]]
    flags: dict[str, tuple[str, str, str]]


def find_features(change: Change, areas: Areas, tree: Tree | None, past: tuple[PastIndex, Past] | None) -> Features:
    """What speaks for each area, by the tree (None: names and references are left out) and by the past."""
    found = Features({}, {}, {}, {}, {}, {}, {}, {})
    if tree is not None:
        _Names(change, areas, tree, found).judge()
    if past is not None:
        _judge_past(change, areas, *past, found)
    return found


class _Names:
    def __init__(self, change: Change, areas: Areas, tree: Tree, found: Features) -> None:
        self._change = change
        self._areas = areas
        self._tree = tree
        self._found = found
        self._size = max(1, sum(map(len, tree.blobs.values())))

    def judge(self) -> None:
        holders = {}
        skipped = self._change.paths
        for word in self._change.words:
            files = [file for file in self._tree.find(word) if file[0] not in skipped]
            if files:
                holders[word] = files
        rarest = sorted(holders, key=lambda word: (len(holders[word]), word))[:_MOST_WORDS]
        self._holders = {word: holders[word] for word in rarest if len(holders[word]) <= max(3, self._size * _COMMON)}
        top = log(self._size + 1)
        self._rarity = {w: max(0.0, log((self._size + 1) / (len(f) + 0.5)) / top) for w, f in self._holders.items()}
        strong = (file for file in self._change.files if not file.is_weak)
        self._defined = {word for file in strong for word in find_definitions(b"\n".join(file.lines))}
        alike = self._judge_names()
        self._judge_definitions()
        self._judge_importers(alike)
        self._judge_missing()

    def _judge_definitions(self) -> None:
        """By area: names whose definition stands on changed lines, more so where few areas hold them."""
        own, area_of = self._change.own, self._areas.of
        scores: Scores = {}
        for word in sorted(self._holders.keys() & self._defined):
            areas = {area for path, _ in self._holders[word] if (area := area_of(path)) is not None} - own
            for area in areas:
                scores[area] = scores.get(area, 0.0) + self._rarity[word] ** 2 / len(areas) ** 1.5
        self._found.scores["definitions"] = scores

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
        packages = tree.packages()
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
        uses: Scores = {}
        for path, (place, held) in importers.items():
            self._found.importers[path] = place
            share = 0.5 if place in own_packages else 1.0
            value = share * fsum(self._rarity[word] ** 2 for word in held)
            area = self._areas.of(path) or ""
            if value > uses.get(area, 0.0):
                uses[area] = value
        self._found.scores["uses"] = uses

    def _find_importers(
        self, keys: Iterable[bytes], wanted: set[str], alike: Mapping[str, float]
    ) -> dict[str, tuple[str, set[bytes]]]:
        """File of another -> what it imports of ``wanted``, a file before a package, and the definitions it holds."""
        tree, change = self._tree, self._change
        candidates = {}
        for key in keys:
            for path, number in tree.find(key[:60], IMPORTS):
                area = self._areas.of(path)
                if area is not None and area not in change.own and path not in change.paths:
                    candidates[path] = number
        found = {}
        for path in sorted(candidates, key=lambda path: (-alike.get(path, 0.0), path))[:_RESOLVED]:
            specs = tree.index.imports(candidates[path])
            places = {place for spec in specs if (place := self._resolver.resolve(spec, path)) in wanted}
            if places:
                found[path] = (max(places, key=lambda place: (len(place), place)), set[bytes]())
        for word in self._holders.keys() & self._defined:
            for path, _ in self._holders[word]:
                if path in found:
                    found[path][1].add(word)
        return found

    def _judge_missing(self) -> None:
        """Names that the change takes from a file of another's who does not have them, or that nobody has."""
        own, area_of = self._change.own, self._areas.of
        made = {word for file in self._change.files for word in find_definitions(file.new)}
        nowhere: Scores = {}
        for file in self._change.files:
            if not file.added or file.is_weak:
                continue
            sources = self._resolver.find_names(file.new, file.path)
            for number, line in file.added:
                pairs = [(source, name) for source, name in _QUALIFIED.findall(line)]
                pairs += [(word, word) for word in sorted(find_words(line)) if word in sources]
                for source, name in pairs:
                    place = sources.get(source, "")
                    if not place or name in made or self._is_changed(place):
                        continue
                    area = area_of(place + "/x") or area_of(place)
                    if area is None or area in own:
                        continue
                    holders = {area_of(path) for path, _ in self._tree.find(name)}
                    if area not in holders:
                        self._found.missing.setdefault(area, []).append((name, file.path, number, place))
                        if not holders:
                            nowhere[area] = 1.0
        self._found.scores["missing"] = nowhere
        self._found.scores["lacking"] = dict.fromkeys(self._found.missing, 1.0)

    def _is_changed(self, place: str) -> bool:
        """Whether the change itself touches the file or the files of the folder that a name is taken from."""
        return any(place in names_of(path) or path.startswith(place + "/") for path in self._change.paths)


def _judge_past(change: Change, areas: Areas, index: PastIndex, past: Past, found: Features) -> None:
    area_of = areas.of_all(past.paths)
    names = {number: path for number, path in enumerate(past.paths) if path in change.paths}
    watched = {number for number, area in enumerate(area_of) if area in change.sources} | names.keys()
    rules, habits = _Rules(names), _Habits(change, past.paths)
    touching: list[tuple[int, set[str]]] = []  # changes in the author's areas, newest first, with all their areas
    for place, unit in enumerate(past.units):
        if watched.isdisjoint(unit):
            continue
        places = {area for number in unit if (area := area_of[number]) is not None}
        named = rules.count(unit, places)
        for old, new in past.renames.get(place, ()):
            if new in names and old not in names:
                names[old] = names[new]
                watched.add(old)
        if len(touching) < _RECENT and not places.isdisjoint(change.sources):
            touching.append((place, places))
            if len(places) > 1:
                habits.count(unit, named, places)
            if len(touching) == _RECENT:  # older ones tell of the changed files alone
                watched = set(names)
    scores = {
        "together": _judge_together(touching),
        "rules": rules.judge(found),
        "habit": habits.judge(),
        "alike": _judge_alike(change, index, past, touching[:_COMPARED], found),
    }
    for sign, values in scores.items():
        found.scores[sign] = {area: value for area, value in values.items() if area not in change.own}


def _judge_together(touching: Iterable[tuple[int, Collection[str]]]) -> Scores:
    """How often each area changed where the author's did, newer changes counting more."""
    together: Scores = {}
    weight, seen = 1.0, 0.0
    for _, places in touching:
        if len(places) > 1:
            seen += weight
            for area in places:
                together[area] = together.get(area, 0.0) + weight
            weight *= 0.5 ** (1 / _HALF_LIFE)
    return {area: value / (seen + 1) for area, value in together.items()}


class _Rules:
    """How often other areas changed together with each changed file, whatever it was called then.

    Args:
        names: Number of a path -> the changed file that it is, or was.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names
        self._touched: dict[str, int] = {}
        self._pairs: dict[str, dict[str, float]] = {}

    def count(self, unit: Iterable[int], places: Collection[str]) -> set[str]:
        """Count one change, the newest first; the changed files that it touched."""
        names = self._names
        if names.keys().isdisjoint(unit):
            return set()
        named = {names[number] for number in unit if number in names}
        for name in named:
            self._touched[name] = self._touched.get(name, 0) + 1
            _add(self._pairs.setdefault(name, {}), places, 1)
        return named

    def judge(self, found: Features) -> Scores:
        scores: Scores = {}
        for name, counts in sorted(self._pairs.items()):
            for area, count in counts.items():
                share = count / (self._touched[name] + _DOUBT)
                scores[area] = 1 - (1 - scores.get(area, 0.0)) * (1 - share)
                known = found.rules.get(area)
                if known is None or share > known[1] / (known[2] + _DOUBT):
                    found.rules[area] = (name, int(count), self._touched[name])
        return scores


class _Habits:
    """How often other areas change where a changed file does, where little is known of it a folder around it."""

    def __init__(self, change: Change, paths: Sequence[str]) -> None:
        self._chains = [_folders_of(path) for path in sorted(change.paths)]
        self._wanted = {folder for folders in self._chains for folder in folders}
        self._paths = paths
        self._known: dict[int, list[str]] = {}  # number of a path -> the folders around it that are wanted
        self._around: dict[str, list[str]] = {}  # the same for a folder and those around it
        self._seen: dict[str, tuple[float, float]] = {}  # folder -> what its next change weighs, and all of them did
        self._counts: dict[str, dict[str, float]] = {}

    def count(self, unit: Iterable[int], named: Collection[str], places: Collection[str]) -> None:
        """Count one change to several areas, the newest first."""
        known = self._known
        for number in unit:
            if number not in known:
                folder = self._paths[number].rpartition("/")[0]
                if folder not in self._around:
                    self._around[folder] = [one for one in _folders_of(folder) if one in self._wanted]
                known[number] = self._around[folder]
        for key in {*named}.union(*[known[number] for number in unit]):
            weight, whole = self._seen.get(key, (1.0, 0.0))
            share = weight / (len(places) - 1)  # of many areas each is less of a habit
            self._seen[key] = weight * _HABIT_FADE, whole + share
            counts = self._counts.setdefault(key, {})
            for area in places:
                counts[area] = counts.get(area, 0.0) + share

    def judge(self) -> Scores:
        """For each area the mean over the changed files."""
        whole: Scores = {}
        for folders in self._chains:
            expected: Scores = {}
            for key in reversed(folders):
                _, seen = self._seen.get(key, (1.0, 0.0))
                counts = self._counts.get(key, {})
                expected = {
                    area: (counts.get(area, 0.0) + _TRUST * expected.get(area, 0.0)) / (seen + _TRUST)
                    for area in {*expected, *counts}
                }
            for area, value in expected.items():
                whole[area] = whole.get(area, 0.0) + value / len(self._chains)
        return whole


def _folders_of(path: str) -> list[str]:
    """A path and the folders around it, the nearest first."""
    found = []
    while path:
        found.append(path)
        path = path.rpartition("/")[0]
    return found


def _judge_alike(
    change: Change,
    index: PastIndex,
    past: Past,
    compared: Sequence[tuple[int, set[str]]],
    found: Features,
) -> Scores:
    """By the earlier changes of the same areas whose names and paths are most alike, which others they touched."""
    asked = hash_words(change.words, change.paths)
    shared: list[tuple[set[int], int]] = []  # what each change has in common with this one, and how much it has
    often: dict[int, int] = {}
    for held in index.compare([past.oids[place] for place, _ in compared]):
        common = asked.intersection(held)
        shared.append((common, len(held)))
        for mark in common:
            often[mark] = often.get(mark, 0) + 1
    count = len(compared) + 1
    weights = {mark: log(1 + count / number) ** 2 for mark, number in often.items()}
    length = sqrt(fsum(weights.values()) * log(1 + count / _USUAL) ** 2) or 1.0
    alike = [
        (fsum(map(weights.__getitem__, common)) / (length * sqrt(size)) * 0.5 ** (row / _ALIKE_LIFE), -row)
        for row, (common, size) in enumerate(shared)
        if common
    ]
    alike.sort(reverse=True)
    top = alike[:_ALIKE]
    whole = sum(value for value, _ in top) + 0.3
    scores: Scores = {}
    for value, row in top:
        places = compared[-row][1]
        _add(scores, places, value / whole)
        for area in places:
            found.alike[area] = (found.alike.get(area, (0, 0))[0] + 1, len(top))
    return scores


def _add(counts: dict[str, float], areas: Iterable[str], value: float) -> None:
    for area in areas:
        counts[area] = counts.get(area, 0.0) + value
