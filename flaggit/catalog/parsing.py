"""Reading catalogs: files in, a ``Catalog`` out.

A broken file or entry becomes a ``Problem`` (rule F028) and the rest loads, since one bad line
must never make every agent unreachable.
"""

from __future__ import annotations

from flaggit.catalog.catalog import Catalog
from flaggit.core.handles import is_handle, nearest_handle
from flaggit.core.layout import CATALOG
from flaggit.core.model import Agent, Identity, OwnershipRule, Problem
from flaggit.core.origins import find_cycles
from flaggit.core.patterns import pattern_fault
from flaggit.core.record import fields_of, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any


MAX_AGENTS = 5000  # of one file
MAX_IN_ALL = 65_535  # as the search counts them in two bytes
_SCHEMAS = (1, 2)
_KEYS = ("schema", "agents", "ownership")
_LISTS = ("capabilities", "tags", "scenarios", "tech_stack", "owns", "aliases", "members", "connections")
_TEXTS = ("description", "module", "sub_module", "role", "status", "model", "color", "source")
RULE = "F028"


def parse_catalog(files: Sequence[tuple[str, bytes]]) -> Catalog:
    """Return the catalog that some files make together.

    Args:
        files: Path and bytes of each, in whatever order; ``catalog.yaml`` comes first, then the others by name, and an
            agent that two of them name is the first one's, and an error.
    """
    agents: dict[str, Agent] = {}
    problems: list[Problem] = []
    places: dict[str, str] = {}
    rules: list[tuple[str, OwnershipRule]] = []
    for path, data in sorted(files, key=lambda file: (file[0] != CATALOG, file[0])):
        document = _read_document(path, data, problems)
        rules += [(path, rule) for rule in _read_rules(path, document, problems)]
        for name, entry, line in _read_agents(path, data, document, problems):
            if len(agents) >= MAX_IN_ALL:
                message = f"{path} is one file too many: of a catalog's agents only {MAX_IN_ALL:,} are loaded."
                problems.append(_problem("bad_catalog", message, path, line))
                break
            if name in agents:
                message = f"{name} stands in {places[name]} and in {path}"
                problems.append(_problem("duplicate_agent", f"{message}; the first counts.", path, line, name))
            else:
                agents[name] = build_agent(name, entry)
                places[name] = path
    problems += [*check_agents(agents, places), *check_rules(rules, agents)]
    return Catalog(agents, problems, (rule for _, rule in rules))


def read_entries(path: str, data: bytes, problems: list[Problem]) -> Iterable[tuple[str, dict[str, Any], int]]:
    """Yield name, entry and line of each entry of a file that can be used; add to ``problems`` what is wrong."""
    yield from _read_agents(path, data, _read_document(path, data, problems), problems)


def _read_document(path: str, data: bytes, problems: list[Problem]) -> dict[str, Any]:
    from flaggit.documents.codec import CodecError, load_yaml

    if all(not line.strip() or line.lstrip().startswith(b"#") for line in data.split(b"\n")):
        return {}
    try:
        document = load_yaml(data).document
    except CodecError as error:
        where = f"{path}:{error.line}" if error.line else path
        problems.append(_problem(error.code, f"{where} {error.message}; its agents are left out.", path, error.line))
        return {}
    problems += _top_faults(path, document)
    return document


def _read_rules(path: str, document: Mapping[str, Any], problems: list[Problem]) -> Iterable[OwnershipRule]:
    """Yield the rules of a file's ``ownership`` that can be used; add to ``problems`` what is wrong with others."""
    if "ownership" not in document:
        return
    from flaggit.documents.schema import accepts, explain, load_schema

    schema = load_schema("catalog")["properties"]["ownership"]
    entries = document["ownership"]
    if not isinstance(entries, list):
        problems.append(_problem("bad_catalog", f"{path}: ownership is not a list of rules.", path, 0))
        return
    for number, entry in enumerate(entries, 1):
        if accepts(schema["items"], entry):
            owners = tuple(entry.get("owners", ()))
            yield OwnershipRule(entry["pattern"], owners, entry.get("section", ""), entry.get("exclude", False))
        else:
            for problem in explain(schema["items"], entry):
                message = f"{path}: rule {number} of ownership: {problem.message.rstrip('.')}; the rule is left out."
                problems.append(_problem("bad_catalog", message, path, 0))


