"""``prune``: takes long completed flags out of the tree; history keeps them."""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import FETCHED
from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import DONE, NOTES, STORE, SUFFIX, completion_path
from flaggit.core.model import Completion
from flaggit.core.record import record
from flaggit.core.text import whole_number
from flaggit.core.times import parse_duration, parse_time
from flaggit.documents.values import BrokenFileError
from flaggit.git.refs import HEADS, REMOTES
from flaggit.git.staging import commit_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session
    from flaggit.core.model import Row

_BRANCHES = (HEADS, REMOTES)


@record
class Pruned:
    """What was taken out (or would be): ids and paths; and the (id, reason) of each old flag that stays."""

    ids: tuple[str, ...]
    paths: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    dry_run: bool = False
    commit: str | None = None


def prune(session: Session, *, completed_before: str, dry_run: bool = False, commit: bool = False) -> Reply[Pruned]:
    """Remove flags that were completed long ago, with their completions and notes, and stage that.

    Only what HEAD holds unchanged goes, so that nothing is lost. A flag stays while a lock stands on
    it, while a flag that stays refers to it, and while some branch has it without its completion,
    since it would be pending again there.

    Args:
        session: The call.
        completed_before: A duration such as ``90d``: how long ago at least.
        dry_run: Only say what would go.
        commit: Commit exactly that.

    Raises:
        InvalidError: ``usage``, where the duration is none.
        UnavailableError: ``bare_repository``, ``no_store`` or ``git_failed``.
    """
    session.repo.get_root()
    session.store.require()
    until = session.now - _parse_age(completed_before)
    completed = session.clone.rows(here=True, status="completed")
    old = [row for row in completed if row.completion and parse_time(row.completion.completed_at) <= until]
    notes = _notes_by_flag(session, {row.flag.id for row in old})
    files = {row.flag.id: (row.path, completion_path(row.flag.id), *notes.get(row.flag.id, ())) for row in old}
    kept = _reasons(session, old, files)
    going = _without_referred(session, [row for row in old if row.flag.id not in kept], completed, kept)
    paths = [path for row in going for path in files[row.flag.id]] + _orphans(session, until)
    ids = tuple(row.flag.id for row in going)
    made = None
    if paths and not dry_run:
        there = [path for path in paths if os.path.lexists(session.store.locate(path))]  # not all, in a sparse checkout
        placeholders = session.store.remove(*there)
        session.store.stage(placeholders, paths)
        if commit:
            made = commit_paths(session.repo, f"Prune completed flags ({len(ids)})\n", [*paths, *placeholders])
    data = Pruned(ids, tuple(paths), tuple(sorted(kept.items())), dry_run, made)
    staged = bool(paths) and not dry_run and not commit
    remarks = ("The removals are staged; `git diff --cached --stat -- .flags` shows them.",) if staged else ()
    return Reply(data, session.clone.problems, notes=remarks)


def _orphans(session: Session, until: int) -> list[str]:
    """Return the completions in HEAD, old enough, whose flag is nowhere in the clone any more."""
    names = [stem for stem in session.store.list_names(DONE) if is_flag_id(stem) and not session.clone.has_id(stem)]
    changed = _uncommitted(session) if names else set()
    found = []
    for path in map(completion_path, names):
        try:
            value = session.store.read_flag(path)
        except (BrokenFileError, NotFoundError):  # check says what is wrong with it
            continue
        is_old = isinstance(value, Completion) and parse_time(value.completed_at) <= until
        if is_old and path not in changed and session.repo.has_in_head(path):
            found.append(path)
    return sorted(found)


def _parse_age(text: str) -> int:
    """Return an age in seconds; ``1m`` is nobody's minute where ages are of weeks, so it is refused.

    Raises:
        InvalidError: ``usage``.
    """
    if text.strip() == "0d":  # all that is completed
        return 0
    if text.strip()[-1:] in ("m", "s"):
        raise InvalidError(
            "usage",
            f"--completed-before: {text!r} counts minutes or seconds, which nothing is pruned after.",
            hint="A month is 30d; write hours, days or weeks: 12h, 90d, 12w.",
        )
    return parse_duration(text, field="--completed-before")


