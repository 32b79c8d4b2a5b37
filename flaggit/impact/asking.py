"""Whom a change affects: gathers the change, the tree and the past, and answers with reasons."""

from __future__ import annotations

import os

from flaggit.clone.remotes import base_ref
from flaggit.core.errors import UnavailableError
from flaggit.core.layout import STORE
from flaggit.core.record import record
from flaggit.core.text import counted, some_of
from flaggit.git.files import NotRegularError, read_file
from flaggit.git.objects import is_partial, read_objects
from flaggit.git.refs import is_oid, read_head, read_ref
from flaggit.impact.areas import Areas, areas_of
from flaggit.impact.features import find_features
from flaggit.impact.past import PastIndex, parse_entries
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
    from flaggit.impact.features import Features
    from flaggit.impact.past import Entry, Past
    from flaggit.impact.question import Change, ChangedFile
    from flaggit.impact.reasons import Reason
    from flaggit.impact.tree import Tree

    Report = Callable[[str, int, int], None]

LIMIT = 5
MOST_WHILE_WAITING = 1_500  # files, or commits, that are read anew where somebody waits for something else
_MOST_FILES = 200  # changed files whose lines are read
_TREE_BYTES = 64 * 1024 * 1024
_FETCH = "`git fetch --refetch --no-filter` brings it"
_FLAGS = 2_000  # flags that are looked at for paths


@record
class Asked:
    """What is asked of: a change against a commit (empty: there is none yet).

    ``entries`` are what git lists of it, each True where its new text lies on disk rather than in the repository.
    """

    base: str
    entries: list[tuple[Entry, bool]]


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
        notes.append(f"{counted(past[0].missing, 'earlier change')} not wholly in this clone: {_FETCH}.")
    _add_declared(agents, change, areas, found)
    if not areas.by_folder and "flags" not in without:
        _add_flags(session, agents, change, found)
    signs = {sign for kind, signs in KINDS.items() if kind not in without for sign in signs}
    scores = combine({sign: values for sign, values in found.scores.items() if sign in signs})
    ranked = sorted(((score, name) for name, score in scores.items() if name not in change.own), key=_order)
    chosen = [(score, name) for score, name in ranked if confidence(score)][:limit]
    explained = explain(change, areas, tree, found, [name for _, name in chosen], signs)
    affected = tuple(Affected(name, round(score, 3), confidence(score), *explained[name]) for score, name in chosen)
    areas.keep()
    paths = tuple(file.path for file in change.files)
    return Answer(affected, paths, base, areas.by_folder, tuple(sorted(change.own)), tuple(notes), unread)


def describe_change(session: Session) -> str:
    """Return a word that is the same as long as this worktree changes the same, whether that is committed or not.

    Raises:
        UnavailableError: ``bare_repository``.
    """
    from hashlib import sha256

    asked = read_asked(session)
    facts = sorted(f"{entry[0]} {entry[1]} {_stamp_of(session.repo, entry[1])}" for entry, _ in asked.entries)
    return sha256("\n".join([asked.base, *facts]).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _stamp_of(repo: Repo, path: str) -> str:
    try:
        status = os.lstat(os.path.join(repo.get_root(), path))
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size}"


def _order(item: tuple[float, str]) -> tuple[float, str]:
    return -item[0], item[1]


def read_asked(session: Session, span: str | None = None, *, staged: bool = False, files: Sequence[str] = ()) -> Asked:
    """The change of a range, of the index, or (neither is given) of this worktree; of some files alone.

    Raises:
        NotFoundError: ``unknown_rev`` or ``no_merge_base``, for a range.
        UnavailableError: ``bare_repository`` where no range is given there; ``shallow_clone``.
    """
    repo = session.repo
    if span is not None:
        from flaggit.git.ranges import find_range

        found = find_range(repo, span, base_branch=base_ref(repo, session.remote), remote=session.remote)
        return Asked(found.merge_base, _only(_compare(repo, found.merge_base, found.head_oid), files, repo))
    if repo.root is None:
        raise UnavailableError(
            "bare_repository",
            f"{repo.git_dir} is a bare repository, which has no worktree whose changes could be asked about.",
            hint="Name a range: flaggit affected BASE..HEAD",
        )
    _, head = read_head(repo)
    if head is None:
        return Asked("", [])
    if staged:
        listed = _list_changes(repo, "diff-index", "--cached", *_RAW, head)
        return Asked(head, _only([(entry, False) for entry in listed], files, repo))
    base = _branch_base(session, head)
    entries = [(entry, True) for entry in _list_changes(repo, "diff", *_RAW, "--no-ext-diff", base)]
    new = repo.run("ls-files", "-z", "--others", "--exclude-standard", "--", *_WITHOUT_STORE, limit=_TREE_BYTES)
    known = {entry[1] for entry, _ in entries}
    names = new.stdout.decode("utf-8", "surrogateescape").split("\0")[: _MOST_FILES + 1]
    entries += [(("A", name, "", ""), True) for name in names if name and name not in known]
    return Asked(base, _only(entries, files, repo))


