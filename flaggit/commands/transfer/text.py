"""What exporting and importing answer."""

from __future__ import annotations

from flaggit.core.layout import flag_path
from flaggit.core.text import counted, short_oid, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.transfer.exporting import Exported
    from flaggit.commands.transfer.importing import Imported
    from flaggit.output.text import Style


def exported_json(reply: Reply[Exported]) -> Any:
    """Return the counts of an export, and its file or its ``content``; JSON itself is not wrapped in a text."""
    data = reply.data
    values: dict[str, Any] = {"format": data.form, "file": data.file or None}
    values.update(flags=data.flags, completions=data.completions, notes=data.notes)
    if not data.file:
        import json

        text = "\n".join(data.lines)
        values["content"] = json.loads(text) if data.form == "json" else text
    return values


def exported_text(reply: Reply[Exported], style: Style) -> str | Iterable[str]:
    """Return the export itself, or how much of it is in the file."""
    data = reply.data
    if not data.file:
        return data.lines
    counts = _amounts(data.flags, data.completions, data.notes)
    return f"{counts}: {style.bold(data.file)}"


def imported_json(reply: Reply[Imported]) -> Any:
    """Return the imported flags by id and by the number they had; what was changed stands in the warnings."""
    data = reply.data
    values: dict[str, Any] = {
        "format": data.form,
        "file": data.file,
        "dry_run": data.dry_run,
        "flags": [{"id": flag.id, "legacy_id": flag.legacy_id, "path": flag_path(flag)} for flag in data.flags],
        "completions": len(data.completions),
        "notes": len(data.notes),
        "already": data.already,
        "unmapped": [problem.message for problem in data.unmapped],
    }
    if data.agents:
        values["agents"] = list(data.agents)
    if data.commit:
        values["commit"] = data.commit
    return values


def _amounts(flags: int, completions: int, notes: int) -> str:
    return f"{counted(flags, 'flag')}, {counted(completions, 'completion')}, {counted(notes, 'note')}"


def imported_text(reply: Reply[Imported], style: Style) -> str:
    """Return how much was brought in."""
    data = reply.data
    verb = "Would import" if data.dry_run else "Imported"
    counts = _amounts(len(data.flags), len(data.completions), len(data.notes))
    counts += f", {counted(len(data.agents), 'agent')}" if data.agents else ""
    lines = [f"{verb} {counts} from {style.bold(visible(data.file))}."]
    if data.already:
        lines.append(style.dim(f"{data.already} were here already."))
    if data.unmapped:
        lines.append(style.warn(f"{len(data.unmapped)} records were left out."))
    if data.commit:
        lines.append(style.dim(f"Committed as {short_oid(data.commit)}."))
    return "\n".join(lines)
