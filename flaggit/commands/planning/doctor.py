"""``doctor``: what somebody should look at in the store, the clone and its locks; mends only on request."""

from __future__ import annotations

from flaggit.checking.files import check_files
from flaggit.checking.judging import usable_settings
from flaggit.checking.store_files import read_tree, read_worktree
from flaggit.clone.session import Reply, Session
from flaggit.commands.planning.actions import read_situation
from flaggit.core.layout import DONE, NOTES, kind_of
from flaggit.core.model import Problem
from flaggit.core.record import record
from flaggit.core.times import format_age, is_time, parse_time
from flaggit.doctor.diagnosis import (
    count_agents,
    judge_branch,
    judge_circles,
    judge_git,
    judge_load,
    judge_locks,
    judge_rows,
    judge_size,
    judge_timeouts,
    judge_unknown,
)
from flaggit.doctor.leftovers import (
    Leftover,
    find_leftovers,
    find_stale_locks,
    find_unfinished,
    remove_lock,
    rescue,
    shown_path,
)
from flaggit.git.refs import HEADS, REMOTES, read_ref
from flaggit.hooks.stubs import DeadHook, find_dead_hooks, has_stubs, make_executable
from flaggit.locks.mirror import unknown_locks
from flaggit.planning.cycles import read_cycles
from flaggit.planning.plan import find_timeouts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.checking.store_files import Snapshot
    from flaggit.core.model import Row
    from flaggit.git.repo import Repo

# The rules of `check` that doctor tells too: whether files can be read and lead somewhere. Wording is check's alone.
_INTEGRITY = frozenset({"F001", "F002", *(f"F{number:03d}" for number in range(20, 30))})
_BLOCKERS = ("flag", "flags", "flags/lock")


@record
class Cure:
    """What ``--fix`` would do: a sentence, and the step that does it and says what came of it."""

    sentence: str
    run: Callable[[], str]


@record
class Diagnosis:
    """What doctor found, and what was mended."""

    problems: tuple[Problem, ...]
    mended: tuple[str, ...] = ()


def doctor(session: Session, *, fix: bool = False, yes: bool = False) -> Reply[Diagnosis]:
    """Report what is wrong with the store, its locks and its hooks; exit status 1 where one finding is an error.

    Args:
        session: The call.
        fix: Say what could be mended without losing anything, and do it where the user agrees.
        yes: Agree beforehand.

    Raises:
        UnavailableError: ``no_store`` or ``unreadable``.
    """
    problems, cures = examine(session)
    mended: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if fix and cures:
        if yes or _agree(session, cures):
            mended = tuple(cure.run() for cure in cures)
            problems, _ = examine(_again(session))
        else:
            plans = tuple(f"Would be done with --yes: {cure.sentence}" for cure in cures)
            notes = (*plans, "Nothing was changed.")
    elif fix:
        notes = ("There is nothing that could be mended without a decision of yours.",)
    status = 1 if any(problem.is_error for problem in problems) else 0
    return Reply(Diagnosis(tuple(problems), mended), status=status, notes=(*mended, *notes))


def examine(session: Session) -> tuple[list[Problem], list[Cure]]:
    """Return all findings, the store's files first, and what can be mended without losing anything."""
    if not session.repo.bare:
        session.store.require()
    files = _examine_files(session)
    leftovers, cures = _examine_leftovers(session)
    dead, more = _examine_hooks(session)
    taken = {problem.path for problem in leftovers}
    found = [problem for problem in files if problem.path not in taken]
    refs = [*_examine_refs(session), *judge_git(_git_version(session.repo))]
    return [*found, *leftovers, *_examine_work(session, found), *refs, *dead], [*cures, *more]


def _git_version(repo: Repo) -> tuple[int, ...]:
    words = repo.command("version").split()  # git version 2.39.5 (Apple Git-154)
    return tuple(int(part) for part in words[2].split(".") if part.isdecimal())


def _examine_files(session: Session) -> list[Problem]:
    from flaggit.catalog.parsing import parse_catalog

    settings, faults = usable_settings(session)
    snapshot = _read_snapshot(session)
    catalog_files = [(path, snapshot.files[path][1]) for path in snapshot.files if kind_of(path) == "catalog"]
    catalog = parse_catalog(catalog_files)
    problems = check_files(snapshot.files, settings, catalog, exists=session.clone.has_id, present=snapshot.others)
    kept = [problem for problem in problems if problem.rule in _INTEGRITY]
    if not any(problem.rule == "F029" for problem in kept):
        kept += faults
    broken = {problem.path for problem in kept if problem.is_error and kind_of(problem.path) == "catalog"}
    count = count_agents(len(catalog.agents), [path for path, _ in catalog_files], sorted(broken))
    return [count, *kept]


def _read_snapshot(session: Session) -> Snapshot:
    if session.repo.bare:
        return read_tree(session.repo, "HEAD")
    return read_worktree(session.repo, session.store)


def _examine_work(session: Session, reported: Iterable[Problem]) -> list[Problem]:
    """Judge flags, questions, locks and recorded plans of the whole clone."""
    rows = session.clone.rows()
    situation = read_situation(session, read_cycles(session.repo))
    flags = situation.flags
    locks = session.clone.locks
    completed = {row.flag.id for row in session.clone.get_rows(locks) if row.completion} if locks else set()
    known = [flag_id for flag_id in locks if session.clone.has_id(flag_id)]
    cycles = [frozenset(problem.ids) for problem in reported if problem.rule == "F023"]
    return [
        *judge_rows(rows, situation.waiting, _read_signs(session, rows), session.now),
        *judge_locks(locks, completed, known),
        *judge_circles(flags, cycles),
        *judge_timeouts(find_timeouts(situation), flags),
        *judge_load(flags),
        *judge_size(len({stem for source in session.clone.sources(here=True) for stem in source.list_stems(DONE)})),
    ]


