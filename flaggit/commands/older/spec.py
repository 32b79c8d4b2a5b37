"""Declarations: the command lines of the older flag system, which agents carry in their prompts."""

from __future__ import annotations

from flaggit.commands.shared import AGENT_NAME, CATALOG_FILE, COMMIT, DRY_RUN, FLAG_ID, FORCE, QUERY, REASON
from flaggit.commands.spec import Family, Parameter, Shown, argument, option, switch
from flaggit.core.model import FLAG_TYPES, IMPACT_LEVELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.commands.agents.search import Found
    from flaggit.commands.older.seed import SeedLock, SeedRaised, SeedRows, Workload
    from flaggit.lifecycle.completing import Completed


_AGENT = argument("agent", "Whose flags.", "@AGENT")
_GENERAL = switch("include_general", "Also flags that are for nobody in particular.", underscores=True)


def _underscored(name: str, meaning: str, metavar: str = "TEXT", *, offers: tuple[str, ...] = ()) -> Parameter:
    """Return an option in the older spelling with underscores; the one with hyphens is accepted too."""
    hyphens = ("--" + name.replace("_", "-"),) if "_" in name else ()
    return option(name, meaning, metavar, flag=f"--{name}", also=hyphens, offers=offers)


# Values are judged by the rules, all at once, not by the parser.
_CREATE = (
    _underscored("flag_type", f"One of {', '.join(FLAG_TYPES)}.", "TYPE", offers=FLAG_TYPES),
    _underscored("source_agent", "Who you are, where not known otherwise.", "@AGENT"),
    _underscored("target_agent", "Who has to act; none or NULL: nobody in particular.", "@AGENT"),
    _underscored("change_description", "What changed, in 50 characters or more."),
    _underscored("action_required", "What the other has to do, in 100 characters or more."),
    _underscored("impact_level", f"One of {', '.join(IMPACT_LEVELS)}.", "LEVEL", offers=IMPACT_LEVELS),
    _underscored("related_files", "Files, with commas between them.", "PATHS"),
    _underscored("chain_origin_id", "The flag that this one follows from.", "ID"),
    _underscored("code_location", "FILE:LINE or FILE:START-END.", "FILE:LINE"),
    _underscored("example_usage", "An example of use."),
    _underscored("context", "Further facts, as a JSON object or array.", "JSON"),
    _underscored("notes", "A remark."),
    _underscored("re", "The flag that this one asks about or answers.", "ID"),
    COMMIT,
    DRY_RUN,
)
_ACTOR = argument("agent", "Who you are, where not known otherwise.", "@AGENT")


_LINE = "--flag_type change --target_agent @frontend.web --change_description TEXT --action_required TEXT"
COMMANDS = Family("Older command lines", hot=True, bare=True)


@COMMANDS.add(
    "search-agents",
    "What `agents search` finds, as the older system answered.",
    ('flaggit search-agents "JWT authentication implementation" 3', "the best three"),
    parameters=(QUERY, argument("count", "At most so many; 5 by default.", "N", number=True), CATALOG_FILE),
    alone="catalog",
)
def _search_agents() -> Shown[Found]:
    from flaggit.commands.agents.text import hits_text
    from flaggit.commands.older import seed, text

    return Shown(seed.search_agents, hits_text, text.found_json)


@COMMANDS.add("list-agents", "The agents as the older system listed them.", ("flaggit list-agents", "who there is"))
def _list_agents() -> Shown[dict[str, Any]]:
    from flaggit.commands.older import seed
    from flaggit.output import text

    return Shown(seed.list_seed_agents, text.plain)


@COMMANDS.add(
    "create-agent",
    "Add an agent to the catalog as the older system did.",
    ("flaggit create-agent acolyte.auth --module auth", "an agent of this project's own"),
    parameters=(
        AGENT_NAME,
        option("module", "What it is about.", "TEXT", required=True),
        option("sub_module", "A part of the module.", "TEXT", underscores=True),
    ),
    hot=False,
)
def _create_agent() -> Shown[dict[str, Any]]:
    from flaggit.commands.older import seed
    from flaggit.output import text

    return Shown(seed.create_seed_agent, text.plain)