def ask_between(repo: Repo, base: str, head: str) -> Asked:
    """The change from one commit to another, both given by their ids."""
    return Asked(base, _compare(repo, base, head))


def _compare(repo: Repo, base: str, head: str) -> list[tuple[Entry, bool]]:
    return [(entry, False) for entry in _list_changes(repo, "diff-tree", "-r", *_RAW, base, head)]


def _list_changes(repo: Repo, *arguments: str) -> Iterable[Entry]:
    try:
        return parse_entries(repo.run(*arguments, "--", *_WITHOUT_STORE).stdout)
    except UnavailableError as error:
        if error.code != "git_failed" or not is_partial(repo):
            raise
        message = "This clone is a partial one that lacks trees, so it does not say what changed."
        raise UnavailableError("git_failed", message, hint=f"{_FETCH}.") from None


_RAW = ("-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=all")
_WITHOUT_STORE = (":(top)", ":(top,exclude).flags")


def _only(entries: list[tuple[Entry, bool]], files: Sequence[str], repo: Repo) -> list[tuple[Entry, bool]]:
    if not files:
        return entries
    kept = [item for item in entries if any(_is_at(item[0][1], path) for path in files)]
    changed = {entry[1] for entry, _ in kept}
    unchanged = [path for path in files if not any(_is_at(name, path) for name in changed)]
    names = dict.fromkeys(name for path in unchanged for name in _files_at(path, repo))
    return [*kept, *((("M", name, "", ""), True) for name in names)]  # they count as if they would change


def _is_at(name: str, path: str) -> bool:
    """Return whether a file is the one at a path, or lies below it."""
    return path in (name, "./") or name.startswith(path.rstrip("/") + "/")


def _files_at(path: str, repo: Repo) -> list[str]:
    """Return the files that git knows below a folder; another path is a file, perhaps one that comes to be.

    Of what lies outside the repository there is none.
    """
    if path.startswith("../"):
        return []
    if not path.endswith("/"):
        return [path]
    known = repo.text("ls-files", "-z", "--full-name", "--", f":(top,literal){path.removeprefix('./')}")
    return [name for name in known.split("\0") if name and not name.startswith(f"{STORE}/")] or [path.rstrip("/")]


def _unknown_remark(repo: Repo, base: str, entries: Sequence[tuple[Entry, bool]]) -> list[str]:
    """Say which of the files that are asked about exist neither here nor in the base: perhaps mistyped."""
    asked = [entry[1] for entry, _ in entries if entry[0] == "M" and not entry[3]]
    absent = [path for path in asked if repo.root is None or not os.path.lexists(os.path.join(repo.root, path))]
    if absent and base:
        done = repo.run("ls-tree", "-z", "--name-only", "--full-tree", base, "--", *absent)
        known = done.stdout.decode("utf-8", "surrogateescape").split("\0")
        absent = [path for path in absent if path not in known]
    return (
        [f"Only the names of these were looked at, since there are no such files: {some_of(absent)}."] if absent else []
    )


def _branch_base(session: Session, head: str) -> str:
    """Where this branch left the one that others start from; the head itself where that is not known."""
    repo = session.repo
    base = base_ref(repo, session.remote)
    oid = read_ref(repo, base) if base else None
    if oid is None or oid == head:
        return head
    return repo.run("merge-base", oid, head, check=False).stdout.decode().strip() or head


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
    if len(entries) > _MOST_FILES:
        notes.append(f"Of {len(entries):,} changed files only the lines of the first {_MOST_FILES} were looked at.")
    read = entries[:_MOST_FILES]
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
        notes.append(f"{counted(missing, 'changed file')} not in this clone: only the names were looked at; {_FETCH}.")
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
        notes.append(f"{counted(tree.missing, 'file')} not in this clone: not looked at; {_FETCH}.")
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
            agent = catalog.find(handle)
            heir = catalog.successor(agent) if agent is not None else None
            if heir is not None and heir.name not in change.own:
                told[heir.name] = told.get(heir.name, 0.0) + 1.0
                found.flags.setdefault(heir.name, (row.flag.id, row.flag.created_at[:10], how))
    found.scores["flags"] = told
