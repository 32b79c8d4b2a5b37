"""The checker of lock histories finds what it is for, and a short run of the harness finds nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from repositories import PROJECT

from torture.lock_history import find_tenures, find_violations, read_events


def history(*events: tuple[float, str, str, float]) -> str:
    lines = [{"t": t, "who": who, "what": what, "flag": "f", "until": until} for t, who, what, until in events]
    return "\n".join(map(json.dumps, lines))


@pytest.mark.parametrize(
    ("events", "violations"),
    [
        ([(1, "a", "granted", 9), (2, "a", "releasing", 0), (3, "b", "granted", 9)], 0),
        ([(1, "a", "granted", 9), (3, "b", "granted", 9)], 1),
        ([(1, "a", "granted", 2), (3, "b", "granted", 9)], 0),
        ([(1, "a", "granted", 2), (1.5, "a", "granted", 5), (3, "b", "granted", 9)], 1),
        ([(1, "a", "granted", 9), (2, "a", "granted", 4), (5, "b", "granted", 9)], 0),
        ([(1, "a", "granted", 9), (2, "a", "granted", 4), (3, "b", "granted", 9)], 1),
        ([(1, "a", "granted", 9), (2, "a", "killed", 0), (3, "b", "granted", 9)], 0),
        ([(1, "a", "granted", 9), (2, "a", "killed", 0), (3, "b", "granted", 9), (4, "a", "granted", 9)], 1),
        ([(1, "a", "granted", 9), (3, "b", "granted", 9), (4, "a", "lost", 0)], 1),
    ],
)
def test_overlapping_tenures_are_found(events: list, violations: int) -> None:
    assert len(find_violations(find_tenures(read_events(history(*events) + '\n{"torn": ')))) == violations


@pytest.mark.parametrize(
    "arguments", [["race", "--rounds", "4", "--agents", "6"], ["life", "--seconds", "4", "--agents", "6"]]
)
def test_the_harness_runs(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "torture.locks", *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["race", "--rounds", "12", "--agents", "8", "--sabotage", "local-compare"],
        ["race", "--rounds", "12", "--agents", "8", "--sabotage", "nonce"],
        ["race", "--rounds", "6", "--agents", "6", "--transport", "file", "--sabotage", "lease"],
        pytest.param(
            ["life", "--seconds", "90", "--transport", "file", "--seed", "3", "--sabotage", "margin"],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_harness_notices_when_a_rule_is_broken(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "torture.locks", *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=1200
    )
    assert done.returncode == 1 and " 0 overlaps" not in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["torture.locks", "steps", "--rounds", "1", "--transport", "file"],
        ["torture.locks", "life", "--seconds", "60", "--transport", "http"],
        ["bench.herd"],
        ["bench.herd", "--transport", "local", "--clones", "6", "--questions", "0.3", "--crash", "0.1"],
    ],
)
def test_longer_runs_find_nothing(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=6000,
    )
    assert done.returncode == 0, done.stdout + done.stderr
