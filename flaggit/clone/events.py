"""What changed between two looks at the clone, as events: two snapshots in, one event a change out.

Within a flag events come in the order of its life; across flags nothing is promised. An event's id is
a fingerprint of the change itself, the same for everybody who sees it, so that a reader who begins
again at an earlier cursor can tell what it has had already.
"""

from __future__ import annotations

from flaggit.clone.lock_message import message_of, parse_message
from flaggit.clone.lock_refs import HELD
from flaggit.clone.lock_rules import is_free, is_unmarked
from flaggit.clone.snapshot import describe_place
from flaggit.core.layout import NOTES, STORE, SUFFIX
from flaggit.core.model import Note
from flaggit.core.record import record
from flaggit.core.times import format_time, is_time
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git import cache
from flaggit.git.gitdir import git_dir_of
from flaggit.git.objects import read_objects
from flaggit.git.refs import read_head, read_ref, short_ref
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.clone.snapshot import DoneState, LockState, Snapshot
    from flaggit.core.model import Flag, Row

# In the order of a flag's life, which is the order of events within a flag.
KINDS = (
    "raised",
    "asked",
    "edited",
    "noted",
    "reopened",
    "renewed",
    "expired",
    "lost",
    "unlocked",
    "locked",
    "completed",
    "answered",
    "redirected",
    "reached_base",
    "vanished",
)
_RANK = {
    "raised": 0,
    "edited": 1,
    "noted": 2,
    "reopened": 3,
    "gave_way": 4,  # the end of a lock that another one follows
    "locked": 5,
    "renewed": 5,
    "completed": 6,
    "ended": 7,  # the end of a lock that none follows
    "reached_base": 8,
    "vanished": 9,
}


@record
class Event:
    """One change.

    Attributes:
        kind: One of ``KINDS``.
        flag_id: The flag that changed.
        event_id: A fingerprint of the change.
        at: When it happened, as far as that is written down; else when it was seen. RFC 3339 text.
        facts: What else is known of it, plain data under the contract's names.
    """

    kind: str
    flag_id: str
    event_id: str
    at: str
    facts: dict[str, Any]


@record
class _Change:
    """A difference of two snapshots: ``key`` is what makes it this change and no other."""

    kind: str
    flag_id: str
    key: tuple[object, ...]
    lock: LockState | None = None
    done: DoneState | None = None
    stem: str = ""
    place: str = ""
    successor: str = ""


def derive_events(session: Session, before: Snapshot, after: Snapshot) -> list[Event]:
    """Return the events between two snapshots of a clone.

    Args:
        session: A view of the clone as of the later one, from which texts and names are read.
        before: The earlier snapshot.
        after: The later one.
    """
    changes = list(_compare(before, after))
    rows = {row.flag.id: row for row in session.clone.get_rows({change.flag_id for change in changes})}
    created = {**{key: state.created_at for key, state in after.flags.items() if key in rows}}
    created.update((key, row.flag.created_at) for key, row in rows.items())
    changes.sort(key=lambda change: (created.get(change.flag_id, ""), change.flag_id, _RANK[change.kind]))
    narrator = _Narrator(session, rows, after)
    return [narrator.describe(change) for change in changes]


def _compare(before: Snapshot, after: Snapshot) -> Iterator[_Change]:
    yield from _compare_flags(before, after)
    yield from _compare_completions(before, after)
    yield from _compare_base(before, after)
    for stem in after.notes - before.notes:
        yield _Change("noted", stem.partition("-")[0], (stem,), stem=stem)
    for flag_id in before.locks.keys() | after.locks.keys():
        yield from _compare_locks(flag_id, before.locks.get(flag_id), after.locks.get(flag_id))


