"""Counts the work that a call causes, so that a test can bound it whatever else the machine does."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable


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
