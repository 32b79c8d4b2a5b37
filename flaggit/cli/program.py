"""The process around a command line: its streams, Ctrl-C, and how it ends."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal  # ``signal`` costs a third of a bare Python process

_INTERRUPTED = 130
_OBJECTS = 100_000  # made before the collector looks for cycles; a command makes none worth looking for


def run_line(*, heeded: bool) -> None:
    """Run the command line of this process and end it with the exit status: 130 after Ctrl-C, at whatever moment.

    Args:
        heeded: Ctrl-C is not ignored, as it is for a process in the background.
    """
    status = _INTERRUPTED
    try:
        if heeded:  # from here on a command can undo what it has half done
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        if sys.argv[1:2] == ["agent-hook"]:
            from flaggit.cli.quick_hook import has_nothing_to_say

            if has_nothing_to_say(sys.argv[1:]):
                _leave(0)
        from flaggit.cli.entry import run

        gc.set_threshold(_OBJECTS)
        _open_streams()
        status = run(sys.argv[1:])
        if heeded:
            _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    except KeyboardInterrupt:
        pass
    _leave(status)


def _open_streams() -> None:
    """Open what was closed of standard input, output and error, or a file opened later would get its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number


def _leave(status: int) -> None:
    """End the process at once: taking an interpreter apart costs a quarter of what starting one does."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:  # none where it was closed before we began
                stream.flush()
        except (OSError, ValueError):  # whoever read our output has gone, and so have we
            pass
    os._exit(status)
