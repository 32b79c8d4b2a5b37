"""Installing git's hooks, taking them out, and saying how things are."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile

from flaggit.clone.session import Reply
from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.core.record import record, replace
from flaggit.git.process import run_program
from flaggit.hooks import CLIENT_HOOKS, MODES, PROBE
from flaggit.hooks.manager_files import is_first_in_script
from flaggit.hooks.manager_writing import remove_hooks, write_hooks
from flaggit.hooks.managers import LISTED, Manager, find_manager, is_integrated, lines_for, read_text
from flaggit.hooks.stubs import HookState, find_reached, install_stubs, probe_hooks, read_states, uninstall_stubs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flaggit.clone.session import Session
    from flaggit.git.repo import Repo

_IN_PLACE = ("stubs",)
_STEPS = {
    "pre-commit": "pre-commit install",
    "lefthook": "lefthook install",
    "simple-git-hooks": "npx simple-git-hooks",
}
_TIMEOUT = 30
_IN_FOLDER = 'cd "$1" && shift && exec "$@"'


@record
class HooksReport:
    """How the hooks are.

    Attributes:
        mode: Who manages them, as in ``MODES``.
        folder: Where git looks for them.
        hooks: Each hook's state; a manager's hook that runs flaggit is ``integrated``, one that names it and could not
            be seen to run it ``unproven``.
        lines: What a person adds to the manager's files, where there is anything to add.
        installed: False where the hooks were taken out.
        written: The manager's files that were changed.
    """

    mode: str
    folder: str
    hooks: tuple[HookState, ...]
    lines: tuple[str, ...] = ()
    installed: bool = True
    written: tuple[str, ...] = ()


def install(session: Session, *, mode: str | None = None, write: bool = False) -> Reply[HooksReport]:
    """Put the hooks in, or say what to add where another tool manages them, and prove that each one fires.

    Args:
        session: The call.
        mode: As in ``MODES``; ``auto`` (the default) looks for the tool that is used here.
        write: Put the lines into the manager's own files.

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
        if write:
            return _write(session, manager)
        report = _managed(session, manager)
        lines = tuple(lines_for(manager, _missing(session, report)))
        notes = () if not lines else (f"{manager.mode} manages the hooks here; add these lines to its files.",)
        return Reply(replace(report, lines=lines), notes=notes)
    states = install_stubs(session.repo, manager.folder)
    silent = probe_hooks(session.repo, states)
    if silent:
        raise UnavailableError(
            "hook_silent",
            f"The hooks are in, but git does not reach flaggit through {', '.join(silent)}.",
            hint="Put flaggit on the PATH that git's hooks see, then run `flaggit hooks install` again.",
        )
    report = HooksReport(manager.mode, manager.folder, tuple(states))
    return Reply(report)


def _write(session: Session, manager: Manager) -> Reply[HooksReport]:
    """Put all hooks that the settings make use of into the manager's files, in the place of what is there of ours."""
    every = HooksReport(manager.mode, "", tuple(HookState(name, "absent") for name in CLIENT_HOOKS))
    written = write_hooks(session.repo, manager, _missing(session, every))
    fresh = find_manager(session.repo, manager.mode)
    report = replace(_managed(session, fresh), written=tuple(written))
    notes = [f"Wrote {', '.join(written)}; nothing is staged."] if written else []
    step = _STEPS.get(manager.mode)
    if step and any(hook.state == "unproven" for hook in report.hooks):
        notes.append(f"`{step}` makes git run them.")
    return Reply(report, notes=tuple(notes))


def uninstall(session: Session) -> Reply[HooksReport]:
    """Take the hooks out; what was there before is as it was, byte for byte."""
    manager = find_manager(session.repo)
    for folder in find_stub_folders(session.repo):
        uninstall_stubs(session.repo, folder)
    written = [] if manager.mode in _IN_PLACE else remove_hooks(session.repo, manager)
    manager = find_manager(session.repo)
    states = read_states(manager.folder)
    report = HooksReport(manager.mode, manager.folder, tuple(states), installed=False, written=tuple(written))
    managed = manager.mode not in _IN_PLACE and any(is_integrated(manager, state.name) for state in states)
    notes: tuple[str, ...] = (
        (f"The files of {manager.mode} still run flaggit; take its lines out by hand.",) if managed else ()
    )
    notes += (f"Took flaggit's lines out of {', '.join(written)}; nothing is staged.",) if written else ()
    return Reply(report, notes=notes)


def find_stub_folders(repo: Repo) -> list[str]:
    """Return the folders that hold stubs of ours: git's own, and where git was told to look later on."""
    folders = (find_manager(repo).folder, os.path.join(repo.common_dir, "hooks"))
    places = {os.path.realpath(folder): folder for folder in folders}
    return [folder for folder in places.values() if any(state.is_stub for state in read_states(folder))]


