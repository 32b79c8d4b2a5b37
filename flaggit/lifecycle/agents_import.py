"""Agents from files that other tools own: import."""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.core.errors import NotFoundError
from flaggit.core.layout import CATALOG_FOLDER
from flaggit.core.record import record
from flaggit.core.text import counted
from flaggit.git.staging import commit_paths
from flaggit.lifecycle.agents_gathering import Before, Gathering, Remark
from flaggit.lifecycle.agents_owners import import_codeowners, is_codeowners
from flaggit.lifecycle.catalog_writing import catalog_turn, staged_note, write_agents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.lifecycle.agents_owners import Owners

    Changes = dict[str, dict[str, Any]]

# Where coding tools keep a project's agents.
FOLDERS = (
    ".claude/agents",
    ".codex/agents",
    ".github/agents",
    ".opencode/agent",
    ".opencode/agents",
    ".cursor/agents",
    ".gemini/agents",
)


@record
class Imported:
    """What an import did: handles that are new, changed and as they were; files (or rules) left out, with why.

    ``fields`` are those that change, by agent.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    remarks: tuple[Remark, ...] = ()
    paths: tuple[str, ...] = ()
    dry_run: bool = False
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()


def import_agents(
    session: Session, *, sources: Sequence[str] = (), dry_run: bool = False, commit: bool = False
) -> Reply[Imported]:
    """Bring agents into the catalog from agents' files and folders of them, agent cards, or a CODEOWNERS file.

    An agent that came from the same file before takes that file's new words and keeps what people
    added to it; an agent that somebody wrote by hand is left alone and told.

    Args:
        session: The call.
        sources: Files and folders; none: those of ``FOLDERS`` that are there.
        dry_run: Judge everything and write nothing.
        commit: Commit exactly the catalog.

    Raises:
        NotFoundError: ``unknown_file``.
        InvalidError: ``bad_catalog``, where the catalog cannot be written.
    """
    given = list(sources) or _default_sources(session)
    with catalog_turn(session):
        data = _import(session, given, dry_run=dry_run)
    if dry_run:
        return Reply(data, session.catalog_problems())
    touched = len(data.added) + len(data.updated)
    if commit and data.paths:
        commit_paths(session.repo, f"Import {counted(touched, 'agent')} into the catalog", data.paths)
    notes = (staged_note(data.paths),) if data.paths and not commit else ()
    return Reply(data, session.catalog_problems(), notes=notes)


def _import(session: Session, given: Sequence[str], *, dry_run: bool) -> Imported:
    before = Before(session)
    files = Gathering(session, before)
    for source in given:
        if not is_codeowners(source):
            files.read(source)
    changes = files.finish()
    owners = import_codeowners(session, [source for source in given if is_codeowners(source)], before)
    known = session.catalog.agents
    touched = list(dict.fromkeys([*changes, *owners.changes]))
    paths = _write(session, changes, owners, dry_run=dry_run)
    return Imported(
        added=tuple(name for name in touched if name not in known),
        updated=tuple(name for name in touched if name in known),
        unchanged=tuple(dict.fromkeys(name for name in (*files.found, *owners.order) if name not in touched)),
        skipped=(*files.skipped, *owners.skipped),
        remarks=(*files.remarks, *owners.remarks),
        paths=tuple(paths),
        dry_run=dry_run,
        fields=tuple((name, _shown({**changes.get(name, {}), **owners.changes.get(name, {})})) for name in touched),
    )


def _shown(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of an agent whose change is worth telling: others only note where it came from."""
    return tuple(field for field in fields if field not in ("source", "imported"))


def _write(session: Session, changes: Changes, owners: Owners, *, dry_run: bool) -> list[str]:
    """Write what agents' files and CODEOWNERS changed; owners that are new stand together, in an order that counts."""
    paths = write_agents(session, changes, dry_run=dry_run) if changes else []
    if owners.rules is not None:
        place = f"{CATALOG_FOLDER}/codeowners.yaml"
        order = () if owners.rules else owners.order
        paths += write_agents(session, owners.changes, dry_run=dry_run, place=place, order=order, rules=owners.rules)
    return list(dict.fromkeys(paths))


def _default_sources(session: Session) -> list[str]:
    """Return the folders where coding tools keep agents here. Raises NotFoundError ``unknown_file`` for none."""
    root = session.repo.get_root()
    found = [os.path.join(root, folder) for folder in FOLDERS if os.path.isdir(os.path.join(root, folder))]
    if found:
        return found
    raise NotFoundError(
        "unknown_file",
        f"There are no agents' files here: looked for {', '.join(FOLDERS)}.",
        hint="Name files or folders: `flaggit agents import PATH`.",
    )
