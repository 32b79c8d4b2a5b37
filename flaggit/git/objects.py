"""Reads many blobs and trees with one git process (``cat-file --batch``, ``ls-tree -z``)."""

from __future__ import annotations

import os
from sys import intern

from flaggit.core.errors import UnavailableError
from flaggit.core.limits import BLOB, ENTRIES, LISTING, READ_AT_ONCE, TREE
from flaggit.core.record import record
from flaggit.core.text import whole_number
from flaggit.git.gitdir import mentions
from flaggit.git.refs import is_oid
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

REGULAR_MODE = "100644"
NOT_HERE = -1
_PATHS_AT_ONCE = 500  # as arguments


@record
class TreeEntry:
    """A name in a tree: its mode (``100644`` a plain file, ``120000`` a link, ``040000`` a folder) and object id."""

    path: str
    mode: str
    oid: str


@record
class Header:
    """What an object name stands for: object id, kind (``blob``, ``tree``, ``commit``, ``tag``), size in bytes.

    The size is ``NOT_HERE`` where a partial clone has the name and not the object.
    """

    oid: str
    kind: str
    size: int


@record
class StoredObject:
    """An object of the repository; of a blob that is too large ``content`` is blanks, one more than may be read."""

    oid: str
    kind: str
    content: bytes


def read_headers(repo: Repo, names: Iterable[str]) -> dict[str, Header]:
    """Return name -> header for every object name that exists, asked for in one process that reads no content.

    A name may be an object id or ``<commit>:<path>``; names that do not exist, or that hold a newline, are left out.
    """
    wanted = [name for name in dict.fromkeys(names) if "\n" not in name]
    if not wanted:
        return {}
    partial = is_partial(repo)
    done = repo.run("cat-file", "--batch-check", input=_request(wanted), check=not partial)
    found = _parse_headers(wanted, done.lines) if done.status == 0 else {}
    return _headers_here(repo, wanted) if partial and len(found) < len(wanted) else found


def _parse_headers(wanted: list[str], lines: list[str]) -> dict[str, Header]:
    parts = ((name, line.rsplit(" ", 2)) for name, line in zip(wanted, lines, strict=True))
    return {
        name: Header(found[0], found[1], size)
        for name, found in parts
        if len(found) == 3 and (size := whole_number(found[2])) is not None
    }


def read_objects(repo: Repo, names: Iterable[str], *, limit: int = BLOB) -> dict[str, StoredObject]:
    """Return name -> object for every object name that exists, blobs up to ``limit`` bytes. As ``read_limited``."""
    return read_limited(repo, dict.fromkeys(names, limit))


def read_limited(repo: Repo, limits: Mapping[str, int]) -> dict[str, StoredObject]:
    """Return name -> object for every object name that exists. Sizes are asked before anything is read.

    So nobody's memory is filled by a huge object, whoever made it: a blob that is larger than its limit is blanks,
    one more than that, and whoever judges it still sees that it is too large. Larger trees and commits than flaggit
    reads are left out.

    Args:
        repo: The repository.
        limits: Object name -> the most bytes that are read, if it is a blob.

    Raises:
        UnavailableError: ``over_limit``, where all of them together are too much for one answer.
    """
    headers = read_headers(repo, limits)
    large = {name for name, found in headers.items() if found.size > (limits[name] if found.kind == "blob" else TREE)}
    sizes = {found.oid: found.size for name, found in headers.items() if name not in large}
    if sum(sizes.values()) > READ_AT_ONCE:
        raise UnavailableError(
            "over_limit",
            f"{len(sizes):,} objects of this repository hold more than the {READ_AT_ONCE:,} bytes read at once.",
            hint="`git ls-tree -r --long HEAD` shows what is so large; a branch that nobody wants need not be fetched.",
        )
    sizes = {oid: size for oid, size in sizes.items() if size != NOT_HERE}
    contents: dict[str, bytes] = {}
    if sizes:
        answer = repo.run("cat-file", "--batch", input=_request(list(sizes))).stdout
        contents = {oid: data for oid, (_, _, data) in parse_batch(list(sizes), answer)}
    blanks = {limit: b" " * (limit + 1) for limit in {limits[name] for name in large}}
    objects = {}
    for name, found in headers.items():
        if name in large:
            if found.kind == "blob":
                objects[name] = StoredObject(found.oid, found.kind, blanks[limits[name]])
        elif found.oid in contents:
            objects[name] = StoredObject(found.oid, found.kind, contents[found.oid])
    return objects


