"""Which flags may be quoted to an agent that starts its work, and which are only counted.

A flag is text by whoever could write its file. Absence of doubt is no evidence, and neither is a reflog: quoted is what
lies, byte for byte, on a branch that others accepted into at the remote that decides (the base branch, the settings'
``trust.branches``), what flaggit wrote in this clone (``clone.journal``), and what a known signer vouches
for: every commit since the base that touched the file is signed by the agent to whom the base's catalog gives the key.
In a clone to which nothing ever came from elsewhere everything is its owner's.

What is trusted is never read from the branch under question: it could name itself.
"""

from __future__ import annotations

import os

from flaggit.clone.journal import read_written
from flaggit.clone.remotes import (
    base_branch,
    base_commit,
    find_remote,
    places_of,
    read_constants,
    read_remote_config,
)
from flaggit.core.layout import completion_path
from flaggit.core.record import record, replace
from flaggit.git import cache
from flaggit.git.refs import HEADS, REMOTES, list_refs, read_head, read_ref
from flaggit.git.repo import find_repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.discussion import Question
    from flaggit.clone.session import Session
    from flaggit.core.model import Place, Row
    from flaggit.git.history import Commit
    from flaggit.git.repo import Repo

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
    if list_refs(repo, REMOTES) or places_of(read_remote_config(repo)):
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
    return tips | {oid for name in names if (oid := read_ref(repo, f"{REMOTES}{remote}/{name}"))}


def _head_of(repo: Repo, place: Place) -> str | None:
    if place.kind == "branch":
        return read_ref(repo, HEADS + place.name) or read_ref(repo, REMOTES + place.name) or _own_head(repo, place)
    owner = repo if place.kind == "here" else find_repo(place.name)
    return read_head(owner)[1]


def _own_head(repo: Repo, place: Place) -> str | None:
    return read_head(repo)[1] if place.name == "HEAD" else None


def _read_oids(repo: Repo, names: Sequence[str]) -> list[str | None]:
    request = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    lines = repo.run("cat-file", "--batch-check=%(objectname)", input=request).lines
    return [None if line.endswith((" missing", " ambiguous")) else line for line in lines]


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


def find_vouched(
    repo: Repo, rows: Sequence[Row], heads: Mapping[str, str | None], base: str | None, identities: Sequence[str]
) -> frozenset[str]:
    """Return the ids of the rows that somebody vouches for.

    Args:
        repo: The repository.
        rows: The flags in question.
        heads: Flag id -> the commit whose history holds its file.
        base: The base branch's commit; None where there is none.
        identities: The agents whose signature counts; none: every agent of the base's catalog.
    """
    if not rows:
        return frozenset()
    place = os.path.join(repo.own_state_dir, "vouched.cache")
    asked = sorted((row.path, heads[row.flag.id] or "") for row in rows)
    key = cache.digest(repr((base, sorted(identities), asked)).encode("utf-8", "surrogateescape"))
    kept = cache.load(place, key)
    if isinstance(kept, list):
        return frozenset(kept)
    found = sorted(_judge(repo, rows, heads, base, identities))
    cache.save(place, key, found)
    return frozenset(found)


def _judge(
    repo: Repo, rows: Sequence[Row], heads: Mapping[str, str | None], base: str | None, identities: Sequence[str]
) -> Iterator[str]:
    from flaggit.git.history import read_commits

    catalog = _read_catalog(repo, base)
    if catalog is None:
        return
    for head in sorted({head for row in rows if (head := heads[row.flag.id])}):
        members = [row for row in rows if heads[row.flag.id] == head]
        since = [f"^{base}"] if base else []
        commits = read_commits(repo, head, *since, paths=[f":(literal){row.path}" for row in members])
        for row in members:
            touching = [commit for commit in commits if _touches(commit, row.path)]
            source = row.flag.source_agent
            may_sign = not identities or source in identities
            if touching and may_sign and _all_signed(repo, catalog, source, touching):
                yield row.flag.id


def _touches(commit: Commit, path: str) -> bool:
    """Return whether a commit may have touched a file; at the edge of a shallow clone nobody knows what it did."""
    return commit.cut or any(touch.path == path for touch in commit.touched)


def _read_catalog(repo: Repo, base: str | None) -> Catalog | None:
    """Return the base's catalog, or None where it names no identity."""
    if base is None:
        return None
    from flaggit.clone.trees import read_catalog_files_at

    files = read_catalog_files_at(repo, base)
    if not any(b"identities" in data for _, data in files):
        return None
    from flaggit.catalog.parsing import parse_catalog

    return parse_catalog(files)


def _all_signed(repo: Repo, catalog: Catalog, source: str, commits: Sequence[Commit]) -> bool:
    from flaggit.catalog.authorship import VERIFIED, judge_authorship
    from flaggit.git.history import read_signatures

    if any(commit.cut for commit in commits):
        return False
    signatures = read_signatures(repo, (commit.oid for commit in commits))
    judged = (judge_authorship(catalog, source, commit, signatures.get(commit.oid)) for commit in commits)
    return all(authorship.verdict == VERIFIED for authorship in judged)


def find_untrusted(session: Session, questions: Iterable[Question]) -> frozenset[str]:
    """Return the ids of the questions whose answer may not be quoted; an open one has none."""
    told = {found.row.flag.id: _said_in(found) for found in questions if found.answer is not None}
    trusted = find_trusted(session, list(told.values())) if told else frozenset()
    return frozenset(key for key, row in told.items() if row.flag.id not in trusted)


def _said_in(question: Question) -> Row:
    """Return the file that holds an answer, as a row that names its author."""
    row, answer = question.row, question.answer
    if answer is None or answer.row is not row:
        return answer.row if answer is not None else row
    flag = replace(row.flag, source_agent=answer.author)
    return replace(row, flag=flag, path=completion_path(flag.id), place=row.completed_on or row.place)
