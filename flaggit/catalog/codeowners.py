"""CODEOWNERS files and catalogs: one into the other.

Source: GitHub's documentation "About code owners": a pattern and its owners a line, the last line
that matches a path wins, a pattern without owners takes ownership away. GitLab's: sections, whose
owners are those of their patterns that name nobody.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from flaggit.core.handles import MAX_LENGTH, is_handle, mark_handle
from flaggit.core.patterns import intersect, literal_prefix, pattern_fault, weight
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
_LONGEST_SECTION = 200
_NO_OWNER = "is no owner: neither @user nor @org/team nor an e-mail address"
HEAD = "# Written by `flaggit agents export`"  # how an export begins


@record
class Line:
    """One rule: its pattern and its owners as they are written, and the line's number.

    ``section`` is the header of the section that it stands in, without default owners; ``exclude``: the pattern takes
    what matches out of the section.
    """

    pattern: str
    owners: tuple[str, ...]
    number: int
    section: str = ""
    exclude: bool = False


def parse_codeowners(text: str, *, path: str = "") -> tuple[list[Line], list[str]]:
    """Return the rules of a file, and what is wrong with the lines that are no rules.

    Args:
        text: The file's text.
        path: Where it lies: in ``.github/`` nothing is an exclusion, in ``.gitlab/`` a pattern that does not begin
            with a slash fits at every depth, even with slashes in it.
    """
    lines: list[Line] = []
    faults: list[str] = []
    owners: tuple[str, ...] = ()
    section = ""
    folder = path.rpartition("/")[0].rpartition("/")[2]
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        words = _words(line)
        if not words:
            continue
        if words[0].startswith(("[", "^[")):
            section, owners = _section_of(line)
            continue
        exclude = words[0].startswith("!") and folder != ".github"
        pattern = words[0][1:] if exclude else words[0]
        pattern = _anywhere(pattern) if folder == ".gitlab" else pattern
        fault = pattern_fault(pattern)
        named = [word for word in words[1:] if _is_owner(word)]
        if fault:
            faults.append(f"line {number}: {shorten(words[0], _WIDTH)} {fault}")
            continue
        faults += [f"line {number}: {shorten(word, _WIDTH)} {_NO_OWNER}" for word in words[1:] if word not in named]
        if exclude:
            lines.append(Line(pattern, (), number, section, True))
        elif named or len(words) == 1:
            lines.append(Line(pattern, tuple(named) or owners, number, section))
    return lines, faults


def _anywhere(pattern: str) -> str:
    """Return a pattern of GitLab's, which fits at every depth unless it begins with a slash, as others write it."""
    inner = "/" in pattern.rstrip("/") and not pattern.startswith(("/", "**/"))
    return f"**/{pattern}" if inner else pattern


def _is_owner(word: str) -> bool:
    """Return whether a word reads like ``@user``, ``@org/team``, GitLab's ``@@role`` or an e-mail address."""
    name, at, host = word.rpartition("@")
    name = "" if name == "@" else name
    return bool(at and host) and all(char.isalnum() or char in "-_./+" for char in name + host)


def _section_of(line: str) -> tuple[str, tuple[str, ...]]:
    """Return a section's header, and who owns its paths that name nobody: ``^[Docs team][2] @docs``."""
    header, closed, rest = line.strip().partition("]")
    header += closed
    if rest.startswith("["):
        approvals, closed, rest = rest.partition("]")
        header += approvals + closed
    plain = header[1:-1].strip() if header.startswith("[") and header.count("[") == 1 else header
    return plain[:_LONGEST_SECTION], tuple(filter(_is_owner, _words(rest)))


def handle_of(owner: str) -> str:
    """Return the handle under which an owner enters a catalog that has nobody of that name.

    >>> handle_of("@acme/platform-team"), handle_of("@ann"), handle_of("ann@example.org"), handle_of("@@maintainer")
    ('@team.platform-team', '@owner.ann', '@owner.ann', '@role.maintainer')
    """
    name = owner.rpartition("/")[2] if _domain(owner) == "team" else owner.lstrip("@").partition("@")[0]
    return _handle(_domain(owner), name)


def long_handle_of(owner: str) -> str:
    """Return the handle of an owner whose short one another has as well: with the organisation, or the address' host.

    >>> long_handle_of("@acme/web"), long_handle_of("ann@example.org")
    ('@team.acme-web', '@owner.ann-example-org')
    """
    return _handle(_domain(owner), owner)


