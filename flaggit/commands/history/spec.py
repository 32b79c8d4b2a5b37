"""Declarations: what git knows about a flag, and leaving to it what was done long ago."""

from __future__ import annotations

from flaggit.commands.shared import COMMIT, DRY_RUN, FLAG_ID
from flaggit.commands.spec import Family, Shown, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.history.actions import Log
    from flaggit.commands.history.pruning import Pruned

COMMANDS = Family("Orchestrate")


@COMMANDS.add(
    "log",
    "Who raised, edited, completed and reopened a flag, in which commits, and whether they are signed so.",
    ("flaggit log k7m2q0x", "every step, from all branches, after rebase and squash too"),
    ("flaggit log k7m2q0x --json", "with verified, unverified or mismatch for a program"),
    group="Look",
    parameters=(FLAG_ID,),
)
def _log() -> Shown[Log]:
    from flaggit.commands.history import actions, text

    return Shown(actions.log, text.log_text, text.log_json)


@COMMANDS.add(
    "prune",
    "Take long completed flags out of the tree, with their notes; history keeps them.",
    ("flaggit prune --completed-before 90d --dry-run", "what would go"),
    ("flaggit prune --completed-before 90d --commit", "remove it, in a commit of its own"),
    parameters=(
        option("completed_before", "How long ago they were completed at least: 90d, 12w.", "AGE", required=True),
        DRY_RUN,
        COMMIT,
    ),
)
def _prune() -> Shown[Pruned]:
    from flaggit.commands.history import pruning, text

    return Shown(pruning.prune, text.prune_text, text.prune_json)
