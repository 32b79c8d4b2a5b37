"""Commits a tree that was decided on earlier, as a person's own ``git commit`` does, and brings the index along.

A commit that commit-msg refused is kept whole, the cleaned message and the very tree, so that
``flaggit commit --again`` finishes exactly that, whatever has happened to index and files since.
"""

from __future__ import annotations

import os

from flaggit.core.errors import ConflictError, NotFoundError, UnavailableError
from flaggit.core.record import fields_of, record
from flaggit.git.changes import ABSENT, parse_raw
from flaggit.git.files import make_state_folder
from flaggit.git.objects import empty_tree
from flaggit.git.refs import read_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.git.repo import Repo
    from flaggit.hooks.commit_words import CommitWords

_INDEX = "again.index"
_MESSAGE = "again.message"
_FILE = "again.json"


def commit_again(repo: Repo, unfinished: Unfinished, *, added: Sequence[str], removed: Sequence[str]) -> None:
    """Make the commit that was refused: its tree with the paths ``added`` and ``removed``, its message, its options.

    Whatever was staged or edited since stays as it is.

    Raises:
        ConflictError: ``changed_meanwhile``, where HEAD is no longer where it was.
        UnavailableError: ``git_failed``, where git or a hook refuses the commit.
    """
    if (read_head(repo)[1] or "") != unfinished.head:
        raise ConflictError(
            "changed_meanwhile",
            "HEAD has moved since the commit was refused; nothing was committed.",
            hint="Commit anew: `flaggit commit --completes ID -- GIT-ARGUMENTS`.",
        )
    index = os.path.join(repo.own_state_dir, _INDEX)
    message = os.path.join(repo.own_state_dir, _MESSAGE)
    env = {"GIT_INDEX_FILE": index}
    try:
        repo.run("read-tree", unfinished.tree, env=env)
        _change(repo, env, added, "add", "--sparse", "--force")
        _change(repo, env, removed, "rm", "--cached", "--quiet", "--sparse", "--ignore-unmatch")
        with open(message, "wb") as file:
            file.write(unfinished.message.encode("latin-1"))
        own = _same_tree(repo, index)
        _commit(repo, [f"--file={message}", "--cleanup=verbatim", *unfinished.options], {} if own else env)
    finally:
        for name in (index, f"{index}.lock", message):
            if os.path.exists(name):
                os.unlink(name)
    if not own:
        _follow(repo, unfinished.head)


def git_commit(repo: Repo, arguments: Sequence[str], env: dict[str, str], *, settings: Sequence[str] = ()) -> int:
    """Run ``git commit`` for the user where the user is, and return its exit status.

    Args:
        repo: The repository.
        arguments: What follows ``git commit``.
        env: Variables to set besides the user's own.
        settings: ``key=value`` of git config, for this call.
    """
    from flaggit.core.errors import FlaggitError
    from flaggit.git.repo import find_repo

    try:
        elsewhere = find_repo().root != repo.root
    except FlaggitError:
        elsewhere = True
    place = ["-C", repo.get_root()] if elsewhere else []
    options = [word for setting in settings for word in ("-c", setting)]
    return repo.run_as_user(*place, *options, "commit", *arguments, env=env)


def _commit(repo: Repo, arguments: Sequence[str], env: dict[str, str]) -> None:
    status = git_commit(repo, arguments if "--quiet" in arguments else ["--quiet", *arguments], env)
    if status != 0:
        raise UnavailableError(
            "git_failed",
            f"git commit ended with status {status}; nothing was committed.",
            hint="When that is settled: flaggit commit --again",
        )


def _change(repo: Repo, env: dict[str, str], paths: Sequence[str], *arguments: str) -> None:
    if paths:
        repo.run(*arguments, "--", *paths, env={**env, "GIT_LITERAL_PATHSPECS": "1"})


def _same_tree(repo: Repo, index: str) -> bool:
    """Tell whether the user's own index would give the very tree that ``index`` gives."""
    # The user's own choice of index is not what --again goes by.
    if repo.index_file != os.path.join(repo.git_dir, "index"):
        return False
    try:
        return write_pending_tree(repo) == repo.text("write-tree", env={"GIT_INDEX_FILE": index})
    except UnavailableError:  # unmerged entries, which a commit of chosen paths leaves where they are
        return False


