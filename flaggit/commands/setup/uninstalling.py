"""``uninstall``: removes from a repository and its clone what flaggit put in, and nothing that anybody else did."""

from __future__ import annotations

import contextlib
import os
import shutil

from flaggit.clone.lock_refs import Change, change_refs, list_visible_locks
from flaggit.clone.lock_rules import has_holder, is_free
from flaggit.clone.remotes import find_remote
from flaggit.clone.session import Reply, Session
from flaggit.commands.setup.clients import NAMES, setup
from flaggit.commands.setup.files import DRIVERS, clean_config, find_without_locks, is_as_written
from flaggit.core.errors import ConflictError, FlaggitError, InvalidError
from flaggit.core.layout import OWN_REFS, STORE
from flaggit.core.record import record
from flaggit.core.text import counted, visible
from flaggit.git.refs import HEADS, list_refs
from flaggit.git.repo import find_repo
from flaggit.git.staging import stage, unstage
from flaggit.hooks import installing
from flaggit.locks.merged import find_merged, free_merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_OWN_REFS = (OWN_REFS, "refs/worktree/flaggit/", HEADS + "flags/")
_OWN_FOLDERS = ("flaggit", "flaggit-identity")


@record
class Uninstalled:
    """What was taken out (or with ``dry_run`` would be), and what stays and why, a sentence each."""

    removed: tuple[str, ...]
    kept: tuple[str, ...]
    dry_run: bool


@record
class _Plan:
    """All that is flaggit's in a clone.

    Attributes:
        clients: Worktrees with the programs that were told there.
        folders: Folders of hooks that hold stubs, and files of managers that hold lines of ours.
        sections: Of the clone's git config.
        quiet: Remotes whose locks it leaves out of what is fetched.
        files: Of the store, where nothing but what ``init`` wrote is in it.
        refs: Name -> object.
        states: Folders below git directories.
        kept: What stays and why, a sentence each.
    """

    clients: tuple[tuple[Session, str], ...]
    folders: tuple[str, ...]
    sections: tuple[str, ...]
    quiet: tuple[str, ...]
    files: tuple[str, ...]
    refs: dict[str, str]
    states: tuple[str, ...]
    kept: tuple[str, ...]

    def lines(self, root: str) -> tuple[str, ...]:
        """Return what goes, a line each."""
        told = [
            f"what `setup {name}` wrote" + ("" if there.repo.root == root else f" in {there.repo.root}")
            for there, name in self.clients
        ]
        hooks = [f"hooks in {os.path.relpath(place, root)}" for place in self.folders]
        states = [os.path.relpath(folder, root) for folder in self.states]
        config = [f"git config {name}" for name in (*self.sections, *(f"remote.{name}.fetch" for name in self.quiet))]
        return (*told, *hooks, *config, *self.files, *self.refs, *states)


def uninstall(session: Session, *, yes: bool = False, dry_run: bool = False) -> Reply[Uninstalled]:
    """Take out hooks, git config, clients' files, caches, identities, and what ``init`` wrote and nobody changed.

    A store that holds anything else stays as it is, and is named. On a terminal the person is asked first.

    Args:
        session: The call.
        yes: Do it without asking.
        dry_run: Only report what would be taken out.

    Raises:
        InvalidError: ``usage``, without ``yes`` or ``dry_run`` where nobody can be asked; ``bad_json`` or
            ``cannot_edit`` of a client's file.
        ConflictError: ``locked_by_other``, while a lock that only this clone knows is held.
        UnavailableError: ``bare_repository``, ``unreadable`` or ``git_failed``.
    """
    root = session.repo.get_root()
    if not (yes or dry_run or session.attended):
        raise InvalidError(
            "usage",
            "uninstall takes flaggit out of this clone; --yes says so.",
            hint="flaggit uninstall --dry-run    lists what would go",
        )
    held = _held_here(session)
    if held and not dry_run:
        raise held
    plan = _plan(session)
    removed = plan.lines(root)
    if dry_run or not (yes or _agree(removed)):
        kept = (f"All of it stays for now: {held.message} `{held.hint}` ends that.",) if held else ()
        return Reply(Uninstalled(removed, (*kept, *plan.kept), dry_run=True))
    free_merged(session, everybodys=True)
    for there, name in plan.clients:
        setup(there, client=name, remove=True)
    if plan.folders:
        installing.uninstall(session)
    clean_config(session, plan.sections, plan.quiet)
    _remove_files(session, plan.files)
    change_refs(session.repo, [Change(name, None, oid) for name, oid in plan.refs.items()])
    _remove_ref_folders(session.repo.common_dir)
    _remove_folders(plan.states)
    return Reply(Uninstalled(removed, plan.kept, dry_run=False))


def _agree(lines: Iterable[str]) -> bool:
    from flaggit.output.asking import confirm, say

    say("\n".join(["This would go:", *(f"  {visible(line)}" for line in lines)]))
    return confirm("Take it out?", default=False)


