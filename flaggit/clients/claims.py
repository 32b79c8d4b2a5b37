"""What others hold that an edit may touch, kept from one edit to the next while the facts that it follows from stand.

It is more than what binds: clocks, removed worktrees and completions only make it less, and which remote decides is
left open. So an edit that touches nothing of it needs no word, and of any other the locks themselves are asked.
"""

from __future__ import annotations

import os

from flaggit.clients.facts import edited_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from flaggit.clone.session import Session

# Where refs of locks lie; tests hold these to the modules that own their names.
LOCK_PLACES = ("refs/heads/flags/lock", "refs/flaggit")
FETCHED = "refs/remotes"  # below it only what is in a folder of locks
LOCK_FOLDER = "/flags/lock"
OTHERS = ("plan", "base")  # names of refs there that are no locks
INSTANCE = "flaggit-identity/instance"
_TIPS = ("refs/heads", FETCHED)
_NAME = "flaggit/claims"  # of a worktree's git directory
_ABSENT = "-"
_PARTS, _END = 6, "end"  # of what is kept, and how it ends
_SETTLED = 2  # seconds after which a file's stamp tells it from the one before


def stamp_locks(common: str) -> str | None:
    """Return what all refs of locks hold; empty: there is none. None: the refs are in another format.

    Args:
        common: The git directory that all worktrees share.
    """
    if os.path.lexists(os.path.join(common, "reftable")):
        return None
    loose = [(name, oid) for name, oid in _read_loose(common, LOCK_PLACES) if name.rpartition("/")[2] not in OTHERS]
    loose += [(name, oid) for name, oid in _read_loose(common, (FETCHED,), LOCK_FOLDER)]
    if not loose and not _has_packed_locks(common):
        return ""
    return "\n".join([_sign(os.path.join(common, "packed-refs")), *(f"{name} {oid}" for name, oid in sorted(loose))])


def may_touch(facts: Mapping[str, Any], top: str, git_dir: str, common: str) -> bool:
    """Return False where an edit certainly touches nothing that anybody else holds.

    Args:
        facts: What the client sent.
        top: The worktree's top folder.
        git_dir: Its own git directory.
        common: The one that it shares with other worktrees.
    """
    stamp = stamp_locks(common)
    if not stamp:
        return stamp is None
    known = _read_kept(git_dir)
    if len(known) != _PARTS or known[0] != _key(stamp, top, git_dir):
        return True
    seen, tips, files, patterns = (part.split("\0") if part else [] for part in known[1:-1])
    if any(_sign(path) != signature for path, signature in zip(seen[::2], seen[1::2], strict=True)):
        return True
    if tips and tips != [_stamp_tips(common)]:
        return True
    paths = edited_paths(facts, top)
    return bool(paths) and (touches(files, paths) != [] or any(matching(patterns, path) for path in paths))


def touches(files: Iterable[str], paths: Iterable[str]) -> list[str]:
    """Return those of ``paths`` that are one of a flag's files, or lie below one, or around it."""
    from flaggit.planning.waves import Footprint

    claimed = Footprint()
    claimed.claim(files)
    return [path for path in paths if claimed.touches([path])]


def matching(patterns: Iterable[str], path: str) -> bool:
    """Return whether one of a lock's patterns stands for a path."""
    from flaggit.core.patterns import matches

    return any(matches(pattern, path) for pattern in patterns)


