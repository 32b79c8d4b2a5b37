"""One commit's tree as a review asks about it: which flags are pending in it, what they say, which paths exist.

Names are kept, contents only while they are looked at, so that memory stays bounded however large the store is.
"""

from __future__ import annotations

from flaggit.clone.tips import read_tree_listing
from flaggit.core.handles import is_store_folder
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import DONE, NOTES, STORE, SUFFIX, completion_path
from flaggit.core.model import Completion, Flag
from flaggit.documents.rules import path_fault
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git.objects import read_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from flaggit.git.repo import Repo

_AT_ONCE = 2000  # files read and parsed together


class Snapshot:
    """The store in the tree of one commit, and the other paths of that tree by name.

    Args:
        repo: The repository.
        oid: The commit's id.
    """

    __slots__ = ("_done", "_flags", "_repo", "oid")

    def __init__(self, repo: Repo, oid: str) -> None:
        self._repo = repo
        self.oid = oid
        self._flags: dict[str, tuple[str, str]] = {}  # id -> folder, blob
        self._done: dict[str, str] = {}
        for folder, files in read_tree_listing(repo, oid).items():
            if folder == DONE:
                self._done = dict(files)
            elif folder != NOTES and is_store_folder(folder):
                for stem, blob in files:
                    if is_flag_id(stem):
                        self._flags.setdefault(stem, (folder, blob))

    def has_flag(self, flag_id: str) -> bool:
        """Return whether the tree holds the flag's file."""
        return flag_id in self._flags

    def is_done(self, flag_id: str) -> bool:
        """Return whether the tree holds the flag's completion."""
        return flag_id in self._done

    def read_flags(self, flag_ids: Iterable[str]) -> dict[str, Flag]:
        """Return id -> flag, of those that the tree has and that can be read."""
        places = [(self._path(flag_id), self._flags[flag_id][1]) for flag_id in flag_ids if flag_id in self._flags]
        return {value.id: value for _, value in self._iter_values(places) if isinstance(value, Flag)}

    def read_completions(self, flag_ids: Iterable[str]) -> dict[str, Completion]:
        """Return id -> completion, of those that the tree has and that can be read."""
        places = [(completion_path(flag_id), self._done[flag_id]) for flag_id in flag_ids if flag_id in self._done]
        return {value.id: value for _, value in self._iter_values(places) if isinstance(value, Completion)}

    @property
    def folders(self) -> set[str]:
        """Return the folders that hold flags."""
        return {folder for folder, _ in self._flags.values()}

    def iter_flags(
        self, wanted: Callable[[bytes], bool], *, done: bool = False, whole: Collection[str] = ()
    ) -> Iterator[tuple[str, Flag]]:
        """Yield path and flag of everything pending, or of everything ``done``, that can be read.

        ``wanted`` sees a file's bytes first and says whether it is worth parsing; those in folders ``whole`` all are.
        """
        for every in (True, False):
            places = [
                (self._path(flag_id), blob)
                for flag_id, (folder, blob) in self._flags.items()
                if (flag_id in self._done) is done and (folder in whole) is every
            ]
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

    def _path(self, flag_id: str) -> str:
        return f"{STORE}/{self._flags[flag_id][0]}/{flag_id}{SUFFIX}"

    def _iter_values(
        self, places: list[tuple[str, str]], wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[tuple[str, object]]:
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            blobs = read_objects(self._repo, (blob for _, blob in some))
            for path, blob in some:
                data = blobs[blob].content if blob in blobs else None
                if data is not None and (wanted is None or wanted(data)):
                    yield path, read_or_none(path, data)


def read_or_none(path: str, data: bytes) -> object:
    """Return the value in a file of the store, or None where it is broken (which the rules over files report)."""
    try:
        return read_value(path, data)
    except BrokenFileError:
        return None
