"""Writing git's index and commits: paths relative to the root in, exactly these staged or committed."""

from __future__ import annotations

import os
import time

from flaggit.core.errors import REFUSALS, UnavailableError, refusal_of
from flaggit.core.text import shell_word
from flaggit.git.files import make_state_folder
from flaggit.git.process import run_program
from flaggit.git.turn_mark import mark_staged
from flaggit.git.turns import NESTED, staging_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flaggit.git.process import Finished
    from flaggit.git.repo import Repo

_PATHSPECS = ("--pathspec-from-file=-", "--pathspec-file-nul")
_FEW_PATHS = 1000  # as arguments; a command line holds no more than two megabytes
_INDEX_LOCK = "index.lock"


def stage(repo: Repo, paths: Iterable[str]) -> None:
    """Make the index hold these paths (relative to the root) as they are now, gone ones not; nothing else changes.

    flaggit's own processes queue, so that a herd of them does not meet git's index lock; a
    lock that somebody else's git holds is waited for.

    Raises:
        StagingError: The files themselves are left as they are.
    """
    names = list(paths)
    if not names:
        return
    mark_staged(repo)
    with staging_turn(repo.own_state_dir):
        if os.path.exists(os.path.join(repo.git_dir, "info", "sparse-checkout")):
            # --sparse: the store is ours to write even there. --force: a broad ignore pattern must
            # not keep a flag out of its commit.
            _change_index(repo, "add", "--sparse", "--force", *_PATHSPECS, names=names)
        else:  # asks nothing about ignored files, and does not look at all the others: half the price in a large store
            _change_index(repo, "update-index", "--add", "--remove", "-z", "--stdin", names=names)


def unstage(repo: Repo, paths: Iterable[str]) -> None:
    """Take paths out of the index, so that the next commit deletes them; ones that are not there are passed over.

    Raises:
        StagingError: As for ``stage``.
    """
    names = list(paths)
    if not names:
        return
    with staging_turn(repo.own_state_dir):
        _change_index(
            repo, "rm", "--cached", "--quiet", "--sparse", "--force", "--ignore-unmatch", *_PATHSPECS, names=names
        )


def list_untracked(repo: Repo, folder: str) -> set[str]:
    """Return the files below a folder that git does not know, ignored ones included, relative to the root."""
    found = repo.run("ls-files", "--others", "-z", "--full-name", "--", f":(top,literal){folder}").stdout
    return set(found.decode("utf-8", "surrogateescape").split("\0")) - {""}


def commit_paths(repo: Repo, message: str, paths: Iterable[str]) -> str:
    """Commit exactly these paths (relative to the root) with the user's own hooks; return the commit's id.

    Whatever else is staged stays staged.

    Raises:
        UnavailableError: ``git_failed``, with git's or the hook's words; the paths stay staged.
    """
    names = [f":(top,literal){path}" for path in paths]
    # The repository's hooks run as in any commit of the user's, in the user's own language; how paths are to be
    # read is said with each of ours, since hooks have paths of their own.
    env = {**repo.user_environment(pathspecs=False), "GIT_TERMINAL_PROMPT": "0", NESTED: repo.own_state_dir}
    argv = ["git", "-C", repo.get_root(), "commit", "--quiet", "--file=-", "--only"]
    try:
        with staging_turn(repo.own_state_dir):
            done = _until_index_is_free(lambda: _run_commit(repo, argv, names, env=env, input=message.encode("utf-8")))
            if done.status == 0:
                return repo.text("rev-parse", "HEAD")  # while nobody else's commit can be it
    except REFUSALS as error:
        refusal = refusal_of(error)
        hint = "What was written is staged, if it is not committed: `git status` shows which."
        raise UnavailableError(refusal.code, refusal.message, hint=hint) from error
    raise UnavailableError(
        "git_failed",
        f"The commit was refused: {done.message or done.stdout.decode('utf-8', 'replace').strip()}",
        hint=f"{_lock_hint(done)}What was written is staged; commit it when that is settled.",
    )


def _run_commit(repo: Repo, argv: list[str], names: list[str], *, env: dict[str, str], input: bytes) -> Finished:
    """Commit paths; more of them than a command line holds go through a file."""
    if len(names) <= _FEW_PATHS:
        return run_program([*argv, "--", *names], env=env, input=input)
    make_state_folder(repo.own_state_dir)
    listing = os.path.join(repo.own_state_dir, f"paths-{os.getpid()}")
    try:
        with open(listing, "wb") as file:
            file.write("\0".join(names).encode("utf-8", "surrogateescape") + b"\0")
        options = [f"--pathspec-from-file={listing}", "--pathspec-file-nul"]
        return run_program([*argv, *options], env=env, input=input)
    finally:
        os.unlink(listing)


def _change_index(repo: Repo, *arguments: str, names: list[str]) -> None:
    listing = "\0".join(names).encode("utf-8", "surrogateescape") + b"\0"
    env = {"GIT_LITERAL_PATHSPECS": "1"}
    done = _until_index_is_free(lambda: repo.run(*arguments, input=listing, env=env, check=False))
    if done.status != 0:
        raise StagingError(repo, done, names)


class StagingError(UnavailableError):
    """git does not take files into its index: ``git_failed``. ``reason`` is what it says, ``advice`` what may help."""

    def __init__(self, repo: Repo, done: Finished, names: list[str]) -> None:
        self.reason = done.first_line
        self.advice = repo.trust_hint(done) or (f"{_lock_hint(done)}Then try again." if _met_lock(done) else "")
        again = f"git add --force --sparse -- {' '.join(map(shell_word, names))}"
        hint = f"{_lock_hint(done)}When git is free again: {again}" if _met_lock(done) else self.advice
        super().__init__("git_failed", f"The files are written but could not be staged: {self.reason}", hint=hint)


def _until_index_is_free(attempt: Callable[[], Finished]) -> Finished:
    """Run a git command, again for some seconds where it only met the index lock of another git."""
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
