"""Going on after a pause: what a worktree held when its agent stopped, taken anew or reported as lost."""

from __future__ import annotations

from flaggit.clone.lock_refs import HELD, read_commits
from flaggit.clone.lock_rules import is_free, is_own
from flaggit.core.errors import FlaggitError
from flaggit.core.ids import is_flag_id
from flaggit.git.refs import list_refs
from flaggit.locks.holding import acquire
from flaggit.locks.local import judge_loss, report_loss
from flaggit.locks.merged import free_merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.identity import Actor
    from flaggit.clone.session import Session
    from flaggit.locks.local import Loss


def recover(session: Session, actor: Actor) -> list[str]:
    """Take own locks anew that ran out and that nobody took since; free those whose work is merged.

    Args:
        session: The call.
        actor: Who goes on.

    Returns:
        A sentence for each lock that was taken anew or is lost. What cannot be taken is left to whoever has it.
    """
    free_merged(session)
    ended = find_ended(session, actor)  # judged before anything is acquired, which reports losses too
    lost = [_report(session, flag_id, actor) for flag_id, loss in ended if loss is not None]
    notes = lost + [_acquire_again(session, flag_id, actor) for flag_id, loss in ended if loss is None]
    session.clone.forget_locks()
    return notes


def find_ended(session: Session, actor: Actor) -> list[tuple[str, Loss | None]]:
    """Return the flags whose lock ended while its holder was away, each with the loss; None: it ran out untaken.

    Nothing is changed: whoever acts on one of them hears of it once more, or has the lock again.
    """
    locks, repo = session.clone.locks, session.repo
    ended = _list_ended(session, actor)
    return [(flag_id, judge_loss(repo, flag_id, locks.get(flag_id), actor, session.now)) for flag_id in ended]


def _list_ended(session: Session, actor: Actor) -> list[str]:
    """Return the pending flags that this worktree held as ``actor``, and does not hold any more."""
    held = {name[len(HELD) :]: oid for name, oid in list_refs(session.repo, HELD).items()}
    found = read_commits(session.repo, [(key, oid, "local") for key, oid in held.items() if is_flag_id(key)])
    locks = session.clone.locks
    ended = []
    for before in found:
        shown = locks.get(before.flag_id)
        is_held = shown is not None and is_own(shown, actor) and not is_free(shown, session.now)
        if is_own(before, actor) and not is_held and _is_pending(session, before.flag_id):
            ended.append(before.flag_id)
    return ended


def _report(session: Session, flag_id: str, actor: Actor) -> str:
    try:
        return report_loss(session.repo, flag_id, session.clone.locks.get(flag_id), actor, session.now)
    except FlaggitError as error:
        return error.message


def _acquire_again(session: Session, flag_id: str, actor: Actor) -> str:
    try:
        acquire(session, [flag_id], actor)
    except FlaggitError as error:
        return error.message
    return f"Your lock of {flag_id} had run out and nobody took it: it is yours again."


def _is_pending(session: Session, flag_id: str) -> bool:
    rows = session.clone.get_rows([flag_id])
    return bool(rows) and rows[0].completion is None