def find_lines(repo: Repo) -> list[str]:
    """Return the files of other managers in which lines of ours stand, relative to the root."""
    manager = find_manager(repo)
    return [] if manager.mode in _IN_PLACE else remove_hooks(repo, manager, dry_run=True)


def status(session: Session) -> Reply[HooksReport]:
    """Say who manages the hooks here and which of them reach flaggit."""
    manager = find_manager(session.repo)
    if manager.mode in _IN_PLACE:
        return Reply(HooksReport(manager.mode, manager.folder, tuple(read_states(manager.folder))))
    report = _managed(session, manager)
    notes = ("`flaggit hooks install` shows what to add.",) if _missing(session, report) else ()
    return Reply(report, notes=notes)


def find_missing(session: Session) -> list[str]:
    """Return the hooks of git in which flaggit does not run and should."""
    return _missing(session, status(session).data)


def _managed(session: Session, manager: Manager) -> HooksReport:
    """Return how the hooks of a manager are; those that name flaggit are run, where nothing else runs with them."""
    states = read_states(manager.folder)
    named = [state.name for state in states if is_integrated(manager, state.name)]
    proven = find_proven(session.repo, manager, named)
    found = [
        HookState(state.name, "integrated" if state.name in proven else "unproven") if state.name in named else state
        for state in states
    ]
    return HooksReport(manager.mode, manager.folder, tuple(found))


def _missing(session: Session, report: HooksReport) -> list[str]:
    """Return the hooks in which the manager does not run flaggit and should.

    pre-commit takes its time at every checkout, so it gets that hook only where the settings make use of it.
    """
    missing = [hook.name for hook in report.hooks if not hook.runs_flaggit and hook.state != "unproven"]
    if report.mode == "pre-commit" and not _uses_work_branches(session):
        missing = [name for name in missing if name != "post-checkout"]
    return missing


def _uses_work_branches(session: Session) -> bool:
    try:
        return session.settings.work_branch_lock or session.settings.work_branch_release
    except InvalidError:  # `check` says what is wrong with the settings
        return False


def find_proven(repo: Repo, manager: Manager, names: Sequence[str]) -> list[str]:
    """Return those hooks that were seen to reach flaggit.

    A script is run where flaggit's line is its first, since that ends it; pre-commit and lefthook are asked to run our
    entry alone, where git starts them and they are to be found.
    """
    if manager.mode in ("husky", "hooks-path", "simple-git-hooks"):
        folder = manager.config if manager.mode == "husky" else manager.folder
        marks = {name: f"flaggit hook {name}" for name in names}
        texts = {name: read_text(os.path.join(folder, name)) for name in names}
        if manager.mode == "simple-git-hooks":  # what it writes begins with a few lines of its own
            texts = {name: text[text.find("if command -v flaggit") :] for name, text in texts.items()}
        return find_reached(repo, [name for name in names if is_first_in_script(texts[name], marks[name])])
    return [name for name in names if _starts(manager, name) and _runs_entry(repo, manager, name)]


def _starts(manager: Manager, name: str) -> bool:
    """Report whether git's hook is the manager's own."""
    text = read_text(os.path.join(manager.folder, name))
    return manager.mode in text or "prek" in text


def _runs_entry(repo: Repo, manager: Manager, name: str) -> bool:
    root = repo.get_root()
    place = tempfile.mkdtemp(prefix="flaggit-probe-")
    heard, message = os.path.join(place, "heard"), os.path.join(place, "message")
    try:
        with open(message, "w", encoding="ascii") as file:
            file.write("probe\n")
        own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        for command in _commands(root, manager, name, message):
            run_program(["sh", "-c", _IN_FOLDER, "sh", root, *command], env={**own, PROBE: heard}, timeout=_TIMEOUT)
            if name in read_text(heard).split():
                return True
        return False
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _commands(root: str, manager: Manager, name: str, message: str) -> Iterator[list[str]]:
    path = os.environ.get("PATH", os.defpath) + os.pathsep + os.path.join(root, "node_modules", ".bin")
    if manager.mode == "lefthook":
        program = shutil.which("lefthook", path=path)
        for option in ("--commands", "--command"):  # of its first and its second version
            if program:
                yield [program, "run", name, option, "flaggit", "--", message]
        return
    found = [[place] for known in ("pre-commit", "prek") if (place := shutil.which(known, path=path))]
    for start in [*_own_interpreter(manager, name), *found]:
        files = ["--commit-msg-filename", message] if name.endswith("-msg") else []
        yield [*start, "run", LISTED[name][0], "--hook-stage", name, "--all-files", *files]


def _own_interpreter(manager: Manager, name: str) -> list[list[str]]:
    """Return how git's hook starts pre-commit: it names the interpreter, be pre-commit on PATH or not."""
    mark = "INSTALL_PYTHON="
    lines = read_text(os.path.join(manager.folder, name)).split("\n")
    named = [shlex.split(line.removeprefix(mark)) for line in lines if line.startswith(mark)]
    return [[words[0], "-mpre_commit"] for words in named if words]
