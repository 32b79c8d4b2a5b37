"""Completions as the branch that others start from shows them: when a lock has outlived its use."""

from __future__ import annotations

from flaggit.errors import ConflictError
from flaggit.layout import completion_path
from flaggit.lock_wire import fetch_refs
from flaggit.objects import read_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.arbiter import Arbiter
    from flaggit.lock_wire import Seen
    from flaggit.repo import Repo


def base_seen(arbiter: Arbiter, seen: Seen) -> tuple[str, str]:
    """Return the base branch and its commit as just read from the remote; empty where it has none."""
    name = arbiter.base or seen.head
    return name, seen.refs.get(f"refs/heads/{name}", "") or ("" if arbiter.base else seen.refs.get("HEAD", ""))


def done_in_base(repo: Repo, arbiter: Arbiter, seen: Seen, ids: Iterable[str]) -> set[str]:
    """Return those flags whose completion is in the content of the remote's base branch now.

    Content, not history, so that squash merges and rebases are seen. A commit that is not here
    yet is fetched into a ref of flaggit's own.
    """
    name, oid = base_seen(arbiter, seen)
    if not oid:
        return set()
    found = done_in(repo, oid, ids)
    if found is None and fetch_refs(repo, arbiter, [f"+refs/heads/{name}:refs/flaggit/remote/{arbiter.remote}/base"]):
        found = done_in(repo, oid, ids)
    return found or set()


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
