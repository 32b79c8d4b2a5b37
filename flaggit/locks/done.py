"""Completions as the branch that others start from shows them: when a lock has outlived its use."""

from __future__ import annotations

from flaggit.clone.lock_refs import Change, change_refs
from flaggit.core.errors import ConflictError, UnavailableError
from flaggit.core.layout import completion_path
from flaggit.git.objects import read_objects
from flaggit.locks.wire import fetch_refs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.git.repo import Repo
    from flaggit.locks.arbiter import Arbiter
    from flaggit.locks.wire import Seen

_TRIES = 3


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
    found = read_objects(repo, [f"{commit}^{{tree}}", *names])
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
