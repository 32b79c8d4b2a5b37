"""Declarations: holding flags."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, FORCE, REASON, WATCH
from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.locking.actions import Locking


_GROUP = "Hold"
_FLAG_IDS = Parameter("flag_ids", "One or more flags.", kind="texts", metavar="ID", complete="flag")
_FILES = Parameter(
    "files",
    "Paths instead of flags, as CODEOWNERS writes them.",
    ("--files",),
    "texts",
    metavar="PATTERN",
    complete="path",
)


def _lock() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.lock, text.lock_text, text.locks_json)


def _unlock() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.unlock, text.unlock_text, text.locks_json)


def _locks() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.list_locks, text.locks_text, text.locks_json)


def _sync() -> Shown[Locking]:
    from flaggit.commands.locking import actions, text

    return Shown(actions.sync, text.sync_text, text.locks_json)


COMMANDS = (
    Command(
        name="lock",
        group=_GROUP,
        summary="Take flags for yourself, all or none; on your own ones it renews.",
        examples=(
            ("flaggit lock k7m2q0x", "nobody else gets it until you unlock, or two hours have passed"),
            ('flaggit lock k7m2q0x --ttl 8h --reason "needs the staging machine"', "longer, and why"),
            ('flaggit lock k7m2q0x --steal --reason "its holder crashed"', "from a living holder"),
            ("flaggit lock --files src/orders/", "paths, for work that has no flag yet"),
        ),
        shown=_lock,
        parameters=(
            _FLAG_IDS,
            AGENT,
            Parameter("ttl", "How long it lives without being renewed.", ("--ttl",), metavar="2h"),
            REASON,
            Parameter("local", "Keep it in this clone although a remote decides.", ("--local",), "flag"),
            Parameter("steal", "Take it from whoever holds it; needs --reason.", ("--steal",), "flag"),
            Parameter("switch", "Go to the work branch flag/<id>, made where absent.", ("--switch",), "flag"),
            _FILES,
        ),
        hot=True,
        main=True,
    ),
    Command(
        name="unlock",
        group=_GROUP,
        summary="Let flags go: your own, expired ones, or those of an agent that is gone.",
        examples=(
            ("flaggit unlock k7m2q0x", "it is free again at once"),
            ("flaggit unlock --worktree ../agent-3", "everything that was taken from a worktree, which may be gone"),
            ("flaggit unlock --holder @backend.api", "everything that an agent holds"),
            ("flaggit unlock --files src/orders/", "paths"),
        ),
        shown=_unlock,
        parameters=(
            _FLAG_IDS,
            AGENT,
            FORCE,
            REASON,
            Parameter("worktree", "All locks taken from this worktree.", ("--worktree",), metavar="PATH"),
            Parameter("holder", "All locks of this agent.", ("--holder",), metavar="@AGENT", complete="handle"),
            _FILES,
        ),
        hot=True,
    ),
    Command(
        name="locks",
        group=_GROUP,
        summary="Who holds what, and until when.",
        examples=(("flaggit locks", "everything that is held"), ("flaggit locks --watch", "and each change of it")),
        shown=_locks,
        parameters=(WATCH,),
        hot=True,
    ),
    Command(
        name="sync",
        group=_GROUP,
        summary="Bring your locks and the remote together: renew, free what is done, say what was lost.",
        examples=(("flaggit sync", "after working offline, after a merge, or when a lock's state is unknown"),),
        shown=_sync,
        parameters=(AGENT,),
        hot=True,
    ),
)
