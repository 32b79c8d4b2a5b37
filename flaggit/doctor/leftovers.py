"""What killed processes leave behind: git's ``.lock`` files, and temporary files of our own writes.

A ``.lock`` file is stale where no git works in this clone and it stays as it is while one looks. The
process table is the proof; without it, or while some git runs here, only age speaks against a file.
"""

from __future__ import annotations

import contextlib
import os
import time

from flaggit.core.layout import STORE
from flaggit.core.limits import DAY
from flaggit.core.record import record
from flaggit.git.files import Incoming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flaggit.clone.store import Store
    from flaggit.git.repo import Repo

_SUFFIX = ".lock"
_TEMPORARY = ".tmp"
_OWN = "flaggit"  # our own folder in a git directory: its files are held by the kernel, not by existing
_PATIENCE = 2.0  # seconds; a git at work keeps a lock file for milliseconds
_DOUBTFUL_AGE = 600  # without that proof: old enough to be told
_SAFE_AGE = DAY  # without a process table: older than any git one waits for
_WRITE_AGE = 3600  # no write of ours takes so long, whatever process has its number by now
_PROCESSES = "/proc"


@record
class Leftover:
    """A file that was left behind: ``path`` absolute, its age in seconds, and whether that is certain."""

    path: str
    age: int
    certain: bool


def find_stale_locks(repo: Repo) -> list[Leftover]:
    """Return the ``.lock`` files of gits that are gone, in every git directory of the clone, sorted.

    Young ones are looked at a second time after a pause, so that a git at work is not taken for dead.
    """
    first = _stamps(_lock_files(repo))
    if not first:
        return []
    if any(time.time() - stamp < _PATIENCE for stamp in first.values()):
        time.sleep(_PATIENCE)
    working = _is_git_at_work(repo, first)
    still = _stamps(_lock_files(repo))
    now = time.time()
    found = []
    for path, stamp in sorted(still.items()):
        age = max(0, int(now - stamp))
        if first.get(path) == stamp and (working is False or age > _DOUBTFUL_AGE):
            found.append(Leftover(path, age, working is False or (working is None and age > _SAFE_AGE)))
    return found


def find_leftovers(store: Store) -> list[Leftover]:
    """Return temporary files in the store whose writer is gone, sorted."""
    found = []
    for path in store.iter_paths():
        name = path.rpartition("/")[2]
        pid = name[1:].partition("-")[0]
        if name.startswith(".") and name.endswith(_TEMPORARY) and pid.isascii() and pid.isdigit():
            full = store.locate(path)
            age = int(time.time() - _stamps([full]).get(full, time.time()))
            if os.path.isfile(full) and (age > _WRITE_AGE or not _is_alive(int(pid))):
                found.append(Leftover(full, max(0, age), True))
    return found


def find_unfinished(repo: Repo) -> list[Leftover]:
    """Return the files of imports that were killed while they wrote, sorted: some of their files may be there."""
    try:
        names = sorted(os.listdir(repo.state_dir))
    except OSError:
        return []
    paths = [os.path.join(repo.state_dir, name) for name in names if _is_unfinished(name)]
    return [Leftover(path, max(0, int(time.time() - stamp)), True) for path, stamp in _stamps(paths).items()]


def forget_unfinished(repo: Repo) -> None:
    """Remove what killed imports left behind: another one has done what they began."""
    import shutil

    for leftovers in find_unfinished(repo):
        shutil.rmtree(leftovers.path, ignore_errors=True)


def _is_unfinished(name: str) -> bool:
    pid = name.removeprefix(Incoming.PREFIX).partition("-")[0]
    return name.startswith(Incoming.PREFIX) and pid.isascii() and pid.isdigit() and not _is_alive(int(pid))


def remove_lock(leftovers: Leftover) -> bool:
    """Remove a stale ``.lock`` file; tell whether it was still there."""
    try:
        os.unlink(leftovers.path)
    except FileNotFoundError:
        return False
    return True