def _read_agents(
    path: str, data: bytes, document: Mapping[str, Any], problems: list[Problem]
) -> Iterable[tuple[str, dict[str, Any], int]]:
    from flaggit.documents.schema import accepts, load_schema

    entries = document.get("agents")
    if not isinstance(entries, dict):
        return
    schema = load_schema("catalog")["properties"]["agents"]["additionalProperties"]
    for name, entry in entries.items():
        if is_handle(name) and accepts(schema, {} if entry is None else entry):
            yield name, entry or {}, 0
        else:
            line = line_of(data, name)
            problems += (
                _problem("bad_agent", f"{message.rstrip('.')}; the agent is left out.", path, line, name)
                for message in _entry_faults(name, entry, schema)
            )


def _top_faults(path: str, document: Mapping[str, Any]) -> list[Problem]:
    faults = []
    if document.get("schema", 1) not in _SCHEMAS or isinstance(document.get("schema"), bool):
        faults.append(f"{path} is of schema {document['schema']!r:.40}, and this flaggit reads 1 and 2.")
    elif "ownership" in document and document.get("schema") != _SCHEMAS[-1]:
        faults.append(f"{path} has `ownership:`, and has to say `schema: 2` for it.")
    faults += [f"{path} has the unknown key {key:.40}." for key in document if key not in _KEYS]
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
    from flaggit.documents.schema import explain

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


def entry_of(agent: Agent) -> dict[str, Any]:
    """Return an agent as its entry in the catalog: the fields that it has."""
    values = {
        name: [plain_item(item) for item in value] if isinstance(value, tuple) else value
        for name, value in fields_of(agent).items()
    }
    del values["name"]
    return {name: value for name, value in values.items() if value}


def plain_item(item: Any) -> Any:
    """Return an entry of one of an agent's lists as the catalog writes it: a text, or the fields that it has."""
    if isinstance(item, str):
        return item
    return {key: value for key, value in fields_of(item).items() if value}


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
    circling = _find_circling(agents, known)
    for agent in agents.values():
        found = [*_alias_faults(agent, agents, seen), *_reference_faults(agent, agents, known), *_pattern_faults(agent)]
        if agent.name in circling:
            message = f"it is replaced by {agent.replaced_by}, and that in the end by it: nobody gets their flags."
            found.append(("unknown_successor", "error", message))
        problems += [
            Problem(
                RULE, code, f"{agent.name}: {message}", level=level, path=where.get(agent.name, ""), ids=(agent.name,)
            )
            for code, level, message in found
        ]
    return problems


def check_rules(rules: Iterable[tuple[str, OwnershipRule]], agents: Mapping[str, Agent]) -> list[Problem]:
    """Return what is wrong with the catalog's ownership: owners who are in no file, patterns nobody can own.

    Args:
        rules: Each with the file that it stands in.
        agents: The agents by handle.
    """
    problems: dict[tuple[str, str], Problem] = {}
    known = {*agents, *(alias for agent in agents.values() for alias in agent.aliases)}
    for path, rule in rules:
        fault = pattern_fault(rule.pattern)
        if fault:
            message = f"The ownership of {rule.pattern!r:.60}: the pattern {fault}."
            problems[path, rule.pattern] = Problem(RULE, "bad_pattern", message, level="warning", path=path)
        for owner in rule.owners:
            if owner not in known:
                message = f"{owner} owns {rule.pattern!r:.60} and is not in the catalog."
                problems[path, owner] = Problem(RULE, "unknown_owner", message, path=path, ids=(owner,))
    return list(problems.values())


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
    elif successor and not agent.is_retired:
        yield "unknown_successor", "warning", f"it is replaced by {successor}, yet not retired."
    for other in agent.connections:
        handle = other if other.startswith("@") else "@" + other
        if handle not in agents and handle not in aliases:
            yield "unknown_connection", "warning", f"its connection {other} is not in the catalog."


def _find_circling(agents: Mapping[str, Agent], aliases: Mapping[str, str]) -> set[str]:
    """Return the retired agents whose successors lead back to them, those left out that replace themselves."""
    after = {
        agent.name: aliases.get(agent.replaced_by, agent.replaced_by)
        for agent in agents.values()
        if agent.is_retired and agent.replaced_by
    }
    return {name for cycle in find_cycles(after) if len(cycle) > 1 for name in cycle}


def _pattern_faults(agent: Agent) -> Iterable[tuple[str, str, str]]:
    for pattern in agent.owns:
        fault = pattern_fault(pattern)
        if fault:
            yield "bad_pattern", "warning", f"it owns {pattern!r}, which {fault}."
