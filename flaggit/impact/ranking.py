"""How likely it is that each area is affected: odds from each kind of evidence, and its share of all odds."""

from __future__ import annotations

from math import exp, log, sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SURE, LIKELY, PERHAPS = "sure", "likely", "perhaps"
_AT_LEAST = ((SURE, 0.93), (LIKELY, 0.4), (PERHAPS, 0.02))

# The points of each sign; docs/affected.md says what they mean and on which histories they were fitted.
_BASE = -1.41
_LOGARITHMIC = {  # sign: (times the logarithm of its strength, what is added to that: the unseen may happen)
    "alike": (0.22, 0.02),
    "together": (0.15, 0.02),
    "rules": (0.10, 0.02),
    "names": (0.36, 0.01),
    "special": (0.14, 0.05),
    "uses": (0.66, 0.10),
}
_PLAIN = {"alike": 1.8}  # times the strength
_BEST = {"alike": 1.2}  # times the share of the strongest area's
_SHARED = {"names": 6.2, "special": 2.2, "definitions": 1.5, "habit": 2.5}  # times the root of the share of all areas'
# Where it is there at all; open histories have no flags, so theirs are chosen: enough to be told where nothing else is.
_CERTAIN = {"missing": 4.6, "lacking": 2.0, "owner": 12.0, "declared": 0.7, "flags": 3.5}

KINDS = {
    "names": ("names", "special", "definitions"),
    "references": ("uses", "missing", "lacking"),
    "history": ("alike", "together", "rules", "habit"),
    "declared": ("declared", "owner"),
    "flags": ("flags",),
}


def combine(scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Area -> its share of the odds of all, between 0 and 1; areas that nothing speaks for are left out.

    One more share is nobody's, so that where little speaks for anybody all are low.
    """
    areas = {area for found in scores.values() for area, value in found.items() if value > 0}
    best = {sign: max(scores.get(sign, {}).values(), default=0.0) or 1.0 for sign in _BEST}
    whole = {sign: sum(scores.get(sign, {}).values()) or 1.0 for sign in _SHARED}
    odds = {}
    for area in sorted(areas):
        strength = {sign: found.get(area, 0.0) for sign, found in scores.items()}
        points = _BASE
        points += sum(weight * log(strength.get(sign, 0.0) + least) for sign, (weight, least) in _LOGARITHMIC.items())
        points += sum(weight * strength.get(sign, 0.0) for sign, weight in _PLAIN.items())
        points += sum(weight * strength.get(sign, 0.0) / best[sign] for sign, weight in _BEST.items())
        points += sum(weight * sqrt(strength.get(sign, 0.0) / whole[sign]) for sign, weight in _SHARED.items())
        points += sum(weight for sign, weight in _CERTAIN.items() if strength.get(sign, 0.0) > 0)
        odds[area] = exp(points)
    everyone = sum(odds.values()) + 1
    return {area: value / everyone for area, value in odds.items()}


def confidence(score: float) -> str:
    """How sure a score is, in a word; nothing for one that is too low to be told."""
    return next((word for word, least in _AT_LEAST if score >= least), "")
