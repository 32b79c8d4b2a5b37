"""Declarations: holding flags."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, FORCE, REASON, WATCH
from flaggit.commands.spec import Family, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.locking.actions import Locking


_FLAG_IDS = argument("flag_ids", "One or more flags.", "ID", several=True)
_FILES = option("files", "Paths instead of flags, as CODEOWNERS writes them.", "PATTERN", several=True)

COMMANDS = Family("Hold", hot=True)


@COMMANDS.add(
    "lock",
    "Take flags for yourself, all or none; on your own ones it renews.",
    ("flaggit lock k7m2q0x", "nobody else gets it until you unlock, or two hours have passed"),
    ('flaggit lock k7m2q0x --ttl 8h --reason "needs the staging machine"', "longer, and why"),
    ('flaggit lock k7m2q0x --steal --reason "its holder crashed"', "from a living holder"),
    ("flaggit lock --files src/orders/", "paths, for work that has no flag yet"),
    parameters=(
        _FLAG_IDS,
        AGENT,
        option("ttl", "How long it lives without being renewed.", "2h"),
        REASON,
        switch("local", "Keep it in this clone although a remote decides."),
        switch("steal", "Take it from whoever holds it; needs --reason."),
        switch("switch", "Go to the work branch flag/<id>, made where absent."),
        _FILES,
    ),
    main=True,
)
def _lock() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.lock, text.lock_text, text.locks_json)


@COMMANDS.add(
    "unlock",
    "Let flags go: your own, expired ones, or those of an agent that is gone.",
    ("flaggit unlock k7m2q0x", "it is free again at once"),
    ("flaggit unlock --worktree ../agent-3", "everything that was taken from a worktree, which may be gone"),
    ("flaggit unlock --holder @backend.api", "everything that an agent holds"),
    ("flaggit unlock --files src/orders/", "paths"),
    parameters=(
        _FLAG_IDS,
        AGENT,
        FORCE,
        REASON,
        option("worktree", "All locks taken from this worktree.", "PATH"),
        option("holder", "All locks of this agent.", "@AGENT"),
        _FILES,
    ),
)
def _unlock() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.unlock, text.unlock_text, text.locks_json)


@COMMANDS.add(
    "locks",
    "Who holds what, and until when.",
    ("flaggit locks", "everything that is held"),
    ("flaggit locks --watch", "and each change of it"),
    parameters=(WATCH,),
)
def _locks() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.list_locks, text.locks_text, text.locks_json)


@COMMANDS.add(
    "sync",
    "Bring your locks and the remote together: renew, free what is done, say what was lost.",
    ("flaggit sync", "after working offline, after a merge, or when a lock's state is unknown"),
    parameters=(AGENT,),
)
def _sync() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.sync, text.sync_text, text.locks_json)
