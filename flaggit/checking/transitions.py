"""What a change may do to a store: pure judgements over files before and after.

Rules F030 (fields that never change), F031 (pending flags are not deleted), F032 (a flag is
completed once, by whoever may) and F033 (not what another holds).
"""

from __future__ import annotations

from flaggit.clone.lock_rules import binds
from flaggit.core.completion_notes import FORCED
from flaggit.core.handles import folder_of, is_handle
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import STORE, classify
from flaggit.core.model import IMMUTABLE_FIELDS, Problem
from flaggit.documents.values import read_fields
from flaggit.merging.documents import absorbs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import Any

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.tree_files import TreeFiles
    from flaggit.core.model import Lock
    from flaggit.documents.settings import Settings
    from flaggit.git.changes import Change

    Fields = dict[str, Any]


def check_fields(changes: Sequence[Change], after: TreeFiles) -> Iterator[Problem]:
    """Yield F030 for every field, note or place that was changed and may not be."""
    for change in changes:
        location = classify(change.path)
        if location is None or not location.flag_id:
            continue
        if location.kind == "flag" and change.old is not None:
            if change.new is None:
                yield from _check_moved(change, location.flag_id, after)
            else:
                yield from _check_immutable(change, location.flag_id)
        elif location.kind == "note" and change.status != "A" and after.paths_of(location.flag_id):
            yield _note_changed(change, location.flag_id)


