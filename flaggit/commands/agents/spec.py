"""Declarations: the catalog of agents."""

from __future__ import annotations

from flaggit.commands.shared import AGENT_NAME, CATALOG_FILE, COMMIT, DRY_RUN, QUERY
from flaggit.commands.spec import Family, Parameter, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.commands.agents.entries import AgentView
    from flaggit.commands.agents.search import Found, Ownership
    from flaggit.core.model import Agent, Problem
    from flaggit.lifecycle.agents_import import Imported


def _several(name: str, flag: str, help: str, metavar: str = "TEXT", complete: str = "") -> Parameter:
    return option(name, help + " Repeatable.", metavar, flag=flag, several=True, complete=complete)


_FIELDS = (
    option("description", "What it does, in a sentence or two.", "TEXT"),
    option("module", "Where it is not the part after the dot.", "TEXT"),
    option("sub_module", "A part of the module.", "TEXT", underscores=True),
    option("role", "What it is in its team.", "TEXT"),
    _several("capabilities", "--capability", "Something it can do."),
    _several("tags", "--tag", "A word it is found by."),
    _several("scenarios", "--scenario", "A situation it is asked for in."),
    _several("tech_stack", "--tech", "Something it works with."),
    _several("owns", "--owns", "Paths that are its own, as CODEOWNERS writes them.", "PATTERN"),
    _several("aliases", "--alias", "Another handle it answers to.", "@AGENT"),
    _several("members", "--member", "Makes it a team of which any member may act.", "@AGENT", "handle"),
    _several("connections", "--connection", "An agent it works with.", "@AGENT", "handle"),
    option("email", "The address that its commits carry.", "ADDRESS"),
    option("signing_key", "The key that signs its commits.", "KEY"),
    option("login", "Its name at the forge.", "NAME"),
    option("model", "The model that runs it.", "TEXT"),
    option("color", "Its colour in tools that show one.", "TEXT"),
)

COMMANDS = Family("Agents")


@COMMANDS.add(
    "agents list",
    "The agents of the catalog.",
    ("flaggit agents list", "who there is"),
    ("flaggit agents list --domain backend --json", "one domain's, for a program"),
    parameters=(
        option("domain", "Only those of this part before the dot.", "TEXT"),
        switch("retired", "Also agents that work no more."),
    ),
    hot=True,
)
def _agents_list() -> Shown[tuple[Agent, ...]]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.list_agents, text.agents_text, text.agents_json)


@COMMANDS.add(
    "agents show",
    "One agent in full: what it knows, owns and is known by, and its teams.",
    ("flaggit agents show @backend.api", "by its handle or an alias"),
    parameters=(AGENT_NAME,),
    hot=True,
)
def _agents_show() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.show_agent, text.view_text, text.view_json)


@COMMANDS.add(
    "agents search",
    "The agents that a task is about, the best first, with why.",
    ('flaggit agents search "login fails after the session expires"', "whom to tell"),
    ('flaggit agents search "orders API" --files src/orders/client.ts', "with who owns and knows those files"),
    ('flaggit agents search "orders API" --limit 1 --json', "for a program"),
    alone="catalog",
    parameters=(
        QUERY,
        option("limit", "At most so many; 5 by default.", "N", number=True),
        CATALOG_FILE,
        option("files", "A path that the task touches. Repeatable.", "PATH", several=True),
        argument("more", "More words, or after --files more paths.", several=True, hidden=True),
    ),
    hot=True,
)
def _agents_search() -> Shown[Found]:
    from flaggit.commands.agents import search, text

    return Shown(search.search, text.hits_text, text.hits_json)


@COMMANDS.add(
    "agents owners",
    "Whose a path is: the last pattern of the catalog that matches it.",
    ("flaggit agents owners src/client.ts docs/", "for any number of paths"),
    parameters=(argument("paths", "Files or folders.", "PATH", several=True, required=True),),
    hot=True,
)
def _agents_owners() -> Shown[tuple[Ownership, ...]]:
    from flaggit.commands.agents import search, text

    return Shown(search.owners, text.owners_text, text.owners_json)


@COMMANDS.add(
    "agents check",
    "What is wrong with the catalog: broken entries, contradictions, agents and paths nobody finds.",
    ("flaggit agents check", "after editing it by hand"),
)
def _agents_check() -> Shown[tuple[Problem, ...]]:
    from flaggit.commands.agents import check, text

    return Shown(check.check, text.problems_text, text.problems_json)


@COMMANDS.add(
    "agents add",
    "Add an agent to the catalog and stage the file; the other entries' lines stay as they are.",
    (
        'flaggit agents add @backend.queue --description "Runs the workers." --tag worker --owns /workers/',
        "by its words and its paths",
    ),
    ("flaggit agents add @team.platform --member @backend.api --member @backend.queue", "a team: any one member acts"),
    parameters=(AGENT_NAME, *_FIELDS, DRY_RUN, COMMIT),
)
def _agents_add() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.add_agent, text.view_text, text.view_json)


@COMMANDS.add(
    "agents edit",
    "Change an agent's fields: texts are replaced, entries of lists are added or taken out.",
    ("flaggit agents edit @backend.api --tag pagination --remove rest", "one tag more, one less"),
    ("flaggit agents edit @backend.api --clear scenarios", "a whole field away"),
    parameters=(
        AGENT_NAME,
        *_FIELDS,
        _several("remove", "--remove", "An entry to take out of whatever list holds it."),
        _several("clear", "--clear", "A field to take away.", "FIELD"),
        DRY_RUN,
        COMMIT,
    ),
)
def _agents_edit() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.edit_agent, text.view_text, text.view_json)


@COMMANDS.add(
    "agents retire",
    "Say that an agent works no more, and who gets its flags and paths.",
    ("flaggit agents retire @backend.rest --replaced-by @backend.api", "its inbox moves with it"),
    parameters=(AGENT_NAME, option("replaced_by", "Its successor.", "@AGENT"), DRY_RUN, COMMIT),
)
def _agents_retire() -> Shown[AgentView]:
    from flaggit.commands.agents import entries, text

    return Shown(entries.retire_agent, text.view_text, text.view_json)


@COMMANDS.add(
    "agents import",
    "Bring in agents' files with front matter, agent cards, or a CODEOWNERS file; again later to update.",
    ("flaggit agents import", "from .claude/agents"),
    ("flaggit agents import ~/agents --dry-run", "what a folder would bring"),
    ("flaggit agents import .github/CODEOWNERS", "owners and their paths"),
    parameters=(
        argument("sources", "Files and folders; .claude/agents by default.", "PATH", several=True),
        DRY_RUN,
        COMMIT,
    ),
)
def _agents_import() -> Shown[Imported]:
    from flaggit.commands.agents import text
    from flaggit.lifecycle.agents_import import import_agents

    return Shown(import_agents, text.imported_text, text.imported_json)


@COMMANDS.add(
    "agents export",
    "The catalog's ownership as a CODEOWNERS file, printed or written and staged.",
    ("flaggit agents export", "to look at"),
    ("flaggit agents export --output .github/CODEOWNERS", "for the forge"),
    parameters=(
        option("output", "Write this file.", "FILE", flags=("--output", "-o")),
        switch("overwrite", "Replace a file that is no export's, or that has changes which are not committed."),
        DRY_RUN,
    ),
    verbatim=True,
)
def _agents_export() -> Shown[dict[str, Any]]:
    from flaggit.commands.agents import exporting, text

    return Shown(exporting.export_agents, text.export_text)
