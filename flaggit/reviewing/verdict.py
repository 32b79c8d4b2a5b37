"""The first lines of a review: may it be merged, who owes what now, what does not fit. Pure.

Only words of our own, handles, ids and numbers stand in them, so that every format can show them.
"""

from __future__ import annotations

from flaggit.core.layout import SETTINGS
from flaggit.core.model import IMPACT_LEVELS, rank_of_impact
from flaggit.core.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.core.model import Problem
    from flaggit.reviewing.report import Report

MAX_LINES = 6
_NAMED = 5  # ids or handles in one line


def verdict_lines(report: Report) -> list[str]:
    """Return at most six sentences, the one that decides first."""
    lines = [_decision(report), *_debts(report), *_authorship(report), *_completions(report), *_unflagged(report)]
    lines += [*_surroundings(report)]
    return lines[:MAX_LINES]


def outcome_of(report: Report) -> str:
    """What a reviewer should do: ``merge``, ``look`` (first), or ``stop``."""
    return "stop" if report.failed else "look" if any(_doubts(report)) else "merge"


def some(names: Iterable[str], limit: int = _NAMED) -> str:
    """Return names in a row, the first few where there are many."""
    every = list(names)
    shown = ", ".join(every[:limit])
    return shown if len(every) <= limit else f"{shown} and {len(every) - limit} more"


def findings_of(report: Report) -> list[Problem]:
    """Return the findings, without those remarks that have a list of their own: owners whom nobody told."""
    return [problem for problem in report.findings if problem.rule != "F035" or problem.is_error]


def debts_of(report: Report) -> list[tuple[str, list[str]]]:
    """Return target -> impact levels of the flags that the range leaves it with, the most urgent target first."""
    owed: dict[str, list[str]] = {}
    for item in report.flags:
        if item.is_left:
            owed.setdefault(item.flag.target_name, []).append(item.flag.impact_level)
    return sorted(owed.items(), key=lambda debt: (min(map(rank_of_impact, debt[1])), -len(debt[1]), debt[0]))


def reviewers_of(report: Report) -> list[str]:
    """Return the accounts on the forge whose agents the range leaves with flags, the most urgent first, each once."""
    return list(dict.fromkeys(login for target, _ in debts_of(report) for login in report.logins.get(target, ())))


def _decision(report: Report) -> str:
    doubts = [] if report.failed else list(_doubts(report))
    if doubts:
        return f"Look first: {'; '.join(doubts)}."
    if not report.failed:
        remarks = sum(problem.level == "warning" for problem in report.findings)
        return f"Can be merged; {counted(remarks, 'warning')}." if remarks else "Can be merged."
    forged = [problem for problem in report.failing if problem.rule == "F036"]
    other = len(report.failing) - len(forged)
    reasons = [f"{counted(other, 'error')} in the store's files"] if other else []
    if forged:
        reasons.append(f"{counted(len(forged), 'claim')} of authorship contradicted by the commits")
    if report.gated:
        ids = some(flag.id for flag in report.gated)
        reasons.append(f"{counted(len(report.gated), 'critical flag')} pending ({ids})")
    return f"Should not be merged: {'; '.join(reasons)}."


def _doubts(report: Report) -> Iterable[str]:
    """Yield what a person has to see before a merge that no rule stops."""
    critical = [item.flag.id for item in report.flags if item.pending and item.flag.impact_level == "critical"]
    if critical:
        yield (
            f"{counted(len(critical), 'critical flag')} left pending ({some(critical)}),"
            " which `gate: critical` in .flags/config.yaml would stop"
        )
    untouched = [item.flag.id for item in report.flags if item.completes_untouched]
    if untouched:
        yield f"{counted(len(untouched), 'completion')} without a change to the related files ({some(untouched)})"
    removed = [item.flag.id for item in report.nearby if item.removed]
    if removed:
        names = "a pending flag names" if len(removed) == 1 else "pending flags name"
        yield f"files are deleted that {names}: {some(removed)}"


def _debts(report: Report) -> Iterable[str]:
    debts = debts_of(report)
    if debts:
        yield f"Owed from now on: {some(f'{target} {_levels(levels)}' for target, levels in debts)}."


def _levels(levels: Sequence[str]) -> str:
    amounts = [f"{levels.count(level)} {level}" for level in IMPACT_LEVELS if level in levels]
    return amounts[0] if len(amounts) == 1 else f"{len(levels)} ({', '.join(amounts)})"


def _authorship(report: Report) -> Iterable[str]:
    wrong = [claim for claim in report.claims if claim.verdict == "mismatch"]
    if report.vouching:
        names = [SETTINGS in report.vouching and "settings", set(report.vouching) - {SETTINGS} and "catalog"]
        changed = " and the ".join(str(name) for name in reversed(names) if name)
        if report.vouched:
            yield f"Changes the {changed} and vouches for itself ({some(report.vouched)}): judged by what was before."
        else:
            yield f"Changes the {changed}: judged by what was there before, so that it cannot vouch for itself."
    if wrong:
        ids = some(dict.fromkeys(claim.flag_id for claim in wrong))
        who = some(dict.fromkeys(claim.handle for claim in wrong))
        yield f"Not done by whom it says: {ids} (named: {who})."


def _completions(report: Report) -> Iterable[str]:
    done = report.doing("completed")
    if not done:
        return
    untouched = [item.flag.id for item in done if item.completes_untouched]
    rest = f"; nothing of the related files changes for {some(untouched)}" if untouched else ""
    yield f"Completes {counted(len(done), 'flag')}{rest}."


def _unflagged(report: Report) -> Iterable[str]:
    owners = [
        f"{item.owner}{' (interfaces)' if item.interfaces else ''}" for item in report.unflagged if not item.reasons
    ]
    if owners:
        yield f"Not told, although their files change: {some(owners)}."
    others = [item.owner for item in report.unflagged if item.reasons]
    if others:
        yield f"Not told, although it probably affects them: {some(others)}."


def _surroundings(report: Report) -> Iterable[str]:
    others = sum(bool(item.files) and not item.mine for item in report.nearby)
    mine = sum(item.mine for item in report.nearby)
    parts = []
    if report.locks:
        parts.append(f"{counted(len(report.locks), 'flag')} held by {some({lock.holder: 0 for lock in report.locks})}")
    if report.held_paths:
        number = len({path for held in report.held_paths for path in held.files})
        holders = some({held.lock.holder: 0 for held in report.held_paths})
        parts.append(f"{counted(number, 'path')} locked by {holders}")
    if others:
        parts.append(f"{counted(others, 'pending flag')} for others about files that change here")
    if mine:
        parts.append(f"{counted(mine, 'pending flag')} of the authors' own left open")
    if parts:
        yield f"{'; '.join(parts)}."
