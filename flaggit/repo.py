"""The repository: where it is, and the only door to git.

Discovery reads a few small files as git does (``gitrepository-layout``), so that a hot command
that needs nothing else starts no process. Everything asked of git goes through ``Repo.run``,
with a list of arguments, user text only behind ``--`` or ``--end-of-options``.
"""

from __future__ import annotations

import os

from flaggit.errors import UnavailableError
from flaggit.process import Finished, run_attached, run_program
from flaggit.text import shell_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import git

_FEW_PATHS = 1000  # as arguments; a command line holds no more than two megabytes
_INDEX_LOCK = "index.lock"
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
        self.common_dir = _common_dir(git_dir)
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
                "git_failed", f"git {arguments[0]} failed: {_first_line(done)}", hint=self._trust_hint(done)
            )
        return done

    def run_as_user(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        """Run git on the user's terminal with the user's own hooks, editor and environment; return its status."""
        variables = None if env is None else {**os.environ, **env}
        return run_attached(["git", *arguments], env=variables)

    def text(self, *arguments: str, **options: object) -> str:
        """Return what git prints, decoded, without the last newline. Options and errors as in ``run``."""
        done = self.run(*arguments, **options)  # type: ignore[arg-type]
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def gitpython(self) -> git.Repo:
        """Return GitPython's view, for jobs off the hot path: reading configuration, ``repo.git.<command>``.

        Only constant options and checked ids may be handed to it (it has let option-like values run programs).
        """
        if self._gitpython is None:
            import git as gitpython

            self._gitpython = gitpython.Repo(self.root or self.git_dir)
        return self._gitpython

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
        for candidate in _main_worktree(self.common_dir), *_linked_worktrees(self.common_dir):
            if candidate and candidate not in found and os.path.isdir(candidate):
                found.append(candidate)
        return found

    def stage(self, paths: Iterable[str]) -> None:
        """Add exactly these paths (relative to the root) to the index; nothing else that is staged changes.

        flaggit's own processes queue, so that a herd of them does not meet git's index lock; a
        lock that somebody else's git holds is waited for.

        Raises:
            UnavailableError: ``git_failed``. The files themselves are left as they are.
        """
        names = list(paths)
        if not names:
            return
        from flaggit.turns import staging_turn

        # --sparse: the store is ours to write even where the checkout is sparse. --force: a broad
        # ignore pattern must not keep a flag out of its commit.
        with staging_turn(self.own_state_dir):
            self._change_index("add", "--sparse", "--force", names=names)

    def unstage(self, paths: Iterable[str]) -> None:
        """Take paths out of the index, so that the next commit deletes them; ones that are not there are passed over.

        Raises:
            UnavailableError: ``git_failed``.
        """
        names = list(paths)
        if not names:
            return
        from flaggit.turns import staging_turn

        with staging_turn(self.own_state_dir):
            self._change_index("rm", "--cached", "--quiet", "--sparse", "--force", "--ignore-unmatch", names=names)

    def list_untracked(self, folder: str) -> set[str]:
        """Return the files below a folder that git does not know, ignored ones included, relative to the root."""
        found = self.run("ls-files", "--others", "-z", "--full-name", "--", f":(top,literal){folder}").stdout
        return set(found.decode("utf-8", "surrogateescape").split("\0")) - {""}

    def commit(self, message: str, paths: Iterable[str]) -> str:
        """Commit exactly these paths (relative to the root) with the user's own hooks; return the commit's id.

        Whatever else is staged stays staged.

        Raises:
            UnavailableError: ``git_failed``, with git's or the hook's words; the paths stay staged.
        """
        from flaggit.turns import NESTED, staging_turn

        names = list(paths)
        # The repository's hooks run as in any commit of the user's, in the user's own language.
        language = {"LC_ALL": os.environ["LC_ALL"]} if "LC_ALL" in os.environ else {}
        env = self.environment(**{"GIT_LITERAL_PATHSPECS": "1", NESTED: self.own_state_dir})
        del env["LC_ALL"]
        argv = ["git", "-C", self.get_root(), "commit", "--quiet", "--file=-", "--only"]
        with staging_turn(self.own_state_dir):
            done = _until_index_is_free(
                lambda: self._commit_paths(argv, names, env={**env, **language}, input=message.encode("utf-8"))
            )
            if done.status == 0:
                return self.text("rev-parse", "HEAD")  # while nobody else's commit can be it
        raise UnavailableError(
            "git_failed",
            f"The commit was refused: {done.message or done.stdout.decode('utf-8', 'replace').strip()}",
            hint=f"{_lock_hint(done)}What was written is staged; commit it when that is settled.",
        )

    def _commit_paths(self, argv: list[str], names: list[str], *, env: dict[str, str], input: bytes) -> Finished:
        """Commit paths; more of them than a command line holds go through a file."""
        if len(names) <= _FEW_PATHS:
            return run_program([*argv, "--", *names], env=env, input=input)
        os.makedirs(self.own_state_dir, exist_ok=True)
        listing = os.path.join(self.own_state_dir, f"paths-{os.getpid()}")
        try:
            with open(listing, "wb") as file:
                file.write("\0".join(names).encode("utf-8", "surrogateescape") + b"\0")
            options = [f"--pathspec-from-file={listing}", "--pathspec-file-nul"]
            return run_program([*argv, *options], env=env, input=input)
        finally:
            os.unlink(listing)

    def _trust_hint(self, done: Finished) -> str:
        """Return what git says about a repository of another user's, whom only a person can decide to trust."""
        if b"dubious ownership" not in done.stderr:
            return ""
        folder = shell_word(self.root or self.git_dir)
        return f"It belongs to another user. If you trust it: git config --global --add safe.directory {folder}"

    def _change_index(self, *arguments: str, names: list[str]) -> None:
        arguments = (*arguments, "--pathspec-from-file=-", "--pathspec-file-nul")
        listing = "\0".join(names).encode("utf-8", "surrogateescape") + b"\0"
        env = {"GIT_LITERAL_PATHSPECS": "1"}
        done = _until_index_is_free(lambda: self.run(*arguments, input=listing, env=env, check=False))
        if done.status != 0:
            later = f"{_lock_hint(done)}When git is free again: git add -- {' '.join(map(shell_word, names))}"
            raise UnavailableError(
                "git_failed",
                f"The files are written but could not be staged: {_first_line(done)}",
                hint=self._trust_hint(done) or later,
            )


def _until_index_is_free(attempt: Callable[[], Finished]) -> Finished:
    """Run a git command, again for some seconds where it only met the index lock of another git."""
    import time

    pause = 0.02
    done = attempt()
    while _met_lock(done) and pause < 1.5:
        time.sleep(pause)
        pause *= 1.6
        done = attempt()
    return done


def _lock_hint(done: Finished) -> str:
    return f"`flaggit doctor` tells whether a killed git left {_INDEX_LOCK} behind. " if _met_lock(done) else ""


def _met_lock(done: Finished) -> bool:
    return done.status != 0 and _INDEX_LOCK.encode() in done.stderr


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
        git_dir = _git_dir_at(folder)
        if git_dir is not None:
            return Repo(folder, git_dir)
        if _is_git_dir(folder):
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
    if _is_declared_bare(git_dir):  # a server's, whose folder may lie inside somebody's work tree
        return Repo(None, git_dir)
    while True:
        if _git_dir_at(folder) is not None:
            return Repo(folder, git_dir)
        parent = os.path.dirname(folder)
        if parent == folder:
            return _repo_inside(git_dir)
        folder = parent


def _repo_inside(git_dir: str) -> Repo:
    """Return the repository of a git directory that we stand in: bare, unless it belongs to a worktree."""
    if os.path.basename(git_dir) == ".git" and not _is_declared_bare(git_dir):
        return Repo(os.path.dirname(git_dir), git_dir)
    pointer = _read_line(os.path.join(git_dir, "gitdir"))
    if pointer:  # .git/worktrees/<name>
        return Repo(os.path.dirname(os.path.normpath(os.path.join(git_dir, pointer))), git_dir)
    return Repo(None, git_dir)


def _git_dir_at(folder: str) -> str | None:
    dot_git = os.path.join(folder, ".git")
    if _is_git_dir(dot_git):
        return dot_git
    line = _read_line(dot_git)
    if not line.startswith("gitdir: "):
        return None
    target = os.path.normpath(os.path.join(folder, line[len("gitdir: ") :]))
    return target if os.path.isdir(target) else None


def _is_git_dir(path: str) -> bool:
    if not os.path.lexists(os.path.join(path, "HEAD")):
        return False
    return os.path.isdir(os.path.join(path, "objects")) or os.path.exists(os.path.join(path, "commondir"))


def _is_declared_bare(git_dir: str) -> bool:
    try:
        with open(os.path.join(git_dir, "config"), "rb") as file:
            return b"bare=true" in file.read().lower().replace(b" ", b"")
    except OSError:
        return False


def _common_dir(git_dir: str) -> str:
    pointer = _read_line(os.path.join(git_dir, "commondir"))
    return os.path.normpath(os.path.join(git_dir, pointer)) if pointer else git_dir


def _main_worktree(common_dir: str) -> str | None:
    """Return the clone's first worktree: the folder around ``.git``, or a submodule's ``core.worktree``."""
    if os.path.basename(common_dir) == ".git":
        return None if _is_declared_bare(common_dir) else os.path.dirname(common_dir)
    try:
        with open(os.path.join(common_dir, "config"), encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                key, _, value = line.partition("=")
                if key.strip().lower() == "worktree":
                    return os.path.normpath(os.path.join(common_dir, value.strip()))
    except OSError:
        pass
    return None


def _linked_worktrees(common_dir: str) -> list[str]:
    folder = os.path.join(common_dir, "worktrees")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    pointers = ((name, _read_line(os.path.join(folder, name, "gitdir"))) for name in names)
    return [os.path.dirname(os.path.normpath(os.path.join(folder, name, line))) for name, line in pointers if line]


def _read_line(path: str) -> str:
    """Return a small file's first line, or nothing where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(4096).rstrip("\n")
    except OSError:
        return ""


def _first_line(done: Finished) -> str:
    lines = [line for line in done.message.splitlines() if line.strip()]
    return lines[0] if lines else f"exit status {done.status}"
