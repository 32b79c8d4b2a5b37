"""Catalogs and their search indexes through the disposable cache, so that a hot command parses no YAML."""

from __future__ import annotations

import os

from flaggit.catalog.catalog import Catalog
from flaggit.core.model import Agent, Identity, OwnershipRule, Problem
from flaggit.core.record import field_names, replace, shape_of
from flaggit.core.version import __version__
from flaggit.git import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flaggit.catalog.search.search_index import Index
    from flaggit.git.repo import Repo

    Files = list[tuple[str, bytes]]
    from collections.abc import Iterable
    from typing import Any

OWN_INDEX = "search.cache"  # the file with the index of the repository's own catalog


def read_catalog(repo: Repo, files: Files) -> Catalog:
    """Return the catalog that files make, from the cache where they have not changed."""
    place = os.path.join(repo.own_state_dir, "catalog.cache")
    key = key_of(files, packed_form())
    kept = cache.load(place, key)
    if kept is not None:
        catalog = unpack(kept)
    else:
        catalog = _parse(files)
        cache.save(place, key, pack(catalog))
    catalog.read_index = lambda read: read_index(repo, files, read)
    return catalog


def read_index(repo: Repo, files: Files, catalog: Catalog | None = None, *, name: str = OWN_INDEX) -> Index:
    """Return the search index of the catalog that files make, from the cache where they have not changed.

    Args:
        repo: The repository, under whose git directory the cache lies.
        files: Path and bytes of each file of the catalog.
        catalog: What the files hold, where it is known already.
        name: Of the cache's file: another catalog than the repository's own has one of its own.
    """
    from flaggit.catalog.search.search_index import FORM

    place = os.path.join(repo.own_state_dir, name)
    key = key_of(files, FORM + b"+problems")
    index = cache.load(place, key)
    if not isinstance(index, dict):
        if catalog is None:
            catalog = read_catalog(repo, files) if name == OWN_INDEX else _parse(files)
        index = make_index(catalog)
        cache.save(place, key, index)
    return index


def make_index(catalog: Catalog) -> Index:
    """Return the search index of a catalog, which also tells under ``problems`` why agents are missing in it."""
    from flaggit.catalog.search.search_index import build_index

    errors = (problem for problem in catalog.problems if problem.is_error)
    return {**build_index(catalog.agents.values()), "problems": pack_problems(errors)}


def _parse(files: Files) -> Catalog:
    from flaggit.catalog.parsing import parse_catalog

    return parse_catalog(files)


def key_of(files: Files, form: bytes) -> bytes:
    """Return the cache's key of files: it changes with their names and bytes, the form of what is kept, and flaggit."""
    parts = (part for path, data in files for part in (os.fsencode(path), data))
    return cache.digest(b"\0".join([form, __version__.encode(), *parts]))


_JUDGEMENTS = "catalog-7"  # changes whenever what parsing makes of the same files does
_FIELDS = field_names(Agent)
_PROBLEM_FIELDS = field_names(Problem)
_RULE_FIELDS = field_names(OwnershipRule)
_IDENTITIES = _FIELDS.index("identities")


def pack(catalog: Catalog) -> object:
    """Return a catalog as plain data for the cache."""
    agents = [tuple(_plain(getattr(agent, name)) for name in _FIELDS) for agent in catalog.agents.values()]
    rules = [tuple(getattr(rule, name) for name in _RULE_FIELDS) for rule in catalog.rules]
    return agents, pack_problems(catalog.problems), rules


def packed_form() -> bytes:
    """Return a key that changes with the form of the data that ``pack`` makes."""
    return f"{_JUDGEMENTS} {shape_of(Agent, Identity, OwnershipRule, Problem)}".encode()


def pack_problems(problems: Iterable[Problem]) -> list[tuple[Any, ...]]:
    """Return findings as plain data for the cache; ``Problem(*fields)`` makes one of each again."""
    return [tuple(getattr(problem, name) for name in _PROBLEM_FIELDS) for problem in problems]


def unpack(value: Any) -> Catalog:
    """Return the catalog that ``pack`` made plain data of."""
    agents, problems, rules = value
    found: dict[str, Agent] = {}
    for fields in agents:
        agent = Agent(*fields)
        if agent.identities:
            identities = tuple(Identity(*item) for item in fields[_IDENTITIES])
            agent = replace(agent, identities=identities)
        found[agent.name] = agent
    return Catalog(found, (Problem(*fields) for fields in problems), (OwnershipRule(*fields) for fields in rules))


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(
            (item.email, item.signing_key, item.login) if isinstance(item, Identity) else item for item in value
        )
    return value
