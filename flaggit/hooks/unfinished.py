"""A commit that commit-msg refused because its message completes a flag that is not completed yet.

Kept whole, the cleaned message and the very tree that was about to be committed, so that
``flaggit commit --again`` can finish exactly that, whatever has happened to index and files since.
"""

from __future__ import annotations

import os

from flaggit.core.errors import NotFoundError
from flaggit.core.record import fields_of, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo
    from flaggit.hooks.commit_words import CommitWords

_FILE = "again.json"


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

    index = os.path.abspath(os.environ.get("GIT_INDEX_FILE") or os.path.join(repo.git_dir, "index"))
    copy = os.path.join(repo.own_state_dir, f"tree-{os.getpid()}.index")
    os.makedirs(repo.own_state_dir, exist_ok=True)
    try:
        shutil.copyfile(index, copy)
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
