"""Everything that a clone's stores hold, read whole: for exports, which leave nothing out."""

from __future__ import annotations

from flaggit.core.layout import NOTES, STORE, SUFFIX
from flaggit.core.model import Note
from flaggit.core.record import record
from flaggit.documents.values import BrokenFileError, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.clone.rows import Rows, Values
    from flaggit.clone.session import Session
    from flaggit.core.model import Completion, Flag, Problem


@record
class Contents:
    """Flags with what is derived about them, in the order of lists; completions and notes by name.

    ``problems`` names the files that cannot be read and are therefore missing.
    """

    rows: Rows
    completions: Values[Completion]
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]

    @property
    def flags(self) -> Iterator[Flag]:
        """Return the flags, the oldest first."""
        return (row.flag for row in self.rows.oldest_first())


def read_contents(session: Session, *, here: bool = False) -> Contents:
    """Return the contents of this worktree's store (``here``), or of the whole clone."""
    clone = session.clone
    rows, completions = clone.scan(here=here, status="all"), clone.completions(here=here)
    problems = {problem.path: problem for problem in clone.problems}
    notes = _read_notes(session, here=here, problems=problems)
    return Contents(rows, completions, tuple(sorted(notes, key=lambda one: one.name)), tuple(problems.values()))


def _read_notes(session: Session, *, here: bool, problems: dict[str, Problem]) -> list[Note]:
    """Return the notes, each name once, as seen first."""
    found: dict[str, Note] = {}
    for source in session.clone.sources(here=here):
        paths = [f"{STORE}/{NOTES}/{stem}{SUFFIX}" for stem in source.list_stems(NOTES)]
        for path, data in source.read(path for path in paths if path not in found).items():
            try:
                value = read_value(path, data) if isinstance(data, bytes) else None
            except BrokenFileError as error:
                problems.setdefault(path, error.problem)
                continue
            if isinstance(value, Note):
                found[path] = value
    return list(found.values())
