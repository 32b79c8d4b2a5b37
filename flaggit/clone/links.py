"""Which committed flags name another flag (``re``) or an older system's number (``legacy_id``).

Neither changes once it is committed, so the tree of HEAD answers for the files on disk that have their
names in it, and only the others are read, each until its stamp proves that it names nothing. The answers
lie in the disposable cache, a folder's under its tree's object id: after a commit only the folders that
it changed are looked into again.
"""

from __future__ import annotations

import os
import time

from flaggit.clone.tips import read_folders, read_trees
from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.model import Flag
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git import cache
from flaggit.git.objects import read_objects
from flaggit.git.refs import read_head
from flaggit.git.stamps import is_settled, read_stamp, read_stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.sources import Source
    from flaggit.git.repo import Repo
    from flaggit.git.stamps import Stamp

    # folder of the store -> (its tree, the stems of its readable flags, stem -> what the flag names)
    Folders = dict[str, tuple[str, str, dict[str, str]]]
    # folder on disk -> (its stamp, the tree it was held against, the stems that were not in that, each with
    # the stamp at which its file named nothing)
    Seen = dict[str, tuple[Stamp, str, dict[str, Stamp | None]]]

_KEY = b"links"
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

    def find(self, source: Source, folder: str, names: set[str], seen: set[str]) -> set[str]:
        """Return those of a source's folder that name one of ``names``; ``seen`` as in ``list_linking``."""
        _, _, links = self._folders.get(folder, ("", "", {}))
        naming = {stem for stem, words in links.items() if not names.isdisjoint(words.split(" "))}
        marks = [name.encode() for name in names]
        unknown = self._read_unknown(source, folder, seen, lambda data: any(mark in data for mark in marks))
        return source.only_existing(folder, naming) | unknown

    def list_linking(self, source: Source, folder: str, seen: set[str]) -> set[str]:
        """Return those of a source's folder that name another flag, or may.

        ``seen`` are the stems that were looked into elsewhere; those that are looked into now are added.
        """
        _, _, links = self._folders.get(folder, ("", "", {}))
        naming = {stem for stem, words in links.items() if not words.isdigit()}
        return source.only_existing(folder, naming) | self._read_unknown(source, folder, seen, may_link)

    def save(self) -> None:
        """Keep what was found out for the next time."""
        if self._is_new:
            cache.save(_place(self._repo), _KEY, (self._head, self._folders, self._seen))

    def _read_unknown(self, source: Source, folder: str, seen: set[str], fits: Callable[[bytes], bool]) -> set[str]:
        """Return those that HEAD's tree cannot tell of and whose bytes fit; what cannot link is not read again."""
        unknown = self._unknown(source, folder)
        stems = [stem for stem in unknown if stem not in seen]
        seen.update(stems)
        place = source.locate(folder)
        stamps = read_stamps(place, [stem + SUFFIX for stem in stems]) if place and stems else {}
        paths = {
            f"{STORE}/{folder}/{stem}{SUFFIX}": stem
            for stem in stems
            if unknown[stem] is None or unknown[stem] != stamps.get(stem + SUFFIX)
        }
        found = set()
        for path, data in source.read(paths).items():
            stem = paths[path]
            if isinstance(data, bytes) and may_link(data):
                if fits(data):
                    found.add(stem)
                continue
            stamp = stamps.get(stem + SUFFIX)
            if isinstance(data, bytes) and stamp is not None and is_settled(stamp, self._now):
                unknown[stem] = stamp
                self._is_new = True
        return found

    def _unknown(self, source: Source, folder: str) -> dict[str, Stamp | None]:
        """Return the stems of a source's folder that are not in HEAD's; looked up again when its names change."""
        tree, known, _ = self._folders.get(folder, ("", "", {}))
        place = source.locate(folder)
        stamp = read_stamp(place) if place else None
        before = self._seen.get(place)
        if before is not None and before[:2] == (stamp, tree):
            return before[2]
        stamped = before[2] if before is not None else {}
        new = set(source.list_stems(folder)).difference(known.split(" "))
        unknown = {stem: stamped.get(stem) for stem in new}
        if stamp is not None and is_settled(stamp, self._now):
            self._seen[place] = (stamp, tree, unknown)
            self._is_new = True
        return unknown


def _place(repo: Repo) -> str:
    return os.path.join(repo.own_state_dir, "links.cache")


def _read(repo: Repo, head: str, known: Folders) -> Folders:
    """Return the ids that flags in the tree of ``head`` name; folders whose tree is unchanged are not read."""
    folders = read_folders(repo, [head]).get(head, {})
    found = {folder: known[folder] for folder, tree in folders.items() if known.get(folder, ("",))[0] == tree}
    found.update(_read_folders(repo, {folder: tree for folder, tree in folders.items() if folder not in found}))
    return found


def _read_folders(repo: Repo, folders: dict[str, str]) -> Folders:
    """Return the ids that the flags of folders, given with their trees, name."""
    trees = read_trees(repo, folders.values())
    blobs = read_objects(repo, (oid for tree in folders.values() for oid in trees[tree].values()))
    found: Folders = {}
    for folder, tree in folders.items():
        links: dict[str, str] = {}
        for stem, oid in trees[tree].items():
            words = _names(f"{STORE}/{folder}/{stem}{SUFFIX}", blobs[oid].content) if oid in blobs else None
            if words is not None:
                links[stem] = words
        found[folder] = (tree, " ".join(links), {stem: words for stem, words in links.items() if words})
    return found


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
