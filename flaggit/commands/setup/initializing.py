"""``init``: a store, and on request hooks, drivers, agents and their programs, asked for one after the other."""

from __future__ import annotations

import os
from functools import partial

from flaggit.clients.table import CLIENTS
from flaggit.clone.identity import actor_with_instance, get_actor, store_identity
from flaggit.clone.session import Reply
from flaggit.commands.setup.clients import setup
from flaggit.commands.setup.conversation import Choices, converse
from flaggit.commands.setup.detecting import Detected, detect
from flaggit.commands.setup.files import (
    ATTRIBUTES,
    ATTRIBUTES_FILE,
    OLDER_ATTRIBUTES,
    SCHEMAS,
    add_drivers,
    arbiter_settings,
    initial_files,
    is_as_written,
    leave_locks_out,
    note_written,
)
from flaggit.core.errors import FlaggitError, UnavailableError
from flaggit.core.layout import CATALOG, CATALOG_FOLDER, SETTINGS
from flaggit.core.record import record
from flaggit.core.text import counted
from flaggit.git.files import add_file, replace_file
from flaggit.git.staging import stage
from flaggit.hooks.installing import install
from flaggit.lifecycle.agents_import import import_agents
from flaggit.lifecycle.catalog_writing import catalog_turn, write_agents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.clone.session import Session

_OWNERSHIP = f"{CATALOG_FOLDER}/codeowners.yaml"


@record
class Made:
    """Something that was set up: where it lies, and what it is, in a few words."""

    place: str
    words: str


@record
class Setup:
    """What ``init`` made, what stood already, what it could do more, the agents it named, and what failed."""

    made: tuple[Made, ...]
    kept: tuple[str, ...]
    offered: tuple[str, ...]
    agents: tuple[str, ...] = ()
    failed: tuple[FlaggitError, ...] = ()


def init(
    session: Session,
    *,
    yes: bool = False,
    client: tuple[str, ...] = (),
    editor: bool = False,
    quiet_refs: bool = False,
) -> Reply[Setup]:
    """Make the store and a catalog; on a terminal ask what else to set up. What exists is left alone.

    Nothing is written before the last answer. What one step cannot do stops no other; the exit status tells.

    Args:
        session: The call.
        yes: Ask nothing and set up hooks, drivers and the agents that the repository's files name.
        client: Programs that agents run in, to be told about flags.
        editor: Also put schemas for editors into the store; flags then begin with a line that names theirs.
        quiet_refs: Let `git fetch` make no tracking refs of locks.

    Raises:
        UnavailableError: ``bare_repository`` or ``unreadable``.
        StoppedError: ``interrupted``, where the person stopped; nothing was written.
    """
    session.store.check_place()
    found = detect(session)
    if session.attended and not yes:
        choices = converse(found, client, session.repo.get_root())
    elif yes:
        sources = tuple(source.path for source in found.sources)
        choices = Choices(sources, hooks=bool(found.hooks), drivers=bool(found.drivers), clients=client)
    else:
        choices = Choices(clients=client)
    work = _Work(session)
    work.make_store(editor=editor)
    work.carry_out(choices)
    if quiet_refs:
        work.leave_locks_out()
    status = work.failed[0].status if work.failed else 0
    notes = (*work.notes, *_next_steps(session, found, choices))
    data = Setup(tuple(work.made), tuple(work.kept), _offered(found, choices), tuple(work.agents), tuple(work.failed))
    broken = tuple(problem for problem in session.catalog_problems() if problem.is_error)
    return Reply(data, status=status, warnings=broken, notes=notes)


