"""Declarations: merging flags."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.merging.actions import Settled


_GROUP = "Merge"


def _resolve() -> Shown[tuple[Settled, ...]]:
    from flaggit.commands.merging import actions, text

    return Shown(actions.resolve, text.resolve_text)


def _merge_driver() -> Shown[None]:
    from flaggit.commands.merging import actions
    from flaggit.output import text

    return Shown(actions.merge_driver, text.plain)


COMMANDS = (
    Command(
        name="resolve",
        group=_GROUP,
        summary="Settle the flags that a merge, rebase or cherry-pick left in conflict, as far as that can be.",
        examples=(("flaggit resolve", "settles and stages; what is left to decide is named"),),
        shown=_resolve,
    ),
    Command(
        name="merge-driver",
        group=_GROUP,
        summary="Merge one flag field by field; git calls it where `flaggit init --yes` has set it up.",
        examples=(
            ("flaggit merge-driver .merge_base .merge_ours .merge_theirs .flags/general/k7m2q0x.yaml", "as git does"),
        ),
        shown=_merge_driver,
        parameters=(
            Parameter("base", "A file with what both sides began with.", required=True, metavar="BASE"),
            Parameter("ours", "A file with our side; it takes the result.", required=True, metavar="OURS"),
            Parameter("theirs", "A file with the other side.", required=True, metavar="THEIRS"),
            Parameter("path", "Where the file lies in the repository.", required=True, metavar="PATH"),
            Parameter("marker_size", "Length of conflict markers.", ("--marker-size",), "number", metavar="N"),
        ),
        hot=True,
    ),
)
