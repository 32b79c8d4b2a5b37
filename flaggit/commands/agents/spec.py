"""Declarations: the catalog of agents, and the older system's verbs over it."""

from __future__ import annotations

from flaggit.commands.shared import COMMIT, DRY_RUN
from flaggit.commands.spec import Command, Parameter

_GROUP = "Agents"
_OLD = "Older command lines"
_NAME = Parameter("agent", "The agent.", required=True, metavar="@AGENT", complete="handle")
_CATALOG = Parameter("catalog", "Another catalog's file.", ("--catalog",), metavar="FILE", complete="path")
_QUERY = Parameter("query", "What the task is about, in a few words.", required=True, metavar="QUERY")


def _several(name: str, flag: str, help: str, metavar: str = "TEXT", complete: str = "") -> Parameter:
    return Parameter(name, help + " Repeatable.", (flag,), "texts", metavar=metavar, complete=complete)


_FIELDS = (
    Parameter("description", "What it does, in a sentence or two.", ("--description",), metavar="TEXT"),
    Parameter("module", "Where it is not the part after the dot.", ("--module",), metavar="TEXT"),
    Parameter("sub_module", "A part of the module.", ("--sub-module", "--sub_module"), metavar="TEXT"),
    Parameter("role", "What it is in its team.", ("--role",), metavar="TEXT"),
    _several("capabilities", "--capability", "Something it can do."),
    _several("tags", "--tag", "A word it is found by."),
    _several("scenarios", "--scenario", "A situation it is asked for in."),
    _several("tech_stack", "--tech", "Something it works with."),
    _several("owns", "--owns", "Paths that are its own, as CODEOWNERS writes them.", "PATTERN"),
    _several("aliases", "--alias", "Another handle it answers to.", "@AGENT"),
    _several("members", "--member", "Makes it a team of which any member may act.", "@AGENT", "handle"),
    _several("connections", "--connection", "An agent it works with.", "@AGENT", "handle"),
    Parameter("email", "The address that its commits carry.", ("--email",), metavar="ADDRESS"),
    Parameter("signing_key", "The key that signs its commits.", ("--signing-key",), metavar="KEY"),
    Parameter("login", "Its name at the forge.", ("--login",), metavar="NAME"),
    Parameter("model", "The model that runs it.", ("--model",), metavar="TEXT"),
    Parameter("color", "Its colour in tools that show one.", ("--color",), metavar="TEXT"),
)

