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
HELD = "refs/worktree/flaggit/held"  # of a worktree's own git directory
OTHERS = ("plan", "base")  # names of refs there that are no locks
_STORE, _NO_FLAGS = ".flags", ("done", "notes")  # of the store's folders
INSTANCE = "flaggit-identity/instance"
_TIPS = ("refs/heads", FETCHED)
_NAME = "flaggit/claims"  # of a worktree's git directory
_ABSENT = "-"
_PARTS, _END = 7, "end"  # of what is kept, and how it ends
_MOST_NEW = 20  # locks that are looked at one by one
_SETTLED = 2  # seconds after which a file's stamp tells it from the one before


def list_lock_refs(common: str) -> dict[str, str] | None:
    """Return path -> object id of the loose refs of locks, with the stamp of packed ones where these may hold any.

    Args:
        common: The git directory that all worktrees share.

    Returns:
        Nothing in it: nothing is locked. None: the refs are in another format.
    """
    if os.path.lexists(os.path.join(common, "reftable")):
        return None
    loose = {name: oid for name, oid in _read_loose(common, LOCK_PLACES) if os.path.basename(name) not in OTHERS}
    loose.update(_read_loose(common, (FETCHED,), LOCK_FOLDER))
    if _has_packed_locks(common):
        packed = os.path.join(common, "packed-refs")
        loose[packed] = _sign(packed)
    return loose


def list_held(git_dir: str) -> list[str]:
    """Return the flags that a worktree may hold: git never packs refs of a worktree's own, where refs are files."""
    try:
        return os.listdir(os.path.join(git_dir, HELD))
    except FileNotFoundError:
        return []


def may_touch(facts: Mapping[str, Any], top: str, git_dir: str, common: str) -> bool:
    """Return False where an edit certainly touches nothing that anybody else holds.

    Args:
        facts: What the client sent.
        top: The worktree's top folder.
        git_dir: Its own git directory.
        common: The one that it shares with other worktrees.
    """
    refs = list_lock_refs(common)
    if not refs:
        return refs is None
    known, files, patterns = _read_kept(top, git_dir, common)
    new = {name: oid for name, oid in refs.items() if f"{name} {oid}" not in known and _id_of(name) not in known}
    if len(new) > _MOST_NEW:
        return True
    paths = edited_paths(facts, top)
    for name, oid in new.items() if paths else ():
        named = _read_files(top, _id_of(name))
        if named is None or (touches(named, paths) and not _is_own(git_dir, common, oid)):
            return True
    return bool(paths) and (touches(files, paths) != [] or any(matching(patterns, path) for path in paths))


def _read_files(top: str, flag_id: str) -> list[str] | None:
    """Return the files that a flag of this worktree names, if it is written as flaggit writes; None: who knows.

    They may be more than it names, and are never fewer.
    """
    store = os.path.join(top, _STORE)
    places = [os.path.join(store, folder, f"{flag_id}.yaml") for folder in os.listdir(store) if folder not in _NO_FLAGS]
    found = [place for place in places if os.path.isfile(place)]
    if len(found) != 1:
        return None
    with open(found[0], "rb") as file:
        data = file.read()
    if b"related_files" not in data and b"\\" not in data:
        return []
    _, key, rest = data.partition(b"\nrelated_files:\n")
    if not key or data.count(b"related_files") > 1:
        return None
    files = []
    for line in rest.split(b"\n"):
        if line.startswith(b'  - "') and line.endswith(b'"') and line.count(b'"') == 2 and b"\\" not in line:
            files.append(line[5:-1].decode())
        elif line:
            return files if line[:1].isalpha() else None
    return files


def _is_own(git_dir: str, common: str, oid: str) -> bool:
    """Return True where a lock is certainly this worktree's own, taken outside any named session."""
    import zlib

    if "FLAGGIT_SESSION" in os.environ:
        return False
    try:
        with open(os.path.join(common, "objects", oid[:2], oid[2:]), "rb") as file:
            lines = zlib.decompress(file.read()).split(b"\n")
    except (OSError, zlib.error):
        return False
    said = [line for line in lines if line.startswith(b"Lock-Instance:")]
    home = f" {os.stat(git_dir).st_ino}".encode()  # a token belongs to the folder that stands behind it
    return said == [b"Lock-Instance: " + _read_own(git_dir).strip().removesuffix(home)]


def _id_of(name: str) -> str:
    return name.rpartition("/")[2]


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


def keep_claims(session: Session, refs: dict[str, str] | None) -> None:
    """Keep what others hold, for ``may_touch``; nothing where a flag that is held cannot be seen from here.

    Args:
        session: The call.
        refs: What ``list_lock_refs`` returned before anything of the locks was read.
    """
    from flaggit.clone.identity import find_instance
    from flaggit.clone.lock_refs import list_every_lock
    from flaggit.core.errors import FlaggitError
    from flaggit.git.files import replace_file
    from flaggit.locks.paths import list_every_path_lock

    if not refs:
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
    # Whatever becomes of the lock of a flag that is claimed for others: its files are claimed already.
    known = [*(f"{name} {oid}" for name, oid in refs.items()), *held]
    lists = ("\0".join(part) for part in (signs, known, files, patterns))
    parts = [_key(repo.get_root(), repo.git_dir), tips, *lists, _END]
    data = "\0\0".join(parts).encode("utf-8", "surrogateescape")
    try:
        replace_file(os.path.join(repo.git_dir, _NAME), data, durable=False)
    except FlaggitError:  # without it the next edit asks again
        return


def _read_kept(top: str, git_dir: str, common: str) -> tuple[list[str], list[str], list[str]]:
    """Return what ``keep_claims`` kept, as far as it still holds: refs and ids that are known, files, patterns."""
    try:
        with open(os.path.join(git_dir, _NAME), "rb") as file:
            kept = file.read().decode("utf-8", "surrogateescape").split("\0\0")
    except OSError:
        return [], [], []
    if len(kept) != _PARTS or kept[-1] != _END or kept[0] != _key(top, git_dir):
        return [], [], []
    tips, lists = kept[1], [part.split("\0") if part else [] for part in kept[2:-1]]
    seen, known, files, patterns = lists
    if any(_sign(path) != signature for path, signature in zip(seen[::2], seen[1::2], strict=True)):
        return [], [], []
    return ([], [], []) if tips and tips != _stamp_tips(common) else (known, files, patterns)


def _key(top: str, git_dir: str) -> str:
    """Return what has to be the same for kept claims to hold: whose they are not."""
    place = f"{os.path.realpath(top)} {os.stat(git_dir).st_ino} {os.environ.get('FLAGGIT_SESSION', '')}"
    return f"{place}\n{_read_own(git_dir)!r}"


def _read_own(git_dir: str) -> bytes:
    try:
        with open(os.path.join(git_dir, INSTANCE), "rb") as file:
            return file.read()
    except OSError:
        return b""


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
