"""Declarations: raising flags and talking about them."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, COMMIT, DRY_RUN, FLAG_ID, FORCE, REASON
from flaggit.commands.spec import Command, Parameter, Shown
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.raising.conversation import Turn
    from flaggit.commands.raising.editing import Edited
    from flaggit.lifecycle.notes import Noted
    from flaggit.lifecycle.raising import Raised


_RAISE = "Raise and talk"

_SENDER = Parameter(
    "sender",
    "Who you are, where not known otherwise.",
    ("--from",),
    metavar="@AGENT",
    complete="handle",
    also=("--source_agent", "--source-agent"),
)
_TEXT = Parameter("text", "What to say; `-` reads standard input.", required=True, metavar="TEXT", piped=True)
# Fields of a flag that `create` and `edit` share. Values are judged by the rules, all at once, not by the parser.
_IMPACT = Parameter(
    "impact",
    f"One of {', '.join(IMPACT_LEVELS)}.",
    ("--impact",),
    metavar="LEVEL",
    also=("--impact_level", "--impact-level"),
    offers=IMPACT_LEVELS,
)
_CHANGE = Parameter(
    "change",
    "What changed; `-` reads standard input.",
    ("--change",),
    metavar="TEXT",
    piped=True,
    also=("--change_description", "--change-description"),
)
_ACTION = Parameter(
    "action",
    "What the other has to do; `-` reads standard input.",
    ("--action",),
    metavar="TEXT",
    piped=True,
    also=("--action_required", "--action-required"),
)
_LOCATION = Parameter(
    "location",
    "Where in the code: FILE:LINE or FILE:START-END.",
    ("--location",),
    metavar="FILE:LINE",
    also=("--code_location", "--code-location"),
)
_EXAMPLE = Parameter(
    "example",
    "An example of use.",
    ("--example",),
    metavar="TEXT",
    piped=True,
    also=("--example_usage", "--example-usage"),
)
_CONTEXT = Parameter("context", "Further facts, as a JSON object or array.", ("--context",), metavar="JSON", piped=True)
_NOTES = Parameter("notes", "A remark.", ("--notes",), metavar="TEXT", piped=True)
_TYPE = Parameter(
    "flag_type",
    f"One of {', '.join(FLAG_TYPES)}.",
    ("--type",),
    metavar="TYPE",
    also=("--flag_type", "--flag-type"),
    offers=FLAG_TYPES,
)
_FILES = Parameter(
    "files",
    "A related file or folder; may be repeated.",
    ("--file",),
    "texts",
    metavar="PATH",
    complete="path",
    also=("--related_files", "--related-files"),
)


def _create() -> Shown[Raised]:
    from flaggit.commands.raising import create, text

    return Shown(create.create, text.created_text, text.created_json)


def _ask() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.ask, text.turn_text, text.turn_json)


def _answer() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.answer, text.turn_text, text.turn_json)


def _redirect() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.redirect, text.turn_text, text.turn_json)


def _bounce() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.bounce, text.turn_text, text.turn_json)


def _note() -> Shown[Noted]:
    from flaggit.commands.raising import editing, text

    return Shown(editing.note, text.noted_text, text.noted_json)


def _edit() -> Shown[Edited]:
    from flaggit.commands.raising import editing, text

    return Shown(editing.edit, text.edited_text, text.edited_json)


COMMANDS = (
    Command(
        name="create",
        group=_RAISE,
        summary="Raise a flag: what changed, and what another agent has to do about it.",
        examples=(
            (
                "flaggit create --type breaking_change --impact high --to @frontend.web --change TEXT --action TEXT",
                "one agent is obliged",
            ),
            ("flaggit create --type change --to @a.web --to @a.api --change TEXT --action -", "two, the text piped in"),
            ("flaggit create", "on a terminal: write it in your editor"),
        ),
        shown=_create,
        parameters=(
            _TYPE,
            Parameter(
                "to",
                "Who has to act; may be repeated. Nobody: for whoever feels concerned.",
                ("--to",),
                "texts",
                metavar="@AGENT",
                complete="handle",
                also=("--target_agent", "--target-agent"),
            ),
            _SENDER,
            _CHANGE,
            _ACTION,
            Parameter("change_file", "A file that holds what changed.", ("--change-file",), metavar="FILE"),
            Parameter("action_file", "A file that holds what to do.", ("--action-file",), metavar="FILE"),
            _IMPACT,
            _FILES,
            Parameter(
                "chain",
                "The flag that this one follows from.",
                ("--chain",),
                metavar="ID",
                complete="flag",
                also=("--chain_origin_id", "--chain-origin-id"),
            ),
            Parameter("re", "The flag that this one asks about or answers.", ("--re",), metavar="ID", complete="flag"),
            _LOCATION,
            _EXAMPLE,
            _CONTEXT,
            _NOTES,
            Parameter("draft", "A draft kept from a refused attempt.", ("--draft",), metavar="FILE"),
            COMMIT,
            DRY_RUN,
        ),
        hot=True,
        main=True,
    ),
    Command(
        name="ask",
        group=_RAISE,
        summary="Ask about a flag; it waits for the answer.",
        examples=(
            ('flaggit ask k7m "Does the job id stay valid after a retry?"', "asks the flag's source"),
            ('flaggit ask k7m "Which table?" --to @database.postgres', "asks another"),
        ),
        shown=_ask,
        parameters=(
            FLAG_ID,
            _TEXT,
            Parameter(
                "to", "Whom to ask; by default the flag's source.", ("--to",), metavar="@AGENT", complete="handle"
            ),
            _SENDER,
        ),
        hot=True,
        main=True,
    ),
    Command(
        name="answer",
        version=2,
        group=_RAISE,
        summary="Answer a question: its completion, which stands on the flag that it is about.",
        examples=(('flaggit answer q3x "For 24 hours."', "the flag that was asked about can go on"),),
        shown=_answer,
        parameters=(FLAG_ID, _TEXT, _SENDER, FORCE, REASON),
        hot=True,
    ),
    Command(
        name="redirect",
        group=_RAISE,
        summary="Hand a flag on to the agent whose work it is; the chain keeps both.",
        examples=(("flaggit redirect k7m --to @backend.queue --reason TEXT", "this flag is superseded by a new one"),),
        shown=_redirect,
        parameters=(
            FLAG_ID,
            Parameter("to", "Whose it is.", ("--to",), required=True, metavar="@AGENT", complete="handle"),
            REASON,
            _SENDER,
        ),
        hot=True,
    ),
    Command(
        name="bounce",
        group=_RAISE,
        summary="Hand a flag back to whoever raised it, and say why.",
        examples=(('flaggit bounce k7m --reason "Says nothing about the error codes."', "its source sees it again"),),
        shown=_bounce,
        parameters=(
            FLAG_ID,
            Parameter("reason", "Why.", ("--reason",), required=True, metavar="TEXT", piped=True),
            _SENDER,
        ),
        hot=True,
    ),
    Command(
        name="note",
        group=_RAISE,
        summary="Write a note on a flag, in a file of its own.",
        examples=(('flaggit note k7m "The staging cluster has it since today."', "everyone who shows it reads that"),),
        shown=_note,
        parameters=(FLAG_ID, _TEXT, _SENDER),
        hot=True,
    ),
    Command(
        name="edit",
        group=_RAISE,
        summary="Change a flag's text; every other byte of its file stays.",
        examples=(
            ("flaggit edit k7m --impact high", "it is worse than thought"),
            ('flaggit edit k7m --notes ""', "takes an optional field away"),
        ),
        shown=_edit,
        parameters=(
            FLAG_ID,
            AGENT,
            _TYPE,
            _IMPACT,
            _CHANGE,
            _ACTION,
            _FILES,
            _LOCATION,
            _EXAMPLE,
            _CONTEXT,
            _NOTES,
            DRY_RUN,
        ),
        hot=True,
    ),
)
