"""What every verb gets (`Session`) and gives (`Reply`)."""

from __future__ import annotations

import time

from flaggit.core.record import Generic, T_co, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.identity import Actor
    from flaggit.clone.scope import Clone
    from flaggit.clone.store import Store
    from flaggit.core.model import Problem
    from flaggit.documents.settings import Settings
    from flaggit.git.repo import Repo


@record
class Reply(Generic[T_co]):
    """What a verb answers.

    Attributes:
        data: Values of ``model`` (or plain ones); the command names the functions that show them.
        warnings: Problems that did not stop the command; on stderr in text, in the envelope in JSON.
        status: Exit status where it is not 0 although nothing was raised (findings, an empty ``next``).
        notes: Sentences for people, on stderr, after the result (the next safe step, how old a fetch is).
        more: Further keys of the JSON document beside ``data``, with plain values.
    """

    data: T_co
    warnings: tuple[Problem, ...] = ()
    status: int = 0
    notes: tuple[str, ...] = ()
    more: tuple[tuple[str, object], ...] = ()


class Session:
    """One call's view of the world: the repository, the time, and what is read from it only when asked for.

    Args:
        repo: The repository the call is about.
        now: Seconds since the epoch; None takes the clock.
        offline: Keep verbs that may use the network from it.
    """

    __slots__ = ("_actor", "_catalog", "_clone", "_is_nobody", "_settings", "_store", "now", "offline", "repo")

    def __init__(self, repo: Repo, *, now: float | None = None, offline: bool = False) -> None:
        self.repo = repo
        self.now = int(time.time() if now is None else now)
        self.offline = offline
        self._settings: Settings | None = None
        self._store: Store | None = None
        self._clone: Clone | None = None
        self._catalog: Catalog | None = None
        self._actor: Actor | None = None
        self._is_nobody = False

    @property
    def settings(self) -> Settings:
        """Return the settings in force here (read once)."""
        if self._settings is None:
            from flaggit.documents.settings import read_settings

            self._settings = read_settings(self.repo)
        return self._settings

    def assume_settings(self, settings: Settings) -> None:
        """Take these settings for the ones in force: for a command that has to go on where they are broken."""
        self._settings = settings

    @property
    def store(self) -> Store:
        """Return this worktree's store."""
        if self._store is None:
            from flaggit.clone.store import Store

            self._store = Store(self.repo)
        return self._store

    @property
    def clone(self) -> Clone:
        """Return what can be seen from here: this worktree, the others, unmerged branches."""
        if self._clone is None:
            from flaggit.clone.scope import Clone

            self._clone = Clone(self)
        return self._clone

    @property
    def catalog(self) -> Catalog:
        """Return the agents that this worktree's catalog names (in a bare repository, HEAD's)."""
        if self._catalog is None:
            from flaggit.catalog.cached import read_catalog

            self._catalog = read_catalog(self.repo, self.read_catalog_files())
        return self._catalog

    def read_catalog_files(self) -> list[tuple[str, bytes]]:
        """Return path and bytes of each file of the catalog (in a bare repository, HEAD's)."""
        if not self.repo.bare:
            return self.store.read_catalog_files()
        from flaggit.clone.trees import read_catalog_files_at

        return read_catalog_files_at(self.repo, "HEAD")

    def catalog_problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the catalog: files that cannot be read, and what stands in the others."""
        unreadable = () if self.repo.bare else self.store.unreadable_catalog_files()
        return (*unreadable, *self.catalog.problems)

    def is_known_agent(self, handle: str) -> bool:
        """Tell whether the catalog has an agent of that name or alias; cheap where a file has it as an entry."""
        mark = f'\n  "{handle}":'.encode()
        return any(mark in data for _, data in self.read_catalog_files()) or self.catalog.find(handle) is not None

    def forget_catalog(self) -> None:
        """Read the catalog anew when it is next asked for."""
        self._catalog = None

    def find_actor(self, option: str | None = None) -> Actor | None:
        """Return who is asking, or None where nothing says so (see the contract's Identity)."""
        from flaggit.clone.identity import find_actor

        found = find_actor(self, option)
        self._actor = found or self._actor
        return found

    def get_actor(self, option: str | None = None) -> Actor:
        """Return who is asking. Raises InvalidError ``no_identity`` where nothing says so."""
        from flaggit.clone.identity import get_actor

        self._actor = get_actor(self, option)
        return self._actor

    @property
    def asker(self) -> Actor | None:
        """Return who was found to ask, for verbs that do without: None where nothing says so, or only nonsense."""
        if self._actor is None and not self._is_nobody:
            from flaggit.core.errors import InvalidError

            self._is_nobody = True  # asked once: it costs a git process, and a list asks for every lock
            try:
                self.find_actor()
            except InvalidError:
                return None
        return self._actor

    def forget(self) -> None:
        """Read the clone anew when it is next asked for: the call itself has changed it."""
        self._clone = None
