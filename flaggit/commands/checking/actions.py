"""check: judges the store in the work tree, in the index, or over a range of commits; and mends what can be mended."""

from __future__ import annotations

import os

from flaggit.checking.judging import judge_snapshot, judge_staged, usable_settings
from flaggit.checking.store_files import Snapshot, read_tree, read_worktree, select
from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.layout import STORE
from flaggit.core.model import Problem
from flaggit.core.record import record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        return _check_head(session)
    return _check_worktree(session, paths, fix=fix)


def _check_worktree(session: Session, paths: Sequence[str], *, fix: bool) -> Reply[Checked]:
    elsewhere = _sparse_names(session)
    if not elsewhere and not os.path.islink(session.store.locate(STORE)):
        session.store.require()
    wanted = _wanted(session, paths) if paths else None
    settings, faults = usable_settings(session)
    mended: list[str] = []
    if fix:
        from flaggit.checking.mending import mend_store

        mended, moved = mend_store(session, wanted)
        wanted = _also(wanted, moved)
    snapshot = read_worktree(session.repo, session.store, wanted)
    snapshot = replace(snapshot, others=(*snapshot.others, *(set(elsewhere) - snapshot.files.keys())))
    from flaggit.catalog.parsing import parse_catalog

    catalog = parse_catalog(session.store.read_catalog_files())  # never the cache's word in a check
    return _reply(judge_snapshot(session, snapshot, settings, catalog, faults), snapshot, mended)


def _sparse_names(session: Session) -> list[str]:
    """Return the store's paths that git tracks, where a sparse checkout may keep some of them from the disk."""
    if not os.path.exists(os.path.join(session.repo.git_dir, "info", "sparse-checkout")):
        return []
    output = session.repo.run("ls-files", "-z", "--full-name", "--", STORE).stdout.decode("utf-8", "surrogateescape")
    return [path for path in output.split("\0") if path]


def _check_staged(session: Session) -> Reply[Checked]:
    snapshot, problems = judge_staged(session)
    return _reply(problems, snapshot, (), quiet=True)


def _check_head(session: Session) -> Reply[Checked]:
    from flaggit.catalog.parsing import parse_catalog

    settings, faults = usable_settings(session)
    snapshot = read_tree(session.repo, "HEAD")
    return _reply(judge_snapshot(session, snapshot, settings, parse_catalog(snapshot.catalog), faults), snapshot, ())


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
    return 1 if any(problem.level == "error" for problem in problems) else 0


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
