"""Declarations: looking at flags."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, FLAG_ID, FULL, HERE, WATCH
from flaggit.commands.spec import Command, Parameter, Shown
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.view import View
    from flaggit.commands.looking.dispatch import Choice
    from flaggit.commands.looking.listing import Listing


_GROUP = "Look"


def _inbox() -> Shown[Listing]:
    from flaggit.commands.looking import listing, text

    return Shown(listing.inbox, text.inbox_text, text.list_json)


def _outbox() -> Shown[Listing]:
    from flaggit.commands.looking import listing, text

    return Shown(listing.outbox, text.list_text, text.list_json)


def _list() -> Shown[Listing]:
    from flaggit.commands.looking import listing, text

    return Shown(listing.list_flags, text.list_text, text.list_json)


def _next() -> Shown[Choice]:
    from flaggit.commands.looking import dispatch, text

    return Shown(dispatch.next_flag, text.next_text, text.next_json)


def _show() -> Shown[View]:
    from flaggit.commands.looking import showing, text

    return Shown(showing.show, text.show_text, text.show_json)


def _find() -> Shown[Listing]:
    from flaggit.commands.looking import listing, text

    return Shown(listing.find, text.list_text, text.list_json)


def _chain() -> Shown[Listing]:
    from flaggit.commands.looking import chains, text

    return Shown(chains.chain, text.list_text, text.list_json)


COMMANDS = (
    Command(
        name="inbox",
        version=2,
        summary="The pending flags for you and your teams, from every worktree and branch of the clone.",
        examples=(
            ("flaggit inbox", "what waits for this worktree's agent"),
            ("flaggit inbox @backend.api --json", "the same for a program"),
        ),
        shown=_inbox,
        parameters=(AGENT, HERE, FULL, WATCH),
        hot=True,
        main=True,
        group=_GROUP,
    ),
    Command(
        name="outbox",
        version=2,
        summary="The pending flags that you raised.",
        examples=(("flaggit outbox", "what others still owe you"),),
        shown=_outbox,
        parameters=(AGENT, HERE, FULL),
        hot=True,
        group=_GROUP,
    ),
    Command(
        name="list",
        version=2,
        summary="All flags that fit the given conditions; without any, everything pending.",
        examples=(
            ("flaggit list", "everything pending in the clone"),
            ("flaggit list --to @frontend.web --impact high", "what is urgent for one agent"),
            ("flaggit list --file src/orders --status all", "everything ever said about a folder"),
        ),
        shown=_list,
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
    ),
    Command(
        name="next",
        version=2,
        group=_GROUP,
        summary="The most urgent flag that you can work on from here; exit status 1 where there is none.",
        examples=(
            ("flaggit next", "what to do next"),
            ("flaggit next --lock", "take new work, so that nobody else does the same"),
            ("flaggit next --resume", "go on with what you hold, after a pause or a crash"),
            ("flaggit next --explain", "and why others were passed over"),
        ),
        shown=_next,
        parameters=(
            AGENT,
            Parameter("lock", "Only new work, and take its lock; it says what you hold.", ("--lock",), "flag"),
            Parameter("resume", "Instead: the oldest flag you hold and can go on with.", ("--resume",), "flag"),
            Parameter("ahead", "Also flags that have not reached this branch.", ("--ahead",), "flag"),
            Parameter("explain", "Say which flags were passed over and why.", ("--explain",), "flag"),
        ),
        hot=True,
        main=True,
    ),
    Command(
        name="show",
        version=2,
        group=_GROUP,
        summary="One flag in full, with its notes, its questions and their answers.",
        examples=(
            ("flaggit show k7m", "by a unique beginning of its id"),
            ("flaggit show 100", "by an imported number"),
        ),
        shown=_show,
        parameters=(FLAG_ID,),
        hot=True,
        main=True,
    ),
    Command(
        name="find",
        version=2,
        summary="Flags, pending or completed, that hold every word of a text.",
        examples=(('flaggit find "orders 202"', "both words, anywhere in a flag"),),
        shown=_find,
        parameters=(Parameter("text", "Words to look for.", required=True, metavar="TEXT"), HERE, FULL),
        group=_GROUP,
    ),
    Command(
        name="chain",
        version=2,
        summary="The whole chain that a flag belongs to, oldest first.",
        examples=(("flaggit chain k7m2q0x", "from the first flag to the last"),),
        shown=_chain,
        parameters=(FLAG_ID, FULL),
        group=_GROUP,
    ),
)
