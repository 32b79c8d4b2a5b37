"""What else than words says that an agent is right for a task: paths it owns, flags and commits it made before."""

from __future__ import annotations

import os
import time
from heapq import nsmallest

from flaggit.catalog.authorship import makers_of
from flaggit.core.errors import NotFoundError
from flaggit.core.layout import DONE, STORE, SUFFIX
from flaggit.core.record import record
from flaggit.core.text import composed, counted
from flaggit.git.history import read_commits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.core.model import Agent, Row

    Evidence = dict[str, tuple[float, str]]
    from collections.abc import Iterable

    from flaggit.git.history import Commit
    from flaggit.git.repo import Repo

# Shares of the best score: owning all the paths, having completed such flags, having committed to the paths.
_OWNS, _DID, _WROTE = 1.0, 0.4, 0.3
_PAST = 2000  # the flags completed last that are looked at for paths
_COMPARED = 200  # of those, the ones whose texts are compared, which takes longer
_ENOUGH = 3  # flags or commits that count in full
_LIKE = 0.4  # share of words that two flags have in common where they are about the same
_COMMITS = 30  # the last ones to some paths that are looked at
_RENAMES = 3  # how often a path is followed to an older name
_AT_ONCE = 10  # flags completed in one commit beyond which they have little to do with each of its files
_PATHS, _ROOM = 500, 100_000  # paths looked at in one go, and the bytes that they take on git's command line
_SECONDS = 2.0  # a huge history is left alone after that: who waits for a hint?


def evidence_for(session: Session, catalog: Catalog, files: Sequence[str], text: str = "") -> Evidence:
    """Return agent -> what ownership and past flags add to its score, and the reason to tell.

    A retired agent's past counts for its successor.

    Args:
        session: The call.
        catalog: The agents.
        files: Paths relative to the root: who owns them, who completed flags about them or in a commit that
            touched them, who committed to them, whatever they were called then.
        text: What a flag says: who completed flags that say much the same.
    """
    owned: dict[str, list[str]] = {}
    for name in files:
        owner = catalog.owner(name)
        if owner is not None:
            owned.setdefault(owner.name, []).append(name)
    looked = first_paths(files)
    past = read_past(session.repo, looked) if looked else Past()
    done = _completed_before(session, catalog, looked, text, past)
    wrote = _committed_before(catalog, past)
    evidence: Evidence = {}
    for agent in owned.keys() | done.keys() | wrote.keys():
        share = _DID * min(1.0, done.get(agent, 0) / _ENOUGH) + _WROTE * min(1.0, wrote.get(agent, 0) / _ENOUGH)
        reason = f"commits to these files: {wrote.get(agent, 0)}"
        if agent in done:
            reason = f"completed before: {counted(done[agent], 'such flag')}"
        if agent in owned:
            share += _OWNS * len(owned[agent]) / len(files)
            reason = f"owns: {owned[agent][0]}"
        evidence[agent] = (share, reason)
    return evidence


def _committed_before(catalog: Catalog, past: Past) -> Mapping[str, int]:
    """Return agent -> in how many of the last commits to some paths it had a part, by the addresses of the catalog."""
    counts: dict[str, int] = {}
    for addresses in past.makers:
        for agent in {name for address in addresses for name in [_agent_at(catalog, address)] if name}:
            counts[agent] = counts.get(agent, 0) + 1
    return counts


def _agent_at(catalog: Catalog, address: str) -> str:
    """Return whose address it is; nothing where several share it, since then it says nothing about one of them."""
    known = {_in_office(catalog, agent) for agent in catalog.identify_all(email=address)}
    return known.pop() if len(known) == 1 else ""


def _in_office(catalog: Catalog, agent: Agent | None) -> str:
    found = catalog.successor(agent)
    return found.name if found is not None else ""


def _completed_before(
    session: Session, catalog: Catalog, files: Sequence[str], text: str, past: Past
) -> Mapping[str, int]:
    """Return agent -> how many flags about some paths, done with them, or like a text, it completed."""
    wanted = _stems(text)
    last = _last_completed(session)
    compared = set(last[:_COMPARED] if wanted else ())
    names = [*files, *past.names]
    counts: dict[str, int] = {}
    for row in session.clone.get_rows({*(last if files else compared), *past.completed}):
        if row.completion is None or not row.completion.is_done:
            continue
        is_about = row.flag.id in past.completed or _touches(row, names)
        if is_about or (row.flag.id in compared and _is_like(wanted, row)):
            agent = _in_office(catalog, catalog.find(row.completion.completed_by))
            counts[agent] = counts.get(agent, 0) + 1
    counts.pop("", None)
    return counts


def agents_of(row: Row) -> list[tuple[str, str]]:
    """The handles that a flag speaks for, each with how: ``completed``, ``told`` or ``asked``.

    Whoever raised a question builds on what it is about. A flag that did not apply, that was taken back or that another
    replaced says nothing about whom it was for: a replacement says that itself.
    """
    found = []
    if row.completion is not None and row.completion.is_done:
        found.append((row.completion.completed_by, "completed"))
    if (row.completion is None or row.completion.is_done) and row.flag.target_agent:
        found.append((row.flag.target_agent, "told"))
    if row.flag.is_request:
        found.append((row.flag.source_agent, "asked"))
    return found


