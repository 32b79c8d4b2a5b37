"""``agent-hook``: answers the programs that agents run in, at the events that concern flags.

It only ever adds facts to what an agent sees. It decides nothing, and no fault of ours may stop
an agent's work, so it says nothing wherever it has nothing to say.
"""

from __future__ import annotations

import os
import sys

from flaggit.clone.session import Reply
from flaggit.core.errors import FlaggitError
from flaggit.core.record import record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.commands.setup.briefing import Briefing
    from flaggit.core.model import Lock

_INPUT_LIMIT = 16 * 1024 * 1024
# Our event -> the names that the clients have for it, without case, hyphens and underscores.
_EVENTS = {
    "SessionStart": ("sessionstart", "subagentstart"),
    "PreToolUse": ("pretooluse", "beforetool"),
    "Stop": ("stop", "agentstop", "subagentstop"),
}
# Where refs of locks lie, and the one ref there that is none; the modules that own these names cost too much here.
_LOCK_PLACES = ("refs/heads/flags/lock/", "refs/flaggit/")
_PLAN = "refs/flaggit/plan"
_PATH_KEYS = ("file_path", "notebook_path", "filePath", "path", "absolute_path")


@record
class Addition:
    """Facts for an agent: the client's own name of the event, and a text or a briefing (neither: nothing to say)."""

    client: str
    event: str
    text: str = ""
    briefing: Briefing | None = None


def agent_hook(_session: Session | None, *, event: str, client: str | None = None) -> Reply[Addition]:
    """Return what an agent should know at an event; nothing for events that do not concern flags.

    Args:
        event: ``session-start``, ``pre-tool-use`` or ``stop``, in any client's spelling.
        client: Whose hook it is; None: one that answers as Claude Code does.
    """
    client = client or "claude"
    plain = event.replace("-", "").replace("_", "").lower()
    kind = next((name for name, spellings in _EVENTS.items() if plain in spellings), "")
    data = _read_input()
    if not kind or (kind != "SessionStart" and not _may_be_locked()):
        return Reply(Addition(client, event))
    facts = _parse(data)
    name = facts.get("hook_event_name")
    empty = Addition(client, name if isinstance(name, str) and name.isalpha() else kind)
    try:
        session = _open_session(facts)
        return _answer(
            session, facts, Addition(client, name if isinstance(name, str) and name.isalpha() else kind), kind
        )
    except FlaggitError as error:
        if error.code in ("no_repository", "no_store", "git_missing"):
            return Reply(empty)
        raise


def _answer(session: Session, facts: Mapping[str, Any], empty: Addition, kind: str) -> Reply[Addition]:
    if kind == "SessionStart":
        from flaggit.commands.setup.briefing import prime

        return Reply(replace(empty, briefing=prime(session, agent=_subagent(session, facts)).data))
    text = _before_edit(session, facts) if kind == "PreToolUse" else _at_stop(session, facts)
    return Reply(replace(empty, text=text))


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


def _may_be_locked() -> bool:
    """Tell whether any flag is locked in the clone that we stand in; looked up without starting git."""
    from flaggit.git.refs import list_refs
    from flaggit.git.repo import find_repo

    try:
        repo = find_repo()
    except FlaggitError:  # perhaps the client's folder, which its message names, is in one
        return True
    return any(name != _PLAN for prefix in _LOCK_PLACES for name in list_refs(repo, prefix))


def _open_session(facts: Mapping[str, Any]) -> Session:
    from flaggit.clone.session import Session as _Session
    from flaggit.git.repo import find_repo

    folder = facts.get("cwd")
    is_folder = isinstance(folder, str) and os.path.isdir(folder)
    return _Session(find_repo(folder if is_folder and isinstance(folder, str) else "."))


def _subagent(session: Session, facts: Mapping[str, Any]) -> str | None:
    """Return the catalog's agent that a subagent is named after: ``backend.api``, or ``backend-api`` for it."""
    name = facts.get("agent_type")
    if not isinstance(name, str) or session.repo.bare:
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
    return "\n".join([*_held_flags_about(session, paths), *_held_paths(session, paths)])


def _held_flags_about(session: Session, paths: list[str]) -> list[str]:
    from flaggit.clone.locks_known import is_from_here
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
    from flaggit.clone.locks_known import is_from_here
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
    given = facts.get("tool_input")
    values: list[object] = []
    if isinstance(given, dict):
        values = [given.get(key) for key in _PATH_KEYS]
        more = given.get("files")
        values += more if isinstance(more, list) else []
    root = os.path.realpath(session.repo.get_root())
    base = facts.get("cwd")
    paths = []
    for value in values:
        if isinstance(value, str) and value and "\0" not in value:
            full = os.path.realpath(os.path.join(base if isinstance(base, str) else root, value))
            if full.startswith(root + os.sep):
                paths.append(os.path.relpath(full, root).replace(os.sep, "/"))
    return paths


def _at_stop(session: Session, facts: Mapping[str, Any]) -> str:
    if facts.get("stop_hook_active"):
        return ""
    from flaggit.clone.locks_known import is_from_here

    is_ours = is_from_here(session)
    mine = [flag_id for flag_id, lock in _live_locks(session).items() if is_ours(lock)]
    held = [row.flag.id for row in session.clone.get_rows(mine) if row.completion is None] if mine else []
    return f"Locked here and not completed yet: {', '.join(held)}." if held else ""


def _live_locks(session: Session) -> dict[str, Lock]:
    from flaggit.clone.lock_rules import binds

    locks = sorted(session.clone.locks.items())
    return {flag_id: lock for flag_id, lock in locks if lock.holder and binds(lock, session.now)}
