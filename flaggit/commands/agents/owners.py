"""Owners of a CODEOWNERS file as agents of the catalog."""

from __future__ import annotations

import os

from flaggit.commands.agents.files import Remark, lost_entries
from flaggit.core.errors import NotFoundError
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any

    from flaggit.catalog.codeowners import Line
    from flaggit.clone.session import Session
    from flaggit.commands.agents.files import Before

    Changes = dict[str, dict[str, Any]]
    Rule = tuple[str, str, str]  # a pattern, whose it is, and the file that says so

LIMIT = 3 * 1024 * 1024
_NO_OWNER = "has no owner, and a catalog has no way to say so"
_SHOWN = 3


@record
class Owners:
    """What CODEOWNERS files say: the agents that own something, in the order that keeps the last match winning."""

    order: tuple[str, ...]
    changes: Changes
    skipped: tuple[tuple[str, str], ...]
    remarks: tuple[Remark, ...]


def is_codeowners(source: str) -> bool:
    """Return whether a path is that of a CODEOWNERS file."""
    return os.path.basename(source) == "CODEOWNERS"


def import_codeowners(session: Session, sources: Sequence[str], before: Before) -> Owners:
    """Return the owners of CODEOWNERS files with their patterns; several owners of a path become a team of them."""
    names = {session.repo.relative(source): source for source in sources}
    if not names:
        return Owners((), {}, (), ())
    entering: Changes = {}
    remarks: list[Remark] = []
    rules, skipped = _read_rules(session, names, entering, remarks)
    owned = _by_owner(rules)
    earlier = {*names, *_moved(session, before)}
    came = [agent.name for agent in session.catalog.agents.values() if agent.source in earlier]
    left = [name for name in dict.fromkeys([*came, *sorted(before.agents_of(earlier))]) if name not in owned]
    changes = {handle: entering[handle] for handle in [*owned, *entering] if handle in entering}
    for handle in (*owned, *left):
        fields, told = _owner_changes(session, before, handle, owned.get(handle, {}), list(names), earlier)
        if fields:
            changes[handle] = {**changes.get(handle, {}), **fields}
        remarks += told
    gone = (name for name in left if name in came)
    remarks += [Remark("", text) for text in _without_part(session, gone, [*owned, *entering])]
    return Owners(tuple(owned), changes, tuple(skipped), tuple(remarks))


def _read_rules(
    session: Session, names: Mapping[str, str], entering: Changes, remarks: list[Remark]
) -> tuple[list[Rule], list[tuple[str, str]]]:
    """Return the rules of CODEOWNERS files, and what was left out with why.

    Args:
        session: The call.
        names: Each file's name, and where it is.
        entering: Takes the owners that are new.
        remarks: Takes which owners count as one agent.
    """
    from flaggit.catalog.codeowners import parse_codeowners

    rules: list[Rule] = []
    skipped: list[tuple[str, str]] = []
    for name, source in names.items():
        lines, faults = parse_codeowners(_codeowners_text(source))
        remarks += [Remark(name, text) for text in _counted_as_one(session, lines)]
        owned = [line for line in lines if line.owners]
        rules += [(line.pattern, _agent_for(session, line.owners, name, entering), name) for line in owned]
        ownerless = [f"line {line.number}: {line.pattern} {_NO_OWNER}" for line in lines if not line.owners]
        skipped += [(name, why) for why in (*faults, *ownerless)]
    return rules, skipped


def _counted_as_one(session: Session, lines: Iterable[Line]) -> Iterable[str]:
    """Yield which owners that nothing but their names tells apart count as one agent: ``@a/web`` and ``@b/web``."""
    from flaggit.catalog.codeowners import find_agent, handle_of, owners_of

    meant: dict[str, dict[str, str]] = {}
    for owner in dict.fromkeys(owner for line in lines for owner in line.owners):
        known = find_agent(session.catalog, owner)
        if known is None or is_codeowners(known.source):  # whoever wrote an agent by hand knows who it is
            names = owners_of(session.catalog, known) if known and known.identities else []
            found = meant.setdefault(known.name if known else handle_of(owner), {})
            found.update((name.casefold().lstrip("@"), name) for name in [*names, owner])
    for handle, one in meant.items():
        if len(one) > 1:
            yield f"{' and '.join(one.values())} are taken for one agent, {handle}"


def _by_owner(rules: Sequence[Rule]) -> dict[str, dict[str, str]]:
    """Return agent -> its patterns, each with the file that says it, in the order that keeps the last match winning."""
    from flaggit.catalog.codeowners import order_owners

    owned: dict[str, dict[str, str]] = {agent: {} for agent in order_owners([rule[:2] for rule in rules])}
    for pattern, agent, name in rules:
        owned[agent].pop(pattern, None)  # said again, it counts where it stands last
        owned[agent][pattern] = name
    return owned


