"""Which committed flags name another flag (``re``) or an older system's number (``legacy_id``).

Neither changes once it is committed, so the tree of HEAD answers for the files on disk that have their
names in it, and only the others are read, each until its stamp proves that it names nothing. The answers
lie in the disposable cache, a folder's under its tree's object id: after a commit only the files that
it changed are looked into again.
"""

from __future__ import annotations

import os
import time

from flaggit.clone.sources import holds_flags
from flaggit.clone.tips import read_folders, read_trees
from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.model import Flag
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git import cache
from flaggit.git.objects import REGULAR_MODE, read_objects
from flaggit.git.refs import read_head
from flaggit.git.stamps import is_stable, read_stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flaggit.clone.sources import Source
    from flaggit.git.changes import RawEntry
    from flaggit.git.repo import Repo
    from flaggit.git.stamps import Stamp

    # folder of the store -> (its tree, stem -> what the flag names, the stems of files that hold no flag)
    Names = tuple[str, dict[str, str], tuple[str, ...]]
    Folders = dict[str, Names]
    # store on disk -> folder -> (its stamp, the tree it was held against, the stems that were not in that, each
    # with the stamp at which its file named nothing)
    Seen = dict[str, dict[str, tuple[Stamp, str, dict[str, Stamp | None]]]]

_KNOWN = "links"  # folder of those for what lies in HEAD's tree
_AT_ONCE = 2_000  # files whose content lies in memory together
_KEY = b"links 3"  # changes whenever what is kept does
# How either key can be spelt, blanks taken out. A text may hold that too; then its file is parsed for nothing.
_MARKS = (b"re:", b're":', b"re':", b"?re", b"legacy_id")


def may_link(data: bytes) -> bool:
    """Return False for a flag's file that names no other flag and no imported number; True leaves it open."""
    bare = data.replace(b" ", b"")
    return any(mark in bare for mark in _MARKS)


def has_links(repo: Repo) -> bool:
    """Return whether they were looked up before."""
    return os.path.exists(_place(repo))


class Links:
    """What the flags in HEAD's tree name.

    Args:
        repo: The repository.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._now = time.time_ns()
        self._head = read_head(repo)[1] or ""
        saved = cache.load(_place(repo), _KEY)
        head: str
        self._folders: Folders
        self._seen: Seen
        head, self._folders, self._seen = saved if isinstance(saved, tuple) else ("", {}, {})
        self._is_new = head != self._head
        if self._is_new:
            self._folders = _read(repo, self._head, self._folders) if self._head else {}

    def find(self, source: Source, names: set[str], seen: set[str]) -> Iterator[tuple[str, set[str]]]:
        """Yield folder, and those flags in it that name one of ``names``; ``seen`` as in ``list_linking``."""
        marks = [name.encode() for name in names]
        return self._find(
            source,
            seen,
            lambda words: not names.isdisjoint(words.split(" ")),
            lambda data: any(mark in data for mark in marks),
        )

    def list_linking(self, source: Source, seen: set[str]) -> Iterator[tuple[str, set[str]]]:
        """Yield folder, and those flags in it that name another flag, or may.

        Args:
            source: Where they lie.
            seen: The stems that were looked into elsewhere; those that are looked into now are added.
        """
        return self._find(source, seen, lambda words: not words.isdigit(), may_link)

    def _committed_stems(self, folder: str) -> Iterable[str]:
        """Return the stems of the flags that HEAD's tree has in a folder."""
        tree, _, broken = self._folders.get(folder, ("", {}, ()))
        if not tree:
            return ()
        place = os.path.join(self._repo.own_state_dir, _KNOWN, f"{folder}.cache")
        stems = cache.load(place, tree.encode())
        if not isinstance(stems, str):
            stems = "/".join(read_trees(self._repo, [tree]).get(tree, {}).keys() - set(broken))
            cache.save(place, tree.encode(), stems)
        return stems.split("/")

    def save(self) -> None:
        """Keep what was found out for the next time."""
        if self._is_new:
            cache.save(_place(self._repo), _KEY, (self._head, self._folders, self._seen))

    def _find(
        self, source: Source, seen: set[str], is_wanted: Callable[[str], bool], fits: Callable[[bytes], bool]
    ) -> Iterator[tuple[str, set[str]]]:
        """Yield folder, and those flags in it whose names, as HEAD's tree has them, are wanted, or whose bytes fit."""
        root = source.locate("")
        folders = source.list_folders()
        stamps = read_stamps(root, folders) if root else {}
        before = self._seen.setdefault(root, {})
        for folder in folders:
            tree, links, _ = self._folders.get(folder, ("", {}, ()))
            naming = {stem for stem, words in links.items() if is_wanted(words)}
            found = source.only_existing(folder, naming) if naming else set()
            stamp = stamps.get(folder)
            last = before.get(folder)
            if last is not None and last[0] == stamp and last[1] == tree:
                unknown = last[2]
            else:
                remembered = last[2] if last is not None else {}
                new = set(source.list_stems(folder)).difference(self._committed_stems(folder))
                unknown = {stem: remembered.get(stem) for stem in new}
                if stamp is not None and is_stable(stamp, self._now):
                    before[folder] = (stamp, tree, unknown)
                    self._is_new = True
            if unknown:
                found |= self._read_unknown(source, folder, seen, unknown, fits)
            if found:
                yield folder, found

    def _read_unknown(
        self,
        source: Source,
        folder: str,
        seen: set[str],
        unknown: dict[str, Stamp | None],
        fits: Callable[[bytes], bool],
    ) -> set[str]:
        """Return those stems whose bytes fit; a file that cannot link is not read again before its stamp changes."""
        stems = [stem for stem in unknown if stem not in seen]
        seen.update(stems)
        place = source.locate(folder)
        stamps = read_stamps(place, [stem + SUFFIX for stem in stems]) if place and stems else {}
        changed = [stem for stem in stems if unknown[stem] is None or unknown[stem] != stamps.get(stem + SUFFIX)]
        if not changed:
            return set()
        found = set()
        paths = {f"{STORE}/{folder}/{stem}{SUFFIX}": stem for stem in changed}
        for path, data in source.read(paths).items():
            stem = paths[path]
            stamp = stamps.get(stem + SUFFIX)
            if not isinstance(data, bytes):
                continue
            if may_link(data):
                found.update([stem] if fits(data) else [])
            elif stamp is not None and is_stable(stamp, self._now):
                unknown[stem] = stamp
                self._is_new = True
        return found


