"""The agents of a repository: who they are, what they own, how they are known.

A broken file or entry becomes a ``Problem`` (rule F028) and the rest loads, since one bad line
must never make every agent unreachable. Order matters for ownership: of all patterns that match
a path the last one wins, in the order of the files and of the entries in them.
"""

from __future__ import annotations

from flaggit.handles import is_handle
from flaggit.layout import CATALOG
from flaggit.model import Agent, Identity, Problem
from flaggit.patterns import LastMatch, pattern_fault
from flaggit.record import replace, shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

RULE = "F028"
_JUDGEMENTS = "catalog-4"  # changes whenever what is judged below does
MAX_AGENTS = 5000  # of one file
_ANY_FILE = "\0"  # the name of a file that no pattern has in mind
_LISTS = ("capabilities", "tags", "scenarios", "tech_stack", "owns", "aliases", "members", "connections")
_TEXTS = ("description", "module", "sub_module", "role", "status", "model", "color", "source")


class Catalog:
    """The agents by handle, in the order of the files, and what is wrong with the files.

    Args:
        agents: The agents; a team is one that has members.
        problems: What was found wrong while reading.
        read_index: Returns the search index of these agents where one is kept; None: it is built when asked for.
    """

    __slots__ = ("_aliases", "_index", "_last_match", "_marked", "_owned", "_teams", "agents", "problems", "read_index")

    def __init__(
        self,
        agents: Mapping[str, Agent],
        problems: Iterable[Problem] = (),
        *,
        read_index: Callable[[Catalog], Any] | None = None,
    ) -> None:
        self.agents = dict(agents)
        self.problems = tuple(problems)
        self.read_index = read_index
        self._aliases: dict[str, str] | None = None
        self._marked: dict[tuple[str, str], list[str]] | None = None
        self._owned: list[tuple[str, Agent]] | None = None
        self._teams: dict[str, tuple[str, ...]] | None = None
        self._last_match: LastMatch | None = None
        self._index: Any = None

    @property
    def index(self) -> Any:
        """Return the search index of these agents, made or read once."""
        if self._index is None:
            from flaggit.agents.search_index import build_index

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
        """Return whose path it is, None where it is nobody's; as ``decide``."""
        decided = self.decide(path)
        return decided[1] if decided else None

    def decide(self, path: str) -> tuple[str, Agent] | None:
        """Return the last pattern that matches a path, and whose it is; None where none does.

        A path with a ``/`` at its end is a folder: what counts is who would own any new file in it.
        A retired agent's paths are its successor's; without one they are nobody's. What lies outside
        the root (``../x``) is nobody's, whatever the patterns say.
        """
        if path.startswith("../"):
            return None
        owned = self.owned()
        if self._last_match is None:
            self._last_match = LastMatch(pattern for pattern, _ in owned)
        place = self._last_match.find(path + _ANY_FILE if path.endswith("/") else path)
        return owned[place] if place >= 0 else None

    def owned(self) -> list[tuple[str, Agent]]:
        """Return every pattern with who owns what it matches, in the order in which the last one wins."""
        if self._owned is None:
            self._owned = []
            for agent in self.agents.values():
                owner = self.successor(agent)
                if owner is not None:
                    self._owned += [(pattern, owner) for pattern in agent.owns]
        return self._owned

    def successor(self, agent: Agent) -> Agent | None:
        """Return the agent itself while it is active, else who replaces it in the end, or None."""
        seen = set()
        found: Agent | None = agent
        while found is not None and found.status == "retired":
            if found.name in seen:
                return None
            seen.add(found.name)
            found = self.find(found.replaced_by) if found.replaced_by else None
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
                return tuple(sorted(agents, key=lambda agent: agent.status == "retired"))
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


def parse_catalog(files: Sequence[tuple[str, bytes]]) -> Catalog:
    """Return the catalog that some files make together.

    Args:
        files: Path and bytes of each, in whatever order; ``catalog.yaml`` comes first, then the others by name, and an
            agent that two of them name is the first one's, and an error.
    """
    agents: dict[str, Agent] = {}
    problems: list[Problem] = []
    places: dict[str, str] = {}
    for path, data in sorted(files, key=lambda file: (file[0] != CATALOG, file[0])):
        for name, entry, line in read_entries(path, data, problems):
            if name in agents:
                message = f"{name} stands in {places[name]} and in {path}"
                problems.append(_problem("duplicate_agent", f"{message}; the first counts.", path, line, name))
            else:
                agents[name] = build_agent(name, entry)
                places[name] = path
    problems += check_agents(agents, places)
    return Catalog(agents, problems)


