"""Reads many blobs and trees with one git process (``cat-file --batch``, ``ls-tree -z``)."""

from __future__ import annotations

import os

from flaggit.core.record import record
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

REGULAR_MODE = "100644"


@record
class TreeEntry:
    """A name in a tree: its mode (``100644`` a plain file, ``120000`` a link, ``040000`` a folder) and object id."""

    path: str
    mode: str
    oid: str


def read_objects(repo: Repo, names: Iterable[str]) -> dict[str, tuple[str, str, bytes]]:
    """Return name -> (object id, type, content) for every object name that exists, asked for in one process.

    A name may be an object id or ``<commit>:<path>``; names that do not exist, or that hold a
    newline, are left out.
    """
    wanted = [name for name in dict.fromkeys(names) if "\n" not in name]
    if not wanted:
        return {}
    request = "\n".join(wanted).encode("utf-8", "surrogateescape") + b"\n"
    answer = repo.run("cat-file", "--batch", input=request).stdout
    return dict(parse_batch(wanted, answer))


def parse_batch(names: list[str], answer: bytes) -> Iterable[tuple[str, tuple[str, str, bytes]]]:
    """Yield (name, (object id, type, content)) from the answer of ``cat-file --batch`` to ``names``."""
    position = 0
    for name in names:
        end = answer.index(b"\n", position)
        header = answer[position:end].decode("utf-8", "surrogateescape")
        position = end + 1
        if header.endswith((" missing", " ambiguous")):
            continue
        oid, kind, size = header.rsplit(" ", 2)
        yield name, (oid, kind, answer[position : position + int(size)])
        position += int(size) + 1


def parse_tree(content: bytes, oid_bytes: int) -> list[TreeEntry]:
    """Return the entries of a raw tree object; ``oid_bytes`` is 20 for SHA-1 and 32 for SHA-256."""
    entries = []
    position = 0
    while position < len(content):
        space = content.index(b" ", position)
        end = content.index(b"\0", space)
        mode = content[position:space].decode().zfill(6)
        path = content[space + 1 : end].decode("utf-8", "surrogateescape")
        oid = content[end + 1 : end + 1 + oid_bytes].hex()
        entries.append(TreeEntry(path, mode, oid))
        position = end + 1 + oid_bytes
    return entries


def list_tree(repo: Repo, rev: str, folder: str = ".flags") -> list[TreeEntry]:
    """Return every file below ``folder`` in the tree of ``rev``; nothing where either does not exist.

    Paths are relative to the root. ``rev`` must be an object id or a full ref name.
    """
    done = repo.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", rev, "--", folder, check=False)
    return parse_ls_tree(done.stdout) if done.status == 0 else []


def parse_ls_tree(output: bytes) -> list[TreeEntry]:
    """Return the entries of ``git ls-tree -z``."""
    entries = []
    for item in output.split(b"\0"):
        if item:
            meta, _, path = item.partition(b"\t")
            mode, _, oid = meta.decode().split(" ")
            entries.append(TreeEntry(path.decode("utf-8", "surrogateescape"), mode, oid))
    return entries


_EMPTY_TREES = (
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
)


def empty_tree(repo: Repo, *, stored: bool = False) -> str:
    """The id of the empty tree in this repository's hash.

    Args:
        repo: The repository.
        stored: Make sure that its object lies in the repository: git knows it without one, a push of it does not.

    Raises:
        UnavailableError: ``git_failed``, where it cannot be stored.
    """
    if not stored:
        return repo.text("hash-object", "-t", "tree", "--stdin")
    for oid in _EMPTY_TREES:  # the object of another hash lies in no repository, so this asks no process
        if os.path.exists(os.path.join(repo.common_dir, "objects", oid[:2], oid[2:])):
            return oid
    return repo.text("hash-object", "-t", "tree", "-w", "--stdin")
