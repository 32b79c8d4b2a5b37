"""``prune``: removes long completed flags from the tree; history has them."""

from __future__ import annotations

import os
from itertools import islice
from sys import intern

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
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.clone.session import Session
    from flaggit.core.model import Row

_BRANCHES = (HEADS, REMOTES)
_AT_ONCE = 20_000  # flags that git is asked about in one process


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
    old: list[_Completed] = []
    young: list[_Completed] = []
    for row in session.clone.scan(here=True, status="completed"):
        is_old = row.completion is not None and parse_time(row.completion.completed_at) <= until
        (old if is_old else young).append(_describe(row))
    notes = _notes_by_flag(session, {one.flag_id for one in old})
    kept = _reasons(session, old, notes)
    going = _without_referred(session, old, young, kept)
    paths = [path for one in going for path in one.files(notes)] + _orphans(session, until)
    ids = tuple(one.flag_id for one in going)
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


@record
class _Completed:
    """A flag as far as pruning asks about it: where it lies, the flag that it is a question about, those it refers to.

    Of a large store all of them lie in memory, and nothing else of their files.
    """

    flag_id: str
    folder: str
    asks_about: str
    refers: tuple[str, ...]

    @property
    def path(self) -> str:
        """Return its file."""
        return f"{self.folder}/{self.flag_id}{SUFFIX}"

    def files(self, notes: Mapping[str, list[str]]) -> tuple[str, ...]:
        """Return everything that goes with it; ``notes`` as ``_notes_by_flag`` has them."""
        return self.path, completion_path(self.flag_id), *notes.get(self.flag_id, ())


def _describe(row: Row) -> _Completed:
    flag, done = row.flag, row.completion
    refers = tuple(filter(None, (flag.chain_origin_id, flag.re, done.superseded_by if done else None)))
    folder = intern(row.path.rpartition("/")[0])
    return _Completed(flag.id, folder, (flag.re or "") if flag.is_question else "", refers)


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


def _reasons(session: Session, old: Sequence[_Completed], notes: Mapping[str, list[str]]) -> dict[str, str]:
    """Return id -> why an old flag stays, for reasons of its own."""
    changed = _uncommitted(session)
    elsewhere = _pending_elsewhere(session, old)
    reasons = {}
    for one in old:
        flag_id = one.flag_id
        if not changed.isdisjoint(one.files(notes)):
            reasons[flag_id] = "has changes that are not committed"
        elif flag_id in session.clone.locks:
            reasons[flag_id] = f"is locked by {session.clone.locks[flag_id].holder or 'somebody'}"
        elif flag_id in elsewhere:
            reasons[flag_id] = f"is not completed yet on {elsewhere[flag_id]}"
    return reasons


def _without_referred(
    session: Session, old: Iterable[_Completed], young: list[_Completed], kept: dict[str, str]
) -> list[_Completed]:
    """Return the flags that nothing which stays refers to; the others are added to ``kept``.

    A question stays, with its answer, as long as the flag that it is about.
    """
    left = {one.flag_id: one for one in old if one.flag_id not in kept}
    fresh = [one for one in old if one.flag_id in kept]
    known = left.keys() | {one.flag_id for one in (*fresh, *young)}
    fresh += [*young, *(_describe(row) for row in session.clone.scan() if row.flag.id not in known)]
    questions: dict[str, list[str]] = {}
    for one in left.values():
        if one.asks_about:
            questions.setdefault(one.asks_about, []).append(one.flag_id)
    while fresh:
        stays = fresh.pop()
        for question in questions.get(stays.flag_id, ()):
            if question in left:
                kept[question] = f"asks about {stays.flag_id}, which stays"
                fresh.append(left.pop(question))
        for other in stays.refers:
            if other in left:
                kept[other] = f"is referred to by {stays.flag_id}"
                fresh.append(left.pop(other))
    return list(left.values())


def _uncommitted(session: Session) -> set[str]:
    """Return the paths of the store that are not as HEAD has them, untracked ones included."""
    options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignored=matching")
    output = session.repo.run("status", *options, "--", STORE).text
    return {item[3:] for item in output.split("\0") if item}


def _pending_elsewhere(session: Session, old: Sequence[_Completed]) -> dict[str, str]:
    """Return id -> a branch that has the flag without its completion, among those that are looked at."""
    found: dict[str, str] = {}
    branches = _open_branches(session) if old else []
    asked = ((name, oid, one) for name, oid in branches for one in old)
    while some := list(islice(asked, _AT_ONCE)):
        paths = (f"{oid}:{path}\n" for _, oid, one in some for path in (one.path, completion_path(one.flag_id)))
        request = "".join(paths).encode("utf-8", "surrogateescape")
        lines = iter(session.repo.run("cat-file", "--batch-check=%(objectname)", input=request).lines)
        for name, _, one in some:
            has_flag, has_completion = (not next(lines).endswith(" missing") for _ in range(2))
            if has_flag and not has_completion:
                found[one.flag_id] = name
    return found


def _open_branches(session: Session) -> list[tuple[str, str]]:
    """Return (short name, commit) of the branches that are not merged into HEAD and moved within ``scope.branches``."""
    since = session.now - session.settings.scope_branches
    layout = "--format=%(refname)%00%(objectname)%00%(committerdate:unix)"
    found = []
    for line in session.repo.run("for-each-ref", "--no-merged=HEAD", layout, *_BRANCHES).lines:
        name, oid, moved = line.split("\0")
        if FETCHED not in name and (whole_number(moved) or 0) >= since:
            found.append((name.split("/", 2)[2], oid))
    return found
