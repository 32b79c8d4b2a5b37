"""Declarations: judging what lies in the store."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter

COMMANDS = (
    Command(
        name="check",
        group="Check",
        summary="Judge the store's files by every rule; exit status 1 where one of them breaks one.",
        examples=(
            ("flaggit check", "every file of this worktree's store"),
            ("flaggit check --staged", "what the next commit changes"),
            ("flaggit check --fix", "first mend what has one right answer"),
        ),
        verb="flaggit.commands.checking.actions:check",
        parameters=(
            Parameter("paths", "Only these files and folders.", kind="texts", metavar="PATH", complete="path"),
            Parameter("staged", "What the next commit changes.", ("--staged",), "flag"),
            Parameter(
                "range_", "The commits of a range, as in continuous integration.", ("--range",), metavar="BASE..HEAD"
            ),
            Parameter("fix", "Mend in the work tree what has one right answer.", ("--fix",), "flag"),
        ),
        text="flaggit.commands.checking.text:check_text",
        json="flaggit.commands.checking.text:check_json",
        hot=True,
        main=True,
    ),
)
