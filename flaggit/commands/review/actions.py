"""``review``: everything that a range of commits does to flags, and what it leaves undone."""

from __future__ import annotations

from flaggit.catalog.parsing import parse_catalog
from flaggit.clone.session import Reply
from flaggit.commands.review.formats import DEFAULT
from flaggit.core.errors import FlaggitError, InvalidError
from flaggit.core.layout import SETTINGS, STORE, classify, kind_of
from flaggit.core.model import Completion, Flag
from flaggit.core.path_set import PathSet
from flaggit.core.record import record, replace
from flaggit.core.text import visible
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git.objects import read_objects
from flaggit.output.forge import parse_forge
from flaggit.reviewing.affected import (
    find_chains,
    find_done_before,
    find_held_paths,
    find_locks,
    find_missing,
    find_nearby,
)
from flaggit.reviewing.aftermath import authors_of, find_stale, judge_rest, who_is_unflagged
from flaggit.reviewing.claims import find_vouched, judge_claims, vouched_problems, with_lines, writers_of
from flaggit.reviewing.effects import Side, group_changes, review_flags, work_of
from flaggit.reviewing.report import Report
from flaggit.reviewing.snapshot import Snapshot, read_or_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.core.model import Note, Problem
    from flaggit.documents.settings import Settings
    from flaggit.git.changes import Change
    from flaggit.git.history import Commit
    from flaggit.git.ranges import Range
    from flaggit.git.repo import Repo
    from flaggit.impact.asking import Affected
    from flaggit.reviewing.report import Claim

_PREFIX = STORE + "/"


def review(
    session: Session, *, span: str | None = None, form: str | None = None, link_base: str | None = None
) -> Reply[Reviewed]:
    """Return the review of a range; exit status 1 where it should not be merged as it is.

    Args:
        session: The call. Only objects and refs are read, never the work tree.
        span: ``BASE..HEAD``, or a branch alone; None: HEAD against the branch that others start from.
        form: One of ``FORMATS``; None: text.
        link_base: The repository's address on its forge, for links in Markdown.

    Raises:
        InvalidError: ``usage``, where ``link_base`` is no http(s) address.
        NotFoundError: ``unknown_rev`` or ``no_merge_base``.
        UnavailableError: ``shallow_clone``.
    """
    from flaggit.clone.remotes import base_ref
    from flaggit.git.ranges import find_range

    found = find_range(session.repo, span, base_branch=base_ref(session.repo, session.remote), remote=session.remote)
    report = replace(build_report(session, found), forge=parse_forge(link_base))
    return Reply(
        Reviewed(report, form or DEFAULT), status=1 if report.failed else 0, notes=tuple(_notes(session, report))
    )


@record
class Reviewed:
    """A report and the format that it is asked for in."""

    report: Report
    form: str


def build_report(session: Session, span: Range) -> Report:
    """Return the review of a range. Errors as in ``review``, without those about finding the range."""
    from flaggit.clone.trees import read_catalog_files_at
    from flaggit.git.changes import read_diff
    from flaggit.git.history import read_commits

    repo = session.repo
    problems = _judge_files(session, span)  # first, since it holds whole listings of the store for a while
    settings = _read_settings(session, span.base_oid)
    catalog = parse_catalog(read_catalog_files_at(repo, span.merge_base))
    diff = read_diff(repo, span.merge_base, span.head_oid)
    commits = read_commits(repo, "--sparse", *span.selection, paths=(":/",))
    work = work_of(commits, _PREFIX)
    head = Snapshot(repo, span.head_oid)
    groups = group_changes(diff.store)
    before, after = _read_sides(session, head, groups)
    claims = _judge_claims(session, diff.store, after, commits, catalog, settings)
    authors = authors_of(commits, claims, catalog)
    everyone = {name for names in authors.values() for name in names}
    changed = PathSet(diff.paths)
    flags = review_flags(groups, before, after, work, changed, find_missing(head, after.flags.values()))
    nearby = find_nearby(head, groups, changed, everyone, catalog)
    affected: Sequence[Affected] = ()
    unread = False
    if settings.unflagged_review != "off":
        affected, unread = _find_affected(session, span, catalog, everyone)
    unflagged = who_is_unflagged(diff.paths, work, authors, catalog, settings, flags, nearby.notified, affected)
    stale = [*find_stale(flags, commits, nearby.flags), *find_done_before(head, groups, changed, session.now)]
    vouching = tuple(change.path for change in diff.store if kind_of(change.path) in ("catalog", "settings"))
    vouched = _vouched(repo, span.head_oid, diff.store, claims, catalog)
    problems += [*judge_rest(claims, unflagged, stale, flags, settings), *vouched]
    return Report(
        base=span.base,
        head=span.head,
        merge_base=span.merge_base,
        head_oid=span.head_oid,
        commits=len(commits),
        files=len(diff.paths),
        authors=tuple(sorted(everyone)),
        flags=tuple(flags),
        nearby=nearby.flags,
        nearby_left=nearby.left,
        locks=tuple(find_locks(session, [*flags, *nearby.flags], everyone)),
        held_paths=tuple(find_held_paths(session, diff.paths, everyone)),
        chains=tuple(find_chains(head, flags, nearby.flags)),
        unflagged=tuple(unflagged),
        stale=tuple(stale),
        claims=tuple(claims),
        vouching=vouching,
        vouched=tuple(handle for problem in vouched for handle in problem.ids),
        findings=tuple(sorted(problems, key=lambda problem: problem.urgency)),
        gate=settings.gate,
        now=session.now,
        logins=_logins(catalog, (item.flag.target_agent for item in flags)),
        unread=unread,
    )


