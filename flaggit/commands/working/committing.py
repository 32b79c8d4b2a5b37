"""Completing, staging and committing in one step."""

from __future__ import annotations

import os
import sys

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, FlaggitError, InvalidError, UnavailableError
from flaggit.core.layout import DONE, KEEP, STORE, completion_path
from flaggit.core.record import record
from flaggit.core.trailers import COMPLETES, REOPENS
from flaggit.git.refs import read_head
from flaggit.git.repo import find_repo
from flaggit.git.staging import stage
from flaggit.hooks.commit_words import CommitWords, parse_commit_words
from flaggit.hooks.staged import is_staged_done, read_decisions, read_staged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from flaggit.clone.session import Session
    from flaggit.git.repo import Repo

# Personal settings of trailers must not decide what becomes of ours.
_TRAILER_SETTINGS = ("separators=:", "where=end", "ifExists=addIfDifferent", "ifMissing=add")


@record
class Committed:
    """What ``commit`` made: the commit (empty where git made none, as with ``--dry-run``), and what it decides."""

    commit: str
    subject: str
    completed: tuple[str, ...]
    reopened: tuple[str, ...]


def commit(
    session: Session,
    *,
    completes: tuple[str, ...] = (),
    reopens: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
) -> Reply[Committed]:
    """Complete and reopen flags, stage that, and commit it with what is committed anyway, trailers included.

    Args:
        session: The call.
        completes: References to flags to complete.
        reopens: References to flags to reopen.
        words: Arguments for ``git commit``.

    Raises:
        InvalidError: ``usage``.
        NotFoundError: ``unknown_flag``.
        ConflictError: ``locked_by_other``, ``already_completed``, ``not_completed``.
        UnavailableError: ``git_failed``, where git or one of its hooks refused; what was completed stays staged.
    """
    session.store.require()
    parsed = parse_commit_words(words)
    if (completes or reopens) and parsed.has("pathspec-from-file"):
        raise InvalidError("usage", "With --completes or --reopens, name the paths on the command line.")
    completed = _complete(session, completes)
    reopened = _reopen(session, reopens)
    before = read_head(session.repo)[1]
    _run_git(session, parsed, words, completed, reopened)
    return _reply(session, before, completed, reopened)


def _complete(session: Session, references: Sequence[str]) -> tuple[str, ...]:
    """Complete flags (once more is nothing) and return those whose completion this worktree's index holds now."""
    if not references:
        return ()
    from flaggit.lifecycle.completing import complete

    items = complete(session, flag_ids=tuple(references), withdraw=False).data
    found = []
    for item in items:
        if item.removed:
            continue
        if not is_staged_done(session.repo, item.row.flag.id):
            _stage_own(session, item.row.flag.id, item.row.completed_on)
        found.append(item.row.flag.id)
    return tuple(found)


def _stage_own(session: Session, flag_id: str, place: object) -> None:
    """Stage a completion that lies here unstaged. Raises ConflictError where it was made in another place."""
    path = completion_path(flag_id)
    if os.path.lexists(session.store.locate(path)):
        stage(session.repo, [path])
        return
    where = getattr(place, "name", "") or "another place"
    raise ConflictError(
        "already_completed",
        f"{flag_id} was completed in {where}, so a commit here cannot complete it.",
        hint="Merge that branch, or commit without --completes.",
    )


def _reopen(session: Session, references: Sequence[str]) -> tuple[str, ...]:
    from flaggit.clone.lookup import get_row
    from flaggit.commands.working.reopening import reopen

    staged = read_decisions(session.repo).reopened if references else ()
    found = []
    for reference in references:
        flag_id = get_row(session, reference).flag.id
        if flag_id not in staged:
            reopen(session, flag_id=flag_id)
        found.append(flag_id)
    return tuple(found)


