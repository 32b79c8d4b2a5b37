"""Declarations: saying that flags are done, and committing the work that does them."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, COMMIT, DONE_ID, FLAG_IDS, FORCE, REASON
from flaggit.commands.spec import Family, Shown, argument, option, switch
from flaggit.core.model import RESOLUTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.working.committing import Committed
    from flaggit.commands.working.reopening import Reopened
    from flaggit.lifecycle.completing import Completed

COMMANDS = Family("Do and finish", hot=True)


@COMMANDS.add(
    "complete",
    "Say that flags are done; the commit that takes it in is the completion.",
    ('flaggit complete k7m --note "Polls since the last commit."', "staged, for your next commit"),
    ("flaggit complete k7m --commit", "committed at once, with its trailer"),
    ('flaggit complete k7m --as not_applicable --note "We never read the order."', "nothing to do here"),
    parameters=(
        FLAG_IDS,
        AGENT,
        option("resolution", f"One of {', '.join(RESOLUTIONS)}.", flag="--as", choices=RESOLUTIONS),
        option("by", "The flag that supersedes this one.", "ID"),
        option("note", "What to say about it.", "TEXT", piped=True, also=("--notes",)),
        COMMIT,
        FORCE,
        REASON,
        switch("release", "Let the lock go at once."),
    ),
    main=True,
)
def _complete() -> Shown[tuple[Completed, ...]]:
    from flaggit.commands.working import text
    from flaggit.lifecycle import completing

    return Shown(completing.complete, text.completed_text, text.completed_json)


@COMMANDS.add(
    "reopen",
    "Take a completion back: the flag is pending again.",
    ('flaggit reopen k7m --reason "The retry is still there."', "staged, for your next commit"),
    parameters=(DONE_ID, AGENT, REASON),
)
def _reopen() -> Shown[Reopened]:
    from flaggit.commands.working import reopening, text

    return Shown(reopening.reopen, text.reopened_text, text.reopened_json)


@COMMANDS.add(
    "commit",
    "Complete flags, stage that, and commit it with the work that does it.",
    ('flaggit commit --completes k7m2q0x -- -m "Poll for the order"', "what is staged, and the completion"),
    ("flaggit commit --completes k7m2q0x -- src/orders", "only these paths, and the completion"),
    group="Git",
    parameters=(
        option("completes", "Complete this flag.", "ID", several=True),
        option("reopens", "Reopen this flag.", "ID", complete="completed", several=True),
        argument("words", "Arguments for git commit.", "GIT-ARGUMENT", several=True),
    ),
    raw=True,
)
def _commit() -> Shown[Committed]:
    from flaggit.commands.working import committing, text

    return Shown(committing.commit, text.committed_text)
