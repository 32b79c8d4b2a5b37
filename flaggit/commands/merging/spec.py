"""Declarations: merging flags."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, argument, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.merging.actions import ResolvedFile

COMMANDS = Family("Merge")


@COMMANDS.add(
    "resolve",
    "Settle the flags that a merge, rebase or cherry-pick left in conflict, as far as that can be.",
    ("flaggit resolve", "settles and stages; what is left to decide is named (for a flag that is done: complete)"),
    store=False,
)
def _resolve() -> Shown[tuple[ResolvedFile, ...]]:
    from flaggit.commands.merging import actions, text

    return Shown(actions.resolve, text.resolve_text)


@COMMANDS.add(
    "merge-driver",
    "Merge one flag field by field; git calls it where `flaggit init --yes` has set it up.",
    ("flaggit merge-driver .merge_base .merge_ours .merge_theirs .flags/general/k7m2q0x.yaml", "as git does"),
    parameters=(
        argument("base", "A file with what both sides began with.", "BASE", required=True),
        argument("ours", "A file with our side; it takes the result.", "OURS", required=True),
        argument("theirs", "A file with the other side.", "THEIRS", required=True),
        argument("path", "Where the file lies in the repository.", "PATH", required=True),
        option("marker_size", "Length of conflict markers.", "N", number=True),
    ),
    hot=True,
    store=False,
)
def _merge_driver() -> Shown[None]:
    from flaggit.commands.merging import actions
    from flaggit.output import text

    return Shown(actions.merge_driver, text.plain)