def keep_claims(session: Session, stamp: str | None) -> None:
    """Keep what others hold, for ``may_touch``; nothing where a flag that is held cannot be seen from here.

    Args:
        session: The call.
        stamp: What ``stamp_locks`` returned before anything of the locks was read.
    """
    from flaggit.clone.identity import find_instance
    from flaggit.clone.lock_refs import list_every_lock
    from flaggit.core.errors import FlaggitError
    from flaggit.git.files import replace_file
    from flaggit.locks.paths import list_every_path_lock

    if not stamp:
        return
    repo, own = session.repo, find_instance(session.repo)
    held = {lock.flag_id for lock in list_every_lock(repo) if lock.holder and lock.instance != own}
    rows = session.clone.get_rows(held, judged=False) if held else []
    if len(rows) < len(held):
        return
    roots = repo.worktree_roots()
    seen: dict[str, str] = {}
    for row in rows:
        is_here = row.place.kind == "here"
        places = [os.path.join(root, row.path) for root in (roots[:1] if is_here else roots)]
        seen.update((place, _sign(place)) for place in places)
        if is_here and seen[places[0]] == _ABSENT:  # in a commit only
            return
    elsewhere = {row.place.kind for row in rows} - {"here"}
    if elsewhere:
        folder = os.path.join(repo.common_dir, "worktrees")
        seen[folder] = _sign(folder)
    if any(_is_young(signature, session.now) for signature in seen.values()):
        return
    files = {name for row in rows for name in row.flag.related_files}
    entries = (entry for entry in list_every_path_lock(repo) if entry.instance != own)
    patterns = {pattern for entry in entries for pattern in entry.patterns}
    tips = _stamp_tips(repo.common_dir) if "branch" in elsewhere else ""
    signs = [word for place, signature in seen.items() for word in (place, signature)]
    if not all(files | patterns):
        return
    parts = [_key(stamp, repo.get_root(), repo.git_dir), "\0".join(signs), tips, "\0".join(files), "\0".join(patterns)]
    data = "\0\0".join([*parts, _END]).encode("utf-8", "surrogateescape")
    try:
        replace_file(os.path.join(repo.git_dir, _NAME), data, durable=False)
    except FlaggitError:  # without it the next edit asks again
        return


def _read_kept(git_dir: str) -> list[str]:
    try:
        with open(os.path.join(git_dir, _NAME), "rb") as file:
            kept = file.read().decode("utf-8", "surrogateescape").split("\0\0")
    except OSError:
        return []
    return kept if kept[-1] == _END else []


def _key(stamp: str, top: str, git_dir: str) -> str:
    """Return what has to be the same for kept claims to hold: the locks, and whose they are not."""
    try:
        with open(os.path.join(git_dir, INSTANCE), "rb") as file:
            own = file.read()
    except OSError:
        own = b""
    place = f"{os.path.realpath(top)} {os.stat(git_dir).st_ino} {os.environ.get('FLAGGIT_SESSION', '')}"
    return f"{place}\n{own!r}\n{stamp}"


def _stamp_tips(common: str) -> str:
    loose = (f"{name} {oid}" for name, oid in sorted(_read_loose(common, _TIPS)))
    return "\n".join([_sign(os.path.join(common, "packed-refs")), *loose])


def _read_loose(common: str, places: Iterable[str], within: str = "") -> list[tuple[str, str]]:
    """Return name and content of the loose refs below ``places``, of those in whose folder's name ``within`` is."""
    found = []
    for place in places:
        for folder, _, names in os.walk(os.path.join(common, place)):
            if within in folder:
                for name in names:
                    if not name.endswith(".lock"):
                        path = os.path.join(folder, name)
                        with open(path, encoding="utf-8", errors="replace") as file:
                            found.append((path, file.read(4096).strip()))
    return found


def _has_packed_locks(common: str) -> bool:
    try:
        with open(os.path.join(common, "packed-refs"), "rb") as file:
            packed = file.read()
    except FileNotFoundError:
        return False
    return f"{LOCK_FOLDER}/".encode() in packed or any(b" %s/" % place.encode() in packed for place in LOCK_PLACES)


def _sign(path: str) -> str:
    """Return what tells a file from any other there, and from itself once it is written again; ``_ABSENT``: none is."""
    try:
        status = os.stat(path)
    except OSError:
        return _ABSENT
    return f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}"


def _is_young(signature: str, now: int) -> bool:
    return signature != _ABSENT and int(signature.partition(".")[0]) // 10**9 + _SETTLED > now
