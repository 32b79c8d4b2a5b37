"""What else of the store a range affects: pending flags about its files, locks of others, chains."""

from __future__ import annotations

from flaggit.path_set import may_be_about
from flaggit.record import record
from flaggit.reviewing.report import ChainLink, NearbyFlag
from flaggit.times import parse_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.agents.catalog import Catalog
    from flaggit.model import Flag, Lock
    from flaggit.path_set import PathSet
    from flaggit.reviewing.report import ReviewedFlag
    from flaggit.reviewing.snapshot import Snapshot
    from flaggit.session import Session

NEARBY_LIMIT = 1000  # the most urgent ones are kept, the others counted
_CHAIN_LIMIT = 200  # flags of chains that are looked up; a picture of more shows nothing


@record
class Nearby:
    """Pending flags about files that a range changes.

    Attributes:
        flags: The most urgent ones.
        left: How many more there are.
        targets: Whom any of them is for.
    """

    flags: tuple[NearbyFlag, ...]
    left: int
    targets: frozenset[str | None]


def find_missing(head: Snapshot, flags: Iterable[Flag]) -> frozenset[str]:
    """Return the related files of some flags that the head does not have."""
    related = {path for flag in flags for path in flag.related_files}
    return frozenset(related - head.only_existing(related))


def find_nearby(
    head: Snapshot, touched: Mapping[str, object], paths: PathSet, authors: set[str], catalog: Catalog
) -> Nearby:
    """Return the pending flags, untouched by the range, that are about files which it changes."""
    names = frozenset(name.encode("utf-8", "surrogateescape") for name in paths.names)
    found: list[NearbyFlag] = []
    targets: set[str | None] = set()
    left = 0
    for path, flag in head.iter_pending(lambda data: may_be_about(data, names)):
        files = paths.find(flag.related_files) if flag.id not in touched else ()
        if not files:
            continue
        targets.add(flag.target_agent)
        mine = flag.target_agent in authors or bool(authors & set(catalog.members(flag.target_agent or "")))
        found.append(NearbyFlag(flag, path, files, mine))
        if len(found) >= 2 * NEARBY_LIMIT:
            left += len(found) - NEARBY_LIMIT
            found = sorted(found, key=lambda item: item.order)[:NEARBY_LIMIT]
    found.sort(key=lambda item: item.order)
    left += max(0, len(found) - NEARBY_LIMIT)
    return Nearby(tuple(found[:NEARBY_LIMIT]), left, frozenset(targets))


def find_locks(session: Session, items: Sequence[ReviewedFlag | NearbyFlag]) -> Iterable[Lock]:
    """Yield the live locks of others on flags, as far as this clone knows them without asking the network."""
    from flaggit.identity import instance_of

    locks = session.clone.locks
    own = instance_of(session.repo) if locks else ""
    for item in items:
        lock = locks.get(item.flag.id)
        if lock is None or lock.released or lock.done_on or lock.instance == own:
            continue
        if parse_time(lock.expires) > session.now:
            yield lock


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
