"""``check --range BASE..HEAD``, the authority in continuous integration: every rule over what a merge would bring.

Reads no work tree, so that bare and shallow clones are judged like any other. What the base says
counts: its settings, its agents, its completions; a range cannot vouch for itself.
"""

from __future__ import annotations

from flaggit.catalog.parsing import parse_catalog
from flaggit.checking.evidence import check_merges, check_promises, check_trailers, judge_merged, read_words
from flaggit.checking.files import check_files, check_lookalikes
from flaggit.checking.store_files import content_of
from flaggit.checking.transitions import (
    check_completions,
    check_deletions,
    check_fields,
    check_held,
)
from flaggit.clone.remotes import base_ref
from flaggit.clone.visible_locks import read_fetched
from flaggit.core.errors import InvalidError
from flaggit.core.layout import SETTINGS, STORE, classify
from flaggit.core.limits import LISTING
from flaggit.core.model import FIELDS, Problem, text_fields
from flaggit.core.record import record
from flaggit.core.text import short_oid
from flaggit.documents.codec import CATALOG_LIMIT, FLAG_LIMIT, CodecError, parse_document
from flaggit.documents.settings import build_settings, settings_of
from flaggit.documents.values import BrokenFileError, read_fields, read_value
from flaggit.git.changes import list_lookalikes, read_tops
from flaggit.git.history import read_commits, read_signatures
from flaggit.git.objects import REGULAR_MODE, read_objects
from flaggit.git.ranges import find_range
from flaggit.lifecycle.pruned import find_ended
from flaggit.merging.preview import open_merged
from flaggit.reviewing.claims import claim_problem, judge_claims, writers_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.clone.tree_files import TreeFiles
    from flaggit.core.model import Completion, Flag, Lock, Note
    from flaggit.documents.settings import Settings
    from flaggit.git.history import Commit
    from flaggit.git.objects import TreeEntry
    from flaggit.git.repo import Repo
    from flaggit.merging.preview import Merged

_AT_ONCE = 2000  # blobs read together, so that memory stays bounded however long the range is


@record
class Scene:
    """Everything that is judged, read once."""

    merged: Merged
    commits: Sequence[Commit]
    settings: Settings
    base_catalog: Catalog
    catalog: Catalog
    locks: Mapping[str, Lock]


@record
class Verdict:
    """What is wrong with a range, and how much was judged: its commits, and the files of the store that it changes."""

    problems: tuple[Problem, ...]
    files: int
    commits: int


def check_range(session: Session, text: str) -> list[Problem]:
    """Return everything that is wrong with what a range brings; see ``judge_range``."""
    return list(judge_range(session, text).problems)


def judge_range(session: Session, text: str) -> Verdict:
    """Return the problems of what a range brings, sorted by path and line.

    Args:
        session: The call; its work tree is not looked at.
        text: ``BASE..HEAD``; a BASE of zeros, as forges give for a new branch, is no base at all.

    Raises:
        NotFoundError: ``unknown_rev``.
        UnavailableError: ``shallow_clone``, where even the two commits are not here.
    """
    repo = session.repo
    span = find_range(repo, text, base_branch=base_ref(repo, session.remote), remote=session.remote, partial=True)
    commits = read_commits(repo, *span.selection, most=LISTING)
    with open_merged(repo, span, commits) as merged:
        settings, faults = _read_settings(repo, merged)
        scene = Scene(
            merged,
            commits,
            settings,
            _read_catalog(merged, merged.before or merged.after),
            _read_catalog(merged, merged.after),
            {**read_fetched(repo, session.remote), **session.clone.locks},
        )
        before = span.merge_base or span.base_oid
        tops = read_tops(repo, (before, span.head_oid))
        lookalikes = list_lookalikes(tops.get(before, set()), tops.get(span.head_oid, set()))
        problems = [*faults, *check_lookalikes(lookalikes), *_judge(session, scene)]
        files = len(merged.changes)
    if not span.merge_base and span.base_oid:
        message = "Where the range left its base is not known in this clone, so only part of it could be judged."
        problems.append(
            Problem("F039", "partial", message, level="warning", fix="Fetch the whole history (fetch-depth: 0).")
        )
    return Verdict(tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.order)), files, len(commits))


