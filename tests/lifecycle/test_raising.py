"""The one error that names all that is wrong with a flag: what repeats another fault is left out of it."""

from __future__ import annotations

import pytest

from flaggit.core.errors import InvalidError, NotFoundError
from flaggit.core.model import Problem
from flaggit.lifecycle.raising import refusal

MISSING = Problem("F002", "missing", "change_description is missing.", field="change_description")
SHORT = Problem("F006", "too_short", "It is short.", field="change_description", data=(("current_length", 3),))
TYPE = Problem("F002", "missing", "flag_type is missing.", field="flag_type")
BAD_TYPE = Problem("F005", "bad_value", "flag_type '' is none.", field="flag_type")
BAD_TARGET = Problem("F007", "bad_handle", "web is no handle.", field="target_agent")
NO_TARGET = Problem("F007", "target_required", "Whom is it for?", field="target_agent")
BAD_SOURCE = Problem("F007", "bad_handle", "api is no handle.", field="source_agent")
UNKNOWN = Problem("F008", "unknown_flag", "No flag a000001 is visible.")
PLACEHOLDER = Problem("F009", "placeholder_text", "TEXT stands in it.", level="warning")
DUPLICATE = Problem("F021", "possible_duplicate", "It says the same.", level="warning")


def refuse(violations: list[Problem], warnings: list[Problem] | None = None, text: str = ""):
    return refusal(None, {"change_description": text}, violations, warnings or [], dry_run=True)


@pytest.mark.parametrize(
    ("violations", "text", "shown"),
    [
        ([MISSING, SHORT], "", [MISSING]),  # nothing was given: that is all that is wrong
        ([MISSING, SHORT], "  ", [SHORT]),  # blanks were
        ([SHORT], "abc", [SHORT]),
        ([TYPE, BAD_TYPE], "", [TYPE]),
        ([BAD_TYPE], "", [BAD_TYPE]),
        ([BAD_TARGET, NO_TARGET], "", [BAD_TARGET]),
        ([NO_TARGET], "", [NO_TARGET]),
        ([BAD_SOURCE, NO_TARGET], "", [BAD_SOURCE, NO_TARGET]),
        ([UNKNOWN], "", []),  # the error itself says all of it
        ([UNKNOWN, TYPE], "", [UNKNOWN, TYPE]),
    ],
)
def test_what_repeats_another_fault_is_left_out(violations: list, text: str, shown: list) -> None:
    assert list(refuse(violations, text=text).violations) == shown


def test_one_fault_is_the_error_and_several_are_counted() -> None:
    one = refuse([SHORT], text="abc")
    assert (one.code, one.message, one.details, one.hint) == ("too_short", SHORT.message, {"current_length": 3}, "")
    several = refuse([TYPE, SHORT], text="abc")
    assert (several.code, several.details) == ("invalid", {"current_length": 3})
    assert several.message == "The flag was not raised; 2 things are wrong with it."
    alike = refuse([TYPE, Problem("F002", "missing", "impact is missing.", field="impact_level")])
    assert (alike.code, type(alike)) == ("missing", InvalidError)
    assert isinstance(refuse([UNKNOWN]), NotFoundError)


def test_placeholders_are_named_beside_what_stands_against_the_flag() -> None:
    made = refuse([TYPE], [PLACEHOLDER, DUPLICATE])
    assert list(made.violations) == [TYPE, PLACEHOLDER]
