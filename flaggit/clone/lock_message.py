"""The message of a lock commit: who holds what, since when, until when. Pure.

A lock is a commit of the empty tree; what it says stands in lines ``Lock-Name: value`` of its
message. They are read by this code and not as git's trailers, whose meaning changes with
everybody's own ``trailer.*`` configuration.
"""

from __future__ import annotations

from flaggit.core.handles import is_handle
from flaggit.core.model import Lock
from flaggit.core.times import is_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATHS = "paths"  # what stands in a flag id's place where paths are locked
MAX_REASON = 400
_END_OF_TIME = "9999-12-31T23:59:59Z"
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:@/")

# name in the message -> field of Lock; in the order in which they are written
ENTRY_FIELDS = (
    ("Lock-Holder", "holder"),
    ("Lock-Instance", "instance"),
    ("Lock-Tenure", "tenure"),
    ("Lock-Nonce", "nonce"),
    ("Lock-Reason", "reason"),
    ("Lock-Acquired", "acquired"),
    ("Lock-Expires", "expires"),
    ("Lock-Worktree", "worktree"),
)
_FIELDS = (("Lock-Flag", "flag_id"), *ENTRY_FIELDS, ("Lock-Done-On", "done_on"), ("Lock-Done-At", "done_at"))
_RELEASED = "Lock-Released"
_BY_NAME = dict(_FIELDS)


def format_message(lock: Lock) -> str:
    """Return the message of the commit that is this lock.

    ``[skip ci]`` keeps a push of it from starting builds on the forges that look for it.
    """
    verb = "Release" if lock.released else "Lock"
    lines = [f"{verb} {lock.flag_id} for {lock.holder} [skip ci]", ""]
    for name, field in _FIELDS:
        value = one_line(str(getattr(lock, field)))
        if value:
            lines.append(f"{name}: {value}")
    if lock.released:
        lines.append(f"{_RELEASED}: yes")
    return "\n".join(lines) + "\n"


def parse_message(message: str, *, flag_id: str, oid: str, scope: str) -> Lock:
    """Return the lock that a commit message holds.

    Args:
        message: The commit's whole message.
        flag_id: The flag that the ref's name names; the message has to agree.
        oid: The commit.
        scope: ``shared``, ``local`` or ``fork``: where the ref was read.

    A message that is no lock's gives a lock without a holder that does not expire: somebody put
    something there by hand, and only a person can tell what.
    """
    values: dict[str, Any] = {}
    released = False
    for line in message.split("\n"):
        name, colon, value = line.partition(": ")
        if not colon:
            continue
        if name in _BY_NAME:
            values.setdefault(_BY_NAME[name], one_line(value))  # as it would be written: a mark changes no other field
        released = released or name == _RELEASED
    if not _is_sound(values, flag_id):
        return Lock(flag_id, "", "", "", "", _END_OF_TIME, oid=oid, scope=scope)
    return Lock(**values, oid=oid, scope=scope, released=released)


def message_of(commit: bytes) -> str:
    """Return the message of a raw commit object."""
    _, _, message = commit.partition(b"\n\n")
    return message.decode("utf-8", "replace")


def _is_sound(values: dict[str, str], flag_id: str) -> bool:
    words = [values.get(name, "") for name in ("instance", "tenure", "nonce")]
    return (
        values.get("flag_id") == flag_id
        and is_handle(values.get("holder", ""))
        and all(word and _WORD.issuperset(word) for word in words)
        and is_time(values.get("acquired", ""))
        and is_time(values.get("expires", ""))
        and ("done_at" not in values or is_time(values["done_at"]))
    )


def one_line(text: str) -> str:
    """Return text as it may stand in one line of a message."""
    return " ".join(text.split())[:MAX_REASON]
