"""pre-receive: what a bare repository refuses of a push before anybody sees it.

Reads nothing but objects, and of each no more than the limits allow. The settings, the catalog, the branches and the
locks that judge are the server's own, as they were before the push: a right never comes from the push itself, of which
the server may yet deny a part. git's environment is kept: pushed objects lie in a quarantine that it names.
"""

from __future__ import annotations

import os
import time

from flaggit.checking.files import check_files, check_lookalikes
from flaggit.clone.lock_message import PATHS, message_of, parse_message
from flaggit.clone.lock_refs import BRANCHES, HIDDEN, twin_of
from flaggit.clone.lock_rules import has_run_out
from flaggit.core.errors import FlaggitError, InvalidError, UnavailableError
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import OWN_REFS, STORE, completion_path, plain_name
from flaggit.core.limits import HOOK_SECONDS, LOCK, LOCK_LIST
from flaggit.core.record import replace
from flaggit.core.text import visible
from flaggit.documents.rules import errors_of
from flaggit.git.changes import list_lookalikes, read_raw, read_tops
from flaggit.git.objects import empty_tree, read_headers, read_objects
from flaggit.git.refs import HEADS, read_head, read_ref, read_symbolic
from flaggit.git.repo import Repo
from flaggit.server.lock_pushes import LockPush, judge_lock_push, judge_paths_push
from flaggit.server.state import Server, Update, find_pusher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flaggit.core.model import Lock, Problem
    from flaggit.git.changes import RawEntry

_REPLACE = "refs/replace/"
# A ref at one of these leaves no room for those below it.
_BLOCKING = frozenset((HEADS + "flags", HEADS + "flags/lock", OWN_REFS.rstrip("/"), HIDDEN.rstrip("/")))
_WHERE = "where a file system does not tell letters' case and the like apart"
_MOST = 50  # lines that a pusher is told at once


def judge_name(update: Update, head: str | None) -> str:
    """Return why a ref of this name is not taken, or nothing; whatever it is, it may be deleted.

    Names are compared as the laxest of file systems compares them: there they would be the same.

    Args:
        update: The ref.
        head: The full name of HEAD's branch, which is judged more strictly than others.
    """
    folded = _fold(update.ref)
    if not update.new:
        return ""
    if folded.startswith(_REPLACE):
        return f"{update.ref} would replace one object by another; no server of flags takes that"
    if folded in _BLOCKING:
        return f"{update.ref} stands where the refs of locks belong: give it another name"
    for prefix in (BRANCHES, HIDDEN, HEADS):
        if folded.startswith(prefix) and not update.ref.startswith(prefix):
            return f"{update.ref} is {prefix} {_WHERE}"
    if head and update.ref != head and folded == _fold(head):
        return f"{update.ref} is {head} {_WHERE}"
    if folded.startswith(OWN_REFS) and not update.ref.startswith(HIDDEN):
        return f"{update.ref} is one of the refs that flaggit keeps in each clone for itself"
    return ""


def _fold(ref: str) -> str:
    return "/".join(map(plain_name, ref.split("/")))


def pre_receive(lines: Iterable[str], environ: Mapping[str, str], *, now: int | None = None) -> tuple[int, list[str]]:
    """Judge a push; return an exit status (0 takes it, 1 refuses all of it) and lines for the pusher.

    Args:
        lines: What git hands to the hook: ``<old> <new> <ref>``.
        environ: The hook's environment; ``GIT_DIR`` names the repository.
        now: Seconds since the epoch; None takes the clock.
    """
    updates = [_parse(line) for line in lines if line.strip()]
    repo = Repo(None, os.path.abspath(environ.get("GIT_DIR", ".")))
    try:
        faults = _within_time(lambda: _judge(repo, updates, environ, int(time.time() if now is None else now)))
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


def _within_time(judge: Callable[[], list[str]]) -> list[str]:
    """Return the findings of ``judge``; what takes too long is refused, so that no push keeps the server busy."""
    import signal

    def stop(*_: object) -> None:
        raise UnavailableError(
            "timeout", f"this push takes more than {HOOK_SECONDS} seconds to judge: push fewer commits at a time"
        )

    before = signal.signal(signal.SIGALRM, stop)
    try:
        # And again: a step may do without what it was refused.
        signal.setitimer(signal.ITIMER_REAL, HOOK_SECONDS, 1)
        return judge()
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # first: one that comes here must not keep the timer running
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _judge(repo: Repo, updates: list[Update], environ: Mapping[str, str], now: int) -> list[str]:
    head = read_head(repo)[0]
    names = [fault for update in updates if (fault := judge_name(update, head))]
    if names:
        return names
    server = _open_server(repo, environ, now)
    updates = [replace(update, ref=_follow(repo, update.ref)) for update in updates]
    return [
        *_judge_locks(server, [update for update in updates if _lock_id(update.ref)]),
        *_judge_branches(server, [update for update in updates if _is_branch(update)]),
    ]


