"""Declarations: setting up, and ``flaggit`` alone."""

from __future__ import annotations

from flaggit.commands.shared import AGENT
from flaggit.commands.spec import Command, Parameter

_GROUP = "Set up"

COMMANDS = (
    Command(
        name="overview",
        group=_GROUP,
        summary="Who you are, what waits for you, what you hold; `flaggit` alone does the same.",
        examples=(("flaggit", "at the start of work"),),
        verb="flaggit.commands.setup.actions:overview",
        text="flaggit.commands.setup.text:overview_text",
        json="flaggit.commands.setup.text:overview_json",
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
        verb="flaggit.commands.setup.actions:init",
        parameters=(Parameter("yes", "Also set up this clone's git config for flags.", ("--yes",), "flag"),),
        text="flaggit.commands.setup.text:init_text",
        json="flaggit.commands.setup.text:init_json",
    ),
    Command(
        name="iam",
        group=_GROUP,
        summary="Say which agent works in this worktree, or set it.",
        examples=(("flaggit iam @backend.api", "from now on, in this worktree"), ("flaggit iam", "who am I here?")),
        verb="flaggit.commands.setup.actions:iam",
        parameters=(AGENT,),
        text="flaggit.commands.setup.text:actor_text",
        json="flaggit.commands.setup.text:actor_json",
        hot=True,
    ),
    Command(
        name="schema",
        group=_GROUP,
        summary="Print a published JSON Schema, or the names of all.",
        examples=(
            ("flaggit schema flag", "what editors and other programs check flags with"),
            ("flaggit schema flaggit.inbox/1", "what `flaggit inbox --json` answers; `replies` is of all commands"),
        ),
        verb="flaggit.commands.setup.actions:schema",
        parameters=(Parameter("name", "Which one; none: list them.", metavar="NAME", complete="schema"),),
        text="flaggit.commands.setup.text:schema_text",
        repository=False,
    ),
)
