"""Declarations: setting up, ``flaggit`` alone, and what agents' own programs run."""

from __future__ import annotations

from flaggit.commands.shared import AGENT, DRY_RUN
from flaggit.commands.spec import Family, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.commands.setup.actions import Overview
    from flaggit.commands.setup.agent_hook import Addition
    from flaggit.commands.setup.briefing import Briefing
    from flaggit.commands.setup.clients import Arrangement
    from flaggit.commands.setup.initializing import Setup
    from flaggit.commands.setup.uninstalling import Uninstalled
    from flaggit.commands.setup.worktrees import Added


_EVENTS = ("session-start", "subagent-start", "pre-tool-use", "stop")
_HOOKED = ("claude", "codex", "gemini", "copilot", "cursor")  # a test holds them equal to the table of clients
_CLIENTS = (*_HOOKED, "opencode", "skill", "agents-md")

COMMANDS = Family("Set up")


@COMMANDS.add(
    "overview",
    "Who you are, what waits for you, what you hold; `flaggit` alone does the same.",
    ("flaggit", "at the start of work"),
    version=2,
    hot=True,
)
def _overview() -> Shown[Overview]:
    from flaggit.commands.setup import actions, text

    return Shown(actions.overview, text.overview_text, text.overview_json)


@COMMANDS.add(
    "init",
    "Make .flags/ in this repository, and ask what else to set up; what exists is left alone.",
    ("flaggit init", "a few questions; without a terminal none, and .flags/ alone is made"),
    ("flaggit init --yes", "no question: hooks, diffs and merges, agents that files name"),
    ("flaggit init --yes --client claude", "and Claude Code is told about flags"),
    version=2,
    parameters=(
        switch("yes", "Ask nothing, and take what each question proposes but --client."),
        option("client", "A program that agents run in, to be told. Repeatable.", several=True, choices=_CLIENTS),
        switch("editor", "Also put schemas for editors into .flags/; flags then name theirs."),
        switch("quiet_refs", "Keep locks out of `git branch -r`: git fetch leaves them out."),
    ),
    store=False,
)
def _init() -> Shown[Setup]:
    from flaggit.commands.setup import initializing, text

    return Shown(initializing.init, text.init_text, text.init_json)


@COMMANDS.add(
    "uninstall",
    "Take flaggit out of this clone again: hooks, git config, clients' files, caches; flags stay.",
    ("flaggit uninstall --dry-run", "what would go, and what stays"),
    ("flaggit uninstall --yes", "everything is as it was before `flaggit init`"),
    parameters=(switch("yes", "Do it."), DRY_RUN),
    store=False,
)
def _uninstall() -> Shown[Uninstalled]:
    from flaggit.commands.setup import text, uninstalling

    return Shown(uninstalling.uninstall, text.uninstalled_text)


@COMMANDS.add(
    "iam",
    "Say which agent works in this worktree, or set it.",
    ("flaggit iam @backend.api", "from now on, in this worktree"),
    ("flaggit iam", "who am I here?"),
    parameters=(AGENT,),
    hot=True,
    store=False,
)
def _iam() -> Shown[Actor]:
    from flaggit.commands.setup import actions, text

    return Shown(actions.iam, text.actor_text, text.actor_json)


@COMMANDS.add(
    "worktree add",
    "Add a worktree for an agent: git's worktree on a branch of its own, who works in it, its program's hooks.",
    ("flaggit worktree add ../web @frontend.web", "on a new branch `web`, from HEAD"),
    ("flaggit worktree add ../web @frontend.web --from origin/main", "from what others have"),
    parameters=(
        argument("path", "The new folder; its name is the branch's.", "PATH", required=True, complete="path"),
        argument("agent", "Who works there.", "@AGENT", required=True, complete="handle"),
        option("start", "The commit it begins at; by default HEAD.", "REV", flag="--from"),
    ),
    store=False,
)
def _worktree_add() -> Shown[Added]:
    from flaggit.commands.setup import text, worktrees

    return Shown(worktrees.add_worktree, text.added_text)


@COMMANDS.add(
    "schema",
    "Print a published JSON Schema, or the names of all.",
    ("flaggit schema flag", "what editors and other programs check flags with"),
    ("flaggit schema flaggit.inbox/2", "what `flaggit inbox --json` answers; `replies` is of all commands"),
    parameters=(argument("name", "Which one; none: list them.", "NAME", complete="schema"),),
    repository=False,
    verbatim=True,
)
def _schema() -> Shown[list[str] | Mapping[str, Any]]:
    from flaggit.commands.setup import actions, text

    return Shown(actions.schema, text.schema_text)


@COMMANDS.add(
    "prime",
    "What an agent needs at the start of its work; says nothing where there is no store.",
    ("flaggit prime", "for this worktree's agent"),
    ("flaggit prime @backend.api", "for another one, such as a subagent that is about to start"),
    group="Agents' programs",
    version=2,
    parameters=(AGENT,),
    hot=True,
    silent=True,
)
def _prime() -> Shown[Briefing]:
    from flaggit.commands.setup import briefing, briefing_text

    return Shown(briefing.prime, briefing_text.prime_text, briefing_text.prime_json)


@COMMANDS.add(
    "setup",
    "Tell a program that agents run in about flags: its hooks, a skill or AGENTS.md; and take that back.",
    ("flaggit setup agents-md", "a block in AGENTS.md, which most programs read"),
    ("flaggit setup claude --dry-run", "the hooks that .claude/settings.json would get"),
    ("flaggit setup cursor --mcp", "and its MCP server, for programs that have no shell"),
    ("flaggit setup claude --remove", "exactly what an earlier call put in goes again"),
    group="Agents' programs",
    version=2,
    parameters=(
        argument("client", "Which one.", required=True, choices=_CLIENTS),
        switch("mcp", "The MCP server too, in the program's own settings."),
        switch("dry_run", "Show the change, and write nothing."),
        switch("check", "Exit with 1 where it is not set up, or not up to date."),
        switch("remove", "Take out what `setup` put in."),
    ),
    verbatim=True,
    store=False,
)
def _setup() -> Shown[Arrangement]:
    from flaggit.commands.setup import clients, clients_text

    return Shown(clients.setup, clients_text.setup_text, clients_text.setup_json)


@COMMANDS.add(
    "agent-hook",
    "Answer a hook of a program that agents run in; its exit status is 0 or 1, never one that blocks.",
    ("flaggit agent-hook session-start --client claude", "what `flaggit prime` says, as that hook wants it"),
    ("flaggit agent-hook pre-tool-use --client claude", "says who holds a flag about the file to be edited"),
    ("flaggit agent-hook stop --client codex", "names what can still be done: commit, complete"),
    group="Agents' programs",
    version=2,
    parameters=(
        argument("event", f"{', '.join(_EVENTS[:-1])} or {_EVENTS[-1]}.", "EVENT", required=True, offers=_EVENTS),
        option("client", "Whose hook it is.", choices=_HOOKED),
    ),
    hot=True,
    repository=False,
)
def _agent_hook() -> Shown[Addition]:
    from flaggit.commands.setup import agent_hook, clients_text

    return Shown(agent_hook.agent_hook, clients_text.hook_text, clients_text.hook_json)
