"""Stubs in git's hooks folder: put there beside what was there before, and taken out without a trace.

A stub is a small file of ``sh`` with the hook's name written into it (a tool that renames it must
not change what it does). A hook that was there keeps its bytes and becomes ``<name>.pre-flaggit``,
which the stub runs first.
"""

from __future__ import annotations

import os

from flaggit.errors import ConflictError, UnavailableError
from flaggit.hooks.managers import NAMES
from flaggit.process import run_program
from flaggit.record import record
from flaggit.resources import find_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.repo import Repo

PROBE = "FLAGGIT_HOOK_PROBE"  # names a file: a hook says there that it was reached, and does nothing else
_MARK = b"# flaggit-stub v"
_BEFORE = ".pre-flaggit"
_TAKEN_OVER = ".legacy"  # what pre-commit calls a hook that it finds, and runs
_MADE_FOLDER = "made-hooks-folder"
_PROBE_TIMEOUT = 30
_MODE = 0o755


@record
class HookState:
    """One hook: ``state`` is ``installed``, ``chained`` (another tool runs our stub), ``foreign`` or ``absent``.

    ``runs_before`` tells whether our stub runs an earlier hook first.
    """

    name: str
    state: str
    runs_before: bool = False


def read_states(folder: str) -> list[HookState]:
    """Return how things are in a hooks folder."""
    return [_read_state(folder, name) for name in NAMES]


def install_stubs(repo: Repo, folder: str) -> list[HookState]:
    """Put the stubs into a hooks folder; one that is there already stays as it is.

    Raises:
        ConflictError: ``hook_in_the_way``, where both a foreign hook and an earlier ``.pre-flaggit`` are
            there: nothing is changed.
        UnavailableError: ``unreadable``.
    """
    blocked = [name for name in NAMES if _is_blocked(folder, name)]
    if blocked:
        raise ConflictError(
            "hook_in_the_way",
            f"{folder} has both a hook of another tool and one that flaggit moved aside: {', '.join(blocked)}.",
            hint=f"Keep one of the two (the older is named *{_BEFORE}), then install again.",
        )
    try:
        if not os.path.isdir(folder):
            os.makedirs(folder)
            _remember_folder(repo, folder)
        for name in NAMES:
            if _read_state(folder, name).state in ("foreign", "absent"):
                _put_stub(folder, name)
            elif _read_state(folder, name).state == "installed":
                _refresh_stub(folder, name)
    except OSError as error:
        raise UnavailableError("unreadable", f"{folder} cannot be written: {error.strerror}.") from error
    return read_states(folder)


def uninstall_stubs(repo: Repo, folder: str) -> list[HookState]:
    """Take the stubs out and put back what was there before, byte for byte; foreign files are left alone.

    Raises:
        UnavailableError: ``unreadable``.
    """
    try:
        for name in NAMES:
            for place in (name, name + _TAKEN_OVER):
                if _is_stub(os.path.join(folder, place)):
                    _take_stub(folder, name, place)
        _remove_made_folder(repo, folder)
    except OSError as error:
        raise UnavailableError("unreadable", f"{folder} cannot be written: {error.strerror}.") from error
    return read_states(folder)


def probe_hooks(repo: Repo, states: list[HookState]) -> list[str]:
    """Return the installed hooks that do not reach flaggit when git runs them; a foreign hook is never run.

    git itself looks each stub up and starts it, with an index and a message of the probe's own.
    """
    import shutil
    import tempfile

    place = tempfile.mkdtemp(prefix="flaggit-probe-")
    try:
        return [state.name for state in states if state.state == "installed" and not _reaches(repo, state.name, place)]
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _reaches(repo: Repo, name: str, place: str) -> bool:
    heard = os.path.join(place, "heard")
    message = os.path.join(place, "message")
    with open(message, "w", encoding="ascii") as file:
        file.write("probe\n")
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    own.update({PROBE: heard, "GIT_INDEX_FILE": os.path.join(place, "index"), "GIT_EDITOR": ":"})
    arguments = [message] if name.endswith("-msg") else []
    root = repo.get_root()
    done = run_program(
        ["git", "-C", root, "hook", "run", name, "--", *arguments], env=own, timeout=_PROBE_TIMEOUT
    )  # git 2.36 and later; an older one knows no `git hook`
    if done.status != 0 and b"is not a git command" in done.stderr:
        stub = os.path.join(repo.common_dir, "hooks", name)
        run_program(["sh", stub, *arguments], env=own, timeout=_PROBE_TIMEOUT)
    try:
        with open(heard, encoding="utf-8") as file:
            return name in file.read().split()
    except OSError:
        return False


def _read_state(folder: str, name: str) -> HookState:
    path = os.path.join(folder, name)
    before = os.path.lexists(path + _BEFORE)
    if _is_stub(path):
        return HookState(name, "installed", before)
    if _is_stub(path + _TAKEN_OVER):
        return HookState(name, "chained", before)
    return HookState(name, "foreign" if os.path.lexists(path) else "absent", False)


def _is_blocked(folder: str, name: str) -> bool:
    state = _read_state(folder, name).state
    return state == "foreign" and os.path.lexists(os.path.join(folder, name + _BEFORE))


def _is_stub(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return _MARK in file.read(512)
    except OSError:
        return False


def _stub(name: str) -> bytes:
    with open(os.path.join(find_folder("hooks"), name), "rb") as file:
        return file.read()


def _put_stub(folder: str, name: str) -> None:
    path = os.path.join(folder, name)
    temporary = _write_stub(folder, name)
    if os.path.lexists(path):  # the hook there gets a second name first, so that at no time there is none
        try:
            os.link(path, path + _BEFORE, follow_symlinks=False)
        except (OSError, NotImplementedError):
            os.rename(path, path + _BEFORE)
    os.replace(temporary, path)


def _refresh_stub(folder: str, name: str) -> None:
    path = os.path.join(folder, name)
    with open(path, "rb") as file:
        same = file.read() == _stub(name)
    if not same:
        os.replace(_write_stub(folder, name), path)
    elif not os.access(path, os.X_OK):
        os.chmod(path, _MODE)


def _write_stub(folder: str, name: str) -> str:
    temporary = os.path.join(folder, f".{name}-{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_stub(name))
    os.chmod(temporary, _MODE)
    return temporary


def _take_stub(folder: str, name: str, place: str) -> None:
    path = os.path.join(folder, place)
    before = os.path.join(folder, name + _BEFORE)
    if os.path.lexists(before):
        if os.path.isdir(before) and not os.path.islink(before):  # which no file can be replaced by
            os.unlink(path)
        os.replace(before, path)
    else:
        os.unlink(path)


def _remember_folder(repo: Repo, folder: str) -> None:
    from flaggit.files import replace_file

    replace_file(os.path.join(repo.state_dir, _MADE_FOLDER), os.fsencode(folder))


def _remove_made_folder(repo: Repo, folder: str) -> None:
    """Remove the hooks folder where we made it and nothing lies in it."""
    note = os.path.join(repo.state_dir, _MADE_FOLDER)
    try:
        with open(note, "rb") as file:
            made = file.read() == os.fsencode(folder)
    except OSError:
        return
    if made and not os.listdir(folder):
        os.rmdir(folder)
        os.unlink(note)
