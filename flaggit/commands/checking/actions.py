"""check: judges the store in the work tree, in the index, or over a range of commits; and mends what can be mended."""

from __future__ import annotations

import os

from flaggit.checking.judging import judge_head, judge_staged, judge_worktree, list_left_out, usable_settings
from flaggit.checking.store_files import select
from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.layout import STORE
from flaggit.core.model import Problem
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.checking.store_files import Snapshot
    from flaggit.clone.session import Session


@record
class Checked:
    """What ``check`` found: all problems, how many files were judged, and what ``--fix`` did, a sentence each."""

    problems: tuple[Problem, ...]
    files: int
    mended: tuple[str, ...] = ()
    quiet: bool = False


def check(
    session: Session, *, paths: Sequence[str] = (), staged: bool = False, range_: str | None = None, fix: bool = False
) -> Reply[Checked]:
    """Judge the store's files by every rule, all findings at once; exit status 1 where one of them is an error.

    Args:
        session: The call.
        paths: Only these files and folders (as typed, from the current folder); nothing: the whole store.
        staged: What the next commit changes, instead of the work tree.
        range_: ``BASE..HEAD``: a range of commits, as continuous integration judges it.
        fix: First mend in the work tree what has one right answer.

    Raises:
        InvalidError: ``usage``, where the options contradict each other.
        NotFoundError: ``unknown_file``, where one of ``paths`` does not exist.
        UnavailableError: ``no_store``.
    """
    if staged + (range_ is not None) + fix > 1 or (paths and (staged or range_ is not None)):
        raise InvalidError(
            "usage", "Paths, --staged and --range say what to check; --fix goes with the work tree.", hint="Give one."
        )
    if range_ is not None:
        return _check_range(session, range_)
    if staged:
        return _check_staged(session)
    if session.repo.bare:
        snapshot, problems = judge_head(session)
        return _reply(problems, snapshot, ())
    return _check_worktree(session, paths, fix=fix)


def _check_worktree(session: Session, paths: Sequence[str], *, fix: bool) -> Reply[Checked]:
    if not os.path.islink(session.store.locate(STORE)) and not list_left_out(session):
        session.store.require()
    wanted = _wanted(session, paths) if paths else None
    mended: list[str] = []
    if fix:
        from flaggit.checking.mending import mend_store

        usable_settings(session)
        mended, moved = mend_store(session, wanted)
        wanted = _also(wanted, moved)
    snapshot, problems = judge_worktree(session, wanted)
    return _reply(problems, snapshot, mended)


def _check_staged(session: Session) -> Reply[Checked]:
    snapshot, problems = judge_staged(session)
    return _reply(problems, snapshot, (), quiet=True)


def _check_range(session: Session, text: str) -> Reply[Checked]:
    from flaggit.checking.range_check import judge_range

    verdict = judge_range(session, text)
    return Reply(Checked(verdict.problems, verdict.files), status=_status(verdict.problems))


def _reply(
    problems: Sequence[Problem], snapshot: Snapshot, mended: Sequence[str], *, quiet: bool = False
) -> Reply[Checked]:
    data = Checked(tuple(problems), len(snapshot.files), tuple(mended), quiet)
    return Reply(data, status=_status(problems), notes=tuple(mended))


def _status(problems: Sequence[Problem]) -> int:
    return 1 if any(problem.is_error for problem in problems) else 0


def _wanted(session: Session, paths: Sequence[str]) -> Callable[[str], bool]:
    for path in paths:
        if not os.path.lexists(path):
            raise NotFoundError("unknown_file", f"{path} does not exist.", hint="Paths are read from where you are.")
    return select(session.repo.relative(path) for path in paths)


def _also(wanted: Callable[[str], bool] | None, moved: Sequence[str]) -> Callable[[str], bool] | None:
    """Widen what is judged by where files were moved to."""
    if wanted is None:
        return None
    first = wanted
    return lambda path: path in moved or first(path)
