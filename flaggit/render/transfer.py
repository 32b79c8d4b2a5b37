"""What exporting and importing answer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.actions.exporting import Exported
    from flaggit.render.text import Style
    from flaggit.session import Reply


def exported_json(reply: Reply) -> Any:
    """Return what was exported, and where to or as ``content``; JSON itself is not wrapped in a text."""
    data: Exported = reply.data  # type: ignore[assignment]
    values: dict[str, Any] = {"format": data.form, "file": data.file or None}
    values.update(flags=data.flags, completions=data.completions, notes=data.notes)
    if not data.file:
        import json

        values["content"] = json.loads(data.text) if data.form == "json" else data.text
    return values


def exported_text(reply: Reply, style: Style) -> str:
    """Return the export itself, or how much of it is in the file."""
    data: Exported = reply.data  # type: ignore[assignment]
    if not data.file:
        return data.text
    counts = f"{data.flags} flags, {data.completions} completions, {data.notes} notes"
    return f"{counts}: {style.bold(data.file)}"
