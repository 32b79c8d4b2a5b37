"""What a review concludes from what was read: who made the changes, whom nobody told, what contradicts itself. Pure."""

from __future__ import annotations

from flaggit.core.layout import completion_path
from flaggit.core.model import LEVEL_OF_SETTING, Problem
from flaggit.core.path_set import PathSet
from flaggit.core.text import short_oid, some_of
from flaggit.reviewing.claims import claim_problem
from flaggit.reviewing.report import StaleFlag
from flaggit.reviewing.unflagged import find_unflagged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.documents.settings import Settings
    from flaggit.git.history import Commit
    from flaggit.impact.asking import Affected
    from flaggit.reviewing.effects import Work
    from flaggit.reviewing.report import Claim, NearbyFlag, ReviewedFlag
    from flaggit.reviewing.unflagged import Unflagged


def authors_of(commits: Sequence[Commit], claims: Sequence[Claim], catalog: Catalog) -> dict[str, frozenset[str]]:
    """Return commit -> the agents who made it: whom the catalog knows by the address, and whom its files prove.

    A claim that nothing could be held against counts as well; one by an author who is nobody in the catalog does
    not, or anybody could hide a change from its owner by naming the owner. Where neither says anything, the agents
    that other commits of the range name stand for it.
    """
    known: dict[str, frozenset[str]] = {}
    for commit in commits:
        found = catalog.identify_all(email=commit.author_email)
        known[commit.oid] = frozenset(agent.name for agent in found)
    claimed: dict[str, set[str]] = {}
    for claim in claims:
        proven = claim.verdict == "verified" or claim.doubt in ("no_identity", "integrator")
        if (proven or claim.handle in known.get(claim.commit, ())) and claim.field != "author":
            claimed.setdefault(claim.commit, set()).add(claim.handle)
    everyone = frozenset(name for names in claimed.values() for name in names)
    return {oid: (names | frozenset(claimed.get(oid, ()))) or everyone for oid, names in known.items()}


def who_is_unflagged(
    paths: Iterable[str],
    work: Work,
    authors: Mapping[str, frozenset[str]],
    catalog: Catalog,
    settings: Settings,
    flags: Sequence[ReviewedFlag],
    notified: Mapping[str, Collection[str | None]],
    affected: Iterable[Affected] = (),
) -> list[Unflagged]:
    """Return whom the change concerns and no flag tells; nobody where the settings switch it off.

    Owners of changed paths, and others whom it affects. ``notified`` are the targets of pending flags that the range
    leaves alone, by the path that they are about.
    """
    if settings.unflagged_review == "off":
        return []
    changed: dict[str, set[str]] = {path: set() for path in paths}
    for oid, touched in work.paths.items():
        for path in touched & changed.keys():
            changed[path] |= authors.get(oid, frozenset())
    about: dict[str, set[str | None]] = {path: set(targets) for path, targets in notified.items()}
    for item in flags:
        for path in item.touched_in_range if item.pending else ():
            about.setdefault(path, set()).add(item.flag.target_agent)
    return find_unflagged(
        changed,
        catalog=catalog,
        flags=[item.flag for item in flags if "raised" in item.steps],
        answered=[item.flag for item in flags if "completed" in item.steps],
        notified=about,
        interfaces=settings.interfaces,
        affected=affected,
    )


def find_stale(
    flags: Sequence[ReviewedFlag], commits: Sequence[Commit], nearby: Sequence[NearbyFlag] = ()
) -> list[StaleFlag]:
    """Return flags whose related files are missing, or were changed again after the commit that completed them.

    A flag that the range raises may well be about a file which it takes away; one that was pending
    before, and is ``nearby``, loses what it is about.
    """
    position = {commit.oid: place for place, commit in enumerate(commits)}  # 0 is the newest
    latest: dict[str, int] = {}
    for commit in reversed(commits):
        latest.update(dict.fromkeys((touch.path for touch in commit.touched), position[commit.oid]))
    stale = []
    for item in flags:
        missing = tuple(path for path in item.missing if not PathSet(item.touched_in_range).find([path]))
        if missing and {"raised", "changed"} & set(item.steps):
            stale.append(StaleFlag(item.flag.id, item.path, missing, "The head has no such file."))
        done = position.get(item.completed_in)
        again = tuple(path for path in item.touched_in_range if done is not None and latest.get(path, done) < done)
        if again:
            reason = f"Changed again after commit {short_oid(item.completed_in)}, which completed the flag."
            stale.append(StaleFlag(item.flag.id, item.path, again, reason))
    gone = "Taken away here, while the flag is pending."
    return stale + [StaleFlag(item.flag.id, item.path, item.removed, gone) for item in nearby if item.removed]


def judge_rest(
    claims: Sequence[Claim],
    unflagged: Sequence[Unflagged],
    stale: Sequence[StaleFlag],
    flags: Sequence[ReviewedFlag],
    settings: Settings,
) -> Iterable[Problem]:
    """Yield what claims, unflagged owners, stale files and empty completions are as findings."""
    found = (claim_problem(claim, settings) for claim in claims)
    yield from (problem for problem in found if problem is not None)
    level = LEVEL_OF_SETTING[settings.unflagged_review]
    for item in unflagged:
        yield unflagged_problem(item, level)
    for flag in stale:
        message = f"Related files of {flag.flag_id}: {some_of(flag.files)}. {flag.reason}"
        yield Problem("F037", "stale_files", message, level=flag.level, path=flag.path, ids=(flag.flag_id,))
    for done in flags:
        if done.completes_untouched:
            message = f"{done.flag.id} is completed, and nothing of {some_of(done.flag.related_files)} changes here."
            path = completion_path(done.flag.id)
            yield Problem("F037", "untouched_files", message, level="warning", path=path, ids=(done.flag.id,))


def unflagged_problem(item: Unflagged, level: str) -> Problem:
    """The finding that somebody was not told; a note where it is only likely that it concerns them."""
    shown = level if item.known and not item.reasons else "note"
    path = item.paths[0] if item.paths else ""
    return Problem("F035", "unflagged", item.sentence, level=shown, path=path, fix=item.command)
