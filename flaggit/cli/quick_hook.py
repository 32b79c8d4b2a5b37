"""A hook with nothing to say, answered before anything else is loaded: agents' programs run one at every edit.

It looks at the file system as git lays it out, and leaves every doubt to the command itself.
"""

from __future__ import annotations

import os

from flaggit.git.turn_mark import has_changed, mark_edited

_QUIET = ("pre-tool-use", "stop")  # events at which only locks, what was staged and what changed are worth a word
# Where refs of locks lie; tests hold these, and the mark, to the modules that own their names.
LOCK_PLACES = ("refs/heads/flags/lock", "refs/flaggit")
PLAN = "plan"  # the one ref there that is none
HELD = "refs/worktree/flaggit/held"  # of a worktree's own git directory
STAGED = "flaggit/staged"
STORE = ".flags"
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_NAMESPACE")  # another repository may be meant


def has_nothing_to_say(argv: list[str]) -> bool:
    """Return True where a hook's command line needs no answer; what the client sends is read then.

    Args:
        argv: The command line without the program's name.
    """
    if argv[:1] != ["agent-hook"] or argv[1:2] not in ([_QUIET[0]], [_QUIET[1]]) or "--json" in argv or "-C" in argv:
        return False
    if any(name in os.environ for name in _ELSEWHERE):
        return False
    try:
        folders = _find_git_dirs(os.getcwd())
        if folders is None:
            return False
        top, git_dir, common = folders
        if argv[1] == "stop":
            if _may_be_held(git_dir, common) or os.path.lexists(os.path.join(git_dir, STAGED)):
                return False
            if os.path.isdir(os.path.join(top, STORE)) and has_changed(git_dir):
                return False
        elif _may_be_locked(common):
            return False
        else:
            mark_edited(git_dir)
    except OSError:  # the command itself says what is wrong
        return False
    _drain()
    return True


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


def _may_be_held(git_dir: str, common: str) -> bool:
    """Return False where this worktree holds nothing: git never packs refs of a worktree's own."""
    held = os.path.join(git_dir, HELD)
    return os.path.lexists(os.path.join(common, "reftable")) or (os.path.isdir(held) and bool(os.listdir(held)))


def _may_be_locked(common: str) -> bool:
    """Return False where no ref of a lock is there, loose or packed; refs in another format leave it open."""
    if os.path.lexists(os.path.join(common, "reftable")):
        return True
    for place in LOCK_PLACES:
        for folder, _, names in os.walk(os.path.join(common, place)):
            if [name for name in names if name != PLAN or not folder.endswith(LOCK_PLACES[1])]:
                return True
    try:
        with open(os.path.join(common, "packed-refs"), "rb") as file:
            packed = file.read()
    except FileNotFoundError:
        return False
    return any(b" %s/" % place.encode() in packed for place in LOCK_PLACES)


def _drain() -> None:
    """Read what the client sends, so that it never writes to nobody; a terminal sends nothing."""
    try:
        while not os.isatty(0) and os.read(0, 65536):
            pass
    except OSError:
        return
