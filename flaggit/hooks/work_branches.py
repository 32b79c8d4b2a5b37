"""Work branches: ``flag/<id>`` and ``flag/<id>-slug`` are where a flag is worked on. A convenience, never the lock.

What a switch of branches does to locks is the settings' to say (``work_branch.lock``,
``work_branch.release``); the network is never asked, so that locks taken here reach a remote with
``flaggit sync``.
"""

from __future__ import annotations

from flaggit.core.errors import FlaggitError
from flaggit.core.ids import LENGTH, is_flag_id
from flaggit.git.refs import HEADS, read_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock

PREFIX = "flag/"
_MOVED = "checkout: moving from "


def flag_of_branch(name: str) -> str | None:
    """Return the flag that a branch is for: ``flag/k7m2q0x`` and ``flag/k7m2q0x-client`` are for ``k7m2q0x``."""
    rest = name.removeprefix(HEADS)
    if not rest.startswith(PREFIX):
        return None
    word = rest[len(PREFIX) :]
    flag_id = word[:LENGTH]
    return flag_id if is_flag_id(flag_id) and word[LENGTH : LENGTH + 1] in ("", "-") else None


def follow_switch(session: Session) -> list[str]:
    """Release and take locks after a switch of branches, as the settings say; return what a person has to know.

    Raises:
        ConflictError: ``locked_by_other``: the branch is there, and its flag is another's.
        FlaggitError: As ``flaggit.locks.holding.acquire``.
    """
    settings = session.settings
    now_on = flag_of_branch(read_head(session.repo)[0] or "")
    before = flag_of_branch(_previous_branch(session)) if settings.work_branch_release else None
    notes: list[str] = []
    if before and before != now_on:
        notes += _release(session, before)
    if settings.work_branch_lock and now_on:
        notes += _acquire(session, now_on)
    return notes


def _acquire(session: Session, flag_id: str) -> list[str]:
    from flaggit.clone.identity import implied_actor
    from flaggit.clone.lookup import find_row
    from flaggit.locks.holding import acquire
    from flaggit.locks.request import notes_of

    row = find_row(session, flag_id)
    if row is None:
        return [f"No flag {flag_id} is visible in this clone; nothing was locked."]
    if row.completion is not None:
        return [f"{flag_id} is completed already, by {row.completion.completed_by}; nothing was locked."]
    target = row.flag.target_agent
    if session.find_actor() is None and _is_ours(session, row.lock):
        return []  # taken here earlier for the flag's target, since nobody had said who works here
    actor = session.find_actor() or (implied_actor(session.repo, target) if target else session.get_actor())
    outcomes = acquire(session, [flag_id], actor)
    return notes_of(outcomes)


def _release(session: Session, flag_id: str) -> list[str]:
    from flaggit.clone.identity import Actor
    from flaggit.locks.unlocking import release

    lock = session.clone.locks.get(flag_id)
    if lock is None or not _is_ours(session, lock):
        return []
    try:
        release(session, [flag_id], Actor(lock.holder, "worktree", lock.instance))
    except FlaggitError as error:  # leaving a branch must not fail for a lock that somebody else has by now
        return [error.message]
    return []


def _is_ours(session: Session, lock: Lock | None) -> bool:
    """Whether this very worktree (or session) holds a lock, under whatever name."""
    from flaggit.clone.lock_rules import is_free
    from flaggit.clone.visible_locks import is_from_here

    return lock is not None and not is_free(lock, session.now) and is_from_here(session)(lock)


def _previous_branch(session: Session) -> str:
    """Return the branch that the last switch left, from HEAD's reflog; empty where that does not say."""
    last = session.repo.run("log", "-g", "-1", "--format=%gs", "HEAD", "--", check=False).stdout
    message = last.decode("utf-8", "replace").rstrip("\n")
    return message[len(_MOVED) :].partition(" to ")[0] if message.startswith(_MOVED) else ""
