"""What a review of a range says: plain values, which every format shows in its own way."""

from __future__ import annotations

from flaggit.core.model import order_of
from flaggit.core.record import record
from flaggit.output.forge import Forge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from flaggit.core.model import Completion, Flag, Lock, Problem
    from flaggit.reviewing.unflagged import Unflagged

# What a range can do to a flag, in the order in which it is told.
STEPS = ("raised", "changed", "completed", "reopened", "pruned", "deleted", "noted")


@record
class Edit:
    """One field of a flag or completion before and after; None where it was or is absent."""

    field: str
    before: str | None
    after: str | None


@record
class Claim:
    """Who a file says did something, held against the commit that brought the file.

    ``field`` is ``source_agent``, ``completed_by`` or ``author``; ``verdict`` is ``verified``, ``unverified`` or
    ``mismatch``.
    ``commit`` is the introducing commit, ``author`` its author as git shows it, ``reason`` a sentence,
    ``line`` the field's in the file, ``doubt`` why it is not verified, as ``Authorship`` has it.
    """

    flag_id: str
    path: str
    field: str
    handle: str
    verdict: str
    commit: str
    author: str
    reason: str
    line: int = 0
    doubt: str = ""


@record
class ReviewedFlag:
    """One flag that the range does something to.

    Attributes:
        flag: As it is at the head; where it is gone, as it was at the merge base.
        path: The file of it that the range changes: its own, else its completion, else a note.
        steps: Those of ``STEPS`` that the range takes.
        edits: What changed, field by field.
        completion: Its completion at the head, else (where reopened) the one that the range removed.
        completed_in: The commit that completed it.
        touched: Related files that the completing commit touches.
        touched_in_range: Related files that any commit of the range touches.
        missing: Related files that do not exist at the head.
        pending: It is pending at the head.
        notes: How many notes the range adds.
    """

    flag: Flag
    path: str
    steps: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    completion: Completion | None = None
    completed_in: str = ""
    touched: tuple[str, ...] = ()
    touched_in_range: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    pending: bool = False
    notes: int = 0

    @property
    def is_left(self) -> bool:
        """Return whether the range leaves its target with it."""
        return self.pending and ("raised" in self.steps or "reopened" in self.steps)

    @property
    def is_gone(self) -> bool:
        """Return whether the range takes it out of the tree."""
        return "pruned" in self.steps or "deleted" in self.steps

    @property
    def completes_untouched(self) -> bool:
        """Return whether the range completes it as done and changes none of its related files."""
        done = self.completion is not None and self.completion.is_done
        return "completed" in self.steps and done and bool(self.flag.related_files) and not self.touched_in_range

    @property
    def order(self) -> str:
        """Return the sort key of every list: impact, then time of creation, then id."""
        return order_of(self.flag)


@record
class NearbyFlag:
    """A pending flag that the range does nothing to, although it changes what the flag is about, or whose area it is.

    Attributes:
        flag: As it is at the head.
        path: Its file.
        files: Changed paths that its related files name; none where the range only touches its target's area.
        mine: It is for somebody who made the change; else it is work that another has yet to do there.
        removed: Those of its related files that the range takes away.
    """

    flag: Flag
    path: str
    files: tuple[str, ...]
    mine: bool = False
    removed: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[bool, str]:
        """Return the sort key: those about changed files first, then the order of every list."""
        return (not self.files, order_of(self.flag))


@record
class StaleFlag:
    """A flag whose related files no longer say what it is about.

    ``reason`` is a sentence; ``level`` is that of the finding which it makes.
    """

    flag_id: str
    path: str
    files: tuple[str, ...]
    reason: str
    level: str = "warning"


@record
class HeldPaths:
    """Paths that the range changes and somebody else has locked."""

    lock: Lock
    files: tuple[str, ...]


@record
class ChainLink:
    """A flag in a chain that the range affects; ``parent`` is the flag that it follows from, or nothing."""

    flag_id: str
    parent: str
    source_agent: str
    target_agent: str | None
    impact_level: str
    pending: bool
    in_range: bool


@record
class Report:
    """A review. Every tuple is sorted, the worst first.

    Attributes:
        base: What was asked for as base, as written.
        head: What was asked for as head, as written.
        merge_base: The commit that the range starts from.
        head_oid: The commit that it ends with.
        commits: How many commits it holds.
        files: How many paths outside the store it changes.
        authors: The agents that the catalog knows its commits' authors as, and those that its files claim.
        flags: What it does to flags.
        nearby: Pending flags about files that it changes, then those for owners of what it changes, the most urgent.
        nearby_left: How many more of them there are.
        locks: Live locks of others on flags of this report.
        held_paths: Paths that it changes and others have locked.
        chains: The chains that it affects, each flag once.
        unflagged: Owners who should have been told.
        stale: Flags whose related files contradict them.
        claims: Who claims to have done what.
        vouching: Files of the catalog and settings that the range changes; it is not judged by them.
        vouched: Agents to whom it gives identities and who claim work in it.
        findings: Everything that is wrong, with file and line.
        gate: ``critical`` where pending critical flags fail the review.
        now: When it was made.
        logins: Agent -> the accounts on the forge that the catalog names for it.
        forge: Where links lead.
        unread: Whom it affects beside the owners of what it changes is not known, since the repository would have to be
            read first.
    """

    base: str
    head: str
    merge_base: str
    head_oid: str
    commits: int
    files: int
    authors: tuple[str, ...]
    flags: tuple[ReviewedFlag, ...]
    nearby: tuple[NearbyFlag, ...]
    nearby_left: int
    locks: tuple[Lock, ...]
    held_paths: tuple[HeldPaths, ...]
    chains: tuple[ChainLink, ...]
    unflagged: tuple[Unflagged, ...]
    stale: tuple[StaleFlag, ...]
    claims: tuple[Claim, ...]
    vouching: tuple[str, ...]
    vouched: tuple[str, ...]
    findings: tuple[Problem, ...]
    gate: str
    now: int
    logins: Mapping[str, tuple[str, ...]] = {}
    forge: Forge = Forge()
    unread: bool = False

    @property
    def failing(self) -> tuple[Problem, ...]:
        """Return the findings that fail the review."""
        return tuple(problem for problem in self.findings if problem.is_error)

    @property
    def gated(self) -> tuple[Flag, ...]:
        """Return the pending critical flags that fail the review where the gate is on."""
        if self.gate != "critical":
            return ()
        here = [item.flag for item in self.flags if item.pending and item.flag.impact_level == "critical"]
        return (*here, *(item.flag for item in self.nearby if item.flag.impact_level == "critical"))

    @property
    def failed(self) -> bool:
        """Return whether the range should not be merged as it is."""
        return bool(self.failing or self.gated)

    def doing(self, step: str) -> tuple[ReviewedFlag, ...]:
        """Return the flags to which the range does ``step``, one of ``STEPS``."""
        return tuple(item for item in self.flags if step in item.steps)
