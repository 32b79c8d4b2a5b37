"""Whether agents agree with each other: agents in, findings out."""

from __future__ import annotations

from flaggit.core.model import Problem
from flaggit.core.patterns import pattern_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flaggit.core.model import Agent, OwnershipRule

RULE = "F028"


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
    elif successor and agent.status != "retired":
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
        if agent.status == "retired" and agent.replaced_by
    }
    circling: set[str] = set()
    settled: set[str] = set()
    for start in after:
        path: list[str] = []
        name = start
        while name in after and name not in settled:
            settled.add(name)
            path.append(name)
            name = after[name]
        if name in path and name != after[name]:
            circling.update(path[path.index(name) :])
    return circling


def _pattern_faults(agent: Agent) -> Iterable[tuple[str, str, str]]:
    for pattern in agent.owns:
        fault = pattern_fault(pattern)
        if fault:
            yield "bad_pattern", "warning", f"it owns {pattern!r}, which {fault}."