@COMMANDS.add(
    "create-flag-for-agent",
    "The same as create-flag.",
    (f"flaggit create-flag-for-agent {_LINE}", "tell another agent"),
    parameters=_CREATE,
)
@COMMANDS.add(
    "create-flag",
    "Raise a flag, with the older system's options.",
    (f"flaggit create-flag {_LINE}", "tell another agent"),
    parameters=_CREATE,
)
def _created() -> Shown[SeedRaised]:
    from flaggit.commands.older import seed, text

    return Shown(seed.create_flag, text.created_text, text.created_json)


@COMMANDS.add(
    "lock-flag",
    "Take a flag, so that nobody else works on it; again: renew it.",
    ('flaggit lock-flag k7m2q0x "@frontend.web"', "while you wait for an answer"),
    parameters=(FLAG_ID, _ACTOR, option("ttl", "How long, such as 2h.", "DURATION"), REASON),
)
def _lock_flag() -> Shown[SeedLock]:
    from flaggit.commands.older import seed, text

    return Shown(seed.lock_flag, text.lock_text, text.lock_json)


@COMMANDS.add(
    "unlock-flag",
    "Let a flag go that you hold.",
    ('flaggit unlock-flag k7m2q0x "@frontend.web"', "the answer is there"),
    parameters=(FLAG_ID, _ACTOR, FORCE, REASON),
)
def _unlock_flag() -> Shown[SeedLock]:
    from flaggit.commands.older import seed, text

    return Shown(seed.unlock_flag, text.lock_text, text.lock_json)


@COMMANDS.add(
    "complete-flag",
    "Say that a flag is done.",
    ('flaggit complete-flag k7m2q0x "@frontend.web"', "after the work"),
    ('flaggit complete-flag k7m2q0x --notes "Not applicable to my module"', "with a note"),
    parameters=(
        FLAG_ID,
        _ACTOR,
        option("notes", "A note.", "TEXT", also=("--note",)),
        FORCE,
        REASON,
        switch("release", "Let the lock go at once."),
        COMMIT,
    ),
)
def _complete_flag() -> Shown[Completed]:
    from flaggit.commands.older import seed, text

    return Shown(seed.complete_flag, text.completed_text, text.completed_json)


@COMMANDS.add(
    "get-agent-flags",
    "An agent's pending flags as the older system listed them, locked ones included.",
    ('flaggit get-agent-flags "@backend.api"', "before starting work"),
    parameters=(_AGENT, _GENERAL),
)
def _get_agent_flags() -> Shown[SeedRows]:
    from flaggit.commands.older import seed, text

    return Shown(seed.get_agent_flags, text.rows_text, text.rows_json)


@COMMANDS.add(
    "get-pending-flags",
    "All pending flags, or one agent's, as the older system listed them.",
    ("flaggit get-pending-flags", "everything that waits"),
    parameters=(_AGENT,),
)
def _get_pending_flags() -> Shown[SeedRows]:
    from flaggit.commands.older import seed, text

    return Shown(seed.get_pending_flags, text.rows_text, text.rows_json)


@COMMANDS.add(
    "get-workable-flags",
    "How many flags each agent can work on now, and how urgent the most urgent is.",
    ("flaggit get-workable-flags", "who has most to do"),
    parameters=(_GENERAL,),
)
def _get_workable_flags() -> Shown[tuple[Workload, ...]]:
    from flaggit.commands.older import seed, text

    return Shown(seed.get_workable_flags, text.workable_text)


@COMMANDS.add(
    "query",
    "One read-only SELECT over agents_catalog, flags and pending_flags, built in memory for the question.",
    ("flaggit query \"SELECT id, target_agent FROM pending_flags WHERE impact_level = 'high'\"", "what is urgent"),
    (
        """flaggit query "SELECT name FROM agents_catalog WHERE tags LIKE ?" '["%auth%"]'""",
        "with a value kept apart from the statement",
    ),
    parameters=(
        argument("sql", "The statement.", "SQL", required=True),
        argument("parameters", "A JSON array for `?`, or an object for `:name`.", "JSON"),
    ),
    hot=False,
)
def _query() -> Shown[list[dict[str, Any]]]:
    from flaggit.commands.older import text
    from flaggit.commands.transfer import query

    return Shown(query.query, text.table_text)
