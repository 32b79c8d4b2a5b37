"""Declarations: whom a change affects."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, argument, option, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.impact.asking import Answer

COMMANDS = Family("Raise and talk")


@COMMANDS.add(
    "affected",
    "Whom a change affects, and why: who uses what changed, and what changed together before.",
    ("flaggit affected", "what this worktree changes, on a branch since it began"),
    ("flaggit affected --staged --json", "what is about to be committed, for a program"),
    ("flaggit affected main..feature", "any range, also in a bare clone"),
    ("flaggit affected --files src/orders/api.ts", "before the first line is changed"),
    parameters=(
        argument("span", "BASE..HEAD, or a branch; the merge base is found.", "[RANGE]"),
        switch("staged", "Only what is staged."),
        option("files", "Only these files, changed or not; may be repeated.", "PATH", several=True, complete="path"),
        option("limit", "How many agents at most.", "N", number=True),
        option("sender", "Whose change it is, where not known otherwise.", "@AGENT", flag="--from"),
        option("without", "A kind of evidence to leave out; may be repeated.", "KIND", several=True),
    ),
    store=False,
)
def _affected() -> Shown[Answer]:
    from flaggit.commands.impact import actions, text

    return Shown(actions.affected, text.affected_text, text.affected_json)
