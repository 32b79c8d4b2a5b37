"""What speaks for an area, in sentences that can be checked: file and line, counts of history, earlier flags.

They name identifiers of at most 40 characters that stand outside of literals, and never a value.
"""

from __future__ import annotations

from flaggit.core.record import record
from flaggit.core.text import counted
from flaggit.impact.question import find_quotable_words
from flaggit.impact.words import find_definitions, find_quotable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from flaggit.impact.areas import Areas
    from flaggit.impact.features import Features
    from flaggit.impact.question import Change
    from flaggit.impact.tree import Tree

_FILES = 5
_READ = 4  # files of each area that are looked into
_WORDS = 2  # names that are told of each file
_MOST = 5  # reasons of each area
_RARE = 30  # files that hold a name, beyond which it tells nobody anything
_OFTEN = 0.2  # share of earlier changes that is worth telling
_PART = {"completed": "completed", "told": "was told by", "asked": "asked with"}  # in a flag


@record
class Reason:
    """One thing that speaks for an area.

    Attributes:
        kind: ``names``, ``references``, ``history``, ``declared`` or ``flags``.
        text: A sentence.
        path: The file to look at; empty where there is none.
        line: Its line; 0 where there is none.
        name: The name in it; empty where it is not told.
    """

    kind: str
    text: str
    path: str = ""
    line: int = 0
    name: str = ""


def explain(
    change: Change,
    areas: Areas,
    tree: Tree | None,
    found: Features,
    chosen: Sequence[str],
    signs: Collection[str],
) -> dict[str, tuple[tuple[Reason, ...], tuple[str, ...]]]:
    """Area -> its reasons, the strongest first, and its files that are concerned."""
    importers: dict[str, list[str]] = {}
    for path in found.importers:
        importers.setdefault(areas.of(path) or "", []).append(path)
    reading = _Reading(change, tree)
    files = {area: _files_of(area, found, importers.get(area, ())) for area in chosen}
    reading.load(path for area in chosen for path in files[area][:_READ])
    answer = {}
    for area in chosen:
        reasons = list(_owner(area, found)) if "owner" in signs else []
        if "flags" in signs:
            reasons += _flags(area, found)
        if "missing" in signs:
            reasons += _missing(area, found, reading.quotable)
        if "uses" in signs:
            reasons += _uses(files[area][:_READ], found, reading)
        if "names" in signs:
            reasons += _names(files[area][:_READ], {reason.path for reason in reasons}, reading, _RARE)
        if "rules" in signs:
            reasons += _history(area, found)
        if "declared" in signs and area in found.scores.get("declared", {}):
            reasons.append(Reason("declared", "The catalog connects them."))
        if not reasons:  # what says little is better than nothing
            reasons += _history(area, found, 1, 0.0) if "rules" in signs else ()
            reasons += _names(files[area][:_READ], (), reading) if "names" in signs else ()
        kept = reasons[:_MOST]
        answer[area] = (tuple(kept), tuple(dict.fromkeys([*found.owned.get(area, ()), *files[area]]))[:_FILES])
    return answer


class _Reading:
    """The texts of files of others, with the changed names that may be repeated."""

    def __init__(self, change: Change, tree: Tree | None) -> None:
        self._tree = tree
        self._texts: dict[str, bytes] = {}
        self.quotable = find_quotable_words(change.files)
        self.defined = {word for file in change.files for word in find_definitions(b"\n".join(file.lines))}
        self.words = change.words & self.quotable

    def load(self, paths: Iterable[str]) -> None:
        if self._tree is not None:
            self._texts = self._tree.read(paths)

    def find_line(self, path: str, sought: bytes) -> int:
        text = self._texts.get(path, b"")
        place = text.find(sought)
        return text.count(b"\n", 0, place) + 1 if place >= 0 else 0

    def find_names(self, path: str) -> list[tuple[bytes, int]]:
        """The rarest changed names in a file, with the line of each."""
        text = self._texts.get(path)
        if text is None or self._tree is None:
            return []
        held = find_quotable(path, text.split(b"\n")) & self.words
        rarest = sorted(held, key=lambda word: (word not in self.defined, self.count(word), word))[:_WORDS]
        return [(word, _line_of(text, word)) for word in rarest]

    def count(self, word: bytes) -> int:
        return len(self._tree.find(word)) if self._tree is not None else 0


def _files_of(area: str, found: Features, importers: Sequence[str]) -> list[str]:
    strength = {path: value for value, path in found.files.get(area, ())}
    first = sorted(importers, key=lambda path: (-strength.get(path, 0.0), path))[:_FILES]
    both = [path for path in first if path in strength]
    return list(dict.fromkeys([*both, *strength, *first]))[:_FILES]


def _owner(area: str, found: Features) -> Iterable[Reason]:
    for path in found.owned.get(area, ())[:1]:
        yield Reason("declared", f"It owns {path}, which this changes.", path)


def _flags(area: str, found: Features) -> Iterable[Reason]:
    if area in found.flags:
        flag_id, day, how = found.flags[area]
        yield Reason("flags", f"It {_PART[how]} flag {flag_id} of {day} about the same files.")


def _missing(area: str, found: Features, quotable: Collection[bytes]) -> Iterable[Reason]:
    for name, path, line, place in found.missing.get(area, ())[:2]:
        shown = name.decode() if name in quotable else ""
        what = shown or "a name"
        yield Reason("references", f"{path}:{line} takes {what} from {place}, which has none yet.", path, line, shown)


def _uses(paths: Sequence[str], found: Features, reading: _Reading) -> Iterable[Reason]:
    for path in paths:
        if path not in found.importers:
            continue
        place = found.importers[path]
        used = [(word, line) for word, line in reading.find_names(path) if word in reading.defined]
        for word, line in used[:1]:
            name = word.decode()
            text = f"{path}:{line} uses {name} of {place}, whose definition changed."
            yield Reason("references", text, path, line, name)
        if not used:
            line = reading.find_line(path, place.rpartition("/")[2].encode("utf-8", "surrogateescape"))
            yield Reason("references", f"{path}{f':{line}' if line else ''} imports {place}.", path, line)


def _names(paths: Sequence[str], told: Collection[str], reading: _Reading, most: int | None = None) -> Iterable[Reason]:
    for path in paths:
        if path in told:
            continue
        for word, line in reading.find_names(path)[:1]:
            name = word.decode()
            count = reading.count(word)
            if most is not None and count > most:
                continue
            holders = "no other file" if count <= 1 else counted(count, "file")
            text = f"{path}:{line} has {name}, which stands on changed lines and in {holders}."
            yield Reason("names", text, path, line, name)


def _history(area: str, found: Features, least: int = 2, often: float = _OFTEN) -> Iterable[Reason]:
    if area in found.rules:
        path, both, whole = found.rules[area]
        if both >= least and both >= whole * often:
            times = counted(whole, "time")
            yield Reason("history", f"{path} changed together with its files {both} of {times}.", path)
    both, whole = found.alike.get(area, (0, 0))
    if both >= least and both >= whole * often:
        yield Reason("history", f"{both} of the {whole} most similar earlier changes touched its files.")


def _line_of(text: bytes, word: bytes) -> int:
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        around = text[max(0, place - 1) : place] + text[end : end + 1]
        if not any(chr(byte).isalnum() or byte == ord("_") for byte in around):
            break
        place = text.find(word, end)
    return text.count(b"\n", 0, max(place, 0)) + 1
