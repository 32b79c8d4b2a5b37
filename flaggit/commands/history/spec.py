"""Declarations: what git knows about a flag."""

from __future__ import annotations

from flaggit.commands.shared import FLAG_ID
from flaggit.commands.spec import Command

COMMANDS = (
    Command(
        name="log",
        group="Look",
        summary="Who raised, edited, completed and reopened a flag, in which commits, and whether they are signed so.",
        examples=(
            ("flaggit log k7m2q0x", "every step, from all branches, after rebase and squash too"),
            ("flaggit log k7m2q0x --json", "with verified, unverified or mismatch for a program"),
        ),
        verb="flaggit.commands.history.actions:log",
        parameters=(FLAG_ID,),
        text="flaggit.commands.history.text:log_text",
        json="flaggit.commands.history.text:log_json",
    ),
)
