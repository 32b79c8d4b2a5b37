"""What is said where a repository would have to be read first, which takes longer than the caller waits."""

from __future__ import annotations

from flaggit.core.errors import UnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class UnreadError(UnavailableError):
    """More files or commits would have to be read anew than the caller waits for; code ``over_limit``."""


def unread_note(words: Sequence[str]) -> str:
    """The sentence that says so, with the command that reads them: ``flaggit affected`` of ``words``."""
    import shlex

    from flaggit.core.text import visible

    command = visible(shlex.join(["flaggit", "affected", *words]))
    return f"Whom else it affects was not looked at, since much of this repository was not read yet: `{command}` does."
