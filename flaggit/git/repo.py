"""The repository: where it is, and the door to git.

Discovery reads a few small files as git does (``gitdir``), so that a hot command that needs
nothing else starts no process. Everything asked of git goes through ``Repo.run`` (a commit, for
the sake of the user's own hooks, through ``staging``), with a list of arguments, user text only
behind ``--`` or ``--end-of-options``.
"""

from __future__ import annotations

import os

from flaggit.core.errors import UnavailableError
from flaggit.core.text import shell_word
from flaggit.git.gitdir import (
    find_common_dir,
    git_dir_at,
    is_declared_bare,
    is_git_dir,
    linked_worktrees,
    main_worktree,
    read_line,
)
from flaggit.git.process import Finished, run_attached, run_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import git

# Neither hooks nor monitors of the repository run in what flaggit asks for itself.
QUIET_OPTIONS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
# What a surrounding git (a hook, an alias) exports about *its* repository; wrong for any other worktree.
_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
)


class Repo:
    """One repository as seen from one worktree.

    Attributes:
        root: The worktree's top folder, absolute; None in a bare repository.
        git_dir: This worktree's own git directory, absolute.
        common_dir: The git directory that all worktrees share, absolute.
    """

    __slots__ = ("_gitpython", "common_dir", "git_dir", "root")

    def __init__(self, root: str | None, git_dir: str) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = find_common_dir(git_dir)
        self._gitpython: git.Repo | None = None

    @property
    def bare(self) -> bool:
        """Tell whether there is no work tree."""
        return self.root is None

    @property
    def state_dir(self) -> str:
        """Return the folder for disposable files of flaggit that all worktrees share."""
        return os.path.join(self.common_dir, "flaggit")

    @property
    def own_state_dir(self) -> str:
        """Return the folder for files of flaggit that belong to this worktree alone."""
        return os.path.join(self.git_dir, "flaggit")

    def get_root(self) -> str:
        """Return the worktree's top folder. Raises UnavailableError ``bare_repository`` where there is none."""
        if self.root is None:
            raise UnavailableError(
                "bare_repository",
                f"{self.git_dir} is a bare repository, and this command writes files.",
                hint="Run it in a clone or a worktree of this repository.",
            )
        return self.root

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the environment for git: no prompts, no optional locks, plain messages, this repository."""
        env = {key: value for key, value in os.environ.items() if key not in _REPOSITORY_VARIABLES}
        surrounding = os.environ.get("GIT_DIR")
        index = os.environ.get("GIT_INDEX_FILE")
        if surrounding and os.path.realpath(surrounding) == os.path.realpath(self.git_dir):
            # Inside a hook of this very repository. Elsewhere GIT_DIR stays unset, so that git
            # itself finds the repository and checks who owns it (safe.directory).
            env["GIT_DIR"] = self.git_dir
            if self.root is not None:
                env["GIT_WORK_TREE"] = self.root
        elif surrounding:
            index = None
        if index:  # a partial commit's hook reads the index that is committed
            env["GIT_INDEX_FILE"] = os.path.abspath(index)
        env.update(GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", LC_ALL="C", **extra)
        return env

    def run(
        self,
        *arguments: str,
        input: bytes = b"",
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> Finished:
        """Run git with ``arguments`` in this repository, its hooks switched off.

        Args:
            arguments: The subcommand and its arguments.
            input: Standard input.
            env: Variables added to ``environment()``.
            timeout: Seconds before it is killed with all that it started.
            check: Raise where git fails.

        Raises:
            UnavailableError: ``git_missing``; with ``check`` also ``timeout`` and ``git_failed``.
        """
        prefix = ["git", *QUIET_OPTIONS, "-C", self.root or self.git_dir]
        done = run_program([*prefix, *arguments], env=self.environment(**dict(env or {})), input=input, timeout=timeout)
        if check and done.timed_out:
            raise UnavailableError("timeout", f"git {arguments[0]} did not answer within {timeout:g} seconds.")
        if check and done.status != 0:
            raise UnavailableError(
                "git_failed", f"git {arguments[0]} failed: {done.first_line}", hint=self.trust_hint(done)
            )
        return done

    def run_as_user(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        """Run git on the user's terminal with the user's own hooks, editor and environment; return its status."""
        variables = None if env is None else {**os.environ, **env}
        return run_attached(["git", *arguments], env=variables)

    def text(self, *arguments: str, **options: Any) -> str:
        """Return what git prints, decoded, without the last newline. Options and errors as in ``run``."""
        done = self.run(*arguments, **options)
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def gitpython(self) -> git.Repo:
        """Return GitPython's view, for jobs off the hot path: reading configuration, ``repo.git.<command>``.

        Only constant options and checked ids may be handed to it (it has let option-like values run programs).
        """
        if self._gitpython is None:
            import git as gitpython

            self._gitpython = gitpython.Repo(self.root or self.git_dir)
        return self._gitpython

    def has_in_head(self, path: str) -> bool:
        """Tell whether HEAD's commit holds a path, relative to the root."""
        return self.run("cat-file", "-e", f"HEAD:{path}", check=False).status == 0

    def relative(self, path: str) -> str:
        """Return ``path`` (absolute, or relative to the current folder) relative to the root, with ``/``."""
        found = os.path.relpath(os.path.abspath(path), self.get_root())
        if found.startswith(".."):  # the same place may be known by another name, through a symbolic link
            folder, name = os.path.split(os.path.abspath(path))
            real = os.path.relpath(os.path.join(os.path.realpath(folder), name), os.path.realpath(self.get_root()))
            found = found if real.startswith("..") else real
        return found.replace(os.sep, "/")

    def worktree_roots(self) -> list[str]:
        """Return the top folders of all worktrees of the clone that exist on disk, this one first."""
        found = [] if self.root is None else [self.root]
        for candidate in main_worktree(self.common_dir), *linked_worktrees(self.common_dir):
            if candidate and candidate not in found and os.path.isdir(candidate):
                found.append(candidate)
        return found

    def trust_hint(self, done: Finished) -> str:
        """Return what git says about a repository of another user's, whom only a person can decide to trust."""
        if b"dubious ownership" not in done.stderr:
            return ""
        folder = shell_word(self.root or self.git_dir)
        return f"It belongs to another user. If you trust it: git config --global --add safe.directory {folder}"


