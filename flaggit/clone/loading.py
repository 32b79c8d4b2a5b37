"""Reading files where they were seen: spots in, flags, completions and notes out; what is broken is kept aside."""

from __future__ import annotations

from flaggit.clone.remembered import MANY, read_remembered
from flaggit.clone.sources import HERE, DiskSource, TreeSource
from flaggit.clone.tips import Blobs
from flaggit.core.errors import NotFoundError
from flaggit.core.layout import STORE, SUFFIX
from flaggit.core.model import Flag, order_of
from flaggit.documents.values import BrokenFileError, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from flaggit.clone.rows import Spot
    from flaggit.clone.sources import Source
    from flaggit.core.model import Completion, Note, Problem
    from flaggit.git.repo import Repo


class Loader:
    """Reads files of a clone's sources.

    Args:
        repo: The repository.

    ``problems`` grows as files are read: path -> what is wrong, each broken file met so far once.
    ``blobs`` are the contents that its sources of trees read.
    """

    def __init__(self, repo: Repo) -> None:
        self.problems: dict[str, Problem] = {}
        self.blobs = Blobs(repo)
        self._repo = repo

    def load(self, found: Mapping[str, Spot]) -> Iterable[tuple[str, str, Spot, Any]]:
        """Yield what a list is made of: what orders it, stem, where it lies, and a value or what makes one."""
        spots: dict[Spot, list[str]] = {}
        for stem, spot in found.items():
            spots.setdefault(spot, []).append(stem)
        trees = ((source, spot, stems) for spot, stems in spots.items() if isinstance(source := spot[0], TreeSource))
        self.blobs.read(oid for source, spot, stems in trees for oid in source.blobs(_paths(spot, stems)))
        many = sum(len(stems) for (source, _), stems in spots.items() if source.place is HERE) > MANY
        for spot, stems in spots.items():
            yield from self._load_spot(spot, stems, many=many)

    def read(self, source: Source, paths: Iterable[str]) -> dict[str, Flag | Completion | Note]:
        """Return path -> value of a source's files, those left out that hold none."""
        found = ((path, self._judge(path, data)) for path, data in source.read(paths).items())
        return {path: value for path, value in found if value is not None}

    def _load_spot(self, spot: Spot, stems: list[str], *, many: bool) -> Iterable[tuple[str, str, Spot, Any]]:
        source, folder = spot
        if many and source.place is HERE and isinstance(source, DiskSource):
            known = read_remembered(self._repo, folder, stems, lambda paths: self.read(source, paths))
            for stem, order, value in known:
                yield order, stem, spot, value
        else:
            paths = _paths(spot, stems)
            for path, one in self.read(source, paths).items():
                yield order_of(one) if isinstance(one, Flag) else "", paths[path], spot, one

    def _judge(self, path: str, data: bytes | Exception) -> Flag | Completion | Note | None:
        try:
            if isinstance(data, Exception):
                raise data
            return read_value(path, data)
        except BrokenFileError as error:
            self.problems.setdefault(path, error.problem)
        except NotFoundError:  # removed between listing and reading
            pass
        return None


def _paths(spot: Spot, stems: Iterable[str]) -> dict[str, str]:
    """Return path -> stem of files that lie at a spot."""
    return {f"{STORE}/{spot[1]}/{stem}{SUFFIX}": stem for stem in stems}
