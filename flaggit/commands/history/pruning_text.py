"""What ``prune`` took out of the tree, and what it left."""

from __future__ import annotations

from flaggit.core.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.history.pruning import Pruned
    from flaggit.output.text import Style


def prune_json(reply: Reply[Pruned]) -> Any:
    """Return ids and files that went, and why others stayed."""
    data = reply.data
    return {
        "pruned": list(data.ids),
        "files": list(data.paths),
        "kept": [{"id": flag_id, "reason": reason} for flag_id, reason in data.kept],
        "dry_run": data.dry_run,
        "commit": data.commit,
    }


def prune_text(reply: Reply[Pruned], style: Style) -> str:
    """Return how much went, and a line for each old flag that stays."""
    data = reply.data
    lines = [style.dim(f"{flag_id} stays: it {reason}.") for flag_id, reason in data.kept]
    if data.dry_run:
        lines += [f"would remove {path}" for path in data.paths]
    verb = "Would prune" if data.dry_run else "Pruned"
    amount = f"{counted(len(data.ids), 'flag')} ({counted(len(data.paths), 'file')})"
    lines.append(f"{verb} {amount}." if data.ids else "Nothing to prune.")
    return "\n".join(lines)
