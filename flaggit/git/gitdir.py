"""Where git keeps what (``gitrepository-layout``, ``setup.c``): answered from a few small files, or not at all.

Only layouts are judged here of which git's own answer is certain: a work tree of ours with a plain
``.git`` beside nothing unusual. Of everything else these functions say that they do not know, and
``repo`` asks git.
"""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR, S_ISREG

_UNKNOWN = b"?"
_LONGEST = 1 << 20  # bytes of a configuration that is looked through
_HEX = frozenset("0123456789abcdef")
# Extensions of a repository's format that change nothing of where things lie, and that every git from 2.39 on knows.
_HARMLESS_EXTENSIONS = (
    *(b"objectformat=sha1", b"objectformat=sha256", b"refstorage=files"),
    *(b"worktreeconfig=true", b"partialclone="),
)
_NO_ANSWER = (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_KEYS_OF_PLACE = (b"bare", b"worktree", b"repositoryformatversion", b"extensions")


def nearest(folder: str) -> str:
    """Return the first of a folder and those above it that has something of a repository; empty: none has.

    Args:
        folder: An absolute path without links.
    """
    device = -1
    while True:
        try:
            status = os.lstat(folder)
        except OSError:
            return folder  # git may still find it, or say what is wrong
        if device not in (-1, status.st_dev) or _has_any(folder):
            return folder  # git does not go beyond a file system, unless told to
        device = status.st_dev
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


def plain_git_dir(top: str) -> str:
    """Return the git directory of the work tree whose top a folder is, where git's own answer is certain; else nothing.

    Certain is: everything belongs to us (git refuses what does not, ``safe.directory``), and no
    configuration moves the work tree or denies that there is one.
    """
    dot_git = os.path.join(top, ".git")
    try:
        status = os.lstat(dot_git)
        owners = {os.lstat(top).st_uid, status.st_uid}
        if S_ISDIR(status.st_mode):
            git_dir = dot_git
        elif S_ISREG(status.st_mode):
            git_dir = _target_of(dot_git)
            owners.add(os.lstat(git_dir).st_uid)
        else:
            return ""
    except OSError:
        return ""
    if hasattr(os, "geteuid") and owners != {os.geteuid()}:
        return ""
    return git_dir if _is_plain(git_dir) else ""


def git_dir_of(top: str) -> str:
    """Return the git directory that a folder's ``.git`` is or names, links resolved; nothing where it is none."""
    dot_git = os.path.join(top, ".git")
    try:
        git_dir = os.path.realpath(dot_git) if os.path.isdir(dot_git) else _target_of(dot_git)
    except OSError:
        return ""
    return git_dir if os.path.lexists(os.path.join(git_dir, "HEAD")) else ""


def find_common_dir(git_dir: str) -> str:
    """Return the git directory that all worktrees share."""
    pointer = read_line(os.path.join(git_dir, "commondir"))
    return os.path.realpath(os.path.join(git_dir, pointer)) if pointer else git_dir


def linked_worktrees(common_dir: str) -> list[tuple[str, str]]:
    """Return (own git directory, top folder) of each worktree that a clone has besides its first one.

    Those are git's own records: the folders need not exist any more, or not be seen from here.
    """
    folder = os.path.join(common_dir, "worktrees")
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):  # a disk that fails says nothing about worktrees
        return []
    found = []
    for name in names:
        git_dir = os.path.join(folder, name)
        line = read_line(os.path.join(git_dir, "gitdir"))
        if line:
            found.append((git_dir, os.path.realpath(os.path.dirname(os.path.join(git_dir, line)))))
    return found


def is_plain_config(common_dir: str, git_dir: str) -> bool:
    """Return whether a repository's configuration leaves the work tree where it is: around ``.git``."""
    lines = _lines_of_place(os.path.join(common_dir, "config"))
    own = b"worktreeconfig=true" in lines
    if own:
        lines |= _lines_of_place(os.path.join(git_dir, "config.worktree"))
    elif common_dir != git_dir:  # of a linked worktree they count only with that extension
        lines = {line for line in lines if not line.startswith((b"bare=", b"worktree="))}
    return all(_is_harmless(line) for line in lines)


def git_dir_around(folder: str) -> str:
    """Return the git directory (a worktree's own, or the shared one) that a folder lies in; empty: in none."""
    while True:
        if os.path.lexists(os.path.join(folder, "HEAD")) and any(
            os.path.lexists(os.path.join(folder, name)) for name in ("objects", "commondir")
        ):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder or os.path.lexists(os.path.join(folder, ".git")):
            return ""
        folder = parent


