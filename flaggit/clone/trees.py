"""The store in any commit's tree, read with two git processes and never by a checkout."""

from __future__ import annotations

from flaggit.clone.tree_files import read_tree_files
from flaggit.core.layout import STORE, kind_of
from flaggit.documents.codec import CATALOG_LIMIT, FLAG_LIMIT
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git.objects import REGULAR_MODE, read_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Completion, Flag, Note, Problem
    from flaggit.git.objects import StoredObject, TreeEntry
    from flaggit.git.repo import Repo

    Value = Flag | Completion | Note | Problem


def read_entries(repo: Repo, entries: list[TreeEntry]) -> dict[str, Value]:
    """Return path -> flag, completion, note or what is wrong with it, for entries of trees (at most one a path)."""
    blobs = read_objects(repo, (entry.oid for entry in entries if entry.mode == REGULAR_MODE))
    return {entry.path: _value(entry, blobs.get(entry.oid)) for entry in entries}


def read_catalog_files_at(repo: Repo, rev: str) -> list[tuple[str, bytes]]:
    """Return path and bytes of each catalog file in the tree of ``rev``."""
    found = read_tree_files(repo, rev).beginning(f"{STORE}/catalog")
    entries = [entry for entry in found if kind_of(entry.path) == "catalog" and entry.mode == REGULAR_MODE]
    blobs = read_objects(repo, (entry.oid for entry in entries), limit=CATALOG_LIMIT)
    return [(entry.path, blobs[entry.oid].content) for entry in entries if entry.oid in blobs]


def _value(entry: TreeEntry, blob: StoredObject | None) -> Value:
    try:
        if entry.mode != REGULAR_MODE:
            raise BrokenFileError(entry.path, "not_regular", f"is stored with mode {entry.mode}, not as a plain file")
        if blob is None:
            raise BrokenFileError(entry.path, "missing_object", "is not in this clone (shallow or partial); fetch it")
        if len(blob.content) > FLAG_LIMIT:
            raise BrokenFileError(entry.path, "too_large", f"is {len(blob.content):,} bytes, more than {FLAG_LIMIT:,}")
        return read_value(entry.path, blob.content)
    except BrokenFileError as error:
        return error.problem
