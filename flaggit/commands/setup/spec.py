"""Declarations: setting up, ``flaggit`` alone, and what agents' own programs run."""

from __future__ import annotations

from flaggit.commands.shared import AGENT
from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clone.identity import Actor
    from flaggit.commands.setup.actions import Overview, Setup
    from flaggit.commands.setup.agent_hook import Addition
    from flaggit.commands.setup.briefing import Briefing
    from flaggit.commands.setup.clients import Arrangement


_GROUP = "Set up"
_PROGRAMS = "Agents' programs"
_EVENTS = ("session-start", "pre-tool-use", "stop")


def _overview() -> Shown[Overview]:
    from flaggit.commands.setup import actions, text

    return Shown(actions.overview, text.overview_text, text.overview_json)


def _init() -> Shown[Setup]:
    from flaggit.commands.setup import actions, text

    return Shown(actions.init, text.init_text, text.init_json)


def _iam() -> Shown[Actor]:
    from flaggit.commands.setup import actions, text

    return Shown(actions.iam, text.actor_text, text.actor_json)


def _schema() -> Shown[list[str] | Mapping[str, Any]]:
    from flaggit.commands.setup import actions, text

    return Shown(actions.schema, text.schema_text)


def _prime() -> Shown[Briefing]:
    from flaggit.commands.setup import briefing, briefing_text

    return Shown(briefing.prime, briefing_text.prime_text, briefing_text.prime_json)


def _setup() -> Shown[Arrangement]:
    from flaggit.commands.setup import clients, clients_text

    return Shown(clients.setup, clients_text.setup_text, clients_text.setup_json)


def _agent_hook() -> Shown[Addition]:
    from flaggit.commands.setup import agent_hook, clients_text

    return Shown(agent_hook.agent_hook, clients_text.hook_text)


COMMANDS = (
    Command(
        name="overview",
        version=2,
        group=_GROUP,
        summary="Who you are, what waits for you, what you hold; `flaggit` alone does the same.",
        examples=(("flaggit", "at the start of work"),),
        shown=_overview,
        hot=True,
    ),
    Command(
        name="init",
        group=_GROUP,
        summary="Make .flags/ in this repository; what exists already is left alone.",
        examples=(
            ("flaggit init", "touches nothing outside .flags/"),
            ("flaggit init --yes", "also this clone's diff and merge drivers for flags"),
        ),
        shown=_init,
        parameters=(Parameter("yes", "Also set up this clone's git config for flags.", ("--yes",), "flag"),),
    ),
    Command(
        name="iam",
        group=_GROUP,
        summary="Say which agent works in this worktree, or set it.",
        examples=(("flaggit iam @backend.api", "from now on, in this worktree"), ("flaggit iam", "who am I here?")),
        shown=_iam,
        parameters=(AGENT,),
        hot=True,
    ),
    Command(
        name="schema",
        group=_GROUP,
        summary="Print a published JSON Schema, or the names of all.",
        examples=(
            ("flaggit schema flag", "what editors and other programs check flags with"),
            ("flaggit schema flaggit.inbox/2", "what `flaggit inbox --json` answers; `replies` is of all commands"),
        ),
        shown=_schema,
        parameters=(Parameter("name", "Which one; none: list them.", metavar="NAME", complete="schema"),),
        repository=False,
    ),
    Command(
        name="prime",
        version=2,
        group=_PROGRAMS,
        summary="What an agent needs at the start of its work; says nothing where there is no store.",
        examples=(
            ("flaggit prime", "for this worktree's agent"),
            ("flaggit prime @backend.api", "for another one, such as a subagent that is about to start"),
        ),
        shown=_prime,
        parameters=(AGENT,),
        hot=True,
        silent=True,
    ),
    Command(
        name="setup",
        group=_PROGRAMS,
        summary="Tell a program that agents run in about flags: its hooks, or AGENTS.md; and take that back.",
        examples=(
            ("flaggit setup agents-md", "a block in AGENTS.md, which most programs read"),
            ("flaggit setup claude --dry-run", "the hooks that .claude/settings.json would get"),
            ("flaggit setup claude --remove", "exactly what an earlier call put in goes again"),
        ),
        shown=_setup,
        parameters=(
            Parameter("client", "Which one.", required=True, choices=("claude", "codex", "agents-md")),
            Parameter("dry_run", "Show the change, and write nothing.", ("--dry-run",), "flag"),
            Parameter("check", "Exit with 1 where it is not set up, or not up to date.", ("--check",), "flag"),
            Parameter("remove", "Take out what `setup` put in.", ("--remove",), "flag"),
        ),
    ),
    Command(
        name="agent-hook",
        group=_PROGRAMS,
        summary="Answer a hook of a program that agents run in; its exit status is 0 or 1, never one that blocks.",
        examples=(
            ("flaggit agent-hook session-start --client claude", "what `flaggit prime` says, as that hook wants it"),
            ("flaggit agent-hook pre-tool-use --client claude", "says who holds a flag about the file to be edited"),
            ("flaggit agent-hook stop --client codex", "names what is still locked here"),
        ),
        shown=_agent_hook,
        parameters=(
            Parameter(
                "event", f"{', '.join(_EVENTS[:-1])} or {_EVENTS[-1]}.", required=True, metavar="EVENT", offers=_EVENTS
            ),
            Parameter("client", "Whose hook it is.", ("--client",), choices=("claude", "codex", "copilot", "gemini")),
        ),
        hot=True,
        repository=False,
    ),
)
