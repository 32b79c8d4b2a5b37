"""Judges a snapshot of the store with the settings and the catalog in force."""

from __future__ import annotations

import os

from flaggit.checking.files import check_files
from flaggit.checking.store_files import Snapshot, read_index, read_tree, read_worktree
from flaggit.core.errors import InvalidError
from flaggit.core.layout import STORE
from flaggit.core.model import Problem
from flaggit.core.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.documents.settings import Settings
    from flaggit.git.changes import RawEntry
    from flaggit.git.repo import Repo

_CONVERTING = ("filter", "ident", "working-tree-encoding")
_NO_VALUE = ("unspecified", "unset")
_ANY_FLAG = f"{STORE}/any/a000000.yaml"


def usable_settings(session: Session) -> tuple[Settings, list[Problem]]:
    """Return the settings in force; where they cannot be used, the defaults and why."""
    try:
        return session.settings, []
    except InvalidError as error:
        from flaggit.documents.settings import build_settings

        session.assume_settings(build_settings({}))
        return session.settings, [Problem("F029", "bad_settings", error.message, fix=error.hint)]


def judge_staged(session: Session, staged: list[RawEntry] | None = None) -> tuple[Snapshot, list[Problem]]:
    """Return the changes of the store in the next commit, and their problems.

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


def judge_worktree(session: Session, wanted: Callable[[str], bool] | None = None) -> tuple[Snapshot, list[Problem]]:
    """Return the store as it lies in the work tree, and everything that is wrong with it.

    Args:
        session: The call.
        wanted: Tells which paths are judged; None: all.
    """
    from flaggit.catalog.parsing import parse_catalog

    locate = session.store.locate
    settings, faults = usable_settings(session)
    snapshot = read_worktree(session.repo, session.store, wanted)
    others = {*list_left_out(session)} - snapshot.files.keys()
    left = {path for path in others if (wanted is None or wanted(path)) and not os.path.lexists(locate(path))}
    files = {**read_tree(session.repo, "HEAD", left).files, **snapshot.files} if left else snapshot.files
    snapshot = replace(snapshot, files=files, others=(*snapshot.others, *others))
    catalog = parse_catalog(session.store.read_catalog_files())  # never the cache's word in a check
    problems = judge_snapshot(session, snapshot, settings, catalog, faults)
    return snapshot, [*problems, *check_attributes(session.repo)]


def judge_head(session: Session) -> tuple[Snapshot, list[Problem]]:
    """Return the store in HEAD's tree, and everything that is wrong with it."""
    from flaggit.catalog.parsing import parse_catalog

    settings, faults = usable_settings(session)
    snapshot = read_tree(session.repo, "HEAD")
    return snapshot, judge_snapshot(session, snapshot, settings, parse_catalog(snapshot.catalog), faults)


def list_left_out(session: Session) -> list[str]:
    """Return the store's paths that git tracks, where a sparse checkout may keep some of them from the disk."""
    if not os.path.exists(os.path.join(session.repo.git_dir, "info", "sparse-checkout")):
        return []
    output = session.repo.run("ls-files", "-z", "--full-name", "--", STORE).text
    return [path for path in output.split("\0") if path]


def check_attributes(repo: Repo) -> list[Problem]:
    """Return a finding for each attribute that makes git store flags in another form than they are written in.

    A repository's ``*.yaml filter=lfs`` reaches the store unless its own ``.gitattributes`` says otherwise;
    as blobs such flags can neither be read from branches nor reviewed.
    """
    done = repo.run("check-attr", "-z", *_CONVERTING, "--", _ANY_FLAG, check=False)
    words = done.stdout.decode("utf-8", "replace").split("\0")
    found = [(name, value) for name, value in zip(words[1::3], words[2::3], strict=False) if value not in _NO_VALUE]
    return [
        Problem(
            "F001",
            "converted",
            f"git stores flags in another form than they are written in: {name}={value} is set for {STORE}/.",
            path=f"{STORE}/.gitattributes",
            fix="`flaggit init` lets no attribute of the repository in; .git/info/attributes comes before that.",
        )
        for name, value in found
    ]


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

    def exists(flag_id: str) -> bool:  # asked of few flags, and the clone costs its import
        return session.clone.has_id(flag_id)

    problems = check_files(snapshot.files, settings, catalog, exists=exists, present=snapshot.about)
    told = any(problem.rule == "F029" for problem in problems)
    return problems if told else [*problems, *faults]
