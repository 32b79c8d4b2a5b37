"""When everything is critical: an effective impact for each flag; what is stored never changes. Pure.

Five or more pending critical flags are spread over critical, high and medium, so that the few that
matter most go first; security and data loss always stay critical. Where all of them are rollbacks,
it is an emergency instead, and nothing is spread.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flaggit.core.model import Flag

MANY = 5
_NEVER_LOWERED = ("security", "data_loss")
_ROLLBACK = ("rollback", "rollbacks", "rolled back", "roll back", "roll-back")


def is_emergency(flags: Sequence[Flag]) -> bool:
    """Tell whether the pending flags are an emergency: many critical ones, and every one asks for a rollback."""
    critical = [flag for flag in flags if flag.impact_level == "critical"]
    return len(critical) >= MANY and all(map(_asks_for_rollback, critical))


def effective_impacts(flags: Sequence[Flag], blocked: Mapping[str, int]) -> dict[str, str]:
    """Return flag id -> the impact that a plan reckons with.

    Of ``n`` critical flags a fifth (rounded up) stay critical, seven twelfths of the rest (rounded
    down) count as high and the others as medium. Who stays: security and data loss first, then what
    holds up most other flags, then the oldest.

    Args:
        flags: The pending flags.
        blocked: Flag id -> how many flags wait for it.
    """
    impacts = {flag.id: flag.impact_level for flag in flags}
    critical = [flag for flag in flags if flag.impact_level == "critical"]
    if len(critical) < MANY:
        return impacts
    critical.sort(key=lambda flag: (not _stays(flag), -blocked.get(flag.id, 0), flag.created_at, flag.id))
    kept = max(-(-len(critical) // 5), sum(map(_stays, critical)))
    high = 7 * (len(critical) - kept) // 12
    for position, flag in enumerate(critical[kept:]):
        impacts[flag.id] = "high" if position < high else "medium"
    return impacts


def _stays(flag: Flag) -> bool:
    return flag.flag_type in _NEVER_LOWERED


def _asks_for_rollback(flag: Flag) -> bool:
    text = " ".join("".join(char if char.isalpha() or char == "-" else " " for char in flag.action_required).split())
    return any(f" {word} " in f" {text.lower()} " for word in _ROLLBACK)
