"""What changed together before: a disposable cache of history by commit, grown as commits appear.

The newest commits of the history at hand count, in an order that depends on nothing else: so branches, rebases
and rewritten histories are answered as if the cache had been made for them.
"""

from __future__ import annotations

import os
from array import array

from flaggit.core.errors import UnavailableError
from flaggit.core.limits import COMPARING
from flaggit.core.record import record
from flaggit.git import cache
from flaggit.git.history import read_shallow
from flaggit.git.objects import read_objects
from flaggit.impact.asked import parse_entries
from flaggit.impact.unread import UnreadError
from flaggit.impact.words import FILE_LIMIT, find_words, hash_words, is_text, is_weak

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from flaggit.git.repo import Repo
    from flaggit.impact.asked import Entry

    Commits = dict[str, tuple[int, tuple[str, ...], bytes]]  # time, parents, what git lists of the files

_FORM = b"impact-past-5"
WINDOW = 10_000  # commits that are looked at
_READ = 12_000  # that are asked for: a little more, so that where the list is cut changes nothing
_BULK = 60  # files of a commit beyond which it says nothing about any one of them
_COMPARED_FILES = 12  # of each of them
_AT_ONCE = 60  # commits whose lines are compared in one go
_KEPT = 4_000  # commits whose words are kept, for branches that come and go
_OUTPUT = 96 * 1024 * 1024  # bytes of git's answer that are read
_MARK = b"\x01"
_LINE = 2_000  # bytes of a line that are read


@record
class Past:
    """The history of a commit: its changes, newest first; one is a commit, or the merge of a branch.

    Attributes:
        oids: The commit of each change.
        paths: Every path that one of them touched.
        units: The numbers of the paths that each of them touched.
        renames: Number of a change -> (old, new) numbers of the paths that it renamed.
        cut: A shallow clone ends before the first of them was made.
    """

    oids: list[str]
    paths: list[str]
    units: list[array[int]]
    renames: dict[int, list[tuple[int, int]]]
    cut: bool = False


