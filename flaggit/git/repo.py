"""The repository: where it is, and the door to git.

Discovery reads a few small files where they make git's answer certain (``gitdir``), so that a hot
command that needs nothing else starts no process; otherwise git is asked. Everything asked of git
goes through ``Repo.run`` (a commit, for the sake of the user's own hooks, through ``staging``), with a
list of arguments, user text only behind ``--`` or ``--end-of-options``.
"""

from __future__ import annotations

import os

from flaggit.core.errors import UnavailableError
from flaggit.core.text import shell_word
from flaggit.git.gitdir import find_common_dir, git_dir_of, is_plain_config, linked_worktrees, nearest, plain_git_dir
from flaggit.git.process import Finished, run_attached, run_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

# Neither hooks nor monitors of the repository run in what flaggit asks for itself.
QUIET_OPTIONS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
# What a surrounding git (a hook, an alias) exports about *its* repository, and nobody else's: every name that
# any git's `rev-parse --local-env-vars` prints. Those of configuration count wherever no repository is around.
_LOCAL_CONFIG = ("GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT")
_LOCAL_PLACES = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"),
    *("GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"),
)
_LOCAL_OTHERS = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_IMPLICIT_WORK_TREE", "GIT_PREFIX"),
    *("GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX"),
)
LOCAL_VARIABLES = (*_LOCAL_CONFIG, *_LOCAL_PLACES, *_LOCAL_OTHERS)
# How paths of ours are read is said on each command; a caller's own way (Magit's, say) is for its own commands.
_PATHSPEC_MODES = ("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")
_NEVER_OURS = ("GIT_PREFIX", "GIT_NAMESPACE")
# Any of these makes git look elsewhere or judge otherwise than by what lies on disk.
_CHANGES_DISCOVERY = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_IMPLICIT_WORK_TREE"),
    *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_TEST_ASSUME_DIFFERENT_OWNER"),
)
# Reading never fetches: neither what a partial clone left out, nor, for a git that knows no better way, anything.
_NO_NETWORK = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}


