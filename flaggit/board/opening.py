"""The verb ``board``: the clone's flags on a terminal until it is left. Only when it runs is Textual imported."""

from __future__ import annotations

import os
import time

from flaggit.clone.session import Reply
from flaggit.core.errors import UnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session

INSTALL = "pip install 'flaggit[board]'"
_PACKAGES = ("textual", "rich")
_INTERRUPTED = 130
_HUNG_UP = 129  # as for whoever is ended by SIGHUP
_LONELY = 2.0  # seconds between two looks at whether the terminal is still there


def open_board(session: Session, *, agent: str | None = None, remote: bool = False) -> Reply[str]:
    """Show the board until it is left: exit status 0, or 130 after Ctrl-C.

    Args:
        session: The call.
        agent: Who acts, where not known otherwise.
        remote: Look at the remote too; a network command.

    Raises:
        InvalidError: ``bad_handle``.
        UnavailableError: ``no_terminal``; ``not_installed``, where Textual is missing or too old.
    """
    _require_terminal()
    actor = session.find_actor(agent)
    try:
        from flaggit.board.app import Board
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _PACKAGES:
            raise
        raise _not_installed() from None
    if not os.environ.get("NO_COLOR"):  # set and empty means nothing; to Textual it does
        os.environ.pop("NO_COLOR", None)
    board = Board(session, who=actor.handle if actor is not None else "", agent=agent, remote=remote)
    import signal
    import threading

    threading.Thread(target=_end_with_terminal, daemon=True).start()
    ended = board.run()
    if board.return_code:  # a fault: Textual gives it a name of its own alone, and a worker's is inside
        fault = getattr(board, "_exception", None) or RuntimeError("the board ended")
        raise getattr(fault, "error", fault)
    if ended == signal.SIGTERM:  # the terminal is as it was; now end the way we were told to
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    return Reply("", status=_INTERRUPTED if ended == signal.SIGINT else 0)


def _end_with_terminal() -> None:
    """End the process when its terminal has gone and it did not hear of that (nohup): nothing is left to put back."""
    while _is_terminal(0):
        time.sleep(_LONELY)
    os._exit(_HUNG_UP)


def _require_terminal() -> None:
    """Textual reads keys from standard input and draws on standard error; one who redirects the output wants text."""
    if os.environ.get("TERM") == "dumb" or not all(map(_is_terminal, range(3))):
        raise UnavailableError(
            "no_terminal",
            "The board needs a terminal for input, output and errors, and there is none.",
            hint="`flaggit list` prints the same flags; `flaggit events --follow` prints what happens to them.",
        )


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def _not_installed() -> UnavailableError:
    return UnavailableError(
        "not_installed",
        f"The board is drawn by Textual, which is not installed here, or too old: {INSTALL}",
        hint="`flaggit list` shows the same flags without it.",
    )
