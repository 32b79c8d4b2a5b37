"""The hooks of the commit message: they bring trailers and staged completions together.

What a commit completes is said by the file that it adds; the trailer is for people who read
``git log``. prepare-commit-msg writes it, commit-msg adds it where the editor lost it, and refuses
a message that completes a flag whose completion is not part of the commit: nothing is changed
then, and the refusal names the command that completes and commits in one step.
"""

from __future__ import annotations

import os

from flaggit.core.errors import ConflictError, FlaggitError, InvalidError
from flaggit.core.ids import is_flag_id
from flaggit.core.record import record
from flaggit.core.trailers import (
    COMPLETES,
    REOPENS,
    add_trailers,
    clean_message,
    find_mentions,
    remove_trailers,
    rename_mentions,
    says_nothing,
)
from flaggit.hooks.invocation import find_invocation
from flaggit.hooks.message_file import read_message_file, write_message_file
from flaggit.hooks.staged import is_staged_done, read_decisions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.core.trailers import Mention
    from flaggit.git.repo import Repo
    from flaggit.hooks.staged import Decisions

# The trailers, for the commit-msg stub, which is sh: where they are still there and nobody edited the
# message, it has nothing to do.
COMPLETING = "completing"
_EDITED = "edited\n"
_TEMPLATE = "template-message"
_REWRITING = ("rebase-merge", "rebase-apply", "sequencer")


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
            from flaggit.git.files import make_state_folder

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
