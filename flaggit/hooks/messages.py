"""The hooks of the commit message: they bring trailers and staged completions together.

What a commit completes is said by the file that it adds; the trailer is for people who read
``git log``. prepare-commit-msg writes it, commit-msg adds it where the editor lost it, and refuses
a message that completes a flag whose completion is not part of the commit: nothing is changed
then, and the refusal names the command that completes and commits in one step.

The ``git commit`` around a hook is read from its process, since git tells its hooks neither ``--amend`` nor
``--cleanup``. Without it ``git commit --amend -m TEXT`` drops the trailers of what the amended commit completes, and
with ``--cleanup=verbatim`` the lines that git keeps are taken for comments (``tests/flows/test_commit_matrix.py``).
"""

from __future__ import annotations

import os

from flaggit.core.errors import ConflictError, FlaggitError, InvalidError, UnavailableError
from flaggit.core.ids import is_flag_id
from flaggit.core.record import record
from flaggit.core.text import whole_number
from flaggit.core.trailers import (
    COMPLETES,
    REOPENS,
    add_trailers,
    choose_comment,
    clean_message,
    find_mentions,
    has_scissors,
    remove_trailers,
    rename_mentions,
    says_nothing,
)
from flaggit.documents.settings import may_be_configured
from flaggit.git.files import make_state_folder, replace_file
from flaggit.git.process import run_program
from flaggit.hooks.commit_words import CommitWords, parse_commit_words
from flaggit.hooks.staged import is_staged_done, read_decisions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.core.trailers import Mention
    from flaggit.git.repo import Repo
    from flaggit.hooks.staged import Decisions

_NO_EDITOR = ":"  # what git sets GIT_EDITOR to for hooks of a commit that opens no editor
_MARKS = (b"comment", b"commit", b"include")
_KEYS = r"^(core\.comment(char|string)|commit\.cleanup)$"
# The trailers, for the commit-msg stub, which is sh: where they are still there and nobody edited the
# message, it has nothing to do.
COMPLETING = "completing"
_EDITED = "edited\n"
_TEMPLATE = "template-message"
_REWRITING = ("rebase-merge", "rebase-apply", "sequencer")
_GENERATIONS = 8  # a framework puts a shell and an interpreter or two between git and us
_WITH_VALUE = frozenset(("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"))


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


@record
class _Claims:
    """What the message says of flags: ``missing`` (key, id) is not staged, ``names`` spells out what was shortened."""

    missing: tuple[tuple[str, str], ...]
    names: dict[tuple[str, str], str]


def prepare_commit_msg(session: Session, words: Sequence[str]) -> int:
    """Write the trailers of what the index completes and reopens into the message.

    Args:
        session: The call.
        words: As git gives them: the message's file, where the message comes from, a commit.
    """
    repo = session.repo
    source = words[1] if len(words) > 1 else ""
    invocation = find_invocation()
    decisions = read_decisions(repo, amend=invocation.has("amend"))
    trailers = _trailers(decisions)
    # Where no message was given git opens an editor, even one that GIT_EDITOR says to be none.
    edited = source in ("", "template")
    lines = [f"{key}: {flag_id}\n" for key, flag_id in trailers]
    _note(repo, COMPLETING, "".join([_EDITED] * edited + lines) if trailers else None)
    if not trailers:
        return 0
    message = read_message_file(repo, words[0], edited=edited, cleanup=invocation.last_value("cleanup"))
    text = clean_message(message.text, comment=message.comment)
    # git takes a template that nobody edited for no message at all; it must not look edited.
    _note(repo, _TEMPLATE, text if source == "template" else None)
    if source == "template" or (not text and not message.comment):
        return 0
    write_message_file(message, add_trailers(message.text, trailers, comment=message.comment))
    return 0


