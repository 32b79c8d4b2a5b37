"""Which flags name another flag, or an imported number: where they lie in the clone."""

from __future__ import annotations

from flaggit.clone.links import Links, has_links, may_link
from flaggit.core.layout import STORE, SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flaggit.clone.call import Call
    from flaggit.clone.rows import Spot
    from flaggit.clone.sources import Source

_FEW = 500  # flags up to which reading them all costs less than asking git which ones to read


def find_linking(call: Call, sources: Iterable[Source]) -> dict[str, Spot]:
    """Return the flags that name another one by ``re``: file stem -> where it lies. Each file is looked into once."""
    return _find(call, sources, lambda links, source, seen: links.list_linking(source, seen), may_link)


def find_naming(call: Call, sources: Iterable[Source], names: set[str]) -> dict[str, Spot]:
    """Return the flags that may name one of ``names``, an id or a number: file stem -> where it lies.

    Few files are searched as bytes. In a large store only those are that no commit holds: for
    the others ``Links`` knows.
    """
    marks = [name.encode() for name in names]
    return _find(
        call,
        sources,
        lambda links, source, seen: links.find(source, names, seen),
        lambda data: any(mark in data for mark in marks),
    )


def _find(
    call: Call,
    sources: Iterable[Source],
    ask: Callable[[Links, Source, set[str]], Iterator[tuple[str, set[str]]]],
    fits: Callable[[bytes], bool],
) -> dict[str, Spot]:
    """Return where the flags lie that ``ask`` names, or without links those whose bytes fit."""
    sources = list(sources)
    links = _open_links(call, sources)
    found: dict[str, Spot] = {}
    seen: set[str] = set()
    for source in sources:
        for folder, naming in ask(links, source, seen) if links else _read_all(source, seen, fits):
            for stem in naming:
                found.setdefault(stem, (source, folder))
    if links:
        links.save()
    return found


def _read_all(source: Source, seen: set[str], fits: Callable[[bytes], bool]) -> Iterator[tuple[str, set[str]]]:
    """Yield folder, and those flags in it whose bytes fit, as ``Links`` does."""
    for folder in source.list_folders():
        stems = [stem for stem in source.list_stems(folder) if stem not in seen]
        seen.update(stems)
        paths = {f"{STORE}/{folder}/{stem}{SUFFIX}": stem for stem in stems}
        read = source.read(paths).items()
        yield folder, {paths[path] for path, data in read if isinstance(data, bytes) and fits(data)}


def _open_links(call: Call, sources: list[Source]) -> Links | None:
    """Return the ids that committed flags name, where the store is so large that reading them all costs more."""
    folders = ((source, folder) for source in sources for folder in source.list_folders())
    if has_links(call.repo) or sum(len(source.list_stems(folder)) for source, folder in folders) > _FEW:
        return Links(call.repo)
    return None
