"""Which files of a tree hold which names: a disposable cache of names by blob, grown as blobs appear."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from collections import defaultdict
from zlib import crc32

from flaggit.git import cache
from flaggit.git.objects import read_objects
from flaggit.impact.imports import find_imports, find_package, import_keys
from flaggit.impact.unread import UnreadError
from flaggit.impact.words import FILE_LIMIT, find_words, is_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flaggit.git.repo import Repo

_FORM = b"impact-words-4"  # changes whenever what is read from a blob does
_AT_ONCE = 400  # blobs that are read in one go, so that memory stays small
_SAVED = 4_000  # new blobs after which an interrupted build has lost nothing
_SEGMENTS = 6
_MOST = 40_000  # blobs that are kept; with more the index starts anew from the tree at hand

IMPORTS = b"<"  # stands before a name that a file imports


class _Segment:
    """The names of some blobs: for each name's hash the numbers of the blobs that hold it."""

    __slots__ = ("counts", "imports", "joined", "keys", "packages", "places", "starts")

    def __init__(self, value: Sequence[object]) -> None:
        oids, counts, keys, starts, places, packages, imports = value
        assert isinstance(oids, str)
        assert isinstance(packages, dict)
        assert isinstance(imports, dict)
        self.joined = oids
        self.counts, self.keys, self.starts, self.places = map(_numbers, (counts, keys, starts, places))
        self.packages: dict[int, str] = packages
        self.imports: dict[int, str] = imports

    @property
    def oids(self) -> list[str]:
        """The blobs, in the order of their numbers; kept as one text since few calls ask for them."""
        length = len(self.joined) // max(1, len(self.counts))
        return [self.joined[at : at + length] for at in range(0, len(self.joined), length or 1)]

    def find(self, key: int) -> memoryview:
        place = bisect_left(self.keys, key)
        if place == len(self.keys) or self.keys[place] != key:
            return self.places[:0]
        return self.places[self.starts[place] : self.starts[place + 1]]


class WordIndex:
    """Names by blob.

    Args:
        repo: The repository.
        report: Called with how many blobs of how many have been read, while they are.
    """

    __slots__ = ("_numbers", "_place", "_repo", "_report", "_segments", "token")

    def __init__(self, repo: Repo, report: Callable[[int, int], None] | None = None) -> None:
        self._repo = repo
        self._report = report
        self._place = os.path.join(repo.state_dir, "impact-words.cache")
        saved = cache.load(self._place, _FORM)
        self.token, values = saved if isinstance(saved, tuple) else (_new_token(), [])
        self._segments = [_Segment(value) for value in values]
        self._numbers: dict[str, int] | None = None

    @property
    def numbers(self) -> dict[str, int]:
        """The number of each blob; they stay the same as long as ``token`` does."""
        if self._numbers is None:
            self._numbers = {}
            for segment in self._segments:
                start = len(self._numbers)
                self._numbers.update(zip(segment.oids, range(start, start + len(segment.counts)), strict=True))
        return self._numbers

    def grow(self, oids: Iterable[str], most: int | None = None) -> int:
        """Read the blobs that are not known yet; how many of them are not in this clone.

        What was read is saved, also where the work is interrupted.

        Raises:
            UnreadError: Where more than ``most`` would have to be read.
        """
        wanted = list(dict.fromkeys(oids))
        missing = [oid for oid in wanted if oid not in self.numbers]
        if not missing:
            return 0
        if most is not None and len(missing) > most:
            raise UnreadError("over_limit", f"{len(missing):,} files would have to be read first.")
        if len(self.numbers) + len(missing) > _MOST:
            self._segments, missing = [], wanted
        builder = _Builder()
        before, done = list(self._segments), 0
        try:
            for start in range(0, len(missing), _AT_ONCE):
                builder.add(self._repo, missing[start : start + _AT_ONCE])
                done += _AT_ONCE
                if self._report is not None:
                    self._report(min(done, len(missing)), len(missing))
                if len(builder.oids) >= _SAVED:
                    self._segments.append(builder.build())
                    builder = _Builder()
        finally:
            if builder.oids:
                self._segments.append(builder.build())
            if len(self._segments) > _SEGMENTS:
                self._segments = _merge_small(self._segments)
            self._numbers = None
            if self._segments != before:
                self._save()
        return sum(oid not in self.numbers for oid in missing)

    def _save(self) -> None:
        self.token = _new_token()
        value = [
            [
                segment.joined,
                segment.counts.tobytes(),
                segment.keys.tobytes(),
                segment.starts.tobytes(),
                segment.places.tobytes(),
                segment.packages,
                segment.imports,
            ]
            for segment in self._segments
        ]
        cache.save(self._place, _FORM, (self.token, value))

    def find(self, word: bytes, mark: bytes = b"") -> list[int]:
        """The numbers of the blobs that hold a name."""
        key = crc32(mark + word)
        found: list[int] = []
        start = 0
        for segment in self._segments:
            places = segment.find(key)
            found += [start + place for place in places] if start else places.tolist()
            start += len(segment.counts)
        return found

    def imports(self, number: int) -> list[str]:
        """What a blob imports, as it is written there."""
        for segment in self._segments:
            if number < len(segment.counts):
                return segment.imports.get(number, "").split("\0")
            number -= len(segment.counts)
        return []

    def counts(self) -> array[int]:
        """How many names each blob has, by its number."""
        whole = array("I")
        for segment in self._segments:
            whole.frombytes(segment.counts.cast("B"))
        return whole

    def packages(self) -> dict[int, str]:
        """The names of packages that manifests declare, by the number of the manifest's blob."""
        found: dict[int, str] = {}
        start = 0
        for segment in self._segments:
            found.update((start + place, name) for place, name in segment.packages.items())
            start += len(segment.counts)
        return found


