"""One commit's tree as a review asks about it: which flags are pending in it, what they say, which paths exist.

Names are kept, contents only while they are looked at, so that memory stays bounded however large the store is.
"""

from __future__ import annotations

from itertools import islice

from flaggit.clone.tree_files import read_tree_files
from flaggit.core.layout import Location, classify, completion_path
from flaggit.core.model import Completion, Flag
from flaggit.documents.rules import path_fault
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git.objects import REGULAR_MODE, read_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from flaggit.git.objects import TreeEntry
    from flaggit.git.repo import Repo

_AT_ONCE = 2000  # files read and parsed together


class Snapshot:
    """The store in the tree of one commit, and the other paths of that tree by name.

    Args:
        repo: The repository.
        oid: The commit's id.
    """

    __slots__ = ("_files", "_repo", "oid")

    def __init__(self, repo: Repo, oid: str) -> None:
        self._repo = repo
        self.oid = oid
        self._files = read_tree_files(repo, oid)

    def has_flag(self, flag_id: str) -> bool:
        """Return whether the tree holds the flag's file."""
        return self._find_flag(flag_id) is not None

    def is_done(self, flag_id: str) -> bool:
        """Return whether the tree holds the flag's completion."""
        entry = self._files.get(completion_path(flag_id))
        return entry is not None and entry.mode == REGULAR_MODE

    def read_flags(self, flag_ids: Iterable[str]) -> dict[str, Flag]:
        """Return id -> flag, of those that the tree has and that can be read."""
        places = filter(None, map(self._find_flag, flag_ids))
        return {value.id: value for _, value in self._iter_values(places) if isinstance(value, Flag)}

    def read_completions(self, flag_ids: Iterable[str]) -> dict[str, Completion]:
        """Return id -> completion, of those that the tree has and that can be read."""
        places = (entry for entry in map(self._files.get, map(completion_path, flag_ids)) if entry is not None)
        return {value.id: value for _, value in self._iter_values(places) if isinstance(value, Completion)}

    @property
    def folders(self) -> set[str]:
        """Return the folders that hold flags."""
        return {place.folder for place, _ in self._iter_places("flag")}

    def iter_flags(
        self, wanted: Callable[[bytes], bool], *, done: bool = False, whole: Collection[str] = ()
    ) -> Iterator[tuple[str, Flag]]:
        """Yield path and flag of everything pending, or of everything ``done``, that can be read.

        ``wanted`` sees a file's bytes first and says whether it is worth parsing; those in folders ``whole`` all are.
        """
        ended = {place.stem for place, _ in self._iter_places("completion")}
        for every in (True, False):
            places = (
                entry
                for place, entry in self._iter_places("flag")
                if (place.stem in ended) is done and (place.folder in whole) is every
            )
            for path, value in self._iter_values(places, None if every else wanted):
                if isinstance(value, Flag):
                    yield path, value

    def only_existing(self, paths: Iterable[str]) -> set[str]:
        """Return those of ``paths`` that the tree has, as a file or a folder; contents are not read.

        Paths that lead out of the repository exist in no tree, and git would end at them (``rev:./x`` and
        ``rev:../x`` are relative to the working folder: gitrevisions(7)).
        """
        wanted = [path for path in dict.fromkeys(paths) if not path_fault(path) and not path.startswith("./")]
        if not wanted:
            return set()
        names = [f"{self.oid}:{path.rstrip('/')}" for path in wanted]
        request = "\n".join(names).encode("utf-8", "surrogateescape") + b"\n"
        answer = self._repo.run("cat-file", "--batch-check=%(objecttype)", input=request).stdout
        lines = answer.decode("utf-8", "surrogateescape").split("\n")
        return {path for path, line in zip(wanted, lines, strict=False) if line in ("blob", "tree", "commit")}

    def _find_flag(self, flag_id: str) -> TreeEntry | None:
        entries = filter(None, map(self._files.get, self._files.paths_of(flag_id)))
        return next((entry for entry in entries if entry.mode == REGULAR_MODE), None)

    def _iter_places(self, kind: str) -> Iterator[tuple[Location, TreeEntry]]:
        for entry in self._files:
            place = classify(entry.path) if entry.mode == REGULAR_MODE else None
            if place is not None and place.kind == kind and place.flag_id:
                yield place, entry

    def _iter_values(
        self, places: Iterable[TreeEntry], wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[tuple[str, object]]:
        left = iter(places)
        while some := list(islice(left, _AT_ONCE)):
            blobs = read_objects(self._repo, (entry.oid for entry in some))
            for entry in some:
                data = blobs[entry.oid].content if entry.oid in blobs and entry.mode == REGULAR_MODE else None
                if data is not None and (wanted is None or wanted(data)):
                    yield entry.path, read_or_none(entry.path, data)


def read_or_none(path: str, data: bytes) -> object:
    """Return the value in a file of the store, or None where it is broken (which the rules over files report)."""
    try:
        return read_value(path, data)
    except BrokenFileError:
        return None
