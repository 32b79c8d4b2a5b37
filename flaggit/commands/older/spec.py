"""Declarations: the command lines of the older flag system, which agents carry in their prompts."""

from __future__ import annotations

from flaggit.commands.shared import COMMIT, DRY_RUN, FLAG_ID, FORCE, REASON
from flaggit.commands.spec import Command, Parameter
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS

_GROUP = "Older command lines"
_AGENT = Parameter("agent", "Whose flags.", metavar="@AGENT", complete="handle")
_GENERAL = Parameter(
    "include_general",
    "Also flags that are for nobody in particular.",
    ("--include-general", "--include_general"),
    "flag",
)


def _option(
    name: str, meaning: str, *, metavar: str = "TEXT", complete: str = "", offers: tuple[str, ...] = ()
) -> Parameter:
    """Return an option in the older spelling with underscores; the one with hyphens is accepted too."""
    hyphens = ("--" + name.replace("_", "-"),) if "_" in name else ()
    return Parameter(name, meaning, (f"--{name}",), metavar=metavar, complete=complete, also=hyphens, offers=offers)


# Values are judged by the rules, all at once, not by the parser.
_CREATE = (
    _option("flag_type", f"One of {', '.join(FLAG_TYPES)}.", metavar="TYPE", offers=FLAG_TYPES),
    _option("source_agent", "Who you are, where not known otherwise.", metavar="@AGENT", complete="handle"),
    _option("target_agent", "Who has to act; none or NULL: nobody in particular.", metavar="@AGENT", complete="handle"),
    _option("change_description", "What changed, in 50 characters or more."),
    _option("action_required", "What the other has to do, in 100 characters or more."),
    _option("impact_level", f"One of {', '.join(IMPACT_LEVELS)}.", metavar="LEVEL", offers=IMPACT_LEVELS),
    _option("related_files", "Files, with commas between them.", metavar="PATHS"),
    _option("chain_origin_id", "The flag that this one follows from.", metavar="ID", complete="flag"),
    _option("code_location", "FILE:LINE or FILE:START-END.", metavar="FILE:LINE"),
    _option("example_usage", "An example of use."),
    _option("context", "Further facts, as a JSON object or array.", metavar="JSON"),
    _option("notes", "A remark."),
    _option("re", "The flag that this one asks about or answers.", metavar="ID", complete="flag"),
    COMMIT,
    DRY_RUN,
)
_ACTOR = Parameter("agent", "Who you are, where not known otherwise.", metavar="@AGENT", complete="handle")


def _create(name: str, meaning: str) -> Command:
    line = f"flaggit {name} --flag_type change --target_agent @frontend.web --change_description TEXT"
    return Command(
        name=name,
        group=_GROUP,
        summary=meaning,
        examples=((f"{line} --action_required TEXT", "tell another agent"),),
        verb="flaggit.commands.older.seed_writing:create_flag",
        parameters=_CREATE,
        text="flaggit.commands.older.text:created_text",
        json="flaggit.commands.older.text:created_json",
        bare=True,
        hot=True,
    )


COMMANDS = (
    _create("create-flag", "Raise a flag, with the older system's options."),
    _create("create-flag-for-agent", "The same as create-flag."),
    Command(
        name="lock-flag",
        group=_GROUP,
        summary="Take a flag, so that nobody else works on it; again: renew it.",
        examples=(('flaggit lock-flag k7m2q0x "@frontend.web"', "while you wait for an answer"),),
        verb="flaggit.commands.older.seed_writing:lock_flag",
        parameters=(
            FLAG_ID,
            _ACTOR,
            Parameter("ttl", "How long, such as 2h.", ("--ttl",), metavar="DURATION"),
            REASON,
        ),
        text="flaggit.commands.older.text:lock_text",
        json="flaggit.commands.older.text:lock_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="unlock-flag",
        group=_GROUP,
        summary="Let a flag go that you hold.",
        examples=(('flaggit unlock-flag k7m2q0x "@frontend.web"', "the answer is there"),),
        verb="flaggit.commands.older.seed_writing:unlock_flag",
        parameters=(FLAG_ID, _ACTOR, FORCE, REASON),
        text="flaggit.commands.older.text:lock_text",
        json="flaggit.commands.older.text:lock_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="complete-flag",
        group=_GROUP,
        summary="Say that a flag is done.",
        examples=(
            ('flaggit complete-flag k7m2q0x "@frontend.web"', "after the work"),
            ('flaggit complete-flag k7m2q0x --notes "Not applicable to my module"', "with a note"),
        ),
        verb="flaggit.commands.older.seed_writing:complete_flag",
        parameters=(
            FLAG_ID,
            _ACTOR,
            Parameter("notes", "A note.", ("--notes",), metavar="TEXT", also=("--note",)),
            FORCE,
            REASON,
            Parameter("release", "Let the lock go at once.", ("--release",), "flag"),
            COMMIT,
        ),
        text="flaggit.commands.older.text:completed_text",
        json="flaggit.commands.older.text:completed_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="get-agent-flags",
        group=_GROUP,
        summary="An agent's pending flags as the older system listed them, locked ones included.",
        examples=(('flaggit get-agent-flags "@backend.api"', "before starting work"),),
        verb="flaggit.commands.older.seed:get_agent_flags",
        parameters=(_AGENT, _GENERAL),
        text="flaggit.commands.older.text:rows_text",
        json="flaggit.commands.older.text:rows_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="get-pending-flags",
        group=_GROUP,
        summary="All pending flags, or one agent's, as the older system listed them.",
        examples=(("flaggit get-pending-flags", "everything that waits"),),
        verb="flaggit.commands.older.seed:get_pending_flags",
        parameters=(_AGENT,),
        text="flaggit.commands.older.text:rows_text",
        json="flaggit.commands.older.text:rows_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="get-workable-flags",
        group=_GROUP,
        summary="How many flags each agent can work on now, and how urgent the most urgent is.",
        examples=(("flaggit get-workable-flags", "who has most to do"),),
        verb="flaggit.commands.older.seed:get_workable_flags",
        parameters=(_GENERAL,),
        text="flaggit.commands.older.text:workable_text",
        bare=True,
        hot=True,
    ),
    Command(
        name="query",
        group=_GROUP,
        summary="One read-only SELECT over agents_catalog, flags and pending_flags, built in memory for the question.",
        examples=(
            (
                "flaggit query \"SELECT id, target_agent FROM pending_flags WHERE impact_level = 'high'\"",
                "what is urgent",
            ),
            (
                """flaggit query "SELECT name FROM agents_catalog WHERE tags LIKE ?" '["%auth%"]'""",
                "with a value kept apart from the statement",
            ),
        ),
        verb="flaggit.commands.transfer.query:query",
        parameters=(
            Parameter("sql", "The statement.", required=True, metavar="SQL"),
            Parameter("parameters", "A JSON array for `?`, or an object for `:name`.", metavar="JSON"),
        ),
        text="flaggit.commands.older.text:table_text",
        bare=True,
    ),
)