class Repo:
    """One repository as seen from one worktree.

    Attributes:
        root: The worktree's top folder, absolute; None in a bare repository.
        git_dir: This worktree's own git directory, absolute.
        common_dir: The git directory that all worktrees share, absolute.
        is_named: The root does not lead to the git directory, which git has to be told therefore.
    """

    __slots__ = ("_is_callers", "common_dir", "git_dir", "is_named", "root")

    def __init__(self, root: str | None, git_dir: str, *, named: bool = False) -> None:
        """Hold a repository that was found.

        Args:
            root: As the attribute.
            git_dir: As the attribute.
            named: As the attribute ``is_named``; a bare repository is always named.
        """
        self.root = root
        self.git_dir = git_dir
        self.common_dir = find_common_dir(git_dir)
        self.is_named = named or root is None
        self._is_callers: bool | None = None

    @property
    def bare(self) -> bool:
        """Return whether there is no work tree."""
        return self.root is None

    @property
    def name(self) -> str:
        """Return the name of the folder that the repository lies in, as people call it."""
        folder = self.root or self.git_dir.removesuffix("/.git")
        return os.path.basename(folder.rstrip("/")) or "this repository"

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

    def check_exists(self) -> None:
        """Refuse to look where the repository was removed meanwhile: all would seem gone from it.

        Raises:
            UnavailableError: ``no_repository``.
            OSError: The system does not say.
        """
        try:
            os.stat(self.common_dir)
        except (FileNotFoundError, NotADirectoryError):
            raise UnavailableError(
                "no_repository",
                f"The repository {self.common_dir} does not exist any more.",
                hint="Change into a clone that does.",
            ) from None

    @property
    def is_callers(self) -> bool:
        """Return whether what the environment says of a repository (its index, its objects) is said of this one."""
        if self._is_callers is None:
            self._is_callers = os.path.realpath(_git_dir_of_caller()) == os.path.realpath(self.git_dir)
        return self._is_callers

    @property
    def index_file(self) -> str:
        """Return the index in use: a partial commit's hook is given one of its own."""
        named = os.environ.get("GIT_INDEX_FILE")
        return os.path.abspath(named) if named and self.is_callers else os.path.join(self.git_dir, "index")

    def user_environment(self, *, pathspecs: bool = True) -> dict[str, str]:
        """Return the environment as the user has it, but for what is said there of another repository.

        Args:
            pathspecs: Keep how the user wants paths to be read.
        """
        env = dict(os.environ)
        for name in () if pathspecs else _PATHSPEC_MODES:
            env.pop(name, None)
        if any(name in env for name in LOCAL_VARIABLES):
            if self.is_callers:
                env.update({name: os.path.abspath(env[name]) for name in _LOCAL_PLACES if env.get(name)})
                if "GIT_DIR" in env and self.root is not None:
                    env["GIT_WORK_TREE"] = self.root
            else:
                kept = () if _git_dir_of_caller() else _LOCAL_CONFIG
                for name in LOCAL_VARIABLES:
                    if name not in kept:
                        env.pop(name, None)
        if self.is_named:
            env["GIT_DIR"] = self.git_dir
            if self.root is not None:
                env["GIT_WORK_TREE"] = self.root
        return env

    def environment(self, *, network: bool = False, **extra: str) -> dict[str, str]:
        """Return the environment for git: no prompts, no optional locks, plain messages, this repository.

        Args:
            network: The command is to reach a remote; any other reads what is here, and fetches nothing.
            extra: Further variables.
        """
        env = self.user_environment(pathspecs=False)
        for name in _NEVER_OURS:
            env.pop(name, None)
        env.update(GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", LC_ALL="C", GIT_NO_REPLACE_OBJECTS="1")
        if not network:
            env.update(_NO_NETWORK)
        env.update(extra)
        return env

    def run(
        self,
        *arguments: str,
        input: bytes = b"",
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        limit: int | None = None,
        memory: int | None = None,
        sieve: Callable[[bytes], bytes] | None = None,
        check: bool = True,
        network: bool = False,
    ) -> Finished:
        """Run git with ``arguments`` in this repository, its hooks switched off.

        Args:
            arguments: The subcommand and its arguments.
            input: Standard input.
            env: Variables added to ``environment()``.
            timeout: Seconds before it is killed with all that it started.
            limit: Bytes of its answer after which it is stopped.
            memory: Bytes that it may take.
            sieve: As in ``run_program``.
            check: Raise where git fails.
            network: It is to reach a remote.

        Raises:
            UnavailableError: ``git_missing``, ``unreadable``; ``over_limit`` where the answer is longer than
                ``limit`` or takes more than ``memory``; with ``check`` also ``timeout`` and ``git_failed``.
        """
        prefix = ["git", *QUIET_OPTIONS, "-C", self.root or self.git_dir]
        variables = self.environment(network=network, **dict(env or {}))
        done = run_program(
            [*prefix, *arguments], env=variables, input=input, timeout=timeout, limit=limit, memory=memory, sieve=sieve
        )
        is_out_of_memory = memory is not None and done.status != 0 and b"ut of memory" in done.stderr
        if done.cut or is_out_of_memory:
            much = f"memory than the {memory:,} bytes" if is_out_of_memory else f"than the {limit:,} bytes of answer"
            raise UnavailableError(
                "over_limit",
                f"A git that flaggit asks needs more {much} that it may have.",
                hint="Something here is far larger than flags are: `git ls-tree -r --long HEAD` shows what.",
            )
        if check and done.timed_out:
            raise UnavailableError("timeout", f"git {arguments[0]} did not answer within {timeout:g} seconds.")
        if check and done.status != 0:
            raise UnavailableError(
                "git_failed", f"git {arguments[0]} failed: {done.first_line}", hint=self.trust_hint(done)
            )
        return done

    def run_as_user(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        """Run git on the user's terminal with the user's own hooks, editor and environment; return its status."""
        return run_attached(["git", *arguments], env={**self.user_environment(), **dict(env or {})})

    def text(self, *arguments: str, **options: Any) -> str:
        """Return git's output, decoded, without the last newline. Options and errors as in ``run``."""
        done = self.run(*arguments, **options)
        return done.text.rstrip("\n")

    def command(self, name: str, *arguments: str) -> str:
        """Run a git command through GitPython, for what is off the hot path, and return what it prints.

        Only constant options and checked values may be handed to it (it has let option-like values run
        programs), and no keywords at all. It adds variables to the process's own and takes none away, so
        the process has ours meanwhile.

        Args:
            name: The command, with underscores for hyphens (``worktree``, ``for_each_ref``).
            arguments: Its arguments.

        Raises:
            UnavailableError: ``git_missing`` or ``git_failed``.
        """
        try:
            import git as gitpython
        except ImportError as error:  # it looks for git while it is imported
            raise UnavailableError(
                "git_missing", "git is not installed or not on PATH.", hint="Install git and try again."
            ) from error
        door = gitpython.Git(self.root or self.git_dir)
        door.set_persistent_git_options(c=[setting for setting in QUIET_OPTIONS if setting != "-c"])
        before = dict(os.environ)
        ours = self.environment()
        os.environ.clear()
        os.environ.update(ours)
        try:
            return str(getattr(door, name)(*arguments))
        except gitpython.GitCommandNotFound:
            raise UnavailableError("git_missing", "git is not on PATH.", hint="Install git.") from None
        except gitpython.GitCommandError as error:
            words = str(error.stderr).strip().removeprefix("stderr: ").strip("'\n ")
            message = f"git {name.replace('_', '-')} failed: {words or f'status {error.status}'}"
            raise UnavailableError("git_failed", message) from None
        finally:
            os.environ.clear()
            os.environ.update(before)

    def has_in_head(self, path: str) -> bool:
        """Return whether HEAD's commit holds a path, relative to the root."""
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
        """Return the top folders of all worktrees of the clone that can be seen here, this one first.

        A folder that git's records name counts where its ``.git`` leads back to them: another may have its place.
        """
        found = [] if self.root is None else [self.root]
        for git_dir, root in (self.common_dir, self.main_worktree()), *linked_worktrees(self.common_dir):
            if root and root not in found and git_dir_of(root) == os.path.realpath(git_dir) and _is_ours(root):
                found.append(root)
        return found

    def main_worktree(self) -> str:
        """Return the clone's first worktree: around ``.git``, or what ``core.worktree`` says; empty: none."""
        is_usual = os.path.basename(self.common_dir) == ".git"
        if is_plain_config(self.common_dir, self.common_dir):
            return os.path.dirname(self.common_dir) if is_usual else ""
        config = ("config", "--file", os.path.join(self.common_dir, "config"))
        if self.run(*config, "--bool", "core.bare", check=False).stdout.strip() == b"true":
            return ""
        done = self.run(*config, "core.worktree", check=False)
        named = done.text.rstrip("\n")
        if named:
            return os.path.realpath(os.path.join(self.common_dir, named))
        return os.path.dirname(self.common_dir) if is_usual else ""

    def trust_hint(self, done: Finished) -> str:
        """Return git's advice about a repository of another user's, whom only a person can decide to trust."""
        if b"dubious ownership" not in done.stderr:
            return ""
        folder = shell_word(self.root or self.git_dir)
        return f"It belongs to another user. If you trust it: git config --global --add safe.directory {folder}"


def find_repo(start: str = ".") -> Repo:
    """Return the repository that ``start`` lies in, as git sees it.

    Args:
        start: A folder. For the current one what git's variables name counts; for any other they are
            another repository's.

    Raises:
        UnavailableError: ``no_repository``, ``untrusted_repository`` (it is another user's), or ``git_failed``.
    """
    folder = _resolve(start)
    if start != "." or not any(name in os.environ for name in _CHANGES_DISCOVERY):
        top = nearest(folder)
        git_dir = plain_git_dir(top) if top else ""
        if git_dir:
            return Repo(top, git_dir)
        if not top:
            raise _nowhere(folder)
    elif _is_named_alone(folder):
        return Repo(folder, plain_git_dir(folder))
    return _ask_git(folder, start)


def _resolve(start: str) -> str:
    """Return a folder's path without links, as git resolves it before it goes up."""
    try:
        return os.getcwd() if start == "." else os.path.realpath(start)
    except FileNotFoundError:  # its worktree was removed by somebody else
        raise UnavailableError(
            "no_repository", "The folder that you are in does not exist any more.", hint="Change into one that does."
        ) from None


def _is_named_alone(folder: str) -> bool:
    """Return whether GIT_DIR, alone, names the folder's own repository: so git calls its hooks in linked worktrees."""
    if any(name in os.environ for name in _CHANGES_DISCOVERY if name != "GIT_DIR"):
        return False
    git_dir = plain_git_dir(folder)
    return bool(git_dir) and os.path.realpath(os.environ["GIT_DIR"]) == git_dir


def _ask_git(folder: str, start: str) -> Repo:
    """Return the repository that git finds. Raises as ``find_repo``."""
    env = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    if start != ".":
        for name in (*_LOCAL_PLACES, *_LOCAL_OTHERS):
            env.pop(name, None)
    git = ["git", *([] if start == "." else ["-C", folder]), "rev-parse"]
    done = run_program([*git, "--is-bare-repository", "--absolute-git-dir"], env=env)
    if done.status != 0:
        raise _refusal(folder, done)
    bare, _, place = done.text.partition("\n")
    git_dir, root = place.removesuffix("\n"), None
    if bare == "false":
        shown = run_program([*git, "--show-toplevel"], env=env)
        root = shown.text.removesuffix("\n") if shown.status == 0 else None
    leads = root is not None and git_dir_of(root) == os.path.realpath(git_dir)
    return Repo(root, git_dir, named=not leads)


def _git_dir_of_caller() -> str:
    """Return the git directory that the environment and the current folder mean; empty: none."""
    named = os.environ.get("GIT_DIR")
    if named:
        return named
    try:
        return find_repo().git_dir
    except UnavailableError:
        return ""


def _is_ours(folder: str) -> bool:
    try:
        return not hasattr(os, "geteuid") or os.lstat(folder).st_uid == os.geteuid()
    except OSError:
        return False


def _nowhere(folder: str) -> UnavailableError:
    return UnavailableError(
        "no_repository",
        f"There is no git repository at {folder} or above it.",
        hint="Change into a clone, or start one with: git init",
    )


def _refusal(folder: str, done: Finished) -> UnavailableError:
    """Return the error for a repository that git does not open, with its reason."""
    words = done.message
    if not os.path.isdir(folder):
        return UnavailableError(
            "no_repository", f"There is no folder {folder}.", hint="Name a clone, or a folder of one."
        )
    if "dubious ownership" in words:
        owned = next((line for line in words.split("\n") if "safe.directory" in line), "").strip()
        return UnavailableError(
            "untrusted_repository",
            f"git does not open the repository at {folder}: it belongs to another user.",
            hint=f"If you trust its owner: {owned or f'git config --global --add safe.directory {shell_word(folder)}'}",
        )
    if "safe.bareRepository" in words:
        return UnavailableError(
            "untrusted_repository",
            f"git does not open the bare repository at {folder} unless it is named (safe.bareRepository).",
            hint=f"Name it: GIT_DIR={shell_word(folder)} flaggit ...",
        )
    if "not a git repository" in words:
        return _nowhere(folder)
    return UnavailableError("git_failed", f"git does not open the repository at {folder}: {done.first_line}")