def commit_msg(session: Session, words: Sequence[str]) -> int:
    """Hold message and index against each other; add trailers that are missing.

    Args:
        session: The call.
        words: The message's file.

    Raises:
        ConflictError: ``completion_not_staged``, or what the message says cannot be: see ``violations``.
    """
    repo = session.repo
    invocation = find_invocation()
    edited = (_read_note(repo, COMPLETING) or "").startswith(_EDITED)
    message = read_message_file(repo, words[0], edited=edited, cleanup=invocation.last_value("cleanup"))
    _note(repo, COMPLETING, None)
    text = clean_message(message.text, comment=message.comment)
    if says_nothing(text) or clean_message(remove_trailers(text)) == _read_note(repo, _TEMPLATE):
        # Left as git would have found it without us, git itself refuses it, or not (--allow-empty-message).
        write_message_file(message, remove_trailers(message.text))
        return 0
    amend = invocation.has("amend")
    decisions = read_decisions(repo, amend=amend)
    claims = _find_claims(session, text, decisions, amend=amend)
    if claims.missing:
        write_message_file(message, rename_mentions(text, claims.names))  # for the command that the refusal names
        raise _not_staged(claims, invocation.repeat(message.path))
    changed = rename_mentions(message.text, claims.names) if claims.names else message.text
    write_message_file(message, add_trailers(changed, _trailers(decisions), comment=message.comment))
    return 0


def write_trailers(session: Session, path: str, trailers: Sequence[tuple[str, str]]) -> None:
    """Write trailers into the message at ``path`` where it does not have them yet."""
    message = read_message_file(session.repo, path, cleanup=find_invocation().last_value("cleanup"))
    write_message_file(message, add_trailers(message.text, trailers, comment=message.comment))


def drop_lonely_trailers(session: Session, path: str) -> None:
    """Take the trailers out of a message that says nothing else, so that git sees that it is empty."""
    message = read_message_file(session.repo, path, cleanup=find_invocation().last_value("cleanup"))
    if says_nothing(message.text, comment=message.comment):
        write_message_file(message, remove_trailers(message.text))


def _trailers(decisions: Decisions) -> list[tuple[str, str]]:
    completed = [(COMPLETES, flag_id) for flag_id in decisions.completed]
    return completed + [(REOPENS, flag_id) for flag_id in decisions.reopened]


def _find_claims(session: Session, text: str, decisions: Decisions, *, amend: bool) -> _Claims:
    """Judge every trailer that the message itself states. Raises ConflictError naming all that cannot be."""
    repo = session.repo
    mentions = [mention for mention in find_mentions(text) if not mention.quoted]
    if _is_rewriting(repo):  # history that is replayed says what it said when it was made
        mentions = []
    stated = {(COMPLETES, flag_id) for flag_id in decisions.completed}
    stated |= {(REOPENS, flag_id) for flag_id in decisions.reopened}
    missing: dict[tuple[str, str], None] = {}
    names: dict[tuple[str, str], str] = {}
    faults: list[str] = []
    carried = _carried(repo) if amend and mentions else set()
    for mention in mentions:
        pair = (mention.key, mention.word)
        if pair in stated:
            continue
        try:
            flag_id = mention.word if is_flag_id(mention.word) else _find_id(session, mention.word)
            if (mention.key, flag_id) not in stated and not _is_so(session, mention, flag_id):
                if pair in carried:
                    names[pair] = ""
                    continue
                missing[(mention.key, flag_id)] = None
            if flag_id != mention.word:
                named = any(other.word == flag_id and other.key == mention.key for other in mentions)
                names[pair] = "" if named else flag_id
        except FlaggitError as error:
            faults.append(f"{mention.key}: {mention.word}: {error.message}")
    if faults:
        raise InvalidError("bad_trailer", " ".join(faults), hint="Mend the message and commit again; nothing was done.")
    return _Claims(tuple(missing), names)


def _find_id(session: Session, reference: str) -> str:
    from flaggit.clone.lookup import get_row

    return get_row(session, reference).flag.id


