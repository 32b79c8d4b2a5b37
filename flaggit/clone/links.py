"""Which committed flags name another flag (``re``) or an older system's number (``legacy_id``).

Neither changes once it is committed, so the tree of HEAD answers for the files on disk that have their
names in it, and only the others are read. The answers lie in the disposable cache, a folder's under
its tree's object id: after a commit only the folders that it changed are looked into again.
"""

from __future__ import annotations

import os

from flaggit.clone.tips import read_folders, read_trees
from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.model import Flag
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git import cache
from flaggit.git.objects import read_objects
from flaggit.git.refs import read_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.sources import Source
    from flaggit.git.repo import Repo

    # folder of the store -> (its tree, the stems of its readable flags, stem -> what the flag names)
    Folders = dict[str, tuple[str, str, dict[str, str]]]
    # folder on disk -> (its stamp, the tree it was held against, the stems that were not in that)
    Seen = dict[str, tuple[tuple[int, int], str, tuple[str, ...]]]

_KEY = b"links"
_STABLE = 2  # seconds after which a folder's time tells every later change of its names
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
        now: Seconds since the epoch.
    """

    def __init__(self, repo: Repo, now: int) -> None:
        self._repo = repo
        self._now = now
        self._head = read_head(repo)[1] or ""
        saved = cache.load(_place(repo), _KEY)
        head: str
        self._folders: Folders
        self._seen: Seen
        head, self._folders, self._seen = saved if isinstance(saved, tuple) else ("", {}, {})
        self._is_new = head != self._head
        if self._is_new:
            self._folders = _read(repo, self._head, self._folders) if self._head else {}

    def find(self, source: Source, folder: str, names: set[str]) -> tuple[set[str], set[str]]:
        """Return those of a source's folder that name one of ``names``, and those that HEAD's tree cannot tell of."""
        _, _, links = self._folders.get(folder, ("", "", {}))
        naming = {stem for stem, words in links.items() if not names.isdisjoint(words.split(" "))}
        return source.only_existing(folder, naming), set(self._unknown(source, folder))

    def list_linking(self, source: Source, folder: str) -> tuple[set[str], set[str]]:
        """Return those of a source's folder that name another flag, and those that HEAD's tree cannot tell of."""
        _, _, links = self._folders.get(folder, ("", "", {}))
        naming = {stem for stem, words in links.items() if not words.isdigit()}
        return source.only_existing(folder, naming), set(self._unknown(source, folder))

    def save(self) -> None:
        """Keep what was found out for the next time."""
        if self._is_new:
            cache.save(_place(self._repo), _KEY, (self._head, self._folders, self._seen))

    def _unknown(self, source: Source, folder: str) -> tuple[str, ...]:
        """Return the stems of a source's folder that are not in HEAD's; looked up again when its names change."""
        tree, known, _ = self._folders.get(folder, ("", "", {}))
        place, stamp = source.stamp(folder)
        if place in self._seen and self._seen[place][:2] == (stamp, tree):
            return self._seen[place][2]
        unknown = tuple(set(source.list_stems(folder)).difference(known.split(" ")))
        if stamp[0] // 1_000_000_000 + _STABLE < self._now and place:
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