def _judge(session: Session, scene: Scene) -> Iterator[Problem]:
    merged, changes, settings = scene.merged, scene.merged.changes, scene.settings

    def exists(flag_id: str) -> bool:
        return bool(merged.after.paths_of(flag_id) or merged.before.paths_of(flag_id)) or session.clone.has_id(flag_id)

    found = _judge_files(scene, exists)
    yield from found
    flags = _read_completed_flags(scene)
    words = read_words(scene.commits)
    yield from check_fields(changes, merged.after)
    yield from check_deletions(changes, merged.before, merged.after, find_ended(scene.commits))
    removed = _find_removed(scene.commits)
    yield from check_completions(changes, flags.get, scene.locks, scene.base_catalog, settings, removed)
    yield from check_held(changes, scene.locks, session.now, scene.base_catalog, words.tenures)
    yield from check_trailers(changes, scene.commits, words, merged.after, settings)
    yield from check_promises(scene.commits, words, merged.after, exists, settings)
    yield from _judge_claims(session.repo, scene)
    yield from check_merges(scene.commits)
    yield from _judge_trial(merged)
    yield from _judge_between(session.repo, scene, {problem.path for problem in found})


def _find_removed(commits: Sequence[Commit]) -> set[str]:
    """Return the flags whose completion some commit takes away."""
    places = (classify(path) for commit in commits for path in commit.touches("D"))
    return {place.stem for place in places if place is not None and place.kind == "completion"}


def _judge_files(scene: Scene, exists: Any) -> list[Problem]:
    """Judge the new side of every changed file as ``check`` does; texts only where they are new."""
    changed = [change for change in scene.merged.changes if change.new_mode]
    files = {change.path: content_of(change.new_mode, change.new) for change in changed}
    fresh = {change.path for change in changed if _has_new_text(change.old, change.new)}
    return check_files(
        files, scene.settings, scene.catalog, exists=exists, present=scene.merged.after.about, fresh=fresh
    )


def _has_new_text(old: bytes | None, new: bytes | None) -> bool:
    before, after = read_fields(old), read_fields(new)
    if before is None or after is None:
        return True
    return any(before.get(field) != after.get(field) for field in text_fields("flag"))


