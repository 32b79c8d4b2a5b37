"""A store's files with their modes and bytes, as checks judge them: from the work tree, the index or a tree."""

from __future__ import annotations

import os
import stat
from _collections_abc import Mapping

from flaggit.checking.files import EXECUTABLE, FOLDER, LINK, OTHER, REGULAR, UNREADABLE
from flaggit.core.layout import SETTINGS, STORE, classify, is_lookalike, kind_of, limit_of
from flaggit.core.limits import CATALOG
from flaggit.core.record import record, replace
from flaggit.git.files import NotRegularError, read_file
from flaggit.git.objects import list_tree, read_limited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from flaggit.clone.store import Store
    from flaggit.git.changes import RawEntry
    from flaggit.git.repo import Repo

    Finder = Callable[[Collection[bytes]], list[str]]

_BESIDE = (f"{STORE}/catalog", SETTINGS)  # how paths begin that others are judged by
_BESIDE_MARKS = tuple(map(str.encode, _BESIDE))
_BLOB_MODES = (REGULAR, EXECUTABLE, LINK)
# Paths in git's index are stored with a common beginning cut off in its fourth version, so the dot may be missing.
_STORE_MARK = STORE[1:].encode() + b"/"
_STORE_START = STORE.encode() + b"/"
_LENGTH = 0xFFF
_SPLIT_MARK = b"link"  # an index in two files, the paths perhaps in the other
_SPARSE_MARK = b"sdir"  # an index that names folders instead of what lies in them
_PLAIN = b"DIRC\0\0\0\2"  # how an index begins in which each path stands whole, its length before it
_FEW = 50  # paths or ids that are searched for one by one; for more of them all paths are listed


@record
class Snapshot:
    """Files of one tree: ``files`` are to be judged (path -> mode, bytes), ``others`` lie beside them by path.

    ``find`` returns the paths beside them in which one of some marks stands, where ``others`` was not made.
    ``removed`` are the paths that are taken away, ``catalog`` the catalog's files, ``settings`` the
    bytes of the settings' file, empty where there is none.
    """

    files: Mapping[str, tuple[str, bytes]]
    others: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    catalog: tuple[tuple[str, bytes], ...] = ()
    settings: bytes = b""
    find: Finder | None = None

    def about(self, ids: Collection[str]) -> Collection[str]:
        """Return the paths beside the judged files that may be about one of these flags; or all there are."""
        return self.others if self.find is None else self.find([b"/" + flag_id.encode() for flag_id in ids])


def read_worktree(repo: Repo, store: Store, wanted: Callable[[str], bool] | None = None) -> Snapshot:
    """Return the store as it lies on disk, committed or not.

    Args:
        repo: The repository.
        store: The worktree's store.
        wanted: Tells which paths are judged; None: all.
    """
    if os.path.islink(store.locate(STORE)):
        return Snapshot({STORE: (LINK, b"")})
    keeps_modes = _has_file_modes(repo)
    judged: list[str] = []
    others: list[str] = []
    for path in (*store.iter_paths(), *filter(is_lookalike, os.listdir(store.locate("")))):
        (judged if wanted is None or wanted(path) else others).append(path)

    def read(path: str) -> tuple[str, bytes]:
        return read_disk_file(store.locate(path), limit_of(path), keeps_modes=keeps_modes)

    return Snapshot(_ReadInTurn(judged, read), tuple(others))


class _ReadInTurn(Mapping[str, tuple[str, bytes]]):
    """Files that are read when it is their turn, and again when they are asked for again."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], tuple[str, bytes]]) -> None:
        self._paths = dict.fromkeys(paths)
        self._read = read

    def __getitem__(self, path: str) -> tuple[str, bytes]:
        if path not in self._paths:
            raise KeyError(path)
        return self._read(path)

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def read_disk_file(path: str, limit: int, *, keeps_modes: bool = True) -> tuple[str, bytes]:
    """Return mode and bytes of what lies at a path (absolute); links are not followed, FIFOs not waited for.

    Args:
        path: Where it lies.
        limit: One byte more than this is read at most.
        keeps_modes: False where the file system knows no executable files and calls all of them so.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return LINK, b""
        if stat.S_ISDIR(status.st_mode):
            return FOLDER, b""
        data = read_file(path, limit)
    except NotRegularError:
        return OTHER, b""
    except OSError:
        return UNREADABLE, b""
    return (EXECUTABLE if keeps_modes and status.st_mode & stat.S_IXUSR else REGULAR), data


def read_index(repo: Repo, staged: list[RawEntry] | None = None) -> Snapshot | None:
    """Return the changes of the store in the next commit, or None where there are none.

    Reads the index that git names (a partial commit has one of its own). Without a path of the
    store in it no git is started; otherwise one process compares and two read.

    Args:
        repo: The repository.
        staged: What differs between HEAD and the index, where whoever calls knows it; None: git is asked.
    """
    index = _read_index_file(repo)
    if index is not None and _STORE_MARK not in index and _SPLIT_MARK not in index:
        return None
    from flaggit.git.changes import parse_raw

    if staged is None:
        options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff")
        staged = parse_raw(repo.run("diff", *options, "--ignore-submodules=none").stdout)
    tops = {entry.path.partition("/")[0] for entry in staged if entry.status != "D"}
    lookalikes = {top: (OTHER, "") for top in tops if is_lookalike(top)}
    staged = [entry for entry in staged if classify(entry.path) or entry.path == STORE]
    if not staged and not lookalikes:
        return None
    judged = {entry.path: (entry.new_mode, entry.new_oid) for entry in staged if entry.status not in "DU"} | lookalikes
    judged.update({entry.path: (OTHER, "") for entry in staged if entry.status == "U"})
    removed = tuple(entry.path for entry in staged if entry.status == "D")
    find = _finder(repo, index, few=len(staged) <= _FEW)
    beside = [path for path in find(_BESIDE_MARKS) if path not in judged]
    # What is not staged is as HEAD has it, which git finds without reading the index once more.
    return replace(_read_blobs(repo, judged, beside, removed, "HEAD"), find=find)


