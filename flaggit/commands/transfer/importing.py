"""``import``: flags from other systems and from exports. Everything is mapped and judged first, then all is written."""

from __future__ import annotations

import os
import sys

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from flaggit.core.layout import STORE, SUFFIX, completion_path, flag_path, note_path
from flaggit.core.model import IMMUTABLE_FIELDS, Completion, Flag, Note, Problem
from flaggit.core.record import record, replace
from flaggit.core.text import counted, visible
from flaggit.git.files import NotRegularError, read_file
from flaggit.git.staging import commit_paths, list_untracked
from flaggit.transfer.planned import Handles, Plan, parse_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.clone.session import Session

    Value = Flag | Completion | Note

FORMATS = ("sqlite", "jsonl", "bd")
_LIMIT = 1024 * 1024 * 1024


@record
class Imported:
    """What an import wrote (with ``dry_run``: would write), how many values stood there already, what was left out."""

    form: str
    file: str
    flags: tuple[Flag, ...]
    completions: tuple[Completion, ...]
    notes: tuple[Note, ...]
    already: int
    unmapped: tuple[Problem, ...]
    agents: tuple[str, ...] = ()
    dry_run: bool = False
    commit: str = ""


def import_flags(
    session: Session,
    *,
    form: str,
    file: str,
    zone: str | None = None,
    names: Sequence[str] = (),
    skip: bool = False,
    commit: bool = False,
    dry_run: bool = False,
) -> Reply[Imported]:
    """Bring flags into this worktree, all or none, and stage them. What is there already stays as it is.

    Args:
        session: The call.
        form: One of ``FORMATS``.
        file: The file; ``-`` is standard input, for JSON Lines.
        zone: The time zone of times that name none; None takes UTC and says so.
        names: Names of agents and the handles they become, ``NAME=@handle`` each.
        skip: Leave out what cannot be mapped, and import the rest.
        commit: Commit exactly what is written.
        dry_run: Write nothing.

    Raises:
        InvalidError: ``unmappable``, naming every record that cannot be mapped; ``usage``.
        NotFoundError: ``unknown_file``.
        ConflictError: ``conflict``, where an id stands for another flag here.
        UnavailableError: ``unreadable``, ``no_store``.
    """
    session.store.require()
    plan = _plan(session, form, file, zone, names)
    if plan.unmapped and not skip:
        raise InvalidError(
            "unmappable",
            f"Nothing was imported: {len(plan.unmapped)} records cannot be mapped.",
            hint="Mend them in the source, say who is meant with --map, or leave them out with --skip.",
            violations=plan.unmapped,
        )
    values, remarks = _missing(session, plan)
    _add_agents(session, plan, dry_run=True)
    stray = _stray(session, plan, values)
    oid = ""
    if not dry_run:
        paths = [*_write(session, values, stray), *_add_agents(session, plan)]
        oid = commit_paths(session.repo, _message([*values, *stray], plan.agents), paths) if commit and paths else ""
    count = len(plan.flags) + len(plan.completions) + len(plan.notes)
    data = Imported(
        form,
        file,
        tuple(value for value in values if isinstance(value, Flag)),
        tuple(value for value in values if isinstance(value, Completion)),
        tuple(value for value in values if isinstance(value, Note)),
        count - len(values),
        plan.unmapped,
        tuple(handle for handle, _ in plan.agents),
        dry_run,
        oid,
    )
    is_staged = bool(values or plan.agents) and not oid and not dry_run
    advice = ("Staged: commit it by itself.",) if is_staged else ()
    # Where the zone was named, nobody needs to be told which one was taken.
    told = [remark for remark in plan.remarks if zone is None or "zone" not in dict(remark.data)]
    warnings = (*plan.unmapped, *told, *remarks)
    return Reply(data, warnings, 1 if plan.unmapped else 0, advice)


def _plan(session: Session, form: str, file: str, zone: str | None, names: Sequence[str]) -> Plan:
    if form not in FORMATS:
        raise InvalidError("usage", f"{form!r} is none of {', '.join(FORMATS)}.")
    handles = Handles(parse_map(names), lambda name: _identify(session, name))
    if form == "sqlite":
        from flaggit.transfer.database import read_database
        from flaggit.transfer.older import map_rows
        from flaggit.transfer.older_agents import map_agents
        from flaggit.transfer.timestamps import parse_zone

        clock = parse_zone(zone or "UTC")
        database = read_database(file)
        plan = map_rows(database.rows, clock, handles, session.settings)
        agents, remarks = map_agents(database.agents, session.catalog, handles)
        told = (*_other_tables(database.others), *remarks, *plan.remarks)
        return replace(plan, remarks=told, agents=tuple(agents.items()))
    if zone is not None:
        raise InvalidError("usage", f"--zone is for sqlite; the times of {form} name their zones.")
    text = _read_text(file)
    if form == "jsonl":
        from flaggit.transfer.lines import map_lines

        return map_lines(text, session.settings)
    from flaggit.transfer.beads import map_issues

    return map_issues(text, handles, session.settings)


def _other_tables(others: dict[str, int]) -> list[Problem]:
    """Say which tables stay behind, so that nobody believes them imported."""
    return [
        Problem(
            "",
            "import",
            f"The table {visible(name)} with {counted(count, 'row')} is not imported.",
            level="warning",
            data=(("table", name), ("rows", count)),
        )
        for name, count in others.items()
    ]


