"""``export``: everything in one file, or on standard output."""

from __future__ import annotations

from flaggit.contents import read_contents
from flaggit.errors import ConflictError, InvalidError
from flaggit.exports import FORMATS, format_export
from flaggit.record import record
from flaggit.session import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.session import Session


@record
class Exported:
    """An export: ``file`` says where it was written; where it is empty, ``text`` holds it."""

    form: str
    file: str
    text: str
    flags: int
    completions: int
    notes: int


def export(
    session: Session, *, form: str, file: str | None = None, here: bool = False, overwrite: bool = False
) -> Reply:
    """Write everything that can be seen in the clone to a file; without one, return its text.

    Args:
        session: The call.
        form: One of ``FORMATS``.
        file: Where to; None or ``-``: standard output (not for SQLite).
        here: Only what this worktree's store holds.
        overwrite: Replace a file that exists.

    Raises:
        InvalidError: ``usage``.
        NotFoundError: ``unknown_file``, where the folder for the file does not exist.
        ConflictError: ``file_exists``.
        UnavailableError: ``unreadable``.
    """
    if form not in FORMATS:
        raise InvalidError("usage", f"{form!r} is none of {', '.join(FORMATS)}.")
    path = "" if file in (None, "-") else str(file)
    if form == "sqlite" and not path:
        raise InvalidError("usage", "A SQLite database needs a file.", hint="flaggit export sqlite flags.db")
    contents = read_contents(session, here=here)
    agents = session.catalog.agents if form == "sqlite" else {}
    data = format_export(form, contents, [agents[name] for name in sorted(agents)])
    if path:
        _write(path, data, overwrite=overwrite)
    text = "" if path else data.decode("utf-8", "replace").removesuffix("\n")
    counts = (len(contents.rows), len(contents.completions), len(contents.notes))
    return Reply(Exported(form, path, text, *counts), warnings=contents.problems)


def _write(path: str, data: bytes, *, overwrite: bool) -> None:
    from flaggit.files import add_file, locate_output, replace_file

    full = locate_output(path)
    if overwrite:
        replace_file(full, data)
    elif not add_file(full, data):
        raise ConflictError(
            "file_exists", f"{path} exists already.", hint="Name another file, or say --overwrite to replace it."
        )
