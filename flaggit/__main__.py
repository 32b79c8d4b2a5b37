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
    _leave(run(sys.argv[1:]))


def _leave(status: int) -> None:
    """End the process at once: taking an interpreter apart costs a quarter of what starting one does."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # whoever read our output has gone, and so have we
        pass
    os._exit(status)


if __name__ == "__main__":
    main()
