"""Who manages a repository's hooks: git's own folder, or a tool that regenerates or replaces what lies there.

A manager's files are the user's, mostly under version control: flaggit says what to add to them
and writes nothing there itself.
"""

from __future__ import annotations

import os

from flaggit.hooks.state import read_hooks_folder
from flaggit.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.repo import Repo

MODES = ("auto", "stubs", "pre-commit", "husky", "lefthook", "hooks-path")
NAMES = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-checkout")
_LEFTHOOK = tuple(
    f"{prefix}lefthook{suffix}" for prefix in ("", ".", ".config/") for suffix in (".yml", ".yaml", ".toml", ".json")
)
_PRE_COMMIT = (".pre-commit-config.yaml", "prek.toml")

_PRE_COMMIT_LINES = """\
# in .pre-commit-config.yaml; then: pre-commit install
default_install_hook_types: [pre-commit, prepare-commit-msg, commit-msg]
repos:
  - repo: local
    hooks:
      - id: flaggit-check
        name: flags are valid
        entry: flaggit hook pre-commit
        language: system
        always_run: true
        pass_filenames: false
        stages: [pre-commit]
      - id: flaggit-prepare-commit-msg
        name: flag trailers
        entry: flaggit hook prepare-commit-msg
        language: system
        always_run: true
        stages: [prepare-commit-msg]
      - id: flaggit-commit-msg
        name: flags that the message names
        entry: flaggit hook commit-msg
        language: system
        always_run: true
        stages: [commit-msg]"""
_LEFTHOOK_LINES = """\
# in lefthook.yml; then: lefthook install
pre-commit:
  commands:
    flaggit: { run: flaggit hook pre-commit }
prepare-commit-msg:
  commands:
    flaggit: { run: "flaggit hook prepare-commit-msg {0}" }
commit-msg:
  commands:
    flaggit: { run: "flaggit hook commit-msg {1}" }
post-checkout:
  commands:
    flaggit: { run: "flaggit hook post-checkout {0}" }"""


@record
class Manager:
    """Who manages the hooks: ``mode`` as in ``MODES``, and the absolute ``folder`` in which git looks for them.

    ``config`` is the manager's own file, absolute; empty where it has none.
    """

    mode: str
    folder: str
    config: str = ""


def find_manager(repo: Repo) -> Manager:
    """Return who manages the hooks of this worktree."""
    root = repo.get_root()
    configured = read_hooks_folder(repo)
    folder = configured or os.path.join(repo.common_dir, "hooks")
    husky = os.path.join(root, ".husky")
    if folder in (husky, os.path.join(husky, "_")) or (configured is None and os.path.isdir(husky)):
        return Manager("husky", folder, husky)
    for mode, names in (("lefthook", _LEFTHOOK), ("pre-commit", _PRE_COMMIT)):
        for name in names:
            if os.path.isfile(os.path.join(root, name)):
                return Manager(mode, folder, os.path.join(root, name))
    own = os.path.realpath(folder) == os.path.realpath(os.path.join(repo.common_dir, "hooks"))
    return Manager("stubs" if own else "hooks-path", folder)


def lines_for(manager: Manager) -> list[str]:
    """Return what to add to the manager's own files, as a person would type it."""
    if manager.mode == "pre-commit":
        return _PRE_COMMIT_LINES.split("\n")
    if manager.mode == "lefthook":
        return _LEFTHOOK_LINES.split("\n")
    where = ".husky" if manager.mode == "husky" else manager.folder
    lines = []
    for name in NAMES:
        lines += [f"# in {where}/{name}", f'flaggit hook {name} -- "$@" || exit 1']
    return lines


def is_integrated(manager: Manager, name: str) -> bool:
    """Tell whether the manager's files run flaggit in a hook."""
    if manager.mode in ("pre-commit", "lefthook"):
        text = _read(manager.config)
        return f"flaggit hook {name}" in text or (manager.mode == "pre-commit" and _is_in_manifest(text, name))
    folder = manager.config if manager.mode == "husky" else manager.folder
    return f"flaggit hook {name}" in _read(os.path.join(folder, name))


def _is_in_manifest(text: str, name: str) -> bool:
    return f"id: {'flaggit-check' if name == 'pre-commit' else f'flaggit-{name}'}" in text


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""
