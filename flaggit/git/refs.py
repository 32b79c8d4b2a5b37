"""Reads refs straight from disk, as git stores them: loose files, then ``packed-refs``.

Looking for any lock at all costs a tenth of a bare Python process this way, a fifth of what a
git process costs. Where the repository keeps its refs in another format (reftable), git is asked.
Names are full (``refs/heads/main``), object ids hexadecimal.
"""

from __future__ import annotations

import errno
import os

from flaggit.git.repo import Repo

HEADS = "refs/heads/"
REMOTES = "refs/remotes/"
# A ref that another git is just changing is waited for; a killed one leaves its <ref>.lock behind: no longer than this.
WAITING = ("-c", "core.filesRefLockTimeout=3000", "-c", "core.packedRefsTimeout=3000")
_HEX = frozenset("0123456789abcdef")


def short_ref(ref: str) -> str:
    """Return a branch as people write it: ``main``, ``origin/main``."""
    return ref.removeprefix(HEADS).removeprefix(REMOTES)


def read_ref(repo: Repo, name: str) -> str | None:
    """Return the object id that a ref holds now, or None where there is no such ref."""
    if _is_foreign_format(repo):
        return repo.text("rev-parse", "--verify", "--quiet", "--end-of-options", name, check=False) or None
    folder = repo.git_dir if _is_per_worktree(name) else repo.common_dir
    for _ in range(5):  # a symbolic ref may name another
        line = _read_loose(os.path.join(folder, name))
        if not line.startswith("ref: "):
            break
        name = line[5:].strip()
        folder = repo.git_dir if _is_per_worktree(name) else repo.common_dir
    return line if is_oid(line) else _find_packed(_read_packed(repo), name)


def list_refs(repo: Repo, prefix: str) -> dict[str, str]:
    """Return name -> object id of all refs below ``prefix`` (ending in ``/``), sorted; symbolic ones left out."""
    if _is_foreign_format(repo):
        lines = repo.run("for-each-ref", "--format=%(refname) %(objectname) %(symref)", prefix).lines
        return {name: oid for name, oid, symbolic in (line.split(" ") for line in lines) if not symbolic}
    folder = repo.git_dir if _is_per_worktree(prefix) else repo.common_dir
    found = {name: oid for name, oid in _packed(repo).items() if name.startswith(prefix)}
    for name in _loose_names(folder, prefix.rstrip("/")):
        line = _read_loose(os.path.join(folder, name))
        if is_oid(line):
            found[name] = line
        else:
            found.pop(name, None)
    return dict(sorted(found.items()))


def read_head(repo: Repo) -> tuple[str | None, str | None]:
    """Return the branch that HEAD is on (full name; None when detached) and its commit (None before the first)."""
    if _is_foreign_format(repo):
        branch = repo.text("symbolic-ref", "--quiet", "HEAD", check=False) or None
        return branch, read_ref(repo, "HEAD")
    line = _read_loose(os.path.join(repo.git_dir, "HEAD"))
    if line.startswith("ref: "):
        branch = line[5:].strip()
        return branch, read_ref(repo, branch)
    return None, line if is_oid(line) else None


def read_symbolic(repo: Repo, name: str) -> str | None:
    """Return the ref that a symbolic ref names (``refs/remotes/origin/HEAD``), or None where it is none."""
    if _is_foreign_format(repo):
        return repo.text("symbolic-ref", "--quiet", name, check=False) or None
    folder = repo.git_dir if _is_per_worktree(name) else repo.common_dir
    line = _read_loose(os.path.join(folder, name))
    return line[5:].strip() if line.startswith("ref: ") else None


def _is_per_worktree(name: str) -> bool:
    return not name.startswith("refs/") or name.startswith(("refs/worktree/", "refs/bisect/", "refs/rewritten/"))


def _is_foreign_format(repo: Repo) -> bool:
    return os.path.isdir(os.path.join(repo.common_dir, "reftable"))


def _loose_names(folder: str, prefix: str) -> list[str]:
    names = []
    stack = [prefix]
    while stack:
        current = stack.pop()
        try:
            with os.scandir(os.path.join(folder, current)) as entries:
                for entry in entries:
                    name = f"{current}/{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(name)
                    elif not entry.name.endswith(".lock"):
                        names.append(name)
        except OSError as error:
            if not _is_absent(error):
                raise
    return names


def _read_loose(path: str) -> str:
    if "\0" in path:  # of a symbolic ref whose file the failing machine left full of them
        return ""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(4096).strip()
    except OSError as error:
        if not _is_absent(error):
            raise
        return ""


def _is_absent(error: OSError) -> bool:
    """Return whether there is no such ref; a disk or a right that fails says nothing about refs."""
    return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP)


def _read_packed(repo: Repo) -> str:
    try:
        with open(os.path.join(repo.common_dir, "packed-refs"), encoding="utf-8", errors="surrogateescape") as file:
            return file.read() + "\n"
    except FileNotFoundError:
        return ""


def _find_packed(text: str, name: str) -> str | None:
    """Return what ``packed-refs`` says of one ref, without taking apart thousands of others."""
    end = text.find(f" {name}\n")
    return text[text.rfind("\n", 0, end) + 1 : end] if end >= 0 else None


def _packed(repo: Repo) -> dict[str, str]:
    lines = _read_packed(repo).split("\n")  # at nothing else: a name may hold other ends of lines
    pairs = (line.split(" ", 1) for line in lines if line[:1] not in ("#", "^", ""))
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def is_oid(text: str) -> bool:
    """Return whether a text is a whole object id, of either hash."""
    return len(text) in (40, 64) and _HEX.issuperset(text)
