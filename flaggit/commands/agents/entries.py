"""The catalog's verbs: list, show, add, edit and retire agents."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, InvalidError, NotFoundError
from flaggit.core.handles import parse_handle
from flaggit.core.record import fields_of, record
from flaggit.core.text import counted, tidy
from flaggit.git.staging import commit_paths
from flaggit.lifecycle.catalog_writing import catalog_turn, place_of, staged_note, write_agents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.core.model import Agent

    Fields = dict[str, Any]
    Change = tuple[str, Fields]  # whom, and the fields that become others

_SHOWN = 3


@record
class AgentView:
    """An agent with what follows from the catalog: the teams it belongs to, and the file it stands in."""

    agent: Agent
    teams: tuple[str, ...] = ()
    path: str = ""
    dry_run: bool = False


def list_agents(session: Session, *, domain: str | None = None, retired: bool = False) -> Reply[tuple[Agent, ...]]:
    """Return the agents by handle.

    Args:
        session: The call.
        domain: Only those of this part before the dot.
        retired: Also those that work no more.
    """
    catalog = session.catalog
    agents = [agent for agent in catalog.agents.values() if retired or not agent.is_retired]
    if domain is not None:
        agents = [agent for agent in agents if agent.domain == domain.lstrip("@").rstrip(".")]
    return Reply(tuple(sorted(agents, key=lambda agent: agent.name)), session.catalog_problems())


def show_agent(session: Session, *, agent: str) -> Reply[AgentView]:
    """Return one agent whole. Raises NotFoundError ``unknown_agent`` or InvalidError ``bad_handle``."""
    found = get_agent(session, agent)
    return Reply(AgentView(found, session.catalog.teams_of(found.name), place_of(session, found.name)))


def add_agent(
    session: Session, *, agent: str, dry_run: bool = False, commit: bool = False, **given: Any
) -> Reply[AgentView]:
    """Add an agent to ``catalog.yaml`` and stage the file.

    Args:
        session: The call.
        agent: Its handle.
        dry_run: Judge everything and write nothing.
        commit: Commit exactly the file.
        given: Its fields by the commands' names.

    Raises:
        ConflictError: ``agent_exists``.
        InvalidError: ``bad_handle`` or ``bad_catalog``, with every fault.
    """
    handle = parse_handle(agent)
    fields = {name: value for name, value in _fields(given).items() if value}

    def change() -> Change:
        require_free(session.catalog, handle)
        return handle, fields

    return _written(session, change, dry_run=dry_run, commit=commit)


def edit_agent(
    session: Session,
    *,
    agent: str,
    remove: Sequence[str] = (),
    clear: Sequence[str] = (),
    dry_run: bool = False,
    commit: bool = False,
    **given: Any,
) -> Reply[AgentView]:
    """Change an agent's fields, every other byte of the catalog left alone, and stage the file.

    Args:
        session: The call.
        agent: Whom.
        remove: Entries to take out of whatever list holds them.
        clear: Fields to take away whole.
        dry_run: Judge everything and write nothing.
        commit: Commit exactly the file.
        given: New texts, and entries to put into lists.

    Raises:
        NotFoundError: ``unknown_agent``.
        InvalidError: ``usage`` where nothing changes, or ``bad_catalog`` with every fault.
    """

    def change() -> Change:
        found = get_agent(session, agent)
        changes = _changes(found, _fields(given), remove, clear)
        if not changes:
            raise InvalidError("usage", f"Nothing of {found.name} would change.", hint="`flaggit agents edit --help`.")
        return found.name, changes

    return _written(session, change, dry_run=dry_run, commit=commit)


def retire_agent(
    session: Session, *, agent: str, replaced_by: str | None = None, dry_run: bool = False, commit: bool = False
) -> Reply[AgentView]:
    """Say that an agent works no more, and who gets its flags and paths.

    Raises:
        NotFoundError: ``unknown_agent``, for either of the two.
        InvalidError: ``usage`` where the two are one.
    """

    def change() -> Change:
        name = get_agent(session, agent).name
        successor = get_agent(session, replaced_by).name if replaced_by is not None else None
        if successor == name:
            raise InvalidError("usage", f"{name} cannot replace itself.", hint="Name another agent.")
        return name, {"status": "retired", **({"replaced_by": successor} if successor else {})}

    reply = _written(session, change, dry_run=dry_run, commit=commit)
    found = reply.data.agent
    waiting = len(session.clone.rows(targets=[found.name]))
    left = [counted(waiting, "pending flag")] if waiting else []
    left += [f"paths ({', '.join(found.owns[:_SHOWN])})"] if found.owns else []
    if left and not found.replaced_by:
        note = f"Nobody's now: {' and '.join(left)} of {found.name}; name a successor with --replaced-by."
        return Reply(reply.data, reply.warnings, notes=(*reply.notes, note))
    return reply


def get_agent(session: Session, handle: str) -> Agent:
    """Return an agent by its handle, an alias, or the name that other tools know it by.

    Raises:
        NotFoundError: ``unknown_agent``, with the nearest ones.
        InvalidError: ``bad_handle``.
    """
    from flaggit.catalog.suggest import handles_of_word, suggest_handles

    catalog = session.catalog
    try:
        name = parse_handle(handle)
    except InvalidError as error:
        own = catalog.find(handle)
        if own is not None:
            return own
        words = handles_of_word(catalog, handle)
        hint = f"Did you mean {' or '.join(words)}?" if words else error.hint
        raise InvalidError(error.code, error.message, hint=hint, details=error.details) from None
    found = catalog.find(name)
    if found is not None:
        return found
    near = suggest_handles(catalog, name)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`flaggit agents list` shows who is."
    if any(problem.is_error for problem in session.catalog_problems()):
        hint += " The catalog has errors, which `flaggit agents check` tells."
    raise NotFoundError(
        "unknown_agent", f"{name} is not in the catalog.", hint=hint, details={"agent": name, "suggestions": near}
    )


def require_free(catalog: Catalog, handle: str) -> None:
    """Raise ConflictError ``agent_exists`` where a handle is an agent's, or an alias of one."""
    found = catalog.find(handle)
    if found is not None:
        what = "is in the catalog already" if found.name == handle else f"is an alias of {found.name}"
        hint = f"`flaggit agents edit {found.name} --help` shows how to change it."
        raise ConflictError("agent_exists", f"{handle} {what}.", hint=hint)


