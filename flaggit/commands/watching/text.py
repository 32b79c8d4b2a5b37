"""What the commands that watch show: for people and for programs."""

from __future__ import annotations

from flaggit.clone.lock_rules import age, seconds_left
from flaggit.core.model import name_target
from flaggit.core.text import counted, visible
from flaggit.core.times import format_age, format_time
from flaggit.output.rows import row_json, row_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from flaggit.clone.presence import Presence
    from flaggit.clone.session import Reply
    from flaggit.commands.watching.events import Line
    from flaggit.commands.watching.wait import Waited
    from flaggit.commands.watching.who import Who
    from flaggit.core.model import Lock
    from flaggit.output.text import Style


def wait_text(reply: Reply[Waited], style: Style) -> str:
    """Return the flags that were waited for, as a list shows them."""
    view = reply.data
    return "\n".join(row_text(row, view.now, style) for row in view.rows) or view.empty


def wait_json(reply: Reply[Waited]) -> Iterator[dict[str, Any]]:
    """Yield the flags that were waited for."""
    return (row_json(row, full=reply.data.full) for row in reply.data.rows)


def events_json(reply: Reply[Iterator[Line]]) -> Iterator[dict[str, Any]]:
    """Yield each line of the answer as one object."""
    lines = reply.data
    return map(_line_json, lines)


def events_text(reply: Reply[Iterator[Line]], style: Style) -> Iterator[str]:
    """Yield each line of the answer for people."""
    lines = reply.data
    return (_line_text(line, style) for line in lines)


def who_json(reply: Reply[Who]) -> list[dict[str, Any]]:
    """Return a mapping a place; keys without a value are left out."""
    view = reply.data
    return [_presence_json(presence) for presence in view.presences]


def who_text(reply: Reply[Who], style: Style) -> str:
    """Return a line a place, and one a lock that was taken from there."""
    view = reply.data
    lines = []
    for presence in view.presences:
        lines.append(_presence_text(presence, view.now, style))
        lines += [f"    holds {_lock_words(lock, view.now)}" for lock in presence.locks]
    return "\n".join(lines)


def _line_json(line: Line) -> dict[str, Any]:
    values: dict[str, Any] = {"event": line.kind}
    if line.event is not None:
        values["id"] = line.event.flag_id
    values["at"] = line.at
    if line.event is not None:
        values.update(line.event.facts)
        if line.event.event_id:
            values["event_id"] = line.event.event_id
    values.update(cursor=line.cursor, next=line.then, left=line.left)
    return values


def _line_text(line: Line, style: Style) -> str:
    if line.event is None:
        return _STREAM[line.kind].format(cursor=line.cursor)
    event = line.event
    facts = event.facts
    words = [style.dim(line.at), style.bold(event.flag_id), _KIND_WORDS.get(line.kind, line.kind)]
    if facts.get("by"):
        words.append(f"by {visible(str(facts['by']))}")
    elif facts.get("source_agent"):
        words.append(f"{facts['source_agent']} -> {name_target(facts['target_agent'])}")
    if facts.get("resolution") not in (None, "done"):
        words.append(str(facts["resolution"]))
    if facts.get("superseded_by"):
        words.append(f"by {facts['superseded_by']}")
    if line.kind == "reached_base":
        words.append(f"({facts['what']})")
    if facts.get("committed") is False:
        words.append("(not committed)")
    where = facts.get("branch") or facts.get("worktree")
    if where:
        words.append(style.dim(f"on {visible(str(where))}"))
    return "  ".join(words[:3]) + "".join(f" {word}" for word in words[3:])


def _presence_json(presence: Presence) -> dict[str, Any]:
    values: dict[str, Any] = {
        "state": presence.state,
        "path": presence.path,
        "branch": presence.branch,
        "agent": presence.agent,
        "here": presence.here or None,
        "last_sign": format_time(presence.seen) if presence.seen else None,
        "uncommitted": presence.uncommitted,
        "holds": [_lock_json(lock) for lock in presence.locks],
    }
    return {key: value for key, value in values.items() if value not in ("", None)}


def _lock_json(lock: Lock) -> dict[str, Any]:
    return {"id": lock.flag_id, "holder": lock.holder, "since": lock.acquired, "expires": lock.expires}


def _presence_text(presence: Presence, now: int, style: Style) -> str:
    state = style.good(presence.state) if presence.state == "live" else style.dim(presence.state)
    parts = [state, style.bold(visible(presence.agent) or "no agent")]
    if presence.path:
        parts.append(visible(presence.path) + (" (here)" if presence.here else ""))
    elif presence.state == "elsewhere":
        parts.append("another clone")
    else:
        parts.append("a worktree that is no longer there")
    if presence.branch:
        parts.append(f"on {visible(presence.branch)}")
    if presence.seen:
        parts.append(style.dim(f"last sign {format_age(now - presence.seen)} ago"))
    if presence.uncommitted:
        parts.append(style.warn(f"{counted(presence.uncommitted, 'file')} of .flags not committed"))
    return "  ".join(parts)


def _lock_words(lock: Lock, now: int) -> str:
    return f"{lock.flag_id} for {format_age(age(lock, now))}, expires in {format_age(seconds_left(lock, now))}"


_KIND_WORDS = {"reached_base": "reached the base branch"}
_STREAM = {
    "started": "Now is {cursor}.",
    "reset": "What happened since that cursor is no longer known. Now is {cursor}; pending flags follow.",
}
