"""Catalogs as plain data for the cache, and back."""

from __future__ import annotations

from flaggit.catalog.catalog import Catalog
from flaggit.core.model import Agent, Identity, Problem
from flaggit.core.record import field_names, replace, shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_JUDGEMENTS = "catalog-6"  # changes whenever what parsing makes of the same files does
_FIELDS = field_names(Agent)
_PROBLEM_FIELDS = field_names(Problem)
_IDENTITIES = _FIELDS.index("identities")


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


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(
            (item.email, item.signing_key, item.login) if isinstance(item, Identity) else item for item in value
        )
    return value
