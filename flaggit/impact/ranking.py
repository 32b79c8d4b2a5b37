"""How sure it is that each area is affected: points for each kind of evidence, added up."""

from __future__ import annotations

from math import exp, log, sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SURE, LIKELY, PERHAPS = "sure", "likely", "perhaps"
_AT_LEAST = ((SURE, 0.80), (LIKELY, 0.50), (PERHAPS, 0.10))

# The points of each sign; docs/affected.md says what they mean and on which histories they were fitted.
_BASE = -1.43
_LOGARITHMIC = {"alike": 0.82, "together": 0.32, "rules": 0.1}  # times the logarithm of a frequency
_BEST = {"names": 1.4, "special": 0.81, "uses": 0.58}  # times the share of the best area's
_SHARED = {"names": 0.59, "special": 0.8, "uses": 0.37}  # times the root of the share of all areas'
_CERTAIN = {"missing": 2.0, "owner": 6.0, "declared": 0.7, "flags": 1.0}  # where it is there at all
_FLOOR = 0.02  # of a frequency: what was never seen may happen

KINDS = {
    "names": ("names", "special"),
    "references": ("uses", "missing"),
    "history": ("alike", "together", "rules"),
    "declared": ("declared", "owner"),
    "flags": ("flags",),
}


def combine(scores: Mapping[str, Mapping[str, float]], areas: Iterable[str] | None = None) -> dict[str, float]:
    """Area -> how likely it is affected, between 0 and 1; areas that nothing speaks for are left out.

    Args:
        scores: Sign -> area -> its strength.
        areas: The only areas that are judged; None: all.
    """
    every = {area for found in scores.values() for area, value in found.items() if value > 0}
    chosen = every if areas is None else every & set(areas)
    best = {sign: max(scores.get(sign, {}).values(), default=0.0) or 1.0 for sign in _BEST}
    whole = {sign: sum(scores.get(sign, {}).values()) or 1.0 for sign in _SHARED}
    found = {}
    for area in chosen:
        points = _BASE
        for sign, weight in _LOGARITHMIC.items():
            points += weight * log(scores.get(sign, {}).get(area, 0.0) + _FLOOR)
        for sign, weight in _BEST.items():
            value = scores.get(sign, {}).get(area, 0.0)
            points += weight * value / best[sign] + _SHARED[sign] * sqrt(value / whole[sign])
        for sign, weight in _CERTAIN.items():
            points += weight if scores.get(sign, {}).get(area, 0.0) > 0 else 0.0
        found[area] = 1 / (1 + exp(-points))
    return found


def confidence(score: float) -> str:
    """How sure a score is, in a word; nothing for one that is too low to be told."""
    return next((word for word, least in _AT_LEAST if score >= least), "")
