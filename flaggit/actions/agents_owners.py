"""Owners of a CODEOWNERS file as agents of the catalog."""

from __future__ import annotations

import os

from flaggit.errors import NotFoundError
from flaggit.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from flaggit.actions.agents_before import Before
    from flaggit.agents.codeowners import Line
    from flaggit.session import Session

    Changes = dict[str, dict[str, Any]]

LIMIT = 3 * 1024 * 1024
_NO_OWNER = "has no owner, and a catalog has no way to say so"
_SHOWN = 3


@record
class Owners:
    """What CODEOWNERS files say: the agents that own something, in the order that keeps the last match winning."""

    order: tuple[str, ...]
    changes: Changes
    skipped: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]


def take_codeowners(session: Session, source: str, before: Before) -> Owners:
    """Return the owners of a CODEOWNERS file with their patterns; several owners of a path become a team of them."""
    from flaggit.agents.codeowners import order_owners, parse_codeowners

    lines, faults = parse_codeowners(_codeowners_text(source))
    name = session.repo.relative(source)
    entering: Changes = {}
    rules = _rules(session, lines, name, entering)
    owned: dict[str, list[str]] = {agent: [] for agent in order_owners(rules)}
    for pattern, agent in rules:
        owned[agent] = [*(other for other in owned[agent] if other != pattern), pattern]
    before.remember(name, owned)
    left = [agent.name for agent in session.catalog.agents.values() if agent.source == name and agent.name not in owned]
    changes = {handle: entering[handle] for handle in [*owned, *entering] if handle in entering}
    for handle in (*owned, *left):
        known = session.catalog.agents.get(handle)
        have = list(known.owns) if known else []
        now = owned.get(handle, [])
        kept = before.without_dropped(name, handle, have, now, lambda data: _patterns(session, data))
        if [*kept, *now] != have:
            changes[handle] = {**changes.get(handle, {}), "owns": [*kept, *now] or None}
    ownerless = [f"line {line.number}: {line.pattern} {_NO_OWNER}" for line in lines if not line.owners]
    gone = _without_part(session, left, [*owned, *entering])
    return Owners(tuple(owned), changes, tuple((name, why) for why in (*faults, *ownerless)), tuple(gone))


def _rules(session: Session, lines: Iterable[Line], source: str, entering: Changes) -> list[tuple[str, str]]:
    return [(line.pattern, _agent_for(session, line.owners, source, entering)) for line in lines if line.owners]


def _patterns(session: Session, data: bytes) -> dict[str, list[str]]:
    """Return agent -> its patterns by some version of a CODEOWNERS file."""
    from flaggit.agents.codeowners import parse_codeowners

    found: dict[str, list[str]] = {}
    for pattern, agent in _rules(session, parse_codeowners(data.decode("utf-8-sig", "replace"))[0], "", {}):
        found.setdefault(agent, []).append(pattern)
    return found


def _without_part(session: Session, left: Iterable[str], named: Iterable[str]) -> Iterable[str]:
    """Yield remarks on agents that came from the file and have no part in it any more, alone or in a team."""
    taking_part = {member for name in named for member in (name, *session.catalog.members(name))}
    for handle in left:
        if handle not in taking_part and session.catalog.agents[handle].status != "retired":
            yield f"{handle} owns nothing there any more: `flaggit agents retire {handle}`."


def _agent_for(session: Session, owners: Sequence[str], source: str, changes: Changes) -> str:
    """Return the agent of some owners, which enters the catalog where it is not there yet."""
    from flaggit.agents.codeowners import find_agent, handle_of, identity_of

    handles = []
    for owner in dict.fromkeys(owners):
        known = find_agent(session.catalog, owner)
        handle = known.name if known else handle_of(owner)
        if known is None and handle not in changes:
            changes[handle] = {"identities": [identity_of(owner)], "source": source}
        handles.append(handle)
    if len(handles) == 1:
        return handles[0]
    team = "@team." + "-".join(handle.partition(".")[2] for handle in handles)[:50].rstrip("-")
    if team not in session.catalog.agents and team not in changes:
        changes[team] = {"members": handles, "source": source}
    return team


def _codeowners_text(source: str) -> str:
    from flaggit.files import read_file

    try:
        return read_file(source, LIMIT).decode("utf-8-sig", "replace")
    except OSError as error:
        raise NotFoundError("unknown_file", f"{source} cannot be read: {error.strerror or error}.") from None


def changed_owners(session: Session, source: str) -> Iterable[str]:
    """Yield a remark where grouping patterns by agent gave some of the repository's files another owner."""
    if os.path.basename(source) != "CODEOWNERS":
        return
    from flaggit.agents.codeowners import differences, parse_codeowners

    lines, _ = parse_codeowners(_codeowners_text(source))
    names = {line.owners: _agent_for(session, line.owners, "", {}) for line in lines if line.owners}
    files = session.repo.text("ls-files", "-z").split("\0")
    found = differences(lines, session.catalog, names, [path for path in files if path])
    if found:
        shown = ", ".join(found[:_SHOWN])
        number = "1 file has" if len(found) == 1 else f"{len(found)} files have"
        yield f"{number} another owner than by {source}, as patterns are grouped by agent: {shown}."