def check_agents(agents: Mapping[str, Agent], places: Mapping[str, str] | None = None) -> list[Problem]:
    """Return where agents contradict each other: aliases, members, successors; and patterns nobody can own.

    Args:
        agents: The agents by handle.
        places: The file of each, for the findings.
    """
    where = places or {}
    problems: list[Problem] = []
    known = {alias: agent.name for agent in agents.values() for alias in agent.aliases}
    seen: dict[str, str] = {}
    for agent in agents.values():
        found = [*_alias_faults(agent, agents, seen), *_reference_faults(agent, agents, known), *_pattern_faults(agent)]
        problems += [
            Problem(RULE, code, f"{agent.name}: {message}", level, path=where.get(agent.name, ""), ids=(agent.name,))
            for code, level, message in found
        ]
    return problems


def pack(catalog: Catalog) -> object:
    """Return a catalog as plain data for the cache."""
    agents = [tuple(_plain(getattr(agent, name)) for name in _FIELDS) for agent in catalog.agents.values()]
    return agents, pack_problems(catalog.problems)


def packed_form() -> bytes:
    """Return what tells plain data that ``pack`` made from what another flaggit's would be."""
    return f"{_JUDGEMENTS} {shape_of(Agent, Identity, Problem)}".encode()


def pack_problems(problems: Iterable[Problem]) -> list[tuple[Any, ...]]:
    """Return findings as plain data for the cache; ``Problem(*fields)`` makes one of each again."""
    return [tuple(getattr(problem, name) for name in _PROBLEM_FIELDS) for problem in problems]


def unpack(value: Any) -> Catalog:
    """Return the catalog that ``pack`` made plain data of."""
    agents, problems = value
    found: dict[str, Agent] = {}
    for fields in agents:
        agent = Agent(*fields)
        if agent.identities:
            identities = tuple(Identity(*item) for item in fields[_IDENTITIES])
            agent = replace(agent, identities=identities)
        found[agent.name] = agent
    return Catalog(found, (Problem(*fields) for fields in problems))


_FIELDS: tuple[str, ...] = Agent.__slots__  # type: ignore[attr-defined]
_PROBLEM_FIELDS: tuple[str, ...] = Problem.__slots__  # type: ignore[attr-defined]
_IDENTITIES = _FIELDS.index("identities")


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(
            (item.email, item.signing_key, item.login) if isinstance(item, Identity) else item for item in value
        )
    return value


def _marks(agent: Agent, field: str) -> list[str]:
    if field == "signing_key":
        return [identity.signing_key for identity in agent.identities]
    return [getattr(identity, field).casefold() for identity in agent.identities]


def read_entries(path: str, data: bytes, problems: list[Problem]) -> Iterable[tuple[str, dict[str, Any], int]]:
    """Yield name, entry and line of each entry of a file that can be used; add to ``problems`` what is wrong."""
    from flaggit.codec import CodecError, load_yaml
    from flaggit.schema import accepts, load_schema

    if all(not line.strip() or line.lstrip().startswith(b"#") for line in data.split(b"\n")):
        return
    try:
        document = load_yaml(data).document
    except CodecError as error:
        where = f"{path}:{error.line}" if error.line else path
        problems.append(_problem(error.code, f"{where} {error.message}; its agents are left out.", path, error.line))
        return
    problems += _top_faults(path, document)
    entries = document.get("agents")
    if not isinstance(entries, dict):
        return
    schema = load_schema("catalog")["properties"]["agents"]["additionalProperties"]
    for name, entry in entries.items():
        if is_handle(name) and accepts(schema, {} if entry is None else entry):
            yield name, entry or {}, 0
        else:
            line = line_of(data, name)
            for message in _entry_faults(name, entry, schema):
                problems.append(
                    _problem("bad_agent", f"{message.rstrip('.')}; the agent is left out.", path, line, name)
                )


