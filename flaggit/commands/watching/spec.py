"""Declarations: watching a clone."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, FULL
from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.commands.watching.events import Line
    from flaggit.commands.watching.wait import Waited
    from flaggit.commands.watching.who import Who

_GROUP = "Watch"
_REMOTE = Parameter(
    "remote", "Look at the remote too, once in 30 s for all who wait in this clone.", ("--remote",), "flag"
)
_SINCE = Parameter("since", "From a cursor on, so that nothing in between is missed.", ("--since",), metavar="CURSOR")


def _wait() -> Shown[Waited]:
    from flaggit.commands.watching import text, wait

    return Shown(wait.wait, text.wait_text, text.wait_json)


def _events() -> Shown[Iterator[Line]]:
    from flaggit.commands.watching import events, text

    return Shown(events.events, text.events_text, text.events_json)


def _who() -> Shown[Who]:
    from flaggit.commands.watching import text, who

    return Shown(who.who, text.who_text, text.who_json)


COMMANDS = (
    Command(
        name="wait",
        group=_GROUP,
        summary="Wait until flags are answered, completed or free, or a new one comes; status 1 when time is over.",
        examples=(
            ("flaggit wait k7m2q0x", "until the question has its answer, or the flag is completed"),
            ("flaggit wait k7m p3v --until free --any", "until one of them can be taken"),
            (
                "flaggit wait --new --since i4d0c6e19b2f5",
                "until a flag comes that was not in that inbox",
            ),
        ),
        shown=_wait,
        parameters=(
            Parameter("flag_ids", "One or more flags.", kind="texts", metavar="ID", complete="flag"),
            AGENT,
            Parameter("new", "Wait for new flags for you instead.", ("--new",), "flag"),
            Parameter(
                "until",
                "What to wait for; without it `answered` for a question, else `completed`.",
                ("--until",),
                choices=("answered", "completed", "free", "actionable"),
            ),
            Parameter("either", "One of the flags is enough.", ("--any",), "flag"),
            Parameter("timeout", "How long at most: 10m without it.", ("--timeout",), metavar="10m"),
            _SINCE,
            _REMOTE,
            FULL,
        ),
        hot=True,
    ),
    Command(
        name="events",
        group=_GROUP,
        summary="What happened to flags and locks anywhere in the clone, one line a change.",
        examples=(
            ("flaggit events", "the cursor that stands for now"),
            ("flaggit events --since c4d0c6e19b2f5 --json", "what has happened since, one JSON object a line"),
            ("flaggit events --follow --json", "and whatever happens from now on, until Ctrl-C"),
        ),
        shown=_events,
        parameters=(
            _SINCE,
            Parameter("follow", "Go on until stopped.", ("--follow",), "flag"),
            _REMOTE,
        ),
        hot=True,
        lines=True,
    ),
    Command(
        name="who",
        group=_GROUP,
        summary="Who works where: each worktree with its agent, branch, locks and last sign of life.",
        examples=(("flaggit who", "every worktree of the clone, and who holds locks from elsewhere"),),
        shown=_who,
        parameters=(),
        hot=True,
    ),
)
