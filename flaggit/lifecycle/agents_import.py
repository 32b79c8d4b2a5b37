"""Agents from files that other tools own: import."""

from __future__ import annotations

import os

from flaggit.clone.session import Reply
from flaggit.core.errors import NotFoundError
from flaggit.core.layout import CATALOG_FOLDER
from flaggit.core.model import OwnershipRule
from flaggit.core.record import record
from flaggit.core.text import counted
from flaggit.git.files import read_file
from flaggit.git.staging import commit_paths
from flaggit.lifecycle.agents_gathering import Before, Gathering, Remark, lost_entries
from flaggit.lifecycle.catalog_writing import catalog_turn, staged_note, write_agents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any

    from flaggit.clone.session import Session

    Changes = dict[str, dict[str, Any]]
    Rule = tuple[str, OwnershipRule]  # the file that says it, and what it says

# Where coding tools keep a project's agents.
FOLDERS = (
    ".claude/agents",
    ".codex/agents",
    ".github/agents",
    ".opencode/agent",
    ".opencode/agents",
    ".cursor/agents",
    ".gemini/agents",
)
LIMIT = 3 * 1024 * 1024


@record
class Imported:
    """What an import did: handles that are new, changed and as they were; files (or rules) left out, with why.

    ``fields`` are those that change, by agent.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    remarks: tuple[Remark, ...] = ()
    paths: tuple[str, ...] = ()
    dry_run: bool = False
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()


def import_agents(
    session: Session, *, sources: Sequence[str] = (), dry_run: bool = False, commit: bool = False
) -> Reply[Imported]:
    """Bring agents into the catalog from agents' files and folders of them, agent cards, or a CODEOWNERS file.

    An agent that came from the same file before takes that file's new words and keeps what people
    added to it; an agent that somebody wrote by hand is left alone and told.

    Args:
        session: The call.
        sources: Files and folders; none: those of ``FOLDERS`` that are there.
        dry_run: Judge everything and write nothing.
        commit: Commit exactly the catalog.

    Raises:
        NotFoundError: ``unknown_file``.
        InvalidError: ``bad_catalog``, where the catalog cannot be written.
    """
    given = list(sources) or _default_sources(session)
    with catalog_turn(session):
        data = _import(session, given, dry_run=dry_run)
    if dry_run:
        return Reply(data, session.catalog_problems())
    touched = len(data.added) + len(data.updated)
    if commit and data.paths:
        commit_paths(session.repo, f"Import {counted(touched, 'agent')} into the catalog", data.paths)
    notes = (staged_note(data.paths),) if data.paths and not commit else ()
    return Reply(data, session.catalog_problems(), notes=notes)


def _import(session: Session, given: Sequence[str], *, dry_run: bool) -> Imported:
    before = Before(session)
    files = Gathering(session, before)
    for source in given:
        if not is_codeowners(source):
            files.read(source)
    changes = files.finish()
    owners = import_codeowners(session, [source for source in given if is_codeowners(source)], before)
    known = session.catalog.agents
    touched = list(dict.fromkeys([*changes, *owners.changes]))
    paths = _write(session, changes, owners, dry_run=dry_run)
    return Imported(
        added=tuple(name for name in touched if name not in known),
        updated=tuple(name for name in touched if name in known),
        unchanged=tuple(dict.fromkeys(name for name in (*files.found, *owners.order) if name not in touched)),
        skipped=(*files.skipped, *owners.skipped),
        remarks=(*files.remarks, *owners.remarks),
        paths=tuple(paths),
        dry_run=dry_run,
        fields=tuple((name, _shown({**changes.get(name, {}), **owners.changes.get(name, {})})) for name in touched),
    )


def _shown(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of an agent whose change is worth telling: others only note where it came from."""
    return tuple(field for field in fields if field not in ("source", "imported"))


def _write(session: Session, changes: Changes, owners: Owners, *, dry_run: bool) -> list[str]:
    """Write what agents' files and CODEOWNERS changed; owners that are new stand together, in an order that counts."""
    paths = write_agents(session, changes, dry_run=dry_run) if changes else []
    if owners.rules is not None:
        place = f"{CATALOG_FOLDER}/codeowners.yaml"
        order = () if owners.rules else owners.order
        paths += write_agents(session, owners.changes, dry_run=dry_run, place=place, order=order, rules=owners.rules)
    return list(dict.fromkeys(paths))


def _default_sources(session: Session) -> list[str]:
    """Return the folders where coding tools keep agents here. Raises NotFoundError ``unknown_file`` for none."""
    root = session.repo.get_root()
    found = [os.path.join(root, folder) for folder in FOLDERS if os.path.isdir(os.path.join(root, folder))]
    if found:
        return found
    raise NotFoundError(
        "unknown_file",
        f"There are no agents' files here: looked for {', '.join(FOLDERS)}.",
        hint="Name files or folders: `flaggit agents import PATH`.",
    )


