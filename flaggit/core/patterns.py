"""Patterns of paths as CODEOWNERS writes them: do they match a path, and do two of them ever meet.

The syntax is gitignore's without negation and character ranges. A pattern with a ``/`` before its
end starts at the root, any other fits at every depth; ``docs/`` is all below a folder, ``docs`` a
file or all below a folder, ``docs/*`` the folder's own files only (where CODEOWNERS differs from
gitignore), ``**`` any number of folders; ``*`` and ``?`` stay inside one name; a backslash takes
the next character as it is. Source: GitHub's documentation "About code owners".

A pattern is read into parts, each either the glob of one name or ``None`` for any number of
names, so that matching and meeting are both a walk over two short lists, exact by construction.
Letters with accents match however they are composed.
"""

from __future__ import annotations

from flaggit.core.limits import PATTERN
from flaggit.core.text import composed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Glob = tuple[str, ...]  # of one name: characters, and the two marks below
    Segments = tuple[Glob | None, ...]
    Place = tuple[int, int]
    Walk = dict[Place, tuple[Place, str] | None]  # a pair of places -> the one before it, and what was said in between

MAX_LENGTH = PATTERN  # of a pattern; a catalog holds none that is longer
_MANY = "*any"  # no single character, so neither can be mistaken for one
_ONE = "?one"
_NAME: Glob = (_ONE, _MANY)  # a name of whatever kind, never empty
_FILLER = "x"  # what stands for "any character" in a path that two patterns share

_read: dict[str, Segments] = {}


def matches(pattern: str, path: str) -> bool:
    """Return whether ``path`` (relative to the root, with ``/``) is one that ``pattern`` stands for."""
    parts = _read_segments(pattern)
    return bool(parts) and _fits(parts, composed(path).strip("/").split("/"), _matches_name)


class LastMatch:
    """Which of many patterns is the last that matches a path; asked often, so few of them are looked at.

    A pattern that begins with plain names is found under the folder that they name. Of any other a path
    has to hold the longest plain text, which is quickly told.

    Args:
        patterns: In the order in which the last one wins.
    """

    __slots__ = ("_anywhere", "_below")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._below: dict[str, list[tuple[int, str]]] = {}
        self._anywhere: list[tuple[int, str, str]] = []
        for place, pattern in enumerate(patterns):
            prefix = literal_prefix(pattern)
            if prefix:
                self._below.setdefault(prefix, []).append((place, pattern))
            else:
                self._anywhere.append((place, _longest_text(pattern), pattern))
        self._anywhere.reverse()

    def find(self, path: str) -> int:
        """Return the place of the last pattern that matches, or -1."""
        best = -1
        path = composed(path)
        around = path.strip("/")
        while around:
            for place, pattern in self._below.get(around, ()):
                if place > best and matches(pattern, path):
                    best = place
            around = around.rpartition("/")[0]
        for place, text, pattern in self._anywhere:
            if place <= best:
                break
            if text in path and matches(pattern, path):
                return place
        return best


def intersect(a: str, b: str) -> str | None:
    """Return a path that both patterns match, or None where there is none."""
    first, second = _read_segments(a), _read_segments(b)
    names = _meet(first, second) if first and second else None
    return None if names is None else "/".join(names)


def pattern_fault(pattern: str) -> str:
    """Return the reason why CODEOWNERS does not accept a pattern, or nothing."""
    if len(pattern) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH:,} characters"
    if not _read_segments(pattern):
        return "negates, which CODEOWNERS does not know" if pattern.startswith("!") else "names no path"
    if pattern.startswith("#"):
        return "is a comment in CODEOWNERS"
    return "has [ ], which CODEOWNERS takes for no range" if "[" in pattern else ""


def weight(pattern: str) -> int:
    """Return how hard a pattern is to compare: to tell whether two meet takes about the product of theirs."""
    return sum(len(part) if part and (_MANY in part or _ONE in part) else 1 for part in _read_segments(pattern))


def literal_prefix(pattern: str) -> str:
    """Return the path up to the first name of a pattern that is no plain text; nothing where it fits at any depth."""
    names = []
    for part in _read_segments(pattern):
        if part is None or _MANY in part or _ONE in part:
            break
        names.append("".join(part))
    return "/".join(names)


def _longest_text(pattern: str) -> str:
    """Return the longest plain text within one name of a pattern; every path that it matches holds that."""
    texts = [""]
    for part in _read_segments(pattern):
        texts.append("")
        for mark in part or ():
            if mark in (_MANY, _ONE):
                texts.append("")
            else:
                texts[-1] += mark
    return max(texts, key=len)


def _read_segments(pattern: str) -> Segments:
    """Return a pattern's parts; none at all for one that stands for nothing."""
    if pattern not in _read:
        _read[pattern] = () if pattern.startswith("!") else tuple(_split(composed(pattern)))
    return _read[pattern]


def _split(pattern: str) -> list[Glob | None]:
    names = [name for name in pattern.strip("/").split("/") if name]
    if not names:
        return []
    anchored = pattern.startswith("/") or len(names) > 1
    parts: list[Glob | None] = [] if anchored else [None]
    parts += [None if name == "**" else _glob(name) for name in names[:-1]]
    last = names[-1]
    if last == "**":
        return [*parts, _NAME, None]
    parts.append(_glob(last))
    if pattern.endswith("/"):
        parts += [_NAME, None]
    elif last != "*":
        parts.append(None)
    return parts


