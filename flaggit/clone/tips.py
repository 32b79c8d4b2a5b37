"""The tips of branches that are not merged into HEAD: what their stores hold that HEAD's does not.

Answered from a cache while no ref has moved; then no git process is needed. Otherwise git compares
their trees with HEAD's, folder by folder: a handful of processes however many branches there are.
"""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import FETCHED
from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.record import record
from flaggit.core.text import whole_number
from flaggit.git import cache
from flaggit.git.objects import REGULAR_MODE, parse_tree, read_objects
from flaggit.git.refs import HEADS, REMOTES, list_refs, read_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.git.repo import Repo

_PREFIXES = (HEADS, REMOTES)
_FORMAT = "%(refname)%00%(objectname)%00%(committerdate:unix)%00%(symref)"

_BLOBS = b"blobs"
_MOST_BLOBS = 20_000  # of about 1 KiB each; beyond that only what the last question needed is kept

# folder of the store -> (file stem, blob) pairs
Listing = dict[str, list[tuple[str, str]]]


@record
class Tip:
    """One unmerged branch: its full ref name, when it last moved (seconds), and the files HEAD does not have."""

    ref: str
    moved: int
    files: Listing


def read_tips(repo: Repo) -> list[Tip]:
    """Return the unmerged branches of the clone, local and remote-tracking, newest first; lock branches left out."""
    _, head = read_head(repo)
    refs = {name: oid for prefix in _PREFIXES for name, oid in list_refs(repo, prefix).items() if FETCHED not in name}
    if not refs or set(refs.values()) == {head}:
        return []
    key = cache.digest(repr((head, sorted(refs.items()))).encode("utf-8", "surrogateescape"))
    place = os.path.join(repo.own_state_dir, "tips.cache")
    found = cache.load(place, key)
    if not isinstance(found, list):
        found = _compare(repo, head)
        cache.save(place, key, found)
    return [Tip(ref, moved, files) for ref, moved, files in found]


def is_store_anywhere(repo: Repo) -> bool:
    """Return whether another worktree has a store on disk, or a branch, merged or not, has one in its tree."""
    if any(os.path.isdir(os.path.join(root, STORE)) for root in repo.worktree_roots()):
        return True
    names = [name for prefix in _PREFIXES for name in list_refs(repo, prefix)]
    asked = "".join(f"{name}:{STORE}\n" for name in ["HEAD", *names])
    done = repo.run("cat-file", "--batch-check=%(objecttype)", input=asked.encode("utf-8", "surrogateescape"))
    return b"tree\n" in done.stdout


def read_tree_listing(repo: Repo, rev: str) -> Listing:
    """Return the regular ``.yaml`` files of the store in the tree of ``rev``, by folder."""
    folders = read_folders(repo, [rev]).get(rev, {})
    trees = read_trees(repo, folders.values())
    return {folder: sorted(trees[oid].items()) for folder, oid in folders.items()}


class Blobs:
    """Contents of blobs by object id, through a cache that is read and written at most once a question.

    Args:
        repo: The repository.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._place = os.path.join(repo.own_state_dir, "blobs.cache")
        self._known: dict[str, bytes] | None = None

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return object id -> content of the blobs that exist; unknown ones are asked for in one process."""
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        if self._known is None:
            cached = cache.load(self._place, _BLOBS)
            self._known = cached if isinstance(cached, dict) else {}
        missing = [oid for oid in wanted if oid not in self._known]
        if missing:
            read = read_objects(self._repo, missing)
            self._known.update({oid: found.content for oid, found in read.items()})
            if len(self._known) > _MOST_BLOBS:
                self._known = {oid: self._known[oid] for oid in wanted if oid in self._known}
            cache.save(self._place, _BLOBS, self._known)
        return {oid: self._known[oid] for oid in wanted if oid in self._known}


def _compare(repo: Repo, head: str | None) -> list[tuple[str, int, Listing]]:
    branches = _list_unmerged(repo, head)
    revs = [*([head] if head else []), *(oid for _, oid, _ in branches)]
    folders = read_folders(repo, revs)
    base = folders.get(head, {}) if head else {}
    differing = {
        (base[folder], oid)
        for _, rev, _ in branches
        for folder, oid in folders.get(rev, {}).items()
        if folder in base and base[folder] != oid
    }
    new_files = _compare_folders(repo, differing)
    others = {oid for _, rev, _ in branches for folder, oid in folders.get(rev, {}).items() if folder not in base}
    trees = read_trees(repo, others)
    tips = []
    for ref, rev, moved in branches:
        files: Listing = {}
        for folder, oid in folders.get(rev, {}).items():
            if folder not in base:
                new = list(trees[oid].items()) if oid in trees else []
            elif base[folder] == oid:
                continue
            else:
                new = new_files[base[folder], oid]
            if new:
                files[folder] = new
        if files:
            tips.append((ref, moved, files))
    return sorted(tips, key=lambda tip: (-tip[1], tip[0]))


def _compare_folders(repo: Repo, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return (older tree, newer tree) -> the (file stem, blob) pairs that only the newer one has."""
    from flaggit.git.changes import compare_trees

    compared = compare_trees(repo, pairs)
    if compared is None:  # a partial clone without some trees
        trees = read_trees(repo, {oid for pair in pairs for oid in pair})
        return {
            (old, new): [(stem, blob) for stem, blob in trees.get(new, {}).items() if stem not in trees.get(old, {})]
            for old, new in pairs
        }
    return {
        pair: [
            (entry.path[: -len(SUFFIX)], entry.new_oid)
            for entry in entries
            if entry.new_mode == REGULAR_MODE and entry.old_mode != REGULAR_MODE and entry.path.endswith(SUFFIX)
        ]
        for pair, entries in compared.items()
    }


def _list_unmerged(repo: Repo, head: str | None) -> list[tuple[str, str, int]]:
    """Return (ref, commit, seconds of its committer date) of each branch whose tip HEAD does not contain."""
    narrowed = [f"--no-merged={head}"] if head else []
    output = repo.text("for-each-ref", f"--format={_FORMAT}", *narrowed, *_PREFIXES)
    branches = []
    for line in output.split("\n"):
        ref, _, rest = line.partition("\0")
        oid, _, rest = rest.partition("\0")
        moved, _, target = rest.partition("\0")
        when = whole_number(moved)
        if oid and not target and FETCHED not in ref and when is not None:
            branches.append((ref, oid, when))
    return branches


def read_folders(repo: Repo, revs: list[str]) -> dict[str, dict[str, str]]:
    """Return commit -> folder of the store -> tree, for the commits that have a store."""
    found = read_objects(repo, [f"{rev}:{STORE}" for rev in revs])
    folders = {}
    for name, tree in found.items():
        if tree.kind == "tree":
            entries = parse_tree(tree.content, len(tree.oid) // 2)
            folders[name.partition(":")[0]] = {entry.path: entry.oid for entry in entries if entry.mode == "040000"}
    return folders


def read_trees(repo: Repo, oids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return tree -> file stem -> blob, regular ``.yaml`` files only."""
    return {
        oid: {
            entry.path[: -len(SUFFIX)]: entry.oid
            for entry in parse_tree(tree.content, len(oid) // 2)
            if entry.mode == REGULAR_MODE and entry.path.endswith(SUFFIX)
        }
        for oid, tree in read_objects(repo, oids).items()
    }