def _finder(repo: Repo, index: bytes | None, *, few: bool) -> Finder:
    """Return a function that finds paths of the index by their text: in its own bytes, where those show every path."""
    if few and index is not None and index.startswith(_PLAIN):
        plain = index
        if _SPLIT_MARK not in plain and _SPARSE_MARK not in plain:
            return lambda marks: _find_in_index(plain, marks)
    listing = repo.run("ls-files", "-z", "--full-name", "--", STORE).stdout
    return lambda marks: _find_in_listing(listing, marks)


def read_tree(repo: Repo, rev: str, judged: Collection[str] | None = None) -> Snapshot:
    """Return the store in a tree.

    Args:
        repo: The repository.
        rev: An object id or a full ref name.
        judged: The paths whose content is read; None: all.
    """
    entries = {entry.path: (entry.mode, entry.oid) for entry in list_tree(repo, rev)}
    chosen = entries if judged is None else {path: entries[path] for path in judged if path in entries}
    return _read_blobs(repo, chosen, [path for path in entries if path not in chosen], (), rev)


def _read_blobs(
    repo: Repo, judged: dict[str, tuple[str, str]], others: list[str], removed: tuple[str, ...], rev: str
) -> Snapshot:
    """Read judged files by mode and object id; the catalog and settings beside them by name in ``rev``."""
    limits: dict[str, int] = {}
    for path, (mode, oid) in judged.items():
        if mode in _BLOB_MODES:
            limits[oid] = max(limits.get(oid, 0), limit_of(path))
    beside = {f"{rev}:{path}": path for path in others if _kind_beside(path) in ("catalog", "settings")}
    contents = _read_contents(repo, limits, beside)
    files = {path: content_of(mode, contents.get(oid)) for path, (mode, oid) in judged.items()}
    texts = {path: contents[name] for name, path in beside.items() if name in contents}
    texts.update({path: data for path, (mode, data) in files.items() if mode == REGULAR})
    catalog = tuple(
        (path, texts[path]) for path in sorted(texts, key=_catalog_order) if _kind_beside(path) == "catalog"
    )
    return Snapshot(files, tuple(others), removed, catalog, texts.get(SETTINGS, b""))


def _read_contents(repo: Repo, limits: dict[str, int], names: Iterable[str]) -> dict[str, bytes]:
    """Return object name -> content, in two processes however many; what is too large is blanks.

    Args:
        repo: The repository.
        limits: Object id -> the largest size that is read.
        names: Of further objects, files of the catalog and settings.
    """
    found = read_limited(repo, {**dict.fromkeys(names, CATALOG), **limits})
    return {name: item.content for name, item in found.items()}


def _find_in_listing(listing: bytes, marks: Collection[bytes]) -> list[str]:
    """Return the paths of a listing, each with a NUL after it, in which one of ``marks`` stands; of many marks all."""
    if len(marks) > _FEW:
        return listing.decode("utf-8", "surrogateescape").split("\0")[:-1]
    found: dict[bytes, None] = {}
    for mark in marks:
        at = listing.find(mark)
        while at >= 0:
            end = listing.index(b"\0", at)
            found[listing[listing.rfind(b"\0", 0, at) + 1 : end]] = None
            at = listing.find(mark, end)
    return [path.decode("utf-8", "surrogateescape") for path in found]


def _find_in_index(index: bytes, marks: Collection[bytes]) -> list[str]:
    """Return the paths of the store in which one of ``marks`` stands, from the bytes of git's index.

    Source: gitformat-index(5). In its second version an entry ends with the length of the path in the lower
    twelve bits of two bytes, the path, and a NUL: whatever else looks like a path has no such length before it.
    """
    found: dict[bytes, None] = {}
    for mark in marks:
        at = index.find(mark)
        while at >= 0:
            end = index.find(b"\0", at)
            begin = index.rfind(_STORE_START, 0, at + len(mark))
            path = index[begin:end]
            if begin > 1 and int.from_bytes(index[begin - 2 : begin], "big") & _LENGTH == min(len(path), _LENGTH):
                found[path] = None
            at = index.find(mark, at + 1)
    return [path.decode("utf-8", "surrogateescape") for path in found]


def content_of(mode: str, data: bytes | None) -> tuple[str, bytes]:
    """Return mode and bytes of a file; what the clone lacks is unreadable, not empty."""
    if mode in _BLOB_MODES and data is None:  # a partial clone
        return UNREADABLE, b""
    return mode, data or b""


def _kind_beside(path: str) -> str:
    return kind_of(path) if path.startswith(_BESIDE) else ""  # of many thousands of flags nothing is asked


def _catalog_order(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _read_index_file(repo: Repo) -> bytes | None:
    """Return the bytes of the index that git would use; None where it cannot be read as a plain file."""
    try:
        with open(repo.index_file, "rb") as file:
            return file.read()
    except OSError:
        return None


def _has_file_modes(repo: Repo) -> bool:
    try:
        with open(os.path.join(repo.common_dir, "config"), "rb") as file:
            return b"filemode=false" not in file.read().lower().replace(b" ", b"")
    except OSError:
        return True


def select(paths: Iterable[str]) -> Callable[[str], bool]:
    """Return a test for paths of the store that are one of ``paths`` or lie below one of them."""
    names = [name.rstrip("/") for name in paths]
    folders = tuple(name + "/" for name in names)
    if "." in names:
        return lambda path: True  # noqa: ARG005
    return lambda path: path in names or path.startswith(folders)
