"""What the next commit would change: the index against HEAD, through a commit's own index where a hook runs in one."""

from __future__ import annotations

import os

from flaggit.core.layout import DONE, STORE, classify, completion_path
from flaggit.core.record import record
from flaggit.git.changes import RawEntry, parse_raw
from flaggit.git.objects import REGULAR_MODE, empty_tree, read_headers
from flaggit.git.repo import Repo

# Which process's commit completes and reopens nothing: a question that spares the hook for the message.
_UNDECIDED = "untouched"
_REPORTED = "FLAGGIT_STAGED"
_COMMIT = "FLAGGIT_COMMIT"  # the process of the commit; a stub that does not name it is an older one
_EMPTY = (  # an empty file in either hash
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
_OPTIONS = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff")


@record
class Decisions:
    """The flags that the next commit itself completes and reopens, sorted; what a merge brings along is not among them.

    A merge's other side made its decisions in commits of its own.
    """

    completed: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()


def read_staged(repo: Repo, *folders: str, base: str | None = None) -> list[RawEntry]:
    """Return the differences between HEAD (or nothing, before the first commit) and the index.

    Args:
        repo: The repository; ``GIT_INDEX_FILE`` is honoured, so that a hook sees what is being committed.
        folders: Only below these; none: everywhere.
        base: The id of another commit or tree than HEAD.
    """
    rev = [] if base is None else [base]
    return parse_raw(repo.run("diff", *_OPTIONS, "--ignore-submodules=none", *rev, "--", *folders).stdout)


def read_decisions(repo: Repo, *, amend: bool = False) -> Decisions:
    """Return which flags the next commit completes or reopens; with ``amend`` it takes HEAD's place."""
    reported = read_stub_report()
    if not amend:
        staged = read_staged(repo, STORE) if reported is None else reported
        return _find_decisions(repo, staged, _read_merge_heads(repo))
    parents = repo.text("rev-list", "--parents", "--max-count=1", "HEAD", "--").split()[1:]
    entries = read_staged(repo, STORE, base=parents[0] if parents else empty_tree(repo))
    return _find_decisions(repo, entries, parents[1:])


def _find_decisions(repo: Repo, entries: list[RawEntry], others: list[str]) -> Decisions:
    """Return which flags changes of the index complete or reopen, a merge's ``others`` apart.

    A flag that is pruned is not reopened.
    """
    located = [(entry, classify(entry.path)) for entry in entries]
    done = [(entry, place.flag_id) for entry, place in located if place and place.kind == "completion"]
    done = [(entry, flag_id) for entry, flag_id in done if flag_id]
    if not done:
        return Decisions()
    from flaggit.lifecycle.pruned import find_pruned

    pruned = find_pruned(entry.path for entry in entries if entry.status == "D")
    known = _find_presence(repo, others, [entry.path for entry, _ in done])
    there = {path for path, found in known.items() if any(found)}
    absent = {path for path, found in known.items() if not all(found)}
    completed = [i for entry, i in done if entry.status == "A" and _is_plain(entry) and entry.path not in there]
    reopened = [i for entry, i in done if entry.status == "D" and i not in pruned and entry.path not in absent]
    return Decisions(tuple(sorted(completed)), tuple(sorted(reopened)))


def read_stub_report() -> list[RawEntry] | None:
    """Return the paths of the store that the hook's stub has found staged; None where it does not say, or not plainly.

    It reports once: whatever this process starts has nothing to do with that commit's index.
    """
    reported = os.environ.pop(_REPORTED, "")
    if not reported or '"' in reported:  # so git writes a path that has odd characters in it
        return None
    found = parse_raw(b"".join(b"%s\0%s\0" % line.partition(b"\t")[::2] for line in os.fsencode(reported).split(b"\n")))
    # An older stub's question shows what `git add -N` only announces, as an empty file; git itself leaves it out.
    is_older = _COMMIT not in os.environ
    return None if is_older and any(entry.new_oid in _EMPTY for entry in found) else found


def decides(path: str) -> bool:
    """Return whether a path that the next commit changes may complete or reopen a flag."""
    return path.startswith(f"{STORE}/{DONE}/")


def report_undecided(repo: Repo, *, so: bool) -> None:
    """Report to the prepare-commit-msg stub of the same ``git commit`` that it completes and reopens nothing, or may.

    The stub knows the commit by its process, which it names in ``FLAGGIT_COMMIT``. Only the first line
    counts: the file is written over, since to empty one first costs some file systems a write at once. What an
    earlier commit's process left there is not to be taken for ours, which may have the same number.
    """
    from flaggit.git.files import make_state_folder

    path = os.path.join(repo.own_state_dir, _UNDECIDED)
    try:
        make_state_folder(repo.own_state_dir)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.fsencode(os.environ.get(_COMMIT, "ask")) + b"\n" if so else b"ask\n")
    except OSError:  # then the stub asks git
        pass


def is_staged_done(repo: Repo, flag_id: str) -> bool:
    """Return whether the next commit's tree holds the completion of a flag."""
    done = repo.run("ls-files", "-z", "--cached", "--", completion_path(flag_id), check=False)
    return bool(done.stdout)


def _is_plain(entry: RawEntry) -> bool:
    return entry.new_mode == REGULAR_MODE


def _read_merge_heads(repo: Repo) -> list[str]:
    try:
        with open(os.path.join(repo.git_dir, "MERGE_HEAD"), encoding="ascii", errors="replace") as file:
            return file.read().split()
    except OSError:
        return []


def _find_presence(repo: Repo, commits: list[str], paths: list[str]) -> dict[str, list[bool]]:
    """Return path -> for each commit whether its tree has it; an empty list where there are no commits."""
    names = {path: [f"{commit}:{path}" for commit in commits] for path in paths}
    found = read_headers(repo, (name for group in names.values() for name in group)) if commits else {}
    return {path: [name in found for name in group] for path, group in names.items()}