def _compare_flags(before: Snapshot, after: Snapshot) -> Iterator[_Change]:
    for flag_id in _ids_of(after) - _ids_of(before):
        place = after.flags[flag_id].place if flag_id in after.flags else ""  # a state of done says where that is
        yield _Change("raised", flag_id, (after.turns.get(flag_id, 0),), place=place)
    for flag_id in _ids_of(before) - _ids_of(after):
        old = before.flags.get(flag_id)
        yield _Change("vanished", flag_id, (after.turns.get(flag_id, 0),), place=old.place if old else "")
    for flag_id in before.flags.keys() & after.flags.keys():
        state = after.flags[flag_id]
        if state.digest != before.flags[flag_id].digest:
            yield _Change("edited", flag_id, (after.turns.get(flag_id, 0), state.digest), place=state.place)


def _compare_completions(before: Snapshot, after: Snapshot) -> Iterator[_Change]:
    for flag_id, state in after.done.items():
        old = before.done.get(flag_id)
        if old is None or (state.committed and not old.committed):
            yield _Change("completed", flag_id, (after.turns.get(flag_id, 0), state.committed), done=state)
    for flag_id in before.done.keys() & after.flags.keys():
        yield _Change("reopened", flag_id, (after.turns.get(flag_id, 0),), place=after.flags[flag_id].place)


def _compare_base(before: Snapshot, after: Snapshot) -> Iterator[_Change]:
    for what, old, new in (("flag", before.flags, after.flags), ("completion", before.done, after.done)):
        for flag_id, state in new.items():
            known = old.get(flag_id)
            is_reopened = what == "flag" and flag_id in before.done
            if state.in_base and not is_reopened and not (known is not None and known.in_base):
                yield _Change("reached_base", flag_id, (what, after.turns.get(flag_id, 0)), stem=what)


def _compare_locks(flag_id: str, old: LockState | None, new: LockState | None) -> Iterator[_Change]:
    old = old if old is not None and not old.end else None
    living = new if new is not None and not new.end else None
    if old is not None and (new is None or new.tenure != old.tenure):
        kind = "gave_way" if living else "ended"
        yield _Change(kind, flag_id, (old.tenure,), lock=old, successor=living.oid if living else "")
    elif old is not None and living is None:
        yield _Change("ended", flag_id, (old.tenure,), lock=new)
    elif old is not None and living is not None and living.expires != old.expires:
        yield _Change("renewed", flag_id, (living.tenure, living.expires), lock=living)
    if living is not None and (old is None or old.tenure != living.tenure):
        yield _Change("locked", flag_id, (living.tenure,), lock=living)


def _ids_of(snapshot: Snapshot) -> set[str]:
    return snapshot.flags.keys() | snapshot.done.keys()


