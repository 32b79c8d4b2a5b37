"""What lock workers did, line by line, and the proof that nobody held a flag beside another. Pure.

A worker writes an event before each step and after it. From these a tenure is rebuilt as its
holder saw it: it begins when the lock was granted, and ends when a release was begun, when the
worker was killed, or when the holder, by its own clock, could no longer rely on it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Event = dict[str, Any]


class Tenure(NamedTuple):
    """One holder's time with one flag, in seconds of the machine's monotonic clock."""

    flag: str
    holder: str
    start: float
    end: float


def read_events(text: str) -> list[Event]:
    """Return the events of a history in the order of time; a line torn by a kill is left out."""
    events = []
    for line in text.splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return sorted(events, key=lambda event: event["t"])


def find_tenures(events: Iterable[Event]) -> list[Tenure]:
    """Return the times in which somebody was sure to hold a flag."""
    open_now: dict[tuple[str, str], list[float]] = {}
    found = []

    def close(key: tuple[str, str], at: float) -> None:
        if key in open_now:
            start, until = open_now.pop(key)
            found.append(Tenure(key[1], key[0], start, min(at, until)))

    for event in events:
        who, what, time = event["who"], event["what"], event["t"]
        if what == "killed":
            for key in [key for key in open_now if key[0] == who]:
                close(key, time)
            continue
        key = (who, event["flag"])
        if what == "granted":
            if key in open_now and time <= open_now[key][1]:
                open_now[key][1] = event["until"]  # what the holder was told last; it may have asked for less
            else:
                close(key, time)
                open_now[key] = [time, event["until"]]
        elif what in ("releasing", "lost"):
            close(key, time if what == "releasing" else float("inf"))
    for key in list(open_now):
        close(key, float("inf"))
    return [tenure for tenure in found if tenure.end > tenure.start]


def find_violations(tenures: Iterable[Tenure]) -> list[tuple[Tenure, Tenure]]:
    """Return the pairs of tenures of one flag, by two holders, that overlap."""
    by_flag: dict[str, list[Tenure]] = {}
    for tenure in tenures:
        by_flag.setdefault(tenure.flag, []).append(tenure)
    violations = []
    for found in by_flag.values():
        found.sort(key=lambda tenure: tenure.start)
        latest: Tenure | None = None
        for tenure in found:
            if latest is not None and tenure.holder != latest.holder and tenure.start < latest.end:
                violations.append((latest, tenure))
            if latest is None or tenure.end > latest.end:
                latest = tenure
    return violations