def _top_faults(path: str, document: Mapping[str, Any]) -> list[Problem]:
    faults = []
    if document.get("schema", 1) != 1:
        faults.append(f"{path} is of schema {document['schema']!r}, and this flaggit reads 1.")
    faults += [f"{path} has the unknown key {key}." for key in document if key not in ("schema", "agents")]
    if document.get("agents") is None:
        faults += [] if "agents" in document else [f"{path} has no `agents:`."]
    elif not isinstance(document["agents"], dict):
        faults.append(f"{path}: agents is not a mapping of handles to agents.")
    problems = [_problem("bad_catalog", fault, path, 0) for fault in faults]
    if "schema" not in document:
        message = f"{path} does not say of which schema it is; `schema: 1` is taken for granted."
        problems.append(replace(_problem("bad_catalog", message, path, 0), level="warning"))
    if isinstance(document.get("agents"), dict) and len(document["agents"]) > MAX_AGENTS:
        message = f"{path} holds {len(document['agents']):,} agents, and a file should hold {MAX_AGENTS:,} at most."
        problems.append(replace(_problem("bad_catalog", message, path, 0), level="warning"))
    return problems


def _entry_faults(name: str, entry: object, schema: Mapping[str, Any]) -> list[str]:
    from flaggit.handles import nearest_handle
    from flaggit.schema import explain

    if not is_handle(name):
        nearest = nearest_handle(name)
        hint = f" (did you mean {nearest}?)" if nearest else ""
        return [f"{name[:80]!r} is not a handle of the form @domain.module{hint}"]
    return [f"{name}: {problem.message}" for problem in explain(schema, {} if entry is None else entry)]


def build_agent(name: str, entry: Mapping[str, Any]) -> Agent:
    """Return the agent that an entry which fits the schema describes."""
    values: dict[str, Any] = {key: entry[key] for key in _TEXTS if entry.get(key) is not None}
    values.update({key: tuple(entry[key]) for key in _LISTS if key in entry})
    values.setdefault("module", name.partition(".")[2])
    if entry.get("replaced_by"):
        values["replaced_by"] = entry["replaced_by"]
    if "identities" in entry:
        values["identities"] = tuple(Identity(**item) for item in entry["identities"])
    return Agent(name=name, **values)


def _alias_faults(agent: Agent, agents: Mapping[str, Agent], seen: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    for alias in agent.aliases:
        if alias in agents:
            what = "its own handle" if alias == agent.name else "the handle of another agent"
            yield "alias_clash", "error", f"the alias {alias} is {what}."
        elif seen.setdefault(alias, agent.name) != agent.name:
            yield "alias_clash", "error", f"the alias {alias} is {seen[alias]}'s already; that one counts."


def _reference_faults(
    agent: Agent, agents: Mapping[str, Agent], aliases: Mapping[str, str]
) -> Iterable[tuple[str, str, str]]:
    for member in agent.members:
        if aliases.get(member, member) == agent.name:
            yield "team_cycle", "error", "it is a member of itself."
        elif member not in agents and member not in aliases:
            yield "unknown_member", "error", f"its member {member} is not in the catalog."
    successor = agent.replaced_by
    if successor and successor not in agents and successor not in aliases:
        yield "unknown_successor", "error", f"it is replaced by {successor}, which is not in the catalog."
    elif successor and aliases.get(successor, successor) == agent.name:
        yield "unknown_successor", "error", "it is replaced by itself."
    elif successor and agent.status != "retired":
        yield "unknown_successor", "warning", f"it is replaced by {successor}, yet not retired."
    for other in agent.connections:
        handle = other if other.startswith("@") else "@" + other
        if handle not in agents and handle not in aliases:
            yield "unknown_connection", "warning", f"its connection {other} is not in the catalog."


def _pattern_faults(agent: Agent) -> Iterable[tuple[str, str, str]]:
    for pattern in agent.owns:
        fault = pattern_fault(pattern)
        if fault:
            yield "bad_pattern", "warning", f"it owns {pattern!r}, which {fault}."


def line_of(data: bytes, name: str) -> int:
    """Return the line on which an entry's key stands, as far as a plain look tells; 0 where it does not."""
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        key = line.strip().partition(":")[0].strip("\"' {,")
        if key == name and ":" in line:
            return number
    return 0


def _problem(code: str, message: str, path: str, line: int, name: str = "") -> Problem:
    fix = f"Mend {path}, then look with `flaggit agents check`."
    return Problem(RULE, code, message, path=path, line=line, ids=(name,) if name else (), fix=fix)
