"""``review``: everything that a range of commits does to flags, and what it leaves undone."""

from __future__ import annotations

from flaggit.claims import claim_problem, judge_claims, writers_of
from flaggit.layout import DONE, STORE, classify
from flaggit.model import Completion, Flag, Note, Problem
from flaggit.report import ChainLink, NearbyFlag, Report, StaleFlag
from flaggit.reviewed import Side, group_changes, review_flags, work_of
from flaggit.session import Reply
from flaggit.times import parse_time
from flaggit.unflagged import find_unflagged, overlaps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.catalog import Catalog
    from flaggit.changes import Change, Diff
    from flaggit.history import Commit
    from flaggit.model import Lock
    from flaggit.ranges import Range
    from flaggit.report import Claim, ReviewedFlag
    from flaggit.reviewed import Work
    from flaggit.session import Session
    from flaggit.settings import Settings
    from flaggit.snapshot import Snapshot
    from flaggit.unflagged import Unflagged

FORMATS = ("text", "markdown", "json", "github", "sarif", "gitlab", "rdjson")
_PREFIX = STORE + "/"
_LEVELS = {"off": "", "hint": "note", "warn": "warning", "error": "error"}
_CHAIN_LIMIT = 200  # flags of chains that are looked up; a picture of more shows nothing


def review(session: Session, *, span: str | None = None, form: str | None = None) -> Reply:
    """Return the review of a range; exit status 1 where it should not be merged as it is.

    Args:
        session: The call. Only objects and refs are read, never the work tree.
        span: ``BASE..HEAD``, or a branch alone; None: HEAD against the branch that others start from.
        form: One of ``FORMATS``.

    Raises:
        NotFoundError: ``unknown_rev`` or ``no_merge_base``.
        UnavailableError: ``shallow_clone``.
    """
    from flaggit.ranges import find_range

    found = find_range(session.repo, span, base_branch=_base_branch(session))
    report = build_report(session, found)
    return Reply(Shown(report, form or "text"), status=1 if report.failed else 0, notes=tuple(_notes(session, report)))


class Shown:
    """A report and the format that it is asked for in."""

    __slots__ = ("form", "report")

    def __init__(self, report: Report, form: str) -> None:
        self.report = report
        self.form = form


def build_report(session: Session, span: Range) -> Report:
    """Return the review of a range. Errors as in ``review``, without those about finding the range."""
    from flaggit.catalog import parse_catalog
    from flaggit.changes import read_diff
    from flaggit.history import read_commits
    from flaggit.snapshot import Snapshot
    from flaggit.trees import read_catalog_files_at

    repo = session.repo
    problems: list[Problem] = []
    settings = _read_settings(session, span.merge_base, problems)
    catalog = parse_catalog(read_catalog_files_at(repo, span.merge_base))
    diff = read_diff(repo, span.merge_base, span.head_oid)
    commits = read_commits(repo, "--sparse", *span.selection, paths=(":/",))
    work = work_of(commits, _PREFIX)
    head, base = Snapshot(repo, span.head_oid), Snapshot(repo, span.merge_base)

    groups = group_changes(diff.store)
    sides = _read_side(base, groups), _read_side(head, groups)
    sides[1].flags.update(_read_elsewhere(session, groups, sides))  # type: ignore[attr-defined]
    claims = _judge_claims(session, diff.store, sides[1], commits, catalog)
    authors = _authors_of(commits, claims, catalog)
    missing = _find_missing(head, [*sides[1].flags.values()])
    flags = review_flags(groups, *sides, work, diff.paths, missing)
    nearby = _find_nearby(head, groups, diff.paths, {name for names in authors.values() for name in names}, catalog)
    unflagged = _find_unflagged(diff, work, authors, catalog, settings, flags, nearby)
    stale = _find_stale(flags, commits)
    vouching = tuple(change.path for change in diff.store if _kind(change.path) == "catalog")
    problems += _judge_files(session, span, diff, head, catalog, settings)
    problems += _judge_rest(claims, unflagged, stale, flags, settings)
    everyone = sorted({name for names in authors.values() for name in names})
    return Report(
        base=span.base,
        head=span.head,
        merge_base=span.merge_base,
        head_oid=span.head_oid,
        commits=len(commits),
        files=len(diff.paths),
        authors=tuple(everyone),
        flags=tuple(flags),
        nearby=tuple(nearby),
        locks=tuple(_find_locks(session, [*flags, *nearby])),
        chains=tuple(_find_chains(head, base, flags, nearby)),
        unflagged=tuple(unflagged),
        stale=tuple(stale),
        claims=tuple(claims),
        vouching=vouching,
        findings=tuple(sorted(problems, key=_severity)),
        gate=settings.gate,
        now=session.now,
    )


