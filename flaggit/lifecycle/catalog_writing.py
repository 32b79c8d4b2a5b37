"""Writes agents to the catalog's files, one process at a time, and stages the files."""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError
from flaggit.core.layout import CATALOG
from flaggit.git.turns import staging_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.core.model import OwnershipRule


def place_of(session: Session, handle: str) -> str:
    """Return the catalog's file that an agent stands in; ``catalog.yaml`` for a new one."""
    from flaggit.catalog.parsing import parse_catalog

    files = session.read_catalog_files()
    if len(files) < 2:
        return files[0][0] if files else CATALOG
    return next((path for path, data in files if handle in parse_catalog([(path, data)]).agents), CATALOG)


def catalog_turn(session: Session) -> staging_turn:
    """Wait for this worktree's turn to change the catalog, which is read anew in it.

    What a change is depends on who is in the catalog, so both belong into one turn.
    """
    session.store.require()
    session.forget_catalog()
    return staging_turn(os.path.join(session.repo.own_state_dir, "catalog"))


def write_agents(
    session: Session,
    changes: Mapping[str, Mapping[str, Any]],
    *,
    dry_run: bool = False,
    place: str = CATALOG,
    order: Sequence[str] = (),
    rules: Sequence[OwnershipRule] | None = None,
) -> list[str]:
    """Write changed and new agents to the catalog's files and stage them; return the files' paths.

    To be called in a ``catalog_turn``.

    Args:
        session: The call.
        changes: Handle -> field -> value; None takes a field away.
        dry_run: Judge everything and write nothing.
        place: The file for new agents; in another than ``catalog.yaml`` they stand in the order of ``changes``.
        rules: The ownership of the file for new agents, all of it; None leaves it as it is.
        order: The agents in the order in which they have to stand in the file for new ones, as far as they stand there.

    Raises:
        InvalidError: ``bad_catalog``: a file cannot be read, or the agents would break a rule; nothing is written.
        ConflictError: ``changed_meanwhile``.
    """
    from flaggit.catalog.editing import edit_catalog, edit_ownership, faults_of, order_agents

    faults = session.store.unreadable_catalog_files()
    if faults:
        raise InvalidError("bad_catalog", "The catalog is not written to, since a part is missing.", violations=faults)
    files = dict(session.read_catalog_files())
    edited = {}
    for path, part in _by_place(session, changes, place).items():
        edited[path] = edit_catalog(files.get(path, b""), part, path=path, keep_order=path != CATALOG)
    if order and (place in edited or place in files):
        ordered = order_agents(edited.get(place) or files[place], order, path=place)
        edited.update({place: ordered} if ordered != files.get(place) else {})
    before = edited.get(place, files.get(place, b""))
    if rules is not None and (rules or before.strip()):
        owned = edit_ownership(before, rules, path=place)
        edited.update({place: owned} if owned != files.get(place) else {})
    faults = faults_of({**files, **edited}, changes)
    if faults:
        raise InvalidError("bad_catalog", "The catalog would contradict itself.", violations=faults)
    if dry_run:
        return list(edited)
    for path, data in edited.items():
        session.store.put(path, data, expected=files.get(path))
    session.store.stage(edited)
    session.forget_catalog()
    return list(edited)


def staged_note(paths: Iterable[str]) -> str:
    """Return the next step for files that were written and not committed."""
    return f"Staged {', '.join(paths)}: commit it with your work."


def _by_place(
    session: Session, changes: Mapping[str, Mapping[str, Any]], place: str
) -> dict[str, dict[str, Mapping[str, Any]]]:
    places = _places(session)
    parts: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name, fields in changes.items():
        parts.setdefault(places.get(name, place), {})[name] = fields
    return parts


def _places(session: Session) -> dict[str, str]:
    """Return agent -> the catalog's file that it stands in, which needs no reading where there is but one."""
    from flaggit.catalog.parsing import parse_catalog

    files = session.read_catalog_files()
    if len(files) == 1:
        return dict.fromkeys(session.catalog.agents, files[0][0])
    places: dict[str, str] = {}
    for path, data in files:
        for name in parse_catalog([(path, data)]).agents:
            places.setdefault(name, path)
    return places
