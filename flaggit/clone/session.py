"""What every verb gets (`Session`) and gives (`Reply`)."""

from __future__ import annotations

from flaggit.clone.call import Call
from flaggit.core.record import Generic, T_co, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.scope import Clone
    from flaggit.clone.store import Store
    from flaggit.core.model import Problem
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


class Session(Call):
    """A call and what it sees: store, clone and catalog, read only when asked for."""

    __slots__ = ("_catalog", "_clone", "_store")

    def __init__(self, repo: Repo, *, now: float | None = None, offline: bool = False, attended: bool = False) -> None:
        super().__init__(repo, now=now, offline=offline, attended=attended)
        self._store: Store | None = None
        self._clone: Clone | None = None
        self._catalog: Catalog | None = None

    @property
    def store(self) -> Store:
        """Return this worktree's store."""
        if self._store is None:
            from flaggit.clone.store import Store

            self._store = Store(self.repo)
        return self._store

    def take_back(self) -> None:
        """Put back the files that were written and not staged."""
        if self._store is not None:
            self._store.take_back()

    @property
    def clone(self) -> Clone:
        """Return the view from here: this worktree, the others, unmerged branches.

        Raises:
            UnavailableError: ``no_repository``, where it was removed since it was found.
        """
        if self._clone is None:
            self.repo.check_exists()
            from flaggit.clone.scope import Clone

            self._clone = Clone(self, self.find_targets)
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
        """Return the problems of the catalog: files that cannot be read, and what stands in the others."""
        unreadable = () if self.repo.bare else self.store.unreadable_catalog_files()
        return (*unreadable, *self.catalog.problems)

    def has_agent(self, handle: str) -> bool:
        """Return whether the catalog has an agent of that name or alias; cheap where a file has it as an entry."""
        mark = f'\n  "{handle}":'.encode()
        return any(mark in data for _, data in self.read_catalog_files()) or self.catalog.find(handle) is not None

    def find_misspelt(self, handle: str | None = None) -> str:
        """Return a remark where an agent is not in the catalog and one of nearly that name is; else nothing.

        Args:
            handle: The agent; None: whoever was found to ask.
        """
        from flaggit.core.errors import FlaggitError

        named = handle or (self._actor.handle if self._actor is not None else "")
        try:
            if not named or self.repo.bare or self.has_agent(named) or not self.catalog.agents:
                return ""
        except FlaggitError:  # a catalog that cannot be read is for others to complain of
            return ""
        from flaggit.catalog.suggest import similar_handles

        near = similar_handles(self.catalog, named)
        return f"There is no agent {named}; did you mean {' or '.join(near)}?" if near else ""

    def forget_catalog(self) -> None:
        """Read the catalog anew when it is next asked for."""
        self._catalog = None

    def find_targets(self, handle: str) -> list[str]:
        """Return the handles whose flags are for an agent, its own first."""
        from flaggit.clone.routing import find_targets

        files = [] if self.repo.bare else self.store.read_catalog_files()
        return find_targets(self.repo, files, lambda: self.catalog, handle)

    def require_store(self) -> None:
        """Raise UnavailableError ``no_store`` where neither this worktree nor any other or branch has a store."""
        if self.repo.bare or self.store.exists():
            return
        from flaggit.clone.tips import is_store_anywhere

        if not is_store_anywhere(self.repo):
            self.store.require()

    def forget(self) -> None:
        """Read the clone anew when it is next asked for: the call itself has changed it."""
        self._clone = None
