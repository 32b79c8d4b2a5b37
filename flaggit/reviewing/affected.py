"""What else of the store a range affects: pending flags about its files and areas, done ones, locks, chains."""

from __future__ import annotations

from flaggit.clone.lock_rules import binds
from flaggit.core.errors import InvalidError
from flaggit.core.limits import DAY
from flaggit.core.path_set import may_be_about
from flaggit.core.record import record, replace
from flaggit.core.text import spellings
from flaggit.core.times import parse_time
from flaggit.reviewing.report import ChainLink, HeldPaths, NearbyFlag, StaleFlag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.clone.session import Session
    from flaggit.core.model import Flag, Lock
    from flaggit.core.path_set import PathSet
    from flaggit.reviewing.report import ReviewedFlag
    from flaggit.reviewing.snapshot import Snapshot

NEARBY_LIMIT = 1000  # the most urgent ones are kept, the others counted
_DONE_LIMIT = 100
_RECENT = 30 * DAY  # seconds; what was done long ago says little about today's changes
_CHAIN_LIMIT = 200  # flags of chains that are looked up; a picture of more shows nothing


@record
class Nearby:
    """Pending flags about files that a range changes, or for the owners of what it changes.

    Attributes:
        flags: The most urgent ones, those about the files first.
        left: How many more there are.
        notified: Changed path -> whom the flags about it are for.
    """

    flags: tuple[NearbyFlag, ...]
    left: int
    notified: Mapping[str, Collection[str | None]]


def find_missing(head: Snapshot, flags: Iterable[Flag]) -> frozenset[str]:
    """Return the related files of some flags that the head does not have."""
    related = {path for flag in flags for path in flag.related_files}
    existing = head.only_existing({form for path in related for form in spellings(path)})
    return frozenset(path for path in related if existing.isdisjoint(spellings(path)))


def find_nearby(
    head: Snapshot, touched: Mapping[str, object], paths: PathSet, authors: set[str], catalog: Catalog
) -> Nearby:
    """Return the pending flags, untouched by the range, about files which it changes or for owners of such files."""
    areas = _areas(head, paths, catalog)
    found: list[NearbyFlag] = []
    notified: dict[str, set[str | None]] = {}
    left = 0
    for path, flag in head.iter_flags(_wanted(paths), whole=areas):
        if flag.id in touched:
            continue
        files = paths.find(flag.related_files)
        if not files and path.split("/")[1] not in areas:
            continue
        for name in files:
            notified.setdefault(name, set()).add(flag.target_agent)
        mine = bool(authors & set(catalog.acting_for(flag.target_agent or "")))
        found.append(NearbyFlag(flag, path, files, mine))
        if len(found) >= 2 * NEARBY_LIMIT:
            left += len(found) - NEARBY_LIMIT
            found = sorted(found, key=lambda item: item.order)[:NEARBY_LIMIT]
    found.sort(key=lambda item: item.order)
    left += max(0, len(found) - NEARBY_LIMIT)
    return Nearby(_with_removed(head, found[:NEARBY_LIMIT], paths), left, notified)


def find_done_before(head: Snapshot, touched: Mapping[str, object], paths: PathSet, now: int) -> list[StaleFlag]:
    """Return flags that were done before the range, not long ago, and whose files it changes again."""
    matching = {
        flag.id: (path, files)
        for path, flag in head.iter_flags(_wanted(paths), done=True)
        if flag.id not in touched and (files := paths.find(flag.related_files))
    }
    stale = []
    for completion in head.read_completions(matching).values():
        if completion.is_done and now - parse_time(completion.completed_at) < _RECENT:
            path, files = matching[completion.id]
            reason = f"Changed again here; {completion.completed_by} completed the flag at {completion.completed_at}."
            stale.append((completion.completed_at, StaleFlag(completion.id, path, files, reason, "note")))
    return [item for _, item in sorted(stale, key=lambda pair: pair[0], reverse=True)[:_DONE_LIMIT]]


