"""The state of the clone that events are derived from: values, their cursors, and the files that keep them.

A snapshot's cursor is a fingerprint of what it holds, so that two watchers that see the same state
name it alike and share its file. Snapshots are disposable caches: what is gone is answered with a
``reset``, never with an invented history. Most are kept as the difference to an earlier one, or a
busy day would fill the disk.

An inbox's cursor is smaller: it holds which flags were pending there and nothing else, since a list
that answers within milliseconds has read nothing else.
"""

from __future__ import annotations

import marshal
import os
import time

from flaggit.core.errors import InvalidError
from flaggit.core.limits import DAY
from flaggit.core.model import Lock
from flaggit.core.record import fields_of, record, shape_of
from flaggit.git import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from flaggit.core.model import Place
    from flaggit.git.repo import Repo

    # name of a part -> key -> the fields of its state
    Sections = dict[str, dict[str, tuple[Any, ...]]]

LIFE = 7 * DAY  # seconds that a snapshot is kept after it was last used
_FOLDER = "snapshots"
_INBOXES = "inboxes"
_SWEPT = "swept"  # its time says when old files were last removed
_SWEEP_EVERY = 6 * 3_600
_TOUCH_EVERY = 3_600  # a file's time is not renewed more often
_LONGEST_CHAIN = 48  # differences that may follow one whole snapshot
_CURSOR_BYTES = 6
_PLAIN = 2  # of marshal's formats: later ones write one value in several ways, by how often it is referred to


def describe_place(repo: Repo, place: Place) -> str:
    """Return a place that was seen from a repository in words that are the same from every worktree."""
    if place.kind == "here" and repo.root is not None:
        return f"worktree {repo.root}"
    return f"{place.kind} {place.name}"


@record
class FlagState:
    """A pending flag: a fingerprint of its fields, whom it is for (None: nobody in particular), and where it lies.

    ``place`` is ``worktree <path>`` or ``branch <name>``; ``in_base``: the branch that others start from has it.
    """

    digest: bytes
    target: str | None
    created_at: str
    place: str
    in_base: bool


@record
class DoneState:
    """A completion: where it lies, whether a commit holds it, whether the branch that others start from does."""

    place: str
    committed: bool
    in_base: bool


@record
class LockState:
    """A lock as known in the clone; ``end`` is empty while it binds, else ``expired`` or ``unlocked``."""

    holder: str
    instance: str
    tenure: str
    acquired: str
    expires: str
    scope: str
    worktree: str
    oid: str
    end: str

    def as_lock(self, flag_id: str) -> Lock:
        """Return the lock, for the judgements over locks."""
        fields = {name: value for name, value in fields_of(self).items() if name != "end"}
        return Lock(flag_id=flag_id, **fields)


_KINDS = {"flags": FlagState, "done": DoneState, "locks": LockState}


@record
class Snapshot:
    """What can be seen from the clone at one time, as far as events go by it.

    Attributes:
        flags: Pending flags by id.
        done: Completions by the flag's id.
        locks: Locks by the flag's id.
        notes: The stems of all notes' files.
        turns: How often a flag vanished, was reopened or edited, so that a change that comes again is another one.
    """

    flags: Mapping[str, FlagState]
    done: Mapping[str, DoneState]
    locks: Mapping[str, LockState]
    notes: frozenset[str]
    turns: Mapping[str, int]

    def parts(self) -> Sections:
        """Return everything as plain data, by part and key."""
        fields: dict[int, tuple[Any, ...]] = {}  # thousands of completions are alike, and share their state
        parts: Sections = {}
        for name in _KINDS:
            states = getattr(self, name)
            for state in states.values():
                if id(state) not in fields:
                    fields[id(state)] = tuple(fields_of(state).values())
            parts[name] = {key: fields[id(state)] for key, state in states.items()}
        parts["notes"] = dict.fromkeys(self.notes, ())
        parts["turns"] = {key: (count,) for key, count in self.turns.items()}
        return parts


EMPTY = Snapshot({}, {}, {}, frozenset(), {})


@record
class InboxCursor:
    """Which flags were pending for some targets when an inbox was listed."""

    targets: tuple[str | None, ...]
    ids: frozenset[str]


def save(repo: Repo, snapshot: Snapshot, before: str = "") -> str:
    """Keep a snapshot in the cache and return its cursor.

    Args:
        repo: The repository.
        snapshot: The state.
        before: The cursor of an earlier snapshot that it may be kept as a difference to.
    """
    parts = snapshot.parts()
    cursor = "c" + _fingerprint(_chunks(parts))
    place = _place(repo, _FOLDER, cursor)
    if _touch(place):
        return cursor
    earlier, depth = _read_sections(repo, before) if before else (None, 0)
    if earlier is not None and depth < _LONGEST_CHAIN:
        value: tuple[Any, ...] = (before, depth + 1, _difference(earlier, parts))
    else:
        value = ("", 0, parts)
    cache.save(place, _key(), value)
    _sweep(repo)
    return cursor


