"""Whom somebody may have meant by a handle that the catalog does not know."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.catalog.catalog import Catalog

LIMIT = 3
# The older system's routing: a topic, and who was asked about it; then who is asked in their absence.
_ROUTES = (
    ("schema", ("@database.postgres", "@database.mongodb", "@database.redis")),
    ("api", ("@backend.nodejs", "@backend.laravel", "@backend.python")),
    ("frontend", ("@frontend.react", "@frontend.vue", "@frontend.angular")),
    ("authentication", ("@service.auth", "@acolyte.auth")),
    ("auth", ("@service.auth", "@acolyte.auth")),
    ("security", ("@security.audit", "@security.compliance", "@security.review", "@audit.*")),
)


def suggest_handles(catalog: Catalog, target: str, text: str = "") -> list[str]:
    """Return at most three active agents that may be meant, the likeliest first.

    Args:
        catalog: The agents.
        target: The handle that is not among them; may be empty.
        text: What the flag is about.

    In turn: the two halves of the handle swapped, agents tagged with the part after the dot, near
    spellings, the routing of the older system, and what a search for handle and text finds.
    """
    return _pick(catalog, target, _candidates(catalog, target, text))


def similar_handles(catalog: Catalog, handle: str) -> list[str]:
    """Return at most three active agents whose handles look like this one; cheap, since nothing is searched."""
    return _pick(catalog, handle, _similar(catalog, handle))


def _pick(catalog: Catalog, target: str, names: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        agent = catalog.find(name)
        if agent is not None and not agent.is_retired and agent.name != target:
            found[agent.name] = None
        if len(found) == LIMIT:
            break
    return list(found)


def near_handles(catalog: Catalog, handle: str) -> list[str]:
    """Return the catalog's handles that are spelt almost like ``handle``, the nearest first."""
    return _near(sorted(catalog.agents), handle)


def handles_of_word(catalog: Catalog, word: str) -> list[str]:
    """Return the agents that a word which is no handle stands for: those with that part before or after the dot."""
    parts = word.strip().lower().removeprefix("@")
    return [name for name in sorted(catalog.agents) if parts in name[1:].split(".")][:LIMIT]


def _similar(catalog: Catalog, handle: str) -> Iterable[str]:
    names = sorted(catalog.agents)
    domain, _, module = handle.removeprefix("@").partition(".")
    if module:
        yield f"@{module}.{domain}"
        yield from (name for name in names if _answers_to(catalog, name, module))
        yield from _near(names, f"@{domain}.{module}")
        yield from (name for name in names if name.partition(".")[2] == module)


def _candidates(catalog: Catalog, target: str, text: str) -> Iterable[str]:
    names = sorted(catalog.agents)
    domain, _, module = target.removeprefix("@").partition(".")
    yield from _similar(catalog, target)
    yield from _routed(names, {domain, module, *text.lower().replace("/", " ").split()})
    query = " ".join(part for part in (domain, module.replace("-", " "), text) if part)
    if query:
        from flaggit.catalog.search.search import search

        yield from (hit.name for hit in search(catalog, query, limit=LIMIT))


def _answers_to(catalog: Catalog, name: str, word: str) -> bool:
    agent = catalog.agents[name]
    return word in (entry.lower().replace(" ", "-") for entry in (*agent.tags, *agent.tech_stack))


def _near(names: list[str], handle: str) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(handle, names, LIMIT, 0.85)


def _routed(names: list[str], words: set[str]) -> Iterable[str]:
    for topic, handles in _ROUTES:
        if topic in words:
            for handle in handles:
                yield from (n for n in names if n.startswith(handle[:-1])) if handle.endswith("*") else (handle,)