class _Work:
    """The steps of one ``init``, and what came of them."""

    def __init__(self, session: Session) -> None:
        self.made: list[Made] = []
        self.kept: list[str] = []
        self.notes: list[str] = []
        self.agents: list[str] = []
        self.failed: list[FlaggitError] = []
        self._session = session

    def make_store(self, *, editor: bool) -> None:
        """Write the store's first files, and bring older ones that nobody changed up to date."""
        session = self._session
        written = []
        for path, data in initial_files(editor=editor or self._has_schemas()).items():
            if add_file(session.store.locate(path), data):
                written.append(path)
            elif path.startswith(SCHEMAS) and _read(session, path, len(data)) != data:  # of an older flaggit
                replace_file(session.store.locate(path), data)
                written.append(path)
            elif path == ATTRIBUTES_FILE and _read(session, path, len(OLDER_ATTRIBUTES)) == OLDER_ATTRIBUTES:
                session.store.put(path, ATTRIBUTES.encode(), expected=OLDER_ATTRIBUTES)
                written.append(path)
            else:
                self.kept.append(path)
        stage(session.repo, written)
        if CATALOG in written and self._record_arbiter():
            written.append(SETTINGS)
        session.forget_catalog()
        self.made += [Made(path, _words_for(path)) for path in written]

    def _record_arbiter(self) -> bool:
        """Write into the settings of a new store which repository decides, where a remote of the clone tells."""
        from flaggit.clone.remotes import place_of, places_of, read_remote_config

        session = self._session
        url = places_of(read_remote_config(session.repo)).get(session.remote, "")
        if place_of(url).startswith("/"):  # a folder of this machine is at another place for everybody else
            return False
        if not add_file(session.store.locate(SETTINGS), arbiter_settings(url)):
            return False
        stage(session.repo, [SETTINGS])
        note_written(session, [SETTINGS])
        return True

    def leave_locks_out(self) -> None:
        """Keep locks out of `git branch -r`."""
        self.made += [
            Made(f"remote {name}", "`git fetch` leaves its locks out") for name in leave_locks_out(self._session)
        ]

    def carry_out(self, choices: Choices) -> None:
        """Do what was chosen, each step for itself."""
        own = [path for path in (CATALOG, _OWNERSHIP) if not self._is_others(path)]
        if choices.sources:
            self._try(lambda: self._import_agents(choices.sources))
        if choices.agents:
            self._try(lambda: self._name_agents(choices.agents))
        if self.agents:
            note_written(self._session, own)
        if choices.drivers:
            self._try(self._set_up_drivers)
        if choices.hooks:
            self._try(self._install_hooks)
        for name in choices.clients:
            self._try(partial(self._set_up_client, name))
        if choices.agent:
            self._try(lambda: self._identify(choices.agent))

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except FlaggitError as error:
            self.failed.append(error)

    def _has_schemas(self) -> bool:
        return os.path.isdir(self._session.store.locate(SCHEMAS.rstrip("/")))

    def _is_others(self, path: str) -> bool:
        return os.path.lexists(self._session.store.locate(path)) and not is_as_written(self._session, path)

    def _import_agents(self, sources: Sequence[str]) -> None:
        root = self._session.repo.get_root()
        data = import_agents(self._session, sources=[os.path.join(root, path) for path in sources]).data
        self._note_agents(data.paths, data.added)
        if data.skipped:
            self.notes.append(f"`flaggit agents import` says why {counted(len(data.skipped), 'file')} gave no agent.")

    def _name_agents(self, agents: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        with catalog_turn(self._session):
            changes = {handle: {"owns": list(owns)} if owns else {} for handle, owns in agents}
            paths = write_agents(self._session, changes)
        self._note_agents(paths, list(changes))

    def _note_agents(self, paths: Sequence[str], names: Sequence[str]) -> None:
        self.agents += names
        self.made = [made for made in self.made if made.place not in paths]
        self.made += [Made(path, f"{counted(len(names), 'agent')}: {_some(names)}") for path in paths]

    def _set_up_drivers(self) -> None:
        add_drivers(self._session)
        self.made.append(Made("git config", "how this clone shows and merges flags"))

    def _install_hooks(self) -> None:
        reply = install(self._session, write=True)
        places = reply.data.written or (self._session.repo.relative(reply.data.folder),)
        self.made += [Made(place, "hooks: flags are checked at every commit") for place in places]
        self.notes += reply.notes

    def _set_up_client(self, client: str) -> None:
        reply = setup(self._session, client=client)
        places = [file.path for file in reply.data.files]
        if reply.data.written:
            reader = client if client in CLIENTS else "agents"
            self.made += [Made(place, f"tells {reader} about flags") for place in places]
        else:
            self.kept += places
        self.notes += [note for note in reply.notes if not note.startswith("Nothing is staged")]

    def _identify(self, agent: str) -> None:
        store_identity(self._session.repo, agent)
        actor = actor_with_instance(self._session.repo, get_actor(self._session.repo, agent))
        self.made.append(Made("this worktree", f"{actor.handle} works here"))


def _words_for(path: str) -> str:
    words = {
        CATALOG: "the agents: who they are, which paths are theirs",
        ATTRIBUTES_FILE: "how git treats flags",
        SETTINGS: "settings for everybody: which remote decides over locks",
    }
    return words.get(path, "a schema for editors")


def _some(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _read(session: Session, path: str, limit: int) -> bytes:
    from flaggit.documents.values import BrokenFileError

    try:
        return session.store.read_bytes(path, limit)
    except BrokenFileError as error:
        raise UnavailableError("unreadable", error.message, hint=f"Move {path} away, then run it again.") from None


def _offered(found: Detected, choices: Choices) -> tuple[str, ...]:
    drivers = [] if choices.drivers else [f"git config {key}" for key in found.drivers]
    hooks = [] if choices.hooks else [f"hook {name}" for name in found.hooks]
    sources = [source.path for source in found.sources if source.path not in choices.sources]
    clients = [f"setup {name}" for name in found.clients if name not in choices.clients]
    return (*drivers, *hooks, *sources, *clients)


def _next_steps(session: Session, found: Detected, choices: Choices) -> list[str]:
    steps = []
    if (found.hooks and not choices.hooks) or (found.drivers and not choices.drivers):
        steps.append("`flaggit init --yes` also puts git's hooks in, and sets up diffs and merges of flags.")
    if not session.catalog.agents and not session.catalog_problems():
        steps.append("Name your agents: `flaggit agents add @domain.module --description TEXT`.")
    if not (found.set_up or choices.clients):
        example = next(iter(found.clients), "agents-md")
        steps.append(f"Tell the programs that agents run in: `flaggit setup {example}`.")
    if not (found.agent or choices.agent):
        steps.append("Where an agent works, once in each worktree: `flaggit iam @domain.module`.")
    return steps