def check_cursor(cursor: str) -> None:
    """Refuse what no command can have printed as a cursor; one that is known no more is none of that.

    Raises:
        InvalidError: ``usage``.
    """
    if not cursor.isalnum():
        raise InvalidError("usage", f"--since {cursor!r} is no cursor.", hint="`flaggit events` prints one.")


def load(repo: Repo, cursor: str) -> Snapshot | None:
    """Return the snapshot that a cursor names, or None where the cache has it no more."""
    parts, _ = _read_sections(repo, cursor)
    if parts is None:
        return None
    values: dict[str, Any] = {}
    for name, kind in _KINDS.items():
        states = {fields: kind(*fields) for fields in set(parts[name].values())}
        values[name] = {key: states[fields] for key, fields in parts[name].items()}
    turns = {key: fields[0] for key, fields in parts["turns"].items()}
    return Snapshot(values["flags"], values["done"], values["locks"], frozenset(parts["notes"]), turns)


def save_inbox(repo: Repo, targets: Iterable[str | None], ids: Iterable[str]) -> str:
    """Keep which flags are pending for some targets and return the cursor of that."""
    value = (tuple(targets), sorted(ids))
    cursor = "i" + _fingerprint([marshal.dumps(value, _PLAIN)])
    place = _place(repo, _INBOXES, cursor)
    if not _touch(place):
        cache.save(place, _key(), value)
        _sweep(repo)
    return cursor


def load_inbox(repo: Repo, cursor: str) -> InboxCursor | None:
    """Return the snapshot that an inbox's cursor names, or None where the cache has it no more."""
    found = cache.load(_place(repo, _INBOXES, cursor), _key()) if _is_cursor(cursor, "i") else None
    if not isinstance(found, tuple):
        return None
    targets, ids = found
    return InboxCursor(tuple(targets), frozenset(ids))


def _read_sections(repo: Repo, cursor: str) -> tuple[Sections | None, int]:
    """Return a kept snapshot's parts and how many differences they were put together from; None where it is gone."""
    differences: list[tuple[Sections, dict[str, list[str]]]] = []
    chain = 0
    while True:
        place = _place(repo, _FOLDER, cursor)
        found = cache.load(place, _key()) if _is_cursor(cursor, "c") else None
        if not isinstance(found, tuple) or len(differences) > _LONGEST_CHAIN:
            return None, 0
        _touch(place)  # what a later one is a difference to is in use as long as that
        cursor, depth, content = found
        chain = chain or depth
        if not cursor:
            break
        differences.append(content)
    parts: Sections = content
    for changed, removed in reversed(differences):
        for name, entries in changed.items():
            parts[name].update(entries)
        for name, keys in removed.items():
            for key in keys:
                parts[name].pop(key, None)
    return parts, chain


def _difference(earlier: Sections, parts: Sections) -> tuple[Sections, dict[str, list[str]]]:
    changed: Sections = {}
    removed: dict[str, list[str]] = {}
    for name, entries in parts.items():
        old = earlier[name]
        new = {key: fields for key, fields in entries.items() if old.get(key) != fields}
        gone = [key for key in old if key not in entries]
        if new:
            changed[name] = new
        if gone:
            removed[name] = gone
    return changed, removed


def _fingerprint(chunks: Iterable[bytes]) -> str:
    return cache.digest_all(chunks)[:_CURSOR_BYTES].hex()


def _chunks(parts: Sections) -> Iterator[bytes]:
    """Yield what parts hold as bytes, the order of their keys left out of account."""
    for name in sorted(parts):
        entries = parts[name]
        for key in sorted(entries):
            yield marshal.dumps((name, key, entries[key]), _PLAIN)


def _is_cursor(text: str, kind: str) -> bool:
    """Return whether a text may name a file of the cache: what it names comes from the command line."""
    return text[:1] == kind and text[1:].isalnum() and text.isascii()


def _place(repo: Repo, folder: str, cursor: str) -> str:
    return os.path.join(repo.state_dir, folder, cursor)


def _key() -> bytes:
    return f"snapshot 1 {shape_of(*_KINDS.values())}".encode()


def _touch(place: str) -> bool:
    """Return whether a file is there, and let it count as used now."""
    try:
        if time.time() - os.stat(place).st_mtime > _TOUCH_EVERY:
            os.utime(place)
    except OSError:
        return False
    return True


def _sweep(repo: Repo) -> None:
    """Remove what nobody used for ``LIFE``, now and then."""
    now = time.time()
    mark = os.path.join(repo.state_dir, _FOLDER, _SWEPT)
    try:
        if now - os.stat(mark).st_mtime < _SWEEP_EVERY:
            return
    except OSError:
        pass
    try:
        os.makedirs(os.path.dirname(mark), exist_ok=True)
        with open(mark, "wb"):
            os.utime(mark)
        for folder in (_FOLDER, _INBOXES):
            with os.scandir(os.path.join(repo.state_dir, folder)) as entries:
                old = [entry.path for entry in entries if now - entry.stat().st_mtime > LIFE]
            for path in old:
                os.unlink(path)
    except OSError:  # another process sweeps as well, or nothing can be written here
        return