def _add_agents(session: Session, plan: Plan, *, dry_run: bool = False) -> list[str]:
    """Write and stage the new entries of the catalog; return its files. Raises InvalidError ``bad_catalog``."""
    from flaggit.lifecycle.catalog_writing import catalog_turn, write_agents

    if not plan.agents:
        return []
    with catalog_turn(session):
        return write_agents(session, dict(plan.agents), dry_run=dry_run)


def _identify(session: Session, name: str) -> str | None:
    agent = session.catalog.identify(email=name if "@" in name else "", login=name)
    return agent.name if agent is not None else None


def _read_text(file: str) -> str:
    if file == "-":
        return sys.stdin.buffer.read(_LIMIT).decode("utf-8", "replace")
    try:
        data = read_file(os.path.realpath(file), _LIMIT)
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError("unknown_file", f"There is no file {file}.") from None
    except (NotRegularError, UnicodeDecodeError) as error:
        raise UnavailableError(
            "unreadable", f"{file} cannot be read: {error}.", hint="What another program writes is piped in: `-`."
        ) from None
    except OSError as error:
        raise UnavailableError("unreadable", f"{file} cannot be read: {error.strerror}.") from None


def _missing(session: Session, plan: Plan) -> tuple[list[Value], list[Problem]]:
    """Return the values that are not here yet, and a remark for each that is here with another text.

    Raises:
        ConflictError: ``conflict``, where an id stands for another flag here.
    """
    here = _flags_here(session)
    missing: list[Value] = []
    remarks: list[Problem] = []
    conflicts: list[Problem] = []
    for flag in plan.flags:
        if flag.id not in here:
            missing.append(flag)
        else:
            _compare(session, here[flag.id], flag, remarks, conflicts)
    others: list[Completion | Note] = [*plan.completions, *plan.notes]
    for value in others:
        path = _path_of(value)
        if not os.path.lexists(session.store.locate(path)):
            missing.append(value)
        else:
            _compare(session, path, value, remarks, [])
    if conflicts:
        raise ConflictError(
            "conflict",
            f"Nothing was imported: {len(conflicts)} ids stand for other flags here.",
            hint="`flaggit show ID` tells what is here; one of them needs another id.",
            violations=conflicts,
        )
    return missing, remarks


def _flags_here(session: Session) -> dict[str, str]:
    """Return id -> path of the flags in this worktree."""
    return {
        stem: f"{STORE}/{folder}/{stem}{SUFFIX}"
        for source in session.clone.sources()
        if source.here
        for folder in source.list_folders()
        for stem in source.list_stems(folder)
    }


def _compare(session: Session, path: str, value: Value, remarks: list[Problem], conflicts: list[Problem]) -> None:
    from flaggit.documents.values import BrokenFileError

    if not os.path.lexists(session.store.locate(path)):  # in HEAD, and left out of a sparse checkout
        return
    try:
        found = session.store.read_flag(path)
    except (BrokenFileError, NotFoundError) as error:
        conflicts.append(Problem("", "conflict", f"{path} is here already and broken: {error}", path=path))
        return
    if found == value:
        return
    if isinstance(value, Flag) and isinstance(found, Flag):
        differing = [name for name in IMMUTABLE_FIELDS if getattr(found, name) != getattr(value, name)]
        if differing and differing != ["created_at"]:
            text = f"{path} is here already with another {', '.join(differing)}."
            conflicts.append(Problem("", "conflict", text, path=path, ids=(value.id,)))
            return
    text = f"{path} is here already and says something else; it stays as it is."
    remarks.append(Problem("", "import", text, level="warning", path=path))


def _stray(session: Session, plan: Plan, missing: list[Value]) -> list[Value]:
    """Return the files that a killed import wrote and did not stage: here as planned, unknown to git."""
    unknown = list_untracked(session.repo, STORE) - set(map(_path_of, missing))
    values: tuple[Value, ...] = (*plan.flags, *plan.completions, *plan.notes)
    return [value for value in values if _path_of(value) in unknown and _holds(session, _path_of(value), value)]


def _holds(session: Session, path: str, value: Value) -> bool:
    from flaggit.documents.values import BrokenFileError

    try:
        return session.store.read_flag(path) == value
    except (BrokenFileError, NotFoundError):
        return False


def _path_of(value: Value) -> str:
    if isinstance(value, Flag):
        return flag_path(value)
    return completion_path(value.id) if isinstance(value, Completion) else note_path(value)


def _write(session: Session, values: list[Value], stray: list[Value]) -> list[str]:
    """Write values, stage them and the stray ones, and return their paths."""
    from flaggit.doctor.leftovers import forget_unfinished
    from flaggit.git.progress import Progress

    if not values and not stray:
        return []
    progress = Progress("Importing", len(values))
    try:
        paths = session.store.add_all(values, progress.step)
    finally:
        progress.finish()
    found = [*paths, *map(_path_of, stray)]
    session.store.stage(found)
    forget_unfinished(session.repo)
    return found


def _message(values: list[Value], agents: Sequence[object]) -> str:
    flags = sum(isinstance(value, Flag) for value in values)
    done = [value.id for value in values if isinstance(value, Completion)]
    subject = f"Import {counted(flags, 'flag')}" + (f" and {counted(len(agents), 'agent')}" if agents else "")
    trailers = "".join(f"Completes-Flag: {flag_id}\n" for flag_id in done)
    return f"{subject}\n" + (f"\n{trailers}" if trailers else "")