def _place(repo: Repo) -> str:
    return os.path.join(repo.own_state_dir, "links.cache")


def _read(repo: Repo, head: str, known: Folders) -> Folders:
    """Return what flags in the tree of ``head`` name; only files that are new or changed since are read."""
    trees = read_folders(repo, [head]).get(head, {})
    folders = {folder: tree for folder, tree in trees.items() if holds_flags(folder)}
    changed = {folder: tree for folder, tree in folders.items() if known.get(folder, ("",))[0] != tree}
    found = {folder: known[folder] for folder in folders if folder not in changed}
    pairs = {(known[folder][0], tree): folder for folder, tree in changed.items() if folder in known}
    compared = _compare(repo, pairs)
    for pair, folder in pairs.items():
        if pair in compared:
            found[folder] = _update(repo, folder, pair[1], known[folder], compared[pair])
    left = [folder for folder in changed if folder not in found]
    if left:
        from flaggit.git.progress import Progress

        progress = Progress("Looking which flags name others", len(left))
        for folder in left:
            tree = changed[folder]
            found[folder] = (tree, *_read_names(repo, folder, read_trees(repo, [tree]).get(tree, {})))
            progress.step()
        progress.finish()
    return found


def _compare(repo: Repo, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[RawEntry]]:
    if not pairs:
        return {}
    from flaggit.git.changes import compare_trees

    return compare_trees(repo, pairs) or {}


def _update(repo: Repo, folder: str, tree: str, before: Names, entries: list[RawEntry]) -> Names:
    """Return what the flags of a folder name, where that is known of an earlier tree of it."""
    changed = {entry.path.removesuffix(SUFFIX): entry for entry in entries if entry.path.endswith(SUFFIX)}
    blobs = {stem: entry.new_oid for stem, entry in changed.items() if entry.new_mode == REGULAR_MODE}
    links, broken = _read_names(repo, folder, blobs)
    links.update((stem, words) for stem, words in before[1].items() if stem not in changed)
    return tree, links, (*broken, *(stem for stem in before[2] if stem not in changed))


def _read_names(repo: Repo, folder: str, blobs: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return stem -> what the flag names, and the stems of files that hold no flag; stem -> blob given."""
    links: dict[str, str] = {}
    broken = []
    stems = list(blobs)
    for start in range(0, len(stems), _AT_ONCE):
        part = {stem: blobs[stem] for stem in stems[start : start + _AT_ONCE]}
        contents = read_objects(repo, part.values())
        for stem, oid in part.items():
            words = _names(f"{STORE}/{folder}/{stem}{SUFFIX}", contents[oid].content) if oid in contents else None
            if words is None:
                broken.append(stem)
            elif words:
                links[stem] = words
    return links, tuple(broken)


def _names(path: str, data: bytes) -> str | None:
    """Return the ids that a flag names; None where the file holds no flag that can be read."""
    if not may_link(data):
        return ""
    try:
        value = read_value(path, data)
    except BrokenFileError:
        return None
    if not isinstance(value, Flag):
        return None
    return " ".join(str(name) for name in (value.re, value.legacy_id) if name is not None)
