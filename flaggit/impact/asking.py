"""Whom a change affects: gathers the change, the tree and the past, and answers with reasons."""

from __future__ import annotations

import os

from flaggit.core.errors import UnavailableError
from flaggit.core.record import record
from flaggit.core.text import counted, some_of
from flaggit.git.files import NotRegularError, read_file
from flaggit.git.objects import read_objects
from flaggit.git.refs import is_oid
from flaggit.impact.areas import Areas, areas_of
from flaggit.impact.asked import FETCH, MOST_FILES, read_asked
from flaggit.impact.features import find_features
from flaggit.impact.past import PastIndex
from flaggit.impact.question import build_files, make_change
from flaggit.impact.ranking import KINDS, combine, confidence
from flaggit.impact.reasons import explain
from flaggit.impact.tree import read_tree
from flaggit.impact.unread import UnreadError
from flaggit.impact.words import FILE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.git.repo import Repo
    from flaggit.impact.asked import Asked, Entry
    from flaggit.impact.features import Features
    from flaggit.impact.past import Past
    from flaggit.impact.question import Change, ChangedFile
    from flaggit.impact.reasons import Reason
    from flaggit.impact.tree import Tree

    Report = Callable[[str, int, int], None]

LIMIT = 5
MOST_WHILE_WAITING = 1_500  # files, or commits, that are read anew where somebody waits for something else
_FLAGS = 2_000  # flags that are looked at for paths


