"""Which flags name a flag: flags in, the rows out of those that ask about them or answer them."""

from __future__ import annotations

from flaggit.core.layout import STORE, SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.links import Links
    from flaggit.clone.rows import Spot
    from flaggit.clone.session import Session
    from flaggit.clone.sources import Source
    from flaggit.core.model import Flag, Row

_FEW = 500  # flags up to which reading them all costs less than asking git which ones to read


def find_linked(session: Session, flag: Flag) -> list[Row]:
    """Return the flags that ask about ``flag`` or answer it (their ``re`` names it), completed ones included."""
    return _find_linked_to(session, [flag])[flag.id]


def _find_linked_to(session: Session, flags: Iterable[Flag]) -> dict[str, list[Row]]:
    """Return for each flag's id the flags whose ``re`` names it, whoever they are for, completed ones included."""
    linked: dict[str, list[Row]] = {flag.id: [] for flag in flags}
    for row in session.clone.rows_at(find_naming(session, set(linked))):
        if row.flag.re in linked:
            linked[row.flag.re].append(row)
    return linked


def find_questions(session: Session, rows: list[Row]) -> dict[str, tuple[str, ...]]:
    """Return for each flag's id the ids of the pending questions about it."""
    if not rows:
        return {}
    linked = _find_linked_to(session, [row.flag for row in rows])
    return {
        flag_id: tuple(other.flag.id for other in others if other.flag.is_question and other.status == "pending")
        for flag_id, others in linked.items()
    }


def find_naming(session: Session, names: set[str]) -> dict[str, Spot]:
    """Return the flags that may name one of ``names``, an id or a number: file stem -> where it lies.

    Few files are searched as bytes. In a large store only those are that no commit holds: for
    the others ``Links`` knows.
    """
    folders = [(source, folder) for source in session.clone.sources() for folder in source.list_folders()]
    links = _open_links(session, folders)
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


def _open_links(session: Session, folders: list[tuple[Source, str]]) -> Links | None:
    """Return what committed flags name, where the store is so large that reading them all costs more."""
    from flaggit.clone.links import Links, has_links

    if has_links(session.repo) or sum(len(source.list_stems(folder)) for source, folder in folders) > _FEW:
        return Links(session.repo, session.now)
    return None
