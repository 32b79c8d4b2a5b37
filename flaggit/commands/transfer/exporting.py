"""``export``: everything in one file, or on standard output."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.record import record
from flaggit.transfer.contents import read_contents
from flaggit.transfer.exports import FORMATS, format_database, format_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flaggit.clone.session import Session


_AT_ONCE = 500  # lines


@record
class Exported:
    """An export: ``file`` says where it was written; where it is empty, ``lines`` hold it, to be gone through once."""

    form: str
    file: str
    lines: Iterable[str]
    flags: int
    completions: int
    notes: int


def export(
    session: Session, *, form: str, file: str | None = None, here: bool = False, overwrite: bool = False
) -> Reply[Exported]:
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
    path = None if file == "-" else file
    if form == "sqlite" and path is None:
        raise InvalidError("usage", "A SQLite database needs a file.", hint="flaggit export sqlite flags.db")
    contents = read_contents(session, here=here)
    lines: Iterable[str] = ()
    if form == "sqlite":
        agents = session.catalog.agents
        _write(str(path), format_database(contents, [agents[name] for name in sorted(agents)]), overwrite=overwrite)
    else:
        lines = format_lines(form, contents)
    if path is not None and form != "sqlite":
        _write(path, _blocks(lines), overwrite=overwrite)
    counts = (len(contents.rows), len(contents.completions), len(contents.notes))
    return Reply(Exported(form, path or "", lines, *counts), warnings=contents.problems)


def _blocks(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield lines as they go into a file, some hundreds at a time."""
    held: list[str] = []
    for line in lines:
        held.append(f"{line}\n")
        if len(held) == _AT_ONCE:
            yield "".join(held).encode()
            held.clear()
    yield "".join(held).encode()


def _write(path: str, data: Iterable[bytes], *, overwrite: bool) -> None:
    from flaggit.git.files import add_file, locate_output, replace_file

    full = locate_output(path)
    if overwrite:
        replace_file(full, data)
    elif not add_file(full, data):
        raise ConflictError(
            "file_exists", f"{path} exists already.", hint="Name another file, or say --overwrite to replace it."
        )
