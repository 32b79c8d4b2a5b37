"""Declarations: what agents' own programs run."""

from __future__ import annotations

from flaggit.commands.shared import AGENT
from flaggit.commands.spec import Command, Parameter

_GROUP = "Agents' programs"
_EVENTS = ("session-start", "pre-tool-use", "stop")

COMMANDS = (
    Command(
        name="prime",
        group=_GROUP,
        summary="What an agent needs at the start of its work; says nothing where there is no store.",
        examples=(
            ("flaggit prime", "for this worktree's agent"),
            ("flaggit prime @backend.api", "for another one, such as a subagent that is about to start"),
        ),
        verb="flaggit.commands.setup.briefing:prime",
        parameters=(AGENT,),
        text="flaggit.commands.setup.briefing_text:prime_text",
        json="flaggit.commands.setup.briefing_text:prime_json",
        hot=True,
        silent=True,
    ),
    Command(
        name="setup",
        group=_GROUP,
        summary="Tell a program that agents run in about flags: its hooks, or AGENTS.md; and take that back.",
        examples=(
            ("flaggit setup agents-md", "a block in AGENTS.md, which most programs read"),
            ("flaggit setup claude --dry-run", "the hooks that .claude/settings.json would get"),
            ("flaggit setup claude --remove", "exactly what an earlier call put in goes again"),
        ),
        verb="flaggit.commands.setup.clients:setup",
        parameters=(
            Parameter("client", "Which one.", required=True, choices=("claude", "codex", "agents-md")),
            Parameter("dry_run", "Show the change, and write nothing.", ("--dry-run",), "flag"),
            Parameter("check", "Exit with 1 where it is not set up, or not up to date.", ("--check",), "flag"),
            Parameter("remove", "Take out what `setup` put in.", ("--remove",), "flag"),
        ),
        text="flaggit.commands.setup.clients_text:setup_text",
        json="flaggit.commands.setup.clients_text:setup_json",
    ),
    Command(
        name="agent-hook",
        group=_GROUP,
        summary="Answer a hook of a program that agents run in; its exit status is 0 or 1, never one that blocks.",
        examples=(
            ("flaggit agent-hook session-start --client claude", "what `flaggit prime` says, as that hook wants it"),
            ("flaggit agent-hook pre-tool-use --client claude", "says who holds a flag about the file to be edited"),
            ("flaggit agent-hook stop --client codex", "names what is still locked here"),
        ),
        verb="flaggit.commands.setup.agent_hook:agent_hook",
        parameters=(
            Parameter(
                "event", f"{', '.join(_EVENTS[:-1])} or {_EVENTS[-1]}.", required=True, metavar="EVENT", offers=_EVENTS
            ),
            Parameter("client", "Whose hook it is.", ("--client",), choices=("claude", "codex", "copilot", "gemini")),
        ),
        text="flaggit.commands.setup.clients_text:hook_text",
        hot=True,
        repository=False,
    ),
)
