"""Parameters that several commands have."""

from __future__ import annotations

from flaggit.commands.spec import argument, option, switch
from flaggit.core.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

AGENT = argument("agent", "Who you are, where not known otherwise.", "@AGENT")
FLAG_ID = argument("flag_id", "The flag: its id, or a unique beginning of it.", "ID", required=True)
DONE_ID = argument(FLAG_ID.name, FLAG_ID.help, "ID", required=True, complete="completed")
FLAG_IDS = argument("flag_ids", "One or more flags.", "ID", several=True, required=True)
HERE = switch("here", "Only this worktree's flags.")
FULL = switch("full", "Every field in JSON, texts uncut.")
LISTED = (  # how much a list says
    FULL,
    option("limit", "At most so many; without it text shows 25 and JSON all.", "N", number=True),
    option("fields", "Only these fields, named as JSON does, with a comma between.", "NAMES"),
    switch("count", "Only how many there are."),
)
COMMIT = switch("commit", "Commit exactly what the command writes.")
DRY_RUN = switch("dry_run", "Show what would be written, and write nothing.")
WATCH = switch("watch", "Show it again each time it changes, until Ctrl-C.")
REASON = option("reason", "Why, for whoever reads it later.", "TEXT", piped=True)
FORCE = switch("force", "Do it although it is not yours; needs --reason.")
AGENT_NAME = argument("agent", "The agent.", "@AGENT", required=True)
CATALOG_FILE = option("catalog", "Another catalog's file.", "FILE")
QUERY = argument("query", "What the task is about, in a few words.", "QUERY", required=True)


def refuse_beside(way: str, options: Mapping[str, object]) -> None:
    """Refuse what would be ignored: options that do nothing in the way in which a command was called.

    Args:
        way: What chose it, as typed: ``--resume``.
        options: Spelling -> what was given; what is false was not.

    Raises:
        InvalidError: ``usage``.
    """
    idle = [name for name, value in options.items() if value]
    if idle:
        verb = "does" if len(idle) == 1 else "do"
        message = f"{' and '.join(idle)} {verb} nothing beside {way}: leave {'it' if len(idle) == 1 else 'them'} out."
        raise InvalidError("usage", message)
