"""``iam``, what ``flaggit`` alone says, and the published schemas of files and of what ``--json`` answers."""

from __future__ import annotations

from flaggit.clone.identity import actor_with_instance, get_actor, store_identity
from flaggit.clone.session import Reply
from flaggit.core.errors import FlaggitError, NotFoundError
from flaggit.core.record import record
from flaggit.documents.resources import REPLIES, list_schemas, read_schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row

    Schema = dict[str, Any]

_REPLIES = "replies"  # the schema of all that commands answer
_DEFINITIONS = "#/definitions/"


_LINES = {"flaggit.events/1": "event"}  # what answers line by line, without an envelope -> the schema of a line


@record
class Overview:
    """Who is asking, what waits for it, what it holds (ids), and how many flags are pending in all."""

    actor: Actor | None
    inbox: tuple[Row, ...]
    held: tuple[Row, ...]
    pending: int
    now: int


def iam(session: Session, *, agent: str | None = None) -> Reply[Actor]:
    """Say which agent works in this worktree, or remember ``agent`` as the one who does.

    Raises:
        InvalidError: ``bad_handle``, or ``no_identity`` where nothing says so yet.
    """
    actor = get_actor(session.repo, agent)
    if agent is None:
        return Reply(actor)
    store_identity(session.repo, actor.handle)
    actor = actor_with_instance(session.repo, actor)
    notes = _remarks_on(session, actor.handle)
    speaking = get_actor(session.repo).handle
    if speaking != actor.handle:  # the environment comes before what is stored
        notes = (*notes, f"FLAGGIT_AGENT says {speaking} here, and comes first.")
    return Reply(actor, notes=notes)


def overview(session: Session) -> Reply[Overview]:
    """Return who is asking, what waits for it and what it holds.

    Raises:
        UnavailableError: ``no_repository`` or ``no_store``.
    """
    from flaggit.clone.lock_rules import binds, is_own

    if not session.repo.bare:
        session.store.require()
    actor = session.find_actor()
    if actor is None:
        rows = session.clone.rows()
        data = Overview(None, (), (), len(rows), session.now)
        return Reply(
            data, session.clone.problems, notes=("`flaggit iam @domain.module` tells this worktree who you are.",)
        )
    inbox = session.clone.rows(targets=session.find_targets(actor.handle))
    mine = [lock.flag_id for lock in session.clone.locks.values() if is_own(lock, actor) and binds(lock, session.now)]
    held = session.clone.get_rows(mine) if mine else []
    data = Overview(actor, tuple(inbox), tuple(held), len(inbox), session.now)
    return Reply(data, session.clone.problems)


def schema(session: None, *, name: str | None = None) -> Reply[list[str] | Mapping[str, Any]]:  # noqa: ARG001 - needs no repository
    """Return a published schema as a mapping, or without ``name`` the names of all.

    Args:
        session: None.
        name: Of a kind of file, ``replies`` for everything that ``--json`` answers, or what stands under
            ``schema`` in such an answer (``flaggit.inbox/2``).

    Raises:
        NotFoundError: ``unknown_file``, where there is no schema of that name.
    """
    from flaggit.documents.schema import load_schema

    names = schema_names()
    if name is None:
        return Reply(names)
    found = find_reply(name) if name.startswith("flaggit.") else load_replies() if name == _REPLIES else None
    if found is None and name not in names:
        hint = "Of one command's answers: flaggit schema flaggit.inbox/2"
        raise NotFoundError("unknown_file", f"There is no schema {name!r}; there are {', '.join(names)}.", hint=hint)
    return Reply(found or load_schema(name))


def schema_names() -> list[str]:
    """Return the names of the published schemas."""
    return sorted([*(file.removesuffix(".schema.json") for file in list_schemas()), _REPLIES])


def _remarks_on(session: Session, handle: str) -> tuple[str, ...]:
    """Return advice on an agent that is misspelt, new, or named on another branch only."""
    try:
        catalog = session.catalog
    except FlaggitError:  # a catalog that cannot be read is for others to complain of
        return ()
    if catalog.find(handle) is not None:
        return ()
    from flaggit.catalog.suggest import near_handles

    near = near_handles(catalog, handle)
    if near:
        return (f"{handle} is not in the catalog. Did you mean {' or '.join(near)}?",)
    adding = f"`flaggit agents add {handle}` adds it"
    return (f"{handle} is not in this branch's catalog yet: merge the branch that names it, or {adding}.",)


def load_replies() -> Schema:
    """Return the schema that judges every reply and every error."""
    import json

    schema: Schema = json.loads(read_schema(REPLIES))
    return schema


def find_reply(name: str) -> Schema | None:
    """Return the schema of one command's replies by what stands under their ``schema``: ``flaggit.inbox/2``.

    It has no definitions but those that it uses.
    """
    whole = load_replies()
    if name in _LINES:
        line = whole["definitions"][_LINES[name]]
        return {"$schema": whole["$schema"], "title": name, **line, "definitions": whole["definitions"]}
    reply = whole["definitions"].pop("reply")
    for case in reply.pop("allOf"):
        if case["if"]["properties"]["schema"] == {"const": name}:
            properties = {**reply["properties"], "schema": {"const": name}, **case["then"]["properties"]}
            head = {"$schema": whole["$schema"], "title": name}
            schema = {**head, **reply, **case["then"], "properties": properties}
            return {**schema, "definitions": _find_used(schema, whole["definitions"])}
    return None


def _find_used(part: Any, definitions: Schema) -> Schema:
    """Return the definitions that a part of a schema leads to, in their order."""
    used: set[str] = set()
    waiting = [part]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            name = str(value.get("$ref", "")).removeprefix(_DEFINITIONS)
            if name in definitions and name not in used:
                used.add(name)
                waiting.append(definitions[name])
    return {name: _shortened(definition) for name, definition in definitions.items() if name in used}


def _shortened(definition: Schema) -> Schema:
    """Return a definition without its own description where a pattern or a list of values says as much."""
    says_it = "pattern" in definition or "enum" in definition or "items" in definition
    return {key: value for key, value in definition.items() if key != "description"} if says_it else definition