def choose_handles(catalog: Catalog, owners: Iterable[str]) -> dict[str, str]:
    """Return owner -> handle of some owners whom the catalog does not know; no two get the same.

    What an owner is called hangs on the others' names and not on their order.
    """
    wanted = {owner.casefold(): owner for owner in sorted(owners, reverse=True)}
    short: dict[str, int] = {}
    for owner in wanted.values():
        short[handle_of(owner)] = short.get(handle_of(owner), 0) + 1
    chosen: dict[str, str] = {}
    for key, owner in sorted(wanted.items()):
        handle = handle_of(owner)
        if short[handle] > 1 or catalog.find(handle) is not None:
            handle = long_handle_of(owner)
        if handle in chosen.values() or catalog.find(handle) is not None or not is_handle(handle):
            handle = mark_handle(handle, key)
        chosen[key] = handle
    return {owner: chosen[owner.casefold()] for owner in owners}


def _domain(owner: str) -> str:
    if owner.startswith("@@"):
        return "role"
    return "team" if owner.startswith("@") and "/" in owner else "owner"


def _handle(domain: str, name: str) -> str:
    plain = "".join(char if char.isascii() and char.isalnum() else " " for char in plain_letters(name))
    return f"@{domain}.{'-'.join(plain.split()) or 'unnamed'}"[:MAX_LENGTH].rstrip("-")


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
    """Return how an owner is known: a login, or an e-mail address; a role of GitLab's keeps its two signs."""
    if owner.startswith("@@"):
        return {"login": owner}
    return {"login": owner[1:]} if owner.startswith("@") else {"email": owner}


def find_agent(catalog: Catalog, owner: str) -> Agent | None:
    """Return the agent that an owner stands for: by login, by address, or by its handle where nothing speaks against.

    An agent of that handle with another login (or address) is somebody else; one that came from a CODEOWNERS file has
    to be known by what that file said.
    """
    known = catalog.identify(**identity_of(owner)) or catalog.find(owner)
    if known is not None:
        return known
    named = catalog.find(handle_of(owner))
    if named is None or named.source.rpartition("/")[2] == "CODEOWNERS":
        return None
    field = next(iter(identity_of(owner)))
    return None if any(getattr(identity, field) for identity in named.identities) else named


def format_codeowners(catalog: Catalog) -> tuple[str, list[str]]:
    """Return a CODEOWNERS file of a catalog, and the agents whose patterns are left out since no forge knows them."""
    rows: list[tuple[str, str, str]] = []
    unknown: dict[str, None] = {}
    for rule in catalog.ownership.rules:
        owners = list(dict.fromkeys(name for agent in rule.owners for name in owners_of(catalog, agent)))
        unknown.update((agent.name, None) for agent in rule.owners if not owners_of(catalog, agent))
        if pattern_fault(rule.pattern) or (rule.owners and not owners):
            unknown.update((agent.name, None) for agent in rule.owners)
        else:
            rows.append((rule.section, "!" * rule.exclude + _escape(rule.pattern), " ".join(owners)))
    width = max((len(pattern) for _, pattern, owners in rows if owners), default=0)
    lines = [f"{HEAD}; the last pattern that matches a path wins."]
    for section in dict.fromkeys(section for section, _, _ in sorted(rows, key=lambda row: row[0] != "")):
        lines += (
            ["", section if section.startswith("^") or section.endswith("]") else f"[{section}]"] if section else []
        )
        lines += [f"{pattern:<{width}} {owners}".rstrip() for place, pattern, owners in rows if place == section]
    return "\n".join(lines) + "\n", list(unknown)


def owners_of(catalog: Catalog, agent: Agent) -> list[str]:
    """Return an agent as a forge knows it: its logins, else its addresses; a team's own, else its members'."""
    given = [identity.login for identity in agent.identities if identity.login]
    logins = [login if login.startswith("@@") else "@" + login.lstrip("@") for login in given]
    addresses = [identity.email for identity in agent.identities if identity.email]
    own = list(dict.fromkeys(logins or addresses))
    if own or not agent.members:
        return own
    members = (catalog.find(name) for name in catalog.members(agent.name))
    return list(dict.fromkeys(owner for member in members if member for owner in owners_of(catalog, member)))


def order_owners(rules: Sequence[tuple[str, str]]) -> list[str] | None:
    """Return the agents of some rules in an order in which the last pattern wins as in the rules; None for none.

    What an agent owns stands together, so an agent comes after all those whose earlier patterns meet its own. Where
    two have to come after each other there is no such order. Patterns that would take too long to compare are taken
    to meet.

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
        free = next((agent for agent, others in after.items() if not others), None)
        if free is None:
            return None
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
