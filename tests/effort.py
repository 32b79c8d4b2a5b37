"""What a test may cost: the work of a call, counted whatever else the machine does, and how many examples it draws."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

import hypothesis

EVERY = 100  # max_examples of the profile that draws as many as a test names


def count_steps(call: Callable[[], object]) -> int:
    """Return how many lines of Python a call runs, in whatever function."""
    steps = 0

    def trace(frame, event: str, argument: object):
        nonlocal steps
        if event == "line":
            steps += 1
        return trace

    before = sys.gettrace()  # a coverage tool's
    gc.disable()  # what looks on at the collector, as Hypothesis does, is none of the call's work
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
        gc.enable()
    return steps


def examples(number: int, *allowed: hypothesis.HealthCheck) -> hypothesis.settings:
    """Return settings of ``number`` examples in a thorough run, of the profile's share of them in others."""
    default = hypothesis.settings()
    share = max(1, number * default.max_examples // EVERY)
    return hypothesis.settings(max_examples=share, suppress_health_check=[*default.suppress_health_check, *allowed])