def _base_branch(session: Session) -> str:
    from flaggit.errors import InvalidError

    try:
        return session.settings.base_branch
    except InvalidError:  # broken settings are a finding of the review, not its end
        return ""


def _notes(session: Session, report: Report) -> Iterable[str]:
    from flaggit.ranges import is_shallow

    if is_shallow(session.repo):
        yield "This clone is shallow: commits before its edge are not judged. `git fetch --unshallow` fetches them."
    if not report.commits:
        yield f"{report.head} holds nothing that {report.base} does not have."


def _read_settings(session: Session, oid: str, problems: list[Problem]) -> Settings:
    """Return the settings of the merge base, so that a range cannot relax what judges it."""
    from flaggit.errors import InvalidError
    from flaggit.layout import SETTINGS
    from flaggit.settings import build_settings
    from flaggit.trees import read_settings_at

    try:
        return read_settings_at(session.repo, oid)
    except InvalidError as error:
        message = f"The base's settings are not used: {error.message}"
        problems.append(Problem("F029", "bad_settings", message, "warning", path=SETTINGS))
        return build_settings({})


def _read_side(snapshot: Snapshot, flag_ids: Iterable[str]) -> Side:
    wanted = list(flag_ids)
    return Side(snapshot.read_flags(wanted), snapshot.read_completions(wanted))


def _read_elsewhere(session: Session, flag_ids: Iterable[str], sides: tuple[Side, Side]) -> dict[str, Flag]:
    """Return the flags that neither end has, where another branch of the clone has them."""
    absent = [flag_id for flag_id in flag_ids if not any(flag_id in side.flags for side in sides)]
    return {row.flag.id: row.flag for row in session.clone.get_rows(absent)} if absent else {}


def _judge_claims(
    session: Session, changes: Sequence[Change], head: Side, commits: Sequence[Commit], catalog: Catalog
) -> list[Claim]:
    from flaggit.history import read_signatures

    values = {change.path: value for change in changes if change.old is None and (value := _value(change, head))}
    writers = writers_of(values, commits)
    signatures = read_signatures(session.repo, {commit.oid for found in writers.values() for commit in found})
    return judge_claims(values, writers, signatures, catalog)


def _value(change: Change, head: Side) -> Flag | Completion | Note | None:
    from flaggit.values import BrokenFileError, read_value

    location = classify(change.path)
    if location is None or change.new is None or change.new_mode != "100644":
        return None
    if location.kind == "flag" and location.flag_id in head.flags:
        return head.flags[location.flag_id]
    if location.kind == "completion" and location.flag_id in head.completions:
        return head.completions[location.flag_id]
    if location.kind != "note":
        return None
    try:
        return read_value(change.path, change.new)
    except BrokenFileError:  # told by the rules over files
        return None


