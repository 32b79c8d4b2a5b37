"""What merging a range into its base would bring: the merge is made on the side, and nothing of it is kept.

The objects of the trial merge go to a temporary folder, so the repository is only read. flaggit's
merge driver is left out: forges have none, and the answer must be theirs.
"""

from __future__ import annotations

import contextlib
import os

from flaggit.clone.tree_files import TreeFiles, read_tree_files
from flaggit.core.layout import STORE
from flaggit.core.record import record
from flaggit.git.changes import Change, read_changes, read_raw, with_bytes
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flaggit.git.history import Commit
    from flaggit.git.ranges import Range

_PLAIN_DRIVER = ("-c", "merge.flaggit.driver=git merge-file -q --marker-size=%L %A %O %B")


@record
class Merged:
    """The store before and after a range is merged.

    Attributes:
        repo: Where the objects of all of these can be read.
        changes: What the merge changes in the base's store.
        before: The base's store.
        head: The head's own store.
        after: The store that the merge gives.
        conflicts: Paths that git cannot merge; for these ``changes`` and ``after`` have the head's side.
    """

    repo: Repo
    changes: tuple[Change, ...]
    before: TreeFiles
    head: TreeFiles
    after: TreeFiles
    conflicts: tuple[str, ...] = ()


class ScratchRepo(Repo):
    """A repository whose new objects go to a folder of their own; those it has are read as ever.

    Args:
        repo: The repository.
        folder: Where new objects go.
    """

    __slots__ = ("_variables",)

    def __init__(self, repo: Repo, folder: str) -> None:
        super().__init__(repo.root, repo.git_dir, named=repo.is_named)
        own = repo.user_environment()
        outer = own.get("GIT_OBJECT_DIRECTORY") or os.path.join(repo.common_dir, "objects")
        others = own.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
        sources = os.pathsep.join(filter(None, (os.path.abspath(outer), others)))
        self._variables = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": sources}

    def environment(self, *, network: bool = False, **extra: str) -> dict[str, str]:
        """Return the environment for git, as ``Repo`` does, with the folder for new objects."""
        return super().environment(network=network, **self._variables, **extra)


@contextlib.contextmanager
def open_merged(repo: Repo, span: Range, commits: Sequence[Commit]) -> Iterator[Merged]:
    """Give what merging ``span`` into its base brings; the trial merge is gone afterwards.

    Where no trial merge can be made (an old git, no common ancestor, a shallow clone) the head
    stands for the result, and of what differs from the base only what the commits at hand touched counts.
    """
    before = read_tree_files(repo, span.base_oid) if span.base_oid else TreeFiles()
    differences = read_raw(repo, span.base_oid or None, span.head_oid, STORE)
    head = before.after(differences) if before else read_tree_files(repo, span.head_oid)
    if span.is_merged:
        yield Merged(repo, tuple(with_bytes(repo, differences)), before, head, head)
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="flaggit-", ignore_cleanup_errors=True) as folder:
        scratch = ScratchRepo(repo, folder)
        tree, conflicts = try_merge(scratch, span.base_oid, span.head_oid) if span.merge_base else (None, ())
        if tree is not None:
            yield _resolve(scratch, span, tree, conflicts, (before, head))
            return
    changes = [change for change in with_bytes(repo, differences) if _is_own(change, commits)]
    yield Merged(repo, tuple(changes), before, head, head)


def try_merge(repo: Repo, base: str, head: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the tree that merging two commits gives, and the paths that conflict; no tree where git cannot try."""
    done = repo.run(
        *_PLAIN_DRIVER, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head, check=False
    )
    if done.status not in (0, 1):
        return None, ()
    tree, *paths = done.names
    return tree.strip() or None, tuple(path for path in paths if path.startswith(f"{STORE}/"))


def _resolve(
    repo: Repo, span: Range, tree: str, conflicts: tuple[str, ...], sides: tuple[TreeFiles, TreeFiles]
) -> Merged:
    before, head = sides
    differences = read_raw(repo, span.base_oid, tree, STORE)
    changes = {change.path: change for change in with_bytes(repo, differences)}
    after = before.after(differences)
    if conflicts:
        own = {change.path: change for change in read_changes(repo, span.base_oid, span.head_oid)}
        for path in conflicts:
            changes.pop(path, None)
        changes.update({path: own[path] for path in conflicts if path in own})
        after = after.replaced({path: head.get(path) for path in conflicts})
    return Merged(repo, tuple(changes[path] for path in sorted(changes)), before, head, after, conflicts)


def _is_own(change: Change, commits: Sequence[Commit]) -> bool:
    """Return whether the range made a change; what lies beyond the edge of a shallow clone can only be guessed."""
    if any(touch.path == change.path for commit in commits for touch in commit.touched):
        return True
    return change.status == "A" and any(commit.cut for commit in commits)
