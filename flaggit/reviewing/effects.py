"""What a range does to each flag, from the files before and after: pure."""

from __future__ import annotations

from flaggit.core.layout import classify
from flaggit.core.model import completion_document, flag_document
from flaggit.core.path_set import PathSet
from flaggit.core.record import record
from flaggit.lifecycle.pruned import find_ended
from flaggit.reviewing.report import STEPS, Edit, ReviewedFlag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from flaggit.core.model import Completion, Flag
    from flaggit.git.changes import Change
    from flaggit.git.history import Commit


@record
class Side:
    """One end of a range: the flags that it touches, and their completions, by id."""

    flags: dict[str, Flag]
    completions: dict[str, Completion]


@record
class Work:
    """What a range's commits touched: commit -> paths outside the store, and the path of each completion -> commit.

    ``ended`` are the flags that they complete and prune.
    """

    paths: Mapping[str, frozenset[str]]
    introduced: Mapping[str, str]
    ended: Collection[str] = ()


def group_changes(changes: Iterable[Change]) -> dict[str, list[tuple[str, Change]]]:
    """Return flag id -> (``flag``, ``completion`` or ``note``, change) of every file about it that changed."""
    groups: dict[str, list[tuple[str, Change]]] = {}
    for change in changes:
        location = classify(change.path)
        if location is not None and location.kind in ("flag", "completion", "note") and location.flag_id:
            groups.setdefault(location.flag_id, []).append((location.kind, change))
    return groups


def work_of(commits: Sequence[Commit], prefix: str) -> Work:
    """Return the files that commits (newest first) touched; ``prefix`` is the store's folder with its slash."""
    paths: dict[str, frozenset[str]] = {}
    introduced: dict[str, str] = {}
    for commit in commits:
        paths[commit.oid] = frozenset(touch.path for touch in commit.touched if not touch.path.startswith(prefix))
        for touch in commit.touched:
            if touch.status == "A" and touch.path.startswith(prefix):
                introduced.setdefault(touch.path, commit.oid)
    return Work(paths, introduced, find_ended(commits))


def review_flags(
    groups: Mapping[str, list[tuple[str, Change]]],
    base: Side,
    head: Side,
    work: Work,
    changed: PathSet,
    missing: frozenset[str] = frozenset(),
) -> list[ReviewedFlag]:
    """Return the effect of a range on each flag that can be read, the most urgent first.

    Args:
        groups: What ``group_changes`` found.
        base: The flags and completions before.
        head: The flags and completions after; flags that the head's tree lacks may be given from elsewhere.
        work: What its commits touched.
        changed: The paths outside the store that differ between both ends.
        missing: Related files that the head does not have.
    """
    reviewed = []
    for flag_id, group in groups.items():
        flag = head.flags.get(flag_id) or base.flags.get(flag_id)
        if flag is not None:
            reviewed.append(_review(flag, group, base, head, work, changed, missing))
    return sorted(reviewed, key=lambda item: item.order)


def compare(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Edit, ...]:
    """Return the fields in which two documents differ, in the schema's order."""
    fields = dict.fromkeys([*before, *after])
    return tuple(
        Edit(field, _text(before.get(field)), _text(after.get(field)))
        for field in fields
        if before.get(field) != after.get(field)
    )


def _review(
    flag: Flag,
    group: list[tuple[str, Change]],
    base: Side,
    head: Side,
    work: Work,
    changed: PathSet,
    missing: frozenset[str],
) -> ReviewedFlag:
    old, new = base.flags.get(flag.id), head.flags.get(flag.id)
    was, now = base.completions.get(flag.id), head.completions.get(flag.id)
    edits = compare(flag_document(old), flag_document(new)) if old and new else ()
    if was and now:
        edits += compare(completion_document(was), completion_document(now))
    done = next((change for kind, change in group if kind == "completion" and change.new is not None), None)
    commit = work.introduced.get(done.path, "") if done else ""
    touched = PathSet(work.paths.get(commit, ())).find(flag.related_files)
    notes = sum(kind == "note" and change.status == "A" for kind, change in group)
    path = next((change.path for kind, change in group if kind == "flag" and change.new is not None), "")
    return ReviewedFlag(
        flag=flag,
        path=path or next((change.path for kind, change in group if kind == "flag"), group[0][1].path),
        steps=_steps(group, edits, notes, ended=flag.id in work.ended),
        edits=edits,
        completion=now or was,
        completed_in=commit,
        touched=touched,
        touched_in_range=changed.find(flag.related_files) or touched,
        missing=tuple(item for item in flag.related_files if item in missing),
        pending=new is not None and now is None,
        notes=notes,
    )


def _steps(group: list[tuple[str, Change]], edits: tuple[Edit, ...], notes: int, *, ended: bool) -> tuple[str, ...]:
    flags = [change for kind, change in group if kind == "flag"]
    completions = [change for kind, change in group if kind == "completion"]
    added, removed = any(item.old is None for item in flags), any(item.new is None for item in flags)
    gone = removed and not added
    taken_back = any(item.new is None for item in completions)
    pruned = gone and (taken_back or ended)
    taken = {
        "raised": added and not removed,
        "changed": bool(edits) or (added and removed),
        "completed": any(item.old is None for item in completions),
        "reopened": taken_back and not gone,
        "pruned": pruned,
        "deleted": gone and not pruned,
        "noted": notes > 0,
    }
    return tuple(step for step in STEPS if taken[step])


def _text(value: object) -> str | None:
    if value is None:
        return None
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