def find_repo(start: str = ".") -> Repo:
    """Return the repository that ``start`` lies in.

    Raises:
        UnavailableError: ``no_repository``.
    """
    named = os.environ.get("GIT_DIR")
    folder = os.path.abspath(start)
    if named and start == ".":
        return _repo_of_environment(os.path.abspath(named), folder)
    while True:
        git_dir = git_dir_at(folder)
        if git_dir is not None:
            return Repo(folder, git_dir)
        if is_git_dir(folder):
            return _repo_inside(folder)
        parent = os.path.dirname(folder)
        if parent == folder:
            raise UnavailableError(
                "no_repository",
                f"There is no git repository at {os.path.abspath(start)} or above it.",
                hint="Change into a clone, or start one with: git init",
            )
        folder = parent


def _repo_of_environment(git_dir: str, folder: str) -> Repo:
    """Git hands its hooks GIT_DIR and runs them at the worktree's top (or in a bare repository)."""
    root = os.environ.get("GIT_WORK_TREE")
    if root:
        return Repo(os.path.abspath(root), git_dir)
    if is_declared_bare(git_dir):  # a server's, whose folder may lie inside somebody's work tree
        return Repo(None, git_dir)
    while True:
        if git_dir_at(folder) is not None:
            return Repo(folder, git_dir)
        parent = os.path.dirname(folder)
        if parent == folder:
            return _repo_inside(git_dir)
        folder = parent


def _repo_inside(git_dir: str) -> Repo:
    """Return the repository of a git directory that we stand in: bare, unless it belongs to a worktree."""
    if os.path.basename(git_dir) == ".git" and not is_declared_bare(git_dir):
        return Repo(os.path.dirname(git_dir), git_dir)
    pointer = read_line(os.path.join(git_dir, "gitdir"))
    if pointer:  # .git/worktrees/<name>
        return Repo(os.path.dirname(os.path.normpath(os.path.join(git_dir, pointer))), git_dir)
    return Repo(None, git_dir)
