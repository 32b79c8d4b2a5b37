"""Agents from files that other tools own, and the catalog for a forge: import and export."""

from __future__ import annotations

import os

from flaggit.actions.agents import entry_of
from flaggit.actions.agents_owners import changed_owners, take_codeowners
from flaggit.actions.agents_writing import write_agents
from flaggit.errors import InvalidError, NotFoundError
from flaggit.layout import CATALOG_FOLDER
from flaggit.record import record
from flaggit.session import Reply
from flaggit.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from flaggit.agents.catalog import Catalog
    from flaggit.agents.files import AgentFile
    from flaggit.session import Session

    Changes = dict[str, dict[str, Any]]

DEFAULT_FOLDER = ".claude/agents"
_ENDINGS = (".md", ".mdc", ".markdown", ".json")
_NO_AGENTS = frozenset({"readme.md", "claude.md", "agents.md", "license.md", "contributing.md", "changelog.md"})
_LISTS = ("tags", "capabilities", "scenarios", "tech_stack")
_SHOWN = 3


@record
class Imported:
    """What an import did: handles that are new, changed and as they were; files (or rules) left out, with why."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    dry_run: bool = False


def import_agents(
    session: Session, *, sources: Sequence[str] = (), dry_run: bool = False, commit: bool = False
) -> Reply:
    """Bring agents into the catalog from agents' files and folders of them, agent cards, or a CODEOWNERS file.

    An agent that came from the same file before takes that file's new words and keeps what people
    added to it; an agent that somebody wrote by hand is left alone and told.

    Args:
        session: The call.
        sources: Files and folders; none: ``.claude/agents``.
        dry_run: Judge everything and write nothing.
        commit: Commit exactly the catalog.

    Raises:
        NotFoundError: ``unknown_file``.
        InvalidError: ``bad_catalog``, where the catalog cannot be written.
    """
    given = list(sources) or [_default_source(session)]
    changes: Changes = {}
    owned: Changes = {}
    skipped: list[tuple[str, str]] = []
    remarks: list[str] = []
    seen: list[str] = []
    for source in given:
        if os.path.basename(source) == "CODEOWNERS":
            seen += take_codeowners(session, source, owned, skipped)
        else:
            seen += _take_files(session, source, changes, skipped, remarks)
    known = session.catalog.agents
    touched = list(dict.fromkeys([*changes, *owned]))
    added = tuple(name for name in touched if name not in known)
    updated = tuple(name for name in touched if name in known)
    unchanged = tuple(dict.fromkeys(name for name in seen if name not in touched))
    paths = _write(session, changes, owned, dry_run=dry_run)
    if commit and paths and not dry_run:
        session.repo.commit(f"Import {counted(len(touched), 'agent')} into the catalog", paths)
    if not dry_run:
        remarks += [remark for source in given for remark in changed_owners(session, source)]
    data = Imported(added, updated, unchanged, tuple(skipped), tuple(remarks), tuple(paths), dry_run)
    return Reply(data, session.catalog.problems)


def export_agents(session: Session, *, output: str | None = None, dry_run: bool = False) -> Reply:
    """Return the catalog's ownership as a CODEOWNERS file; with ``output`` write and stage that file.

    Raises:
        UnavailableError: ``unreadable``.
    """
    from flaggit.agents.codeowners import format_codeowners
    from flaggit.files import replace_file

    text, unknown = format_codeowners(session.catalog)
    notes = []
    if unknown:
        named = ", ".join(unknown[:_SHOWN]) + (", ..." if len(unknown) > _SHOWN else "")
        notes.append(f"Left out, since no login or e-mail address is known of them: {named}.")
    if output is None:
        return Reply({"path": None, "text": text, "left_out": unknown}, session.catalog.problems, notes=tuple(notes))
    path = session.repo.relative(output)
    if path.startswith(("../", ".git/")):
        raise InvalidError("usage", f"{output} lies outside the repository.", hint="Name a path inside it.")
    if not dry_run:
        replace_file(session.store.locate(path), text.encode("utf-8"))
        session.repo.stage([path])
    notes.append(f"{'Would write' if dry_run else 'Wrote'} {path}.")
    data = {"path": path, "text": text, "left_out": unknown}
    return Reply(data, session.catalog.problems, notes=tuple(notes))


def _write(session: Session, changes: Changes, owned: Changes, *, dry_run: bool) -> list[str]:
    """Write what agents' files and CODEOWNERS changed; owners that are new stand together, in an order that counts."""
    paths = write_agents(session, changes, dry_run=dry_run) if changes else []
    if owned:
        paths += write_agents(session, owned, dry_run=dry_run, place=f"{CATALOG_FOLDER}/codeowners.yaml")
    return list(dict.fromkeys(paths))