class _Narrator:
    """Puts together what an event says, from the files and refs as they are now."""

    def __init__(self, session: Session, rows: dict[str, Row], after: Snapshot) -> None:
        self._session = session
        self._rows = rows
        self._after = after
        self._branches: dict[str, str] = {}

    def describe(self, change: _Change) -> Event:
        """Return the event that a difference is."""
        row = self._rows.get(change.flag_id)
        kind, at, facts = self._describe(change, row)
        key = repr((change.kind, change.flag_id, change.key)).encode("utf-8", "surrogateescape")
        known = _flag_facts(row.flag) if row is not None else {}
        at = at if is_time(at) else format_time(self._session.now)
        return Event(kind, change.flag_id, cache.digest(key)[:8].hex(), at, {**known, **facts})

    def _describe(self, change: _Change, row: Row | None) -> tuple[str, str, dict[str, Any]]:
        if change.lock is not None:
            return self._describe_lock(change, change.lock)
        if change.kind == "noted":
            note = self._find_note(change.stem)
            return "noted", note.created_at if note else "", {"by": note.author} if note else {}
        if change.kind == "completed" and change.done is not None:
            return self._describe_completion(change.done, row)
        if change.kind == "reached_base":
            return "reached_base", "", {"what": change.stem}
        place = change.place or (describe_place(self._session.repo, row.place) if row is not None else "")
        facts = self._place_facts(place)
        if change.kind == "raised" and row is not None:
            return "asked" if row.flag.is_question else "raised", row.flag.created_at, facts
        return change.kind, "", facts

    def _describe_completion(self, state: DoneState, row: Row | None) -> tuple[str, str, dict[str, Any]]:
        facts = {"committed": state.committed, **self._place_facts(state.place)}
        if row is None or row.completion is None:
            return "completed", "", facts
        done = row.completion
        facts = {"by": done.completed_by, "resolution": done.resolution, **facts}
        kind = "completed"
        if done.resolution == "superseded":
            kind = "redirected"
            facts["superseded_by"] = done.superseded_by
        elif row.flag.is_question and done.is_done:
            kind = "answered"
        return kind, done.completed_at, facts

    def _describe_lock(self, change: _Change, lock: LockState) -> tuple[str, str, dict[str, Any]]:
        facts: dict[str, Any] = {"by": lock.holder, "expires": lock.expires, "scope": lock.scope}
        if change.kind == "locked":
            return "locked", lock.acquired, facts
        if change.kind == "renewed":
            return "renewed", "", facts
        kind = self._how_ended(change, lock)
        return kind, lock.expires if kind == "expired" else "", facts

    def _how_ended(self, change: _Change, lock: LockState) -> str:
        """Return how a lock ended that bound at the look before: it ran out, its holder let it go, or lost it."""
        if lock.end:
            return lock.end
        if is_free(lock.as_lock(change.flag_id), self._session.now):
            return "expired"
        if change.successor:
            return "lost" if self._was_stolen(change.flag_id, lock, change.successor) else "unlocked"
        if change.flag_id not in self._after.done and self._holder_has(change.flag_id, lock):
            return "lost"
        return "unlocked"

    def _was_stolen(self, flag_id: str, lock: LockState, successor: str) -> bool:
        """Return whether a lock's commit follows one of this tenure that was not let go."""
        objects = read_objects(self._session.repo, [f"{successor}^1"])
        for found in objects.values():
            if found.kind == "commit":
                parent = parse_message(message_of(found.content), flag_id=flag_id, oid=found.oid, scope=lock.scope)
                return parent.tenure == lock.tenure and is_unmarked(parent)
        return False

    def _holder_has(self, flag_id: str, lock: LockState) -> bool:
        """Return whether the worktree that took a lock still has it for its own: others have let it go then."""
        from flaggit.clone.identity import find_clone_token, registered_worktrees

        clone, _, token = lock.worktree.partition("/")
        if not token or clone != find_clone_token(self._session.repo):
            return False
        roots = (root for root, known in registered_worktrees(self._session.repo).items() if known == token)
        for root in roots:
            git_dir = git_dir_of(root)
            if git_dir and read_ref(Repo(root, git_dir), HELD + flag_id) is not None:
                return True
        return False

    def _find_note(self, stem: str) -> Note | None:
        path = f"{STORE}/{NOTES}/{stem}{SUFFIX}"
        for source in self._session.clone.sources():
            for data in source.read([path]).values() if source.has(NOTES, stem) else ():
                try:
                    value = read_value(path, data) if isinstance(data, bytes) else None
                except BrokenFileError:
                    continue
                if isinstance(value, Note):
                    return value
        return None

    def _place_facts(self, place: str) -> dict[str, Any]:
        """Return where something lies: a branch, or a worktree and the branch that it is on."""
        kind, _, name = place.partition(" ")
        if kind != "worktree":
            return {"branch": name} if name else {}
        if name not in self._branches:
            git_dir = git_dir_of(name)
            branch = read_head(Repo(name, git_dir))[0] if git_dir else None
            self._branches[name] = short_ref(branch or "")
        return {"worktree": name, **({"branch": self._branches[name]} if self._branches[name] else {})}


def _flag_facts(flag: Flag) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "flag_type": flag.flag_type,
        "impact_level": flag.impact_level,
        "source_agent": flag.source_agent,
        "target_agent": flag.target_agent,
    }
    if flag.re is not None:
        facts["re"] = flag.re
    return facts


def live_events(session: Session, ids: Iterable[str]) -> list[Event]:
    """Return the flags of these ids as events of kind ``state``, in order of impact, time and id."""
    found = session.clone.get_rows(ids)
    return [Event("state", row.flag.id, "", row.flag.created_at, _flag_facts(row.flag)) for row in found]