def read_small(repo: Repo, oids: Iterable[str], most: int) -> dict[str, bytes]:
    """Return object id -> content of objects whose size is known to be small, in one process.

    Args:
        repo: The repository.
        oids: Those that are missing in this clone are left out.
        most: Bytes that each of them may have; where all have more than as many times that, ``over_limit`` is raised.
    """
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    if is_partial(repo):
        return {oid: found.content for oid, found in read_objects(repo, wanted, limit=most).items()}
    answer = repo.run("cat-file", "--batch", input=_request(wanted), limit=len(wanted) * (most + 200))
    return {oid: data for oid, (_, _, data) in parse_batch(wanted, answer.stdout)}


def is_partial(repo: Repo) -> bool:
    """Return whether a clone was told to do without some objects until they are asked for."""
    return mentions(repo.common_dir, b"promisor") or mentions(repo.common_dir, b"partialclone")


def _headers_here(repo: Repo, wanted: list[str]) -> dict[str, Header]:
    """Return name -> header in a partial clone, of what lies in it, without fetching anything.

    git up to 2.43 ends at the first object that it would have to fetch, so it is asked first which are here.
    """
    named: dict[str, tuple[str, str]] = {}
    paths: dict[str, list[str]] = {}
    for name in wanted:
        rev, colon, path = name.partition(":")
        if colon:
            paths.setdefault(rev, []).append(path)
        else:
            named[name] = name if is_oid(name) else _resolve(repo, name), ""
    for rev, found in paths.items():
        for start in range(0, len(found), _PATHS_AT_ONCE):
            some = found[start : start + _PATHS_AT_ONCE]
            done = repo.run("ls-tree", "-z", "--full-tree", "--end-of-options", rev, "--", *some, check=False)
            for entry in parse_ls_tree(done.stdout):
                named[f"{rev}:{entry.path}"] = entry.oid, "tree" if entry.mode == "040000" else "blob"
    here = _present(repo, {oid for oid, _ in named.values() if oid})
    lines = repo.run("cat-file", "--batch-check", input=_request(sorted(here))).lines if here else []
    headers = _parse_headers(sorted(here), lines)
    found_here = {name: headers[oid] for name, (oid, _) in named.items() if oid in headers}
    return found_here | {
        name: Header(oid, kind, NOT_HERE) for name, (oid, kind) in named.items() if kind and oid not in headers
    }


def _resolve(repo: Repo, name: str) -> str:
    done = repo.run("rev-parse", "--verify", "--quiet", "--end-of-options", name, check=False)
    return done.stdout.decode().strip()


def _present(repo: Repo, oids: set[str]) -> set[str]:
    """Return which objects are in this clone."""
    options = ("--objects", "--no-walk", "--ignore-missing", "--missing=allow-any", "--filter=tree:0", "--stdin")
    here: set[str] = set()
    for _ in range(2):  # a tree is left out where its commit is asked about with it
        left = sorted(oids - here)
        if left:
            done = repo.run("rev-list", *options, input=_request(left))
            here |= {line.partition(" ")[0] for line in done.lines} & oids
    return here


def _request(names: list[str]) -> bytes:
    return "\n".join(names).encode("utf-8", "surrogateescape") + b"\n"


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

    Raises:
        UnavailableError: ``over_limit`` for more files than flaggit reads; ``git_failed`` where git itself could not
            read a tree that is there (too deep for it).
    """
    return list(parse_ls_tree(list_raw(repo, rev, folder)))


def list_raw(repo: Repo, rev: str, folder: str = ".flags") -> bytes:
    """Return what ``list_tree`` does as git prints it, sorted by the bytes of the paths; errors alike."""
    options = ("-r", "-z", "--full-tree", "--end-of-options", rev, "--", folder)
    done = repo.run("ls-tree", *options, limit=LISTING, check=False)
    if done.status < 0:
        raise UnavailableError("git_failed", f"git ls-tree was ended by signal {-done.status} while it read {rev}.")
    if done.status != 0:
        return b""
    require_few(done.stdout.count(b"\0"), f"{folder}/ of {rev[:12]}")
    return done.stdout


def require_few(count: int, where: str) -> None:
    """Raise UnavailableError ``over_limit`` where there are more files than flaggit reads."""
    if count > ENTRIES:
        raise UnavailableError("over_limit", f"{where} has more than {ENTRIES:,} files, too many for flaggit to read.")


def parse_ls_tree(output: bytes) -> Iterator[TreeEntry]:
    """Yield the entries of ``git ls-tree -z``."""
    start = 0
    while (end := output.find(b"\0", start)) >= 0:  # not all cut apart at once: there may be hundreds of thousands
        meta, _, path = output[start:end].partition(b"\t")
        mode, _, oid = meta.decode().split(" ")
        yield TreeEntry(path.decode("utf-8", "surrogateescape"), intern(mode), oid)
        start = end + 1


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
