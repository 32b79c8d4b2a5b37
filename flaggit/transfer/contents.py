"""Everything that a clone's stores hold, read whole: for exports, which leave nothing out."""

from __future__ import annotations

from flaggit.core.layout import DONE, NOTES, STORE, SUFFIX
from flaggit.core.model import Completion, Note
from flaggit.core.record import record
from flaggit.documents.values import BrokenFileError, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.clone.rows import Rows
    from flaggit.clone.session import Session
    from flaggit.core.model import Flag, Problem


@record
class Contents:
    """Flags with what is derived about them, in the order of lists; completions and notes by name.

    ``problems`` names the files that cannot be read and are therefore missing.
    """

    rows: Rows
    completions: tuple[Completion, ...]
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]

    @property
    def flags(self) -> Iterator[Flag]:
        """Return the flags, the oldest first."""
        return (row.flag for row in self.rows.oldest_first())


def read_contents(session: Session, *, here: bool = False) -> Contents:
    """Return the contents of this worktree's store (``here``), or of the whole clone."""
    rows = session.clone.scan(here=here, status="all")
    problems = {problem.path: problem for problem in session.clone.problems}
    found = {folder: _read_folder(session, folder, here=here, problems=problems) for folder in (DONE, NOTES)}
    completions = [value for value in found[DONE] if isinstance(value, Completion)]
    notes = [value for value in found[NOTES] if isinstance(value, Note)]
    return Contents(
        rows,
        tuple(sorted(completions, key=lambda one: one.id)),
        tuple(sorted(notes, key=lambda one: one.name)),
        tuple(problems.values()),
    )


def _read_folder(
    session: Session, folder: str, *, here: bool, problems: dict[str, Problem]
) -> list[Flag | Completion | Note]:
    """Return the values of a folder's files, each name once, as seen first."""
    found: dict[str, Flag | Completion | Note] = {}
    for source in session.clone.sources(here=here):
        paths = [f"{STORE}/{folder}/{stem}{SUFFIX}" for stem in source.list_stems(folder)]
        for path, data in source.read(path for path in paths if path not in found).items():
            try:
                if isinstance(data, bytes):
                    found[path] = read_value(path, data)
            except BrokenFileError as error:
                problems.setdefault(path, error.problem)
    return list(found.values())
