"""A review for programs, under the contract's names."""

from __future__ import annotations

from flaggit.core.model import completion_document, flag_document
from flaggit.output.json import plain_data, problem_json
from flaggit.reviewing.verdict import debts_of, outcome_of, reviewers_of, verdict_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flaggit.core.model import Lock
    from flaggit.reviewing.report import NearbyFlag, Report, ReviewedFlag


def report_json(report: Report) -> dict[str, Any]:
    """Return everything that a review says."""
    return {
        "base": report.base,
        "head": report.head,
        "merge_base": report.merge_base,
        "head_oid": report.head_oid,
        "commits": report.commits,
        "files": report.files,
        "failed": report.failed,
        "verdict": verdict_lines(report),
        "outcome": outcome_of(report),
        "authors": list(report.authors),
        "owed": [{"target_agent": target, "impact_levels": levels} for target, levels in debts_of(report)],
        "reviewers": reviewers_of(report),
        "flags": [_flag(item) for item in report.flags],
        "nearby": [_nearby(item) for item in report.nearby],
        "nearby_left": report.nearby_left,
        "unflagged": [{**plain_data(item), "flag_type": item.flag_type} for item in report.unflagged],
        "stale": plain_data(report.stale),
        "claims": plain_data(report.claims),
        "vouching": list(report.vouching),
        "vouched": list(report.vouched),
        "locks": [_lock(lock) for lock in report.locks],
        "held_paths": [
            {"holder": held.lock.holder, "expires": held.lock.expires, "files": list(held.files)}
            for held in report.held_paths
        ],
        "chains": plain_data(report.chains),
        "findings": [problem_json(problem) for problem in report.findings],
        "gate": {"level": report.gate, "flags": [flag.id for flag in report.gated]},
    }


def _flag(item: ReviewedFlag) -> dict[str, Any]:
    return {
        **flag_document(item.flag),
        "path": item.path,
        "steps": list(item.steps),
        "edits": plain_data(item.edits),
        "status": "pending" if item.pending else "completed" if item.completion else "absent",
        "completion": completion_document(item.completion) if item.completion else None,
        "completed_in": item.completed_in or None,
        "touched": list(item.touched),
        "touched_in_range": list(item.touched_in_range),
        "missing_files": list(item.missing),
        "notes_added": item.notes,
    }


def _nearby(item: NearbyFlag) -> dict[str, Any]:
    return {
        **flag_document(item.flag),
        "path": item.path,
        "files": list(item.files),
        "mine": item.mine,
        "removed": list(item.removed),
    }


def _lock(lock: Lock) -> dict[str, Any]:
    return {"id": lock.flag_id, "holder": lock.holder, "expires": lock.expires, "scope": lock.scope}
