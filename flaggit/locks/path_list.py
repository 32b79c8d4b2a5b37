"""The list of locked paths: its message, and whether two sets of patterns meet. Pure.

Patterns that overlap have different names, so a ref for each would never collide: there is one
list, and whoever changes it has to have read it.
"""

from __future__ import annotations

from flaggit.clone.lock_message import ENTRY_FIELDS, PATHS, one_line
from flaggit.clone.lock_rules import is_free, is_own, renewed
from flaggit.core.handles import is_handle
from flaggit.core.model import Lock
from flaggit.core.patterns import MAX_LENGTH, intersect
from flaggit.core.record import record, replace
from flaggit.core.times import is_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.locks.request import LockRequest

_FIRST = "Lock-Tenure"
_PATTERN = "Lock-Pattern"
_BY_NAME = dict(ENTRY_FIELDS)


@record
class Clash:
    """Two patterns that meet: ours, theirs, who holds theirs, and a path that both match."""

    pattern: str
    other: str
    lock: Lock
    example: str


def format_list(entries: list[Lock], nonce: str) -> str:
    """Return the message of the commit that is this list; ``nonce`` tells two equal lists apart."""
    lines = ["Lock paths [skip ci]", "", f"Lock-Nonce: {nonce}"]
    for entry in entries:
        lines += ["", f"{_FIRST}: {entry.tenure}"]
        for name, field in ENTRY_FIELDS:
            value = one_line(str(getattr(entry, field)))
            if value and name != _FIRST:
                lines.append(f"{name}: {value}")
        lines += [f"{_PATTERN}: {pattern}" for pattern in entry.patterns]  # whole: cut off, it locks other paths
    return "\n".join(lines) + "\n"


def parse_list(message: str, scope: str) -> list[Lock]:
    """Return the entries of a list; what is no sound entry is left out."""
    blocks: list[tuple[dict[str, str], list[str]]] = []
    for line in message.split("\n"):
        name, colon, value = line.partition(": ")
        if colon and name == _FIRST:
            blocks.append(({"tenure": one_line(value)}, []))
        elif colon and blocks and name == _PATTERN:
            blocks[-1][1].append(value.strip())
        elif colon and blocks and name in _BY_NAME:
            blocks[-1][0].setdefault(_BY_NAME[name], one_line(value))
    return [_entry(values, patterns, scope) for values, patterns in blocks if _is_sound(values, patterns)]


def find_clashes(entries: list[Lock], patterns: tuple[str, ...], request: LockRequest) -> list[Clash]:
    """Return where ``patterns`` meet what others hold; one's own patterns never clash."""
    clashes = []
    for entry in entries:
        if is_own(entry, request.actor) or is_free(entry, request.now):
            continue
        for pattern in patterns:
            for other in entry.patterns:
                example = intersect(pattern, other)
                if example is not None:
                    clashes.append(Clash(pattern, other, entry, example))
    return clashes


def with_entry(entries: list[Lock], added: Lock, request: LockRequest) -> list[Lock]:
    """Return the list with ``added`` in it: a renewal where the same holder has these patterns; the dead left out."""
    living = [entry for entry in entries if not is_free(entry, request.now)]
    for index, entry in enumerate(living):
        if is_own(entry, request.actor) and entry.patterns == added.patterns:
            again = renewed(entry, nonce=added.nonce, now=request.now, ttl=request.ttl, exactly=request.exactly)
            living[index] = replace(again, reason=request.reason or entry.reason)
            return living
    return [*living, added]


def _entry(values: dict[str, Any], patterns: list[str], scope: str) -> Lock:
    return Lock(flag_id=PATHS, scope=scope, patterns=tuple(patterns), **values)


def _is_sound(values: dict[str, str], patterns: list[str]) -> bool:
    needed = ("holder", "instance", "tenure", "acquired", "expires")
    return (
        bool(patterns)
        and max(map(len, patterns)) <= MAX_LENGTH  # as ``lock_paths`` takes them; others would take long to compare
        and all(values.get(name) for name in needed)
        and is_handle(values["holder"])
        and is_time(values["acquired"])
        and is_time(values["expires"])
    )