def _parse(line: str) -> Update:
    old, new, ref = line.rstrip("\n").split(" ", 2)
    return Update(old if old.strip("0") else "", new if new.strip("0") else "", ref)


def _follow(repo: Repo, ref: str) -> str:
    """Return the ref that a push to a ref changes: git follows one that is another's name (an old one of a branch)."""
    for _ in range(5):  # as often as git does
        target = read_symbolic(repo, ref)
        if target is None:
            break
        ref = target
    return ref


def _open_server(repo: Repo, environ: Mapping[str, str], now: int) -> Server:
    from flaggit.catalog.cached import read_catalog
    from flaggit.clone.trees import read_catalog_files_at
    from flaggit.documents.settings import build_settings, read_git_settings, read_settings

    head_ref, head = read_head(repo)
    try:
        settings = read_settings(repo)
    except InvalidError:  # those of HEAD; they must not keep out the push that mends them
        settings = build_settings(read_git_settings(repo))
    catalog = read_catalog(repo, read_catalog_files_at(repo, head) if head else [])
    pusher = find_pusher(environ, catalog, settings.integrators)
    return Server(repo, settings, catalog, pusher, now, head or "", head_ref or "")


def _lock_id(ref: str) -> str:
    """Return the flag id (or ``paths``) in the name of a lock's ref; empty for any other ref."""
    for prefix in (BRANCHES, HIDDEN):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ""


def _is_branch(update: Update) -> bool:
    return update.ref.startswith(HEADS) and not _lock_id(update.ref)


# Locks


def _judge_locks(server: Server, updates: list[Update]) -> Iterable[str]:
    from flaggit.locks.path_list import parse_list

    twins = {update.ref: read_ref(server.repo, twin_of(update.ref)) or "" for update in updates}
    commits = _LockCommits(server, updates, twins)
    required = server.settings.require_identity
    for update in updates:
        flag_id = _lock_id(update.ref)
        detached = not commits.parents(update.new) <= {update.old}
        if flag_id == PATHS:
            old_list = parse_list(commits.message(update.old), "shared") if update.old else []
            known = commits.is_lock(update.new) and not detached
            new_list = parse_list(commits.message(update.new), "shared") if known else None if update.new else []
            beside = parse_list(commits.message(twins[update.ref]), "shared")
            yield from judge_paths_push(
                old_list, new_list, server.pusher, server.now, beside=beside, require_identity=required
            )
            continue
        if not is_flag_id(flag_id):
            if update.new:
                yield f"{update.ref} is not named by a flag's id"
            continue
        old, new, twin = (
            parse_message(commits.message(oid), flag_id=flag_id, oid=oid, scope="shared") if oid else None
            for oid in (update.old, update.new, twins[update.ref])
        )
        done = old is not None and _is_done(server, old)
        vouched = new is not None and bool(new.done_on) and _is_done_on(server, new)
        push = LockPush(flag_id, old, new, twin, done, vouched, detached)
        yield from judge_lock_push(push, server.pusher, server.now, require_identity=required)


class _LockCommits:
    """Commits that can be locks, pushed, replaced and beside: commits of the empty tree, no larger than locks are."""

    def __init__(self, server: Server, updates: list[Update], twins: Mapping[str, str]) -> None:
        oids = {oid: update.ref for update in updates for oid in (update.old, update.new, twins[update.ref]) if oid}
        headers = read_headers(server.repo, oids)
        small = [oid for oid, found in headers.items() if found.size <= _lock_limit(oids[oid])]
        found = read_objects(server.repo, small)  # a commit, as those of locks are, has no limit but its size above
        start = f"tree {empty_tree(server.repo)}\n".encode() if updates else b""
        self._contents = {oid: item.content for oid, item in found.items() if item.kind == "commit"}
        self._locks = {oid for oid, content in self._contents.items() if content.startswith(start)}

    def is_lock(self, oid: str) -> bool:
        return oid in self._locks

    def message(self, oid: str) -> str:
        """Return a lock commit's message; nothing for any other object."""
        return message_of(self._contents[oid]) if oid in self._locks else ""

    def parents(self, oid: str) -> set[str]:
        header = self._contents.get(oid, b"").partition(b"\n\n")[0]
        return {line[7:].decode("ascii", "replace") for line in header.split(b"\n") if line.startswith(b"parent ")}


