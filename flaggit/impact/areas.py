"""Whose a path is: the catalog's owners, or folders where there is no catalog."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.catalog.catalog import Catalog

_STORE = ".flags/"


class Areas:
    """Path -> the area that it lies in, asked once for each path.

    Args:
        find: Returns the area of a path, or None where it is nobody's.
        by_folder: Areas are folders, not agents.
    """

    __slots__ = ("_find", "_known", "by_folder")

    def __init__(self, find: Callable[[str], str | None], *, by_folder: bool = False) -> None:
        self._find = find
        self._known: dict[str, str | None] = {}
        self.by_folder = by_folder

    def of(self, path: str) -> str | None:
        """The area of a path; None where it is nobody's."""
        try:
            return self._known[path]
        except KeyError:
            found = self._known[path] = None if path.startswith(_STORE) else self._find(path)
            return found


def areas_of(catalog: Catalog) -> Areas:
    """The areas of agents who own paths; folders where none does."""
    if not catalog.owned():
        return Areas(find_folder, by_folder=True)

    def find(path: str) -> str | None:
        owner = catalog.owner(path)
        return owner.name if owner is not None else None

    return Areas(find)


def find_folder(path: str) -> str | None:
    """The folder that stands for an area where no catalog says more: two levels deep; None for files at the top."""
    parts = path.split("/", 3)
    if len(parts) == 1 or parts[0].startswith("."):
        return None
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
