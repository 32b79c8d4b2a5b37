"""Judges a snapshot of the store with the settings and the catalog in force."""

from __future__ import annotations

from flaggit.checking.files import check_files
from flaggit.checking.store_files import Snapshot, read_index
from flaggit.core.errors import InvalidError
from flaggit.core.model import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.documents.settings import Settings
    from flaggit.git.changes import RawEntry


def usable_settings(session: Session) -> tuple[Settings, list[Problem]]:
    """Return the settings in force; where they cannot be used, the defaults and why."""
    try:
        return session.settings, []
    except InvalidError as error:
        from flaggit.documents.settings import build_settings

        session.assume_settings(build_settings({}))
        return session.settings, [Problem("F029", "bad_settings", error.message, fix=error.hint)]


def judge_staged(session: Session, staged: list[RawEntry] | None = None) -> tuple[Snapshot, list[Problem]]:
    """Return what the next commit changes in the store, and everything that is wrong with it.

    Args:
        session: The call.
        staged: As for ``read_index``.
    """
    snapshot = read_index(session.repo, staged)
    if snapshot is None:
        return Snapshot({}), []
    from flaggit.catalog.cached import read_catalog

    settings, faults = usable_settings(session)
    catalog = read_catalog(session.repo, list(snapshot.catalog))
    return snapshot, judge_snapshot(session, snapshot, settings, catalog, faults)


def judge_snapshot(
    session: Session, snapshot: Snapshot, settings: Settings, catalog: Catalog, faults: Sequence[Problem]
) -> list[Problem]:
    """Return everything that is wrong with a snapshot of the store.

    Args:
        session: The call; it is asked only for ids that the snapshot does not hold.
        snapshot: The files to judge.
        settings: The settings in force.
        catalog: The agents in force.
        faults: What is known to be wrong with the settings already.
    """

    def is_known(flag_id: str) -> bool:  # asked of few flags, and the clone costs its import
        return session.clone.has_id(flag_id)

    problems = check_files(snapshot.files, settings, catalog, is_known=is_known, present=snapshot.about)
    told = any(problem.rule == "F029" for problem in problems)
    return problems if told else [*problems, *faults]