def _lock_limit(ref: str) -> int:
    return LOCK_LIST if _lock_id(ref) == PATHS else LOCK


def _is_done(server: Server, lock: Lock) -> bool:
    """Return whether a lock's work is done, so that anybody may clear it away.

    Its flag is completed in the branch that others start from; or the branch that was to bring the completion is
    gone, and the lock has run out, too.
    """
    base = server.settings.base_branch
    base_ref = (base if base.startswith("refs/") else HEADS + base) if base else server.head_ref
    if _completion_at(server, base_ref or server.head, lock.flag_id) is not None:
        return True
    branch = HEADS + lock.done_on.removeprefix(HEADS)
    return bool(lock.done_on) and has_run_out(lock, server.now) and read_ref(server.repo, branch) is None


def _is_done_on(server: Server, lock: Lock) -> bool:
    """Return whether the branch that a lock names has its flag's completion, by the lock's holder."""
    from flaggit.documents.values import read_fields

    tip = read_ref(server.repo, HEADS + lock.done_on.removeprefix(HEADS))
    fields = read_fields(_completion_at(server, tip or "", lock.flag_id))
    return fields is not None and fields.get("completed_by") == lock.holder


def _completion_at(server: Server, rev: str, flag_id: str) -> bytes | None:
    found = read_objects(server.repo, [f"{rev}:{completion_path(flag_id)}"] if rev else [])
    return next((item.content for item in found.values()), None)


# Branches


def _judge_branches(server: Server, updates: list[Update]) -> Iterable[str]:
    from flaggit.server.claims import KNOWN, judge_claims, judge_limits, judge_sources, read_new_commits
    from flaggit.server.identities import judge_branch_loss, judge_head
    from flaggit.server.trees import judge_trees

    pushed = [update for update in updates if update.new]
    too_large = list(judge_trees(server, pushed, KNOWN))
    if too_large:
        yield from too_large
        return
    # Of a thousand branches at once most have nothing new at the top, and each question costs git a start.
    tops = read_tops(server.repo, (rev for update in updates for rev in (update.old or server.head, update.new)))
    spans = {update: [tops.get(rev, set()) for rev in (update.old or server.head, update.new)] for update in updates}
    for before, after in spans.values():
        yield from map(_sentence, check_lookalikes(list_lookalikes(before, after)))
    commits = [commit for commit in read_new_commits(server, pushed) if commit.touched]
    changed = [update for update, (before, after) in spans.items() if before != after]
    differing = {update: _differences(server, update) for update in changed}
    required = server.settings.require_identity
    if required and not server.pusher.in_catalog and (commits or _is_set_back(server, differing)):
        claim = f" ({server.pusher.claim})" if server.pusher.claim else ""
        yield f"this server wants to know who pushes flags, and does not{claim}"
        return
    yield from judge_limits(server, commits)
    brought = {touch.path for commit in commits for touch in commit.touched}
    for update, entries in differing.items():
        # On a new branch only what no other branch has is new, though HEAD may have gone on since.
        fresh = [entry for entry in entries if entry.status != "D" and (update.old or entry.path in brought)]
        if update.new and fresh:
            yield from _judge_tree(server, update.new, fresh)
    if required and not server.is_integrator:
        yield from judge_claims(server, commits)
        yield from judge_sources(server, differing.values())
    for update, entries in differing.items():
        if update.old:
            yield from judge_branch_loss(server, update, entries)
        if required and _is_head(server, update):
            yield from judge_head(server, update, entries)


def _differences(server: Server, update: Update) -> list[RawEntry]:
    """Return the changes of the store between a branch before and after; for a new one, between HEAD and it."""
    before = update.old or server.head or None
    if not update.new:  # only HEAD's branch is missed
        return read_raw(server.repo, update.old, empty_tree(server.repo), STORE) if _is_head(server, update) else []
    return read_raw(server.repo, before, update.new, STORE)


def _is_set_back(server: Server, differing: Mapping[Update, list[RawEntry]]) -> bool:
    """Return whether HEAD's branch changes by a push of no new commit: set back, or deleted."""
    return any(_is_head(server, update) and entries for update, entries in differing.items())


def _is_head(server: Server, update: Update) -> bool:
    return update.ref == server.head_ref


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
        exists=lambda flag_id: True,  # noqa: ARG005 - what is merely not visible here refuses no push
        present=snapshot.others,
        fresh=paths,
    )
    return [_sentence(problem) for problem in errors_of(problems)]


def _sentence(problem: Problem) -> str:
    return f"{problem.where}: {problem.rule} {problem.message}"
