"""Declarations: judging what lies in the store."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.checking.actions import Checked

COMMANDS = Family("Check", hot=True)


@COMMANDS.add(
    "check",
    "Judge the store's files by every rule; exit status 1 where one of them breaks one.",
    ("flaggit check", "every file of this worktree's store"),
    ("flaggit check --staged", "what the next commit changes"),
    ("flaggit check --fix", "first mend what has one right answer"),
    parameters=(
        argument("paths", "Only these files and folders.", "PATH", several=True),
        switch("staged", "What the next commit changes."),
        option("range_", "The commits of a range, as in continuous integration.", "BASE..HEAD", flag="--range"),
        switch("fix", "Mend in the work tree what has one right answer."),
    ),
    main=True,
    store=False,
)
def _check() -> Shown[Checked]:
    from flaggit.commands.checking import actions, text

    return Shown(actions.check, text.check_text, text.check_json)
