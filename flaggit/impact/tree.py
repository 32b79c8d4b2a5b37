"""The files of the tree that a change is made to, and the names in them, with a disposable cache of the last one."""

from __future__ import annotations

import os
from array import array

from flaggit.git import cache
from flaggit.git.objects import empty_tree, read_small
from flaggit.impact.asked import RAW, WITHOUT_STORE, parse_entries
from flaggit.impact.word_index import WordIndex
from flaggit.impact.words import FILE_LIMIT, is_text, is_weak

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flaggit.git.repo import Repo

_FORM = b"impact-tree-3"
_BYTES = 64 * 1024 * 1024  # of git's list
_FILES = 30_000  # files whose names are looked at
_NONE = 0xFFFFFFFF  # the number of a file whose names do not count


class Tree:
    """The files of one tree, and what the index knows of them.

    Args:
        repo: The repository.
        index: Names by blob.
        paths: Path -> blob, of all files but those of the store, which nothing is built on.
        numbers: For each of them the number of its blob in the index; ``_NONE`` where its names do not count.
        left: Files beyond those whose names are looked at.
        missing: Files that are not in this clone.
    """

    __slots__ = ("_named", "_repo", "_texts", "blobs", "counts", "index", "left", "missing", "paths")

    def __init__(
        self,
        repo: Repo,
        index: WordIndex,
        paths: dict[str, str],
        numbers: Sequence[int],
        left: int = 0,
        missing: int = 0,
    ) -> None:
        self._repo = repo
        self._texts: dict[str, bytes] = {}
        self.paths = paths
        self.index = index
        self.left = left
        self.missing = missing
        self.counts = index.counts()
        self.blobs: dict[int, list[str]] = {}
        for path, number in zip(paths, numbers, strict=True):
            if number != _NONE and self.counts[number]:
                self.blobs.setdefault(number, []).append(path)
        self._named = {path for found in self.blobs.values() for path in found}

    def find(self, word: bytes, mark: bytes = b"") -> list[tuple[str, int]]:
        """(path, number of its blob) of the files that hold a name."""
        blobs = self.blobs
        return [(path, number) for number in self.index.find(word, mark) for path in blobs.get(number, ())]

    def packages(self) -> dict[str, str]:
        """Name of a package -> the folder of the manifest that declares it."""
        names = self.index.packages()
        found = {
            path: name
            for number, name in names.items()
            for path in self.blobs.get(number, ())
            if path.endswith("package.json")
        }
        # Of two that declare the same name the first path counts, in whatever order the index came to know them.
        return {name: path.rpartition("/")[0] for path, name in sorted(found.items(), reverse=True)}

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Path -> text, of those whose names count."""
        wanted = [path for path in paths if path in self._named]
        new = {path: self.paths[path] for path in wanted if path not in self._texts}
        blobs = read_small(self._repo, new.values(), FILE_LIMIT)
        for path, oid in new.items():
            content = blobs.get(oid, b"")
            self._texts[path] = content if is_text(content) else b""
        return {path: self._texts[path] for path in wanted if self._texts[path]}


def read_tree(
    repo: Repo, commit: str, most: int | None = None, report: Callable[[int, int], None] | None = None
) -> Tree:
    """The files of a commit.

    Args:
        repo: The repository.
        commit: Its id.
        most: The most blobs that are read anew.
        report: Called with how many blobs of how many have been read, while they are.

    Raises:
        UnreadError: For more than ``most`` that would have to be read.
        UnavailableError: ``over_limit``, for too many files.
    """
    index = WordIndex(repo, report)
    place = os.path.join(repo.state_dir, "impact-tree.cache")
    saved = cache.load(place, _FORM)
    if isinstance(saved, tuple) and saved[:2] == (commit, index.token):
        _, _, paths, oids, numbers, left = saved
        names = paths.split("\0")
        length = len(oids) // len(names)
        blobs = [oids[at : at + length] for at in range(0, len(oids), length)]
        return Tree(repo, index, dict(zip(names, blobs, strict=True)), _numbers(numbers), left)
    return _read_anew(repo, index, commit, place, most)


def _read_anew(repo: Repo, index: WordIndex, commit: str, place: str, most: int | None) -> Tree:
    # Not `ls-tree`: it cannot leave the store out, on which nothing is built, and which may be larger than all else.
    done = repo.run("diff-tree", "-r", *RAW, empty_tree(repo), commit, "--", *WITHOUT_STORE, limit=_BYTES)
    paths = {path: blob for _, path, _, blob in parse_entries(done.stdout) if blob}
    plain = {path: oid for path, oid in paths.items() if not is_weak(path)}
    left = max(0, len(plain) - _FILES)
    looked = dict(list(plain.items())[:_FILES])
    missing = index.grow(looked.values(), most)
    numbers = array("I", [index.numbers.get(looked.get(path, ""), _NONE) for path in paths])
    if paths and not missing:  # what is missing in a partial clone may come
        value = commit, index.token, "\0".join(paths), "".join(paths.values()), numbers.tobytes(), left
        cache.save(place, _FORM, value)
    return Tree(repo, index, paths, numbers, left, missing)


def _numbers(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)
    return numbers