def _follow(repo: Repo, before: str) -> None:
    """Bring the index to the new commit wherever it still held what the commit before it held."""
    options = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none")
    base = before or empty_tree(repo)
    changes = parse_raw(repo.run("diff-tree", *options, base, "HEAD", "--").stdout)
    staged = _read_index(repo)
    lines = []
    for change in changes:
        old = None if change.old_mode == ABSENT else (change.old_mode, change.old_oid)
        if staged.get(change.path) == old:
            lines.append(f"{change.new_mode if change.new_mode != ABSENT else '0'} {change.new_oid}\t{change.path}\0")
    if lines:
        data = "".join(lines).encode("utf-8", "surrogateescape")
        repo.run("update-index", "-z", "--index-info", input=data)
        repo.run("update-index", "-q", "--refresh", check=False)


def _read_index(repo: Repo) -> dict[str, tuple[str, str]]:
    def entries() -> Iterable[tuple[str, tuple[str, str]]]:
        for item in repo.run("ls-files", "--stage", "-z").stdout.decode("utf-8", "surrogateescape").split("\0"):
            meta, tab, path = item.partition("\t")
            if tab:
                mode, oid, _ = meta.split(" ")
                yield path, (mode, oid)

    return dict(entries())


@record
class Unfinished:
    """What was about to be committed.

    Attributes:
        message: The cleaned message; one character is one byte of the commit's encoding.
        head: The commit that HEAD was at; empty before the first.
        tree: The tree of the refused commit.
        options: Options of ``git commit`` to give again (``--amend``, ``--author=...``).
        completes: The flags to complete.
        reopens: The flags to reopen.
    """

    message: str
    head: str
    tree: str
    options: tuple[str, ...]
    completes: tuple[str, ...]
    reopens: tuple[str, ...]


def save_unfinished(repo: Repo, unfinished: Unfinished) -> None:
    """Keep a refused commit for this worktree, in the place of an earlier one."""
    import json

    from flaggit.git.files import replace_file

    replace_file(_path(repo), json.dumps(fields_of(unfinished)).encode())


def load_unfinished(repo: Repo) -> Unfinished:
    """Return the commit that was refused last in this worktree. Raises NotFoundError ``nothing_unfinished``."""
    import json

    try:
        with open(_path(repo), encoding="utf-8") as file:
            values = json.load(file)
        texts = (values["message"], values["head"], values["tree"])
        return Unfinished(*texts, *(tuple(values[key]) for key in ("options", "completes", "reopens")))
    except (OSError, ValueError, TypeError, KeyError):
        raise NotFoundError(
            "nothing_unfinished",
            "No commit of this worktree waits to be finished.",
            hint="`flaggit commit --completes ID -- -m MESSAGE` completes and commits in one step.",
        ) from None


def forget_unfinished(repo: Repo) -> None:
    """Forget the refused commit, if there is one."""
    if os.path.exists(_path(repo)):
        os.unlink(_path(repo))


def write_pending_tree(repo: Repo) -> str:
    """Return the id of the tree that is being committed, from a copy of its index: git's own stays untouched."""
    import shutil

    copy = os.path.join(repo.own_state_dir, f"tree-{os.getpid()}.index")
    make_state_folder(repo.own_state_dir)
    try:
        shutil.copyfile(repo.index_file, copy)
        return repo.text("write-tree", env={"GIT_INDEX_FILE": copy})
    finally:
        for name in (copy, f"{copy}.lock"):
            if os.path.exists(name):
                os.unlink(name)


def kept_options(invocation: CommitWords) -> tuple[str, ...]:
    """Return the options to give again; an author taken over from another commit is named outright."""
    options = invocation.kept
    if invocation.has("reuse-message", "reedit-message") and not invocation.has("author", "reset-author"):
        name, email = os.environ.get("GIT_AUTHOR_NAME"), os.environ.get("GIT_AUTHOR_EMAIL")
        if name and email:
            options = [f"--author={name} <{email}>", f"--date={os.environ.get('GIT_AUTHOR_DATE', 'now')}", *options]
    return tuple(options)


def _path(repo: Repo) -> str:
    return os.path.join(repo.own_state_dir, _FILE)
