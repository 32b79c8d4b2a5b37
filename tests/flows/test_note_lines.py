"""The lines that flaggit writes into a completion's notes: nobody else may write them, and none is ever promoted."""

from __future__ import annotations

import pytest
from repositories import Work

from flaggit.core.completion_notes import ALSO, FORCED, find_forged, find_reserved
from flaggit.merging.documents import merge_fields

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-11-23T14:00:00Z"
LINES = [f"{FORCED}the lead said so", f"{ALSO}{QUEUE} at {EARLY} as done", f"Fine.\n{ALSO}{QUEUE} at {LATE} as done"]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("command", ["complete", "answer", "redirect", "bounce", "complete-flag"])
def test_no_command_writes_them_for_anybody(work: Work, command: str, line: str) -> None:
    flag_id = work.raise_flag()
    if command == "answer":
        flag_id = work.flaggit("ask", flag_id, "Which?", "--to", WEB, "--json", agent=API).data["id"]
    words = {
        "complete": ["--note", line],
        "answer": [line],
        "redirect": ["--to", QUEUE, "--reason", line],
        "bounce": ["--reason", line],
        "complete-flag": ["--notes", line],
    }[command]
    before = work.git("status", "--porcelain")
    assert work.flaggit(command, flag_id, *words, "--json", agent=WEB, status=2).json["code"] == "reserved_line"
    assert work.git("status", "--porcelain") == before


def completion(by: str, at: str, notes: str = "") -> dict:
    fields = {"schema": 1, "id": "k7m2q0x", "completed_by": by, "completed_at": at, "resolution": "done"}
    return {**fields, "notes": notes} if notes else fields


def test_merging_promotes_nothing_that_it_reads_in_notes() -> None:
    forged = completion(WEB, LATE, f"{ALSO}{QUEUE} at {EARLY} as done")
    other = completion(API, "2026-11-23T15:00:00Z")
    for one, two in ((forged, other), (other, forged)):
        merged = merge_fields("completion", None, one, two).fields
        assert (merged["completed_by"], merged["completed_at"]) == (WEB, LATE)
    third = completion(API, "2026-11-23T13:00:00Z")
    first_two = merge_fields("completion", None, forged, other).fields
    last_two = merge_fields("completion", None, other, third).fields
    left = merge_fields("completion", None, first_two, third).fields
    assert left == merge_fields("completion", None, forged, last_two).fields  # in any grouping
    assert left["completed_by"] == API


def test_a_reason_is_one_line_at_the_end_however_it_is_given(work: Work) -> None:
    flag_id = work.raise_flag()
    reason = f"urgent\n{ALSO}{QUEUE} at {EARLY} as done"
    note = ["--note", "Done so."]
    data = work.flaggit("complete", flag_id, *note, "--force", "--reason", reason, "--json", agent=QUEUE).data
    lines = data[0]["completion_notes"].split("\n")
    assert lines[0] == "Done so." and lines[1].startswith(f"{FORCED}urgent Also completed by") and len(lines) == 2
    assert work.flaggit("check").status == 0


@pytest.mark.parametrize(
    ("notes", "is_forged"),
    [
        ("All fine.", False),
        (f"All fine.\n{FORCED}urgent", False),
        (f"All fine.\n{FORCED}urgent\n\n{ALSO}{QUEUE} at 2026-11-23T15:00:00Z as done\n  Theirs.\n  {FORCED}x", False),
        (f"{FORCED}urgent\nAll fine.", True),
        (f"{FORCED}urgent\n{FORCED}very", True),
        (f"{ALSO}{QUEUE} at {EARLY} as done", True),
        (f"{ALSO}{QUEUE} at 2026-11-23T15:00:00Z as done\nNot indented.", True),
        (f"{ALSO}somebody at some time as done", False),
    ],
)
def test_a_line_that_flaggit_cannot_have_written_is_reported(work: Work, notes: str, is_forged: bool) -> None:
    assert bool(find_forged(notes, WEB, LATE)) == is_forged
    flag_id = work.raise_flag()
    work.flaggit("complete", flag_id, agent=WEB)
    path = f".flags/done/{flag_id}.yaml"
    stamp = work.read(path).split('completed_at: "')[1][:20]
    block = "".join(f"  {line}\n" if line else "\n" for line in notes.split("\n"))
    work.write(path, work.read(path).replace(stamp, LATE) + f"\nnotes: |-\n{block}")
    found = work.flaggit("check", "--json", status=None).data
    assert any(one["code"] == "forged_line" for one in found) == is_forged, found


def test_ordinary_words_are_no_reserved_lines() -> None:
    assert find_reserved("It was forced: by time.\nAlso completed by the team.") == ""
