"""Which flags may be quoted to an agent that starts its work, and which are only counted.

A flag is text by whoever could write its file. Quoted are flags that lie on a branch that others
accepted into (the base branch, the settings' ``trust.branches``), flags that were written in a
worktree of this clone and are not committed yet, and flags that this clone or a known signer
vouches for (``vouching``). In a clone that has no remote everything is its owner's.

What is trusted is never read from the branch under question: it could name itself.
"""

from __future__ import annotations

import os

from flaggit.clients.vouching import find_vouched
from flaggit.core.record import record
from flaggit.git import cache
from flaggit.git.refs import list_refs, read_head, read_ref, read_symbolic
from flaggit.git.repo import find_repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.clone.session import Session
    from flaggit.core.model import Place, Row
    from flaggit.git.repo import Repo

_REMOTES = "refs/remotes/"
_HEADS = "refs/heads/"
_USUAL = ("main", "master")
_JUDGED_BY_HISTORY = 20  # rows; each may cost a look at signatures
_NOWHERE = "0" * 40  # no object has this name
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "rebase-merge", "rebase-apply")


@record
class Charter:
    """What the base branch says: its name and commit, trusted branches, agents whose signature counts (none: all)."""

    name: str = ""
    base: str | None = None
    branches: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()


def find_trusted(session: Session, rows: Sequence[Row]) -> frozenset[str]:
    """Return the ids of the rows whose text may be quoted."""
    repo = session.repo
    everyone = frozenset(row.flag.id for row in rows)
    remote = list_refs(repo, _REMOTES)
    if not rows or not remote:
        return everyone
    charter = _read_charter(repo, remote)
    accepted = _accepted_commits(repo, charter, remote)
    heads = {row.place: _head_of(repo, row.place) for row in rows}
    doubtful = [row for row in rows if heads[row.place] not in accepted]
    trusted = everyone - {row.flag.id for row in doubtful}
    if not doubtful:
        return trusted
    trusted |= _accepted_or_new(session, doubtful, heads, sorted(accepted))
    rest = [row for row in doubtful if row.flag.id not in trusted][:_JUDGED_BY_HISTORY]
    own = {row.flag.id: heads[row.place] for row in rest}
    return trusted | find_vouched(repo, rest, own, charter.base, charter.identities)


def _read_charter(repo: Repo, remote: Mapping[str, str]) -> Charter:
    name = _find_base_name(repo, remote)
    base = next((oid for ref in _refs_of(name, remote) if (oid := remote.get(ref))), None) or read_ref(
        repo, _HEADS + name
    )
    if base is None:
        return Charter()
    place = os.path.join(repo.state_dir, "charter.cache")
    key = cache.digest(base.encode())
    found = cache.load(place, key)
    if not isinstance(found, tuple):
        from flaggit.clone.trees import read_settings_at
        from flaggit.core.errors import InvalidError

        try:
            settings = read_settings_at(repo, base)
            found = (settings.trust_branches, settings.trust_identities)
        except InvalidError:  # settings that cannot be read name nobody
            found = ((), ())
        cache.save(place, key, found)
    return Charter(name, base, *found)


def _find_base_name(repo: Repo, remote: Mapping[str, str]) -> str:
    """Return the branch that others start from: this clone's own word, a remote's HEAD, the usual names."""
    from flaggit.documents.settings import read_git_value

    named = read_git_value(repo, "base-branch") or read_git_value(repo, "basebranch")
    if named:
        return named
    remotes = sorted({ref.split("/")[2] for ref in remote}, key=lambda name: (name != "origin", name))
    for name in remotes:
        target = read_symbolic(repo, f"{_REMOTES}{name}/HEAD")
        if target:
            return target.removeprefix(f"{_REMOTES}{name}/")
    return next((usual for usual in _USUAL if _refs_of(usual, remote)), "")


def _refs_of(name: str, remote: Mapping[str, str]) -> list[str]:
    """Return the remote-tracking refs that a branch's name stands for: ``main``, or ``origin/main``; origin's first."""
    found = [ref for ref in remote if ref == _REMOTES + name or ref.split("/", 3)[3] == name]
    return sorted(found, key=lambda ref: (not ref.startswith(_REMOTES + "origin/"), ref))


def _accepted_commits(repo: Repo, charter: Charter, remote: Mapping[str, str]) -> set[str]:
    """Return the tips of the trusted branches: the base and those that it names, here and at the remotes."""
    tips = {charter.base} if charter.base else set()
    for name in filter(None, (charter.name, *charter.branches)):
        tips |= {remote[ref] for ref in _refs_of(name, remote)[:1]}
        tips |= {oid for oid in (read_ref(repo, _HEADS + name),) if oid}
    return tips


def _head_of(repo: Repo, place: Place) -> str | None:
    if place.kind == "branch":
        return read_ref(repo, _HEADS + place.name) or read_ref(repo, _REMOTES + place.name) or _own_head(repo, place)
    owner = repo if place.kind == "here" else find_repo(place.name)
    return read_head(owner)[1]


def _own_head(repo: Repo, place: Place) -> str | None:
    return read_head(repo)[1] if place.name == "HEAD" else None


def _accepted_or_new(
    session: Session, rows: Sequence[Row], heads: dict[Place, str | None], accepted: Sequence[str]
) -> set[str]:
    """Return the rows whose very bytes an accepted branch has, and those that no commit of their worktree has."""
    asked = [f"{tip}:{row.path}" for row in rows for tip in (*accepted, heads[row.place] or _NOWHERE)]
    oids = iter(_read_oids(session.repo, asked))
    contents = _read_contents(session, rows)
    trusted = set()
    for row in rows:
        known = [next(oids) for _ in accepted]
        committed = next(oids)
        own = _blob_oid(contents.get(row.flag.id), len(heads[row.place] or ""))
        if (own and own in known) or (committed is None and _is_written_here(session.repo, row.place)):
            trusted.add(row.flag.id)
    return trusted


def _is_written_here(repo: Repo, place: Place) -> bool:
    """Return whether a file that HEAD lacks was written here; while a merge is under way it may be anybody's."""
    if place.kind == "branch":
        return False
    owner = repo if place.kind == "here" else find_repo(place.name)
    return not any(os.path.exists(os.path.join(owner.git_dir, name)) for name in _UNDER_WAY)


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


def _blob_oid(data: bytes | None, length: int) -> str | None:
    if data is None:
        return None
    import hashlib

    make = hashlib.sha256 if length == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