class PastIndex:
    """History by commit.

    Args:
        repo: The repository.
        most: The most commits that are read anew; None: as many as it takes.
        report: Called with how many commits of how many have been compared, while they are.

    Attributes:
        missing: Commits of those compared last whose files are not all in this clone.
    """

    __slots__ = (
        *("_commits", "_commits_place", "_edge", "_form", "_lines_place", "_most", "_place", "_repo", "_report"),
        *("_tip", "missing"),
    )

    def __init__(self, repo: Repo, most: int | None = None, report: Callable[[int, int], None] | None = None) -> None:
        self._repo = repo
        self._most = most
        self._report = report
        self._place = os.path.join(repo.state_dir, "impact-past.cache")
        self._commits_place = os.path.join(repo.state_dir, "impact-commits.cache")
        self._lines_place = os.path.join(repo.state_dir, "impact-lines.cache")
        self._commits: Commits | None = None
        self._tip = ""
        self._edge = read_shallow(repo)  # what these changed is not known, and it moves where a clone is deepened
        self._form = cache.digest(_FORM + " ".join(sorted(self._edge)).encode())
        self.missing = 0

    def read(self, tip: str) -> Past:
        """The history of a commit, whose id is given.

        Raises:
            UnreadError: For more than ``most`` commits.
            UnavailableError: ``over_limit``, where git's answer is too long; ``git_failed``, where it has none (trees
                are missing in this clone).
        """
        self._tip = tip
        saved = cache.load(self._place, self._form)
        old_tip, known = "", None
        if isinstance(saved, tuple):
            old_tip, known = saved[0], _unpack(saved[1:])
            if old_tip == tip:
                return known
        self._commits = self._move(self._load_commits(old_tip), old_tip, tip) if known is not None else {}
        if not self._commits:
            if self._most is not None:
                limit = f"--max-count={self._most + 1}"
                self._require_few(int(self._repo.text("rev-list", "--count", limit, "--end-of-options", tip) or 0))
            known, self._commits = None, self._log(tip)
            if not self._commits:
                raise UnavailableError("git_failed", f"git could not list what the commits before {tip} changed.")
        cache.save(self._commits_place, self._form, (tip, self._commits))
        past = _gather(self._commits, tip, known, cut=bool(self._edge))
        cache.save(self._place, self._form, (tip, *_pack(past)))
        return past

    def _require_few(self, count: int) -> None:
        if self._most is not None and count > self._most:
            raise UnreadError("over_limit", f"More than {self._most:,} commits would have to be read first.")

    def _load_commits(self, tip: str) -> Commits:
        """The commits that were saved for a history; none where another process has saved those of another since."""
        saved = cache.load(self._commits_place, self._form)
        return saved[1] if isinstance(saved, tuple) and saved[0] == tip else {}

    def _move(self, known: Commits, old: str, new: str) -> Commits:
        """Take what is known of one commit's history to another's; nothing where it has to be read anew."""
        if not known:
            return {}
        done = self._repo.run("rev-list", "--end-of-options", old, f"^{new}", "--", limit=_OUTPUT, check=False)
        if done.status != 0:
            return {}
        gone = done.stdout.decode().split()
        added = self._log(new, f"^{old}")
        if len(gone) > _READ - WINDOW or len(known) + len(added) > 2 * _READ:
            return {}  # what was cut off at the end may belong to the other history
        for oid in gone:
            known.pop(oid, None)
        known.update(added)
        return known

    def _log(self, *revs: str) -> Commits:
        """What git lists of a history; nothing where it cannot."""
        done = self._repo.run(
            *("-c", "log.showSignature=false", "-c", "core.quotePath=false", "-c", "diff.ignoreSubmodules=none"),
            *("log", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative", "--no-color", "--no-notes"),
            *(
                "--diff-merges=first-parent",
                f"--max-count={_READ}",
                "--format=%x01%H %ct %P",
                "--end-of-options",
                *revs,
                "--",
            ),
            limit=_OUTPUT,
            memory=COMPARING,
            check=False,
        )
        if done.status != 0:
            return {}
        found: Commits = {}
        output = done.stdout
        end = output.find(_MARK)
        while end >= 0:  # not all cut apart at once: a commit may have touched hundreds of thousands of files
            start, end = end + 1, output.find(_MARK, end + 1)
            stop = end if end >= 0 else len(output)
            border = output.find(b"\0", start, stop)
            border = border if border >= 0 else stop
            oid, time, *parents = output[start:border].decode().split(" ")
            is_bulk = output.count(b"\0:", border + 1, stop) + 1 > _BULK
            touched = b"" if is_bulk or oid in self._edge else output[border + 1 : stop]
            found[oid] = (int(time or 0), tuple(filter(None, parents)), touched)
        return found

    def compare(self, oids: Sequence[str]) -> list[array[int]]:
        """The hashes of names on changed lines and of the words of paths, of commits whose history was read.

        Raises:
            UnreadError: Where more than ``most`` would have to be compared.
        """
        saved = cache.load(self._lines_place, self._form)
        kept: dict[str, bytes] = saved if isinstance(saved, dict) else {}
        missing = [oid for oid in oids if oid not in kept]
        if missing:
            self._require_few(len(missing))
            commits = self._commits or self._load_commits(self._tip) or self._log(self._tip)
            if len(kept) + len(missing) > _KEPT:
                kept = {oid: kept[oid] for oid in oids if oid in kept}
            lacking: set[str] = set()
            try:
                for start in range(0, len(missing), _AT_ONCE):
                    some = missing[start : start + _AT_ONCE]
                    listed = {oid: list(parse_entries(commits[oid][2])) for oid in some if oid in commits}
                    kept.update(_compare_commits(self._repo, listed, lacking))
                    if self._report is not None:
                        self._report(min(start + _AT_ONCE, len(missing)), len(missing))
            finally:
                whole = {oid: kept[oid] for oid in kept.keys() - lacking} if lacking else kept  # the rest may come
                cache.save(self._lines_place, self._form, whole)
                self.missing = len(lacking)
        return [_numbers(kept.get(oid, b"")) for oid in oids]


def _gather(commits: Commits, tip: str, known: Past | None, *, cut: bool) -> Past:
    """The newest changes of a history, with what is known of them already."""
    order = sorted(commits, key=lambda oid: (-commits[oid][0], oid))[:WINDOW]
    places = {oid: place for place, oid in enumerate(known.oids)} if known is not None else {}
    past = Past([], [], [], {}, cut)
    numbers: dict[str, int] = {}
    for oid in _without_side_merges(order, commits, tip):
        place = places.get(oid)
        if known is not None and place is not None:
            paths = [known.paths[number] for number in known.units[place]]
            renames = [(known.paths[old], known.paths[new]) for old, new in known.renames.get(place, ())]
        else:
            entries = list(parse_entries(commits[oid][2]))
            paths, renames = [entry[1] for entry in entries], find_renames(entries)
        if paths:
            if renames:
                past.renames[len(past.oids)] = [
                    (numbers.setdefault(old, len(numbers)), numbers.setdefault(new, len(numbers)))
                    for old, new in renames
                ]
            past.oids.append(oid)
            past.units.append(array("I", [numbers.setdefault(path, len(numbers)) for path in paths]))
    past.paths.extend(numbers)
    return past


def _pack(past: Past) -> tuple[object, ...]:
    sizes, numbers = array("I", map(len, past.units)), array("I")
    for unit in past.units:
        numbers.extend(unit)
    return past.cut, "".join(past.oids), past.paths, sizes.tobytes(), numbers.tobytes(), past.renames


def _unpack(value: Sequence[Any]) -> Past:
    cut, oids, paths, sizes, flat, renames = value
    numbers, units, start = _numbers(flat), [], 0
    for size in _numbers(sizes):
        units.append(numbers[start : start + size])
        start += size
    length = len(oids) // max(1, len(units))
    return Past([oids[at : at + length] for at in range(0, len(oids), length or 1)], paths, units, renames, cut)


def _without_side_merges(order: Sequence[str], known: Commits, tip: str) -> list[str]:
    """Leave out merges into side branches, which bring what others did; one into the main line is a branch's work."""
    main: set[str] = set()
    oid = tip
    while oid in known and oid not in main:
        main.add(oid)
        oid = known[oid][1][0] if known[oid][1] else ""
    return [oid for oid in order if len(known[oid][1]) < 2 or oid in main]


def find_renames(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """The files of one commit that were renamed: (old, new), the same bytes or, where only one can be meant, name."""
    removed = [entry for entry in entries if entry[0] == "D"]
    if not removed:
        return []
    by_oid: dict[str, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for _, path, oid, _ in removed:
        by_oid.setdefault(oid, []).append(path)
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    found = []
    for status, path, _, oid in entries:
        if status == "A":
            old = by_oid.get(oid) or by_name.get(path.rpartition("/")[2])
            if old is not None and len(old) == 1:
                found.append((old[0], path))
    return found


def changed_lines(old: bytes, new: bytes) -> tuple[list[bytes], list[tuple[int, bytes]]]:
    """The lines that only the old text has, and (number, line) of those that only the new one has."""
    before, after = old.split(b"\n"), new.split(b"\n")
    known, now = set(before), set(after)
    removed = [line[:_LINE].strip() for line in before if line not in now]
    added = [(number, line[:_LINE].strip()) for number, line in enumerate(after, 1) if line not in known]
    known, now = set(removed), {line for _, line in added}  # what was only indented anew did not change
    return [line for line in removed if line not in now], [(n, line) for n, line in added if line not in known]


def _compare_commits(repo: Repo, commits: Mapping[str, Sequence[Entry]], lacking: set[str]) -> dict[str, bytes]:
    """Commit -> the hashes that ``compare`` answers; ``lacking`` takes the commits whose files are not all here."""
    chosen = {
        oid: [entry for entry in entries if not is_weak(entry[1])][:_COMPARED_FILES] for oid, entries in commits.items()
    }
    oids = {blob for entries in chosen.values() for entry in entries for blob in entry[2:] if blob}
    blobs = read_objects(repo, sorted(oids), limit=FILE_LIMIT)
    found = {}
    for oid, entries in chosen.items():
        words: set[bytes] = set()
        for *_, old, new in entries:
            if any(blob and blob not in blobs for blob in (old, new)):
                lacking.add(oid)
                continue
            sides = [blobs[blob].content if blob else b"" for blob in (old, new)]
            if all(map(is_text, sides)):
                removed, added = changed_lines(*sides)
                words |= find_words(b"\n".join([*removed, *(line for _, line in added)]))
        found[oid] = array("I", hash_words(words, (entry[1] for entry in commits[oid]))).tobytes()
    return found


def _numbers(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)
    return numbers
