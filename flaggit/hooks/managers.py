"""Who manages a repository's hooks: git's own folder, or a tool that regenerates or replaces what lies there.

A manager's files are the user's, mostly under version control: flaggit says what to add to them
and writes nothing there itself.
"""

from __future__ import annotations

import os

from flaggit.core.record import record
from flaggit.hooks.state import read_hooks_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.git.repo import Repo

MODES = ("auto", "stubs", "pre-commit", "husky", "lefthook", "hooks-path")
NAMES = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout")
_HUSKY = ".husky"
_HUSKYS_OWN = ("husky.sh", "h")
_LEFTHOOK = tuple(
    f"{prefix}lefthook{suffix}" for prefix in ("", ".", ".config/") for suffix in (".yml", ".yaml", ".toml", ".json")
)
_PRE_COMMIT = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")


@record
class Manager:
    """Who manages the hooks: ``mode`` as in ``MODES``, and the absolute ``folder`` in which git looks for them.

    ``config`` is the manager's own file or folder, absolute; empty where it has none. ``shown`` is the folder
    of its scripts as people know it.
    """

    mode: str
    folder: str
    config: str = ""
    shown: str = ""


def find_manager(repo: Repo, mode: str = "auto") -> Manager:
    """Return who manages the hooks of this worktree; ``mode`` says so, or ``auto`` looks."""
    root = repo.get_root()
    configured = read_hooks_folder(repo)
    usual = os.path.join(repo.common_dir, "hooks")
    folder = configured or usual
    husky = _find_husky(root, configured)
    lefthook, pre_commit = _first_file(root, _LEFTHOOK), _first_file(root, _PRE_COMMIT)
    if mode == "auto":
        own = "stubs" if os.path.realpath(folder) == os.path.realpath(usual) else "hooks-path"
        mode = "husky" if husky else "lefthook" if lefthook else "pre-commit" if pre_commit else own
    if mode == "husky":
        husky = husky or os.path.join(root, _HUSKY)
        return Manager(mode, folder, husky, os.path.relpath(husky, root))
    return Manager(mode, folder, {"lefthook": lefthook, "pre-commit": pre_commit}.get(mode, ""), folder)


def lines_for(manager: Manager, names: Sequence[str]) -> list[str]:
    """Return what to add to the manager's own files so that they run flaggit in these hooks."""
    from flaggit.hooks.manager_lines import lefthook_lines, pre_commit_lines, script_lines

    if manager.mode in ("pre-commit", "lefthook"):
        file = os.path.basename(manager.config) or ("lefthook.yml" if manager.mode == "lefthook" else _PRE_COMMIT[0])
        write = lefthook_lines if manager.mode == "lefthook" else pre_commit_lines
        return write(names, file, _read(manager.config))
    folder = manager.config or manager.folder
    lines = []
    for name in names:
        path = os.path.join(folder, name)
        begin = manager.mode != "husky" and not os.path.lexists(path)
        lines += script_lines(name, os.path.join(manager.shown, name), begin=begin)
    return lines


def is_integrated(manager: Manager, name: str) -> bool:
    """Tell whether the manager's files run flaggit in a hook."""
    if manager.mode in ("pre-commit", "lefthook"):
        text = _read(manager.config)
        return f"flaggit hook {name}" in text or (manager.mode == "pre-commit" and _is_in_manifest(text, name))
    folder = manager.config if manager.mode == "husky" else manager.folder
    return f"flaggit hook {name}" in _read(os.path.join(folder, name))


def _first_file(root: str, names: Sequence[str]) -> str:
    paths = (os.path.join(root, name) for name in names)
    return next((path for path in paths if os.path.isfile(path)), "")


def _find_husky(root: str, configured: str | None) -> str:
    """Return the folder of husky's scripts, wherever in the repository it lies; git looks in it, or in its ``_``."""
    if configured is None:
        husky = os.path.join(root, _HUSKY)
        return husky if os.path.isdir(husky) else ""
    folder = os.path.dirname(configured) if os.path.basename(configured) == "_" else configured
    made = any(os.path.isfile(os.path.join(folder, "_", name)) for name in _HUSKYS_OWN)
    return folder if made or os.path.basename(folder) == _HUSKY else ""


def _is_in_manifest(text: str, name: str) -> bool:
    return f"id: {'flaggit-check' if name == 'pre-commit' else f'flaggit-{name}'}" in text


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""