def _logins(catalog: Catalog, handles: Iterable[str | None]) -> dict[str, tuple[str, ...]]:
    """Return agent -> its accounts on the forge, a team's being its members'."""
    found = {}
    for handle in filter(None, handles):
        agent = catalog.find(handle)
        names = (agent.name, *agent.members) if agent else ()
        agents = [one for one in map(catalog.find, names) if one is not None]
        logins = tuple(dict.fromkeys(one.login for agent in agents for one in agent.identities if one.login))
        if logins:
            found[handle] = logins
    return found


def _find_affected(
    session: Session, span: Range, catalog: Catalog, authors: Collection[str]
) -> tuple[tuple[Affected, ...], bool]:
    """Whom the range affects beside the owners of what it changes, and whether much was left unread.

    Nobody where that cannot be found out.
    """
    from flaggit.impact.asked import ask_between
    from flaggit.impact.asking import MOST_WHILE_WAITING, find_affected

    author = next(iter(authors)) if len(authors) == 1 else None
    try:
        asked = ask_between(session.repo, span.merge_base, span.head_oid)
        found = find_affected(session, asked=asked, catalog=catalog, author=author, most=MOST_WHILE_WAITING)
    except FlaggitError:
        return (), False
    return () if found.by_folder else found.agents, found.unread


def _notes(session: Session, report: Report) -> Iterable[str]:
    from flaggit.git.ranges import is_shallow

    if is_shallow(session.repo):
        yield "This clone is shallow: commits before its edge are not judged. `git fetch --unshallow` fetches them."
    if not report.commits:
        yield f"Nothing to review: {visible(report.base)} has all of {visible(report.head)}."
    if report.unread:
        from flaggit.impact.unread import unread_note

        yield unread_note([f"{report.base}..{report.head}"])


def _read_settings(session: Session, oid: str) -> Settings:
    """Return the settings of the base, so that a range cannot relax what judges it; broken ones are a finding."""
    from flaggit.documents.settings import build_settings, settings_of

    found = read_objects(session.repo, [f"{oid}:{SETTINGS}"])
    try:
        return settings_of(session.repo, next((item.content for item in found.values()), b""))
    except InvalidError:
        return build_settings({})


def _read_sides(session: Session, head: Snapshot, groups: Mapping[str, list[tuple[str, Change]]]) -> tuple[Side, Side]:
    """Return the flags that changed and their completions, before and after.

    What did not change is the same on both sides; a flag that neither has is looked for in the whole clone.
    """
    after = Side(head.read_flags(groups), head.read_completions(groups))
    before = Side(dict(after.flags), dict(after.completions))
    old_flags: dict[str, Flag] = {}  # a flag that moved has two changes
    for flag_id, group in groups.items():
        for kind, change in group:
            if kind == "flag":
                before.flags.pop(flag_id, None)
            elif kind == "completion":
                before.completions.pop(flag_id, None)
            value = read_or_none(change.path, change.old) if change.old is not None else None
            if isinstance(value, Flag):
                old_flags[flag_id] = value
            elif isinstance(value, Completion):
                before.completions[flag_id] = value
    before.flags.update(old_flags)
    absent = [flag_id for flag_id in groups if flag_id not in before.flags and flag_id not in after.flags]
    if absent:
        after.flags.update({row.flag.id: row.flag for row in session.clone.get_rows(absent)})
    return before, after


def _judge_claims(
    session: Session,
    changes: Sequence[Change],
    head: Side,
    commits: Sequence[Commit],
    catalog: Catalog,
    settings: Settings,
) -> list[Claim]:
    from flaggit.git.history import read_signatures

    values = {change.path: value for change in changes if change.old is None and (value := _value(change, head))}
    writers = writers_of(values, commits)
    signatures = read_signatures(session.repo, {commit.oid for found in writers.values() for commit in found})
    claims = judge_claims(values, writers, signatures, catalog, settings)
    return with_lines(claims, {change.path: change.new for change in changes if change.path in values and change.new})


def _vouched(
    repo: Repo, head_oid: str, changes: Sequence[Change], claims: Sequence[Claim], catalog: Catalog
) -> list[Problem]:
    """Return a finding for each agent to whom the range gives identities and who claims work in it."""
    from flaggit.clone.trees import read_catalog_files_at

    files = {change.path: change.new for change in changes if kind_of(change.path) == "catalog" and change.new}
    if not files:
        return []
    after = parse_catalog(read_catalog_files_at(repo, head_oid))
    return list(vouched_problems(find_vouched(claims, catalog, after), files))


def _value(change: Change, head: Side) -> Flag | Completion | Note | None:
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


def _judge_files(session: Session, span: Range) -> list[Problem]:
    """Return the findings of the rules for a merge; authorship is judged by the claims, with more evidence."""
    from flaggit.checking.range_check import check_range

    problems = check_range(session, f"{span.base_oid}..{span.head_oid}")
    return [problem for problem in problems if problem.rule != "F036"]
