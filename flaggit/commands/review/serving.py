"""The verb ``serve``: a port in, the address of the live page out; it ends with Ctrl-C."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.clone.session import Session
    from flaggit.web.listener import Listener

PORT = 3524  # "flag" on a telephone's keys


@record
class Served:
    """Where the page is."""

    url: str
    port: int
    repository: str


def serve(session: Session, *, port: int | None = None, remote: bool = False) -> Reply[Iterator[Served]]:
    """Serve the live page on loopback until Ctrl-C; what is yielded says where.

    Args:
        session: The call.
        port: The port; 0: any that is free; None: ``PORT``.
        remote: Look at the remote too; a network command.

    Raises:
        InvalidError: ``usage``, for a port that is none.
        UnavailableError: ``no_port``.
    """
    from flaggit.locks.polling import remote_refresh
    from flaggit.web.listener import Listener

    chosen = PORT if port is None else port
    if not 0 <= chosen < 1 << 16:
        raise InvalidError("usage", f"--port {chosen} is none: ports are 0 (any that is free) to 65535.")
    listener = Listener(session.repo, chosen, remote_refresh(session) if remote else None)
    return Reply(_run(session, listener))


def _run(session: Session, listener: Listener) -> Iterator[Served]:
    try:
        yield Served(listener.address, listener.server_port, session.repo.name)
        listener.run()
    finally:
        listener.server_close()
