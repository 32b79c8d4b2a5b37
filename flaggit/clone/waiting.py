"""Waits for changes of a clone without a daemon, at less than one per cent of a core unless more is allowed.

What flags, locks and branches are read from is a few folders; their stamps are compared now and then,
and only when one differs is there a reason to look. A stamp younger than ``STABLE`` is not believed:
the file system may give a later change the same one. Whatever the stamps say, there is a look every
``FULL_CHECK`` seconds, for files that were written in place. How often all that happens is regulated
by what it costs: a large store is looked at less often.
"""

from __future__ import annotations

import os
import select
import stat
import time

from flaggit.core.layout import STORE
from flaggit.git.gitdir import git_dir_of
from flaggit.git.operations import is_operation_under_way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flaggit.git.repo import Repo

    Stamp = tuple[int, int, int]

FULL_CHECK = 60.0
STABLE = 2.0
_SHARE = 0.008  # of a core
WATCHED_SHARE = 0.05  # where somebody sees what is found, it may cost more than waiting in the background
_SHORTEST = 0.4  # seconds between two comparisons
_REFS = ("refs", "reftable")
_PACKED = "packed-refs"
_HEAD = "HEAD"
_WORKTREES = "worktrees"  # git's records of them


class Ticker:
    """Goes on whenever there is reason to look at the clone again, at once for the first time.

    Args:
        repo: The repository.
        until: When to end, in seconds since the epoch; None: never.
        refresh: Called before each comparison; it may bring news from a remote.
        pause: Waits for so many seconds; returns True to end. None: until whoever reads standard output has gone.
        share: Of a core, which the thread that goes through it may use.

    ``due`` may be set by whoever looks: a time at which to look again whatever the stamps say.
    """

    def __init__(
        self,
        repo: Repo,
        *,
        until: float | None = None,
        refresh: Callable[[], object] | None = None,
        pause: Callable[[float], bool] | None = None,
        share: float = _SHARE,
    ) -> None:
        self.due: float | None = None
        self._repo = repo
        self._until = until
        self._refresh = refresh
        self._pause = pause or pause_for_reader
        self._share = share

    def __iter__(self) -> Iterator[None]:
        stamps = _Stamps(self._repo)
        pace = _Pace(self._share)
        seen: object = None
        looked = 0.0
        settled = True
        while True:
            if self._refresh is not None:
                self._refresh()
            now = time.time()
            found = stamps.read()
            is_due = self.due is not None and now >= self.due
            if found != seen or not settled or is_due or now - looked >= FULL_CHECK:
                seen, looked, settled = found, now, stamps.newest < now - STABLE
                self.due = None
                yield
            now = time.time()
            if self._until is not None and now >= self._until:
                return
            ends = [end - now for end in (self._until, self.due) if end is not None]
            if self._pause(max(0.0, min([pace.next_pause(), *ends]))):
                return
            pace.resume()


class _Pace:
    """Pauses long enough for the share of a core that the work may cost."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._used = _cpu_time()

    def resume(self) -> None:
        """Count from now on: what other threads did meanwhile is none of this one's."""
        self._used = _cpu_time()

    def next_pause(self) -> float:
        """Return how long to wait after what was done since the last pause."""
        return min(FULL_CHECK, max(_SHORTEST, (_cpu_time() - self._used) / self._share))


class _Stamps:
    """The stamps of all folders and files whose change may be one of flags, locks or branches.

    Folders are listed again only when the stamp of one differs: a name that comes or goes changes
    the folder that it is in.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._folders: dict[str, Stamp] | None = None
        self._git_dirs: list[str] = []
        self.newest = 0.0

    def read(self) -> tuple[object, ...]:
        """Return everything that differs after a change; ``newest`` is then the latest time among it."""
        folders = None if self._folders is None else {path: _stamp(path) for path in self._folders}
        if folders is None or folders != self._folders:
            folders = self._list_folders()
        self._folders = folders
        files = [os.path.join(self._repo.common_dir, _PACKED)]
        files += [os.path.join(git_dir, _HEAD) for git_dir in self._git_dirs]
        stamps = [_stamp(path) for path in files]
        busy = [is_operation_under_way(git_dir) for git_dir in self._git_dirs]
        self.newest = max(max(stamp[:2]) for stamp in (*folders.values(), *stamps)) / 1e9
        return folders, stamps, busy

    def _list_folders(self) -> dict[str, Stamp]:
        roots = self._repo.worktree_roots()
        self._git_dirs = list(dict.fromkeys([self._repo.git_dir, *filter(None, map(git_dir_of, roots))]))
        found = {path: _stamp(path) for path in [os.path.join(self._repo.common_dir, _WORKTREES)]}
        stack = [os.path.join(root, STORE) for root in roots]
        for git_dir in dict.fromkeys([*self._git_dirs, self._repo.common_dir]):
            stack += [os.path.join(git_dir, name) for name in _REFS]
        while stack:
            path = stack.pop()
            found[path] = _stamp(path)
            try:
                with os.scandir(path) as entries:
                    stack += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
            except OSError:  # not there, or it may not be entered; its stamp changes when that does
                continue
        return found


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _cpu_time() -> float:
    """Return the CPU time that this thread and the children of the process have used."""
    return time.thread_time() + sum(os.times()[2:4])


def pause_for_reader(seconds: float) -> bool:
    """Wait; return True, at once, where whoever read standard output through a pipe has gone."""
    poller = select.poll()
    if _is_pipe(1):
        poller.register(1, 0)  # nothing is asked for, so only its end is reported
    return bool(poller.poll(seconds * 1000))


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
