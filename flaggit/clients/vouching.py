"""Which flags a known signer vouches for, that lie on a branch which nobody has accepted yet.

A signature vouches for the agent to whom the base branch's catalog gives the key. A flag is vouched for where every
commit since the base that touched its file is signed so.
"""

from __future__ import annotations

import os

from flaggit.git import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Row
    from flaggit.git.history import Commit
    from flaggit.git.repo import Repo


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
