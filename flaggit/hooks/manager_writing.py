"""Puts flaggit's hooks into another manager's own files, and removes exactly them again."""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError
from flaggit.git.project_files import locate, read_text, write_text
from flaggit.hooks import CLIENT_HOOKS
from flaggit.hooks import manager_files as files
from flaggit.hooks.managers import Manager, hook_fields, lefthook_run, script_run, toml_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flaggit.git.repo import Repo

    Texts = dict[str, tuple[str | None, str | None]]  # path below the root -> before, after

_NEW = {  # the file that is made where a manager has none
    "pre-commit": ".pre-commit-config.yaml",
    "lefthook": "lefthook.yml",
    "simple-git-hooks": ".simple-git-hooks.json",
}
_MODE = 0o755
_OLD_HUSKY = '. "$(dirname -- "$0")/_/husky.sh"'


def write_hooks(repo: Repo, manager: Manager, names: Sequence[str]) -> list[str]:
    """Put hooks into the manager's files; return the paths, relative to the root, that were written.

    Raises:
        InvalidError: ``cannot_edit``, where a file is not of a kind that can be edited safely; nothing is written.
        UnavailableError: ``unreadable``.
    """
    root = repo.get_root()
    if _lies_outside(root, manager):
        raise InvalidError(
            "cannot_edit",
            f"{manager.folder} lies outside this repository, and others may use it.",
            hint="`flaggit hooks install` shows what to add by hand.",
        )
    texts = _edit(root, manager, lambda path, text: _added(manager, path, text, names), names)
    written = [path for path, (before, after) in texts.items() if before != after]
    for path in written:
        before, after = texts[path]
        write_text(root, path, after, expected=before)
        if before is None and (manager.mode == "hooks-path" or (manager.mode == "husky" and _head(manager))):
            os.chmod(locate(root, path), _MODE)
    return written


def remove_hooks(repo: Repo, manager: Manager, *, dry_run: bool = False) -> list[str]:
    """Take out what ``write_hooks`` put in; return the paths that were (or would be) written. Raises as that does."""
    root = repo.get_root()
    if _lies_outside(root, manager):  # nothing of ours was ever written there
        return []
    texts = _edit(root, manager, lambda path, text: _without(manager, path, text), CLIENT_HOOKS)
    written = [path for path, (before, after) in texts.items() if before != after]
    for path in () if dry_run else written:
        before, after = texts[path]
        write_text(root, path, after, expected=before)
    return written


def _edit(root: str, manager: Manager, change: Callable[[str, str | None], str | None], names: Sequence[str]) -> Texts:
    texts: Texts = {}
    for path in _paths(root, manager, names):
        before = read_text(root, path)
        try:
            texts[path] = before, change(path, before)
        except ValueError as error:
            raise InvalidError(
                "cannot_edit",
                f"{path} cannot be changed safely: {error}.",
                hint="`flaggit hooks install` shows what to add by hand.",
            ) from None
    return texts


def _paths(root: str, manager: Manager, names: Sequence[str]) -> list[str]:
    if manager.mode in _NEW:
        return [os.path.relpath(manager.config, root) if manager.config else _NEW[manager.mode]]
    folder = os.path.relpath(os.path.realpath(manager.config or manager.folder), os.path.realpath(root))
    return [os.path.join(folder, name).replace(os.sep, "/") for name in names]


def _lies_outside(root: str, manager: Manager) -> bool:
    """Return whether git looks for scripts in a folder that is no part of the worktree."""
    if manager.mode in _NEW:
        return False
    folder = os.path.relpath(os.path.realpath(manager.config or manager.folder), os.path.realpath(root))
    return folder == ".." or folder.startswith(f"..{os.sep}")


def _added(manager: Manager, path: str, text: str | None, names: Sequence[str]) -> str | None:
    plain = _without(manager, path, text) if text is not None else None
    if not names:
        return text
    if manager.mode in ("husky", "hooks-path"):
        name = path.rpartition("/")[2]
        return files.add_to_script(plain, script_run(name), head=_head(manager))
    if manager.mode == "simple-git-hooks":
        if not path.endswith(".json"):
            raise ValueError("it is a program")
        prefixes = {name: f"{script_run(name)}; " for name in names}
        return files.add_to_simple_git_hooks(plain or "{}\n", prefixes, key=_key(path))
    if path.endswith(".toml"):
        top = files.default_keys({}, names) if manager.mode == "pre-commit" else {}
        keys = [f"{key} = [{', '.join(map(repr, found))}]" for key, found in top.items()] if plain is None else []
        return files.add_to_toml(plain, toml_lines(names, path), keys or _toml_keys(plain, top))
    if manager.mode == "lefthook":
        runs = {name: lefthook_run(name) for name in names}
        add = files.add_to_json_hooks if path.endswith(".json") else files.add_to_lefthook
        return add(plain, runs)
    return files.add_to_pre_commit(plain, [hook_fields(name) for name in names], names)


def _toml_keys(text: str | None, keys: dict[str, list[str]]) -> list[str]:
    import tomllib

    try:
        there = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is no valid TOML 1.0: {error}") from None
    return [f"{key} = [{', '.join(map(repr, found))}]" for key, found in keys.items() if key not in there]


def _without(manager: Manager, path: str, text: str | None) -> str | None:
    if text is None:
        return None
    if manager.mode == "simple-git-hooks":
        if not path.endswith(".json"):
            return text
        prefixes = {name: f"{script_run(name)}; " for name in CLIENT_HOOKS}
        return files.remove_from_simple_git_hooks(text, prefixes, key=_key(path))
    if path.endswith(".json"):
        return files.remove_from_json_hooks(text)
    return files.remove_from_text(text)


def _key(path: str) -> str:
    return "simple-git-hooks" if os.path.basename(path) == "package.json" else ""


def _head(manager: Manager) -> list[str]:
    """Return how a new script begins: as its manager starts it."""
    if manager.mode != "husky":
        return ["#!/bin/sh"]
    made = os.path.join(manager.config, "_")
    is_old = os.path.isfile(os.path.join(made, "husky.sh")) and not os.path.isfile(os.path.join(made, "h"))
    return ["#!/usr/bin/env sh", _OLD_HUSKY] if is_old else []
