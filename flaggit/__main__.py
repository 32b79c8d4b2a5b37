"""``flaggit`` and ``python -m flaggit``."""

from __future__ import annotations

import gc
import os
import sys

_OBJECTS = 100_000  # made before the collector looks for cycles; a command makes none worth looking for


def main() -> None:
    """Run the command line and leave with its exit status."""
    from flaggit.cli.entry import run

    gc.set_threshold(_OBJECTS)
    _open_streams()
    _leave(run(sys.argv[1:]))


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


if __name__ == "__main__":
    main()
