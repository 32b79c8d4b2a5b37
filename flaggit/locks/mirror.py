"""What the remote's locks looked like when they were last read, kept as refs of flaggit's own."""

from __future__ import annotations

from flaggit.clone.lock_refs import BRANCHES, MIRROR, Change, change_refs, locks_as_of, read_commits, stamp_path
from flaggit.core.errors import ConflictError, UnavailableError
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import completion_path
from flaggit.core.times import format_time
from flaggit.git.objects import read_headers
from flaggit.git.refs import list_refs
from flaggit.locks.arbiter import scope_of
from flaggit.locks.wire import fetch_refs, read_remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.core.model import Lock
    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.wire import Seen

_TRIES = 3


def mirror_prefix(remote: str) -> str:
    """Return where the locks of a remote are mirrored."""
    return f"{MIRROR}{remote}/lock/"


def look(repo: Repo, arbiter: Arbiter, ids: Iterable[str], seen: Seen) -> dict[str, Lock]:
    """Return the locks of ``ids`` as just read from the remote, and remember them in the mirror.

    Commits that are not here yet are fetched. A lock that vanished before it could be fetched is
    left out; whoever expects nothing in its place will be told by the remote.
    """
    wanted = {flag_id: seen.refs[arbiter.prefix + flag_id] for flag_id in ids if arbiter.prefix + flag_id in seen.refs}
    missing = _missing(repo, wanted)
    if missing:
        names = [arbiter.prefix + flag_id for flag_id in missing]
        if not fetch_refs(repo, arbiter, names) and len(names) > 1:  # one that vanished must not hide the others
            for name in names:
                fetch_refs(repo, arbiter, [name])
        for flag_id in _missing(repo, {flag_id: wanted[flag_id] for flag_id in missing}):
            del wanted[flag_id]
    scope = scope_of(arbiter)
    locks = read_commits(repo, [(flag_id, oid, scope) for flag_id, oid in wanted.items()])
    remember(repo, arbiter, {flag_id: wanted.get(flag_id, "") for flag_id in ids})
    return {lock.flag_id: lock for lock in locks}


def _missing(repo: Repo, wanted: dict[str, str]) -> list[str]:
    """Return the flags whose lock commit is not in this clone."""
    present = read_headers(repo, wanted.values())
    return [flag_id for flag_id, oid in wanted.items() if oid not in present]


def remember(repo: Repo, arbiter: Arbiter, seen: dict[str, str]) -> None:
    """Make the mirror show these: flag id -> object id, empty where the remote holds none."""
    prefix = mirror_prefix(arbiter.remote)
    known = list_refs(repo, prefix)
    changes = []
    for flag_id, oid in seen.items():
        old = known.get(prefix + flag_id)
        if oid and oid != old:
            changes.append(Change(prefix + flag_id, oid, "*"))
        elif old and not oid:
            changes.append(Change(prefix + flag_id, None, old))
    if changes and change_refs(repo, changes):  # one that cannot be set must not keep the others back
        for change in changes:
            change_refs(repo, [change])


def refresh(repo: Repo, arbiter: Arbiter, now: int) -> tuple[dict[str, Lock], Seen]:
    """Read all locks of the remote, make the mirror equal, and return them with what else was seen.

    Raises:
        UnreachableError: The remote did not answer.
    """
    seen = read_remote(repo, arbiter, [arbiter.prefix + "*"])
    shown = {name[len(arbiter.prefix) :] for name in seen.refs if name.startswith(arbiter.prefix)}
    prefix = mirror_prefix(arbiter.remote)
    gone = {name[len(prefix) :] for name in list_refs(repo, prefix)} - shown
    locks = look(repo, arbiter, shown | gone, seen)
    _stamp(repo, arbiter.remote, now)
    return locks, seen


def read_fetched(repo: Repo, remote: str) -> dict[str, Lock]:
    """Return the locks that a plain clone or fetch brought along as remote-tracking branches.

    Nothing where this clone has read the remote's locks itself: those branches stay when their lock
    is gone, until somebody prunes them.
    """
    if locks_as_of(repo, remote):
        return {}
    refs = list_refs(repo, f"refs/remotes/{remote}/{BRANCHES.removeprefix('refs/heads/')}")
    found = [(name.rpartition("/")[2], oid, "shared") for name, oid in refs.items()]
    return {lock.flag_id: lock for lock in read_commits(repo, [item for item in found if is_flag_id(item[0])])}


def _stamp(repo: Repo, remote: str, now: int) -> None:
    from flaggit.git.files import replace_file

    replace_file(stamp_path(repo, remote), format_time(now).encode() + b"\n")


def base_seen(arbiter: Arbiter, seen: Seen) -> tuple[str, str]:
    """Return the base branch and its commit as just read from the remote; empty where it has none."""
    name = arbiter.base or seen.head
    return name, seen.refs.get(f"refs/heads/{name}", "") or ("" if arbiter.base else seen.refs.get("HEAD", ""))


def done_in_base(repo: Repo, arbiter: Arbiter, seen: Seen, ids: Iterable[str]) -> set[str]:
    """Return those flags whose completion is in the content of the remote's base branch now.

    Content, not history, so that squash merges and rebases are seen. A commit that is not here
    yet is fetched, and kept by a ref of flaggit's own.

    Raises:
        UnavailableError: ``remote_unreachable``: the commit could not be had, so nobody can say.
    """
    name, oid = base_seen(arbiter, seen)
    if not oid:
        return set()
    wanted = list(ids)
    for _ in range(_TRIES):
        found = done_in(repo, oid, wanted)
        if found is not None:
            return found
        # No ref is written while fetching: other fetches of this clone may be at work on the same one.
        if fetch_refs(repo, arbiter, [f"refs/heads/{name}"]):
            change_refs(repo, [Change(f"refs/flaggit/remote/{arbiter.remote}/base", oid, "*")])
    raise UnavailableError(
        "remote_unreachable",
        f"Whether the work is done already is not known: {name} of {arbiter.remote} could not be fetched.",
        hint=f"Fetch it, then try again: git fetch {arbiter.remote}",
    )


def done_in(repo: Repo, commit: str, ids: Iterable[str]) -> set[str] | None:
    """Return those flags whose completion is in a commit's tree; None where the commit is not here."""
    names = {f"{commit}:{completion_path(flag_id)}": flag_id for flag_id in ids}
    if not names:
        return set()
    found = read_headers(repo, [f"{commit}^{{tree}}", *names])
    if f"{commit}^{{tree}}" not in found:
        return None
    return {flag_id for name, flag_id in names.items() if name in found}


def completed_in_base(flag_ids: Iterable[str], base: str) -> ConflictError:
    """Return the error for flags whose work is done and only has not reached this worktree."""
    ids = ", ".join(sorted(flag_ids))
    return ConflictError(
        "already_completed",
        f"{ids}: completed in {base}, which this worktree has not got yet.",
        hint=f"Bring {base} into your branch, then look again: flaggit next",
        details={"flag_id": ids, "base": base},
    )
