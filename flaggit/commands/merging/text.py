"""What settling a merge answers."""

from __future__ import annotations

from flaggit.core.text import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.session import Reply
    from flaggit.commands.merging.actions import ResolvedFile
    from flaggit.output.text import Style

_WORDS = {"settled": "settled and staged", "decision": "to be decided", "left": "left as it is"}


def resolve_text(reply: Reply[tuple[ResolvedFile, ...]], style: Style) -> str:
    """Return each unmerged file with what became of it."""
    lines = []
    for item in reply.data:
        words = _WORDS[item.outcome] + (f": {', '.join(item.decisions)}" if item.decisions else "")
        colour = style.good if item.outcome == "settled" else style.warn
        lines.append(f"{visible(item.path)}  {colour(words)}")
    return "\n".join(lines)
