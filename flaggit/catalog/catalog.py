"""The agents of a repository: who they are, what they own, how they are known.

Order matters for ownership: of all patterns that match a path the last one wins, in the order of
the files and of the entries in them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from flaggit.catalog.ownership import Ownership
    from flaggit.core.model import Agent, OwnershipRule, Problem


class Catalog:
    """The agents by handle, in the order of the files, and what is wrong with the files.

    Args:
        agents: The agents; a team is one that has members.
        problems: What was found wrong while reading.
        rules: The catalog's ``ownership``, which comes after what the agents own.
        read_index: Returns the search index of these agents where one is kept; None: it is built when asked for.
    """

    __slots__ = (
        "_aliases",
        "_index",
        "_marked",
        "_ownership",
        "_successors",
        "_teams",
        "agents",
        "problems",
        "read_index",
        "rules",
    )

    def __init__(
        self,
        agents: Mapping[str, Agent],
        problems: Iterable[Problem] = (),
        rules: Iterable[OwnershipRule] = (),
        *,
        read_index: Callable[[Catalog], Any] | None = None,
    ) -> None:
        self.agents = dict(agents)
        self.problems = tuple(problems)
        self.rules = tuple(rules)
        self.read_index = read_index
        self._aliases: dict[str, str] | None = None
        self._marked: dict[tuple[str, str], list[str]] | None = None
        self._ownership: Ownership | None = None
        self._successors: dict[str, Agent | None] = {}  # of retired agents that were asked about
        self._teams: dict[str, tuple[str, ...]] | None = None
        self._index: Any = None

    @property
    def index(self) -> Any:
        """Return the search index of these agents, made or read once."""
        if self._index is None:
            from flaggit.catalog.search.search_index import build_index

            self._index = self.read_index(self) if self.read_index else build_index(self.agents.values())
        return self._index

    def find(self, handle: str) -> Agent | None:
        """Return the agent of a handle, which may be an alias; None where there is none.

        A bare name, as other tools write it, stands for ``@name``, or without a dot for ``@agent.name``.
        """
        if not handle.startswith("@"):
            handle = f"@{handle}" if "." in handle else f"@agent.{handle}"
        agent = self.agents.get(handle)
        if agent is None:
            agent = self.agents.get(self._names_by_alias().get(handle, ""))
        return agent

    def members(self, team: str) -> tuple[str, ...]:
        """Return the members of a team, those of teams within it included, each once; nothing for any other agent."""
        found: dict[str, None] = {}
        seen: set[str] = set()
        waiting = [team]
        while waiting:
            agent = self.find(waiting.pop(0))
            if agent is None or agent.name in seen:
                continue
            seen.add(agent.name)
            for name in agent.members:
                member = self.find(name)
                if member is not None and member.members:
                    waiting.append(member.name)
                elif member is None or member.name != agent.name:
                    found[member.name if member else name] = None
        return tuple(found)

    def acting_for(self, handle: str) -> tuple[str, ...]:
        """Return whom flags for a handle reach: the agent, its successor, a team's members, and theirs in turn."""
        agent = self.find(handle)
        if agent is None:
            return (handle,)
        found = {agent.name: None}
        waiting = [agent]
        for one in waiting:  # grows while it is walked
            for name in (*one.members, *([one.replaced_by] if one.replaced_by else [])):
                other = self.find(name)
                if other is None and name != one.replaced_by:
                    found[name] = None
                elif other is not None and other.name not in found:
                    found[other.name] = None
                    waiting.append(other)
        return tuple(found)

    def teams_of(self, handle: str) -> tuple[str, ...]:
        """Return the teams that an agent belongs to, directly or through another team, sorted."""
        if self._teams is None:
            teams: dict[str, list[str]] = {}
            for name in sorted(self.agents):
                for member in self.members(name):
                    teams.setdefault(member, []).append(name)
            self._teams = {member: tuple(names) for member, names in teams.items()}
        agent = self.find(handle)
        return self._teams.get(agent.name if agent else handle, ())

    def owner(self, path: str) -> Agent | None:
        """Return whose path it is, the first of several; None where it is nobody's."""
        decided = self.ownership.decide(path)
        return decided[0][1] if decided else None

    def owners(self, path: str) -> list[Agent]:
        """Return everybody whose path it is: of each section the owners that its last match names."""
        return [agent for _, agent in self.ownership.decide(path)]

    def decide(self, path: str) -> tuple[str, Agent] | None:
        """Return the pattern that makes a path somebody's, and whose it is first; None where it is nobody's."""
        decided = self.ownership.decide(path)
        return decided[0] if decided else None

    def owned(self) -> list[tuple[str, Agent]]:
        """Return every pattern outside sections with who owns what it matches, in the order of the rules."""
        rules = (rule for rule in self.ownership.rules if not rule.section and not rule.exclude)
        return [(rule.pattern, agent) for rule in rules for agent in rule.owners]

    @property
    def ownership(self) -> Ownership:
        """Return the rules of ownership: what agents own, then the catalog's own list."""
        if self._ownership is None:
            from flaggit.catalog.ownership import Owned, Ownership

            found: list[Owned] = []
            for agent in self.agents.values():
                owner = self.successor(agent) if agent.owns else None
                found += [Owned(pattern, (owner,)) for pattern in agent.owns if owner is not None]
            for rule in self.rules:
                named = (self.find(handle) for handle in rule.owners)
                owners = [self.successor(agent) for agent in named if agent is not None]
                standing = {agent.name: agent for agent in owners if agent is not None}
                found.append(Owned(rule.pattern, tuple(standing.values()), rule.section, rule.exclude))
            self._ownership = Ownership(found)
        return self._ownership

    def successor(self, agent: Agent | None) -> Agent | None:
        """Return the agent itself while it is active, else who replaces it in the end, or None."""
        found = agent
        path: dict[str, None] = {}
        while found is not None and found.is_retired and found.name not in self._successors:
            if found.name in path:  # they replace each other
                found = None
                break
            path[found.name] = None
            found = self.find(found.replaced_by) if found.replaced_by else None
        if found is not None and found.is_retired:
            found = self._successors[found.name]
        self._successors.update(dict.fromkeys(path, found))
        return found

    def identify(self, *, email: str = "", signing_key: str = "", login: str = "") -> Agent | None:
        """Return the agent that is known by a signing key, else by an e-mail address, else by a login."""
        found = self.identify_all(email=email, signing_key=signing_key, login=login)
        return found[0] if found else None

    def identify_all(self, *, email: str = "", signing_key: str = "", login: str = "") -> tuple[Agent, ...]:
        """Return every agent that may be meant: those of the strongest mark that any of them has.

        Several agents may share one address, where one person or runner speaks for them.
        """
        for field, mark in (("signing_key", signing_key), ("email", email), ("login", login)):
            wanted = mark if field == "signing_key" else mark.casefold()
            if not wanted:
                continue
            found = self._names_by_mark().get((field, wanted))
            if found:
                agents = [self.agents[name] for name in found]
                return tuple(sorted(agents, key=lambda agent: agent.is_retired))
        return ()

    def _names_by_mark(self) -> dict[tuple[str, str], list[str]]:
        if self._marked is None:
            self._marked = {}
            for agent in self.agents.values():
                for field in ("signing_key", "email", "login"):
                    for mark in dict.fromkeys(_marks(agent, field)):
                        self._marked.setdefault((field, mark), []).append(agent.name)
        return self._marked

    def _names_by_alias(self) -> dict[str, str]:
        if self._aliases is None:
            self._aliases = {}
            for agent in self.agents.values():
                for alias in agent.aliases:
                    self._aliases.setdefault(alias, agent.name)
        return self._aliases


def _marks(agent: Agent, field: str) -> list[str]:
    if field == "signing_key":
        return [identity.signing_key for identity in agent.identities]
    return [getattr(identity, field).casefold() for identity in agent.identities]
