"""What all that waits has in common: pauses that end with the reader, and news from the remote."""

from __future__ import annotations

import os
import select
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.session import Session


def pause_for_reader(seconds: float) -> bool:
    """Wait; return True, at once, where whoever read standard output through a pipe has gone."""
    poller = select.poll()
    if _is_pipe(1):
        poller.register(1, 0)  # nothing is asked for, so only its end is reported
    return bool(poller.poll(seconds * 1000))


def remote_refresh(session: Session) -> Callable[[], str] | None:
    """Return what looks at the remote when the last look of the clone is old; None where no network is to be used."""
    if session.offline:
        return None
    from flaggit.clone.session import Session as View
    from flaggit.locks.remote_look import is_look_due, look_at_remote_together

    repo = session.repo
    return lambda: look_at_remote_together(View(repo)) if is_look_due(repo) else ""


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
