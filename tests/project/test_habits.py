"""Habits of the tests themselves."""

from __future__ import annotations

import ast

import pytest
from repositories import PROJECT

TESTS = sorted((PROJECT / "tests").rglob("*.py"))
STOPWATCHES = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns"}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(PROJECT / "tests")))
def test_no_test_takes_the_time(path) -> None:
    """A slower or busier machine would make it fail: ``effort.count_steps`` counts work instead."""
    tree = ast.parse(path.read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not used & STOPWATCHES