def _plan(session: Session) -> _Plan:
    files, kept = _initial(session)
    return _Plan(
        clients=tuple(_clients(session)),
        folders=(*installing.find_stub_folders(session.repo), *map(session.store.locate, _lines(session))),
        sections=tuple(_sections(session)),
        quiet=tuple(find_without_locks(session)),
        files=tuple(files),
        refs={name: oid for prefix in _OWN_REFS for name, oid in list_refs(session.repo, prefix).items()},
        states=tuple(_state_folders(session)),
        kept=tuple(kept),
    )


def _clients(session: Session) -> Iterable[tuple[Session, str]]:
    """Yield the programs that were told: in this worktree, and in others as far as no commit there holds it."""
    for name in NAMES:
        if _is_set_up(session, name):
            yield session, name
    for top in session.repo.worktree_roots()[1:]:
        there = Session(find_repo(top), now=session.now, offline=True)
        for name in NAMES:
            if _is_set_up(there, name) and not _is_committed(there, name):
                yield there, name


def _is_committed(session: Session, name: str) -> bool:
    return any(session.repo.has_in_head(file.path) for file in setup(session, client=name, dry_run=True).data.files)


def _held_here(session: Session) -> ConflictError | None:
    """Return why nothing can be taken out while somebody holds a lock that only this clone knows."""
    locks = list_visible_locks(session.repo, lambda: find_remote(session.repo))
    held = [lock for lock in locks if lock.scope == "local" and has_holder(lock) and not is_free(lock, session.now)]
    merged = {lock.flag_id for lock in find_merged(session, everybodys=True)} if held else set()
    held = [lock for lock in held if lock.flag_id not in merged]
    if not held:
        return None
    holder = held[0].holder
    return ConflictError(
        "locked_by_other",
        f"{holder} holds {', '.join(sorted(lock.flag_id for lock in held))}, and only this clone knows of it.",
        hint=f"flaggit unlock --holder {holder}",
    )


def _is_set_up(session: Session, name: str) -> bool:
    try:
        found = setup(session, client=name, remove=True, dry_run=True).data
    except ConflictError:  # a file of that name which is another's
        return False
    return any(file.before != file.after for file in found.files)


def _lines(session: Session) -> list[str]:
    """Return the files of other managers that hold lines of ours, relative to the root."""
    try:
        return installing.find_lines(session.repo)
    except InvalidError:  # a file that cannot be edited safely holds none of ours
        return []


def _sections(session: Session) -> list[str]:
    """Return the sections of this clone's git config that hold our drivers and nothing else."""
    listed = session.repo.command("config", "--local", "--list", "-z").split("\0")
    values = dict(item.split("\n", 1) for item in listed if "\n" in item)
    sections = dict.fromkeys(key.rpartition(".")[0] for key in DRIVERS)
    return [
        section
        for section in sections
        if (own := {key for key in values if key.startswith(section + ".")})
        and all(values[key] == DRIVERS.get(key) for key in own)
    ]


def _initial(session: Session) -> tuple[list[str], list[str]]:
    """Return the files that ``init`` wrote and nobody changed, where the store holds nothing else; else what stays."""
    store = session.store.locate(STORE)
    found = [
        os.path.relpath(os.path.join(folder, name), os.path.dirname(store)).replace(os.sep, "/")
        for folder, _, names in os.walk(store)
        for name in names
    ]
    others = sorted(path for path in found if not is_as_written(session, path))
    if others:
        more = f" and {counted(len(others) - 1, 'other file')}" if len(others) > 1 else ""
        return [], [f"{STORE}/ stays, since it holds {others[0]}{more}."]
    return sorted(found), []


def _remove_files(session: Session, paths: Iterable[str]) -> None:
    committed = [path for path in paths if session.repo.has_in_head(path)]
    for path in paths:
        os.unlink(session.store.locate(path))
    for folder, _, _ in [*os.walk(session.store.locate(STORE), topdown=False)] if paths else ():
        os.rmdir(folder)
    fresh = [path for path in paths if path not in committed]
    if fresh:
        unstage(session.repo, fresh)
    if committed:
        stage(session.repo, committed)


def _state_folders(session: Session) -> Iterable[str]:
    """Yield flaggit's folders in the git directories of the clone and of its worktrees."""
    worktrees = os.path.join(session.repo.common_dir, "worktrees")
    linked = [os.path.join(worktrees, name) for name in os.listdir(worktrees)] if os.path.isdir(worktrees) else []
    for place in (session.repo.common_dir, *sorted(linked)):
        for name in _OWN_FOLDERS:
            if os.path.isdir(os.path.join(place, name)):
                yield os.path.join(place, name)


def _remove_ref_folders(common_dir: str) -> None:
    """Remove the empty folders of flaggit's refs: git makes them even for a ref that it finds absent."""
    for prefix in _OWN_REFS:
        for folder, _, _ in os.walk(os.path.join(common_dir, prefix), topdown=False):
            with contextlib.suppress(OSError):  # one that a ref is in
                os.rmdir(folder)


def _remove_folders(folders: Iterable[str]) -> None:
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise FlaggitError("unreadable", f"{folder} cannot be removed: {error.strerror}.") from None
