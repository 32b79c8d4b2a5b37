"""Declarations: saying that flags are done, and committing the work that does them."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, COMMIT, DONE_ID, FLAG_IDS, FORCE, REASON
from flaggit.commands.spec import Command, Parameter, Shown
from flaggit.core.model import RESOLUTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.working.committing import Committed
    from flaggit.commands.working.reopening import Reopened
    from flaggit.lifecycle.completing import Completed


_GROUP = "Do and finish"


def _complete() -> Shown[tuple[Completed, ...]]:
    from flaggit.commands.working import text
    from flaggit.lifecycle import completing

    return Shown(completing.complete, text.completed_text, text.completed_json)


def _reopen() -> Shown[Reopened]:
    from flaggit.commands.working import reopening, text

    return Shown(reopening.reopen, text.reopened_text, text.reopened_json)


def _commit() -> Shown[Committed]:
    from flaggit.commands.working import committing, text

    return Shown(committing.commit, text.committed_text)


COMMANDS = (
    Command(
        name="complete",
        group=_GROUP,
        summary="Say that flags are done; the commit that takes it in is the completion.",
        examples=(
            ('flaggit complete k7m --note "Polls since the last commit."', "staged, for your next commit"),
            ("flaggit complete k7m --commit", "committed at once, with its trailer"),
            ('flaggit complete k7m --as not_applicable --note "We never read the order."', "nothing to do here"),
        ),
        shown=_complete,
        parameters=(
            FLAG_IDS,
            AGENT,
            Parameter("resolution", f"One of {', '.join(RESOLUTIONS)}.", ("--as",), choices=RESOLUTIONS),
            Parameter("by", "The flag that supersedes this one.", ("--by",), metavar="ID", complete="flag"),
            Parameter("note", "What to say about it.", ("--note",), metavar="TEXT", piped=True, also=("--notes",)),
            COMMIT,
            FORCE,
            REASON,
            Parameter("release", "Let the lock go at once.", ("--release",), "flag"),
        ),
        hot=True,
        main=True,
    ),
    Command(
        name="reopen",
        group=_GROUP,
        summary="Take a completion back: the flag is pending again.",
        examples=(('flaggit reopen k7m --reason "The retry is still there."', "staged, for your next commit"),),
        shown=_reopen,
        parameters=(DONE_ID, AGENT, REASON),
        hot=True,
    ),
    Command(
        name="commit",
        group="Git",
        summary="Complete flags, stage that, and commit it with the work that does it.",
        examples=(
            ('flaggit commit --completes k7m2q0x -- -m "Poll for the order"', "what is staged, and the completion"),
            ("flaggit commit --completes k7m2q0x -- src/orders", "only these paths, and the completion"),
            ("flaggit commit --again", "finish what the commit-msg hook refused, exactly as it was"),
        ),
        shown=_commit,
        parameters=(
            Parameter("completes", "Complete this flag.", ("--completes",), "texts", metavar="ID", complete="flag"),
            Parameter("reopens", "Reopen this flag.", ("--reopens",), "texts", metavar="ID", complete="completed"),
            Parameter("again", "Finish the commit that the commit-msg hook refused last.", ("--again",), "flag"),
            Parameter("words", "Arguments for git commit.", kind="texts", metavar="GIT-ARGUMENT"),
        ),
        raw=True,
        hot=True,
    ),
)
