"""Owners of a CODEOWNERS file as agents of the catalog."""

from __future__ import annotations

import os

from flaggit.errors import NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from flaggit.session import Session

    Changes = dict[str, dict[str, Any]]

LIMIT = 3 * 1024 * 1024
_SHOWN = 3


def take_codeowners(session: Session, source: str, changes: Changes, skipped: list[tuple[str, str]]) -> list[str]:
    """Collect the owners of a CODEOWNERS file with their patterns; several owners of a path become a team of them."""
    from flaggit.agents.codeowners import order_owners, parse_codeowners

    lines, faults = parse_codeowners(_codeowners_text(source))
    name = session.repo.relative(source)
    skipped += [(name, fault) for fault in faults]
    rules = []
    entering: Changes = {}
    for line in lines:
        if line.owners:
            rules.append((line.pattern, _agent_for(session, line.owners, name, entering)))
        else:
            why = f"line {line.number}: {line.pattern} has no owner, and a catalog has no way to say so"
            skipped.append((name, why))
    patterns: dict[str, list[str]] = {agent: [] for agent in order_owners(rules)}
    for pattern, agent in rules:
        patterns[agent].append(pattern)
    changes.update({handle: entering[handle] for handle in [*patterns, *entering] if handle in entering})
    for handle, owned in patterns.items():
        known = session.catalog.agents.get(handle)
        before = changes.get(handle, {})
        have = list(known.owns) if known else []
        kept = [pattern for pattern in have if known and known.source != name and pattern not in owned]
        if [*kept, *dict.fromkeys(owned)] != have:
            changes[handle] = {**before, "owns": [*kept, *dict.fromkeys(owned)]}
    return list(patterns)


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
        raise NotFoundError("unknown_file", f"{source} cannot be read: {error}.") from None


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