def shared_mode(git_dir: str) -> int:
    """Return the rights that ``core.sharedRepository`` gives to a repository's files; negative: those and no others.

    Source: git's ``git_config_perm``. Only the repository's own configuration is looked at, where
    ``git init --shared`` writes it.
    """
    found = ""
    try:
        with open(os.path.join(find_common_dir(git_dir), "config"), encoding="utf-8", errors="replace") as file:
            for line in file:
                key, equals, value = line.partition("=")
                if key.strip().lower() == "sharedrepository":
                    found = value.strip().strip('"').lower() if equals else "group"
    except OSError:
        return 0
    if found in ("", "umask", "false", "no", "off", "0"):
        return 0
    if found in ("all", "world", "everybody", "2"):
        return 0o664
    try:
        number = int(found, 8)
    except ValueError:
        return 0o660
    return -(number & 0o666) if number > 2 else 0o660


def mentions(common_dir: str, word: bytes) -> bool:
    """Return whether a repository's own configuration has a word (lower case) in it."""
    try:
        with open(os.path.join(common_dir, "config"), "rb") as file:
            return word in file.read(_LONGEST).lower()
    except FileNotFoundError:
        return False


def read_line(path: str) -> str:
    """Return a small file's first line, or nothing where it cannot be read, or holds what a failing machine leaves.

    Raises:
        OSError: The disk fails, or files and memory have run out: that says nothing about this file.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            line = file.readline(4096).rstrip("\n")
    except OSError as error:
        if error.errno in _NO_ANSWER:
            raise
        return ""
    return "" if "\0" in line else line


def _has_any(folder: str) -> bool:
    return any(_may_be_there(os.path.join(folder, name)) for name in (".git", "HEAD"))


def _may_be_there(path: str) -> bool:
    """Return whether something lies at a path, or the system does not say: git is asked then."""
    try:
        os.lstat(path)
    except OSError as error:
        return not isinstance(error, FileNotFoundError | NotADirectoryError)
    return True


def _target_of(dot_git: str) -> str:
    """Return where a ``.git`` file leads, links resolved before any ``..``. Raises OSError where it cannot be read."""
    with open(dot_git, encoding="utf-8", errors="surrogateescape", newline="") as file:
        text = file.read(8192)
    if not text.startswith("gitdir: ") or "\0" in text:
        raise OSError("is no file of git's")
    return os.path.realpath(os.path.join(os.path.dirname(dot_git), text[len("gitdir: ") :].rstrip("\r\n")))


def _is_plain(git_dir: str) -> bool:
    common_dir = find_common_dir(git_dir)
    if common_dir != git_dir and not git_dir.startswith(os.path.join(common_dir, "worktrees", "")):
        return False
    head = read_line(os.path.join(git_dir, "HEAD"))
    is_head = head.startswith("ref: refs/") or (len(head) in (40, 64) and _HEX.issuperset(head))
    folders = (os.path.join(common_dir, name) for name in ("objects", "refs"))
    return is_head and all(os.access(folder, os.X_OK) for folder in folders) and is_plain_config(common_dir, git_dir)


def _lines_of_place(path: str) -> set[bytes]:
    """Return the lines of a configuration that may say where a work tree is, without blanks and in lower case."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LONGEST)
    except FileNotFoundError:
        return set()
    except OSError:
        return {_UNKNOWN}
    if len(data) == _LONGEST:
        return {_UNKNOWN}
    found = set()
    is_extension = False
    is_continued = False
    for line in data.lower().splitlines():
        plain = b"".join(line.split())
        if plain and not is_continued and not _is_sound(plain):
            return {_UNKNOWN}  # only git can tell what it makes of that
        is_continued = line.endswith(b"\\")
        if plain.startswith(b"["):
            is_extension = plain == b"[extensions]"
        if plain and (is_extension or any(key in plain for key in _KEYS_OF_PLACE)):
            found.add(plain)
    return found


def _is_sound(plain: bytes) -> bool:
    """Return whether a line without its blanks is a section, a key or a remark, as far as can be seen at a glance."""
    if plain.startswith((b"#", b";")):
        return True
    is_known = b"]" in plain if plain.startswith(b"[") else plain[:1].isalpha()
    return is_known and plain.count(b'"') % 2 == 0


def _is_harmless(line: bytes) -> bool:
    """Return whether a line that names one of the keys in question is known to move nothing."""
    if line in (b"bare=false", b"repositoryformatversion=0", b"repositoryformatversion=1", b"[extensions]"):
        return True
    if line.startswith(_HARMLESS_EXTENSIONS):
        return True
    # A branch or a remote called so (`worktree-agent-1`), what it follows, and where it is.
    is_name = line.startswith((b'[branch"', b'[remote"')) and line.endswith(b'"]')
    return is_name or line.startswith((b"merge=refs/", b"url=", b"fetch=", b"#", b";"))
