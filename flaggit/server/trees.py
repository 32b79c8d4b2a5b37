"""Whether the stores of pushed commits can be compared at all: looked at in their trees, before git lists them.

git collects everything that differs before it prints the first line, so a dozen tree objects that stand for a hundred
million paths would fill the memory of whoever asks it. Trees are counted here each once, however often they occur.

A tree that is not as git writes it (a name twice, out of order, with a slash) is read differently by each of git's
commands: what judges would not see what a checkout brings. git refuses it only where ``receive.fsckObjects`` is on.
"""

from __future__ import annotations

import itertools

from flaggit.core.layout import STORE
from flaggit.core.limits import DEPTH, ENTRIES, LISTING, TREE
from flaggit.git.objects import parse_tree, read_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flaggit.git.objects import TreeEntry
    from flaggit.server.state import Server, Update

_FOLDER = "040000"
_AT_ONCE = 500  # commits: each question costs git a start, and the answers to all of them might fill the memory
_BROKEN = f"{STORE}/ lies in a tree that git fsck calls broken: a name twice, out of order or with a slash in it"


def judge_trees(server: Server, updates: Sequence[Update], known: Sequence[str]) -> Iterator[str]:
    """Yield why a push cannot be judged at all: a store with more files than flaggit reads, deeper or broken ones.

    Args:
        server: The server.
        updates: The branches that are pushed.
        known: Revisions of ``git log`` that leave out what the server's branches have.
    """
    news = list(dict.fromkeys(update.new for update in updates))
    if not news:
        return
    done = server.repo.run("rev-list", "--full-history", *known, *news, "--", STORE, limit=LISTING)
    revs = list(dict.fromkeys([*news, *done.lines]))
    counts = _Counts(server)
    for start in range(0, len(revs), _AT_ONCE):
        fault = _judge_some(server, revs[start : start + _AT_ONCE], counts)
        if fault:
            yield fault
            return


def _judge_some(server: Server, revs: Sequence[str], counts: _Counts) -> str:
    """Return why the stores of some commits cannot be judged, or nothing."""
    tops = read_objects(server.repo, (f"{rev}^{{tree}}" for rev in revs))
    if len(tops) < len(revs):
        return f"the top folder has more than {TREE:,} bytes of names, more than are read"
    if any(_is_broken(parse_tree(top.content, len(top.oid) // 2)) for top in tops.values() if top.kind == "tree"):
        return _BROKEN
    roots = read_objects(server.repo, (f"{rev}:{STORE}" for rev in revs))
    return counts.judge({found.oid for found in roots.values() if found.kind == "tree"})


def _is_broken(entries: Sequence[TreeEntry]) -> bool:
    """Return whether a tree is not as git writes one: its names each once, in git's order, each one name."""
    names = [entry.path for entry in entries]
    if len(set(names)) < len(names) or any(not name or "/" in name or name in (".", "..") for name in names):
        return True
    ordered = [(f"{entry.path}/" if entry.mode == _FOLDER else entry.path) for entry in entries]
    keys = [name.encode("utf-8", "surrogateescape") for name in ordered]
    return any(first >= second for first, second in itertools.pairwise(keys))


class _Counts:
    """How many files lie below a tree, and how deep; each tree is read once."""

    def __init__(self, server: Server) -> None:
        self._repo = server.repo
        self.broken: set[str] = set()
        self._trees: dict[str, tuple[int, tuple[str, ...]]] = {}  # files in it, trees in it

    def judge(self, roots: Iterable[str]) -> str:
        levels = {root: {root: 1} for root in roots}  # of each root: tree -> how often it stands at this depth
        totals = dict.fromkeys(levels, 0)
        for _ in range(DEPTH):
            self._read([*{oid for level in levels.values() for oid in level} - self._trees.keys()])
            for root, level in list(levels.items()):
                if not self.broken.isdisjoint(level):
                    return _BROKEN
                below: dict[str, int] = {}
                for oid, times in level.items():
                    files, folders = self._trees[oid]
                    totals[root] += files * times
                    for folder in folders:
                        below[folder] = below.get(folder, 0) + times
                if totals[root] > ENTRIES or sum(below.values()) > ENTRIES:
                    return f"{STORE}/ has more than {ENTRIES:,} files, too many for flaggit to read"
                levels[root] = below
            levels = {root: level for root, level in levels.items() if level}
        return f"{STORE}/ has files that lie more than {DEPTH} levels below .flags/" if levels else ""

    def _read(self, oids: list[str]) -> None:
        found = read_objects(self._repo, oids)
        for oid in oids:
            entries = parse_tree(found[oid].content, len(oid) // 2) if oid in found else []
            self.broken |= {oid} if _is_broken(entries) else set()
            folders = tuple(entry.oid for entry in entries if entry.mode == _FOLDER)
            # A tree that is larger than flaggit reads counts for more than all that may be.
            files = len(entries) - len(folders) if oid in found else ENTRIES + 1
            self._trees[oid] = (files, folders)