def _owner_changes(
    session: Session,
    before: Before,
    handle: str,
    owned: Mapping[str, str],
    names: Sequence[str],
    earlier: Collection[str],
) -> tuple[dict[str, Any], list[Remark]]:
    """Return the fields of an owner that change, and remarks.

    Args:
        session: The call.
        before: What sources brought before.
        handle: Whose.
        owned: Its patterns by the files, each with the file that says it.
        names: The files.
        earlier: What brought something before and counts as one of these files.
    """
    known = session.catalog.agents.get(handle)
    have, records = list(known.owns) if known else [], before.records(handle)
    now = {name: {"owns": [pattern for pattern, said in owned.items() if said == name]} for name in names}
    merged = before.merge(handle, {"owns": have}, now, earlier)
    fields: dict[str, Any] = {}
    if [*merged.kept["owns"], *owned] != have:
        fields["owns"] = [*merged.kept["owns"], *owned] or None
    if merged.records != records:
        fields["imported"] = merged.records
    if known and known.source in earlier and known.source not in names:
        fields["source"] = names[0]
    return fields, lost_entries(", ".join(names), handle, merged.dropped)


def _moved(session: Session, before: Before) -> list[str]:
    """Return CODEOWNERS files that were imported and are gone: a repository has one, which was moved."""
    sources = {agent.source for agent in session.catalog.agents.values()} | before.sources()
    inside = [name for name in sources if is_codeowners(name) and not name.startswith("../")]
    return [name for name in inside if not os.path.exists(session.store.locate(name))]


def _without_part(session: Session, left: Iterable[str], named: Iterable[str]) -> Iterable[str]:
    """Yield remarks on agents that came from the file and have no part in it any more, alone or in a team."""
    taking_part = {member for name in named for member in (name, *session.catalog.members(name))}
    for handle in left:
        if handle not in taking_part and session.catalog.agents[handle].status != "retired":
            yield f"{handle} owns nothing there any more: `flaggit agents retire {handle}`."


def _agent_for(session: Session, owners: Sequence[str], source: str, changes: Changes) -> str:
    """Return the agent of some owners, which enters the catalog where it is not there yet."""
    from flaggit.catalog.codeowners import find_agent, handle_of, identity_of

    handles = []
    for owner in dict.fromkeys(owners):
        known = find_agent(session.catalog, owner)
        handle = known.name if known else handle_of(owner)
        if known is None and handle not in changes:
            changes[handle] = {"identities": [identity_of(owner)], "source": source}
        handles += [handle] if handle not in handles else []
    if len(handles) == 1:
        return handles[0]
    return _team_for(session, handles, source, changes)


def _team_for(session: Session, handles: Sequence[str], source: str, changes: Changes) -> str:
    """Return the team of several owners, which enters the catalog where it is not there yet.

    Its members may have been edited since; a team of quite others that would be called the same is another one.
    """
    from flaggit.catalog.codeowners import team_of

    for marked in (False, True):
        team = team_of(handles, marked=marked)
        known = session.catalog.find(team)
        members = set(known.members if known else changes.get(team, {}).get("members", ()))
        if members <= set(handles) or members >= set(handles):
            break
    if known is None and team not in changes:
        changes[team] = {"members": list(handles), "source": source}
    return known.name if known else team


def _codeowners_text(source: str) -> str:
    from flaggit.git.files import read_file

    try:
        return read_file(source, LIMIT).decode("utf-8-sig", "replace")
    except OSError as error:
        raise NotFoundError("unknown_file", f"{source} cannot be read: {error.strerror or error}.") from None


def changed_owners(session: Session, source: str) -> Iterable[str]:
    """Yield a remark where grouping patterns by agent gave some of the repository's files another owner."""
    if not is_codeowners(source):
        return
    from flaggit.catalog.codeowners import differences, parse_codeowners

    lines, _ = parse_codeowners(_codeowners_text(source))
    names = {line.owners: _agent_for(session, line.owners, "", {}) for line in lines if line.owners}
    files = session.repo.text("ls-files", "-z").split("\0")
    found = differences(lines, session.catalog, names, [path for path in files if path])
    if found:
        shown = ", ".join(found[:_SHOWN])
        number = "1 file has" if len(found) == 1 else f"{len(found)} files have"
        yield f"{number} another owner than by {source}, as patterns are grouped by agent: {shown}."
