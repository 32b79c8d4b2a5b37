"""Which flags name another flag, or an imported number: where they lie in the clone."""

from __future__ import annotations

from flaggit.clone.links import may_link
from flaggit.core.layout import STORE, SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.call import Call
    from flaggit.clone.links import Links
    from flaggit.clone.rows import Spot
    from flaggit.clone.sources import Source

_FEW = 500  # flags up to which reading them all costs less than asking git which ones to read


def find_linking(call: Call, sources: Iterable[Source]) -> dict[str, Spot]:
    """Return the flags that name another one by ``re``: file stem -> where it lies. Each file is looked into once."""
    folders = [(source, folder) for source in sources for folder in source.list_folders()]
    links = _open_links(call, folders)
    found: dict[str, Spot] = {}
    seen: set[str] = set()
    for source, folder in folders:
        if links:
            naming, unknown = links.list_linking(source, folder)
            unknown -= seen
            seen |= unknown
        else:
            naming, unknown = set(), set(source.list_stems(folder)) - seen
            seen |= unknown
        paths = {f"{STORE}/{folder}/{stem}{SUFFIX}": stem for stem in unknown}
        for path, data in source.read(paths).items():
            if isinstance(data, bytes) and may_link(data):
                naming.add(paths[path])
        for stem in naming:
            found.setdefault(stem, (source, folder))
    if links:
        links.save()
    return found


def find_naming(call: Call, sources: Iterable[Source], names: set[str]) -> dict[str, Spot]:
    """Return the flags that may name one of ``names``, an id or a number: file stem -> where it lies.

    Few files are searched as bytes. In a large store only those are that no commit holds: for
    the others ``Links`` knows.
    """
    folders = [(source, folder) for source in sources for folder in source.list_folders()]
    links = _open_links(call, folders)
    marks = [name.encode() for name in names]
    found: dict[str, Spot] = {}
    for source, folder in folders:
        naming, unknown = links.find(source, folder, names) if links else (set(), set(source.list_stems(folder)))
        paths = {f"{STORE}/{folder}/{stem}{SUFFIX}": stem for stem in unknown - found.keys()}
        for path, data in source.read(paths).items():
            if isinstance(data, bytes) and any(mark in data for mark in marks):
                naming.add(paths[path])
        for stem in naming - found.keys():
            found[stem] = (source, folder)
    if links:
        links.save()
    return found


def _open_links(call: Call, folders: list[tuple[Source, str]]) -> Links | None:
    """Return the ids that committed flags name, where the store is so large that reading them all costs more."""
    from flaggit.clone.links import Links, has_links

    if has_links(call.repo) or sum(len(source.list_stems(folder)) for source, folder in folders) > _FEW:
        return Links(call.repo, call.now)
    return None
