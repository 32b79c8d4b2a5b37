"""Which hooks of another manager reach flaggit: told by running them, and only where nothing else runs with them."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile

from flaggit.git.process import run_program
from flaggit.hooks import PROBE
from flaggit.hooks.manager_files import is_first_in_script
from flaggit.hooks.managers import LISTED, read_text
from flaggit.hooks.stubs import find_reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flaggit.git.repo import Repo
    from flaggit.hooks.managers import Manager

_TIMEOUT = 30
_IN_FOLDER = 'cd "$1" && shift && exec "$@"'


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
    lines = read_text(os.path.join(manager.folder, name)).splitlines()
    named = [shlex.split(line.removeprefix(mark)) for line in lines if line.startswith(mark)]
    return [[words[0], "-mpre_commit"] for words in named if words]
