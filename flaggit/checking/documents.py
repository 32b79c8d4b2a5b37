"""A file of the store as a plain document with line numbers: what checks judge before anything is a value."""

from __future__ import annotations

from flaggit.core.ids import is_flag_id
from flaggit.core.layout import Location
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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

    def text(self, field: str) -> str | None:
        """Return a field's value where it is a text."""
        value = self.fields.get(field)
        return value if isinstance(value, str) else None
