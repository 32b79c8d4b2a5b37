"""Which of our hook stubs are installed and yet cannot fire: git looks elsewhere, or may not run them."""

from __future__ import annotations

import os

from flaggit.core.errors import UnavailableError
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_MARK = b"# flaggit-stub v"
_TAKEN_OVER = ".legacy"


@record
class DeadHook:
    """A stub that does not fire: its path, why (``code``), and the sentence that says so."""

    path: str
    code: str
    message: str


def find_dead_hooks(repo: Repo) -> list[DeadHook]:
    """Return our stubs that cannot fire, sorted by path; nothing where none is installed."""
    usual = os.path.join(repo.common_dir, "hooks")
    used = read_hooks_folder(repo) or usual
    dead = []
    if not _is_same(usual, used):
        for name in _list_stubs(usual):
            if not _calls_flaggit(used, name):
                message = f"The hook {name} never fires: core.hooksPath makes git look in {used} instead."
                dead.append(DeadHook(os.path.join(usual, name), "hook_elsewhere", message))
    for name in _list_stubs(used):
        path = os.path.join(used, name)
        if not os.access(path, os.X_OK):
            message = f"The hook {name.removesuffix(_TAKEN_OVER)} never fires: its file is not executable."
            dead.append(DeadHook(path, "hook_not_executable", message))
    return dead


def has_stubs(repo: Repo) -> bool:
    """Return whether a stub of ours is installed where git looks."""
    return bool(_list_stubs(read_hooks_folder(repo) or os.path.join(repo.common_dir, "hooks")))


def read_hooks_folder(repo: Repo) -> str | None:
    """Return the folder that ``core.hooksPath`` names, absolute; None where it names none."""
    # Our own git processes set core.hooksPath themselves, so the last value is not the user's.
    try:
        found = repo.command("config", "--show-origin", "--type=path", "-z", "--get-all", "core.hooksPath")
    except UnavailableError:  # it is not set
        found = ""
    items = found.split("\0")
    values = [value for origin, value in zip(items[::2], items[1::2], strict=False) if origin != "command line:"]
    if not values or not values[-1]:
        return None
    return os.path.normpath(os.path.join(repo.root or repo.git_dir, values[-1]))


def make_executable(hook: DeadHook) -> None:
    """Let git run a stub: whoever may read it may run it."""
    mode = os.stat(hook.path).st_mode
    os.chmod(hook.path, mode | (mode & 0o444) >> 2)


def _list_stubs(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        name for name in names if name.removesuffix(_TAKEN_OVER).replace("-", "").isalpha() and _has_mark(folder, name)
    ]


def _has_mark(folder: str, name: str) -> bool:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return _MARK in file.read(512)
    except OSError:
        return False


def _calls_flaggit(folder: str, name: str) -> bool:
    """Return whether a hook of the other folder, or husky's beside it, mentions flaggit."""
    for path in (os.path.join(folder, name), os.path.join(os.path.dirname(folder), name)):
        try:
            with open(path, "rb") as file:
                if b"flaggit" in file.read(65536):
                    return True
        except OSError:
            continue
    return False


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