def _glob(name: str) -> Glob:
    if name == "*":
        return _NAME
    marks: list[str] = []
    literal = False
    for char in name:
        if literal:
            marks.append(char)
            literal = False
        elif char == "\\":
            literal = True
        elif char != "*":
            marks.append(_ONE if char == "?" else char)
        elif marks[-1:] != [_MANY]:
            marks.append(_MANY)
    return tuple(marks)


def _fits(parts: Segments, names: Sequence[str], fits: Callable[[Glob, str], bool]) -> bool:
    """Return whether names fit parts, by the set of places in ``parts`` that the names so far can have reached."""
    reached = _skip(parts, {0})
    for name in names:
        following: set[int] = set()
        for place in reached:
            if place < len(parts):
                part = parts[place]
                if part is None:
                    following.add(place)
                elif fits(part, name):
                    following.add(place + 1)
        reached = _skip(parts, following)
        if not reached:
            return False
    return len(parts) in reached


def _skip(parts: Segments, places: set[int]) -> set[int]:
    """Add the places behind a ``None``, which may stand for no name at all."""
    found = set(places)
    for place in places:
        while place < len(parts) and parts[place] is None:
            place += 1
            found.add(place)
    return found


def _matches_name(glob: Glob, name: str) -> bool:
    """Return whether a name fits a glob, going back to the last ``*`` only: linear in practice, never exponential."""
    at = position = 0
    star, mark = -1, 0
    while position < len(name):
        want = glob[at] if at < len(glob) else ""
        if want == _MANY:
            star, mark = at, position
            at += 1
        elif want == _ONE or want == name[position]:
            at += 1
            position += 1
        elif star >= 0:
            mark += 1
            at, position = star + 1, mark
        else:
            return False
    while at < len(glob) and glob[at] == _MANY:
        at += 1
    return at == len(glob)


def _meet(first: Segments, second: Segments) -> list[str] | None:
    """Return names that fit both, or None: the shortest walk over pairs of places."""
    end = (len(first), len(second))
    known: Walk = {(0, 0): None}
    waiting = [(0, 0)]
    for i, j in waiting:  # grows while it is walked
        for pair, name in _steps(first, second, i, j):
            if pair not in known:
                known[pair] = ((i, j), name)
                waiting.append(pair)
        if end in known:
            return _said(known, end) or None
    return None


def _said(known: Walk, end: tuple[int, int]) -> list[str]:
    """Return the characters on the way to a pair of places, in order."""
    said = []
    step = known[end]
    while step is not None:
        pair, text = step
        said += [text] if text else []
        step = known[pair]
    return said[::-1]


def _steps(first: Segments, second: Segments, i: int, j: int) -> list[tuple[tuple[int, int], str]]:
    """Return where one may go from a pair of places, and by which name (empty: none is used up)."""
    a = first[i] if i < len(first) else ()
    b = second[j] if j < len(second) else ()
    steps: list[tuple[tuple[int, int], str]] = []
    if a is None:
        steps.append(((i + 1, j), ""))
        if b:
            steps.append(((i, j + 1), _example(b)))
    if b is None:
        steps.append(((i, j + 1), ""))
        if a:
            steps.append(((i + 1, j), _example(a)))
    if a and b:
        common = _common_name(a, b)
        if common:
            steps.append(((i + 1, j + 1), common))
    if a is None and b is None:
        steps.append(((i + 1, j + 1), _FILLER))
    return steps


def _example(glob: Glob) -> str:
    name = "".join(_FILLER if mark == _ONE else mark for mark in glob if mark != _MANY)
    return name or _FILLER


def _common_name(a: Glob, b: Glob) -> str:
    """Return a name that fits both globs; empty where there is none."""
    if a == b and _MANY not in a and _ONE not in a:
        return "".join(a)
    end = (len(a), len(b))
    known: Walk = {(0, 0): None}
    waiting = [(0, 0)]
    for i, j in waiting:
        for pair, char in _letters(a, b, i, j):
            if pair not in known:
                known[pair] = ((i, j), char)
                waiting.append(pair)
        if end in known:
            return "".join(_said(known, end)) or _FILLER
    return ""


def _letters(a: Glob, b: Glob, i: int, j: int) -> list[tuple[tuple[int, int], str]]:
    x = a[i] if i < len(a) else ""
    y = b[j] if j < len(b) else ""
    steps: list[tuple[tuple[int, int], str]] = []
    if x == _MANY:
        steps.append(((i + 1, j), ""))
        if y and y != _MANY:
            steps.append(((i, j + 1), _FILLER if y == _ONE else y))
    if y == _MANY:
        steps.append(((i, j + 1), ""))
        if x and x != _MANY:
            steps.append(((i + 1, j), _FILLER if x == _ONE else x))
    if x and y and _MANY not in (x, y) and (x == y or _ONE in (x, y)):
        char = y if x == _ONE else x
        steps.append(((i + 1, j + 1), _FILLER if char == _ONE else char))
    return steps
