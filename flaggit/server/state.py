"""The state of the server before a push, what a push is made of, and who pushes.

Of who pushes the best proof counts first, mapped to agents through the catalog. A signed push proves the key. An ssh
server that forces a command knows which key let the pusher in and says so in ``FLAGGIT_PUSHER``. An http server that
asked for a password says so in ``REMOTE_USER``. Names in commits are claims that anybody can type: they do not count.
"""

from __future__ import annotations

from flaggit.core.handles import is_handle
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Agent
    from flaggit.documents.settings import Settings
    from flaggit.git.repo import Repo

_GOOD_NONCES = ("OK", "SLOP")


@record
class Pusher:
    """Who pushes: the handles it may speak for (several agents may share one key), and the ``claim`` as people know it.

    Without handles nothing is known, and ``claim`` says why where there is a reason.
    """

    handles: tuple[str, ...] = ()
    claim: str = ""

    @property
    def in_catalog(self) -> bool:
        """Return whether the catalog knows who pushes."""
        return bool(self.handles)


def find_pusher(environ: Mapping[str, str], catalog: Catalog, integrators: Collection[str] = ()) -> Pusher:
    """Return who pushes.

    A push certificate that does not hold is not made up for by anything weaker.

    Args:
        environ: The variables that git gave the hook.
        catalog: The agents, as the server's own HEAD names them.
        integrators: Handles that count although no catalog names them: the first catalog comes from one.
    """
    if environ.get("GIT_PUSH_CERT"):
        return _signer(environ, catalog)
    forced = environ.get("FLAGGIT_PUSHER", "").strip()
    if forced:
        return _named(forced, catalog, integrators)
    user = environ.get("REMOTE_USER", "").strip()
    return _named(user, catalog, integrators) if user else Pusher()


def _signer(environ: Mapping[str, str], catalog: Catalog) -> Pusher:
    status, key = environ.get("GIT_PUSH_CERT_STATUS", ""), environ.get("GIT_PUSH_CERT_KEY", "")
    signer = environ.get("GIT_PUSH_CERT_SIGNER", "")
    claim = signer or key
    if status not in ("G", "U"):
        return Pusher(claim=f"{claim}, whose signature git does not accept" if claim else "an unreadable signature")
    if environ.get("GIT_PUSH_CERT_NONCE_STATUS") not in _GOOD_NONCES:
        return Pusher(claim=f"{claim}, whose signature may be of an older push (receive.certNonceSeed is not set here)")
    found = catalog.identify_all(signing_key=key) if key else ()
    if not found and status == "G" and signer:  # the server's own list names the signer
        found = catalog.identify_all(email=signer.rpartition("<")[2].partition(">")[0].strip())
    return Pusher(_handles(found), claim)


def _named(name: str, catalog: Catalog, integrators: Collection[str]) -> Pusher:
    """Return the pusher of a name that the server vouches for: a handle, a login or an address."""
    agent = catalog.find(name) if is_handle(name) else None
    if agent is None and name in integrators:
        return Pusher((name,), name)
    found = (agent,) if agent else catalog.identify_all(login=name) or catalog.identify_all(email=name)
    return Pusher(_handles(found), name)


def _handles(agents: tuple[Agent, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for agent in agents for name in (agent.name, *agent.aliases)))


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
