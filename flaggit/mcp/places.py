"""Which worktree a call is about: what the caller says first, then what its client says, never a guess to write in."""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.core.record import record
from flaggit.core.text import counted
from flaggit.git.repo import find_repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_PROJECT = "CLAUDE_PROJECT_DIR"


@record
class Site:
    """A call's repository. ``named``: the caller, its client's roots or the server's start named the worktree."""

    repo: Repo
    named: bool


class Sites:
    """Finds the worktree of each call.

    Args:
        start: The folder that the server was started in.
        named: The worktree that the server was started for, if it was told one.

    ``roots`` are the folders that the client works in, where it says so.
    """

    def __init__(self, start: str, named: str | None = None) -> None:
        self._start = start
        self._named = named
        self.roots: list[str] = []

    def find(self, worktree: str | None, *, writes: bool) -> Site:
        """Return the worktree of a call.

        Args:
            worktree: What the caller names, absolute or relative to the folder of the start.
            writes: The call changes something, so a clone with several worktrees needs one to be named.

        Raises:
            InvalidError: ``usage``, where nothing names one of several worktrees to write in.
            UnavailableError: ``no_repository``.
        """
        site = self._find(worktree)
        if writes and not site.named:
            _require_only_one(site.repo)
        return site

    def _find(self, worktree: str | None) -> Site:
        for folder in (worktree, self._named):
            if folder:
                return Site(find_repo(os.path.join(self._start, folder)), True)
        found: dict[str, Repo] = {}
        for root in self.roots:
            try:
                repo = find_repo(root)
            except UnavailableError:
                continue
            found.setdefault(repo.root or repo.git_dir, repo)
        if found:
            return Site(next(iter(found.values())), len(found) == 1)
        project = os.environ.get(_PROJECT)
        return Site(find_repo(project if project and os.path.isdir(project) else self._start), False)


def _require_only_one(repo: Repo) -> None:
    roots = repo.worktree_roots()
    if len(roots) > 1:
        raise InvalidError(
            "usage",
            f"This clone has {counted(len(roots), 'worktree')}, and the call does not say which one it writes in.",
            hint="Pass the one that you work in as `worktree`.",
            details={"worktrees": sorted(roots)},
        )
