"""``agent-hook``: answers the programs that agents run in, at the events that concern flags.

It adds facts to what an agent sees, in the shape that the program reads, and says nothing wherever it has nothing
to say. At the end of a turn an answer makes the agent go on, so it names only what can be done now, and only once.
No fault of ours may stop an agent's work.
"""

from __future__ import annotations

import os

from flaggit.clients.facts import agent_of, edited_paths, folder_of, is_continued, parse_input, read_input
from flaggit.clients.table import CLIENTS, EDIT, SESSION, SUBAGENT, UNATTENDED, USUAL, find_event, session_of
from flaggit.clone.session import Reply, Session
from flaggit.core.errors import NOTHING_HERE, FlaggitError
from flaggit.core.record import record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clients.table import Client
    from flaggit.commands.setup.briefing import Briefing
    from flaggit.core.model import Lock

_MOST_OWED = 3  # agents who are named as not told


@record
class Addition:
    """Facts for an agent, as a text or a briefing; neither: nothing to say.

    ``event`` is the client's own name of the event, ``shape`` how it reads an answer there (``clients.table``).
    """

    client: str
    event: str
    shape: str = ""
    text: str = ""
    briefing: Briefing | None = None


def agent_hook(_session: Session | None, *, event: str, client: str | None = None) -> Reply[Addition]:
    """Return the context for an agent at an event; empty for events that do not concern flags.

    Args:
        event: ``session-start``, ``subagent-start``, ``pre-tool-use`` or ``stop``, or the client's name for it.
        client: Whose hook it is, a key of ``CLIENTS``; None: one that answers as Claude Code does.
    """
    asking = CLIENTS[client or USUAL]
    found = find_event(asking, event)
    data = read_input()
    if found is None or not found.reply or (found.reply == "ask" and UNATTENDED in os.environ):
        return Reply(Addition(asking.name, found.name if found else event))
    facts = parse_input(data)
    empty = Addition(asking.name, found.name, found.reply)
    try:
        session = _open_session(facts)
        if _is_doubled(session, asking, facts):
            return Reply(empty)
        return Reply(_answer(session, asking, facts, empty, found.kind))
    except FlaggitError as error:
        if error.code in NOTHING_HERE:
            return Reply(empty)
        raise


def _answer(session: Session, client: Client, facts: Mapping[str, Any], empty: Addition, kind: str) -> Addition:
    from flaggit.clients.sessions import filter_new_lines, find_other, note_sign

    own = session_of(client, facts)
    if kind in (SESSION, SUBAGENT):
        from flaggit.commands.setup.briefing import prime

        is_new = kind == SESSION and facts.get("source") not in ("resume", "clear", "compact")
        other = find_other(session.repo.git_dir, own, session.now) if own and is_new else None
        briefing = prime(session, agent=_subagent(session, facts)).data
        note_sign(session.repo.git_dir, own, session.now)
        return replace(empty, briefing=replace(briefing, other_session=other))
    note_sign(session.repo.git_dir, own, session.now)
    if kind == EDIT:
        return replace(empty, text=_before_edit(session, facts))
    return replace(empty, text="\n".join(filter_new_lines(session.repo.git_dir, own, _at_stop(session, facts))))


def _is_doubled(session: Session, client: Client, facts: Mapping[str, Any]) -> bool:
    """Return True where Cursor runs Claude Code's hooks as well as its own of ours: one of them is enough."""
    if client.name != "claude" or "cursor_version" not in facts or session.repo.bare:
        return False
    from flaggit.clients.settings import has_hooks
    from flaggit.git.project_files import read_text

    return has_hooks(read_text(session.repo.get_root(), CLIENTS["cursor"].path))


def _open_session(facts: Mapping[str, Any]) -> Session:
    from flaggit.git.repo import find_repo

    folder = folder_of(facts)
    return Session(find_repo(folder if os.path.isdir(folder) else "."))


def _subagent(session: Session, facts: Mapping[str, Any]) -> str | None:
    """Return the catalog's agent that a subagent is named after: ``backend.api``, or ``backend-api`` for it."""
    name = agent_of(facts)
    if not name or session.repo.bare:
        return None
    for candidate in (name, name.replace("-", ".", 1)):
        agent = session.catalog.find("@" + candidate.lstrip("@"))
        if agent is not None:
            return agent.name
    return None


def _before_edit(session: Session, facts: Mapping[str, Any]) -> str:
    paths = [] if session.repo.bare else edited_paths(facts, session.repo.get_root())
    if not paths:
        return ""
    from flaggit.clients.claims import keep_claims, list_lock_refs
    from flaggit.git.turn_mark import mark_edited

    mark_edited(session.repo.git_dir)
    refs = list_lock_refs(session.repo.common_dir)
    lines = [*_held_flags_about(session, paths), *_held_paths(session, paths)]
    keep_claims(session, refs)
    return "\n".join(lines)


