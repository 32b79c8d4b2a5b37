"""Declarations: what agents' own programs run."""

from __future__ import annotations

from flaggit.commands.shared import AGENT
from flaggit.commands.spec import Command

_GROUP = "Agents' programs"

COMMANDS = (
    Command(
        name="prime",
        group=_GROUP,
        summary="What an agent needs at the start of its work; says nothing where there is no store.",
        examples=(
            ("flaggit prime", "for this worktree's agent"),
            ("flaggit prime @backend.api", "for another one, such as a subagent that is about to start"),
        ),
        verb="briefing:prime",
        parameters=(AGENT,),
        text="briefing:prime_text",
        json="briefing:prime_json",
        hot=True,
        silent=True,
    ),
)
