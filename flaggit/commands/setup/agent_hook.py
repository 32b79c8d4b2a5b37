"""``agent-hook``: answers the programs that agents run in, at the events that concern flags.

It adds facts to what an agent sees, in the shape that the program reads, and says nothing wherever it has nothing
to say. At the end of a turn an answer makes the agent go on, so it names only what can be done now, and only once.
No fault of ours may stop an agent's work.
"""

from __future__ import annotations

import os
import sys

from flaggit.clients.table import CLIENTS, EDIT, SESSION, SUBAGENT, find_event
from flaggit.clone.session import Reply
from flaggit.core.errors import NOTHING_HERE, FlaggitError
from flaggit.core.record import record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clients.table import Client
    from flaggit.clone.session import Session
    from flaggit.commands.setup.briefing import Briefing
    from flaggit.core.model import Lock

_INPUT_LIMIT = 16 * 1024 * 1024
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
    asking = CLIENTS[client or "claude"]
    found = find_event(asking, event)
    data = _read_input()
    if found is None or not found.reply:
        return Reply(Addition(asking.name, found.name if found else event))
    facts = _parse(data)
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
    from flaggit.clients.table import session_of

    own = session_of(client, facts)
    if kind in (SESSION, SUBAGENT):
        from flaggit.commands.setup.briefing import prime

        is_new = kind == SESSION and facts.get("source") not in ("resume", "clear", "compact")
        other = find_other(session.repo, own, session.now) if own and is_new else None
        briefing = prime(session, agent=_subagent(session, facts)).data
        note_sign(session.repo, own, session.now)
        return replace(empty, briefing=replace(briefing, other_session=other))
    note_sign(session.repo, own, session.now)
    if kind == EDIT:
        return replace(empty, text=_before_edit(session, facts))
    return replace(empty, text="\n".join(filter_new_lines(session.repo, own, _at_stop(session, facts))))


def _is_doubled(session: Session, client: Client, facts: Mapping[str, Any]) -> bool:
    """Return True where Cursor runs Claude Code's hooks as well as its own of ours: one of them is enough."""
    if client.name != "claude" or "cursor_version" not in facts or session.repo.bare:
        return False
    from flaggit.clients.settings import has_hooks
    from flaggit.git.project_files import read_text

    return has_hooks(read_text(session.repo.get_root(), CLIENTS["cursor"].path))


def _read_input() -> bytes:
    """Read all that the client sends, so that it never writes to nobody."""
    if sys.stdin is None or sys.stdin.isatty():
        return b""
    data = b""
    while len(data) < _INPUT_LIMIT and (chunk := os.read(0, 65536)):
        data += chunk
    return data


def _parse(data: bytes) -> dict[str, Any]:
    if not data.strip():
        return {}
    import json

    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _open_session(facts: Mapping[str, Any]) -> Session:
    from flaggit.clients.table import folder_of
    from flaggit.clone.session import Session as _Session
    from flaggit.git.repo import find_repo

    folder = folder_of(facts)
    return _Session(find_repo(folder if os.path.isdir(folder) else "."))


def _subagent(session: Session, facts: Mapping[str, Any]) -> str | None:
    """Return the catalog's agent that a subagent is named after: ``backend.api``, or ``backend-api`` for it."""
    from flaggit.clients.table import agent_of

    name = agent_of(facts)
    if not name or session.repo.bare:
        return None
    for candidate in (name, name.replace("-", ".", 1)):
        agent = session.catalog.find("@" + candidate.lstrip("@"))
        if agent is not None:
            return agent.name
    return None


def _before_edit(session: Session, facts: Mapping[str, Any]) -> str:
    paths = [] if session.repo.bare else _edited_paths(session, facts)
    if not paths:
        return ""
    from flaggit.git.turn_mark import mark_edited

    mark_edited(session.repo.git_dir)
    return "\n".join([*_held_flags_about(session, paths), *_held_paths(session, paths)])


