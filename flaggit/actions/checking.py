"""check: judges the store in the work tree, in the index, or over a range of commits; and mends what can be mended."""

from __future__ import annotations

import os

from flaggit.checking.files import check_files
from flaggit.checking.store_files import Snapshot, read_index, read_tree, read_worktree, select
from flaggit.errors import InvalidError, NotFoundError
from flaggit.layout import STORE
from flaggit.model import Problem
from flaggit.record import record, replace
from flaggit.session import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.agents.catalog import Catalog
    from flaggit.changes import RawEntry
    from flaggit.session import Session
    from flaggit.settings import Settings


@record
class Checked:
    """What ``check`` found: all problems, how many files were judged, and what ``--fix`` did, a sentence each."""

    problems: tuple[Problem, ...]
    files: int
    mended: tuple[str, ...] = ()
    quiet: bool = False


def check(
    session: Session, *, paths: Sequence[str] = (), staged: bool = False, range_: str | None = None, fix: bool = False
) -> Reply:
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


def usable_settings(session: Session) -> tuple[Settings, list[Problem]]:
    """Return the settings in force; where they cannot be used, the defaults and why."""
    try:
        return session.settings, []
    except InvalidError as error:
        from flaggit.settings import build_settings

        session.assume_settings(build_settings({}))
        return session.settings, [Problem("F029", "bad_settings", error.message, fix=error.hint)]


def _check_worktree(session: Session, paths: Sequence[str], *, fix: bool) -> Reply:
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
    from flaggit.agents.parsing import parse_catalog

    catalog = parse_catalog(session.store.read_catalog_files())  # never the cache's word in a check
    return _reply(_judge(session, snapshot, settings, catalog, faults), snapshot, mended)


def _sparse_names(session: Session) -> list[str]:
    """Return the store's paths that git tracks, where a sparse checkout may keep some of them from the disk."""
    if not os.path.exists(os.path.join(session.repo.git_dir, "info", "sparse-checkout")):
        return []
    output = session.repo.run("ls-files", "-z", "--full-name", "--", STORE).stdout.decode("utf-8", "surrogateescape")
    return [path for path in output.split("\0") if path]


def judge_staged(session: Session, staged: list[RawEntry] | None = None) -> tuple[Snapshot, list[Problem]]:
    """Return what the next commit changes in the store, and everything that is wrong with it.

    Args:
        session: The call.
        staged: As for ``read_index``.
    """
    snapshot = read_index(session.repo, staged)
    if snapshot is None:
        return Snapshot({}), []
    from flaggit.agents.cached import read_catalog

    settings, faults = usable_settings(session)
    catalog = read_catalog(session.repo, list(snapshot.catalog))
    return snapshot, _judge(session, snapshot, settings, catalog, faults)


def _check_staged(session: Session) -> Reply:
    snapshot, problems = judge_staged(session)
    return _reply(problems, snapshot, (), quiet=True)


def _check_head(session: Session) -> Reply:
    from flaggit.agents.parsing import parse_catalog

    settings, faults = usable_settings(session)
    snapshot = read_tree(session.repo, "HEAD")
    return _reply(_judge(session, snapshot, settings, parse_catalog(snapshot.catalog), faults), snapshot, ())


def _check_range(session: Session, text: str) -> Reply:
    from flaggit.checking.range_check import judge_range

    verdict = judge_range(session, text)
    return Reply(Checked(verdict.problems, verdict.files), status=_status(verdict.problems))


def _judge(
    session: Session, snapshot: Snapshot, settings: Settings, catalog: Catalog, faults: Sequence[Problem]
) -> list[Problem]:
    def is_known(flag_id: str) -> bool:  # asked of few flags, and the clone costs its import
        return session.clone.has_id(flag_id)

    problems = check_files(snapshot.files, settings, catalog, is_known=is_known, present=snapshot.about)
    told = any(problem.rule == "F029" for problem in problems)
    return problems if told else [*problems, *faults]


def _reply(problems: Sequence[Problem], snapshot: Snapshot, mended: Sequence[str], *, quiet: bool = False) -> Reply:
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
