"""Which place a worktree's shared locks are of: while one of them lives no other place decides.

A remote that is renamed, replaced or reset would otherwise let go in silence what it never knew, and two clones would
hold one flag at two places.
"""

from __future__ import annotations

from flaggit.clone.identity import find_clone_token, find_worktree_token, identity_file
from flaggit.clone.lock_message import PATHS, message_of
from flaggit.clone.lock_refs import HELD, LOCAL, MIRROR, NAMESPACES, read_commits
from flaggit.clone.lock_rules import has_holder, is_free
from flaggit.clone.remotes import is_accepted, place_hash, place_of
from flaggit.core.errors import UnavailableError
from flaggit.core.ids import is_flag_id
from flaggit.core.text import visible
from flaggit.git.files import replace_file
from flaggit.git.gitdir import linked_worktrees
from flaggit.git.objects import read_objects
from flaggit.git.refs import list_refs
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session
    from flaggit.core.model import Lock

_FILE = "arbiter"
_LONGEST = 4096  # bytes of the file


def record_place(repo: Repo, url: str) -> None:
    """Remember that this worktree's shared locks are of the remote at ``url``: its hash, and what people call it."""
    line = f"{place_hash(url)} {visible(place_of(url))}"
    if _read(repo.git_dir) != line:
        replace_file(identity_file(repo.git_dir, _FILE), line.encode("utf-8", "replace") + b"\n")


def require_same_place(session: Session, url: str, ssh: str) -> None:
    """Raise where a worktree of this clone holds a lock at another place than the one that would decide now.

    Args:
        session: The call.
        url: The remote that would decide; empty: this clone would.
        ssh: The command for ssh, whose aliases are the hosts that they stand for.

    Raises:
        UnavailableError: ``arbiter_changed``.
    """
    repo = session.repo
    worktrees = [(None, repo.common_dir), *((top, folder) for folder, top in linked_worktrees(repo.common_dir))]
    for top, folder in worktrees:
        recorded, _, place = _read(folder).partition(" ")
        if not recorded or (url and is_accepted(url, (recorded,), ssh)):
            continue
        held = [lock for lock in _shared_locks(Repo(top, folder)) if not is_free(lock, session.now)]
        if held:
            raise _changed(place, url, held)


def _shared_locks(repo: Repo) -> list[Lock]:
    """Return what a worktree was told it holds at a remote: locks of flags, and of paths as last seen."""
    known_here = {oid for prefix in (LOCAL, *NAMESPACES) for oid in list_refs(repo, prefix).values()}
    refs = ((name.removeprefix(HELD), oid) for name, oid in list_refs(repo, HELD).items())
    found = [(flag_id, oid, "shared") for flag_id, oid in refs if is_flag_id(flag_id) and oid not in known_here]
    return [lock for lock in [*read_commits(repo, found), *_shared_paths(repo)] if has_holder(lock)]


def _shared_paths(repo: Repo) -> list[Lock]:
    from flaggit.locks.path_list import parse_list

    lists = [oid for name, oid in list_refs(repo, MIRROR).items() if name.endswith(f"/lock/{PATHS}")]
    if not lists:
        return []
    own = f"{find_clone_token(repo)}/{find_worktree_token(repo)}"
    entries = (
        entry for item in read_objects(repo, lists).values() for entry in parse_list(message_of(item.content), "shared")
    )
    return [entry for entry in entries if entry.worktree == own]


def _changed(place: str, url: str, held: list[Lock]) -> UnavailableError:
    import shlex

    names = ", ".join(lock.flag_id if lock.flag_id != PATHS else visible(" ".join(lock.patterns)) for lock in held)
    ids = [lock.flag_id for lock in held if lock.flag_id != PATHS]
    step = shlex.join(["flaggit", "unlock", *(ids or ["--files", *held[0].patterns])])
    until = max(lock.expires for lock in held)
    now = f"and {visible(place_of(url))} would decide now" if url else "and this clone has no remote any more"
    return UnavailableError(
        "arbiter_changed",
        f"{names}: locked at {place}, {now}.",
        hint=f"Let it go there first, with the remote as it was: `{visible(step)}`."
        f" If that place is gone, wait: {until}.",
        details={"place": place, "flag_ids": [lock.flag_id for lock in held], "expires": until},
    )


def _read(git_dir: str) -> str:
    try:
        with open(identity_file(git_dir, _FILE), encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST).strip()
    except OSError:
        return ""
