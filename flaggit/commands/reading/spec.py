"""Declarations: looking at flags."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, FLAG_ID, HERE, LISTED, WATCH
from flaggit.commands.spec import Family, Shown, argument, option, switch
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS, STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.clone.view import View
    from flaggit.commands.reading.dispatch import Choice
    from flaggit.commands.reading.listing import Listing

_STATES = (("done", "completed"), ("open", "pending"))  # as rows and other tools say it

COMMANDS = Family("Look", hot=True)


@COMMANDS.add(
    "inbox",
    "The pending flags for you and your teams, from every worktree and branch of the clone.",
    ("flaggit inbox", "what waits for this worktree's agent"),
    ("flaggit inbox @backend.api --json", "the same for a program"),
    version=2,
    parameters=(AGENT, HERE, *LISTED, WATCH),
    main=True,
)
def _inbox() -> Shown[Listing]:
    from flaggit.commands.reading import listing, text

    return Shown(listing.inbox, text.inbox_text, text.list_json)


@COMMANDS.add(
    "outbox",
    "The pending flags that you raised.",
    ("flaggit outbox", "what others still owe you"),
    version=2,
    parameters=(AGENT, HERE, *LISTED),
)
def _outbox() -> Shown[Listing]:
    from flaggit.commands.reading import listing, text

    return Shown(listing.outbox, text.list_text, text.list_json)


@COMMANDS.add(
    "list",
    "All flags that fit the given conditions; without any, everything pending.",
    ("flaggit list", "everything pending in the clone"),
    ("flaggit list --to @frontend.web --impact high", "what is urgent for one agent"),
    ("flaggit list --file src/orders --status all", "everything ever said about a folder"),
    version=2,
    parameters=(
        option("to", "Addressed to this agent; `general`: to nobody in particular.", "@AGENT", complete=""),
        option("sender", "Raised by this agent.", "@AGENT", flag="--from"),
        option("flag_type", "Of this type.", flag="--type", choices=FLAG_TYPES),
        option("impact", "Of this impact.", choices=IMPACT_LEVELS),
        option(
            "status",
            "Pending (the default), completed, or all.",
            choices=(*STATUSES, "all"),
            synonyms=_STATES,
        ),
        option("file", "About this file or folder.", "PATH"),
        switch("locked", "Only what somebody holds."),
        HERE,
        *LISTED,
    ),
)
def _list() -> Shown[Listing]:
    from flaggit.commands.reading import listing, text

    return Shown(listing.list_flags, text.list_text, text.list_json)


@COMMANDS.add(
    "next",
    "The most urgent flag that you can work on from here; exit status 1 where there is none.",
    ("flaggit next", "what to do next"),
    ("flaggit next --lock", "take new work, so that nobody else does the same"),
    ("flaggit next --resume", "go on with what you hold, after a pause or a crash"),
    ("flaggit next --lock --wait 5m", "wait for work where there is none"),
    ("flaggit next --explain", "and why others were passed over"),
    version=2,
    parameters=(
        AGENT,
        switch("lock", "Only new work, and take its lock; it says what you hold."),
        switch("resume", "Instead: the oldest flag you hold and can go on with."),
        switch("ahead", "Also flags that have not reached this branch."),
        switch("explain", "Say which flags were passed over and why."),
        option("wait", "Where there is none, wait for one; at most so long.", "5m"),
    ),
    main=True,
)
def _next() -> Shown[Choice]:
    from flaggit.commands.reading import dispatch, text

    return Shown(dispatch.next_flag, text.next_text, text.next_json)


@COMMANDS.add(
    "show",
    "One flag in full, with its notes, its questions and their answers.",
    ("flaggit show k7m", "by a unique beginning of its id"),
    ("flaggit show 100", "by an imported number"),
    version=2,
    parameters=(FLAG_ID,),
    main=True,
)
def _show() -> Shown[View]:
    from flaggit.commands.reading import listing, text

    return Shown(listing.show, text.show_text, text.show_json)


@COMMANDS.add(
    "find",
    "Flags, pending or completed, that hold every word of a text.",
    ('flaggit find "orders 202"', "both words, anywhere in a flag"),
    version=2,
    parameters=(argument("text", "Words to look for.", "TEXT", required=True), HERE, *LISTED),
    hot=False,
)
def _find() -> Shown[Listing]:
    from flaggit.commands.reading import listing, text

    return Shown(listing.find, text.list_text, text.list_json)


@COMMANDS.add(
    "chain",
    "The whole chain that a flag belongs to, oldest first.",
    ("flaggit chain k7m2q0x", "from the first flag to the last"),
    version=2,
    parameters=(FLAG_ID, *LISTED),
    hot=False,
)
def _chain() -> Shown[Listing]:
    from flaggit.commands.reading import listing, text

    return Shown(listing.chain, text.list_text, text.list_json)