def _authors_of(commits: Sequence[Commit], claims: Sequence[Claim], catalog: Catalog) -> dict[str, frozenset[str]]:
    """Return commit -> the agents who made it: whom the catalog knows by the address, and whom its files name.

    Where neither says anything, the agents that other commits of the range name stand for it.
    """
    claimed: dict[str, set[str]] = {}
    for claim in claims:
        if claim.verdict != "mismatch" and claim.commit and claim.field != "author":
            claimed.setdefault(claim.commit, set()).add(claim.handle)
    everyone = frozenset(name for names in claimed.values() for name in names)
    known: dict[str, frozenset[str]] = {}
    for commit in commits:
        if commit.author_email not in known:
            found = catalog.identify_all(email=commit.author_email)
            known[commit.author_email] = frozenset(agent.name for agent in found)
    return {
        commit.oid: (known[commit.author_email] | frozenset(claimed.get(commit.oid, ()))) or everyone
        for commit in commits
    }


def _find_missing(head: Snapshot, flags: Iterable[Flag]) -> frozenset[str]:
    related = {path for flag in flags for path in flag.related_files}
    return frozenset(related - head.only_existing(related))


def _find_nearby(
    head: Snapshot, touched: Mapping[str, object], paths: Sequence[str], authors: set[str], catalog: Catalog
) -> list[NearbyFlag]:
    """Return the pending flags, untouched by the range, that are about files which it changes."""
    changed = _with_parents(paths)
    found = []
    for path, flag in head.iter_pending():
        if flag.id in touched or not flag.related_files:
            continue
        if not any(item.rstrip("/") in changed for item in flag.related_files):
            continue
        files = tuple(sorted(item for item in paths if overlaps(item, flag.related_files)))
        mine = flag.target_agent in authors or bool(authors & set(catalog.members(flag.target_agent or "")))
        found.append(NearbyFlag(flag, path, files, mine))
    return sorted(found, key=lambda item: item.order)


def _with_parents(paths: Iterable[str]) -> set[str]:
    """Return paths and every folder around them."""
    found: set[str] = set()
    for path in paths:
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found


def _find_unflagged(
    diff: Diff,
    work: Work,
    authors: Mapping[str, frozenset[str]],
    catalog: Catalog,
    settings: Settings,
    flags: Sequence[ReviewedFlag],
    nearby: Sequence[NearbyFlag],
) -> list[Unflagged]:
    if settings.unflagged_review == "off":
        return []
    changed: dict[str, set[str]] = {path: set() for path in diff.paths}
    for oid, paths in work.paths.items():
        for path in paths & changed.keys():
            changed[path] |= authors.get(oid, frozenset())
    return find_unflagged(
        changed,
        catalog=catalog,
        flags=[*(item.flag for item in flags if "raised" in item.steps), *(item.flag for item in nearby)],
        answered=[item.flag for item in flags if "completed" in item.steps],
        interfaces=settings.interfaces,
    )


def _find_stale(flags: Sequence[ReviewedFlag], commits: Sequence[Commit]) -> list[StaleFlag]:
    """Return flags whose related files are missing, or were changed again after the commit that completed them."""
    position = {commit.oid: place for place, commit in enumerate(commits)}  # 0 is the newest
    latest: dict[str, int] = {}
    for commit in reversed(commits):
        latest.update(dict.fromkeys((touch.path for touch in commit.touched), position[commit.oid]))
    stale = []
    for item in flags:
        if item.missing and {"raised", "changed"} & set(item.steps):
            reason = "The head has no such file."
            stale.append(StaleFlag(item.flag.id, item.path, item.missing, reason))
        done = position.get(item.completed_in)
        again = tuple(path for path in item.touched_in_range if done is not None and latest.get(path, done) < done)
        if again:
            reason = f"Changed again after commit {item.completed_in[:10]}, which completed the flag."
            stale.append(StaleFlag(item.flag.id, item.path, again, reason))
    return stale


def _find_locks(session: Session, items: Sequence[ReviewedFlag | NearbyFlag]) -> Iterable[Lock]:
    from flaggit.identity import instance_of

    locks = session.clone.locks
    own = instance_of(session.repo) if locks else ""
    for item in items:
        lock = locks.get(item.flag.id)
        if lock is None or lock.released or lock.done_on or lock.instance == own:
            continue
        if parse_time(lock.expires) > session.now:
            yield lock


