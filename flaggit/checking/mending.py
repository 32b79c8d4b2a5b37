"""check --fix: mends in the work tree what has one right answer, and never loses a byte of anybody's.

A file that moves is mended first, then written under its new name, exclusively; only then, and
only while it still holds the same, does the old name go.
"""

from __future__ import annotations

import os

from flaggit.checking.store_files import read_worktree
from flaggit.checking.whole import make_whole, unix_lines, usable_id
from flaggit.core.errors import ConflictError
from flaggit.core.handles import folder_of, is_handle
from flaggit.core.ids import is_flag_id, new_flag_id
from flaggit.core.layout import KEEP, STORE, SUFFIX, classify, limit_of
from flaggit.core.record import record
from flaggit.core.times import format_time
from flaggit.git.files import add_file, read_file, replace_file
from flaggit.git.staging import stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flaggit.clone.session import Session


@record
class Mended:
    """A file that can be mended: from where to where (the same, where it stays), its bytes then, what was done."""

    path: str
    new_path: str
    before: bytes
    after: bytes
    done: tuple[str, ...]


def mend_store(session: Session, wanted: Callable[[str], bool] | None = None) -> tuple[list[str], list[str]]:
    """Mend the store's files in the work tree and stage what that wrote; return sentences, and paths moved to.

    A file with changes that are not staged is mended and left unstaged.

    Args:
        session: The call.
        wanted: Tells which paths are looked at; None: all.

    Raises:
        UnavailableError: ``unreadable`` or ``git_failed``.
    """
    snapshot = read_worktree(session.repo, session.store, wanted)
    taken = {*snapshot.files, *snapshot.others}
    plans = []
    for path, (_, data) in snapshot.files.items():
        plan = _plan(session, path, data)
        if plan is not None and (plan.new_path not in taken or plan.new_path == path or _stands(session, plan)):
            plans.append(plan)
            taken.add(plan.new_path)
    unstaged, tracked = _index_state(session, [plan.path for plan in plans])
    sentences = []
    staged: list[str] = []
    for plan in plans:
        if not _carry_out(session, plan):
            continue
        sentences.append(_sentence(plan, unstaged=plan.path in unstaged))
        left = _leave_behind(session, plan) if plan.path in tracked else []
        staged += [] if plan.path in unstaged else [plan.new_path, *left]
    stage(session.repo, staged)
    return sentences, [plan.new_path for plan in plans]


def _plan(session: Session, path: str, data: bytes) -> Mended | None:
    location = classify(path)
    kind = location.kind if location else ""
    if len(data) > limit_of(path):  # only its beginning was read
        return None
    if kind in ("completion", "note", "catalog", "settings"):
        lines = unix_lines(data)
        return Mended(path, path, data, lines, ("line ends made LF",)) if lines is not None else None
    if location is None or kind not in ("flag", "stray") or not path.endswith((SUFFIX, ".yml")):
        return None
    stem = os.path.basename(path).rpartition(".")[0]
    whole = make_whole(data, created_at=format_time(session.now), choose_id=lambda: _choose_id(session, stem))
    if whole is None:
        return None
    new_path = _place(path, whole.fields)
    done = [*whole.done]
    if new_path != path:
        done.append(f"moved to {new_path}")
    return Mended(path, new_path, data, whole.data, tuple(done)) if done else None


def _place(path: str, fields: Mapping[str, object]) -> str:
    """Return where a flag with these fields belongs; where they do not say, where it lies."""
    flag_id, target = usable_id(fields), fields.get("target_agent")
    if not flag_id or not (target is None or (isinstance(target, str) and is_handle(target))):
        return path
    return f"{STORE}/{folder_of(target)}/{flag_id}{SUFFIX}"


def _choose_id(session: Session, stem: str) -> str:
    """Return the id that the file's name is, where no other file has it, else a fresh one."""
    if is_flag_id(stem) and _is_alone(session, stem):
        return stem
    flag_id = new_flag_id()
    while session.clone.has_id(flag_id):
        flag_id = new_flag_id()
    return flag_id


def _is_alone(session: Session, stem: str) -> bool:
    return sum(path.endswith(f"/{stem}{SUFFIX}") for path in session.store.iter_paths()) == 1


def _carry_out(session: Session, plan: Mended) -> bool:
    """Write what is planned; tell whether it was done. What changed meanwhile is left alone.

    The file is mended where it lies before it moves: whoever is killed on the way leaves a flag
    that has its id already, and the next run moves the same flag.
    """
    old, new = session.store.locate(plan.path), session.store.locate(plan.new_path)
    try:
        if plan.after != plan.before:
            replace_file(old, plan.after, expected=plan.before)
    except ConflictError:
        return False
    if old == new:
        return True
    if not add_file(new, plan.after) and not _stands(session, plan):
        return False
    if _holds(old, plan.after):
        os.unlink(old)
    return True


def _stands(session: Session, plan: Mended) -> bool:
    """Return whether the file stands in its new place already, from a run that was cut short."""
    return _holds(session.store.locate(plan.new_path), plan.after)


def _holds(path: str, data: bytes) -> bool:
    try:
        return read_file(path, len(data)) == data
    except OSError:
        return False


def _leave_behind(session: Session, plan: Mended) -> list[str]:
    """Return the old path of a tracked file that moved, to be staged; git takes a folder that empties for renamed."""
    if plan.path == plan.new_path:
        return []
    folder = os.path.dirname(plan.path)
    if os.listdir(session.store.locate(folder)):
        return [plan.path]
    add_file(session.store.locate(f"{folder}/{KEEP}"), b"")
    return [plan.path, f"{folder}/{KEEP}"]


def _index_state(session: Session, paths: list[str]) -> tuple[set[str], set[str]]:
    """Return which of ``paths`` have changes that are not staged, and which git tracks."""
    if not paths:
        return set(), set()
    literal = {"GIT_LITERAL_PATHSPECS": "1"}
    unstaged = session.repo.run(
        "diff", "--name-only", "-z", "--no-relative", "--no-ext-diff", "--", *paths, env=literal
    )
    tracked = session.repo.run("ls-files", "-z", "--full-name", "--", *paths, env=literal)
    return set(unstaged.names) - {""}, set(tracked.names) - {""}


def _sentence(plan: Mended, *, unstaged: bool) -> str:
    tail = " (not staged, since it had changes that are not)" if unstaged else ""
    return f"{plan.path}: {', '.join(plan.done)}.{tail}"
