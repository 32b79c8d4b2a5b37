"""Errors for what the remote that decides answered, or left unanswered."""

from __future__ import annotations

from flaggit.core.errors import UnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.locks.arbiter import Arbiter


def refuses(arbiter: Arbiter, ids: list[str], words: str) -> UnavailableError:
    """Return the error for a remote that can be read and does not take the lock."""
    why = words.rstrip(".") or "no reason given"
    return UnavailableError(
        "remote_refuses_locks",
        f"The remote {arbiter.remote} does not accept the lock of {', '.join(ids)}: {why}.",
        hint=(
            f"Let {arbiter.prefix}* be created, changed and deleted there (docs/locks.md says how),"
            " or lock for this clone only: --local"
        ),
        details={"state": "refused", "flag_ids": ids, "scope": "local"},
    )


def unknown_outcome(arbiter: Arbiter, ids: list[str], why: str) -> UnavailableError:
    """Return the error for a push of which nobody can say yet whether it landed."""
    error = UnavailableError(
        "unknown_outcome",
        f"Whether the lock of {', '.join(ids)} reached {arbiter.remote} is not known: {why}",
        hint="Do not start the work; in a minute `flaggit sync` reads what became of it.",
        details={"state": "unknown", "flag_ids": ids},
    )
    error.retryable = True
    return error
