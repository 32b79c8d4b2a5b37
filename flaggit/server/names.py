"""Which refs a server takes from nobody: those that would change what git shows, or stand where locks belong. Pure."""

from __future__ import annotations

from flaggit.clone.lock_refs import BRANCHES, HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.server.state import Update

_OWN = "refs/flaggit/"
_REPLACE = "refs/replace/"
# A ref at one of these leaves no room for those below it.
_BLOCKING = frozenset(("refs/heads/flags", "refs/heads/flags/lock", "refs/flaggit", "refs/flaggit/lock"))


def judge_name(update: Update) -> str:
    """Return why a ref of this name is not taken, or nothing; whatever it is, it may be deleted.

    Names are compared without regard to case: where a file system does not tell it apart they are the same.
    """
    folded = update.ref.casefold()
    if not update.new:
        return ""
    if folded.startswith(_REPLACE):
        return f"{update.ref} would replace one object by another; no server of flags takes that"
    if folded in _BLOCKING:
        return f"{update.ref} stands where the refs of locks belong: give it another name"
    for prefix in (BRANCHES, HIDDEN):
        if folded.startswith(prefix) and not update.ref.startswith(prefix):
            return f"{update.ref} is {prefix} where a file system does not tell letters' case apart"
    if folded.startswith(_OWN) and not update.ref.startswith(HIDDEN):
        return f"{update.ref} is one of the refs that flaggit keeps in each clone for itself"
    return ""
