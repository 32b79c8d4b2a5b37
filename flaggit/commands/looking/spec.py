"""Declarations: looking at flags."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, FLAG_ID, FULL, HERE, WATCH
from flaggit.commands.spec import Command, Parameter
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, STATUSES

_GROUP = "Look"

COMMANDS = (
    Command(
        name="inbox",
        summary="The pending flags for you and your teams, from every worktree and branch of the clone.",
        examples=(
            ("flaggit inbox", "what waits for this worktree's agent"),
            ("flaggit inbox @backend.api --json", "the same for a program"),
        ),
        verb="flaggit.commands.looking.listing:inbox",
        parameters=(AGENT, HERE, FULL, WATCH),
        hot=True,
        main=True,
        group=_GROUP,
        text="flaggit.commands.looking.text:list_text",
        json="flaggit.commands.looking.text:list_json",
    ),
    Command(
        name="outbox",
        summary="The pending flags that you raised.",
        examples=(("flaggit outbox", "what others still owe you"),),
        verb="flaggit.commands.looking.listing:outbox",
        parameters=(AGENT, HERE, FULL),
        hot=True,
        group=_GROUP,
        text="flaggit.commands.looking.text:list_text",
        json="flaggit.commands.looking.text:list_json",
    ),
    Command(
        name="list",
        summary="All flags that fit the given conditions; without any, everything pending.",
        examples=(
            ("flaggit list", "everything pending in the clone"),
            ("flaggit list --to @frontend.web --impact high", "what is urgent for one agent"),
            ("flaggit list --file src/orders --status all", "everything ever said about a folder"),
        ),
        verb="flaggit.commands.looking.listing:list_flags",
        parameters=(
            Parameter(
                "to", "Addressed to this agent; `general`: to nobody in particular.", ("--to",), metavar="@AGENT"
            ),
            Parameter("sender", "Raised by this agent.", ("--from",), metavar="@AGENT", complete="handle"),
            Parameter("flag_type", "Of this type.", ("--type",), choices=FLAG_TYPES),
            Parameter("impact", "Of this impact.", ("--impact",), choices=IMPACT_LEVELS),
            Parameter("status", "Pending (the default), completed, or all.", ("--status",), choices=(*STATUSES, "all")),
            Parameter("file", "About this file or folder.", ("--file",), metavar="PATH", complete="path"),
            Parameter("locked", "Only what somebody holds.", ("--locked",), "flag"),
            HERE,
            FULL,
        ),
        hot=True,
        group=_GROUP,
        text="flaggit.commands.looking.text:list_text",
        json="flaggit.commands.looking.text:list_json",
    ),
    Command(
        name="next",
        group=_GROUP,
        summary="The most urgent flag that you can work on from here; exit status 1 where there is none.",
        examples=(
            ("flaggit next", "what to do next"),
            ("flaggit next --lock", "take it, so that nobody else does the same work"),
            ("flaggit next --explain", "and why others were passed over"),
        ),
        verb="flaggit.commands.looking.dispatch:next_flag",
        parameters=(
            AGENT,
            Parameter("lock", "Take its lock too; a lost race moves on to the next flag.", ("--lock",), "flag"),
            Parameter("ahead", "Also flags that have not reached this branch.", ("--ahead",), "flag"),
            Parameter("explain", "Say which flags were passed over and why.", ("--explain",), "flag"),
        ),
        text="flaggit.commands.looking.text:next_text",
        json="flaggit.commands.looking.text:next_json",
        hot=True,
        main=True,
    ),
    Command(
        name="show",
        group=_GROUP,
        summary="One flag in full, with its notes, open questions and answers.",
        examples=(
            ("flaggit show k7m", "by a unique beginning of its id"),
            ("flaggit show 100", "by an imported number"),
        ),
        verb="flaggit.commands.looking.showing:show",
        parameters=(FLAG_ID,),
        text="flaggit.commands.looking.text:show_text",
        json="flaggit.commands.looking.text:show_json",
        hot=True,
        main=True,
    ),
    Command(
        name="find",
        summary="Flags, pending or completed, that hold every word of a text.",
        examples=(('flaggit find "orders 202"', "both words, anywhere in a flag"),),
        verb="flaggit.commands.looking.listing:find",
        parameters=(Parameter("text", "Words to look for.", required=True, metavar="TEXT"), HERE, FULL),
        group=_GROUP,
        text="flaggit.commands.looking.text:list_text",
        json="flaggit.commands.looking.text:list_json",
    ),
    Command(
        name="chain",
        summary="The whole chain that a flag belongs to, oldest first.",
        examples=(("flaggit chain k7m2q0x", "from the first flag to the last"),),
        verb="flaggit.commands.looking.chains:chain",
        parameters=(FLAG_ID, FULL),
        group=_GROUP,
        text="flaggit.commands.looking.text:list_text",
        json="flaggit.commands.looking.text:list_json",
    ),
)