def _new_token() -> str:
    return os.urandom(8).hex()


class _Builder:
    __slots__ = ("counts", "imports", "oids", "packages", "postings")

    def __init__(self) -> None:
        self.oids: list[str] = []
        self.counts = array("I")
        self.packages: dict[int, str] = {}
        self.imports: dict[int, str] = {}
        self.postings: dict[bytes, list[int]] = defaultdict(list)

    def add(self, repo: Repo, oids: Sequence[str]) -> None:
        blobs = read_objects(repo, oids, limit=FILE_LIMIT)
        for oid in oids:
            blob = blobs.get(oid)
            if blob is None:  # in a partial clone it may come later
                continue
            number = len(self.oids)
            self.oids.append(oid)
            if not is_text(blob.content):
                self.counts.append(0)
                continue
            words = find_words(blob.content)
            self.counts.append(len(words))
            specs = sorted(find_imports(blob.content))
            if specs:
                self.imports[number] = "\0".join(specs)
            for spec in specs:
                words.update(IMPORTS + key for key in import_keys(spec))
            for key in words:
                self.postings[key].append(number)
            package = find_package(blob.content)
            if package:
                self.packages[number] = package

    def build(self) -> _Segment:
        hashed: dict[int, list[int]] = {}
        for word, numbers in self.postings.items():
            key = crc32(word)
            if key in hashed:
                numbers = sorted({*hashed[key], *numbers})
            hashed[key] = numbers
        return _pack(self.oids, self.counts, hashed, self.packages, self.imports)


def _pack(
    oids: list[str],
    counts: array[int],
    hashed: dict[int, list[int]],
    packages: dict[int, str],
    imports: dict[int, str],
) -> _Segment:
    keys, starts, places = array("I"), array("I", [0]), array("I")
    for key in sorted(hashed):
        keys.append(key)
        places.extend(hashed[key])
        starts.append(len(places))
    return _Segment(["".join(oids), counts, keys, starts, places, packages, imports])


def _merge_small(segments: Sequence[_Segment]) -> list[_Segment]:
    """Make one of all but the first, and of all where that is not much larger; the blobs keep their numbers."""
    first, rest = segments[0], _merge(segments[1:])
    return [first, rest] if 2 * len(rest.counts) < len(first.counts) else [_merge([first, rest])]


def _merge(segments: Sequence[_Segment]) -> _Segment:
    oids: list[str] = []
    counts = array("I")
    hashed: dict[int, list[int]] = {}
    packages: dict[int, str] = {}
    imports: dict[int, str] = {}
    for segment in segments:
        start = len(oids)
        for place, key in enumerate(segment.keys):
            numbers = segment.places[segment.starts[place] : segment.starts[place + 1]]
            hashed.setdefault(key, []).extend(start + number for number in numbers)
        packages.update((start + number, name) for number, name in segment.packages.items())
        imports.update((start + number, specs) for number, specs in segment.imports.items())
        oids += segment.oids
        counts.frombytes(segment.counts.cast("B"))
    return _pack(oids, counts, hashed, packages, imports)


def _numbers(value: object) -> memoryview:
    """Numbers as they were saved, megabytes that are looked into where they lie."""
    assert isinstance(value, bytes | array)
    return memoryview(value).cast("I") if isinstance(value, bytes) else memoryview(value)
