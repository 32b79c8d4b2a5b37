"""Every code that flaggit gives occurs in a test: a rule that nothing tests may as well not be there."""

from __future__ import annotations

import re

import pytest
from repositories import PROJECT

from flaggit.documents.rules import RULES

HERE = PROJECT / "tests" / "project" / "test_codes.py"
TESTS = "\n".join(path.read_text() for path in (PROJECT / "tests").rglob("*.py") if path != HERE)
SOURCE = "\n".join(path.read_text() for path in (PROJECT / "flaggit").rglob("*.py"))
GIVEN = sorted(set(re.findall(r'"([DF][0-9]{3})",\s*"([a-z_]+)"', SOURCE)))


def test_the_codes_are_found_in_the_source() -> None:
    assert {rule for rule, _ in GIVEN if rule.startswith("F")} >= RULES.keys() - {"F001", "F002", "F028", "F039"}
    assert len(GIVEN) > 70


@pytest.mark.parametrize("rule", sorted({*RULES, *(rule for rule, _ in GIVEN)}))
def test_every_rule_occurs_in_a_test(rule: str) -> None:
    assert re.search(rf"\b{rule}\b", TESTS)


@pytest.mark.parametrize(("rule", "code"), GIVEN)
def test_every_finding_occurs_in_a_test(rule: str, code: str) -> None:
    assert re.search(rf"\b{code}\b", TESTS)