def _held_flags_about(session: Session, paths: list[str]) -> list[str]:
    from flaggit.clients.claims import touches
    from flaggit.clone.visible_locks import is_from_here

    is_ours = is_from_here(session)
    others = {flag_id: lock for flag_id, lock in _live_locks(session).items() if not is_ours(lock)}
    lines = []
    for row in session.clone.get_rows(others) if others else []:
        touched = touches(row.flag.related_files, paths)
        if touched and row.completion is None:
            lock = others[row.flag.id]
            lines.append(f"Flag {row.flag.id} names {touched[0]}; {lock.holder} holds it until {lock.expires}.")
    return lines


def _held_paths(session: Session, paths: list[str]) -> list[str]:
    from flaggit.clients.claims import matching
    from flaggit.clone.lock_rules import binds
    from flaggit.clone.visible_locks import is_from_here
    from flaggit.locks.paths import read_path_locks

    is_ours = is_from_here(session)
    lines = []
    for lock in read_path_locks(session):
        if binds(lock, session.now) and not is_ours(lock):
            touched = [path for path in paths if matching(lock.patterns, path)]
            if touched:
                lines.append(f"{lock.holder} has locked {touched[0]} until {lock.expires}.")
    return lines


def _at_stop(session: Session, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what the agent can do before it stops: nothing that waits on an answer, or on anybody else.

    What a line is about -> the line.
    """
    if is_continued(facts):
        return {}
    return {**{line: line for line in _uncommitted(session)}, **_left(session), **_owed(session)}


def _owed(session: Session) -> dict[str, str]:
    """Return a line for each agent whom the change here concerns and no flag tells; once for the same change."""
    from flaggit.git.turn_mark import has_changed, record_turn, was_answered

    repo = session.repo
    if repo.bare or not has_changed(repo.git_dir):
        return {}
    actor = session.find_actor()
    lines: dict[str, str] = {}
    question = ""
    if actor is not None and session.catalog.agents:
        from flaggit.impact.asked import describe_change, read_asked

        asked = read_asked(session)
        question = f"{actor.handle} {describe_change(repo, asked)}"
        if asked.entries and not was_answered(repo.git_dir, question):
            from flaggit.core.text import visible
            from flaggit.hooks.unflagged import find_owed

            for item in find_owed(session, actor.handle, asked)[:_MOST_OWED]:
                tells = f"`{item.command} --change TEXT --action TEXT` tells them."
                lines[f"owed {item.owner}"] = visible(f"{item.sentence} {tells}")
    record_turn(repo.git_dir, question)
    return lines


def _uncommitted(session: Session) -> list[str]:
    """Return a line where flags or completions of this worktree are in no commit yet."""
    from flaggit.core.layout import STORE
    from flaggit.git.turn_mark import forget_staged, has_staged

    if session.repo.bare or not has_staged(session.repo):
        return []
    output = session.repo.run("status", "--porcelain=v1", "-z", "--no-renames", "--", STORE).stdout
    count = len([item for item in output.split(b"\0") if item])
    if not count:
        forget_staged(session.repo)
        return []
    files = "1 file" if count == 1 else f"{count} files"
    return [f"{files} below {STORE}/ (flags, completions) in no commit yet: nobody else has them until then."]


def _left(session: Session) -> dict[str, str]:
    """Return a line for each flag that is held here and could be gone on with now."""
    from flaggit.clients.claims import HELD
    from flaggit.clients.sessions import about_held
    from flaggit.git.refs import list_refs

    if not list_refs(session.repo, f"{HELD}/"):
        return {}
    from flaggit.clone.visible_locks import is_from_here

    is_ours = is_from_here(session)
    mine = [flag_id for flag_id, lock in _live_locks(session).items() if is_ours(lock)]
    rows = session.clone.get_rows(mine) if mine else []
    ids = [row.flag.id for row in rows if row.completion is None and not row.waits_on and row.place.kind == "here"]
    return {about_held(flag_id): _held_line(flag_id) for flag_id in ids}


def _held_line(flag_id: str) -> str:
    end = f"`flaggit complete {flag_id}` or `flaggit unlock {flag_id}` ends it."
    return f"Flag {flag_id} is held here and not completed: {end}"


def _live_locks(session: Session) -> dict[str, Lock]:
    from flaggit.clone.lock_rules import binds

    locks = sorted(session.clone.locks.items())
    return {flag_id: lock for flag_id, lock in locks if lock.holder and binds(lock, session.now)}