def find_locks(session: Session, items: Sequence[ReviewedFlag | NearbyFlag], authors: set[str]) -> Iterable[Lock]:
    """Yield the live locks of others on flags, as far as this clone knows them without asking the network."""
    from flaggit.clone.visible_locks import is_from_here

    locks = session.clone.locks
    is_ours = is_from_here(session) if locks else None
    for item in items:
        lock = locks.get(item.flag.id)
        if lock is None or is_ours is None or is_ours(lock) or lock.holder in authors:
            continue
        if binds(lock, session.now):
            yield lock


def find_held_paths(session: Session, paths: Iterable[str], authors: set[str]) -> list[HeldPaths]:
    """Return the changed paths that others have locked, as far as this clone knows; a lock once."""
    from flaggit.clone.identity import find_instance
    from flaggit.locks.paths import find_locked_paths

    held: dict[str, tuple[Lock, list[str]]] = {}
    try:
        for path, lock in find_locked_paths(session, paths, None):
            held.setdefault(lock.tenure, (lock, []))[1].append(path)
    except InvalidError:  # broken settings are a finding of the review, not its end
        return []
    own = find_instance(session.repo) if held else ""
    return [
        HeldPaths(lock, tuple(files))
        for lock, files in held.values()
        if lock.instance != own and lock.holder not in authors
    ]


def find_chains(head: Snapshot, flags: Sequence[ReviewedFlag], nearby: Sequence[NearbyFlag]) -> list[ChainLink]:
    """Return the chains that the range's flags belong to: their ancestors, and whatever of this report follows them."""
    known = {item.flag.id: item.flag for item in nearby}
    known.update({item.flag.id: item.flag for item in flags})
    parents = {flag.chain_origin_id for flag in known.values() if flag.chain_origin_id}
    wanted = parents - known.keys()
    while wanted and len(known) < _CHAIN_LIMIT + len(flags):
        found = head.read_flags(wanted)
        known.update(found)
        wanted = {flag.chain_origin_id for flag in found.values() if flag.chain_origin_id} - known.keys()
    in_range = {item.flag.id for item in flags}
    origins = {flag.chain_origin_id for flag in known.values()}
    members = [flag for flag in known.values() if flag.chain_origin_id or flag.id in origins]
    members.sort(key=lambda flag: (flag.created_at, flag.id))
    return [
        ChainLink(
            flag.id,
            flag.chain_origin_id or "",
            flag.source_agent,
            flag.target_agent,
            flag.impact_level,
            head.has_flag(flag.id) and not head.is_done(flag.id),
            flag.id in in_range,
        )
        for flag in members[:_CHAIN_LIMIT]
    ]


def _wanted(paths: PathSet) -> Callable[[bytes], bool]:
    names = frozenset(name.encode("utf-8", "surrogateescape") for name in paths.names)
    return lambda data: may_be_about(data, names)


def _areas(head: Snapshot, paths: PathSet, catalog: Catalog) -> frozenset[str]:
    """Return the folders of agents who own one of the paths, themselves or as members of a team."""
    owners = {agent.name for path in paths if (agent := catalog.owner(path)) is not None}
    found = set()
    for folder in head.folders:
        heir = catalog.successor(catalog.find(f"@{folder}"))
        if heir is not None and (heir.name in owners or owners & set(catalog.members(heir.name))):
            found.add(folder)
    return frozenset(found)


def _with_removed(head: Snapshot, found: Sequence[NearbyFlag], paths: PathSet) -> tuple[NearbyFlag, ...]:
    """Return flags with those of their related files that the range takes away."""
    missing = find_missing(head, (item.flag for item in found if item.files))
    return tuple(
        replace(item, removed=removed)
        if (removed := tuple(name for name in item.flag.related_files if name in missing and paths.find([name])))
        else item
        for item in found
    )