def _find_chains(
    head: Snapshot, base: Snapshot, flags: Sequence[ReviewedFlag], nearby: Sequence[NearbyFlag]
) -> list[ChainLink]:
    """Return the chains that the range's flags belong to: their ancestors, and whatever of this report follows them."""
    known = {item.flag.id: item.flag for item in nearby}
    known.update({item.flag.id: item.flag for item in flags})
    parents = {flag.chain_origin_id for flag in known.values() if flag.chain_origin_id}
    wanted = parents - known.keys()
    while wanted and len(known) < _CHAIN_LIMIT + len(flags):
        found = {**base.read_flags(wanted), **head.read_flags(wanted)}
        known.update(found)
        wanted = {flag.chain_origin_id for flag in found.values() if flag.chain_origin_id} - known.keys()
    in_range = {item.flag.id for item in flags}
    origins = {flag.chain_origin_id for flag in known.values()}
    members = [flag for flag in known.values() if flag.chain_origin_id or flag.id in origins]
    members.sort(key=lambda flag: (flag.created_at, flag.id))
    return [
        ChainLink(
            flag.id,
            flag.chain_origin_id or "",
            flag.source_agent,
            flag.target_agent,
            flag.impact_level,
            head.find_path(flag.id) is not None and not head.is_done(flag.id),
            flag.id in in_range,
        )
        for flag in members[:_CHAIN_LIMIT]
    ]


def _judge_files(
    session: Session, span: Range, diff: Diff, head: Snapshot, catalog: Catalog, settings: Settings
) -> list[Problem]:
    from flaggit.catalog import parse_catalog
    from flaggit.checks import check_files
    from flaggit.trees import read_catalog_files_at

    files = {item.path: (item.new_mode, item.new or b"") for item in diff.store if item.new_mode}
    agents = catalog
    if any(_kind(path) == "catalog" for path in files):
        agents = parse_catalog(read_catalog_files_at(session.repo, span.head_oid))

    def is_known(flag_id: str) -> bool:
        return head.find_path(flag_id) is not None or bool(session.clone.get_rows([flag_id]))

    return check_files(files, settings, agents, is_known=is_known, present=list(head.paths), fresh=set(files))


def _judge_rest(
    claims: Sequence[Claim],
    unflagged: Sequence[Unflagged],
    stale: Sequence[StaleFlag],
    flags: Sequence[ReviewedFlag],
    settings: Settings,
) -> Iterable[Problem]:
    found = (claim_problem(claim, signed=settings.require_signatures) for claim in claims)
    yield from (problem for problem in found if problem is not None)
    level = _LEVELS[settings.unflagged_review]
    for item in unflagged:
        message = f"{item.owner} owns {_some(item.paths)} and no flag tells them of the change."
        yield Problem(
            "F035", "unflagged", message, level if item.known else "note", path=item.paths[0], fix=item.command
        )
    for flag in stale:
        message = f"Related files of {flag.flag_id}: {_some(flag.files)}. {flag.reason}"
        yield Problem("F037", "stale_files", message, "warning", path=flag.path, ids=(flag.flag_id,))
    for done in flags:
        if done.completes_untouched:
            message = f"{done.flag.id} is completed, and nothing of {_some(done.flag.related_files)} changes here."
            path = f"{_PREFIX}{DONE}/{done.flag.id}.yaml"
            yield Problem("F037", "untouched_files", message, "warning", path=path, ids=(done.flag.id,))


def _some(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"


def _kind(path: str) -> str:
    location = classify(path)
    return location.kind if location else ""


def _severity(problem: Problem) -> tuple[int, str, int, str]:
    return ("error", "warning", "note").index(problem.level), problem.path, problem.line, problem.rule