def _written(session: Session, change: Callable[[], Change], *, dry_run: bool, commit: bool) -> Reply[AgentView]:
    with catalog_turn(session):
        handle, changes = change()
        before = session.catalog.agents.get(handle)
        paths = write_agents(session, {handle: changes}, dry_run=dry_run)
    if dry_run:
        return Reply(AgentView(_preview(handle, before, changes), path=paths[0], dry_run=True))
    if commit:
        commit_paths(session.repo, f"{'Change' if before else 'Add'} {handle} in the catalog", paths)
    agent = session.catalog.agents[handle]
    warnings = tuple(problem for problem in session.catalog.problems if handle in problem.ids)
    notes = () if commit else (staged_note(paths),)
    return Reply(AgentView(agent, session.catalog.teams_of(handle), paths[0]), warnings, notes=notes)


def _preview(handle: str, before: Agent | None, changes: Fields) -> Agent:
    from flaggit.catalog.parsing import build_agent, entry_of

    merged = {**(entry_of(before) if before else {}), **changes}
    return build_agent(handle, {key: value for key, value in merged.items() if value})


def _fields(given: Mapping[str, Any]) -> Fields:
    """Return the catalog's fields of what a command was given; lists without empty or repeated entries."""
    fields: Fields = {}
    for name, value in given.items():
        if isinstance(value, (tuple, list)):
            entries = [tidy(item) for item in value]
            if name in ("aliases", "members", "connections"):
                entries = [parse_handle(item, field=name) for item in entries]
            fields[name] = list(dict.fromkeys(item for item in entries if item)) or None
        else:
            fields[name] = tidy(value) if value is not None else None
    marks = {key: fields.pop(key, None) for key in ("email", "signing_key", "login")}
    mark = {key: value for key, value in marks.items() if value}
    fields["identities"] = [mark] if mark else None
    return {name: value for name, value in fields.items() if value is not None}


def _changes(agent: Agent, fields: Fields, remove: Sequence[str], clear: Sequence[str]) -> Fields:
    """Return the changes of an edit: texts replaced, entries put into lists and taken out, fields taken away."""
    from flaggit.catalog.parsing import plain_item

    changes: Fields = {}
    for name, value in fields.items():
        have = getattr(agent, name)
        if isinstance(value, list):
            old = [plain_item(item) for item in have]
            value = [*old, *(item for item in value if item not in old)]
            have = old
        if value != have:
            changes[name] = value
    for text in remove:
        for name in _lists_with(agent, text):
            entries = changes.get(name, [plain_item(item) for item in getattr(agent, name)])
            changes[name] = [item for item in entries if text not in _texts(item)] or None
    changes.update(dict.fromkeys(_check_fields(clear)))
    return changes


def _lists_with(agent: Agent, text: str) -> list[str]:
    from flaggit.catalog.parsing import plain_item

    names = [name for name, value in _values(agent) if isinstance(value, tuple)]
    found = [name for name in names if any(text in _texts(plain_item(item)) for item in getattr(agent, name))]
    if not found:
        raise InvalidError(
            "usage", f"No list of {agent.name} holds {text!r}.", hint=f"`flaggit agents show {agent.name}`."
        )
    return found


def _check_fields(names: Iterable[str]) -> list[str]:
    from flaggit.catalog.editing import ORDER

    fields = [name.replace("-", "_") for name in names]
    unknown = [name for name in fields if name not in ORDER]
    if unknown:
        raise InvalidError("usage", f"An agent has no field {unknown[0]}.", hint=f"Fields: {', '.join(ORDER)}.")
    return fields


def _values(agent: Agent) -> list[tuple[str, object]]:
    return list(fields_of(agent).items())


def _texts(item: Any) -> list[str]:
    return [item] if isinstance(item, str) else list(item.values())
