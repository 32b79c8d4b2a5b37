"""One commit's tree as a review asks about it: which flags are pending in it, what they say, which paths exist."""

from __future__ import annotations

from flaggit.layout import classify, completion_path
from flaggit.model import Completion, Flag
from flaggit.objects import REGULAR_MODE, list_tree, read_objects
from flaggit.trees import read_entries
from flaggit.values import BrokenFileError, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flaggit.objects import TreeEntry
    from flaggit.repo import Repo

_AT_ONCE = 2000  # files read and parsed together, so that memory stays bounded however large the store is


class Snapshot:
    """The store in the tree of one commit, and the other paths of that tree by name.

    Args:
        repo: The repository.
        oid: The commit's id.
    """

    __slots__ = ("_entries", "_flags", "_repo", "oid", "paths")

    def __init__(self, repo: Repo, oid: str) -> None:
        self._repo = repo
        self.oid = oid
        self._entries = {entry.path: entry for entry in list_tree(repo, oid)}
        self.paths = self._entries.keys()
        self._flags: dict[str, str] = {}
        for path in self._entries:
            location = classify(path)
            if location is not None and location.kind == "flag" and location.flag_id:
                self._flags.setdefault(location.flag_id, path)

    def find_path(self, flag_id: str) -> str | None:
        """Return where a flag's file lies, or None where the tree has none."""
        return self._flags.get(flag_id)

    def is_done(self, flag_id: str) -> bool:
        """Tell whether the tree holds the flag's completion."""
        return completion_path(flag_id) in self._entries

    def pending_paths(self) -> list[str]:
        """Return where the flags lie that the tree has no completion of."""
        return [path for flag_id, path in self._flags.items() if not self.is_done(flag_id)]

    def read_flags(self, flag_ids: Iterable[str]) -> dict[str, Flag]:
        """Return id -> flag, of those that the tree has and that can be read."""
        paths = [path for flag_id in flag_ids if (path := self._flags.get(flag_id))]
        return {flag.id: flag for _, flag in self._iter_values(paths) if isinstance(flag, Flag)}

    def read_completions(self, flag_ids: Iterable[str]) -> dict[str, Completion]:
        """Return id -> completion, of those that the tree has and that can be read."""
        paths = [path for flag_id in flag_ids if (path := completion_path(flag_id)) in self._entries]
        return {value.id: value for _, value in self._iter_values(paths) if isinstance(value, Completion)}

    def iter_pending(self, wanted: Callable[[bytes], bool]) -> Iterator[tuple[str, Flag]]:
        """Yield path and flag of everything pending that can be read, some thousands in memory at a time.

        ``wanted`` sees a file's bytes first and says whether it is worth parsing.
        """
        paths = self.pending_paths()
        for start in range(0, len(paths), _AT_ONCE):
            entries = [self._entries[path] for path in paths[start : start + _AT_ONCE]]
            blobs = read_objects(self._repo, (entry.oid for entry in entries if entry.mode == REGULAR_MODE))
            worth = [entry for entry in entries if entry.oid in blobs and wanted(blobs[entry.oid][2])]
            for entry in worth:
                value = _read(entry.path, blobs[entry.oid][2])
                if isinstance(value, Flag):
                    yield entry.path, value

    def only_existing(self, paths: Iterable[str]) -> set[str]:
        """Return those of ``paths`` that the tree has, as a file or a folder; contents are not read."""
        wanted = [path for path in dict.fromkeys(paths) if "\n" not in path]
        if not wanted:
            return set()
        names = [f"{self.oid}:{path.rstrip('/')}" for path in wanted]
        request = "\n".join(names).encode("utf-8", "surrogateescape") + b"\n"
        answer = self._repo.run("cat-file", "--batch-check=%(objecttype)", input=request).stdout
        lines = answer.decode("utf-8", "surrogateescape").split("\n")
        return {path for path, line in zip(wanted, lines, strict=False) if line in ("blob", "tree", "commit")}

    def _iter_values(self, paths: list[str]) -> Iterator[tuple[str, object]]:
        for start in range(0, len(paths), _AT_ONCE):
            entries: list[TreeEntry] = [self._entries[path] for path in paths[start : start + _AT_ONCE]]
            yield from read_entries(self._repo, entries).items()


def _read(path: str, data: bytes) -> object:
    try:
        return read_value(path, data)
    except BrokenFileError:  # told by the rules over files
        return None
