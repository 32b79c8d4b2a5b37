"""What is wrong with a catalog, beyond what reading it tells."""

from __future__ import annotations

from flaggit.model import Problem
from flaggit.session import Reply
from flaggit.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flaggit.agents.catalog import Catalog
    from flaggit.session import Session

_RULE = "F028"
_SHOWN = 3
_LOOKS = 1_000_000  # pairs of a path and a pattern that a check takes the time for
_OWN_WORDS = 20  # of an agent's entry by which it has to be found


def check(session: Session) -> Reply:
    """Return what is wrong with the catalog: broken entries, contradictions, agents nobody finds, paths nobody owns."""
    catalog = session.catalog
    problems = [*catalog.problems, *_clashes(catalog), *_unreachable(catalog)]
    if not session.repo.bare:
        problems += _without_owner(session, catalog)
    failed = any(problem.level == "error" for problem in problems)
    count = len(catalog.agents)
    return Reply(tuple(problems), status=1 if failed else 0, notes=(f"{counted(count, 'agent')} loaded.",))


def _clashes(catalog: Catalog) -> Iterable[Problem]:
    """Yield patterns that two agents claim alike: the later one gets everything."""
    seen: dict[str, str] = {}
    for pattern, agent in catalog.owned():
        plain = pattern.strip("/") if pattern.count("/") > 1 else pattern
        other = seen.setdefault(plain, agent.name)
        if other != agent.name:
            message = f"{other} and {agent.name} both own {pattern}; the later one gets it all."
            yield Problem(_RULE, "owner_clash", message, "warning", ids=(other, agent.name))


def _shadowed(catalog: Catalog, files: Sequence[str]) -> Iterable[Problem]:
    """Yield patterns that match files, every one of which a later pattern of another agent takes."""
    from flaggit.patterns import matches

    patterns = catalog.owned()
    taken: dict[int, set[str]] = {}
    winning: set[int] = set()
    for path in files[: _LOOKS // max(1, len(patterns))]:
        fitting = [number for number, (pattern, _) in enumerate(patterns) if matches(pattern, path)]
        for number in fitting:
            owner = patterns[fitting[-1]][1].name
            if owner == patterns[number][1].name:
                winning.add(number)
            else:
                taken.setdefault(number, set()).add(owner)
    for number in sorted(taken.keys() - winning):
        pattern, agent = patterns[number]
        others = sorted(taken[number])
        message = f"{agent.name} owns {pattern}, but every such file goes to {', '.join(others)}, which comes later."
        yield Problem(_RULE, "owner_shadowed", message, "warning", ids=(agent.name, *others))


def _unreachable(catalog: Catalog) -> Iterable[Problem]:
    """Yield agents to whom no way leads: nothing to be found by, or others come first for their very own words."""
    from flaggit.agents.search import search_index

    for agent in catalog.agents.values():
        if agent.status == "retired" or agent.members or catalog.teams_of(agent.name):
            continue
        texts = (agent.description, *agent.tags, *agent.capabilities, *agent.scenarios, *agent.tech_stack)
        if not any(texts) and not agent.owns:
            message = f"{agent.name} has no description, tags or paths, so neither search nor ownership leads to it."
            yield Problem(_RULE, "unreachable_agent", message, "warning", ids=(agent.name,))
        elif any(texts):
            words = f"{agent.description} {' '.join(agent.tags)}".split()
            own = " ".join([agent.module.replace("-", " "), *words[:_OWN_WORDS]])
            hits, _ = search_index(catalog.index, own, limit=_SHOWN, explain=False)
            if agent.name not in (hit.name for hit in hits):
                first = ", ".join(hit.name for hit in hits)
                message = f"{agent.name} is not found by its own words; {first} come first."
                yield Problem(_RULE, "unreachable_agent", message, "warning", ids=(agent.name,))


def _without_owner(session: Session, catalog: Catalog) -> Iterable[Problem]:
    """Yield where ownership fails in this repository: patterns that win nothing, and files that are nobody's."""
    if not catalog.owned():
        return
    files = [path for path in session.repo.text("ls-files", "-z").split("\0") if path]
    yield from _shadowed(catalog, files)
    nobodys = [path for path in files if not path.startswith(".flags/") and catalog.owner(path) is None]
    if nobodys:
        shown = ", ".join(nobodys[:_SHOWN]) + (", ..." if len(nobodys) > _SHOWN else "")
        message = f"{len(nobodys)} of {counted(len(files), 'file')} have no owner: {shown}"
        yield Problem(_RULE, "no_owner", message, "note")
