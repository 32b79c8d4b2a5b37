"""Setting up and looking around: init, iam, and what ``flaggit`` alone says."""

from __future__ import annotations

from flaggit.clone.identity import actor_with_instance, get_actor, store_identity
from flaggit.clone.session import Reply
from flaggit.core.errors import FlaggitError, NotFoundError, UnavailableError
from flaggit.core.layout import CATALOG, STORE
from flaggit.core.record import record
from flaggit.git.staging import stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.core.model import Row

_REPLIES = "replies"  # the schema of all that commands answer
_SCHEMAS = f"{STORE}/.schema/"
ATTRIBUTES = """\
# Flags are plain text everywhere; the drivers work where `flaggit init --yes` has set them up.
*.yaml text eol=lf diff=flaggit merge=flaggit !filter !ident !working-tree-encoding
"""
# What an older flaggit wrote, and only that, is brought up to date.
_OLDER_ATTRIBUTES = ATTRIBUTES.replace(" !filter !ident !working-tree-encoding", "").encode()
_CATALOG_START = """\
# The agents of this repository: who they are, what they know, which paths are theirs.
# `flaggit agents add @domain.module` adds one; `flaggit agents search TEXT` finds one.
schema: 1
agents: {}
"""
# git config of this clone: how flags look in diffs, and how two edits of one flag are merged. flaggit
# answers 0 or 4; with any other status (it is gone, it was killed) git merges by lines, so that both
# sides are in the file whatever happens.
_MERGE_DRIVER = (
    "flaggit merge-driver %O %A %B %P --marker-size %L; case $? in 0) exit 0;; 4) exit 1;; esac;"
    " git merge-file -q --marker-size=%L %A %O %B || exit 1"
)
# Where a shell does not find flaggit, the file is shown as it is: git itself would end every `git diff` and
# `git log -p` with an error. Git appends the file's name to the line.
_TEXTCONV = 'flaggit textconv "$1" 2>/dev/null || cat'
DRIVERS = {
    "diff.flaggit.textconv": _TEXTCONV,
    "merge.flaggit.name": "flags, field by field",
    "merge.flaggit.driver": _MERGE_DRIVER,
}


@record
class Setup:
    """What ``init`` made, what stood already, what it offers, and the next step."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    offered: tuple[str, ...]


@record
class Overview:
    """Who is asking, what waits for it, what it holds (ids), and how many flags are pending in all."""

    actor: Actor | None
    inbox: tuple[Row, ...]
    held: tuple[Row, ...]
    pending: int
    now: int


def init(session: Session, *, yes: bool = False) -> Reply[Setup]:
    """Make the store, what editors and git need beside it, and a catalog to fill; what exists is left alone.

    Args:
        session: The call.
        yes: Also set up what lies outside ``.flags/``: this clone's diff and merge drivers.

    Raises:
        UnavailableError: ``bare_repository`` or ``unreadable``.
    """
    from flaggit.git.files import add_file, replace_file

    session.repo.get_root()
    made: list[str] = []
    kept: list[str] = []
    for path, data in initial_files().items():
        if add_file(session.store.locate(path), data):
            made.append(path)
        elif not path.startswith(_SCHEMAS):
            kept.append(path)
        elif _read_existing(session, path, len(data)) != data:  # of an older flaggit; for editors only
            replace_file(session.store.locate(path), data)
            made.append(path)
        else:
            kept.append(path)
    _renew_attributes(session, made, kept)
    stage(session.repo, made)
    offered = _set_up_drivers(session, made) if yes else _missing_drivers(session)
    notes = _next_steps(session, offered)
    return Reply(Setup(tuple(made), tuple(kept), tuple(offered)), notes=tuple(notes))


def initial_files() -> dict[str, bytes]:
    """Return what ``init`` writes below the root: path -> bytes."""
    from flaggit.documents.resources import list_schemas, read_schema

    own = {CATALOG: _CATALOG_START.encode(), f"{STORE}/.gitattributes": ATTRIBUTES.encode()}
    return {**own, **{_SCHEMAS + name: read_schema(name) for name in list_schemas()}}


def _renew_attributes(session: Session, made: list[str], kept: list[str]) -> None:
    path = f"{STORE}/.gitattributes"
    if path in kept and _read_existing(session, path, len(_OLDER_ATTRIBUTES)) == _OLDER_ATTRIBUTES:
        session.store.put(path, ATTRIBUTES.encode(), expected=_OLDER_ATTRIBUTES)
        kept.remove(path)
        made.append(path)


def _read_existing(session: Session, path: str, limit: int) -> bytes:
    from flaggit.documents.values import BrokenFileError

    try:
        return session.store.read_bytes(path, limit)
    except BrokenFileError as error:
        raise UnavailableError("unreadable", f"{error}.", hint=f"Move {path} away, then run it again.") from None


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
    from flaggit.commands.setup.reply_schemas import find_reply, load_replies
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
    from flaggit.documents.resources import list_schemas

    return sorted([*(file.removesuffix(".schema.json") for file in list_schemas()), _REPLIES])


def _missing_drivers(session: Session) -> list[str]:
    known = session.repo.command("config", "--list", "--name-only", "-z").split("\0")
    return [key for key in DRIVERS if key not in known]


def _set_up_drivers(session: Session, made: list[str]) -> list[str]:
    for key in _missing_drivers(session):
        session.repo.command("config", "--local", key, DRIVERS[key])
        made.append(f"git config {key}")
    return []


def _next_steps(session: Session, offered: list[str]) -> list[str]:
    steps = []
    if offered:
        steps.append("`flaggit init --yes` also sets up this clone's diff and merge drivers for flags.")
    if not session.catalog.agents:
        steps.append("Name your agents: `flaggit agents add @domain.module --description TEXT`.")
    steps.append("Optional: `flaggit hooks install` checks flags at every commit.")
    return steps


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
