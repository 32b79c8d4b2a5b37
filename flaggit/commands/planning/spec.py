"""Declarations: what to do in which order, and whether the store is well."""

from __future__ import annotations

from flaggit.commands.shared import COMMIT, DRY_RUN
from flaggit.commands.spec import Command, Parameter

_GROUP = "Orchestrate"

COMMANDS = (
    Command(
        name="plan",
        group=_GROUP,
        summary="Which agents can act at the same time, and in what order.",
        examples=(
            ("flaggit plan", "the next waves of work"),
            ("flaggit plan --json", "all of it, for a program"),
            ("flaggit plan --record", "and put it on record, so that what is never done shows up as timed out"),
        ),
        verb="flaggit.commands.planning.actions:plan",
        parameters=(
            Parameter("record", "Put this plan on record as one cycle.", ("--record",), "flag"),
            Parameter("emergency", "Let neither chains nor urgency hold anything up.", ("--emergency",), "flag"),
        ),
        text="flaggit.commands.planning.text:plan_text",
        json="flaggit.commands.planning.text:plan_json",
    ),
    Command(
        name="doctor",
        group=_GROUP,
        summary="What is wrong with the store, its locks and its hooks; changes nothing unless told to.",
        examples=(
            ("flaggit doctor", "look, and exit with 1 where something is wrong"),
            ("flaggit doctor --fix", "also say what can be mended, and ask"),
            ("flaggit doctor --fix --yes", "mend it without asking"),
        ),
        verb="flaggit.commands.planning.doctor:doctor",
        parameters=(
            Parameter("fix", "Mend what can be mended without losing anything, after asking.", ("--fix",), "flag"),
            Parameter("yes", "Do not ask.", ("--yes",), "flag"),
        ),
        text="flaggit.commands.planning.doctor_text:doctor_text",
        json="flaggit.commands.planning.doctor_text:doctor_json",
    ),
    Command(
        name="prune",
        group=_GROUP,
        summary="Take long completed flags out of the tree, with their notes; history keeps them.",
        examples=(
            ("flaggit prune --completed-before 90d --dry-run", "what would go"),
            ("flaggit prune --completed-before 90d --commit", "remove it, in a commit of its own"),
        ),
        verb="flaggit.commands.history.pruning:prune",
        parameters=(
            Parameter(
                "completed_before",
                "How long ago they were completed at least: 90d, 12w.",
                ("--completed-before",),
                required=True,
                metavar="AGE",
            ),
            DRY_RUN,
            COMMIT,
        ),
        text="flaggit.commands.history.pruning_text:prune_text",
        json="flaggit.commands.history.pruning_text:prune_json",
    ),
)
