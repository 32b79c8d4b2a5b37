"""Where flags are seen: worktrees on disk and trees of commits, behind one small interface."""

from __future__ import annotations

from flaggit.clone.store import Store
from flaggit.core.errors import NotFoundError, UnavailableError
from flaggit.core.layout import DONE, NOTES, STORE, Location, classify
from flaggit.core.model import Place
from flaggit.core.text import shell_word
from flaggit.documents.values import BrokenFileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.clone.tips import Blobs, Listing
    from flaggit.git.repo import Repo

HERE = Place("here", "")
_FEW = 4096  # up to here asking for single names beats listing a folder that may hold 100,000


class DiskSource:
    """A worktree's store as it lies on disk, committed or not.

    ``here`` tells whether its flags can be worked on from this worktree.
    """

    def __init__(self, repo: Repo, root: str, place: Place) -> None:
        self.place = place
        self.here = place is HERE
        self.root: str | None = root
        self._store = Store(repo, root)

    def list_folders(self) -> list[str]:
        """Return the names of the folders that hold flags."""
        return [name for name in self._readable(self._store.list_folders) if holds_flags(name)]

    def list_stems(self, folder: str) -> list[str]:
        """Return the names of a folder's files without ``.yaml``."""
        return self._readable(lambda: self._store.list_names(folder))

    def locate(self, folder: str) -> str:
        """Return where a folder of the store lies on disk."""
        return self._store.locate(f"{STORE}/{folder}")

    def has(self, folder: str, stem: str) -> bool:
        """Return whether the store has that file."""
        return bool(self.only_existing(folder, {stem}))

    def only_existing(self, folder: str, stems: set[str]) -> set[str]:
        """Return those of ``stems`` that have a file in the folder."""
        if not stems:
            return set()
        if len(stems) <= _FEW:
            return set(self._readable(lambda: self._store.only_existing(folder, stems)))
        return stems.intersection(self.list_stems(folder))

    def read(self, paths: Iterable[str]) -> dict[str, bytes | Exception]:
        """Return path -> bytes, or the error that reading it gave."""
        found: dict[str, bytes | Exception] = {}
        for path in paths:
            try:
                found[path] = self._store.read_bytes(path)
            except (BrokenFileError, NotFoundError) as error:  # handed on as data; the caller judges it
                found[path] = error
        return found

    def _readable(self, listed: Callable[[], Iterable[str]]) -> list[str]:
        """Return a listing. Another worktree that may not be read hides its flags; one's own is an error."""
        try:
            return list(listed())
        except UnavailableError:
            if self.here:
                raise
            return []


class TreeSource:
    """The store in a commit's tree, given as a listing of its files; contents are read only when asked for.

    ``ref`` is the full name of the branch whose tip it is, where it is one: a place's name is for people.
    """

    def __init__(self, blobs: Blobs, listing: Listing, place: Place, *, here: bool = False, ref: str = "") -> None:
        self.place = place
        self.root: str | None = None
        self.ref = ref
        self.here = here
        self._blobs = blobs
        self._files = {folder: dict(files) for folder, files in listing.items()}

    def list_folders(self) -> list[str]:
        """Return the names of the folders that hold flags."""
        return [name for name in self._files if holds_flags(name)]

    def list_stems(self, folder: str) -> list[str]:
        """Return the names of a folder's files without ``.yaml``."""
        return list(self._files.get(folder, ()))

    def locate(self, folder: str) -> str:  # noqa: ARG002 - a tree lies nowhere on disk
        """Return nothing."""
        return ""

    def has(self, folder: str, stem: str) -> bool:
        """Return whether the store has that file."""
        return stem in self._files.get(folder, ())

    def only_existing(self, folder: str, stems: set[str]) -> set[str]:
        """Return those of ``stems`` that have a file in the folder."""
        return stems.intersection(self._files.get(folder, ()))

    def read(self, paths: Iterable[str]) -> dict[str, bytes | Exception]:
        """Return path -> bytes, or the error of a file whose content a partial clone does not have."""
        wanted = {path: oid for path in paths if (oid := self._blob(path))}
        blobs = self._blobs.read(wanted.values())
        return {path: blobs[oid] if oid in blobs else self._lacks(path) for path, oid in wanted.items()}

    def _lacks(self, path: str) -> BrokenFileError:
        reason = f"on {self.place.name or 'HEAD'} is not in this clone, which is a partial one"
        name = f"{self.ref or 'HEAD'}:{path}"
        fix = f"git show {shell_word(name)}"  # git itself fetches what it shows
        return BrokenFileError(path, "missing_object", reason, fix=fix)

    def blobs(self, paths: Iterable[str]) -> list[str]:
        """Return the object ids that reading ``paths`` asks for; asked for together they cost one process."""
        return [oid for oid in map(self._blob, paths) if oid]

    def _blob(self, path: str) -> str:
        location = classify(path) or Location("stray")
        return self._files.get(location.folder, {}).get(location.stem, "")


Source = DiskSource | TreeSource


def holds_flags(folder: str) -> bool:
    """Return whether a folder of the store is one for flags, by its name."""
    return folder not in (DONE, NOTES, "catalog.d") and not folder.startswith(".")
