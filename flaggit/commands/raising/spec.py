"""Declarations: raising flags and talking about them."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, COMMIT, DRY_RUN, FLAG_ID, FORCE, REASON
from flaggit.commands.spec import Family, Shown, argument, option
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.raising.conversation import Turn
    from flaggit.commands.raising.editing import Edited
    from flaggit.lifecycle.notes import Noted
    from flaggit.lifecycle.raising import Raised


_SENDER = option("sender", "Who you are, where not known otherwise.", "@AGENT", flag="--from", older="source_agent")
_TEXT = argument("text", "What to say; `-` reads standard input.", "TEXT", required=True, piped=True)
# Fields of a flag that `create` and `edit` share. Values are judged by the rules, all at once, not by the parser.
_IMPACT = option("impact", f"One of {', '.join(IMPACT_LEVELS)}.", "LEVEL", offers=IMPACT_LEVELS, older="impact_level")
_CHANGE = option("change", "What changed; `-` reads standard input.", "TEXT", piped=True, older="change_description")
_ACTION = option(
    "action", "What the other has to do; `-` reads standard input.", "TEXT", piped=True, older="action_required"
)
_LOCATION = option("location", "Where in the code: FILE:LINE or FILE:START-END.", "FILE:LINE", older="code_location")
_EXAMPLE = option("example", "An example of use.", "TEXT", piped=True, older="example_usage")
_CONTEXT = option("context", "Further facts, as a JSON object or array.", "JSON", piped=True)
_NOTES = option("notes", "A remark.", "TEXT", piped=True)
_TYPE = option(
    "flag_type", f"One of {', '.join(FLAG_TYPES)}.", "TYPE", flag="--type", offers=FLAG_TYPES, older="flag_type"
)
_FILES = option(
    "files", "A related file or folder; may be repeated.", "PATH", flag="--file", several=True, older="related_files"
)

COMMANDS = Family("Raise and talk", hot=True)


@COMMANDS.add(
    "create",
    "Raise a flag: what changed, and what another agent has to do about it.",
    (
        "flaggit create --type breaking_change --impact high --to @frontend.web --change TEXT --action TEXT",
        "one agent is obliged",
    ),
    ("flaggit create --type change --to @a.web --to @a.api --change TEXT --action -", "two, the text piped in"),
    ("flaggit create", "on a terminal: write it in your editor"),
    parameters=(
        _TYPE,
        option(
            "to",
            "Who has to act; may be repeated. Nobody: for whoever feels concerned.",
            "@AGENT",
            several=True,
            older="target_agent",
        ),
        _SENDER,
        _CHANGE,
        _ACTION,
        option("change_file", "A file that holds what changed.", "FILE"),
        option("action_file", "A file that holds what to do.", "FILE"),
        _IMPACT,
        _FILES,
        option("chain", "The flag that this one follows from.", "ID", older="chain_origin_id"),
        option("re", "The flag that this one asks about or answers.", "ID"),
        _LOCATION,
        _EXAMPLE,
        _CONTEXT,
        _NOTES,
        option("draft", "A draft kept from a refused attempt.", "FILE"),
        COMMIT,
        DRY_RUN,
    ),
    main=True,
)
def _create() -> Shown[Raised]:
    from flaggit.commands.raising import create, text

    return Shown(create.create, text.created_text, text.created_json)


@COMMANDS.add(
    "ask",
    "Ask about a flag; it waits for the answer.",
    ('flaggit ask k7m "Does the job id stay valid after a retry?"', "asks the flag's source"),
    ('flaggit ask k7m "Which table?" --to @database.postgres', "asks another"),
    parameters=(FLAG_ID, _TEXT, option("to", "Whom to ask; by default the flag's source.", "@AGENT"), _SENDER),
    main=True,
)
def _ask() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.ask, text.turn_text, text.turn_json)


@COMMANDS.add(
    "answer",
    "Answer a question: its completion, which stands on the flag that it is about.",
    ('flaggit answer q3x "For 24 hours."', "the flag that was asked about can go on"),
    version=2,
    parameters=(FLAG_ID, _TEXT, _SENDER, FORCE, REASON),
)
def _answer() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.answer, text.turn_text, text.turn_json)


@COMMANDS.add(
    "redirect",
    "Hand a flag on to the agent whose work it is; the chain keeps both.",
    ("flaggit redirect k7m --to @backend.queue --reason TEXT", "this flag is superseded by a new one"),
    parameters=(FLAG_ID, option("to", "Whose it is.", "@AGENT", required=True), REASON, _SENDER),
)
def _redirect() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.redirect, text.turn_text, text.turn_json)


@COMMANDS.add(
    "bounce",
    "Hand a flag back to whoever raised it, and say why.",
    ('flaggit bounce k7m --reason "Says nothing about the error codes."', "its source sees it again"),
    parameters=(FLAG_ID, option("reason", "Why.", "TEXT", required=True, piped=True), _SENDER),
)
def _bounce() -> Shown[Turn]:
    from flaggit.commands.raising import conversation, text

    return Shown(conversation.bounce, text.turn_text, text.turn_json)


@COMMANDS.add(
    "note",
    "Write a note on a flag, in a file of its own.",
    ('flaggit note k7m "The staging cluster has it since today."', "everyone who shows it reads that"),
    parameters=(FLAG_ID, _TEXT, _SENDER),
)
def _note() -> Shown[Noted]:
    from flaggit.commands.raising import editing, text

    return Shown(editing.note, text.noted_text, text.noted_json)


@COMMANDS.add(
    "edit",
    "Change a flag's text; every other byte of its file stays.",
    ("flaggit edit k7m --impact high", "it is worse than thought"),
    ('flaggit edit k7m --notes ""', "takes an optional field away"),
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
)
def _edit() -> Shown[Edited]:
    from flaggit.commands.raising import editing, text

    return Shown(editing.edit, text.edited_text, text.edited_json)
