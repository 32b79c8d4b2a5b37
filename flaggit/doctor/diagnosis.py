"""What ``doctor`` makes of flags and locks: who has gone missing, what goes in circles, who has too much. Pure."""

from __future__ import annotations

from flaggit.clone.lock_rules import has_holder, is_abandoned, is_unmarked
from flaggit.core.limits import DAY
from flaggit.core.model import Problem
from flaggit.core.origins import find_cycles
from flaggit.core.text import counted
from flaggit.core.times import format_age, parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.core.model import Flag, Lock, Row
    from flaggit.planning.plan import Issue
    from flaggit.planning.questions import Waiting

# id -> what doctor looks for beside the rules of `check`. docs/doctor.md shows this table; a test holds the two equal.
DIAGNOSES: dict[str, str] = {
    "D001": "A flag or a lock that nobody attends to any more (a zombie).",
    "D002": "Flags that wait for each other in a circle.",
    "D003": "An agent that several flags were planned for again and again without effect.",
    "D004": "An agent with more pending flags than it can look through.",
    "D005": "A lock that stands for no flag, that no flaggit wrote, or of which nobody knows whether it is held.",
    "D006": "A `.lock` file that a killed git left behind; every later change of that file or ref fails.",
    "D007": "A branch whose name blocks the names of lock branches.",
    "D008": "A hook that is installed and cannot fire.",
    "D009": "What a killed write or import left behind.",
    "D010": "How many agents the catalog gives (not a fault).",
    "D011": "A git that is too old for what flaggit asks of it.",
    "D012": "A store with so many completed flags that taking old ones out is worth it.",
}

OLDEST_GIT = (2, 34)
QUIET_DAYS = 30  # a pending flag without any sign of life for so long
MANY_PENDING = 10
MANY_DONE = 10_000  # completions; git writes its index, and flaggit lists names, in time that grows with them
PATTERN = 2  # timed-out flags of one agent


def judge_rows(rows: Iterable[Row], waiting: Waiting, signs: Mapping[str, int], now: int) -> list[Problem]:
    """Return the pending flags that nobody attends to.

    Args:
        rows: The pending flags.
        waiting: The questions about them.
        signs: Flag id -> seconds of its last note, question or answer.
        now: Seconds since the epoch.
    """
    problems = []
    for row in rows:
        found = _lock_zombie(row, waiting) if row.lock is not None else _quiet_zombie(row.flag, signs, now)
        if found:
            problems.append(found)
    return problems


def judge_locks(locks: Mapping[str, Lock], completed: Iterable[str], known: Iterable[str]) -> list[Problem]:
    """Return the locks that hold nothing: of flags that are nowhere, or written by something else.

    Args:
        locks: Flag id -> lock.
        completed: Ids of completed flags; their locks may outlive the completion for a while.
        known: Ids of all flags that are visible.
    """
    done, visible = set(completed), set(known)
    problems = []
    for flag_id, lock in sorted(locks.items()):
        if not lock.holder:
            message = f"The lock of {flag_id} was not written by flaggit, so nobody can be named as its holder."
            fix = f"Look at what it is: git log flags/lock/{flag_id}"
            problems.append(Problem("D005", "foreign_lock", message, ids=(flag_id,), fix=fix))
        elif flag_id not in visible:
            message = f"{lock.holder} holds {flag_id}, and no flag of that id is visible in this clone."
            fix = "Nothing, where it is on a branch that was not fetched yet."
            problems.append(Problem("D005", "lock_without_flag", message, level="warning", ids=(flag_id,), fix=fix))
        elif flag_id in done and is_unmarked(lock):
            message = f"{lock.holder} still holds {flag_id}, which is completed."
            fix = f"flaggit unlock {flag_id}, once others can see the completion"
            problems.append(Problem("D005", "lock_of_completed", message, level="note", ids=(flag_id,), fix=fix))
    return problems


def judge_circles(flags: Iterable[Flag], reported: Iterable[frozenset[str]]) -> list[Problem]:
    """Return the circles among pending flags: of chains, and of questions that ask about each other.

    Args:
        flags: The pending flags.
        reported: Sets of ids that are reported as a cycle already.
    """
    pending = list(flags)
    known = {flag.id for flag in pending}
    chains = find_cycles({flag.id: flag.chain_origin_id for flag in pending})
    asked = find_cycles({flag.id: flag.re if flag.re in known else None for flag in pending})
    problems = []
    for cycle, field in [*((cycle, "chain_origin_id") for cycle in chains), *((cycle, "re") for cycle in asked)]:
        if frozenset(cycle) not in set(reported):
            message = f"{field} leads in a circle, so none of these can be done first: {', '.join(sorted(cycle))}."
            fix = f"flaggit show {cycle[0]}, and complete the one that is decided"
            problems.append(Problem("D002", "circular", message, field=field, ids=tuple(sorted(cycle)), fix=fix))
    return problems


