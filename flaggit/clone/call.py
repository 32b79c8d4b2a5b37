"""What one call knows of itself: repository, time, network, settings, and who is asking."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.documents.settings import Settings
    from flaggit.git.repo import Repo


class Call:
    """One call: what every reading below it needs, and nothing that is read from the store.

    Args:
        repo: The repository the call is about.
        now: Seconds since the epoch; None takes the clock.
        offline: Keep verbs that may use the network from it.
        attended: Somebody sits at the terminal who can be asked.
    """

    __slots__ = ("_actor", "_constants", "_is_nobody", "_remote", "_settings", "attended", "now", "offline", "repo")

    def __init__(self, repo: Repo, *, now: float | None = None, offline: bool = False, attended: bool = False) -> None:
        self.repo = repo
        self.attended = attended
        self.now = int(time.time() if now is None else now)
        self.offline = offline
        self._settings: Settings | None = None
        self._constants: Settings | None = None
        self._actor: Actor | None = None
        self._is_nobody = False
        self._remote: str | None = None

    @property
    def settings(self) -> Settings:
        """Return the settings in force here (read once)."""
        if self._settings is None:
            from flaggit.documents.settings import read_settings

            self._settings = read_settings(self.repo)
        return self._settings

    @property
    def constants(self) -> Settings:
        """Return the settings that all clones have to agree on, as the base branch has them (read once)."""
        if self._constants is None:
            from flaggit.clone.remotes import read_constants

            self._constants = read_constants(self.repo, self.remote)
        return self._constants

    @property
    def remote(self) -> str:
        """Return the remote that decides (over locks, the base branch, trust); empty: none, or none can be chosen."""
        if self._remote is None:
            from flaggit.clone.remotes import find_remote

            self._remote = find_remote(self.repo)
        return self._remote

    def assume_settings(self, settings: Settings) -> None:
        """Take these settings for the ones in force: for a command that has to go on where they are broken."""
        self._settings = settings

    def find_actor(self, option: str | None = None) -> Actor | None:
        """Return who is asking, or None where nothing says so (see the contract's Identity)."""
        from flaggit.clone.identity import find_actor

        found = find_actor(self.repo, option)
        self._actor = found or self._actor
        return found

    def get_actor(self, option: str | None = None) -> Actor:
        """Return who is asking. Raises InvalidError ``no_identity`` where nothing says so."""
        from flaggit.clone.identity import get_actor

        self._actor = get_actor(self.repo, option)
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
