"""Whose a path is: rules in an order in which the last match wins, section by section.

The rules are every agent's ``owns``, then the catalog's ``ownership``. Within a section the last pattern that
matches a path decides; one without owners makes it nobody's there, and one that excludes does so whatever else the
section says. A path belongs to the owners that every section gives it. Source: GitHub's "About code owners", and
for sections and exclusions GitLab's "Code Owners syntax".
"""

from __future__ import annotations

from flaggit.core.patterns import LastMatch
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.core.model import Agent

_ANY_FILE = "\0"  # the name of a file that no pattern has in mind


@record
class Owned:
    """A rule with the agents that stand behind its owners: retired ones replaced, unknown ones left out."""

    pattern: str
    owners: tuple[Agent, ...]
    section: str = ""
    exclude: bool = False


class Ownership:
    """Answers whose a path is.

    Args:
        rules: In their order.
    """

    __slots__ = ("_sections", "rules")

    def __init__(self, rules: Iterable[Owned]) -> None:
        self.rules = tuple(rules)
        by_section: dict[str, list[Owned]] = {"": []}
        for rule in self.rules:
            by_section.setdefault(section_name(rule.section), []).append(rule)
        self._sections = [_Section(found) for found in by_section.values()]

    def decide(self, path: str) -> list[tuple[str, Agent]]:
        """Return each owner of a path with the pattern that says so, those of the first section first.

        A path with a ``/`` at its end is a folder: what counts is who would own any new file in it. What lies outside
        the root (``../x``) is nobody's, whatever the patterns say.
        """
        if path.startswith("../"):
            return []
        name = path + _ANY_FILE if path.endswith("/") else path
        found: dict[str, tuple[str, Agent]] = {}
        for section in self._sections:
            rule = section.find(name)
            for agent in rule.owners if rule else ():
                found.setdefault(agent.name, (rule.pattern if rule else "", agent))
        return list(found.values())


class _Section:
    __slots__ = ("_excluding", "_last", "_rules")

    def __init__(self, rules: Iterable[Owned]) -> None:
        every = tuple(rules)
        self._rules = [rule for rule in every if not rule.exclude]
        self._last = LastMatch(rule.pattern for rule in self._rules)
        self._excluding = LastMatch(rule.pattern for rule in every if rule.exclude)

    def find(self, path: str) -> Owned | None:
        place = self._last.find(path)
        return self._rules[place] if place >= 0 and self._excluding.find(path) < 0 else None


def section_name(header: str) -> str:
    """Return the name that a section goes by, whatever its letters' case, approvals and whether it is optional.

    >>> section_name("^[Docs][2]"), section_name("docs")
    ('docs', 'docs')
    """
    plain = header.removeprefix("^")
    return (plain[1:].partition("]")[0] if plain.startswith("[") else plain).strip().casefold()
