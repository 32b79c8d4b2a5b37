"""pre-receive: what a bare repository refuses of a push before anybody sees it.

Reads nothing but objects: one diff for each pushed branch, their new files through one batch. The
settings, the catalog and the locks are the server's own, of HEAD and of its refs, never those of the
push. git's environment is kept as it is: pushed objects lie in a quarantine that it names.
"""

from __future__ import annotations

from flaggit.checking.files import REGULAR, check_files, check_lookalikes
from flaggit.clone.lock_message import PATHS
from flaggit.clone.lock_refs import BRANCHES, HIDDEN
from flaggit.core.errors import FlaggitError, InvalidError
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import DONE, STORE
from flaggit.core.record import record
from flaggit.core.text import visible
from flaggit.documents.rules import errors_of
from flaggit.git.changes import list_lookalikes
from flaggit.git.objects import empty_tree
from flaggit.server.lock_pushes import LockPush, judge_lock_push, judge_paths_push
from flaggit.server.pushers import Pusher, find_pusher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Lock, Problem
    from flaggit.documents.settings import Settings
    from flaggit.git.changes import RawEntry
    from flaggit.git.repo import Repo

_MOST = 50  # lines that a pusher is told at once
_HEADS = "refs/heads/"


@record
class Update:
    """One ref of a push: object ids before and after, empty where the ref does not exist."""

    old: str
    new: str
    ref: str


@record
class Server:
    """What the server knows before it looks at the push."""

    repo: Repo
    settings: Settings
    catalog: Catalog
    pusher: Pusher
    now: int
    head: str
    head_ref: str


def pre_receive(lines: Iterable[str], environ: Mapping[str, str], *, now: int | None = None) -> tuple[int, list[str]]:
    """Judge a push; return an exit status (0 takes it, 1 refuses all of it) and lines for the pusher.

    Args:
        lines: What git hands to the hook: ``<old> <new> <ref>``.
        environ: The hook's environment; ``GIT_DIR`` names the repository.
        now: Seconds since the epoch; None takes the clock.
    """
    import os
    import time

    from flaggit.git.repo import Repo

    updates = [_parse(line) for line in lines if line.strip()]
    repo = Repo(None, os.path.abspath(environ.get("GIT_DIR", ".")))
    try:
        server = _look_around(repo, environ, int(time.time() if now is None else now))
        faults = [
            *_judge_locks(server, [update for update in updates if _lock_id(update.ref)], updates),
            *_judge_branches(server, [update for update in updates if _is_branch(update)]),
        ]
    except FlaggitError as error:
        faults = [error.message]
    if not faults:
        return 0, []
    shown = [f"flaggit: {visible(fault)}" for fault in dict.fromkeys(faults)]
    more = [f"flaggit: ... and {len(shown) - _MOST} more"] if len(shown) > _MOST else []
    return 1, [
        *shown[:_MOST],
        *more,
        "flaggit: nothing of this push was taken; `flaggit check` shows the files' faults",
    ]


def _parse(line: str) -> Update:
    old, new, ref = line.rstrip("\n").split(" ", 2)
    return Update(old if old.strip("0") else "", new if new.strip("0") else "", ref)


def _look_around(repo: Repo, environ: Mapping[str, str], now: int) -> Server:
    from flaggit.catalog.cached import read_catalog
    from flaggit.clone.trees import read_catalog_files_at
    from flaggit.documents.settings import build_settings, read_settings
    from flaggit.git.refs import read_head

    head_ref, head = read_head(repo)
    try:
        settings = read_settings(repo)
    except InvalidError:  # broken settings must not keep out the push that mends them
        settings = build_settings({})
    catalog = read_catalog(repo, read_catalog_files_at(repo, head) if head else [])
    return Server(repo, settings, catalog, find_pusher(environ, catalog), now, head or "", head_ref or "")


def _lock_id(ref: str) -> str:
    """Return what a ref is the lock of, as its name says; nothing for any other ref."""
    for prefix in (BRANCHES, HIDDEN):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ""


def _is_branch(update: Update) -> bool:
    return update.ref.startswith(_HEADS) and not _lock_id(update.ref) and bool(update.new)


# Locks


def _judge_locks(server: Server, updates: list[Update], all_updates: list[Update]) -> Iterable[str]:
    from flaggit.clone.lock_message import parse_message
    from flaggit.locks.path_list import parse_list

    messages = _lock_messages(server, updates)

    def lock_at(flag_id: str, oid: str) -> Lock | None:
        return parse_message(messages.get(oid, ""), flag_id=flag_id, oid=oid, scope="shared") if oid else None

    def list_at(oid: str) -> list[Lock] | None:
        return parse_list(messages[oid], "shared") if oid in messages else None if oid else []

    required = server.settings.require_identity
    for update in updates:
        flag_id = _lock_id(update.ref)
        if flag_id == PATHS:
            old_list, new_list = list_at(update.old) or [], list_at(update.new)
            yield from judge_paths_push(old_list, new_list, server.pusher, server.now, require_identity=required)
            continue
        if not is_flag_id(flag_id):
            if update.new:
                yield f"{update.ref} is not named by a flag's id"
            continue
        old, new = lock_at(flag_id, update.old), lock_at(flag_id, update.new)
        settled = old is not None and _is_settled(server, old, all_updates)
        vouched = new is not None and bool(new.done_on) and _is_done_on(server, new, all_updates)
        push = LockPush(flag_id, old, new, settled, vouched)
        yield from judge_lock_push(push, server.pusher, server.now, require_identity=required)


