"""Rules of locks broken on purpose, so that one sees that the harness would notice: ``--sabotage``.

Each takes away what one rule is for. A harness that finds nothing in a sabotaged run proves
nothing in an ordinary one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from flaggit.clone.lock_refs import Change
    from flaggit.core.model import Lock


def commit_sabotage(name: str) -> None:
    """Break a rule in this process."""
    SABOTAGES[name]()


def _write_unconditionally() -> None:
    """Refs are changed whatever they hold: no compare-and-swap within a clone."""
    from flaggit.clone import lock_refs as refs
    from flaggit.locks import local

    change_refs = refs.change_refs

    def change(repo: Any, changes: list[Change], unchanged: object = None) -> str:
        return change_refs(repo, [refs.Change(item.ref, item.new, "*") for item in changes])

    local.__dict__["change_refs"] = change


def _push_unconditionally() -> None:
    """Pushes carry no lease: no compare-and-swap at the remote."""
    from flaggit.locks.arbiter import Arbiter

    run = Arbiter._run

    def forced(arbiter: Arbiter, timeout: float, *arguments: str) -> Any:
        kept = [word for word in arguments if not word.startswith("--force-with-lease=")]
        at = kept.index("--porcelain") if "--porcelain" in kept else 0
        return run(arbiter, timeout, *kept[:at], *(("--force",) if at else ()), *kept[at:])

    setattr(Arbiter, "_run", forced)  # noqa: B010


def _write_equal_commits() -> None:
    """Everybody's lock is the same commit, as with locks that hold no random word."""
    from flaggit.clone import lock_refs as refs
    from flaggit.clone.lock_message import format_message
    from flaggit.core.record import replace
    from flaggit.locks import local, shared

    def write(repo: Any, lock: Lock, now: int, parent: str = "", author: str = "") -> Lock:
        same = replace(lock, holder="@same.one", instance="same", tenure="same", nonce="same", worktree="")
        same = replace(same, acquired="2020-01-01T00:00:00Z", expires="2999-01-01T00:00:00Z")
        return replace(lock, oid=refs.write_message(repo, format_message(same), 0, parent))

    for module in (local, shared):
        module.__dict__["write_commit"] = write


def _ignore_clocks() -> None:
    """Nobody allows for clocks that differ."""
    import torture.lock_worker
    from flaggit.clone import lock_rules as rules

    for module in (rules, torture.lock_worker):
        module.__dict__["MARGIN"] = 0


SABOTAGES: dict[str, Callable[[], None]] = {
    "local-compare": _write_unconditionally,
    "lease": _push_unconditionally,
    "nonce": _write_equal_commits,
    "margin": _ignore_clocks,
}
