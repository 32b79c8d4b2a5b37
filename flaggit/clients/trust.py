"""Which flags may be quoted to an agent that starts its work, and which are only counted.

A flag is text by whoever could write its file. Absence of doubt is no evidence, and neither is a reflog: quoted is what
lies, byte for byte, on a branch that others accepted into at the remote that decides (the base branch, the settings'
``trust.branches``), what flaggit wrote in this clone (``clone.journal``), and what a known signer vouches for
(``vouching``). In a clone to which nothing ever came from elsewhere everything is its owner's.

What is trusted is never read from the branch under question: it could name itself.
"""

from __future__ import annotations

import os

from flaggit.clients.vouching import find_vouched
from flaggit.clone.journal import read_written
from flaggit.clone.remotes import (
    base_branch,
    base_commit,
    find_remote,
    places_of,
    read_constants,
    read_remote_config,
)
from flaggit.core.record import record
from flaggit.git.refs import list_refs, read_head, read_ref
from flaggit.git.repo import find_repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.clone.session import Session
    from flaggit.core.model import Place, Row
    from flaggit.git.repo import Repo

_REMOTES = "refs/remotes/"
_HEADS = "refs/heads/"
_JUDGED_BY_HISTORY = 20  # rows; each may cost a look at signatures
_NOWHERE = "0" * 40  # no object has this name


@record
class Charter:
    """What the base branch says: its name and commit, trusted branches, agents whose signature counts (none: all)."""

    name: str = ""
    base: str | None = None
    branches: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()


def find_trusted(session: Session, rows: Sequence[Row]) -> frozenset[str]:
    """Return the ids of the rows whose text may be quoted: those for which there is evidence, row by row.

    The very bytes lie on a branch that others accepted into, or flaggit wrote them in this clone, or a known key signed
    each commit that touched them. In a clone that has nothing from elsewhere everything is its owner's.
    """
    repo = session.repo
    if not rows:
        return frozenset()
    remote = find_remote(repo)
    if not remote and not _has_foreign(repo):
        return frozenset(row.flag.id for row in rows)
    charter = _read_charter(repo, remote) if remote else Charter()
    accepted = sorted(_accepted_commits(repo, charter, remote))
    heads = {row.place: _head_of(repo, row.place) for row in rows}
    contents = _read_contents(session, rows)
    written = read_written(repo)
    trusted = {row.flag.id for row in rows if row.flag.id in contents and contents[row.flag.id] in written}
    rest = [row for row in rows if row.flag.id not in trusted and row.flag.id in contents]
    names = [f"{tip}:{row.path}" for row in rest for tip in (*accepted, heads[row.place] or _NOWHERE)]
    oids = iter(_read_oids(repo, names))
    committed = []
    for row in rest:
        known = [next(oids) for _ in accepted]
        own = _blob_oid(contents[row.flag.id], accepted, heads[row.place])
        if own in known:
            trusted.add(row.flag.id)
        if next(oids) == own and own not in known:  # what is not committed as it is nobody can have signed
            committed.append(row)
    asked = committed[:_JUDGED_BY_HISTORY]
    signed = {row.flag.id: heads[row.place] for row in asked}
    return frozenset(trusted | find_vouched(repo, asked, signed, charter.base, charter.identities))


def _has_foreign(repo: Repo) -> bool:
    """Return whether anything may have come to a clone from elsewhere, though it has no remote that decides."""
    if list_refs(repo, _REMOTES) or places_of(read_remote_config(repo)):
        return True
    folders = [repo.common_dir, repo.git_dir]
    linked = os.path.join(repo.common_dir, "worktrees")
    folders += [os.path.join(linked, name) for name in os.listdir(linked)] if os.path.isdir(linked) else []
    return any(os.path.exists(os.path.join(folder, "FETCH_HEAD")) for folder in folders)


def _read_charter(repo: Repo, remote: str) -> Charter:
    name, base = base_branch(repo, remote), base_commit(repo, remote)
    if base is None:
        return Charter()
    constants = read_constants(repo, remote)
    return Charter(name, base, constants.trust_branches, constants.trust_identities)


def _accepted_commits(repo: Repo, charter: Charter, remote: str) -> set[str]:
    """Return the tips of the trusted branches at the remote that decides: the base, and those that it names."""
    tips = {charter.base} if charter.base else set()
    names = filter(None, (charter.name, *charter.branches))
    return tips | {oid for name in names if (oid := read_ref(repo, f"{_REMOTES}{remote}/{name}"))}


def _head_of(repo: Repo, place: Place) -> str | None:
    if place.kind == "branch":
        return read_ref(repo, _HEADS + place.name) or read_ref(repo, _REMOTES + place.name) or _own_head(repo, place)
    owner = repo if place.kind == "here" else find_repo(place.name)
    return read_head(owner)[1]


def _own_head(repo: Repo, place: Place) -> str | None:
    return read_head(repo)[1] if place.name == "HEAD" else None


def _read_oids(repo: Repo, names: Sequence[str]) -> list[str | None]:
    request = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    lines = repo.run("cat-file", "--batch-check=%(objectname)", input=request).stdout.decode("utf-8", "replace")
    return [None if line.endswith((" missing", " ambiguous")) else line for line in lines.splitlines()]


def _read_contents(session: Session, rows: Iterable[Row]) -> dict[str, bytes]:
    by_place: dict[Place, list[Row]] = {}
    for row in rows:
        by_place.setdefault(row.place, []).append(row)
    contents: dict[str, bytes] = {}
    for source in session.clone.sources():
        paths = {row.path: row.flag.id for row in by_place.get(source.place, ())}
        for path, data in source.read(paths).items():
            if isinstance(data, bytes):
                contents.setdefault(paths[path], data)
    return contents


def _blob_oid(data: bytes, *tips: str | Sequence[str] | None) -> str:
    """Return the id that git gives a blob of these bytes, in the format of the commits of this repository."""
    import hashlib

    sample = next((tip if isinstance(tip, str) else tip[0] for tip in tips if tip), "")
    make = hashlib.sha256 if len(sample) == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