def _is_so(session: Session, mention: Mention, flag_id: str) -> bool:
    """Return whether the index agrees with a trailer already. Raises FlaggitError where it never can."""
    from flaggit.clone.lookup import get_row

    done = is_staged_done(session.repo, flag_id)
    if mention.key == COMPLETES and done:
        return True
    row = get_row(session, flag_id)
    if mention.key == COMPLETES:
        _require_free(session, row)
    return mention.key == REOPENS and not done


def _require_free(session: Session, row: Row) -> None:
    from flaggit.clone.visible_locks import is_from_here

    lock = row.lock
    if row.locked and lock is not None and not is_from_here(session)(lock):
        raise ConflictError("locked_by_other", f"The flag is held by {lock.holder} until {lock.expires}.")


def _carried(repo: Repo) -> set[tuple[str, str]]:
    """Return the trailers of the commit that is amended."""
    text = repo.run("log", "-1", "--format=%B", "HEAD", "--").stdout.decode("latin-1")
    return {(mention.key, mention.word) for mention in find_mentions(text)}


def _is_rewriting(repo: Repo) -> bool:
    return any(os.path.exists(os.path.join(repo.git_dir, name)) for name in _REWRITING)


def _not_staged(claims: _Claims, words: str) -> ConflictError:
    said = [f"{'completes' if key == COMPLETES else 'reopens'} {flag_id}" for key, flag_id in claims.missing]
    options = " ".join(f"--{step}" for step in said)
    return ConflictError(
        "completion_not_staged",
        f"The message {' and '.join(said)}, and the commit does not. Nothing was changed.",
        hint=f"flaggit commit {options} -- {words}",
    )


def _note(repo: Repo, name: str, text: str | None) -> None:
    """Leave a small note for the hooks that follow in the same commit, or take it away."""
    path = os.path.join(repo.own_state_dir, name)
    try:
        if text is not None:
            make_state_folder(repo.own_state_dir)
            with open(path, "w", encoding="latin-1", newline="") as file:
                file.write(text)
        elif os.path.exists(path):
            os.unlink(path)
    except OSError:  # a note that is missing costs a trailer at most, which is never needed
        pass


def _read_note(repo: Repo, name: str) -> str | None:
    try:
        with open(os.path.join(repo.own_state_dir, name), encoding="latin-1", newline="") as file:
            return file.read()
    except OSError:
        return None


def find_invocation() -> CommitWords:
    """Return the arguments of the nearest ``git commit`` among our ancestors; empty where they are not known."""
    pid = os.getppid()
    for _ in range(_GENERATIONS):
        if pid <= 1:
            break
        words, pid = _describe(pid)
        found = _commit_words(words)
        if found is not None:
            return parse_commit_words(found)
    return CommitWords((), ())


def _commit_words(words: list[str]) -> list[str] | None:
    """Return the words after ``git commit``, options of git itself left out."""
    name = os.path.basename(words[0]) if words else ""
    if name == "git-commit":
        return words[1:]
    if name not in ("git", "git.exe"):
        return None
    position = 1
    while position < len(words) and words[position].startswith("-"):
        position += 2 if words[position] in _WITH_VALUE else 1
    return words[position + 1 :] if words[position : position + 1] == ["commit"] else None


def _describe(pid: int) -> tuple[list[str], int]:
    """Return a process's words and its parent."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode("utf-8", "surrogateescape").split("\0")[:-1]
        with open(f"/proc/{pid}/stat", "rb") as file:
            parent = int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return _ask_ps(pid)
    except (ValueError, IndexError):
        return [], 0
    return words, parent


def _ask_ps(pid: int) -> tuple[list[str], int]:
    """Ask ``ps`` where there is no /proc. Words with blanks fall apart, which keeps ``--amend`` recognisable."""
    try:
        answer = run_program(["ps", "-ww", "-o", "ppid=", "-o", "args=", "-p", str(pid)], timeout=2)
    except UnavailableError:
        return [], 0
    words = answer.text.split()
    parent = whole_number(words[0]) if words else None
    return (words[1:], parent) if parent is not None else ([], 0)
