"""What else than words says that an agent is right for a task: paths it owns, flags and commits it made before."""

from __future__ import annotations

import os

from flaggit.layout import DONE, STORE, SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flaggit.agents.catalog import Catalog
    from flaggit.model import Row
    from flaggit.session import Session

    Evidence = dict[str, tuple[float, str]]

# Shares of the best score: owning all the paths, having completed such flags, having committed to the paths.
_OWNS, _DID, _WROTE = 1.0, 0.4, 0.3
_COMMITS = 30  # the last ones to some paths that are looked at
_PAST = 200  # completed flags that are looked at
_ENOUGH = 3  # flags or commits that count in full
_LIKE = 0.4  # share of words that two flags have in common where they are about the same


def evidence_for(session: Session, catalog: Catalog, files: Sequence[str], text: str = "") -> Evidence:
    """Return agent -> what ownership and past flags add to its score, and the reason to tell.

    Args:
        session: The call.
        catalog: The agents.
        files: Paths relative to the root: who owns them, who completed flags about them, who committed to them.
        text: What a flag says: who completed flags that say much the same.
    """
    owned: dict[str, list[str]] = {}
    for name in files:
        owner = catalog.owner(name)
        if owner is not None:
            owned.setdefault(owner.name, []).append(name)
    done = _completed_before(session, catalog, files, text)
    wrote = _committed_before(session, catalog, files)
    evidence: Evidence = {}
    for agent in owned.keys() | done.keys() | wrote.keys():
        share = _DID * min(1.0, done.get(agent, 0) / _ENOUGH) + _WROTE * min(1.0, wrote.get(agent, 0) / _ENOUGH)
        reason = f"commits to these files: {wrote.get(agent, 0)}"
        if agent in done:
            reason = f"completed before: {done[agent]} such flags"
        if agent in owned:
            share += _OWNS * len(owned[agent]) / len(files)
            reason = f"owns: {owned[agent][0]}"
        evidence[agent] = (share, reason)
    return evidence


def _committed_before(session: Session, catalog: Catalog, files: Sequence[str]) -> Mapping[str, int]:
    """Return agent -> how many of the last commits to some paths it made, where the catalog knows its addresses."""
    counts: dict[str, int] = {}
    if not files or not any(agent.identities for agent in catalog.agents.values()):
        return counts
    done = session.repo.run(
        *("log", "-n", str(_COMMITS), "--format=%ae", "--end-of-options", "HEAD", "--", *files),
        env={"GIT_LITERAL_PATHSPECS": "1"},
        check=False,
    )
    for email in done.stdout.decode("utf-8", "replace").split("\n"):
        known = catalog.identify_all(email=email)
        if len(known) == 1:  # an address that several share says nothing about one of them
            counts[known[0].name] = counts.get(known[0].name, 0) + 1
    return counts


def _completed_before(session: Session, catalog: Catalog, files: Sequence[str], text: str) -> Mapping[str, int]:
    """Return agent -> how many flags about some paths, or like a text, it completed."""
    wanted = _stems(text)
    counts: dict[str, int] = {}
    for row in session.clone.get_rows(_last_completed(session)):
        if row.completion is None or row.completion.resolution != "done":
            continue
        if _touches(row, files) or (wanted and _is_like(wanted, row)):
            agent = catalog.find(row.completion.completed_by)
            if agent is not None:
                counts[agent.name] = counts.get(agent.name, 0) + 1
    return counts


def _last_completed(session: Session) -> list[str]:
    """Return the flags that were completed here last: a store may hold many thousands, reading all takes seconds."""
    if session.repo.root is None:
        return []
    try:
        with os.scandir(session.store.locate(f"{STORE}/{DONE}")) as entries:
            found = [(-entry.stat().st_mtime, entry.name) for entry in entries if entry.name.endswith(SUFFIX)]
    except OSError:
        return []
    return [name.removesuffix(SUFFIX) for _, name in sorted(found)[:_PAST]]


def _is_like(wanted: set[str], row: Row) -> bool:
    other = _stems(f"{row.flag.change_description} {row.flag.action_required}")
    common = len(wanted & other)
    return bool(common) and common * common >= _LIKE * _LIKE * len(wanted) * len(other)


def _stems(text: str) -> set[str]:
    from flaggit.agents.words import content_words, split_words, stem

    return {stem(word) for word, weight in content_words(split_words(text)) if weight == 1.0}


def _touches(row: Row, names: Sequence[str]) -> bool:
    about = [path.rstrip("/") for path in row.flag.related_files]
    paths = [name.rstrip("/") for name in names]
    return any(
        path == name or path.startswith(name + "/") or name.startswith(path + "/") for path in about for name in paths
    )
