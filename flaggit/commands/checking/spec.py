"""Declarations: judging what lies in the store."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.checking.actions import Checked


def _check() -> Shown[Checked]:
    from flaggit.commands.checking import actions, text

    return Shown(actions.check, text.check_text, text.check_json)


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
        shown=_check,
        parameters=(
            Parameter("paths", "Only these files and folders.", kind="texts", metavar="PATH", complete="path"),
            Parameter("staged", "What the next commit changes.", ("--staged",), "flag"),
            Parameter(
                "range_", "The commits of a range, as in continuous integration.", ("--range",), metavar="BASE..HEAD"
            ),
            Parameter("fix", "Mend in the work tree what has one right answer.", ("--fix",), "flag"),
        ),
        hot=True,
        main=True,
    ),
)
