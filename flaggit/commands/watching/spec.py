"""Declarations: watching a clone."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, FULL
from flaggit.commands.spec import Family, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.commands.watching.events import Line
    from flaggit.commands.watching.wait import Waited
    from flaggit.commands.watching.who import Who

_REMOTE = switch("remote", "Look at the remote too, once in 30 s for all who wait in this clone.")
_SINCE = option("since", "From a cursor on, so that nothing in between is missed.", "CURSOR")
_STATES = ("answered", "completed", "free", "actionable")

COMMANDS = Family("Watch", hot=True)


@COMMANDS.add(
    "wait",
    "Wait until flags are answered, completed or free, or a new one comes; status 1 when time is over.",
    ("flaggit wait k7m2q0x", "until the question has its answer, or the flag is completed"),
    ("flaggit wait k7m p3v --until free --any", "until one of them can be taken"),
    ("flaggit wait --new --since i4d0c6e19b2f5", "until a flag comes that was not in that inbox"),
    parameters=(
        argument("flag_ids", "One or more flags.", "ID", several=True),
        AGENT,
        switch("new", "Wait for new flags for you instead."),
        option("until", "What to wait for; without it `answered` for a question, else `completed`.", choices=_STATES),
        switch("either", "One of the flags is enough.", flag="--any"),
        option("timeout", "How long at most: 10m without it.", "10m"),
        _SINCE,
        _REMOTE,
        FULL,
    ),
)
def _wait() -> Shown[Waited]:
    from flaggit.commands.watching import text, wait

    return Shown(wait.wait, text.wait_text, text.wait_json)


@COMMANDS.add(
    "events",
    "What happened to flags and locks anywhere in the clone, one line a change.",
    ("flaggit events", "the cursor that stands for now"),
    ("flaggit events --since c4d0c6e19b2f5 --json", "what has happened since, one JSON object a line"),
    ("flaggit events --follow --json", "and whatever happens from now on, until Ctrl-C"),
    parameters=(_SINCE, switch("follow", "Go on until stopped."), _REMOTE),
    lines=True,
)
def _events() -> Shown[Iterator[Line]]:
    from flaggit.commands.watching import events, text

    return Shown(events.events, text.events_text, text.events_json)


@COMMANDS.add(
    "who",
    "Who works where: each worktree with its agent, branch, locks and last sign of life.",
    ("flaggit who", "every worktree of the clone, and who holds locks from elsewhere"),
)
def _who() -> Shown[Who]:
    from flaggit.commands.watching import text, who

    return Shown(who.who, text.who_text, text.who_json)
