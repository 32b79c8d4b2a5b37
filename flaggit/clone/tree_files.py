"""The files of the store in one tree: kept as git printed them, and searched so, since there may be 200,000."""

from __future__ import annotations

from sys import intern

from flaggit.core.layout import classify, completion_path
from flaggit.git.objects import TreeEntry, list_raw, parse_ls_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flaggit.git.changes import RawEntry
    from flaggit.git.repo import Repo

_ABSENT = "000000"


class TreeFiles:
    """The files of a tree's store, in git's order, and those that replace some of them.

    Args:
        listing: What ``git ls-tree -r -z`` says.
        changed: By path what lies there instead; None: nothing.
    """

    def __init__(self, listing: bytes = b"", changed: Mapping[str, TreeEntry | None] | None = None) -> None:
        self._listing = listing
        self._changed = changed or {}
        self._flags: dict[str, str] | None = None  # id -> the folder that its file is seen in first
        self._again: dict[str, list[str]] = {}  # id -> the paths of its other files

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __iter__(self) -> Iterator[TreeEntry]:
        start = 0
        while (end := self._listing.find(b"\0", start) + 1) > 0:
            (entry,) = parse_ls_tree(self._listing[start:end])
            if entry.path not in self._changed:
                yield entry
            start = end
        yield from filter(None, self._changed.values())

    def __contains__(self, path: str) -> bool:
        return self.get(path) is not None

    def get(self, path: str) -> TreeEntry | None:
        """Return what lies at a path, or None."""
        return self._changed[path] if path in self._changed else self._find(path)

    def beginning(self, text: str) -> list[TreeEntry]:
        """Return the files whose paths begin so."""
        found: list[TreeEntry] = []
        mark = b"\t" + text.encode("utf-8", "surrogateescape")
        at = self._listing.find(mark)
        while at >= 0:
            end = self._listing.index(b"\0", at) + 1
            found += parse_ls_tree(self._listing[self._listing.rfind(b"\0", 0, at) + 1 : end])
            at = self._listing.find(mark, end)
        kept = [entry for entry in found if entry.path not in self._changed]
        return [entry for entry in (*kept, *filter(None, self._changed.values())) if entry.path.startswith(text)]

    def holds(self, oid: str) -> bool:
        """Return whether one of the files has this content."""
        if any(entry is not None and entry.oid == oid for entry in self._changed.values()):
            return True
        mark = f" {oid}\t".encode()
        at = self._listing.find(mark)
        while at >= 0:
            entry = self._entry_around(at)
            if entry.oid == oid and entry.path not in self._changed:
                return True
            at = self._listing.find(mark, at + 1)
        return False

    def replaced(self, changed: Mapping[str, TreeEntry | None]) -> TreeFiles:
        """Return these files with others in the place of some; None: without them."""
        return TreeFiles(self._listing, {**self._changed, **changed})

    def after(self, differences: Iterable[RawEntry]) -> TreeFiles:
        """Return the files of the tree to which these differences lead."""
        return self.replaced(
            {
                entry.path: None if entry.new_mode == _ABSENT else TreeEntry(entry.path, entry.new_mode, entry.new_oid)
                for entry in differences
            }
        )

    def is_done(self, flag_id: str) -> bool:
        """Return whether there is a completion of a flag."""
        return completion_path(flag_id) in self

    def paths_of(self, flag_id: str) -> list[str]:
        """Return the paths of a flag's files."""
        if self._flags is None:
            self._flags = {}
            for entry in self:
                self._add(entry.path)
        folder = self._flags.get(flag_id)
        return [f"{folder}/{flag_id}.yaml", *self._again.get(flag_id, ())] if folder else []

    def about(self, flag_ids: Iterable[str]) -> list[str]:
        """Return the paths of the files of flags, and of their completions."""
        ids = list(flag_ids)
        paths = [path for flag_id in ids for path in self.paths_of(flag_id)]
        return [*paths, *(completion_path(flag_id) for flag_id in ids if self.is_done(flag_id))]

    def _add(self, path: str) -> None:
        location = classify(path)
        if self._flags is None or location is None or location.kind != "flag" or not location.flag_id:
            return
        folder = intern(path.rpartition("/")[0])
        if self._flags.setdefault(location.flag_id, folder) is not folder:
            self._again.setdefault(location.flag_id, []).append(path)

    def _find(self, path: str) -> TreeEntry | None:
        """Return what lies at a path, in a dozen of steps: git's listings are in order of their paths' bytes."""
        wanted = path.encode("utf-8", "surrogateescape")
        low, high = 0, len(self._listing)
        while low < high:
            middle = (low + high) // 2
            start = max(low, self._listing.rfind(b"\0", low, middle) + 1)
            end = self._listing.index(b"\0", start)
            name = self._listing[self._listing.index(b"\t", start) + 1 : end]
            if name == wanted:
                return self._entry_around(start)
            if name < wanted:
                low = end + 1
            else:
                high = start
        return None

    def _entry_around(self, at: int) -> TreeEntry:
        start = self._listing.rfind(b"\0", 0, at) + 1
        (entry,) = parse_ls_tree(self._listing[start : self._listing.index(b"\0", at) + 1])
        return entry


def read_tree_files(repo: Repo, rev: str) -> TreeFiles:
    """Return the files of the store in the tree of ``rev``; errors as ``list_tree`` has them."""
    return TreeFiles(list_raw(repo, rev))
