"""The ``git commit`` around a hook, read from its process: git tells its hooks neither ``--amend`` nor ``--cleanup``.

Without it ``git commit --amend -m TEXT`` drops the trailers of what the amended commit completes, and with
``--cleanup=verbatim`` the lines that git keeps are taken for comments (``tests/flows/test_commit_matrix.py``).
"""

from __future__ import annotations

import os

from flaggit.core.text import whole_number
from flaggit.hooks.commit_words import CommitWords, parse_commit_words

_GENERATIONS = 8  # a framework puts a shell and an interpreter or two between git and us
_WITH_VALUE = frozenset(("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"))


def find_invocation() -> CommitWords:
    """Return the arguments of the nearest ``git commit`` among our ancestors; empty where they are not known."""
    pid = os.getppid()
    for _ in range(_GENERATIONS):
        if pid <= 1:
            break
        words, pid = _describe(pid)
        found = _commit_words(words)
        if found is not None:
            return parse_commit_words(found)
    return CommitWords((), ())


def _commit_words(words: list[str]) -> list[str] | None:
    """Return the words after ``git commit``, options of git itself left out."""
    name = os.path.basename(words[0]) if words else ""
    if name == "git-commit":
        return words[1:]
    if name not in ("git", "git.exe"):
        return None
    position = 1
    while position < len(words) and words[position].startswith("-"):
        position += 2 if words[position] in _WITH_VALUE else 1
    return words[position + 1 :] if words[position : position + 1] == ["commit"] else None


def _describe(pid: int) -> tuple[list[str], int]:
    """Return a process's words and its parent."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode("utf-8", "surrogateescape").split("\0")[:-1]
        with open(f"/proc/{pid}/stat", "rb") as file:
            parent = int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return _ask_ps(pid)
    except (ValueError, IndexError):
        return [], 0
    return words, parent


def _ask_ps(pid: int) -> tuple[list[str], int]:
    """Ask ``ps`` where there is no /proc. Words with blanks fall apart, which keeps ``--amend`` recognisable."""
    from flaggit.core.errors import UnavailableError
    from flaggit.git.process import run_program

    try:
        answer = run_program(["ps", "-ww", "-o", "ppid=", "-o", "args=", "-p", str(pid)], timeout=2)
    except UnavailableError:
        return [], 0
    words = answer.stdout.decode("utf-8", "surrogateescape").split()
    parent = whole_number(words[0]) if words else None
    return (words[1:], parent) if parent is not None else ([], 0)
