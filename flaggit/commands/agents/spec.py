"""Declarations: the catalog of agents."""

from __future__ import annotations

from flaggit.commands.shared import AGENT_NAME, CATALOG_FILE, COMMIT, DRY_RUN, QUERY
from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.commands.agents.entries import AgentView
    from flaggit.commands.agents.importing import Imported
    from flaggit.commands.agents.search import Found, Ownership
    from flaggit.core.model import Agent, Problem


_GROUP = "Agents"


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


def _agents_list() -> Shown[tuple[Agent, ...]]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.list_agents, text.agents_text, text.agents_json)


def _agents_show() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.show_agent, text.view_text, text.view_json)


def _agents_search() -> Shown[Found]:
    from flaggit.commands.agents import search, text

    return Shown(search.search, text.hits_text, text.hits_json)


def _agents_owners() -> Shown[tuple[Ownership, ...]]:
    from flaggit.commands.agents import search, text

    return Shown(search.owners, text.owners_text, text.owners_json)


def _agents_check() -> Shown[tuple[Problem, ...]]:
    from flaggit.commands.agents import check, text

    return Shown(check.check, text.problems_text, text.problems_json)


def _agents_add() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.add_agent, text.view_text, text.view_json)


def _agents_edit() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.edit_agent, text.view_text, text.view_json)


def _agents_retire() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.retire_agent, text.view_text, text.view_json)


def _agents_import() -> Shown[Imported]:
    from flaggit.commands.agents import importing, text

    return Shown(importing.import_agents, text.imported_text, text.imported_json)


def _agents_export() -> Shown[dict[str, Any]]:
    from flaggit.commands.agents import exporting, text

    return Shown(exporting.export_agents, text.export_text)


COMMANDS = (
    Command(
        name="agents list",
        group=_GROUP,
        summary="The agents of the catalog.",
        examples=(
            ("flaggit agents list", "who there is"),
            ("flaggit agents list --domain backend --json", "one domain's, for a program"),
        ),
        shown=_agents_list,
        parameters=(
            Parameter("domain", "Only those of this part before the dot.", ("--domain",), metavar="TEXT"),
            Parameter("retired", "Also agents that work no more.", ("--retired",), "flag"),
        ),
        hot=True,
    ),
    Command(
        name="agents show",
        group=_GROUP,
        summary="One agent in full: what it knows, owns and is known by, and its teams.",
        examples=(("flaggit agents show @backend.api", "by its handle or an alias"),),
        shown=_agents_show,
        parameters=(AGENT_NAME,),
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
        shown=_agents_search,
        alone="catalog",
        parameters=(
            QUERY,
            Parameter("limit", "At most so many; 5 by default.", ("--limit",), "number", metavar="N"),
            CATALOG_FILE,
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
        hot=True,
    ),
    Command(
        name="agents owners",
        group=_GROUP,
        summary="Whose a path is: the last pattern of the catalog that matches it.",
        examples=(("flaggit agents owners src/client.ts docs/", "for any number of paths"),),
        shown=_agents_owners,
        parameters=(
            Parameter("paths", "Files or folders.", kind="texts", required=True, metavar="PATH", complete="path"),
        ),
        hot=True,
    ),
    Command(
        name="agents check",
        group=_GROUP,
        summary="What is wrong with the catalog: broken entries, contradictions, agents and paths nobody finds.",
        examples=(("flaggit agents check", "after editing it by hand"),),
        shown=_agents_check,
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
        shown=_agents_add,
        parameters=(AGENT_NAME, *_FIELDS, DRY_RUN, COMMIT),
    ),
    Command(
        name="agents edit",
        group=_GROUP,
        summary="Change an agent's fields: texts are replaced, entries of lists are added or taken out.",
        examples=(
            ("flaggit agents edit @backend.api --tag pagination --remove rest", "one tag more, one less"),
            ("flaggit agents edit @backend.api --clear scenarios", "a whole field away"),
        ),
        shown=_agents_edit,
        parameters=(
            AGENT_NAME,
            *_FIELDS,
            _several("remove", "--remove", "An entry to take out of whatever list holds it."),
            _several("clear", "--clear", "A field to take away.", "FIELD"),
            DRY_RUN,
            COMMIT,
        ),
    ),
    Command(
        name="agents retire",
        group=_GROUP,
        summary="Say that an agent works no more, and who gets its flags and paths.",
        examples=(("flaggit agents retire @backend.rest --replaced-by @backend.api", "its inbox moves with it"),),
        shown=_agents_retire,
        parameters=(
            AGENT_NAME,
            Parameter("replaced_by", "Its successor.", ("--replaced-by",), metavar="@AGENT", complete="handle"),
            DRY_RUN,
            COMMIT,
        ),
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
        shown=_agents_import,
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
    ),
    Command(
        name="agents export",
        group=_GROUP,
        summary="The catalog's ownership as a CODEOWNERS file, printed or written and staged.",
        examples=(
            ("flaggit agents export", "to look at"),
            ("flaggit agents export --output .github/CODEOWNERS", "for the forge"),
        ),
        shown=_agents_export,
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
    ),
)