def rescue(repo: Repo, leftovers: Leftover) -> str | None:
    """Move a leftover file out of the store, into a folder of its own; return where it lies now.

    It may hold text that somebody typed, so it is never removed.
    """
    folder = os.path.join(repo.state_dir, "rescued")
    os.makedirs(folder, exist_ok=True)
    place = os.path.join(folder, f"{os.urandom(4).hex()}-{os.path.basename(leftovers.path).lstrip('.')}")
    try:
        os.rename(leftovers.path, place)
    except OSError:  # gone meanwhile, or on another file system: it stays where it is
        return None
    return place


def _is_git_at_work(repo: Repo, paths: Iterable[str]) -> bool | None:
    """Return whether some git process may be holding one of these files of the clone; None: it cannot be found out."""
    folders = [repo.common_dir, *repo.worktree_roots()]
    homes = tuple(os.path.realpath(folder) + os.sep for folder in folders)
    try:
        pids = [name for name in os.listdir(_PROCESSES) if name.isdigit()]
    except OSError:
        return None
    if str(os.getpid()) not in pids:  # some other system's /proc
        return None
    owners = _owners(paths)
    return any(_works_in(pid, homes, owners) for pid in pids if int(pid) != os.getpid())


def _owners(paths: Iterable[str]) -> set[int]:
    """Return the user ids whose files these are: a process of no other user made them."""
    found = set()
    for path in paths:
        with contextlib.suppress(OSError):  # gone meanwhile
            found.add(os.lstat(path).st_uid)
    return found


def _works_in(pid: str, homes: tuple[str, ...], owners: set[int]) -> bool:
    place = os.path.join(_PROCESSES, pid)
    try:
        with open(os.path.join(place, "cmdline"), "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    program = os.path.basename(words[0]).decode("utf-8", "replace")
    if not (program == "git" or program.startswith("git-")):
        return False
    if any(os.fsdecode(word).startswith(homes) or os.fsdecode(word) + os.sep in homes for word in words[1:]):
        return True
    try:
        return (os.path.realpath(os.readlink(os.path.join(place, "cwd"))) + os.sep).startswith(homes)
    except FileNotFoundError:  # it ended meanwhile
        return False
    except OSError:  # another user's git: it may be anywhere, but its files are that user's
        return _owners([place]) <= owners


def _lock_files(repo: Repo) -> Iterator[str]:
    folders = [repo.common_dir]
    linked = os.path.join(repo.common_dir, "worktrees")
    if os.path.isdir(linked):
        folders += [os.path.join(linked, name) for name in sorted(os.listdir(linked))]
    for folder in folders:
        yield from _locks_in(folder)
        yield from _locks_below(os.path.join(folder, "refs"))
    yield from _locks_below(os.path.join(repo.common_dir, "logs"))
    yield from _locks_in(os.path.join(repo.common_dir, "objects"))
    yield from _locks_in(os.path.join(repo.common_dir, "objects", "info"))


def _locks_in(folder: str) -> Iterator[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.endswith(_SUFFIX) and os.path.isfile(os.path.join(folder, name)):
            yield os.path.join(folder, name)


def _locks_below(folder: str) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(_SUFFIX):
                yield os.path.join(place, name)


def _stamps(paths: Iterable[str]) -> dict[str, float]:
    stamps = {}
    for path in paths:
        try:
            stamps[path] = os.lstat(path).st_mtime
        except OSError:  # gone between listing and looking: somebody is at work
            continue
    return stamps


def _is_alive(pid: int) -> bool:
    if os.path.isdir(_PROCESSES + "/self"):
        return os.path.isdir(f"{_PROCESSES}/{pid}")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def shown_path(repo: Repo, path: str) -> str:
    """Return a path as people know it: in the store relative to the root, in a git directory from ``.git`` on."""
    if repo.root is not None and path.startswith(os.path.join(repo.root, STORE) + os.sep):
        return os.path.relpath(path, repo.root).replace(os.sep, "/")
    return os.path.relpath(path, os.path.dirname(repo.common_dir)).replace(os.sep, "/")
