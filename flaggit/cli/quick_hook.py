"""A hook with nothing to say, answered before anything else is loaded: agents' programs run one at every edit.

It looks at the file system as git lays it out, and leaves every doubt to the command itself.
"""

from __future__ import annotations

import os

from flaggit.clients.facts import folder_of, hand_back, is_continued, parse_input, read_input
from flaggit.git.gitdir import nearest, plain_git_dir
from flaggit.git.turn_mark import has_changed, mark_edited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Tests hold these, and the next one, to the modules that own them.
_EDIT, _STOP, _STARTS = "pre-tool-use", "stop", ("session-start", "subagent-start")
STAGED = "flaggit/staged"
STORE = ".flags"
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_WORK_TREE")  # another repository may be meant


def has_nothing_to_say(argv: list[str]) -> bool:
    """Return True where a hook's command line needs no answer; what the client sends is read then.

    Args:
        argv: The command line without the program's name; ``agent-hook`` begins it.
    """
    if len(argv) not in (2, 4) or argv[1][:1] == "-" or argv[2:3] not in ([], ["--client"]):
        return False
    if any(name in os.environ for name in _ELSEWHERE):
        return False
    client = argv[3] if argv[3:] else ""
    kind = argv[1] if argv[1] in (_EDIT, _STOP) else _find_kind(argv[1], client)
    data = read_input()
    try:
        is_quiet = not kind or _is_quiet(kind, client, parse_input(data))
    except (OSError, ValueError, KeyError):  # the command itself says what is wrong
        is_quiet = False
    if not is_quiet:
        hand_back(data)
    return is_quiet


def _find_kind(name: str, client: str) -> str:
    """Return which of our events a client's name for it means; empty: none of which it reads an answer."""
    from flaggit.clients.table import CLIENTS, USUAL, find_event

    if client and client not in CLIENTS:
        return "unknown"
    event = find_event(CLIENTS[client or USUAL], name)
    return event.kind if event is not None and event.reply else ""


def _is_quiet(kind: str, client: str, facts: Mapping[str, Any]) -> bool:
    named = folder_of(facts)
    folder = os.path.realpath(named if os.path.isdir(named) else ".")
    top = nearest(folder)
    if not top:
        return True
    if kind not in (_EDIT, _STOP):
        return kind in _STARTS and _has_no_store(top)
    folders = _find_git_dirs(folder)
    if folders is None:  # no worktree is here
        return True
    top, git_dir, common = folders
    if kind == _EDIT:
        from flaggit.clients.claims import may_touch

        if may_touch(facts, top, git_dir, common):
            return False
        mark_edited(git_dir)
        return True
    if is_continued(facts):
        return True
    if os.path.lexists(os.path.join(common, "reftable")) or os.path.lexists(os.path.join(git_dir, STAGED)):
        return False
    if os.path.isdir(os.path.join(top, STORE)) and has_changed(git_dir):
        return False
    from flaggit.clients.claims import list_held

    held = list_held(git_dir)
    if not held:
        return True
    from flaggit.clients.sessions import about_held, was_told
    from flaggit.clients.table import CLIENTS, USUAL, session_of

    return was_told(git_dir, session_of(CLIENTS[client or USUAL], facts), map(about_held, held))


def _has_no_store(top: str) -> bool:
    """Return True where a folder is certainly a worktree's top, and neither it nor a sparse HEAD has a store."""
    git_dir = plain_git_dir(top)
    places = (os.path.join(top, STORE), os.path.join(git_dir, "info", "sparse-checkout"))
    return bool(git_dir) and not any(map(os.path.lexists, places))


def _find_git_dirs(folder: str) -> tuple[str, str, str] | None:
    """Return the worktree around a folder, its git directory, and the one that it shares with other worktrees."""
    while not os.path.lexists(place := os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    if os.path.isdir(place):
        return folder, place, place
    with open(place, "rb") as file:
        line = os.fsdecode(file.read(4096)).strip()
    git_dir = os.path.join(folder, line.removeprefix("gitdir: "))
    with open(os.path.join(git_dir, "commondir"), "rb") as file:
        return folder, git_dir, os.path.join(git_dir, os.fsdecode(file.read(4096)).strip())
