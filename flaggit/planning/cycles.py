"""The plans that were recorded: a chain of commits under one ref, which no work tree and no branch sees.

Each cycle is a commit of the empty tree whose message names the flags that its plan scheduled. The
ref moves by compare-and-swap, so two that record at the same time both stay on record.
"""

from __future__ import annotations

from flaggit.core.errors import UnavailableError
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import OWN_REFS
from flaggit.core.record import record
from flaggit.core.text import whole_number
from flaggit.git.refs import WAITING, read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.git.repo import Repo

REF = OWN_REFS + "plan"
MOST_CYCLES = 1000  # cycles; whoever is late for longer was reported long ago
_COUNT = "Cycle: "
_PERSON = "flaggit <plan@flaggit.invalid>"


@record
class Cycles:
    """The last cycles' ids, oldest first, how many were ever recorded, and the commit of the newest (None: none)."""

    ids: tuple[tuple[str, ...], ...] = ()
    recorded: int = 0
    tip: str | None = None


def read_cycles(repo: Repo) -> Cycles:
    """Return the cycles recorded in this clone; a process runs only where there is something."""
    tip = read_ref(repo, REF)
    if tip is None:
        return Cycles()
    output = repo.run("rev-list", f"--max-count={MOST_CYCLES}", "--format=%B", "--end-of-options", tip).stdout
    cycles, recorded = parse_cycles(output.decode("utf-8", "replace"))
    return Cycles(tuple(reversed(cycles)), recorded, tip)


def parse_cycles(output: str) -> tuple[list[tuple[str, ...]], int]:
    """Return the ids of each cycle, newest first, and the newest's number, from ``rev-list --format=%B``.

    Lines that are no ids are passed over; a number that is missing is counted instead.
    """
    cycles: list[list[str]] = []
    numbers: list[int] = []
    for line in output.split("\n"):
        if line.startswith("commit "):
            cycles.append([])
        elif line.startswith(_COUNT) and len(numbers) < len(cycles):
            text = line[len(_COUNT) :].strip()
            numbers.append(whole_number(text) or 0)
        elif cycles and is_flag_id(line):
            cycles[-1].append(line)
    newest = numbers[0] if numbers else 0
    return [tuple(cycle) for cycle in cycles], max(newest, len(cycles))


def record_cycle(repo: Repo, before: Cycles, flag_ids: Iterable[str], now: int) -> bool:
    """Put a cycle on record after ``before``; tell whether nobody else recorded one meanwhile.

    Raises:
        UnavailableError: ``git_failed``, where git would not write although the ref has not moved.
    """
    number = before.recorded + 1
    parent = f"parent {before.tip}\n" if before.tip else ""
    people = f"author {_PERSON} {now} +0000\ncommitter {_PERSON} {now} +0000\n"
    message = "\n".join([f"Plan cycle {number}", "", f"{_COUNT}{number}", *flag_ids, ""])
    content = f"tree {repo.text('mktree')}\n{parent}{people}\n{message}"
    oid = repo.text("hash-object", "-t", "commit", "-w", "--stdin", input=content.encode())
    done = repo.run(*WAITING, "update-ref", REF, oid, before.tip or "", check=False)
    if done.status == 0:
        return True
    if read_ref(repo, REF) != before.tip:
        return False
    raise UnavailableError(
        "git_failed",
        f"The cycle could not be recorded: {done.first_line}",
        hint="A git that was killed may have left a .lock file behind: `flaggit doctor` looks for it.",
    )
