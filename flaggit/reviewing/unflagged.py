"""Who should have been told: owners of changed paths whom no flag names.

Serves the review of a range and the pre-commit hook alike: pure, over paths, a catalog and flags.
"""

from __future__ import annotations

from flaggit.core.layout import STORE
from flaggit.core.patterns import matches
from flaggit.core.record import record
from flaggit.core.text import composed, some_of
from flaggit.documents.rules import path_fault
from flaggit.impact.ranking import PERHAPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Flag
    from flaggit.impact.asking import Affected

_MAX_FILES = 10  # named in a command line; a longer one is no longer read, so folders stand for files there


@record
class Unflagged:
    """An owner of changed paths whom no flag tells.

    Attributes:
        owner: The handle to tell.
        paths: What changed of theirs, interfaces first, each group sorted.
        interfaces: Those of ``paths`` that others build on.
        known: False where nothing says who made the changes, so that it may have been the owner.
        command: A line for the shell that raises the flag: on a terminal it asks for the two texts.
        reasons: Why the change affects it, where none of its own files changed: ``paths`` are then those concerned.
    """

    owner: str
    paths: tuple[str, ...]
    interfaces: tuple[str, ...]
    known: bool
    command: str
    reasons: tuple[str, ...] = ()

    @property
    def flag_type(self) -> str:
        """Return the type that the flag would most likely have."""
        return "breaking_change" if self.interfaces else "change"

    @property
    def sentence(self) -> str:
        """Why it should be told."""
        if self.reasons:
            return f"The change probably affects {self.owner} ({'; '.join(self.reasons[:2])}) and no flag tells them."
        return f"{self.owner} owns {some_of(self.paths)} and no flag tells them of the change."


def find_unflagged(
    changed: Mapping[str, Collection[str]],
    *,
    catalog: Catalog,
    flags: Iterable[Flag] = (),
    answered: Iterable[Flag] = (),
    notified: Mapping[str, Collection[str | None]] | None = None,
    interfaces: Collection[str] = (),
    affected: Iterable[Affected] = (),
) -> list[Unflagged]:
    """Return the owners who should have been told of a change and were not, interface-like changes first.

    Args:
        changed: Changed path -> handles of those who changed it; none where that is not known. For one
            author: ``dict.fromkeys(paths, (author,))``.
        catalog: Who owns what.
        flags: The flags that the change raises; whoever one of them names has been told.
        answered: The flags that the change completes; their sources asked for it, so they know.
        notified: Path -> handles of those who have been told about that path.
        interfaces: Patterns of files that others build on (``settings.interfaces``).
        affected: Whom the change affects otherwise, in order; only those who are sure or likely are named.
    """
    knowing = {*(flag.target_agent for flag in flags), *(flag.source_agent for flag in answered)}
    informed = {other for handle in knowing for other in _everyone(catalog, handle)}
    theirs: dict[str, list[str]] = {}
    uncertain: set[str] = set()
    for path, authors in changed.items():
        for owner in () if _is_own(path) else catalog.owners(path):
            everyone = _everyone(catalog, owner.name)
            here = {other for handle in (notified or {}).get(path, ()) for other in _everyone(catalog, handle)}
            if (informed | here) & everyone:
                continue
            if any(_everyone(catalog, author) & everyone for author in authors):
                continue
            theirs.setdefault(owner.name, []).append(path)
            if not authors:
                uncertain.add(owner.name)
    found = [_build(owner, paths, interfaces, owner not in uncertain) for owner, paths in theirs.items()]
    found.sort(key=lambda item: (not item.interfaces, not item.known, item.owner))
    by_path = {
        other for handles in (notified or {}).values() for handle in handles for other in _everyone(catalog, handle)
    }
    knowing_too = informed | by_path | theirs.keys() | {name for authors in changed.values() for name in authors}
    return found + [
        Unflagged(
            item.name,
            item.files,
            (),
            True,
            create_command(item.name, item.files, flag_type=item.flag_type),
            item.sentences,
        )
        for item in affected
        if item.confidence != PERHAPS and not knowing_too & _everyone(catalog, item.name)
    ]


def is_interface(path: str, patterns: Collection[str]) -> bool:
    """Return whether a path is one that others build on."""
    return any(matches(pattern, path) for pattern in patterns)


def create_command(owner: str, paths: Iterable[str], *, flag_type: str) -> str:
    """Return a line for the shell that raises a flag for ``owner`` about ``paths``.

    Its two texts are left out rather than filled in with words that a paste would raise: on a
    terminal the line opens the editor, elsewhere the refusal names what is missing.
    """
    import shlex

    words = ["flaggit", "create", "--type", flag_type, "--to", owner]
    for path in _few([path for path in paths if not path_fault(path)]):
        words += ["--file", path]
    return shlex.join(words)


def overlaps(path: str, related: Iterable[str]) -> bool:
    """Return whether ``path`` is one of the related files, or lies in a folder that is named among them."""
    path = composed(path)
    return any(path == item or path.startswith(item.rstrip("/") + "/") for item in map(composed, related))


def _build(owner: str, paths: list[str], interfaces: Collection[str], known: bool) -> Unflagged:
    built_on = sorted(path for path in paths if is_interface(path, interfaces))
    ordered = (*built_on, *sorted(set(paths) - set(built_on)))
    flag_type = "breaking_change" if built_on else "change"
    return Unflagged(owner, ordered, tuple(built_on), known, create_command(owner, ordered, flag_type=flag_type))


def _few(paths: list[str]) -> list[str]:
    """Return paths, where there are many the folders around them: the deepest that are few enough."""
    depth = max((path.count("/") for path in paths), default=0)
    while len(paths) > _MAX_FILES and depth:
        paths = list(dict.fromkeys(_folder(path, depth) for path in paths))
        depth -= 1
    return paths[:_MAX_FILES]


def _folder(path: str, depth: int) -> str:
    """Return the folder ``depth`` levels down that a path lies in; a path that lies less deep as it is."""
    parts = path.split("/")
    return path if len(parts) <= depth else "/".join([*parts[:depth], ""])


def _everyone(catalog: Catalog, handle: str | None) -> frozenset[str]:
    """Return the handles that stand for an agent: its name or its successor's, and for a team its members too."""
    if handle is None:
        return frozenset()
    agent = catalog.find(handle)
    if agent is None:
        return frozenset({handle})
    agent = catalog.successor(agent) or agent
    return frozenset({agent.name, *catalog.members(agent.name)})


def _is_own(path: str) -> bool:
    return path.startswith(STORE + "/")
