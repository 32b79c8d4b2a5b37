"""How likely it is that each area is affected: odds from each kind of evidence, and its share of all odds."""

from __future__ import annotations

from math import exp, fsum, log, sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SURE, LIKELY, PERHAPS = "sure", "likely", "perhaps"
_AT_LEAST = ((SURE, 0.9), (LIKELY, 0.3), (PERHAPS, 0.005))
_NAMED = 0.02  # share of the odds from which an area is one of those that may be meant
_MOST = 0.899  # of what only resembles: on open histories no strength of that was right nine times of ten
_OWNER, _RESOLVED = "owner", "missing"  # what is certain by itself

# The points of each sign; docs/affected.md says what they mean and on which histories they were fitted.
_BASE = -1.0
_LOGARITHMIC = {  # sign: (times the logarithm of its strength, what is added to that: the unseen may happen)
    "alike": (0.154, 0.02),
    "together": (0.105, 0.02),
    "rules": (0.07, 0.02),
    "names": (0.252, 0.01),
    "special": (0.098, 0.05),
    "uses": (0.462, 0.10),
}
_PLAIN = {"alike": 1.26}  # times the strength
_BEST = {"alike": 1.84}  # times the share of the strongest area's
_SHARED = {"names": 4.34, "special": 1.54, "definitions": 1.05, "habit": 1.75}  # times the root of its share of all
# Where it is there at all; open histories have no flags, so theirs are chosen: enough to be told where nothing else is.
_CERTAIN = {_RESOLVED: 3.22, "lacking": 1.4, "declared": 0.5, "flags": 2.45}

KINDS = {
    "names": ("names", "special", "definitions"),
    "references": ("uses", "missing", "lacking"),
    "history": ("alike", "together", "rules", "habit"),
    "declared": ("declared", "owner"),
    "flags": ("flags",),
}


def combine(scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Area -> its share of the odds of all, between 0 and 1; areas that nothing speaks for are left out.

    One more share is nobody's, so that where little speaks for anybody all are low. Where several may be meant, the
    same share is right less often, so it counts less. Owners of what changed are affected whatever speaks for others,
    so they take no share from them.
    """
    owners = {area for area, value in scores.get(_OWNER, {}).items() if value > 0}
    areas = {area for found in scores.values() for area, value in found.items() if value > 0} - owners
    best = {sign: max(scores.get(sign, {}).values(), default=0.0) or 1.0 for sign in _BEST}
    whole = {sign: fsum(scores.get(sign, {}).values()) or 1.0 for sign in _SHARED}
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
    resolved = scores.get(_RESOLVED, {})
    least_sure = _AT_LEAST[0][1]
    shares = {area: value / everyone for area, value in odds.items()}
    doubt = sqrt(max(1, sum(share >= _NAMED for share in shares.values())))
    return dict.fromkeys(sorted(owners), 1.0) | {
        area: least_sure + (1 - least_sure) * share if resolved.get(area, 0.0) > 0 else min(share / doubt, _MOST)
        for area, share in shares.items()
    }


def confidence(score: float) -> str:
    """How sure a score is, in a word; nothing for one that is too low to be told."""
    return next((word for word, least in _AT_LEAST if score >= least), "")