def check_deletions(
    changes: Sequence[Change], before: TreeFiles, after: TreeFiles, ended: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield F031 for every flag that is deleted although it was pending, and not completed meanwhile.

    Args:
        changes: What the merge brings.
        before: The store at the base.
        after: The store at the head.
        ended: The flags that the range completes and prunes.
    """
    for change in changes:
        location = classify(change.path)
        if location is None or location.kind != "flag" or change.new_mode or not location.flag_id:
            continue
        flag_id = location.flag_id
        is_done = flag_id in ended or before.is_done(flag_id) or after.is_done(flag_id)
        if not is_done and not after.paths_of(flag_id):
            message = f"The flag {flag_id} was pending and is deleted; whoever it is for would never hear of it."
            fix = f"Put the file back and say how it ended: flaggit complete {flag_id} --as withdrawn"
            yield Problem("F031", "pending_deleted", message, path=change.path, ids=(flag_id,), fix=fix)


def check_completions(
    changes: Sequence[Change],
    get_flag: Callable[[str], Fields | None],
    locks: Mapping[str, Lock],
    catalog: Catalog,
    settings: Settings,
    removed: Collection[str] = (),
) -> Iterator[Problem]:
    """Yield F032: completed at the base already, or by somebody who may not.

    Args:
        changes: What the merge brings.
        get_flag: Returns what a flag's file holds, or None.
        locks: Flag id -> lock; whoever holds a flag may complete it.
        catalog: The base's agents.
        settings: The base's settings; with ``require_identity`` a foreign completion is an error.
        removed: The flags whose completion a commit of the range takes away: reopened, they may be completed again.
    """
    for flag_id, change in _completions(changes):
        new = read_fields(change.new)
        if new is None:
            continue
        if change.old is not None and flag_id not in removed:
            yield from _check_repeated(flag_id, change, read_fields(change.old), new)
        flag = get_flag(flag_id)
        if flag is not None:
            lock = locks.get(flag_id)
            yield from _check_right(change.path, flag, new, lock.holder if lock else "", catalog, settings)


def check_held(
    changes: Sequence[Change],
    locks: Mapping[str, Lock],
    now: int,
    catalog: Catalog,
    tenures: Mapping[str, Collection[str]],
) -> Iterator[Problem]:
    """Yield F033 for every completion of a flag that another holds now.

    Args:
        changes: What the merge brings.
        locks: Flag id -> lock, as known here.
        now: Seconds since the epoch.
        catalog: The base's agents, for their aliases.
        tenures: Flag id -> the tenures that the completing commits name in ``Flag-Lock``.
    """
    for flag_id, change in _completions(changes):
        lock, new = locks.get(flag_id), read_fields(change.new)
        if lock is None or new is None or not binds(lock, now):
            continue
        completer = str(new.get("completed_by"))
        named = tenures.get(flag_id, ())
        is_other = name_of(catalog, lock.holder) != name_of(catalog, completer)
        if is_other or (named and lock.tenure not in named):
            message = (
                f"The flag {flag_id} is completed by {completer} while {lock.holder} holds it until {lock.expires}."
            )
            fix = f"Settle with {lock.holder} whose work counts; `flaggit locks` shows who holds what."
            yield Problem("F033", "locked_by_other", message, path=change.path, ids=(flag_id,), fix=fix)


def _completions(changes: Sequence[Change]) -> Iterator[tuple[str, Change]]:
    for change in changes:
        location = classify(change.path)
        if location is not None and location.kind == "completion" and is_flag_id(location.stem):
            yield location.stem, change


def _check_moved(change: Change, flag_id: str, after: TreeFiles) -> Iterator[Problem]:
    elsewhere = [path for path in after.paths_of(flag_id) if path != change.path]
    if elsewhere and read_fields(change.old) is not None and not _is_misplaced(change):
        message = f"The flag {flag_id} moved to {elsewhere[0]}; a flag stays with the agent that it was raised for."
        fix = f"Put it back and hand it on: flaggit redirect {flag_id} --to @agent"
        yield Problem("F030", "moved", message, path=change.path, field="target_agent", ids=(flag_id,), fix=fix)


def _is_misplaced(change: Change) -> bool:
    """Return whether a flag lay in another's folder, so that moving it put it right."""
    target = (read_fields(change.old) or {}).get("target_agent", "")
    if target is not None and not (isinstance(target, str) and is_handle(target)):
        return True
    return not change.path.startswith(f"{STORE}/{folder_of(target)}/")


def _check_immutable(change: Change, flag_id: str) -> Iterator[Problem]:
    old, new = read_fields(change.old), read_fields(change.new)
    if old is None or new is None:
        return
    whole = "created_at" in old and "id" in old  # else written by hand, and made whole now
    for field in IMMUTABLE_FIELDS:
        if old.get(field) != new.get(field) and (whole or field in old):
            message = f"{field} never changes, and became {_show(new.get(field))} where it was {_show(old.get(field))}."
            fix = f"Set it back to {_show(old.get(field))}."
            yield Problem(
                "F030",
                "immutable_changed",
                message,
                level="error",
                path=change.path,
                line=0,
                field=field,
                ids=(flag_id,),
                fix=fix,
            )


def _note_changed(change: Change, flag_id: str) -> Problem:
    done = "deleted" if change.status == "D" else "changed"
    message = f"A note on {flag_id} was {done}; notes stay as they were written."
    return Problem(
        "F030",
        f"note_{done}",
        message,
        level="warning",
        path=change.path,
        ids=(flag_id,),
        fix="Write a further note instead.",
    )


def _check_repeated(flag_id: str, change: Change, old: Fields | None, new: Fields) -> Iterator[Problem]:
    if old is None or old == new:
        return
    first, second = old.get("completed_by"), new.get("completed_by")
    if absorbs(new, old):
        message = f"The flag {flag_id} was completed twice; the completion by {new.get('completed_by')} counts."
        yield Problem("F032", "completed_twice", message, level="warning", path=change.path, ids=(flag_id,))
        return
    message = f"The flag {flag_id} is completed at the base already, by {first} at {old.get('completed_at')}"
    message += f"; here {second} completes it." if first != second else "; its completion does not change any more."
    fix = f"Take the base's {change.path}, and see what became of the work that was done twice."
    yield Problem("F032", "already_completed", message, path=change.path, ids=(flag_id,), fix=fix)


def _check_right(
    path: str, flag: Fields, completion: Fields, holder: str, catalog: Catalog, settings: Settings
) -> Iterator[Problem]:
    flag_id, completer, target = str(flag.get("id")), completion.get("completed_by"), flag.get("target_agent")
    if not isinstance(completer, str) or not isinstance(target, str):
        return
    name = name_of(catalog, completer)
    if name == name_of(catalog, holder) or name in catalog.acting_for(target):
        return
    if name == name_of(catalog, str(flag.get("source_agent"))) and completion.get("resolution") == "withdrawn":
        return
    reason = _forced_reason(completion)
    if reason:
        message = f"The flag {flag_id} for {target} was completed by {completer}, by force: {reason}"
        yield Problem("F032", "forced", message, level="warning", path=path, ids=(flag_id,))
        return
    level = "error" if settings.require_identity else "warning"
    message = f"The flag {flag_id} for {target} was completed by {completer}, who is neither its target nor its holder."
    fix = f"Let {target} look at it, or take the completion back: flaggit reopen {flag_id}"
    yield Problem("F032", "not_target", message, level=level, path=path, ids=(flag_id,), fix=fix)


def _forced_reason(completion: Fields) -> str:
    lines = str(completion.get("notes") or "").split("\n")
    return next((line.removeprefix(FORCED) for line in lines if line.startswith(FORCED)), "")


def name_of(catalog: Catalog, handle: str) -> str:
    """Return the name that an agent goes by, where ``handle`` is an alias."""
    agent = catalog.find(handle)
    return agent.name if agent else handle


def _show(value: object) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
