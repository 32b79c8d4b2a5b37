"""A file of the store as a plain document with line numbers: what checks judge before anything is a value."""

from __future__ import annotations

from sys import intern

from flaggit.core.ids import is_flag_id
from flaggit.core.layout import Location
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The fields by which files have to do with each other.
_RELATING = ("id", "legacy_id", "source_agent", "target_agent", "chain_origin_id", "re", "superseded_by")
# Thousands of files are laid out alike, and share what says on which line each key stands.
_NO_FIELDS: dict[str, Any] = {}
_SAME_LINES: dict[tuple[tuple[str, int], ...], dict[str, int]] = {}


@record
class Document:
    """A file of the store that could be read: where it lies, what it holds, the line of each key."""

    path: str
    location: Location
    fields: dict[str, Any]
    lines: dict[str, int]

    @property
    def flag_id(self) -> str:
        """Return the id of the flag it is about: its own where it has a valid one, else its name's; or nothing."""
        own = self.fields.get("id")
        return own if isinstance(own, str) and is_flag_id(own) else self.location.flag_id

    def brief(self) -> Document:
        """Return the same without what only its own rules ask for: of a large store all are kept to the end."""
        found = ((key, self.fields[key]) for key in _RELATING if key in self.fields)
        if self.fields.get("id") == self.location.flag_id:  # then the name tells it, of nearly every file
            found = ((key, value) for key, value in found if key != "id")
        fields = {key: intern(value) if isinstance(value, str) else value for key, value in found}
        place = Location(self.location.kind, intern(self.location.folder), intern(self.location.stem))
        lines = tuple((key, line) for key in _RELATING if (line := self.lines.get(key)))
        return Document(self.path, place, fields or _NO_FIELDS, _SAME_LINES.setdefault(lines, dict(lines)))

    def text(self, field: str) -> str | None:
        """Return a field's value where it is a text."""
        value = self.fields.get(field)
        return value if isinstance(value, str) else None