def _read_completed_flags(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return id -> what the file holds of every flag whose completion changes."""
    merged = scene.merged
    entries: dict[str, TreeEntry] = {}
    for change in merged.changes:
        location = classify(change.path)
        if location is None or location.kind != "completion":
            continue
        for files in (merged.after, merged.before):
            for entry in filter(None, map(files.get, files.paths_of(location.stem))):
                entries.setdefault(location.stem, entry)
    blobs = read_objects(merged.repo, (entry.oid for entry in entries.values() if entry.mode == REGULAR_MODE))
    found = {flag_id: read_fields(blobs[entry.oid].content) for flag_id, entry in entries.items() if entry.oid in blobs}
    return {flag_id: fields for flag_id, fields in found.items() if fields is not None}


def _judge_claims(repo: Repo, scene: Scene) -> Iterator[Problem]:
    """Hold what new files say of who made them against their commits; signatures only where they are required."""
    added = {change.path: change.new for change in scene.merged.changes if change.status == "A" and change.new}
    values = {path: value for path, data in added.items() if (value := _read_value(path, data)) is not None}
    writers = writers_of(values, scene.commits)
    signed = scene.settings.require_signatures
    wanted = [commit.oid for found in writers.values() for commit in found] if signed else []
    for claim in judge_claims(values, writers, read_signatures(repo, wanted), scene.base_catalog, scene.settings):
        problem = claim_problem(claim, scene.settings)
        if problem is not None:
            yield problem


def _read_value(path: str, data: bytes) -> Flag | Completion | Note | None:
    location = classify(path)
    if location is None or location.kind not in FIELDS:
        return None
    try:
        return read_value(path, data)
    except BrokenFileError:  # reported by the rules over files
        return None


def _judge_trial(merged: Merged) -> Iterator[Problem]:
    """Judge the merge that was made here for the purpose as if it were a commit."""
    if merged.head is merged.after:
        return
    for path in (change.path for change in merged.changes if change.path not in merged.conflicts):
        base, head, result = (files.get(path) for files in (merged.before, merged.head, merged.after))
        parents = [entry.oid if entry is not None else "" for entry in (base, head)]
        problem = judge_merged(path, parents, result.oid if result else "", "Merging this into its base")
        if problem is not None:
            yield problem


def _judge_between(repo: Repo, scene: Scene, reported: set[str]) -> Iterator[Problem]:
    """Yield F001 as warnings for files that were broken in a commit of the range and are not any more."""
    sides = (scene.merged.before, scene.merged.after)
    waiting: dict[str, tuple[str, str]] = {}
    for commit in scene.commits:
        for touch in commit.touched:
            location = classify(touch.path)
            if touch.path in reported or not touch.new_oid or location is None or location.kind not in FIELDS:
                continue
            if touch.new_mode != REGULAR_MODE:
                reported.add(touch.path)
                yield _broken(touch.path, commit.oid, "not_regular", f"was stored with mode {touch.new_mode}")
            elif not any((entry := side.get(touch.path)) and entry.oid == touch.new_oid for side in sides):
                waiting.setdefault(touch.new_oid, (touch.path, commit.oid))
    oids = list(waiting)
    for start in range(0, len(oids), _AT_ONCE):
        for oid, item in read_objects(repo, oids[start : start + _AT_ONCE]).items():
            path, commit_oid = waiting[oid]
            fault = _fault(item.content)
            if fault is not None and path not in reported and not any(side.holds(oid) for side in sides):
                reported.add(path)
                yield _broken(path, commit_oid, fault.code, fault.message)


def _fault(data: bytes) -> CodecError | None:
    if len(data) > FLAG_LIMIT:
        return CodecError("too_large", f"was {len(data):,} bytes")
    try:
        parse_document(data)
    except CodecError as error:
        return error
    return None


def _broken(path: str, commit: str, code: str, reason: str) -> Problem:
    location = classify(path)
    ids = (location.flag_id,) if location and location.flag_id else ()
    message = f"In commit {short_oid(commit)} the file {reason}; that commit stays in the history."
    return Problem("F001", code, message, level="warning", path=path, ids=ids)


def _read_settings(repo: Repo, merged: Merged) -> tuple[Settings, list[Problem]]:
    """Return the settings of the base, so that a range cannot relax what it is judged by."""
    entry = merged.before.get(SETTINGS) or merged.after.get(SETTINGS)
    blobs = read_objects(merged.repo, [entry.oid]) if entry is not None and entry.mode == REGULAR_MODE else {}
    data = next((item.content for item in blobs.values()), b"")
    try:
        return settings_of(repo, data), []
    except InvalidError as error:
        return build_settings({}), [
            Problem("F029", "bad_settings", error.message, level="warning", path=SETTINGS, fix=error.hint)
        ]


def _read_catalog(merged: Merged, files: TreeFiles) -> Catalog:
    entries = [entry for entry in files.beginning(f"{STORE}/catalog") if _is_catalog(entry)]
    blobs = read_objects(merged.repo, (entry.oid for entry in entries), limit=CATALOG_LIMIT)
    return parse_catalog([(entry.path, blobs[entry.oid].content) for entry in entries if entry.oid in blobs])


def _is_catalog(entry: TreeEntry) -> bool:
    location = classify(entry.path)
    return location is not None and location.kind == "catalog" and entry.mode == REGULAR_MODE