def _default_source(session: Session) -> str:
    folder = os.path.join(session.repo.get_root(), DEFAULT_FOLDER)
    if os.path.isdir(folder):
        return folder
    raise NotFoundError(
        "unknown_file",
        f"There is no {DEFAULT_FOLDER}/ here.",
        hint="Name files or folders: `flaggit agents import PATH`.",
    )


def _take_files(
    session: Session, source: str, changes: Changes, skipped: list[tuple[str, str]], remarks: list[str]
) -> list[str]:
    """Collect what the agents' files below a path change; return the handles of all of them."""
    from flaggit.agents.files import SkippedError, read_agent_file

    seen: dict[str, str] = {}
    for path, folder in _find_files(source):
        name = session.repo.relative(path)
        try:
            found = read_agent_file(name, _read(path), folder=folder)
        except SkippedError as error:
            skipped.append((name, str(error)))
            continue
        if found.handle in seen:
            skipped.append((name, f"gives the same handle {found.handle} as {seen[found.handle]}"))
            continue
        clash = _clash(session.catalog, found)
        if clash:
            skipped.append((name, clash))
            continue
        seen[found.handle] = name
        if found.remark:
            remarks.append(f"{name} {found.remark}.")
        new = _fresh_fields(session.catalog, changes, found)
        if new:
            changes[found.handle] = new
    return list(seen)


def _find_files(source: str) -> list[tuple[str, str]]:
    """Return the files that may hold agents below a path, sorted, each with its folder below that path."""
    if os.path.isfile(source):
        return [(source, "")]
    if not os.path.isdir(source):
        raise NotFoundError("unknown_file", f"{source} does not exist.", hint="Name a file or a folder of agents.")
    found = []
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in (".git", "node_modules"))
        below = os.path.relpath(folder, source).replace(os.sep, "/")
        chosen = [name for name in sorted(names) if name.endswith(_ENDINGS) and name.lower() not in _NO_AGENTS]
        found += [(os.path.join(folder, name), "" if below == "." else below) for name in chosen]
    return found


def _read(path: str) -> bytes:
    from flaggit.agents.files import LIMIT, SkippedError
    from flaggit.files import read_file

    try:
        return read_file(path, LIMIT)
    except OSError as error:
        raise SkippedError(f"cannot be read: {error}") from None


def _clash(catalog: Catalog, found: AgentFile) -> str:
    """Return why an agent's file cannot be taken, or nothing."""
    known = catalog.find(found.handle)
    if known is None:
        return ""
    if known.name != found.handle:
        return f"its handle {found.handle} is an alias of {known.name}"
    if known.source == found.path:
        return ""
    if known.source:
        return f"{found.handle} came from {known.source}"
    described = dict(found.fields).get("description")
    return f"{found.handle} was written by hand and says something else" if known.description != described else ""


def _fresh_fields(catalog: Catalog, changes: Changes, found: AgentFile) -> dict[str, Any]:
    """Return the fields that a file changes: its own words, with what people added to the lists kept."""
    known = catalog.agents.get(found.handle)
    have = entry_of(known) if known else {}
    new: dict[str, Any] = {}
    for field, value in (*found.fields, ("source", found.path)):
        if field in _LISTS:
            value = list(dict.fromkeys([*value, *have.get(field, ())]))
        new[field] = value
    alias = found.alias
    taken = (
        alias in changes
        or catalog.find(alias) is not None
        or any(alias in c.get("aliases", ()) for c in changes.values())
    )
    if alias and not taken:
        new["aliases"] = [*have.get("aliases", ()), alias]
    return {field: value for field, value in new.items() if have.get(field) != value}
