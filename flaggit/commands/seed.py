"""Declarations: the command lines of the older flag system, which agents carry in their prompts."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter

_GROUP = "Older command lines"
_AGENT = Parameter("agent", "Whose flags.", metavar="@AGENT", complete="handle")
_GENERAL = Parameter(
    "include_general",
    "Also flags that are for nobody in particular.",
    ("--include-general", "--include_general"),
    "flag",
)

COMMANDS = (
    Command(
        name="get-agent-flags",
        group=_GROUP,
        summary="An agent's pending flags as the older system listed them, locked ones included.",
        examples=(('flaggit get-agent-flags "@backend.api"', "before starting work"),),
        verb="seed:get_agent_flags",
        parameters=(_AGENT, _GENERAL),
        text="rows:list_text",
        json="seed:rows_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="get-pending-flags",
        group=_GROUP,
        summary="All pending flags, or one agent's, as the older system listed them.",
        examples=(("flaggit get-pending-flags", "everything that waits"),),
        verb="seed:get_pending_flags",
        parameters=(_AGENT,),
        text="rows:list_text",
        json="seed:rows_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="get-workable-flags",
        group=_GROUP,
        summary="How many flags each agent can work on now, and how urgent the most urgent is.",
        examples=(("flaggit get-workable-flags", "who has most to do"),),
        verb="seed:get_workable_flags",
        parameters=(_GENERAL,),
        text="seed:workable_text",
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
        verb="query:query",
        parameters=(
            Parameter("sql", "The statement.", required=True, metavar="SQL"),
            Parameter("parameters", "A JSON array for `?`, or an object for `:name`.", metavar="JSON"),
        ),
        text="seed:table_text",
        bare=True,
    ),
)
