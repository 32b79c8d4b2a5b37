"""Declarations: what to do in which order, and whether the store is well."""

from __future__ import annotations

from flaggit.commands.spec import Command, Parameter, Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.commands.planning.doctor import Diagnosis
    from flaggit.planning.plan import Plan


_GROUP = "Orchestrate"


def _plan() -> Shown[Plan]:
    from flaggit.commands.planning import actions, text

    return Shown(actions.plan, text.plan_text, text.plan_json)


def _doctor() -> Shown[Diagnosis]:
    from flaggit.commands.planning import doctor, doctor_text

    return Shown(doctor.doctor, doctor_text.doctor_text, doctor_text.doctor_json)


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
        shown=_plan,
        parameters=(
            Parameter("record", "Put this plan on record as one cycle.", ("--record",), "flag"),
            Parameter("emergency", "Let neither chains nor urgency hold anything up.", ("--emergency",), "flag"),
        ),
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
        shown=_doctor,
        parameters=(
            Parameter("fix", "Mend what can be mended without losing anything, after asking.", ("--fix",), "flag"),
            Parameter("yes", "Do not ask.", ("--yes",), "flag"),
        ),
    ),
)