def judge_timeouts(timeouts: Iterable[Issue], flags: Iterable[Flag]) -> list[Problem]:
    """Return the agents for whom at least two flags timed out (see ``plan``)."""
    targets = {flag.id: flag.target_agent for flag in flags}
    late: dict[str, list[str]] = {}
    for issue in timeouts:
        for flag_id in issue.ids:
            if target := targets.get(flag_id):
                late.setdefault(target, []).append(flag_id)
    return [
        Problem(
            "D003",
            "timeout_pattern",
            f"{len(ids)} flags for {agent} were planned again and again and are still pending: {', '.join(ids)}.",
            ids=tuple(ids),
            fix=f"Find out whether anybody acts as {agent}.",
        )
        for agent, ids in sorted(late.items())
        if len(ids) >= PATTERN
    ]


def judge_load(flags: Iterable[Flag]) -> list[Problem]:
    """Return the agents that more than ten pending flags are addressed to."""
    load: dict[str, list[str]] = {}
    for flag in flags:
        if flag.target_agent:
            load.setdefault(flag.target_agent, []).append(flag.id)
    return [
        Problem(
            "D004",
            "overload",
            f"{len(ids)} flags are pending for {agent}.",
            level="warning",
            ids=tuple(sorted(ids)),
            fix=f"flaggit list --to {agent}",
        )
        for agent, ids in sorted(load.items())
        if len(ids) > MANY_PENDING
    ]


def judge_branch(name: str, remote: str, fix: str) -> Problem:
    """Return the finding of a branch, here or at ``remote``, that stands where branches of ours belong."""
    what, level = ("work branches", "warning") if name == "flag" else ("locks", "error")
    where = f" at {remote}" if remote else ""
    message = f"A branch named {name}{where} stands where the branches of {what} belong, so there can be none."
    return Problem("D007", "namespace_blocked", message, level=level, fix=fix)


def judge_git(version: Sequence[int]) -> list[Problem]:
    """Return the finding of a git that lacks what the store, its hooks or its locks need (2.34: `add --sparse`)."""
    if tuple(version[:2]) >= OLDEST_GIT:
        return []
    found, wanted = (".".join(map(str, parts)) for parts in (version, OLDEST_GIT))
    return [Problem("D011", "old_git", f"git is {found} here, and flaggit needs {wanted} or newer.", fix="Update git.")]


def judge_size(completions: int) -> list[Problem]:
    """Return the proposal to prune a store that has grown large; no fault, so it is a note."""
    if completions < MANY_DONE:
        return []
    message = f"{completions:,} completed flags lie in the store; every commit and every checkout carries them along."
    fix = "flaggit prune --completed-before 90d --dry-run"
    return [Problem("D012", "many_completed", message, level="note", fix=fix)]


def judge_unknown(lock: Lock) -> Problem:
    """Return the finding of a lock whose push nobody confirmed: it may be held, or not."""
    message = f"Whether {lock.holder} got the lock of {lock.flag_id} is not known: the remote never answered."
    return Problem("D005", "unknown_lock", message, level="warning", ids=(lock.flag_id,), fix="flaggit sync")


def count_agents(agents: int, files: Sequence[str], broken: Sequence[str]) -> Problem:
    """Return the note that says how many agents loaded, from which files, and which files have errors."""
    where = ", ".join(files) if files else "no catalog file"
    message = f"{counted(agents, 'agent')} loaded from {where}."
    if broken:
        message += f" Not all of them, with errors in {', '.join(broken)}."
    return Problem("D010", "catalog_loaded", message, level="note", path=files[0] if files else "")


def _lock_zombie(row: Row, waiting: Waiting) -> Problem | None:
    flag, lock = row.flag, row.lock
    if lock is None or not lock.holder:
        return None
    if row.lock_expired and has_holder(lock):
        gone = "its worktree was removed" if is_abandoned(lock) else f"expired at {lock.expires}"
        message = f"The lock of {flag.id} by {lock.holder} {gone}; the flag is still pending."
        return _zombie(flag, message, f"flaggit lock {flag.id}, or flaggit unlock {flag.id}")
    if row.locked and flag.id in waiting.answered:
        message = f"{lock.holder} holds {flag.id}, whose questions are all answered."
        return _zombie(flag, message, f"flaggit show {flag.id}", "warning")
    return None


def _quiet_zombie(flag: Flag, signs: Mapping[str, int], now: int) -> Problem | None:
    quiet = now - max(parse_time(flag.created_at), signs.get(flag.id, 0))
    if quiet < QUIET_DAYS * DAY:
        return None
    message = f"{flag.id} for {flag.target_name} has been pending without a sign for"
    fix = f"flaggit show {flag.id}, then complete, redirect or bounce it"
    return _zombie(flag, f"{message} {format_age(quiet)}.", fix, "warning")


def _zombie(flag: Flag, message: str, fix: str, level: str = "error") -> Problem:
    return Problem("D001", "zombie", message, level=level, ids=(flag.id,), fix=fix)
