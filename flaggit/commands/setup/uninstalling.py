"""``uninstall``: takes out of a repository and its clone what flaggit put in, and nothing that anybody else did."""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import Change, change_refs, list_visible_locks
from flaggit.clone.lock_rules import has_holder, is_free
from flaggit.clone.remotes import find_remote
from flaggit.clone.session import Reply
from flaggit.commands.setup.actions import DRIVERS, initial_files
from flaggit.commands.setup.clients import NAMES, setup
from flaggit.core.errors import ConflictError, FlaggitError, InvalidError
from flaggit.core.layout import STORE
from flaggit.core.record import record
from flaggit.git.refs import list_refs
from flaggit.git.staging import stage, unstage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.clone.session import Session

_OWN_REFS = ("refs/flaggit/", "refs/worktree/flaggit/", "refs/heads/flags/")
_OWN_FOLDERS = ("flaggit", "flaggit-identity")


@record
class Uninstalled:
    """What was taken out (or with ``dry_run`` would be), and what stays and why, a sentence each."""

    removed: tuple[str, ...]
    kept: tuple[str, ...]
    dry_run: bool


def uninstall(session: Session, *, yes: bool = False, dry_run: bool = False) -> Reply[Uninstalled]:
    """Take out hooks, git config, clients' files, caches, identities, and what ``init`` wrote and nobody changed.

    A store that holds anything else stays as it is, and is named.

    Args:
        session: The call.
        yes: Do it.
        dry_run: Only report what would be taken out.

    Raises:
        InvalidError: ``usage``, without ``yes`` or ``dry_run``; ``bad_json`` or ``cannot_edit`` of a client's file.
        ConflictError: ``locked_by_other``, while a lock that only this clone knows is held.
        UnavailableError: ``bare_repository``, ``unreadable`` or ``git_failed``.
    """
    root = session.repo.get_root()
    if not yes and not dry_run:
        raise InvalidError(
            "usage",
            "uninstall takes flaggit out of this clone; --yes says so.",
            hint="flaggit uninstall --dry-run    lists what would go",
        )
    _require_no_locks(session)
    clients = [name for name in NAMES if _is_set_up(session, name)]
    stubs = _stub_folders(session)
    drivers = _sections(session)
    files, kept = _initial(session)
    refs = {name: oid for prefix in _OWN_REFS for name, oid in list_refs(session.repo, prefix).items()}
    folders = list(_state_folders(session))
    removed = [f"what `setup {name}` wrote" for name in clients]
    removed += [f"hooks in {folder}" for folder in stubs]
    removed += [f"git config {section}" for section in drivers]
    removed += [*files, *refs, *(os.path.relpath(folder, root) for folder in folders)]
    if dry_run:
        return Reply(Uninstalled(tuple(removed), tuple(kept), dry_run=True))
    for name in clients:
        setup(session, client=name, remove=True)
    _remove_stubs(session, stubs)
    for section in drivers:
        session.repo.command("config", "--local", "--remove-section", section)
    _remove_files(session, files)
    change_refs(session.repo, [Change(name, None, oid) for name, oid in refs.items()])
    _remove_folders(folders)
    return Reply(Uninstalled(tuple(removed), tuple(kept), dry_run=False))


def _require_no_locks(session: Session) -> None:
    locks = list_visible_locks(session.repo, lambda: find_remote(session.repo))
    held = [lock for lock in locks if lock.scope == "local" and has_holder(lock) and not is_free(lock, session.now)]
    if held:
        ids = ", ".join(sorted(lock.flag_id for lock in held))
        raise ConflictError(
            "locked_by_other",
            f"{held[0].holder} holds {ids}, and only this clone knows of it.",
            hint=f"flaggit unlock --holder {held[0].holder}",
        )


def _is_set_up(session: Session, name: str) -> bool:
    try:
        found = setup(session, client=name, remove=True, dry_run=True).data
    except ConflictError:  # a file of that name which is another's
        return False
    return any(file.before != file.after for file in found.files)


def _stub_folders(session: Session) -> list[str]:
    from flaggit.hooks.managers import find_manager
    from flaggit.hooks.setup import read_states

    folders = {os.path.join(session.repo.common_dir, "hooks"), find_manager(session.repo).folder}
    ours = ("installed", "chained", "silent")
    return sorted(folder for folder in folders if any(state.state in ours for state in read_states(folder)))


def _remove_stubs(session: Session, folders: Iterable[str]) -> None:
    from flaggit.hooks.setup import uninstall_stubs

    for folder in folders:
        uninstall_stubs(session.repo, folder)


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
    written = initial_files()
    store = session.store.locate(STORE)
    found = [
        os.path.relpath(os.path.join(folder, name), os.path.dirname(store)).replace(os.sep, "/")
        for folder, _, names in os.walk(store)
        for name in names
    ]
    others = [path for path in found if path not in written or _read(session, path) != written[path]]
    if others:
        more = f" and {len(others) - 1} more files" if len(others) > 1 else ""
        return [], [f"{STORE}/ stays, since it holds {others[0]}{more}."]
    return sorted(found), []


def _read(session: Session, path: str) -> bytes | None:
    try:
        with open(session.store.locate(path), "rb") as file:
            return file.read(1 << 20)
    except OSError:
        return None


def _remove_files(session: Session, paths: list[str]) -> None:
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


def _remove_folders(folders: Iterable[str]) -> None:
    import shutil

    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise FlaggitError("unreadable", f"{folder} cannot be removed: {error.strerror}.") from None