@record
class Owners:
    """What CODEOWNERS files say: the agents that own something, what changes of them, and the ownership in its order.

    ``rules`` is empty where what each agent ``owns`` says the same; None where no file was named. ``order`` is then the
    one that keeps the last match winning.
    """

    order: tuple[str, ...]
    changes: Changes
    skipped: tuple[tuple[str, str], ...]
    remarks: tuple[Remark, ...]
    rules: tuple[OwnershipRule, ...] | None = None


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
    rules, skipped = _read_rules(session, names, entering)
    order = _order(rules)
    owned = _by_owner(rules, order) if order is not None else {}
    named = dict.fromkeys(owner for _, rule in rules for owner in rule.owners)
    earlier = {*names, *_moved(session, before)}
    came = [agent.name for agent in session.catalog.agents.values() if agent.source in earlier]
    left = [name for name in dict.fromkeys([*came, *sorted(before.agents_of(earlier)), *named]) if name not in owned]
    changes = {handle: entering[handle] for handle in [*owned, *named, *entering] if handle in entering}
    for handle in (*owned, *left):
        fields, told = _owner_changes(session, before, handle, owned.get(handle, {}), list(names), earlier)
        if fields:
            changes[handle] = {**changes.get(handle, {}), **fields}
        remarks += told if order is not None else ()  # else its patterns are in the list now
    gone = (name for name in left if name in came and name not in named)
    remarks += [Remark("", text) for text in _find_ownerless(session, gone, [*named, *entering])]
    ownership = () if order is not None else tuple(rule for _, rule in rules)
    return Owners(tuple(owned or named), changes, tuple(skipped), tuple(remarks), ownership)


def _read_rules(
    session: Session, names: Mapping[str, str], entering: Changes
) -> tuple[list[Rule], list[tuple[str, str]]]:
    """Return the rules of CODEOWNERS files, and what was left out with why.

    Args:
        session: The call.
        names: Each file's name, and where it is.
        entering: Takes the owners that are new.
    """
    from flaggit.catalog.codeowners import choose_handles, find_agent, parse_codeowners

    parsed = {name: parse_codeowners(_codeowners_text(source), path=name) for name, source in names.items()}
    everybody = dict.fromkeys(owner for lines, _ in parsed.values() for line in lines for owner in line.owners)
    known = {owner: agent.name for owner in everybody if (agent := find_agent(session.catalog, owner))}
    handles = {**known, **choose_handles(session.catalog, [owner for owner in everybody if owner not in known])}
    rules: list[Rule] = []
    skipped: list[tuple[str, str]] = []
    for name, (lines, faults) in parsed.items():
        for line in lines:
            handle = _agent_for(session, line.owners, handles, name, entering) if line.owners else ""
            rule = OwnershipRule(line.pattern, (handle,) if handle else (), line.section, line.exclude)
            rules.append((name, rule))
        skipped += [(name, why) for why in faults]
    return rules, skipped


def _order(rules: Sequence[Rule]) -> list[str] | None:
    """Return the agents in an order in which what they own says the same as the rules; None where there is none."""
    from flaggit.catalog.codeowners import order_owners

    if any(rule.section or rule.exclude or not rule.owners for _, rule in rules):
        return None
    return order_owners([(rule.pattern, rule.owners[0]) for _, rule in rules])


def _by_owner(rules: Sequence[Rule], order: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return agent -> its patterns, each with the file that says it, the agents in their order."""
    owned: dict[str, dict[str, str]] = {agent: {} for agent in order}
    for name, rule in rules:
        patterns = owned[rule.owners[0]]
        patterns.pop(rule.pattern, None)  # said again, it counts where it stands last
        patterns[rule.pattern] = name
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


def _find_ownerless(session: Session, left: Iterable[str], named: Iterable[str]) -> Iterable[str]:
    """Yield remarks on agents that came from the file and have no part in it any more, alone or in a team."""
    taking_part = {member for name in named for member in (name, *session.catalog.members(name))}
    for handle in left:
        if handle not in taking_part and not session.catalog.agents[handle].is_retired:
            yield f"{handle} owns nothing there any more: `flaggit agents retire {handle}`."


def _agent_for(
    session: Session, owners: Sequence[str], handles: Mapping[str, str], source: str, changes: Changes
) -> str:
    """Return the agent of some owners, which enters the catalog where it is not there yet."""
    from flaggit.catalog.codeowners import identity_of

    found: dict[str, None] = {}
    for owner in owners:
        handle = handles[owner]
        found[handle] = None
        if session.catalog.find(handle) is None and handle not in changes:
            changes[handle] = {"identities": [identity_of(owner)], "source": source}
    if len(found) == 1:
        return next(iter(found))
    return _team_for(session, list(found), source, changes)


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
    try:
        return read_file(source, LIMIT).decode("utf-8-sig", "replace")
    except OSError as error:
        raise NotFoundError("unknown_file", f"{source} cannot be read: {error.strerror or error}.") from None
