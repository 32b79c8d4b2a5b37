"""What forges list: findings, and each flag that a range raises, one item each with a place; the worst first."""

from __future__ import annotations

from flaggit.core.layout import CATALOG
from flaggit.core.model import rank_of_impact, rank_of_level
from flaggit.core.record import record
from flaggit.documents.rules import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.core.model import Problem
    from flaggit.reviewing.report import Report, ReviewedFlag

RAISED = "raised"  # the rule id of the items that are no finding


@record
class Item:
    """One thing to list.

    Attributes:
        rule: A rule's id, or ``RAISED``.
        level: ``error``, ``warning`` or ``note``.
        impact: The flag's, where the item is a flag; else nothing.
        path: The file it is shown at.
        line: From 1.
        title: Our own words.
        message: One sentence or more; it may hold what files say.
        fix: The next safe step, or nothing.
        related: Further paths that it is about.
        key: What identifies it from run to run.
    """

    rule: str
    level: str
    impact: str
    path: str
    line: int
    title: str
    message: str
    fix: str
    related: tuple[str, ...]
    key: str


def items_of(report: Report) -> list[Item]:
    """Return everything that a forge lists, errors first, flags by impact among the notes."""
    items = [_finding(problem) for problem in report.findings]
    items += [_flag(item) for item in report.flags if item.is_left]
    return sorted(items, key=lambda item: (rank_of_level(item.level), rank_of_impact(item.impact)))


def describe_rule(rule: str) -> str:
    """Return a rule's description."""
    return "The range leaves an agent with work to do." if rule == RAISED else RULES[rule]


def fingerprints(items: list[Item]) -> list[str]:
    """Return a distinct fingerprint for each item, the same from run to run."""
    from flaggit.git.cache import digest

    seen: dict[str, int] = {}
    found = []
    for item in items:
        number = seen.get(item.key, 0)
        seen[item.key] = number + 1
        found.append(digest(f"{item.key}\0{number}".encode("utf-8", "surrogatepass")).hex())
    return found


def _finding(problem: Problem) -> Item:
    key = "\0".join((problem.rule, problem.code, problem.path, problem.field, *problem.ids))
    return Item(
        rule=problem.rule,
        level=problem.level,
        impact="",
        path=problem.path or CATALOG,
        line=problem.line or 1,
        title=f"flaggit {problem.rule} {problem.code}",
        message=problem.message,
        fix=problem.fix,
        related=(),
        key=key,
    )


def _flag(item: ReviewedFlag) -> Item:
    flag = item.flag
    target = flag.target_name
    return Item(
        rule=RAISED,
        level="note",
        impact=flag.impact_level,
        path=item.path,
        line=1,
        title=f"{flag.impact_level} {flag.flag_type} for {target}",
        message=f"{target} has to act: {flag.action_required}",
        fix="",
        related=tuple(path for path in flag.related_files if path not in item.missing),
        key=f"{RAISED}\0{flag.id}",
    )
