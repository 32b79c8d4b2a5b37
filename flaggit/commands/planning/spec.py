"""Declarations: what to do in which order, and whether the store is well."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.planning.doctor import Diagnosis
    from flaggit.planning.plan import Plan

COMMANDS = Family("Orchestrate")


@COMMANDS.add(
    "plan",
    "Which agents can act at the same time, and in what order.",
    ("flaggit plan", "the next waves of work"),
    ("flaggit plan --json", "all of it, for a program"),
    ("flaggit plan --record", "and put it on record, so that what is never done shows up as timed out"),
    parameters=(
        switch("record", "Put this plan on record as one cycle."),
        switch("emergency", "Let neither chains nor urgency hold anything up."),
    ),
)
def _plan() -> Shown[Plan]:
    from flaggit.commands.planning import actions, text

    return Shown(actions.plan, text.plan_text, text.plan_json)


@COMMANDS.add(
    "doctor",
    "What is wrong with the store, its locks and its hooks; changes nothing unless told to.",
    ("flaggit doctor", "look, and exit with 1 where something is wrong"),
    ("flaggit doctor --fix", "also say what can be mended, and ask"),
    ("flaggit doctor --fix --yes", "mend it without asking"),
    parameters=(
        switch("fix", "Mend what can be mended without losing anything, after asking."),
        switch("yes", "Do not ask."),
    ),
)
def _doctor() -> Shown[Diagnosis]:
    from flaggit.commands.planning import doctor, text

    return Shown(doctor.doctor, text.doctor_text, text.doctor_json)
