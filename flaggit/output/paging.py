"""Long answers go through the pager that git uses, where a person sits at the terminal; never for programs."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NONE = ("", "cat")
# As git starts its pager: leave where all fits, show colours, leave the text on the screen.
_HABITS = {"LESS": "FRX", "LV": "-c"}


def page(text: str, environment: Mapping[str, str]) -> bool:
    """Show a text in the user's pager where it is longer than the terminal; return whether it was shown.

    An agent at a terminal (``FLAGGIT_AGENT``) gets no pager: it would wait for a key.

    Args:
        text: All of it, with a newline at its end.
        environment: Of this process.
    """
    if not all(map(os.isatty, (0, 1, 2))) or environment.get("FLAGGIT_AGENT") or environment.get("TERM") == "dumb":
        return False
    if text.count("\n") < os.get_terminal_size(1).lines:
        return False
    from flaggit.core.errors import UnavailableError
    from flaggit.git.process import feed_attached, run_program

    pager = run_program(["git", "var", "GIT_PAGER"], env=dict(environment)).stdout.decode("utf-8", "replace").strip()
    if pager in _NONE:
        return False
    try:
        # As git does: a command line for the shell.
        return feed_attached(["sh", "-c", pager], text, env={**_HABITS, **environment}) in (0, 1, 130, 141)
    except UnavailableError:
        return False