COMMANDS = (
    Command(
        name="agents list",
        group=_GROUP,
        summary="The agents of the catalog.",
        examples=(
            ("flaggit agents list", "who there is"),
            ("flaggit agents list --domain backend --json", "one domain's, for a program"),
        ),
        verb="flaggit.commands.agents.entries:list_agents",
        parameters=(
            Parameter("domain", "Only those of this part before the dot.", ("--domain",), metavar="TEXT"),
            Parameter("retired", "Also agents that work no more.", ("--retired",), "flag"),
        ),
        text="flaggit.commands.agents.text:agents_text",
        json="flaggit.commands.agents.text:agents_json",
        hot=True,
    ),
    Command(
        name="agents show",
        group=_GROUP,
        summary="One agent in full: what it knows, owns and is known by, and its teams.",
        examples=(("flaggit agents show @backend.api", "by its handle or an alias"),),
        verb="flaggit.commands.agents.entries:show_agent",
        parameters=(_NAME,),
        text="flaggit.commands.agents.text:view_text",
        json="flaggit.commands.agents.text:view_json",
        hot=True,
    ),
    Command(
        name="agents search",
        group=_GROUP,
        summary="The agents that a task is about, the best first, with why.",
        examples=(
            ('flaggit agents search "login fails after the session expires"', "whom to tell"),
            ('flaggit agents search "orders API" --files src/orders/client.ts', "with who owns and knows those files"),
            ('flaggit agents search "orders API" --limit 1 --json', "for a program"),
        ),
        verb="flaggit.commands.agents.search:search",
        alone="catalog",
        parameters=(
            _QUERY,
            Parameter("limit", "At most so many; 5 by default.", ("--limit",), "number", metavar="N"),
            _CATALOG,
            Parameter(
                "files",
                "A path that the task touches. Repeatable.",
                ("--files",),
                "texts",
                metavar="PATH",
                complete="path",
            ),
            Parameter("more", "More words, or after --files more paths.", kind="texts", metavar="", hidden=True),
        ),
        text="flaggit.commands.agents.text:hits_text",
        json="flaggit.commands.agents.text:hits_json",
        hot=True,
    ),
    Command(
        name="agents owners",
        group=_GROUP,
        summary="Whose a path is: the last pattern of the catalog that matches it.",
        examples=(("flaggit agents owners src/client.ts docs/", "for any number of paths"),),
        verb="flaggit.commands.agents.search:owners",
        parameters=(
            Parameter("paths", "Files or folders.", kind="texts", required=True, metavar="PATH", complete="path"),
        ),
        text="flaggit.commands.agents.text:owners_text",
        json="flaggit.commands.agents.text:owners_json",
        hot=True,
    ),
    Command(
        name="agents check",
        group=_GROUP,
        summary="What is wrong with the catalog: broken entries, contradictions, agents and paths nobody finds.",
        examples=(("flaggit agents check", "after editing it by hand"),),
        verb="flaggit.commands.agents.check:check",
        text="flaggit.commands.agents.text:problems_text",
        json="flaggit.commands.agents.text:problems_json",
    ),
    Command(
        name="agents add",
        group=_GROUP,
        summary="Add an agent to the catalog and stage the file; the other entries' lines stay as they are.",
        examples=(
            (
                'flaggit agents add @backend.queue --description "Runs the workers." --tag worker --owns /workers/',
                "by its words and its paths",
            ),
            (
                "flaggit agents add @team.platform --member @backend.api --member @backend.queue",
                "a team: any one member acts",
            ),
        ),
        verb="flaggit.commands.agents.entries:add_agent",
        parameters=(_NAME, *_FIELDS, DRY_RUN, COMMIT),
        text="flaggit.commands.agents.text:view_text",
        json="flaggit.commands.agents.text:view_json",
    ),
    Command(
        name="agents edit",
        group=_GROUP,
        summary="Change an agent's fields: texts are replaced, entries of lists are added or taken out.",
        examples=(
            ("flaggit agents edit @backend.api --tag pagination --remove rest", "one tag more, one less"),
            ("flaggit agents edit @backend.api --clear scenarios", "a whole field away"),
        ),
        verb="flaggit.commands.agents.entries:edit_agent",
        parameters=(
            _NAME,
            *_FIELDS,
            _several("remove", "--remove", "An entry to take out of whatever list holds it."),
            _several("clear", "--clear", "A field to take away.", "FIELD"),
            DRY_RUN,
            COMMIT,
        ),
        text="flaggit.commands.agents.text:view_text",
        json="flaggit.commands.agents.text:view_json",
    ),
    Command(
        name="agents retire",
        group=_GROUP,
        summary="Say that an agent works no more, and who gets its flags and paths.",
        examples=(("flaggit agents retire @backend.rest --replaced-by @backend.api", "its inbox moves with it"),),
        verb="flaggit.commands.agents.entries:retire_agent",
        parameters=(
            _NAME,
            Parameter("replaced_by", "Its successor.", ("--replaced-by",), metavar="@AGENT", complete="handle"),
            DRY_RUN,
            COMMIT,
        ),
        text="flaggit.commands.agents.text:view_text",
        json="flaggit.commands.agents.text:view_json",
    ),
    Command(
        name="agents import",
        group=_GROUP,
        summary="Bring in agents' files with front matter, agent cards, or a CODEOWNERS file; again later to update.",
        examples=(
            ("flaggit agents import", "from .claude/agents"),
            ("flaggit agents import ~/agents --dry-run", "what a folder would bring"),
            ("flaggit agents import .github/CODEOWNERS", "owners and their paths"),
        ),
        verb="flaggit.commands.agents.importing:import_agents",
        parameters=(
            Parameter(
                "sources",
                "Files and folders; .claude/agents by default.",
                kind="texts",
                metavar="PATH",
                complete="path",
            ),
            DRY_RUN,
            COMMIT,
        ),
        text="flaggit.commands.agents.text:imported_text",
        json="flaggit.commands.agents.text:imported_json",
    ),
    Command(
        name="agents export",
        group=_GROUP,
        summary="The catalog's ownership as a CODEOWNERS file, printed or written and staged.",
        examples=(
            ("flaggit agents export", "to look at"),
            ("flaggit agents export --output .github/CODEOWNERS", "for the forge"),
        ),
        verb="flaggit.commands.agents.exporting:export_agents",
        parameters=(
            Parameter("output", "Write this file.", ("--output", "-o"), metavar="FILE", complete="path"),
            Parameter(
                "overwrite",
                "Replace a file that is no export's, or that has changes which are not committed.",
                ("--overwrite",),
                "flag",
            ),
            DRY_RUN,
        ),
        text="flaggit.commands.agents.text:export_text",
    ),
    Command(
        name="search-agents",
        group=_OLD,
        summary="What `agents search` finds, as the older system answered.",
        examples=(('flaggit search-agents "JWT authentication implementation" 3', "the best three"),),
        verb="flaggit.commands.agents.search:search_seed",
        parameters=(_QUERY, Parameter("count", "At most so many; 5 by default.", kind="number", metavar="N"), _CATALOG),
        alone="catalog",
        text="flaggit.commands.agents.text:hits_text",
        json="flaggit.commands.agents.text:seed_hits_json",
        bare=True,
        hot=True,
    ),
    Command(
        name="list-agents",
        group=_OLD,
        summary="The agents as the older system listed them.",
        examples=(("flaggit list-agents", "who there is"),),
        verb="flaggit.commands.agents.entries:list_seed_agents",
        bare=True,
        hot=True,
    ),
    Command(
        name="create-agent",
        group=_OLD,
        summary="Add an agent to the catalog as the older system did.",
        examples=(("flaggit create-agent acolyte.auth --module auth", "an agent of this project's own"),),
        verb="flaggit.commands.agents.entries:create_seed_agent",
        parameters=(
            _NAME,
            Parameter("module", "What it is about.", ("--module",), required=True, metavar="TEXT"),
            Parameter("sub_module", "A part of the module.", ("--sub-module", "--sub_module"), metavar="TEXT"),
        ),
        bare=True,
    ),
)
