"""The catalog for a forge: its ownership as a CODEOWNERS file."""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.layout import STORE
from flaggit.git.files import read_file, replace_file
from flaggit.git.staging import stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Session

_SHOWN = 3
_LIMIT = 3 * 1024 * 1024  # forges read no larger CODEOWNERS file


def export_agents(
    session: Session, *, output: str | None = None, overwrite: bool = False, dry_run: bool = False
) -> Reply[dict[str, Any]]:
    """Return the catalog's ownership as a CODEOWNERS file; with ``output`` write and stage that file.

    Args:
        session: The call.
        output: Where to; None or ``-``: standard output.
        overwrite: Replace a file that is not an export's, or that holds changes which are not committed.
        dry_run: Judge everything and write nothing.

    Raises:
        InvalidError: ``usage``, where ``output`` is no place for it.
        ConflictError: ``file_exists``, where something would be lost.
        UnavailableError: ``unreadable``.
    """
    from flaggit.catalog.codeowners import format_codeowners

    text, unknown = format_codeowners(session.catalog)
    notes = []
    if unknown:
        named = ", ".join(unknown[:_SHOWN]) + (", ..." if len(unknown) > _SHOWN else "")
        notes.append(f"Left out, since no login or e-mail address is known of them: {named}.")
    data = {"path": None, "text": text, "left_out": unknown}
    if output is None or output == "-":
        return Reply(data, session.catalog_problems(), notes=tuple(notes))
    path = _output_path(session, output)
    if not overwrite:
        _require_own(session, path, text)
    if not dry_run:
        replace_file(session.store.locate(path), text.encode("utf-8"))
        stage(session.repo, [path])
    notes.append(f"{'Would write' if dry_run else 'Wrote'} {path}.")
    return Reply({**data, "path": path}, session.catalog_problems(), notes=tuple(notes))


def _output_path(session: Session, output: str) -> str:
    """Return where an export is to be written, relative to the root; git's own files and the store's are no place."""
    path = session.repo.relative(output)
    top = path.partition("/")[0]
    fault = ""
    if top == ".." or top.casefold() == ".git":  # a linked worktree's .git is a file
        fault = "lies outside the repository"
    elif top.casefold() == STORE:
        fault = f"lies in {STORE}/, which holds flags and the catalog itself"
    elif os.path.isdir(session.store.locate(path)):
        fault = "is a folder"
    if fault:
        raise InvalidError("usage", f"{output or path} {fault}.", hint="Name a file like .github/CODEOWNERS.")
    return path


def _require_own(session: Session, path: str, text: str) -> None:
    """Raise ConflictError ``file_exists`` where a file would be lost that is not an export's, or not committed so."""
    fault, step = "", ""
    if not _is_export(session.store.locate(path), text):
        fault, step = "exists and was not written by `flaggit agents export`", "Name another file"
    elif _is_changed(session, path, text):
        fault, step = "holds changes that are not committed", "Commit it first"
    if fault:
        raise ConflictError("file_exists", f"{path} {fault}.", hint=f"{step}, or say --overwrite to replace it.")


def _is_export(place: str, text: str) -> bool:
    """Return whether a file is missing, or begins as an export does."""
    from flaggit.catalog.codeowners import HEAD

    if not os.path.lexists(place):
        return True
    try:
        return read_file(place, _LIMIT).startswith((HEAD.encode(), text.encode("utf-8")))
    except OSError:  # a link, or nothing that can be read
        return False


def _is_changed(session: Session, path: str, text: str) -> bool:
    """Return whether a file holds what no commit has; what it is to hold anyway does not count."""
    place = session.store.locate(path)
    if not os.path.lexists(place) or read_file(place, _LIMIT) == text.encode("utf-8"):
        return False
    status = session.repo.text("status", "--porcelain", "--ignored", "-z", "--", f":(top,literal){path}")
    return bool(status)
