"""The lines that flaggit itself writes into a completion's notes: why it was forced, and who else completed it. Pure.

They are read again, by merging and by checks, so nobody else may write them.
"""

from __future__ import annotations

from flaggit.core.handles import is_handle
from flaggit.core.ids import is_flag_id
from flaggit.core.model import RESOLUTIONS
from flaggit.core.record import record
from flaggit.core.times import is_time

FORCED = "Forced: "  # begins the last line of a completion's own notes where it was forced
ALSO = "Also completed by "  # begins what a merge keeps of a second completion
INDENT = "  "  # of that completion's own notes


@record
class Head:
    """The first line of a second completion: by whom, when, how, and the flag that supersedes (empty: none)."""

    completed_by: str
    completed_at: str
    resolution: str
    superseded_by: str


def write_head(head: Head) -> str:
    """Return the line that begins a second completion."""
    line = f"{ALSO}{head.completed_by} at {head.completed_at} as {head.resolution}"
    return f"{line} by {head.superseded_by}" if head.superseded_by else line


def read_head(line: str) -> Head | None:
    """Return the content of such a line; None where it is none."""
    words = line.removeprefix(ALSO).split(" ")
    if not line.startswith(ALSO) or len(words) not in (5, 7) or words[1] != "at" or words[3] != "as":
        return None
    by = words[6] if len(words) == 7 and words[5] == "by" else ""
    valid = is_handle(words[0]) and is_time(words[2]) and words[4] in RESOLUTIONS
    if not valid or (len(words) == 7 and not is_flag_id(by)):
        return None
    return Head(words[0], words[2], words[4], by)


def find_reserved(text: str) -> str:
    """Return the first line of a person's note that only flaggit may write; nothing where there is none."""
    lines = text.split("\n")
    return next((line for line in lines if line.startswith(FORCED) or read_head(line) is not None), "")


def find_forged(notes: str, completed_by: str, completed_at: str) -> str:
    """Return a line of a completion's notes that flaggit did not write there; nothing where none shows it.

    A merge keeps the earlier completion in front, so no other one is older than that; its notes stand
    indented behind it. That a completion was forced stands once, at the end of its own notes.
    """
    lines = notes.rstrip("\n").split("\n")
    heads = [number for number, line in enumerate(lines) if read_head(line) is not None]
    own = "\n".join(lines[: heads[0]] if heads else lines).rstrip("\n").split("\n")
    forced = [line for line in own if line.startswith(FORCED)]
    if len(forced) > 1 or (forced and own[-1] != forced[0]):
        return forced[0]
    for number in heads:
        head = read_head(lines[number])
        if head is not None and (head.completed_at, head.completed_by) < (completed_at, completed_by):
            return lines[number]
    behind = lines[heads[0] :] if heads else ()
    return next((line for line in behind if line and not line.startswith(INDENT) and read_head(line) is None), "")