def _lock_messages(server: Server, updates: list[Update]) -> dict[str, str]:
    """Return the messages of those pushed and replaced commits that can be locks: commits of the empty tree."""
    from flaggit.clone.lock_message import message_of
    from flaggit.git.objects import read_objects

    if not updates:
        return {}
    found = read_objects(server.repo, (oid for update in updates for oid in (update.old, update.new) if oid))
    start = f"tree {empty_tree(server.repo)}\n".encode()
    return {
        oid: message_of(content)
        for oid, (_, kind, content) in found.items()
        if kind == "commit" and content.startswith(start)
    }


def _is_settled(server: Server, lock: Lock, updates: list[Update]) -> bool:
    """Tell whether a lock has done its work: see ``LockPush.settled``. The push itself may bring the completion."""
    from flaggit.git.objects import read_objects

    base = server.settings.base_branch
    base_ref = (base if base.startswith("refs/") else _HEADS + base) if base else server.head_ref
    tips = [update.new for update in updates if update.ref == base_ref] or [base_ref or server.head]
    if any(read_objects(server.repo, [f"{tip}:{STORE}/{DONE}/{lock.flag_id}.yaml"]) for tip in tips if tip):
        return True
    if not lock.done_on:
        return False
    from flaggit.git.refs import read_ref

    branch = _HEADS + lock.done_on.removeprefix(_HEADS)
    return read_ref(server.repo, branch) is None and all(update.ref != branch for update in updates)


def _is_done_on(server: Server, lock: Lock, updates: list[Update]) -> bool:
    """Tell whether the branch that a lock names has its flag's completion, in this push or before it."""
    from flaggit.git.objects import read_objects
    from flaggit.git.refs import read_ref

    branch = _HEADS + lock.done_on.removeprefix(_HEADS)
    tip = next((update.new for update in updates if update.ref == branch), None) or read_ref(server.repo, branch)
    return bool(tip) and bool(read_objects(server.repo, [f"{tip}:{STORE}/{DONE}/{lock.flag_id}.yaml"]))


# Branches


def _judge_branches(server: Server, updates: list[Update]) -> Iterable[str]:
    touched: dict[str, list[RawEntry]] = {}
    for update in updates:
        lookalikes = list_lookalikes(server.repo, update.old or server.head or None, update.new)
        yield from map(_sentence, check_lookalikes(lookalikes))
        touched[update.new] = _diff(server, update)
    fresh = {new: entries for new, entries in touched.items() if entries}
    if fresh and server.settings.require_identity and not server.pusher.known:
        claim = f" ({server.pusher.claim})" if server.pusher.claim else ""
        yield f"this server wants to know who pushes flags, and does not{claim}"
        return
    for new, entries in fresh.items():
        yield from _judge_tree(server, new, entries)
    if server.settings.require_identity and fresh:
        yield from _judge_completions(server, fresh)


def _diff(server: Server, update: Update) -> list[RawEntry]:
    """Return the store's files that a branch's new tip has and its old one (or HEAD, for a new branch) has not."""
    from flaggit.git.changes import read_raw

    entries = read_raw(server.repo, update.old or server.head or None, update.new, STORE)
    return [entry for entry in entries if entry.status != "D"]


def _judge_tree(server: Server, new: str, entries: list[RawEntry]) -> Iterable[str]:
    """Judge the new files of one tree, the others beside them known by name."""
    from flaggit.catalog.cached import read_catalog
    from flaggit.checking.store_files import read_tree

    paths = {entry.path for entry in entries}
    snapshot = read_tree(server.repo, new, paths)
    catalog = read_catalog(server.repo, list(snapshot.catalog))
    problems = check_files(
        snapshot.files,
        server.settings,
        catalog,
        is_known=lambda flag_id: True,  # noqa: ARG005 - what is merely not visible here refuses no push
        present=snapshot.others,
        fresh=paths,
    )
    return [_sentence(problem) for problem in errors_of(problems)]


def _judge_completions(server: Server, touched: Mapping[str, list[RawEntry]]) -> Iterable[str]:
    """Judge whose name stands in completions that come to this server for the first time.

    Merging or carrying on somebody's work brings their completions along; those in commits that
    any ref here has already are theirs and not the pusher's.
    """
    from flaggit.core.model import Completion
    from flaggit.documents.values import BrokenFileError, read_value
    from flaggit.git.history import read_commits
    from flaggit.git.objects import read_objects

    folder = f"{STORE}/{DONE}"
    added = {
        (touch.path, touch.new_oid)
        for commit in read_commits(server.repo, "--not", "--all", "--not", *touched, paths=(folder,))
        for touch in commit.touched
        if touch.new_oid
    }
    wanted = {
        entry.path: entry.new_oid
        for entries in touched.values()
        for entry in entries
        if (entry.path, entry.new_oid) in added and entry.new_mode == REGULAR
    }
    blobs = read_objects(server.repo, wanted.values())
    for path, oid in wanted.items():
        if not path.startswith(folder + "/"):
            continue
        try:
            completion = read_value(path, blobs[oid][2])
        except (BrokenFileError, KeyError):  # told by the files' own rules
            continue
        if not isinstance(completion, Completion):
            continue
        who = completion.completed_by
        if who not in server.pusher.handles:
            yield f"{path} says that {who} completed the flag, and {server.pusher.claim} pushes it"


def _sentence(problem: Problem) -> str:
    where = f"{problem.path}:{problem.line}" if problem.line else problem.path
    return f"{where}: {problem.rule} {problem.message}"