@record
class Affected:
    """An agent (or, without a catalog, a folder) that a change affects.

    Attributes:
        name: The handle or folder.
        score: Between 0 and 1.
        confidence: ``sure``, ``likely`` or ``perhaps``.
        reasons: What speaks for it, the strongest first.
        files: Its files that are concerned.
    """

    name: str
    score: float
    confidence: str
    reasons: tuple[Reason, ...]
    files: tuple[str, ...]

    @property
    def flag_type(self) -> str:
        """The type that a flag for it would most likely have."""
        return "breaking_change" if any(reason.kind == "references" for reason in self.reasons) else "change"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reasons without the full stop at their end, to be put into a sentence."""
        return tuple(reason.text.removesuffix(".") for reason in self.reasons)


@record
class Answer:
    """Whom a change affects.

    Attributes:
        agents: In order, the most likely first.
        paths: What changed.
        base: The commit whose tree and history it was held against; empty where there is none.
        by_folder: There is no catalog that says who owns what, so the names are folders.
        own: Whose change it was taken to be.
        notes: What could not be looked at, in sentences.
        unread: Names, references and history were left out, since more would have had to be read than the caller waits
            for.
    """

    agents: tuple[Affected, ...]
    paths: tuple[str, ...]
    base: str
    by_folder: bool
    own: tuple[str, ...]
    notes: tuple[str, ...]
    unread: bool = False


def find_affected(
    session: Session,
    *,
    span: str | None = None,
    staged: bool = False,
    files: Sequence[str] = (),
    limit: int = LIMIT,
    without: Collection[str] = (),
    author: str | None = None,
    asked: Asked | None = None,
    catalog: Catalog | None = None,
    most: int | None = None,
    report: Report | None = None,
) -> Answer:
    """Whom a change affects.

    Args:
        session: The call.
        span: A range; None: what this worktree changes.
        staged: Only what is staged.
        files: Only these paths; those of them that did not change count as if they would.
        limit: The most agents that are answered.
        without: Kinds of evidence that are left out (``ranking.KINDS``).
        author: Whose change it is; None: who is asking, else whose files it changes most.
        asked: The change, where it is known already; instead of a range, ``staged`` and ``files``.
        catalog: The agents; None: the session's.
        most: The most files, and the most commits, that are read anew; for callers who cannot wait for the first
            reading of a repository. Where more would have to be, only what is declared and told counts.
        report: Called with what is being read, how much of it is done, and of how much.

    Raises:
        NotFoundError: ``unknown_rev`` or ``no_merge_base``, for a range.
        UnavailableError: ``bare_repository`` where no range is given there; ``shallow_clone``.
    """
    repo = session.repo
    agents = session.catalog if catalog is None else catalog
    if asked is None:
        asked = read_asked(session, span, staged=staged, files=files)
    base, entries = asked.base, asked.entries
    areas = areas_of(repo, agents)
    change, notes = _read_change(session, agents, base, entries, areas, author)
    notes += _unknown_remark(repo, base, entries)
    if not change.files:
        return Answer((), (), base, areas.by_folder, tuple(sorted(change.own)), tuple(notes))
    tree = past = None
    unread = False
    if base:
        try:
            if not {"names", "references"} <= set(without):
                tree = _read_tree(repo, base, notes, report, most)
            if "history" not in without:
                past = _read_past(repo, base, notes, report, most)
        except UnreadError:
            tree, unread = None, True
    found = find_features(change, areas, tree, past)
    if past is not None and past[0].missing:
        notes.append(f"{counted(past[0].missing, 'earlier change')} not wholly in this clone: {FETCH}.")
    _add_declared(agents, change, areas, found)
    if not areas.by_folder and "flags" not in without:
        _add_flags(session, agents, change, found)
    signs = {sign for kind, signs in KINDS.items() if kind not in without for sign in signs}
    scores = combine({sign: values for sign, values in found.scores.items() if sign in signs})
    ranked = sorted(((score, name) for name, score in scores.items() if name not in change.own), key=_order)
    chosen = [(score, name) for score, name in ranked if confidence(score)][:limit]
    explained = explain(change, areas, tree, found, [name for _, name in chosen], signs)
    affected = tuple(Affected(name, round(score, 3), confidence(score), *explained[name]) for score, name in chosen)
    areas.save()
    paths = tuple(file.path for file in change.files)
    return Answer(affected, paths, base, areas.by_folder, tuple(sorted(change.own)), tuple(notes), unread)


def _order(item: tuple[float, str]) -> tuple[float, str]:
    return -item[0], item[1]


def _unknown_remark(repo: Repo, base: str, entries: Sequence[tuple[Entry, bool]]) -> list[str]:
    """Say which of the files that are asked about exist neither here nor in the base: perhaps mistyped."""
    asked = [entry[1] for entry, _ in entries if entry[0] == "M" and not entry[3]]
    absent = [path for path in asked if repo.root is None or not os.path.lexists(os.path.join(repo.root, path))]
    if absent and base:
        done = repo.run("ls-tree", "-z", "--name-only", "--full-tree", base, "--", *absent)
        known = done.names
        absent = [path for path in absent if path not in known]
    return (
        [f"Only the names of these were looked at, since there are no such files: {some_of(absent)}."] if absent else []
    )


def _read_change(
    session: Session,
    catalog: Catalog,
    base: str,
    entries: Sequence[tuple[Entry, bool]],
    areas: Areas,
    author: str | None,
) -> tuple[Change, list[str]]:
    repo = session.repo
    notes: list[str] = []
    if len(entries) > MOST_FILES:
        notes.append(f"Of {len(entries):,} changed files only the lines of the first {MOST_FILES} were looked at.")
    read = entries[:MOST_FILES]
    if repo.root is None:  # what would be read from disk is read from the base
        read = [((*entry[:3], f"{base}:{entry[1]}") if is_on_disk else entry, False) for entry, is_on_disk in read]
    blobs = read_objects(repo, {oid for entry, _ in read for oid in entry[2:] if oid}, limit=FILE_LIMIT)
    texts = []
    missing = 0
    for entry, is_on_disk in read:
        is_read = is_on_disk and entry[0] != "D"
        oids = entry[2:3] if is_read else entry[2:]
        old, new = (blobs[oid].content if oid in blobs else b"" for oid in entry[2:])
        if any(oid not in blobs for oid in oids if is_oid(oid)):
            old = new = b""  # with one side alone all lines would have changed
            missing += 1
        elif is_read:
            new = _read_disk(repo, entry[1])
        texts.append((entry, old, new))
    if missing:
        notes.append(f"{counted(missing, 'changed file')} not in this clone: only the names were looked at; {FETCH}.")
    files = build_files(texts)
    own = _find_own(session, catalog, files, areas, author)
    sources = frozenset(area for file in files for area in [areas.of(file.path)] if area is not None)
    return make_change(files, base, own, sources or own), notes


def _read_disk(repo: Repo, path: str) -> bytes:
    try:
        return read_file(os.path.join(repo.get_root(), path), FILE_LIMIT)
    except (NotRegularError, OSError):
        return b""


def _find_own(
    session: Session, catalog: Catalog, files: Iterable[ChangedFile], areas: Areas, author: str | None
) -> frozenset[str]:
    """Whose change it is: the author with the teams that it belongs to, else who owns most of the changed lines.

    Folders have no owner whose file somebody else could change, so all that a change touches are its own.
    """
    if areas.by_folder:
        return frozenset(area for file in files for area in [areas.of(file.path)] if area is not None)
    handle = author
    if handle is None:
        actor = session.asker
        handle = actor.handle if actor is not None else None
    if handle is not None:
        agent = catalog.find(handle)
        name = agent.name if agent is not None else handle
        return frozenset({name, *catalog.teams_of(name)})
    lines: dict[str, int] = {}
    for file in files:
        area = areas.of(file.path)
        if area is not None:
            lines[area] = lines.get(area, 0) + 1 + len(file.removed) + len(file.added)
    return frozenset([max(sorted(lines), key=lambda area: lines[area])] if lines else [])


def _read_tree(repo: Repo, base: str, notes: list[str], report: Report | None, most: int | None) -> Tree | None:
    try:
        tree = read_tree(
            repo, base, most, None if report is None else lambda done, of: report("Reading names", done, of)
        )
    except UnavailableError as error:
        if error.code != "over_limit" or isinstance(error, UnreadError):
            raise
        notes.append("This tree has too many files to look into; names and references were not looked at.")
        return None
    if tree.left:
        notes.append(f"The names in {counted(tree.left, 'file')} beyond the first were not looked at.")
    if tree.missing:
        notes.append(f"{counted(tree.missing, 'file')} not in this clone: not looked at; {FETCH}.")
    return tree


def _read_past(
    repo: Repo, base: str, notes: list[str], report: Report | None, most: int | None
) -> tuple[PastIndex, Past] | None:
    try:
        index = PastIndex(repo, most, None if report is None else lambda done, of: report("Reading history", done, of))
        past = index.read(base)
    except UnavailableError as error:
        if isinstance(error, UnreadError):
            raise
        notes.append(f"History was not looked at: {error.message}")
        return None
    if past.cut:
        notes.append("This clone is shallow: what changed together before its first commit is not known.")
    return index, past


def _add_declared(catalog: Catalog, change: Change, areas: Areas, found: Features) -> None:
    """Owners of files that somebody else changed, and agents that the catalog connects with the author."""
    owners: dict[str, float] = {}
    for file in change.files:
        area = areas.of(file.path)
        if area is not None and area not in change.own:
            owners[area] = 1.0
            found.owned.setdefault(area, []).append(file.path)
    found.scores["owner"] = owners
    if areas.by_folder:
        return
    connected: dict[str, float] = {}
    for name in change.own:
        agent = catalog.find(name)
        for other in agent.connections if agent is not None else ():
            known = catalog.find(other)
            if known is not None:
                connected[known.name] = 1.0
    for agent in catalog.agents.values():
        if change.own & {known.name for other in agent.connections if (known := catalog.find(other))}:
            connected[agent.name] = 1.0
    found.scores["declared"] = {name: 1.0 for name in connected if name not in change.own}


def _add_flags(session: Session, catalog: Catalog, change: Change, found: Features) -> None:
    """Agents whom flags about the changed files speak for."""
    from flaggit.impact.evidence import agents_of, find_flags_about

    told: dict[str, float] = {}
    for row in find_flags_about(session, sorted(change.paths), most=_FLAGS):
        for handle, how in agents_of(row):
            heir = catalog.successor(catalog.find(handle))
            if heir is not None and heir.name not in change.own:
                told[heir.name] = told.get(heir.name, 0.0) + 1.0
                found.flags.setdefault(heir.name, (row.flag.id, row.flag.created_at[:10], how))
    found.scores["flags"] = told
