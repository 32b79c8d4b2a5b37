"""What the server knows before it looks at a push, and what a push is made of."""

from __future__ import annotations

from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.catalog.catalog import Catalog
    from flaggit.documents.settings import Settings
    from flaggit.git.repo import Repo
    from flaggit.server.pushers import Pusher


@record
class Update:
    """One ref of a push: object ids before and after, empty where the ref does not exist."""

    old: str
    new: str
    ref: str


@record
class Server:
    """The server before the push.

    Attributes:
        repo: The bare repository; pushed objects are seen in it, pushed refs are not yet.
        settings: The server's git config, else what HEAD's ``config.yaml`` says.
        catalog: HEAD's agents.
        pusher: Who pushes.
        now: Seconds since the epoch.
        head: The commit of HEAD's branch; empty before the first.
        head_ref: The full name of HEAD's branch.
    """

    repo: Repo
    settings: Settings
    catalog: Catalog
    pusher: Pusher
    now: int
    head: str
    head_ref: str

    @property
    def is_integrator(self) -> bool:
        """Return whether the pusher may do for others what maintainers do."""
        return any(handle in self.settings.integrators for handle in self.pusher.handles)

    def speaks_for(self, handle: str) -> bool:
        """Return whether the pusher is the agent of that handle, or a member of that team."""
        own = self.pusher.handles
        return handle in own or any(name in own for name in self.catalog.members(handle))
