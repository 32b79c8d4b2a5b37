"""CODEOWNERS files and catalogs: one into the other.

Source: GitHub's documentation "About code owners": a pattern and its owners a line, the last line
that matches a path wins, a pattern without owners takes ownership away. GitLab's: sections, whose
owners are those of their patterns that name nobody.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from flaggit.core.handles import MAX_LENGTH
from flaggit.core.patterns import LastMatch, intersect, literal_prefix, pattern_fault, weight
from flaggit.core.record import record
from flaggit.core.text import plain_letters, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.core.model import Agent

_EFFORT = 10_000_000  # seconds for what people write; without an end what is made to take long would take days
_WIDTH = 60
_LONGEST_TEAM, _MARK = 50, 6
_NO_OWNER = "is no owner: neither @user nor @org/team nor an e-mail address"
HEAD = "# Written by `flaggit agents export`"  # how an export begins


@record
class Line:
    """One rule: its pattern and its owners as they are written, and the line's number."""

    pattern: str
    owners: tuple[str, ...]
    number: int


def parse_codeowners(text: str) -> tuple[list[Line], list[str]]:
    """Return the rules of a file, and what is wrong with the lines that are no rules."""
    lines: list[Line] = []
    faults: list[str] = []
    owners: tuple[str, ...] = ()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        words = _words(line)
        if not words:
            continue
        if words[0].startswith(("[", "^[")):
            owners = _section_owners(line)
            continue
        fault = pattern_fault(words[0])
        named = [word for word in words[1:] if _is_owner(word)]
        if fault:
            faults.append(f"line {number}: {shorten(words[0], _WIDTH)} {fault}")
            continue
        faults += [f"line {number}: {shorten(word, _WIDTH)} {_NO_OWNER}" for word in words[1:] if word not in named]
        if named or len(words) == 1:
            lines.append(Line(words[0], tuple(named) or owners, number))
    return lines, faults


def _is_owner(word: str) -> bool:
    """Return whether a word reads like ``@user``, ``@org/team``, GitLab's ``@@role`` or an e-mail address."""
    name, at, host = word.rpartition("@")
    name = "" if name == "@" else name
    return bool(at and host) and all(char.isalnum() or char in "-_./+" for char in name + host)


def _section_owners(line: str) -> tuple[str, ...]:
    """Return who owns the paths of a section of GitLab's that name nobody: ``[Docs team][2] @docs``."""
    rest = line.partition("]")[2]
    if rest.startswith("["):
        rest = rest.partition("]")[2]
    return tuple(filter(_is_owner, _words(rest)))


def handle_of(owner: str) -> str:
    """Return the handle under which an owner enters a catalog that does not know it.

    >>> handle_of("@acme/platform-team"), handle_of("@ann"), handle_of("ann@example.org")
    ('@team.platform-team', '@owner.ann', '@owner.ann')
    """
    is_team = owner.startswith("@") and "/" in owner
    name = owner.rpartition("/")[2] if is_team else owner.lstrip("@").partition("@")[0]
    module = "-".join(
        "".join(char if char.isascii() and char.isalnum() else " " for char in plain_letters(name)).split()
    )
    return f"@{'team' if is_team else 'owner'}.{module or 'unnamed'}"[:MAX_LENGTH].rstrip("-")


def team_of(handles: Sequence[str], *, marked: bool = False) -> str:
    """Return the handle of the team that several owners make, whatever their order.

    A long one is ``marked`` by what all of its members are called, and so may any other be.

    >>> team_of(["@team.web", "@owner.ann"])
    '@team.ann-web'
    """
    from hashlib import sha256

    ordered = sorted(handles, key=lambda handle: (handle.partition(".")[2], handle))
    name = "-".join(handle.partition(".")[2] for handle in ordered)
    if marked or len(name) > _LONGEST_TEAM:  # many begin alike, so what is cut off has to count, too
        mark = sha256(" ".join(ordered).encode()).hexdigest()[:_MARK]
        name = f"{name[: _LONGEST_TEAM - _MARK - 1].rstrip('-')}-{mark}"
    return f"@team.{name}"


def identity_of(owner: str) -> dict[str, str]:
    """Return how an owner is known: a login, or an e-mail address."""
    return {"login": owner[1:]} if owner.startswith("@") else {"email": owner}


def find_agent(catalog: Catalog, owner: str) -> Agent | None:
    """Return the agent that an owner stands for: by login, by address, or by its handle."""
    known = catalog.identify(**identity_of(owner))
    return known or catalog.find(owner) or catalog.find(handle_of(owner))


