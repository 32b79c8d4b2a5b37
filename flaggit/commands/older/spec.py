"""Declarations: the command lines of the older flag system, which agents carry in their prompts."""

from __future__ import annotations

from flaggit.commands.shared import AGENT_NAME, CATALOG_FILE, COMMIT, DRY_RUN, FLAG_ID, FORCE, QUERY, REASON
from flaggit.commands.spec import Command, Parameter, Shown
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.commands.agents.search import Found
    from flaggit.commands.older.seed import SeedRows, Workload
    from flaggit.commands.older.seed_writing import SeedLock, SeedRaised
    from flaggit.lifecycle.completing import Completed


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


def _created() -> Shown[SeedRaised]:
    from flaggit.commands.older import seed_writing, text

    return Shown(seed_writing.create_flag, text.created_text, text.created_json)


def _search_agents() -> Shown[Found]:
    from flaggit.commands.agents.text import hits_text
    from flaggit.commands.older import seed, text

    return Shown(seed.search_agents, hits_text, text.found_json)


def _list_agents() -> Shown[dict[str, Any]]:
    from flaggit.commands.older import seed
    from flaggit.output import text

    return Shown(seed.list_seed_agents, text.plain)


def _create_agent() -> Shown[dict[str, Any]]:
    from flaggit.commands.older import seed
    from flaggit.output import text

    return Shown(seed.create_seed_agent, text.plain)


def _lock_flag() -> Shown[SeedLock]:
    from flaggit.commands.older import seed_writing, text

    return Shown(seed_writing.lock_flag, text.lock_text, text.lock_json)


def _unlock_flag() -> Shown[SeedLock]:
    from flaggit.commands.older import seed_writing, text

    return Shown(seed_writing.unlock_flag, text.lock_text, text.lock_json)


def _complete_flag() -> Shown[Completed]:
    from flaggit.commands.older import seed_writing, text

    return Shown(seed_writing.complete_flag, text.completed_text, text.completed_json)


def _get_agent_flags() -> Shown[SeedRows]:
    from flaggit.commands.older import seed, text

    return Shown(seed.get_agent_flags, text.rows_text, text.rows_json)


def _get_pending_flags() -> Shown[SeedRows]:
    from flaggit.commands.older import seed, text

    return Shown(seed.get_pending_flags, text.rows_text, text.rows_json)


def _get_workable_flags() -> Shown[tuple[Workload, ...]]:
    from flaggit.commands.older import seed, text

    return Shown(seed.get_workable_flags, text.workable_text)


def _query() -> Shown[list[dict[str, Any]]]:
    from flaggit.commands.older import text
    from flaggit.commands.transfer import query

    return Shown(query.query, text.table_text)


def _create(name: str, meaning: str) -> Command:
    line = f"flaggit {name} --flag_type change --target_agent @frontend.web --change_description TEXT"
    return Command(
        name=name,
        group=_GROUP,
        summary=meaning,
        examples=((f"{line} --action_required TEXT", "tell another agent"),),
        shown=_created,
        parameters=_CREATE,
        bare=True,
        hot=True,
    )


COMMANDS = (
    Command(
        name="search-agents",
        group=_GROUP,
        summary="What `agents search` finds, as the older system answered.",
        examples=(('flaggit search-agents "JWT authentication implementation" 3', "the best three"),),
        shown=_search_agents,
        parameters=(
            QUERY,
            Parameter("count", "At most so many; 5 by default.", kind="number", metavar="N"),
            CATALOG_FILE,
        ),
        alone="catalog",
        bare=True,
        hot=True,
    ),
    Command(
        name="list-agents",
        group=_GROUP,
        summary="The agents as the older system listed them.",
        examples=(("flaggit list-agents", "who there is"),),
        shown=_list_agents,
        bare=True,
        hot=True,
    ),
    Command(
        name="create-agent",
        group=_GROUP,
        summary="Add an agent to the catalog as the older system did.",
        examples=(("flaggit create-agent acolyte.auth --module auth", "an agent of this project's own"),),
        shown=_create_agent,
        parameters=(
            AGENT_NAME,
            Parameter("module", "What it is about.", ("--module",), required=True, metavar="TEXT"),
            Parameter("sub_module", "A part of the module.", ("--sub-module", "--sub_module"), metavar="TEXT"),
        ),
        bare=True,
    ),
    _create("create-flag", "Raise a flag, with the older system's options."),
    _create("create-flag-for-agent", "The same as create-flag."),
    Command(
        name="lock-flag",
        group=_GROUP,
        summary="Take a flag, so that nobody else works on it; again: renew it.",
        examples=(('flaggit lock-flag k7m2q0x "@frontend.web"', "while you wait for an answer"),),
        shown=_lock_flag,
        parameters=(
            FLAG_ID,
            _ACTOR,
            Parameter("ttl", "How long, such as 2h.", ("--ttl",), metavar="DURATION"),
            REASON,
        ),
        bare=True,
        hot=True,
    ),
    Command(
        name="unlock-flag",
        group=_GROUP,
        summary="Let a flag go that you hold.",
        examples=(('flaggit unlock-flag k7m2q0x "@frontend.web"', "the answer is there"),),
        shown=_unlock_flag,
        parameters=(FLAG_ID, _ACTOR, FORCE, REASON),
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
        shown=_complete_flag,
        parameters=(
            FLAG_ID,
            _ACTOR,
            Parameter("notes", "A note.", ("--notes",), metavar="TEXT", also=("--note",)),
            FORCE,
            REASON,
            Parameter("release", "Let the lock go at once.", ("--release",), "flag"),
            COMMIT,
        ),
        bare=True,
        hot=True,
    ),
    Command(
        name="get-agent-flags",
        group=_GROUP,
        summary="An agent's pending flags as the older system listed them, locked ones included.",
        examples=(('flaggit get-agent-flags "@backend.api"', "before starting work"),),
        shown=_get_agent_flags,
        parameters=(_AGENT, _GENERAL),
        bare=True,
        hot=True,
    ),
    Command(
        name="get-pending-flags",
        group=_GROUP,
        summary="All pending flags, or one agent's, as the older system listed them.",
        examples=(("flaggit get-pending-flags", "everything that waits"),),
        shown=_get_pending_flags,
        parameters=(_AGENT,),
        bare=True,
        hot=True,
    ),
    Command(
        name="get-workable-flags",
        group=_GROUP,
        summary="How many flags each agent can work on now, and how urgent the most urgent is.",
        examples=(("flaggit get-workable-flags", "who has most to do"),),
        shown=_get_workable_flags,
        parameters=(_GENERAL,),
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
        shown=_query,
        parameters=(
            Parameter("sql", "The statement.", required=True, metavar="SQL"),
            Parameter("parameters", "A JSON array for `?`, or an object for `:name`.", metavar="JSON"),
        ),
        bare=True,
    ),
)
