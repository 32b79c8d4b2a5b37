"""Installing git's hooks, taking them out, and saying how things are."""

from __future__ import annotations

from flaggit.errors import InvalidError, UnavailableError
from flaggit.hooks.managers import MODES, Manager, find_manager, is_integrated, lines_for
from flaggit.hooks.setup import HookState, install_stubs, probe_hooks, read_states, uninstall_stubs
from flaggit.record import record, replace
from flaggit.session import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.session import Session

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


def install(session: Session, *, mode: str | None = None) -> Reply:
    """Put the hooks in, or say what to add where another tool manages them, and prove that each one fires.

    Args:
        session: The call.
        mode: As in ``MODES``; ``auto`` (the default) looks for the tool that is used here.

    Raises:
        InvalidError: ``usage``, for an unknown mode.
        ConflictError: ``hook_in_the_way``.
        UnavailableError: ``hook_silent``, where git does not reach flaggit through a hook; ``unreadable``;
            ``bare_repository``.
    """
    manager = _manager(session, mode)
    if manager.mode not in _IN_PLACE:
        report = _managed(manager)
        notes = () if not report.lines else (f"{manager.mode} manages the hooks here; add these lines to its files.",)
        return Reply(report, notes=notes)
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


def uninstall(session: Session) -> Reply:
    """Take the stubs out; what was there before is as it was, byte for byte."""
    manager = find_manager(session.repo)
    states = uninstall_stubs(session.repo, manager.folder)
    report = HooksReport(manager.mode, manager.folder, tuple(states), installed=False)
    managed = manager.mode not in _IN_PLACE and any(is_integrated(manager, state.name) for state in states)
    notes = (f"The files of {manager.mode} still run flaggit; take its lines out by hand.",) if managed else ()
    return Reply(report, notes=notes)


def status(session: Session) -> Reply:
    """Say who manages the hooks here and which of them reach flaggit."""
    manager = find_manager(session.repo)
    if manager.mode not in _IN_PLACE:
        return Reply(_managed(manager))
    states = tuple(read_states(manager.folder))
    return Reply(HooksReport(manager.mode, manager.folder, states))


def _manager(session: Session, mode: str | None) -> Manager:
    if mode is not None and mode not in MODES:
        raise InvalidError("usage", f"There is no mode {mode!r}.", hint=f"Modes: {', '.join(MODES)}.")
    found = find_manager(session.repo)
    return found if mode in (None, "auto", found.mode) else replace(found, mode=mode)


def _managed(manager: Manager) -> HooksReport:
    states = [
        HookState(state.name, "integrated") if is_integrated(manager, state.name) else state
        for state in read_states(manager.folder)
    ]
    missing = [state for state in states if state.state not in ("integrated", "installed", "chained")]
    lines = tuple(lines_for(manager)) if len(missing) == len(states) else ()
    return HooksReport(manager.mode, manager.folder, tuple(states), lines)
