"""What commits say for and against what their files claim: pure judgements.

Rules F034 (trailers) and F038 (edits that a merge carried into another flag).
Messages are evidence for people; state is read from files, so a missing trailer is as bad as the
``trailers`` setting says and no worse.
"""

from __future__ import annotations

from flaggit.core.ids import is_flag_id
from flaggit.core.layout import classify, completion_path
from flaggit.core.model import LEVEL_OF_SETTING, Problem
from flaggit.core.record import record
from flaggit.core.text import short_oid
from flaggit.core.trailers import LOCK, find_completed, find_reopened
from flaggit.documents.values import read_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from flaggit.clone.tree_files import TreeFiles
    from flaggit.documents.settings import Settings
    from flaggit.git.changes import Change
    from flaggit.git.history import Commit


@record
class Words:
    """What the messages of a range say: flag id -> the newest commit that says so; ``tenures`` of named locks."""

    completed: Mapping[str, Commit]
    reopened: Mapping[str, Commit]
    tenures: Mapping[str, frozenset[str]]


def read_words(commits: Sequence[Commit]) -> Words:
    """Return the decisions in the messages of ``commits`` (newest first); squashed ones are read whole."""
    completed: dict[str, Commit] = {}
    reopened: dict[str, Commit] = {}
    tenures: dict[str, frozenset[str]] = {}
    for commit in commits:
        ids = find_completed(commit.message)
        for flag_id in ids:
            completed.setdefault(flag_id, commit)
        for flag_id in find_reopened(commit.message):
            reopened.setdefault(flag_id, commit)
        named = frozenset(_tenures(commit.message)) if ids else frozenset()
        for flag_id in ids if named else ():
            tenures[flag_id] = tenures.get(flag_id, frozenset()) | named
    return Words(completed, reopened, tenures)


def introducing(commits: Sequence[Commit]) -> dict[str, Commit]:
    """Return path -> the newest commit that added the file, merges aside."""
    found: dict[str, Commit] = {}
    for commit in commits:
        for touch in commit.touched if len(commit.parents) < 2 else ():
            if touch.status == "A":
                found.setdefault(touch.path, commit)
    return found


def check_trailers(
    changes: Sequence[Change], commits: Sequence[Commit], words: Words, after: TreeFiles, settings: Settings
) -> Iterator[Problem]:
    """Yield F034 for completions and reopenings in files that no message of the range mentions.

    What commands of flaggit's own do is known by its files: `prune` takes flags with their completions, `redirect`
    completes one flag and raises another, an import brings flags with their completions.
    """
    level = LEVEL_OF_SETTING[settings.trailers]
    added = introducing(commits)
    places = ((classify(path), commit) for path, commit in added.items() if path in after)
    raised = {place.flag_id: commit.oid for place, commit in places if place is not None and place.kind == "flag"}
    for change in changes:
        location = classify(change.path)
        if location is None or location.kind != "completion" or not is_flag_id(location.stem):
            continue
        flag_id = location.stem
        is_own_act = change.path in added and _is_own_act(change, added[change.path].oid, raised)
        if change.status == "A" and flag_id not in words.completed and change.path in added and not is_own_act:
            where = _short(added[change.path])
            message = f"The {where} completes {flag_id}, and no message says `Completes-Flag: {flag_id}`."
            fix = "Say it in the message that is merged; `flaggit hooks install` adds it by itself."
            yield Problem("F034", "no_trailer", message, level=level, path=change.path, ids=(flag_id,), fix=fix)
        if change.status == "D" and flag_id not in words.reopened and after.paths_of(flag_id):
            message = f"The completion of {flag_id} is taken back, and no message says Reopens-Flag: {flag_id}."
            fix = "Say it in the message that is merged, or restore the file if a revert took it along."
            yield Problem("F034", "no_reopen_trailer", message, level=level, path=change.path, ids=(flag_id,), fix=fix)


def _is_own_act(change: Change, commit: str, raised: Mapping[str, str]) -> bool:
    """Report whether a completion came with its flag (an import), or with the flag that it was handed on as."""
    flag_id = change.path.rpartition("/")[2].partition(".")[0]
    if raised.get(flag_id) == commit:
        return True
    other = (read_fields(change.new) or {}).get("superseded_by")
    return isinstance(other, str) and raised.get(other) == commit


def check_promises(
    commits: Sequence[Commit], words: Words, after: TreeFiles, exists: Callable[[str], bool], settings: Settings
) -> Iterator[Problem]:
    """Yield F034 for flags that a message says it completes while their files say nothing of it."""
    taken_back = {path for commit in commits for path in commit.touches("D")}
    for flag_id, commit in words.completed.items():
        if after.is_done(flag_id) or flag_id in words.reopened or completion_path(flag_id) in taken_back:
            continue
        if not exists(flag_id):
            message = f"The {_short(commit)} says that it completes {flag_id}, a flag that cannot be seen here yet."
            yield Problem("F034", "unknown_flag", message, level="warning", ids=(flag_id,))
            continue
        level = "error" if settings.trailers == "require" else "warning"
        message = f"The {_short(commit)} says that it completes {flag_id}, and the flag is still pending."
        fix = f"Complete it in a commit: flaggit complete {flag_id} --commit"
        yield Problem("F034", "not_completed", message, level=level, ids=(flag_id,), fix=fix)


def check_merges(commits: Sequence[Commit]) -> Iterator[Problem]:
    """Yield F038 for every flag that a merge changed although its parents gave it nothing to merge."""
    looked_at: set[str] = set()  # by a later commit of its own
    for commit in commits:
        is_merge = len(commit.parents) > 1
        for touch in commit.touched:
            if not is_merge:
                looked_at.add(touch.path)
            elif touch.path not in looked_at:
                problem = judge_merged(touch.path, touch.old_oids, touch.new_oid, f"The merge {short_oid(commit.oid)}")
                if problem is not None:
                    yield problem


def judge_merged(path: str, parents: Sequence[str], result: str, merge: str) -> Problem | None:
    """Return F038 where a merge's flag differs from the only version that its parents have.

    git pairs a deleted file with a similar new one and takes it for renamed; what another branch
    edited in the first then lands in the second, without a conflict.

    Args:
        path: The file.
        parents: Its blob in each parent, empty where absent.
        result: Its blob in the merge, empty where absent.
        merge: What to call the merge.
    """
    location = classify(path)
    versions = {oid for oid in parents if oid}
    if location is None or location.kind != "flag" or not result or len(versions) != 1 or result in versions:
        return None
    ids = (location.flag_id,) if location.flag_id else ()
    if "" not in parents:
        message = f"{merge} changed the flag's text, which was the same on both sides."
        return Problem(
            "F038", "changed_in_merge", message, level="warning", path=path, ids=ids, fix="See that it was meant."
        )
    message = f"{merge} changed the text of a flag that only one side has: an edit of another flag landed here."
    fix = "Compare it with the commit that raised it, and put the edit where it belongs, in a commit of its own."
    return Problem("F038", "misplaced_edit", message, level="error", path=path, ids=ids, fix=fix)


def _tenures(message: str) -> Iterator[str]:
    for line in message.split("\n"):
        key, colon, value = line.strip(" \t*->+|").partition(":")
        if colon and key.strip().lower() == LOCK.lower() and value.strip():
            yield value.strip()


def _short(commit: Commit) -> str:
    return f"commit {short_oid(commit.oid)}"