def _held_flags_about(session: Session, paths: list[str]) -> list[str]:
    from flaggit.clone.visible_locks import is_from_here
    from flaggit.planning.waves import Footprint

    is_ours = is_from_here(session)
    others = {flag_id: lock for flag_id, lock in _live_locks(session).items() if not is_ours(lock)}
    lines = []
    for row in session.clone.get_rows(others) if others else []:
        claimed = Footprint()
        claimed.claim(row.flag.related_files)
        touched = [path for path in paths if claimed.touches([path])]
        if touched and row.completion is None:
            lock = others[row.flag.id]
            lines.append(f"Flag {row.flag.id} names {touched[0]}; {lock.holder} holds it until {lock.expires}.")
    return lines


def _held_paths(session: Session, paths: list[str]) -> list[str]:
    from flaggit.clone.lock_rules import binds
    from flaggit.clone.visible_locks import is_from_here
    from flaggit.core.patterns import matches
    from flaggit.locks.paths import read_path_locks

    is_ours = is_from_here(session)
    lines = []
    for lock in read_path_locks(session):
        if binds(lock, session.now) and not is_ours(lock):
            touched = [path for path in paths for pattern in lock.patterns if matches(pattern, path)]
            if touched:
                lines.append(f"{lock.holder} has locked {touched[0]} until {lock.expires}.")
    return lines


def _edited_paths(session: Session, facts: Mapping[str, Any]) -> list[str]:
    """Return the files that a tool is about to change, relative to the root; those outside it left out."""
    from flaggit.clients.table import edited_files, folder_of

    root = os.path.realpath(session.repo.get_root())
    base = folder_of(facts) or root
    paths = []
    for value in edited_files(facts):
        if "\0" not in value:
            full = os.path.realpath(os.path.join(base, value))
            if full.startswith(root + os.sep):
                paths.append(os.path.relpath(full, root).replace(os.sep, "/"))
    return paths


def _at_stop(session: Session, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what the agent can do before it stops: nothing that waits on an answer, or on anybody else.

    What a line is about -> the line.
    """
    from flaggit.clients.table import is_continued

    if is_continued(facts):
        return {}
    plain = [*_uncommitted(session), *_left(session)]
    return {**{line: line for line in plain}, **_owed(session)}


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
        from flaggit.core.text import visible
        from flaggit.hooks.unflagged import find_owed
        from flaggit.impact.asking import describe_change

        question = f"{actor.handle} {describe_change(session)}"
        if not was_answered(repo.git_dir, question):
            for item in find_owed(session, actor.handle)[:_MOST_OWED]:
                tells = f"`{item.command} --change TEXT --action TEXT` tells them."
                lines[f"owed {item.owner}"] = visible(f"{item.sentence} {tells}")
    record_turn(repo.git_dir, question)
    return lines


def _uncommitted(session: Session) -> list[str]:
    """Return a line where flags or completions of this worktree are in no commit yet."""
    from flaggit.core.layout import STORE
    from flaggit.git.staged_mark import forget_staged, has_staged

    if session.repo.bare or not has_staged(session.repo):
        return []
    output = session.repo.run("status", "--porcelain=v1", "-z", "--no-renames", "--", STORE).stdout
    count = len([item for item in output.split(b"\0") if item])
    if not count:
        forget_staged(session.repo)
        return []
    files = "1 file" if count == 1 else f"{count} files"
    return [f"{files} below {STORE}/ (flags, completions) in no commit yet: nobody else has them until then."]


def _left(session: Session) -> list[str]:
    """Return a line where flags are held here that could be gone on with now."""
    from flaggit.clone.visible_locks import is_from_here

    is_ours = is_from_here(session)
    mine = [flag_id for flag_id, lock in _live_locks(session).items() if is_ours(lock)]
    rows = session.clone.get_rows(mine) if mine else []
    ids = [row.flag.id for row in rows if row.completion is None and not row.waits_on and row.place.kind == "here"]
    if not ids:
        return []
    which = "it" if len(ids) == 1 else "each"
    return [f"Held here and not completed: {', '.join(ids)}. `flaggit complete` or `flaggit unlock` ends {which}."]


def _live_locks(session: Session) -> dict[str, Lock]:
    from flaggit.clone.lock_rules import binds

    locks = sorted(session.clone.locks.items())
    return {flag_id: lock for flag_id, lock in locks if lock.holder and binds(lock, session.now)}