def _notes_by_flag(session: Session, flag_ids: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for stem in sorted(session.store.list_names(NOTES)):
        flag_id = stem.partition("-")[0]
        if flag_id in flag_ids:
            found.setdefault(flag_id, []).append(f"{STORE}/{NOTES}/{stem}{SUFFIX}")
    return found


def _reasons(session: Session, rows: Iterable[Row], files: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return id -> why an old flag stays, for reasons of its own."""
    candidates = list(rows)
    changed = _uncommitted(session)
    elsewhere = _pending_elsewhere(session, candidates)
    reasons = {}
    for row in candidates:
        flag_id = row.flag.id
        if not changed.isdisjoint(files[flag_id]):
            reasons[flag_id] = "has changes that are not committed"
        elif flag_id in session.clone.locks:
            reasons[flag_id] = f"is locked by {session.clone.locks[flag_id].holder or 'somebody'}"
        elif flag_id in elsewhere:
            reasons[flag_id] = f"is not completed yet on {elsewhere[flag_id]}"
    return reasons


def _without_referred(session: Session, going: list[Row], completed: Iterable[Row], kept: dict[str, str]) -> list[Row]:
    """Return the flags that nothing which stays refers to; the others are added to ``kept``.

    A question stays, with its answer, as long as the flag that it is about.
    """
    staying = {row.flag.id: row for row in (*session.clone.rows(), *completed)}
    for row in going:
        staying.pop(row.flag.id, None)
    fresh = list(staying.values())
    left = {row.flag.id: row for row in going}
    questions: dict[str, list[str]] = {}
    for row in going:
        if row.flag.is_question:
            questions.setdefault(row.flag.re or "", []).append(row.flag.id)
    while fresh:
        row = fresh.pop()
        for question in questions.get(row.flag.id, ()):
            if question in left:
                kept[question] = f"asks about {row.flag.id}, which stays"
                fresh.append(left.pop(question))
        superseded = row.completion.superseded_by if row.completion else None
        for other in filter(None, (row.flag.chain_origin_id, row.flag.re, superseded)):
            if other in left:
                kept[other] = f"is referred to by {row.flag.id}"
                fresh.append(left.pop(other))
    return list(left.values())


def _uncommitted(session: Session) -> set[str]:
    """Return the paths of the store that are not as HEAD has them, untracked ones included."""
    options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignored=matching")
    output = session.repo.run("status", *options, "--", STORE).stdout.decode("utf-8", "surrogateescape")
    return {item[3:] for item in output.split("\0") if item}


def _pending_elsewhere(session: Session, rows: Iterable[Row]) -> dict[str, str]:
    """Return id -> a branch that has the flag without its completion, among those that are looked at."""
    candidates = list(rows)
    branches = _open_branches(session) if candidates else []
    asked = [
        name
        for _, oid in branches
        for row in candidates
        for name in (f"{oid}:{row.path}", f"{oid}:{completion_path(row.flag.id)}")
    ]
    request = "".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape")
    answer = session.repo.run("cat-file", "--batch-check=%(objectname)", input=request).stdout if asked else b""
    there = iter([not line.endswith(b" missing") for line in answer.splitlines()])
    found = {}
    for name, _ in branches:
        for row in candidates:
            has_flag, has_completion = next(there), next(there)
            if has_flag and not has_completion:
                found[row.flag.id] = name
    return found


def _open_branches(session: Session) -> list[tuple[str, str]]:
    """Return (short name, commit) of the branches that are not merged into HEAD and moved within ``scope.branches``."""
    since = session.now - session.settings.scope_branches
    layout = "--format=%(refname)%00%(objectname)%00%(committerdate:unix)"
    found = []
    for line in session.repo.text("for-each-ref", "--no-merged=HEAD", layout, *_BRANCHES).splitlines():
        name, oid, moved = line.split("\0")
        if FETCHED not in name and (whole_number(moved) or 0) >= since:
            found.append((name.split("/", 2)[2], oid))
    return found