def _run_git(
    session: Session, parsed: CommitWords, words: Sequence[str], completed: Sequence[str], reopened: Sequence[str]
) -> None:
    repo = session.repo
    trailers = [f"{COMPLETES}: {i}" for i in completed] + [f"{REOPENS}: {i}" for i in reopened]
    own = [os.path.relpath(path) for path in _tracked_paths(session, [*completed, *reopened])] if parsed.paths else []
    arguments = [*_quiet(parsed), *_trailer_options(parsed, trailers), *words, *own]
    env = _editor(session, trailers) if trailers and parsed.opens_editor else {}
    status = _git_commit(repo, arguments, env, [f"trailer.{item}" for item in _TRAILER_SETTINGS if trailers])
    if status == 0:
        return
    staged = read_decisions(repo)
    kept = [flag_id for flag_id in (*completed, *reopened) if flag_id in (*staged.completed, *staged.reopened)]
    flags = ", ".join(kept)
    raise UnavailableError(
        "git_failed",
        f"git commit ended with status {status}; nothing was committed.",
        hint=f"What was decided about {flags} stays staged: the same command again commits it." if flags else "",
    )


def _git_commit(repo: Repo, arguments: Sequence[str], env: dict[str, str], settings: Sequence[str]) -> int:
    """Run ``git commit`` for the user where the user is, and return its exit status.

    ``settings`` are ``key=value`` of git config, for this call.
    """
    try:
        elsewhere = find_repo().root != repo.root
    except FlaggitError:
        elsewhere = True
    place = ["-C", repo.get_root()] if elsewhere else []
    options = [word for setting in settings for word in ("-c", setting)]
    return repo.run_as_user(*place, *options, "commit", *arguments, env=env)


def _quiet(parsed: CommitWords) -> list[str]:
    """Return the option that keeps standard output ours, unless git was asked to print something there."""
    shown = parsed.has("dry-run", "short", "long", "porcelain", "quiet")
    return [] if shown else ["--quiet"]


def _trailer_options(parsed: CommitWords, trailers: Sequence[str]) -> list[str]:
    """Return git's own options for trailers where no editor is opened; an editor gets them through ``_editor``."""
    return [] if parsed.opens_editor else [f"--trailer={trailer}" for trailer in trailers]


def _editor(session: Session, trailers: Sequence[str]) -> dict[str, str]:
    """Return an environment whose editor first finds the trailers written (git's own way glues them to the subject)."""
    import shlex

    found = session.repo.run("var", "GIT_EDITOR", check=False)
    editor = found.text.strip()
    if found.status != 0 or not editor:
        return {}
    own = f"{shlex.quote(sys.executable)} -m flaggit hook edit-message"
    return {"GIT_EDITOR": own, "FLAGGIT_EDITOR": editor, "FLAGGIT_TRAILERS": "\n".join(trailers)}


def _tracked_paths(session: Session, flag_ids: Sequence[str]) -> list[str]:
    """Return where the completions of flags lie that git knows here: a path that fits nothing is an error to it."""
    if not flag_ids:
        return []
    paths = [completion_path(flag_id) for flag_id in flag_ids] + _staged_placeholder(session)
    listed = session.repo.text("ls-files", "-z", "--", *paths).split("\0")
    in_head = session.repo.run("ls-tree", "-z", "--name-only", "--full-tree", "HEAD", "--", *paths, check=False)
    known = {*listed, *in_head.names}
    return [session.store.locate(path) for path in paths if path in known]


def _staged_placeholder(session: Session) -> list[str]:
    """Return the file that reopening the last completion of all leaves in its folder, where it is staged."""
    folder = f"{STORE}/{DONE}"
    return [entry.path for entry in read_staged(session.repo, folder) if entry.path == f"{folder}/{KEEP}"]


def _reply(
    session: Session, before: str | None, completed: tuple[str, ...], reopened: tuple[str, ...]
) -> Reply[Committed]:
    head = read_head(session.repo)[1] or ""
    if head == (before or ""):
        return Reply(Committed("", "", completed, reopened))
    subject = session.repo.text("log", "-1", "--format=%s", "--end-of-options", head, "--")
    return Reply(Committed(head, subject, completed, reopened))