def find_flags_about(session: Session, paths: Sequence[str], *, most: int) -> list[Row]:
    """The flags that are about some paths, and the questions about those.

    Looked at are the last completed, and the pending ones where there are not too many.
    """
    if not paths:
        return []
    rows = list(session.clone.get_rows(_last_completed(session)[:most]))
    if session.clone.count_pending() <= most:
        rows += session.clone.rows()
    about = {row.flag.id for row in rows if _touches(row, paths)}
    return [row for row in rows if row.flag.id in about or row.flag.re in about]


def _last_completed(session: Session) -> list[str]:
    """Return the flags that were completed here last: a store may hold many thousands, reading all takes seconds."""
    if session.repo.root is None:  # a bare clone does not tell which were the last
        return [stem for source in session.clone.sources(here=True) for stem in source.list_stems(DONE)][:_PAST]
    try:
        with os.scandir(session.store.locate(f"{STORE}/{DONE}")) as entries:
            times = ((-entry.stat().st_mtime, entry.name) for entry in entries if entry.name.endswith(SUFFIX))
            found = nsmallest(_PAST, times)
    except OSError:
        return []
    return [name.removesuffix(SUFFIX) for _, name in found]


def _is_like(wanted: set[str], row: Row) -> bool:
    other = _stems(f"{row.flag.change_description} {row.flag.action_required}")
    common = len(wanted & other)
    return bool(common) and common * common >= _LIKE * _LIKE * len(wanted) * len(other)


def _stems(text: str) -> set[str]:
    from flaggit.catalog.search.words import content_words, split_words, stem

    return {stem(word) for word, weight in content_words(split_words(text)) if weight == 1.0}


def _touches(row: Row, names: Sequence[str]) -> bool:
    about = [composed(path).rstrip("/") for path in row.flag.related_files]
    paths = [composed(name).rstrip("/") for name in names]
    return any(
        path == name or path.startswith(name + "/") or name.startswith(path + "/") for path in about for name in paths
    )


@record
class Past:
    """What the last commits to some paths tell.

    ``makers`` are the addresses behind each commit, ``names`` the paths' older names, ``completed``
    the flags that a commit which touched the paths completed.
    """

    makers: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()
    completed: frozenset[str] = frozenset()


def first_paths(paths: Iterable[str]) -> list[str]:
    """Return the first of some paths, of as many as the past is looked at."""
    found: list[str] = []
    room = _ROOM
    for path in paths:
        room -= len(os.fsencode(path))
        if room < 0 or len(found) >= _PATHS:
            break
        found.append(path)
    return found


def read_past(repo: Repo, paths: Sequence[str]) -> Past:
    """Return the evidence in the history of ``HEAD`` about paths relative to the root; empty where there is none.

    A folder that was renamed has as many older names as files, of which the first count.
    """
    until = time.monotonic() + _SECONDS
    commits: dict[str, Commit] = {}
    names: dict[str, None] = {}
    looked = list(paths)
    try:
        for _ in range(_RENAMES + 1):
            if not looked or len(commits) >= _COMMITS:
                break
            found = _touching(repo, looked, until, _COMMITS - len(commits))
            commits.update((commit.oid, commit) for commit in found)
            looked = first_paths(name for name in _older_names(repo, looked, found, until) if name not in names)
            names.update(dict.fromkeys(looked))
        completed = _completed_with(repo, commits, until)
    except NotFoundError:  # no commit yet, or too many of them to wait for
        return Past()
    return Past(tuple(makers_of(commit) for commit in commits.values()), tuple(names), completed)


def _touching(repo: Repo, paths: Sequence[str], until: float, limit: int) -> list[Commit]:
    literal = [f":(literal){path}" for path in paths]
    return read_commits(repo, "HEAD", paths=literal, limit=limit, timeout=_left(until))


def _older_names(repo: Repo, paths: Sequence[str], commits: Iterable[Commit], until: float) -> list[str]:
    """Return the earlier names of files that were renamed to some of the paths."""
    adding = [commit.oid for commit in commits if any(touch.status == "A" for touch in commit.touched)]
    if not adding:
        return []
    done = repo.run(
        *("diff-tree", "--stdin", "--no-commit-id", "-r", "-z", "-M", "--diff-filter=R", "--name-status"),
        input="".join(f"{oid}\n" for oid in adding).encode(),
        timeout=_left(until),
        check=False,
    )
    words = done.names
    renames = zip(words[1::3], words[2::3], strict=False)
    return [old for old, new in renames if any(_is_in(new, path) for path in paths)]


def _completed_with(repo: Repo, oids: Iterable[str], until: float) -> frozenset[str]:
    """Return the flags that some commits completed: what was done to the paths was done for them."""
    wanted = list(oids)
    if not wanted:
        return frozenset()
    folder = f"{STORE}/{DONE}/"
    commits = read_commits(repo, "--no-walk=unsorted", *wanted, paths=[folder], timeout=_left(until))
    found: set[str] = set()
    for commit in commits:
        added = [touch.path for touch in commit.touched if touch.status == "A"]
        if len(added) <= _AT_ONCE:
            found |= {path.removeprefix(folder).removesuffix(SUFFIX) for path in added}
    return frozenset(found)


def _is_in(name: str, path: str) -> bool:
    return name == path.rstrip("/") or name.startswith(path.rstrip("/") + "/")


def _left(until: float) -> float:
    return max(0.01, until - time.monotonic())
