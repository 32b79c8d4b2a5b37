"""The file that git's message hooks get: read and written byte for byte, and what counts as a comment in it."""

from __future__ import annotations

import os

from flaggit.core.errors import UnavailableError
from flaggit.core.record import record
from flaggit.core.trailers import choose_comment, has_scissors
from flaggit.documents.settings import may_be_configured
from flaggit.git.files import replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.git.repo import Repo

_NO_EDITOR = ":"  # what git sets GIT_EDITOR to for hooks of a commit that opens no editor
_MARKS = (b"comment", b"commit", b"include")
_KEYS = r"^(core\.comment(char|string)|commit\.cleanup)$"


@record
class MessageFile:
    """A commit message on its way: one character of ``text`` is one byte, in whatever encoding the commit has.

    ``comment`` starts a comment line; it is empty where git will keep such lines (no editor, or
    ``commit.cleanup`` says so).
    """

    path: str
    text: str
    comment: str


def read_message_file(repo: Repo, path: str, *, edited: bool = False, cleanup: str = "") -> MessageFile:
    """Return the message at ``path`` (relative to the current folder, as git hands it to its hooks).

    Args:
        repo: The repository.
        path: The file.
        edited: An editor is opened on it, whatever the environment says.
        cleanup: What ``git commit --cleanup`` was given; empty: what git config says.

    Raises:
        UnavailableError: ``unreadable``.
    """
    try:
        with open(path, "rb") as file:
            text = file.read().decode("latin-1")
    except OSError as error:
        raise UnavailableError("unreadable", f"The message {path} cannot be read: {error.strerror}.") from None
    edited = edited or os.environ.get("GIT_EDITOR") != _NO_EDITOR
    return MessageFile(os.path.abspath(path), text, _find_comment(repo, text, edited=edited, cleanup=cleanup))


def write_message_file(message: MessageFile, text: str) -> None:
    """Replace the message by ``text``; nothing is written where it is the same. Errors as ``replace_file``."""
    if text != message.text:
        replace_file(message.path, text.encode("latin-1"), durable=False)  # git writes it no other way


def _find_comment(repo: Repo, text: str, *, edited: bool, cleanup: str) -> str:
    values = _read_config(repo)
    cleanup = cleanup or values.get("commit.cleanup", "default")
    comment = choose_comment(values.get("core.commentstring") or values.get("core.commentchar", ""), text)
    if has_scissors(text, comment):
        return comment
    if cleanup == "strip" or (edited and cleanup in ("default", "scissors")):
        return comment
    return ""


def _read_config(repo: Repo) -> dict[str, str]:
    """Return git's settings of comments."""
    if not may_be_configured(repo, _MARKS):
        return {}
    answer = repo.run("config", "-z", "--get-regexp", _KEYS, check=False).stdout.decode("latin-1")
    return dict(item.split("\n", 1) for item in answer.split("\0") if "\n" in item)