def _read_signs(session: Session, rows: Iterable[Row]) -> dict[str, int]:
    """Return flag id -> seconds of the last note on it, question about it, or answer to it."""
    signs: dict[str, int] = {}
    pending = list(rows)
    for source in session.clone.sources():
        for stem in source.list_stems(NOTES):
            flag_id, _, rest = stem.partition("-")
            _mark(signs, flag_id, _expand(rest.partition("-")[0]))
    for row in pending:
        if row.flag.is_question and row.flag.re:
            _mark(signs, row.flag.re, row.flag.created_at)
    return signs


def _mark(signs: dict[str, int], flag_id: str, time: str) -> None:
    if is_time(time):  # a note's name that says none is check's to tell
        signs[flag_id] = max(signs.get(flag_id, 0), parse_time(time))


def _expand(compact: str) -> str:
    """Return a note's compact time as it is stored elsewhere: ``20261123T140000Z`` -> ``2026-11-23T14:00:00Z``."""
    date, _, clock = compact.partition("T")
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}"


def _examine_refs(session: Session) -> list[Problem]:
    """Report which branches stand where lock branches belong, and which pushes of locks were never confirmed."""
    problems = []
    remote = session.remote
    for name in _BLOCKERS:
        here = read_ref(session.repo, HEADS + name) is not None
        there = read_ref(session.repo, f"{REMOTES}{remote}/{name}") is not None
        if here or there:
            fix = f"Give it another name: git branch -m {name} NAME" if here else f"Give it another name at {remote}."
            problems.append(judge_branch(name, "" if here else remote, fix))
    return problems + [judge_unknown(lock) for lock in unknown_locks(session)]


def _examine_leftovers(session: Session) -> tuple[list[Problem], list[Cure]]:
    problems, cures = [], []
    for item in find_stale_locks(session.repo):
        path = shown_path(session.repo, item.path)
        doubt = "" if item.certain else ", though that is not certain while a git process runs here"
        message = f"A git that is gone left {path} behind {format_age(item.age)} ago{doubt}."
        fix = "flaggit doctor --fix" if item.certain else "Look again when no git runs in this clone."
        level = "error" if item.certain else "warning"
        problems.append(Problem("D006", "stale_git_lock", message, level=level, path=path, fix=fix))
        if item.certain:
            cures.append(Cure(f"remove {path}", _lock_cure(path, item)))
    for item in [] if session.repo.bare else find_leftovers(session.store):
        path = shown_path(session.repo, item.path)
        message = f"A write that was killed {format_age(item.age)} ago left {path} behind."
        problems.append(
            Problem("D009", "leftover_file", message, level="warning", path=path, fix="flaggit doctor --fix")
        )
        cures.append(Cure(f"move {path} into the git directory", _rescue_cure(session, path, item)))
    for item in find_unfinished(session.repo):
        path = shown_path(session.repo, item.path)
        message = f"An import was killed {format_age(item.age)} ago while it wrote; some of its files may be there."
        problems.append(Problem("D009", "unfinished_import", message, path=path, fix="Run the same import again."))
        cures.append(Cure(f"move {path} aside", _rescue_cure(session, path, item)))
    return problems, cures


def _lock_cure(path: str, item: Leftover) -> Callable[[], str]:
    return lambda: f"Removed {path}." if remove_lock(item) else f"{path} is gone already."


def _rescue_cure(session: Session, path: str, item: Leftover) -> Callable[[], str]:
    def run() -> str:
        place = rescue(session.repo, item)
        return f"Moved {path} to {shown_path(session.repo, place)}." if place else f"{path} stays where it is."

    return run


def _examine_hooks(session: Session) -> tuple[list[Problem], list[Cure]]:
    problems, cures = [], []
    for hook in find_dead_hooks(session.repo):
        path = shown_path(session.repo, hook.path)
        mendable = hook.code == "hook_not_executable"
        fix = "flaggit doctor --fix" if mendable else "flaggit hooks install"
        problems.append(Problem("D008", hook.code, hook.message, path=path, fix=fix))
        if mendable:
            cures.append(Cure(f"make {path} executable", _hook_cure(path, hook)))
    import shutil

    if has_stubs(session.repo) and shutil.which("flaggit") is None:
        message = "flaggit is not on PATH, so the hooks that are installed do nothing."
        problems.append(Problem("D008", "hook_without_flaggit", message, level="warning"))
    return problems, cures


def _hook_cure(path: str, hook: DeadHook) -> Callable[[], str]:
    def run() -> str:
        make_executable(hook)
        return f"{path} is executable now."

    return run


def _again(session: Session) -> Session:
    return Session(session.repo, now=session.now, offline=session.offline)


def _agree(session: Session, cures: Iterable[Cure]) -> bool:
    """Show what would be done and ask, where somebody is there to answer."""
    if not session.attended:
        return False
    from flaggit.output.asking import confirm, say

    say("\n".join(["This would be done:", *(f"  {cure.sentence}" for cure in cures)]))
    return confirm("Go ahead?", default=False)
