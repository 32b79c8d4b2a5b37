"""Locks for programs and for people."""

from __future__ import annotations

from flaggit.clone.lock_rules import seconds_left, state_of
from flaggit.core.text import visible
from flaggit.core.times import format_age, format_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.clone.session import Reply
    from flaggit.commands.locking.actions import Locking
    from flaggit.core.model import Lock
    from flaggit.locks.request import Outcome
    from flaggit.output.text import Style


def locks_json(reply: Reply[Locking]) -> Any:
    """Return the outcome of each lock, under the contract's names."""
    view = reply.data
    return [outcome_json(outcome, view.as_of) for outcome in view.outcomes]


def outcome_json(outcome: Outcome, as_of: str) -> dict[str, Any]:
    """Return one lock: who holds it, until when, how far that reaches."""
    lock = outcome.lock
    held = outcome.state != "free"
    values: dict[str, Any] = {
        "id": lock.flag_id,
        "locked": held,
        "holder": (lock.holder or None) if held else None,
        "instance": (lock.instance or None) if held else None,
        "expires": lock.expires if held else None,
        "scope": lock.scope,
        "state": outcome.state if held else None,
        "locks_as_of": format_time(outcome.as_of) if outcome.as_of else None if as_of in ("", "never") else as_of,
        "already": outcome.already,
        "reason": lock.reason or None,
        "acquired": lock.acquired or None,
        "done_on": lock.done_on or None,
    }
    if lock.patterns:
        values["patterns"] = list(lock.patterns)
    return values


def lock_text(reply: Reply[Locking], style: Style) -> str:
    """Return a line for each lock taken or renewed."""
    view = reply.data
    return "\n".join(_locked_line(outcome, view.now, style) for outcome in view.outcomes)


def unlock_text(reply: Reply[Locking], style: Style) -> str:
    """Return a line for each lock let go."""
    view = reply.data
    lines = [_unlocked_line(outcome, style) for outcome in view.outcomes]
    return "\n".join(lines) or view.empty


def locks_text(reply: Reply[Locking], style: Style) -> str:
    """Return a line for each lock: flag, holder, time left, why."""
    view = reply.data
    return "\n".join(_line(outcome, view.now, style) for outcome in view.outcomes) or view.empty


def sync_text(reply: Reply[Locking], style: Style) -> str:
    """Return a line for each lock that changed; those that were just renewed are counted."""
    view = reply.data
    renewed = [outcome for outcome in view.outcomes if outcome.state == "mine"]
    others = [outcome for outcome in view.outcomes if outcome.state != "mine"]
    lines = [_line(outcome, view.now, style) for outcome in others]
    if renewed:
        lines.append(f"Yours: {', '.join(_name(outcome.lock) for outcome in renewed)}")
    return "\n".join(lines) or view.empty


def _locked_line(outcome: Outcome, now: int, style: Style) -> str:
    lock = outcome.lock
    verb = "still yours" if outcome.already else "locked"
    where = "" if outcome.state == "mine" else f" ({_STATES.get(outcome.state, outcome.state)})"
    return f"{style.bold(_name(lock))} {style.good(verb)} for {format_age(seconds_left(lock, now))}{where}"


def _unlocked_line(outcome: Outcome, style: Style) -> str:
    words = "was not locked" if outcome.already else "is free"
    return f"{style.bold(_name(outcome.lock))} {words}"


def _line(outcome: Outcome, now: int, style: Style) -> str:
    lock = outcome.lock
    holder = lock.holder or "no lock of flaggit's"
    if outcome.state == "free":
        words = style.dim(_ENDED.get(state_of(lock, now), "free"))
    elif lock.done_on:
        words = style.good(f"completed on {visible(lock.done_on)}")
    else:
        words = f"for {format_age(seconds_left(lock, now))}"
    parts = [style.bold(_name(lock)), style.warn(holder) if outcome.state == "held" else holder, words]
    parts += [_STATES[outcome.state]] if outcome.state in _STATES else []
    parts += [f"at {outcome.place}"] if outcome.place else []
    parts += [style.dim(visible(lock.reason))] if lock.reason else []
    return "  ".join(parts)


def _name(lock: Lock) -> str:
    return visible(" ".join(lock.patterns)) if lock.patterns else lock.flag_id


_ENDED = {"abandoned": "its worktree is gone", "released": "released"}
_STATES = {
    "mine": "yours",
    "local": "in this clone only",
    "unknown": "not known whether it reached the remote",
    "lost": "lost",
    "refused": "refused",
}
