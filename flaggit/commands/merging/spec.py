"""Declarations: merging flags."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter

_GROUP = "Merge"

COMMANDS = (
    Command(
        name="resolve",
        group=_GROUP,
        summary="Settle the flags that a merge, rebase or cherry-pick left in conflict, as far as that can be.",
        examples=(("flaggit resolve", "settles and stages; what is left to decide is named"),),
        verb="flaggit.commands.merging.actions:resolve",
        text="flaggit.commands.merging.text:resolve_text",
    ),
    Command(
        name="merge-driver",
        group=_GROUP,
        summary="Merge one flag field by field; git calls it where `flaggit init --yes` has set it up.",
        examples=(
            ("flaggit merge-driver .merge_base .merge_ours .merge_theirs .flags/general/k7m2q0x.yaml", "as git does"),
        ),
        verb="flaggit.commands.merging.actions:merge_driver",
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
