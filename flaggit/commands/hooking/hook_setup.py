"""Installing git's hooks, taking them out, and saying how things are."""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.core.record import record, replace
from flaggit.hooks import MODES
from flaggit.hooks.managers import Manager, find_manager, is_integrated, lines_for
from flaggit.hooks.setup import HookState, install_stubs, probe_hooks, read_states, uninstall_stubs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Session

_IN_PLACE = ("stubs",)


@record
class HooksReport:
    """How the hooks are.

    Attributes:
        mode: Who manages them, as in ``MODES``.
        folder: Where git looks for them.
        hooks: Each hook's state; a manager's hook that runs flaggit is ``integrated``.
        lines: What a person adds to the manager's files, where there is anything to add.
        installed: False where the hooks were taken out.
    """

    mode: str
    folder: str
    hooks: tuple[HookState, ...]
    lines: tuple[str, ...] = ()
    installed: bool = True


def install(session: Session, *, mode: str | None = None) -> Reply[HooksReport]:
    """Put the hooks in, or say what to add where another tool manages them, and prove that each one fires.

    Args:
        session: The call.
        mode: As in ``MODES``; ``auto`` (the default) looks for the tool that is used here.

    Raises:
        InvalidError: ``usage``, for an unknown mode.
        ConflictError: ``hook_in_the_way``.
        UnavailableError: ``hook_silent``, where git does not reach flaggit through a hook; ``hooks_off``, where it
            is told to run none; ``unreadable``; ``bare_repository``.
    """
    if mode is not None and mode not in MODES:
        raise InvalidError("usage", f"There is no mode {mode!r}.", hint=f"Modes: {', '.join(MODES)}.")
    manager = find_manager(session.repo, mode or "auto")
    if os.path.lexists(manager.folder) and not os.path.isdir(manager.folder):
        raise UnavailableError(
            "hooks_off",
            f"core.hooksPath is {manager.folder}, which is no folder: git runs no hooks here.",
            hint="`git config --show-origin core.hooksPath` tells who set it; without it, install again.",
        )
    if manager.mode not in _IN_PLACE:
        report = _managed(manager)
        lines = tuple(lines_for(manager, _missing(session, report)))
        notes = () if not lines else (f"{manager.mode} manages the hooks here; add these lines to its files.",)
        return Reply(replace(report, lines=lines), notes=notes)
    states = install_stubs(session.repo, manager.folder)
    silent = probe_hooks(session.repo, states)
    if silent:
        raise UnavailableError(
            "hook_silent",
            f"The hooks are in, and git's {' and '.join(silent)} does not reach flaggit.",
            hint="Put flaggit on the PATH that git's hooks see, then run `flaggit hooks install` again.",
        )
    report = HooksReport(manager.mode, manager.folder, tuple(states))
    return Reply(report)


def uninstall(session: Session) -> Reply[HooksReport]:
    """Take the stubs out; what was there before is as it was, byte for byte."""
    manager = find_manager(session.repo)
    usual = os.path.join(session.repo.common_dir, "hooks")
    if os.path.realpath(usual) != os.path.realpath(manager.folder):  # git was told to look elsewhere later on
        uninstall_stubs(session.repo, usual)
    states = uninstall_stubs(session.repo, manager.folder)
    report = HooksReport(manager.mode, manager.folder, tuple(states), installed=False)
    managed = manager.mode not in _IN_PLACE and any(is_integrated(manager, state.name) for state in states)
    notes = (f"The files of {manager.mode} still run flaggit; take its lines out by hand.",) if managed else ()
    return Reply(report, notes=notes)


def status(session: Session) -> Reply[HooksReport]:
    """Say who manages the hooks here and which of them reach flaggit."""
    manager = find_manager(session.repo)
    if manager.mode in _IN_PLACE:
        return Reply(HooksReport(manager.mode, manager.folder, tuple(read_states(manager.folder))))
    report = _managed(manager)
    notes = ("`flaggit hooks install` shows what to add.",) if _missing(session, report) else ()
    return Reply(report, notes=notes)


def _managed(manager: Manager) -> HooksReport:
    states = [
        HookState(state.name, "integrated") if is_integrated(manager, state.name) else state
        for state in read_states(manager.folder)
    ]
    return HooksReport(manager.mode, manager.folder, tuple(states))


def _missing(session: Session, report: HooksReport) -> list[str]:
    """Return the hooks in which the manager does not run flaggit and should.

    pre-commit takes its time at every checkout, so it gets that hook only where the settings make use of it.
    """
    missing = [hook.name for hook in report.hooks if hook.state not in ("integrated", "installed", "chained")]
    if report.mode == "pre-commit" and not _uses_work_branches(session):
        missing = [name for name in missing if name != "post-checkout"]
    return missing


def _uses_work_branches(session: Session) -> bool:
    try:
        return session.settings.work_branch_lock or session.settings.work_branch_release
    except InvalidError:  # `check` says what is wrong with the settings
        return False