def format_codeowners(catalog: Catalog) -> tuple[str, list[str]]:
    """Return a CODEOWNERS file of a catalog, and the agents whose patterns are left out since no forge knows them."""
    rows: list[tuple[str, str]] = []
    unknown: dict[str, None] = {}
    for pattern, agent in catalog.owned():
        owners = owners_of(catalog, agent)
        if owners and not pattern_fault(pattern):
            rows.append((_escape(pattern), " ".join(owners)))
        else:
            unknown[agent.name] = None
    width = max((len(pattern) for pattern, _ in rows), default=0)
    head = f"{HEAD}; the last pattern that matches a path wins."
    return "\n".join([head, *(f"{pattern:<{width}} {owners}" for pattern, owners in rows)]) + "\n", list(unknown)


def owners_of(catalog: Catalog, agent: Agent) -> list[str]:
    """Return an agent as a forge knows it: its logins, else its addresses; a team's own, else its members'."""
    logins = ["@" + identity.login.lstrip("@") for identity in agent.identities if identity.login]
    addresses = [identity.email for identity in agent.identities if identity.email]
    own = list(dict.fromkeys(logins or addresses))
    if own or not agent.members:
        return own
    members = (catalog.find(name) for name in catalog.members(agent.name))
    return list(dict.fromkeys(owner for member in members if member for owner in owners_of(catalog, member)))


def differences(
    lines: Sequence[Line], catalog: Catalog, names: dict[tuple[str, ...], str], paths: Iterable[str]
) -> list[str]:
    """Return the paths that have an owner by the rules and another in the catalog, which groups patterns by agent.

    Args:
        lines: The rules.
        catalog: The catalog that they became.
        names: Owners of a rule -> the agent that they became.
        paths: The repository's files.
    """
    last = LastMatch(line.pattern for line in lines)
    found = []
    for path in paths:
        place = last.find(path)
        wanted = names.get(lines[place].owners) if place >= 0 else None
        owner = catalog.owner(path)
        if wanted is not None and wanted != (owner.name if owner else None):  # what the rules leave out, others may own
            found.append(path)
    return found


def order_owners(rules: Sequence[tuple[str, str]]) -> list[str]:
    """Return the agents of some rules in an order in which, as far as one can, the last pattern wins as in the rules.

    A catalog holds an agent's patterns together, so an agent comes after all those whose earlier
    patterns meet its own. Where two come after each other, the one whose first rule stands earlier goes first.
    Patterns that would take too long to compare are taken to meet.

    Args:
        rules: Pattern and agent of each rule, in the file's order.
    """
    after: dict[str, set[str]] = {agent: set() for _, agent in rules}
    before = _Earlier()
    effort = _EFFORT
    for pattern, agent in rules:
        prefix = literal_prefix(pattern)
        start = f"{prefix}/" if prefix else ""
        for earlier, other in before.near(start):
            if other != agent and other not in after[agent]:
                effort -= weight(earlier) * weight(pattern)
                if effort < 0 or intersect(earlier, pattern) is not None:
                    after[agent].add(other)
        before.add(start, (pattern, agent))
    ordered: list[str] = []
    while after:
        free = next((agent for agent, others in after.items() if not others), next(iter(after)))
        ordered.append(free)
        del after[free]
        for others in after.values():
            others.discard(free)
    return ordered


class _Earlier:
    """Rules by the folder that they begin in: of thousands, few can meet another, as most lie in folders apart."""

    def __init__(self) -> None:
        self._rules: dict[str, list[tuple[str, str]]] = {}
        self._starts: list[str] = []

    def add(self, start: str, rule: tuple[str, str]) -> None:
        if start not in self._rules:
            insort(self._starts, start)
        self._rules.setdefault(start, []).append(rule)

    def near(self, start: str) -> Iterable[tuple[str, str]]:
        """Yield the rules of the folder ``start``, of those around it, and of those below it."""
        around = start
        while around:
            around = around[:-1].rpartition("/")[0]
            around += "/" if around else ""
            yield from self._rules.get(around, ())
        place = bisect_left(self._starts, start)
        while place < len(self._starts) and self._starts[place].startswith(start):
            yield from self._rules[self._starts[place]]
            place += 1


def _words(line: str) -> list[str]:
    """Split a line at blanks that no backslash precedes, up to a comment."""
    words: list[str] = []
    word = ""
    for position, char in enumerate(line):
        escaped = position > 0 and line[position - 1] == "\\"
        if char == "#" and not word and not escaped:
            break
        if char in " \t" and not escaped:
            words += [word] if word else []
            word = ""
        else:
            word += char
    return [*words, word] if word else words


def _escape(pattern: str) -> str:
    return pattern if "\\ " in pattern else pattern.replace(" ", "\\ ")
