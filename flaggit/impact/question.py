"""What is asked: the files that a change touches with their lines, the tree it is made to, and by whom."""

from __future__ import annotations

from flaggit.core.record import record
from flaggit.impact.past import changed_lines, find_renames
from flaggit.impact.words import FILE_LIMIT, find_quotable, find_words, is_text, is_weak

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.impact.asked import Entry


@record
class ChangedFile:
    """One changed file: ``status`` ``A``, ``M`` or ``D``, its old and new text (empty where it is none), its lines.

    ``removed`` are the lines that only the old text has, ``added`` (number, line) of those only the new one has.
    """

    path: str
    status: str
    old: bytes
    new: bytes
    removed: tuple[bytes, ...]
    added: tuple[tuple[int, bytes], ...]
    old_path: str = ""

    @property
    def is_weak(self) -> bool:
        """Whether its words say little."""
        return is_weak(self.path)

    @property
    def lines(self) -> list[bytes]:
        """All changed lines."""
        return [*self.removed, *(line for _, line in self.added)]


@record
class Change:
    """A change.

    Attributes:
        files: What it changes.
        base: The commit whose tree and history it is held against; empty where there is none.
        own: The areas of who makes it, which need not be told.
        sources: The areas that the files lie in.
        paths: The changed paths, under their old names too.
        words: The names on changed lines.
    """

    files: tuple[ChangedFile, ...]
    base: str
    own: frozenset[str]
    sources: frozenset[str]
    paths: frozenset[str]
    words: frozenset[bytes]


def make_change(files: tuple[ChangedFile, ...], base: str, own: frozenset[str], sources: frozenset[str]) -> Change:
    """The change that some files make; the arguments are ``Change``'s."""
    paths = frozenset(path for file in files for path in (file.path, file.old_path) if path)
    lines = (line for file in files if not file.is_weak for line in file.lines)
    return Change(files, base, own, sources, paths, frozenset(find_words(b"\n".join(lines))))


def build_files(entries: Sequence[tuple[Entry, bytes, bytes]]) -> tuple[ChangedFile, ...]:
    """The changed files of raw entries with their two texts; a renamed file is one."""
    renames = {new: old for old, new in find_renames(entry for entry, _, _ in entries)}
    olds = {entry[1]: old for entry, old, _ in entries}
    found = []
    for (status, path, *_), old, new in entries:
        if path in renames.values() and status == "D":
            continue
        before = olds.get(renames.get(path, ""), old)
        before, after = (side if is_text(side[: FILE_LIMIT + 1]) else b"" for side in (before, new))
        removed, added = changed_lines(before, after)
        found.append(ChangedFile(path, status, before, after, tuple(removed), tuple(added), renames.get(path, "")))
    return tuple(found)


def find_quotable_words(files: Iterable[ChangedFile]) -> set[bytes]:
    """Those of them that may be repeated."""
    found: set[bytes] = set()
    for file in files:
        found |= find_quotable(file.path, file.lines)
    return found
