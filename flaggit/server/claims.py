"""Who says what in a push: each file that a commit brings in somebody's name, each edit, each completion taken back.

Judged are the commits that no branch of the server has yet, whatever other ref brought them before: a tag or the parent
of a lock is judged by nobody. Merging or carrying on what a branch has already is no claim of the pusher's.
"""

from __future__ import annotations

from flaggit.clone.lock_refs import BRANCHES
from flaggit.core.errors import UnavailableError
from flaggit.core.layout import classify, limit_of
from flaggit.core.limits import BLOB, DEPTH, LISTING, LOOKUPS
from flaggit.core.model import EDITABLE_FIELDS
from flaggit.core.record import record
from flaggit.documents.values import read_fields
from flaggit.git.history import Commit, Touch, read_commits, read_signatures
from flaggit.git.objects import list_tree, read_headers, read_objects
from flaggit.git.refs import HEADS, list_refs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flaggit.checking.transitions import Fields
    from flaggit.git.changes import RawEntry
    from flaggit.server.state import Server, Update

_LOCKS = BRANCHES.removeprefix(HEADS)
# Every branch but the locks: revisions of ``git log`` that are left out.
KNOWN = ("--not", f"--exclude={_LOCKS}*", "--branches", "--not")


@record
class Claim:
    """Something that a commit says in the name of one of ``agents``; ``message`` refuses it to a pusher who is none.

    ``oid`` is what the commit leaves at the path; empty where it takes a file away.
    """

    path: str
    oid: str
    commit: Commit
    agents: tuple[str, ...]
    message: str


def read_new_commits(server: Server, updates: Sequence[Update], *paths: str) -> list[Commit]:
    """Return the commits that touch the store and that no branch of the server has, newest first.

    Raises:
        UnavailableError: ``over_limit``, where they touch more than is read.
    """
    news = dict.fromkeys(update.new for update in updates)
    return read_commits(server.repo, *KNOWN, *news, paths=paths, most=LISTING) if news else []


def judge_limits(server: Server, commits: Sequence[Commit]) -> Iterator[str]:
    """Yield a sentence for each file of the store that is too large or lies too deep, in any of the commits."""
    limits: dict[str, tuple[int, str]] = {}
    for commit in commits:
        for touch in commit.touched:
            if touch.path.count("/") > DEPTH:
                yield f"{touch.path} lies more than {DEPTH} levels below .flags/"
            elif touch.new_oid and classify(touch.path) is not None:
                limits[touch.new_oid] = max(limits.get(touch.new_oid, (0, "")), (limit_of(touch.path), touch.path))
    for oid, found in read_headers(server.repo, limits).items():
        limit, path = limits[oid]
        if found.size > limit:
            yield f"{path}: F001 The file is {found.size:,} bytes, more than the {limit:,} that are read."


def judge_claims(server: Server, commits: Sequence[Commit]) -> Iterator[str]:
    """Yield a sentence for each claim of the commits that is neither the pusher's own nor borne out otherwise.

    A claim holds where the pusher speaks for the agent, where the agent's key signed the commit, where the same
    bytes stand at that path on a branch already, or where a redirect keeps the source of the flag that it supersedes.
    """
    doubtful = list(_find_doubtful(server, commits))
    if not doubtful:
        return
    standing = _find_standing(server, doubtful)
    doubtful = [claim for claim in doubtful if (claim.path, claim.oid) not in standing]
    signed = {claim.commit.oid: claim.commit for claim in doubtful} if _has_keys(server) else {}
    successors = _find_superseding(server, commits)
    for claim in doubtful:
        if claim.commit.oid in signed and _is_signed_by(server, signed[claim.commit.oid], claim.agents):
            continue
        if not _copies_source(server, claim, successors):
            yield claim.message


def judge_sources(server: Server, branches: Iterable[Sequence[RawEntry]]) -> Iterator[str]:
    """Yield a sentence for each flag that would become another agent's, be it by a commit that takes it away first.

    Args:
        server: The server.
        branches: What differs in the store between each branch before and after.
    """
    for entries in branches:
        yield from _judge_sources(server, entries)


def _judge_sources(server: Server, entries: Sequence[RawEntry]) -> Iterator[str]:
    found = [(entry, place.flag_id) for entry in entries if (place := classify(entry.path)) and place.kind == "flag"]
    before = {flag_id: entry.old_oid for entry, flag_id in found if entry.status != "A"}
    after = {flag_id: entry for entry, flag_id in found if entry.status != "D" and flag_id in before}
    oids = [oid for flag_id, entry in after.items() for oid in (before[flag_id], entry.new_oid)]
    sources = {
        oid: _text(read_fields(blob.content) or {}, "source_agent")
        for oid, blob in read_objects(server.repo, oids, limit=BLOB).items()
    }
    for flag_id, entry in after.items():
        old, new = (sources.get(oid, "") for oid in (before[flag_id], entry.new_oid))
        if old and new and old != new:
            yield f"{entry.path}: {flag_id} is {old}'s flag, and would become one of {new}'s: raise another"


def judge_losses(server: Server, update: Update, entries: Sequence[RawEntry]) -> Iterator[str]:
    """Yield a sentence for each file of another's that the branch loses, or turns back, without a commit that does so.

    A merge that keeps one side alone loses what the other brought, and a branch that is set back loses what came later.

    Args:
        server: The server.
        update: The branch.
        entries: What differs in the store between the branch before and after.
    """
    lost = {
        (entry.path, _blob_of(entry)): entry
        for entry in entries
        if entry.status in "DM" and (place := classify(entry.path)) and place.kind in _JUDGES
    }
    if not lost:
        return
    commits = read_commits(server.repo, f"^{update.old}", update.new, most=LISTING) if update.new else []
    for commit in commits:
        for touch in commit.touched:
            lost.pop((touch.path, touch.new_oid), None)
    before = Commit(update.new, (update.old,), "", "", 0, "", ())
    touches = [
        (before, Touch(path, entry.status, (entry.old_oid,), oid, entry.new_mode))
        for (path, oid), entry in lost.items()
    ]
    for claim in _find_foreign(server, touches):
        yield claim.message


def _blob_of(entry: RawEntry) -> str:
    """Return what an entry leaves, as ``Touch`` has it."""
    return "" if entry.status == "D" else entry.new_oid


def _find_doubtful(server: Server, commits: Sequence[Commit]) -> Iterator[Claim]:
    """Yield the claims that are not the pusher's own, a bounded number of files in memory at a time."""
    for touches in _portions(commits):
        yield from _find_foreign(server, touches)


def _find_foreign(server: Server, touches: Sequence[tuple[Commit, Touch]]) -> Iterator[Claim]:
    """Yield the claims of files and the commits that touch them, but for the pusher's own."""
    oids = {oid for _, touch in touches for oid in (touch.new_oid, *touch.old_oids) if oid}
    blobs = read_objects(server.repo, oids, limit=BLOB)
    fields = {oid: read_fields(found.content) for oid, found in blobs.items() if found.kind == "blob"}
    for commit, touch in touches:
        for claim in _claims_of(server, commit, touch, fields):
            if not any(server.speaks_for(agent) for agent in claim.agents):
                yield claim


def _portions(commits: Sequence[Commit], size: int = 2000) -> Iterator[list[tuple[Commit, Touch]]]:
    held: list[tuple[Commit, Touch]] = []
    for commit in commits:
        held += [(commit, touch) for touch in commit.touched]
        if len(held) >= size:
            yield held
            held = []
    if held:
        yield held


def _claims_of(server: Server, commit: Commit, touch: Touch, fields: Mapping[str, Fields | None]) -> Iterator[Claim]:
    """Yield what a commit says by touching one file. What cannot be read says nothing; at a tip it is refused."""
    location = classify(touch.path)
    if location is None or location.kind not in _JUDGES:
        return
    old = next((found for oid in touch.old_oids if oid and (found := fields.get(oid)) is not None), None)
    new = fields.get(touch.new_oid) if touch.new_oid else None
    for agents, message in _JUDGES[location.kind](server, commit, touch, old, new):
        yield Claim(touch.path, touch.new_oid, commit, tuple(filter(None, agents)), message)


def _judge_flag(
    server: Server,
    commit: Commit,  # noqa: ARG001 - one of three judges of one kind
    touch: Touch,
    old: Fields | None,
    new: Fields | None,
) -> Iterator[tuple[tuple[str, ...], str]]:
    claim, path = server.pusher.claim, touch.path
    if not touch.new_oid:  # a flag that is deleted is judged where it is missed, on HEAD's branch
        return
    if old is not None:
        source, target = _text(old, "source_agent"), _text(old, "target_agent")
        reached = (source, *_reached(server, target))
        if target and new is not None:
            yield reached, f"{path} is {source}'s for {target}, and {claim} changes it"
        elif new is not None:
            yield (source,), f"{path} is {source}'s, and {claim} changes it"
    if new is not None and (old is None or _text(old, "source_agent") != _text(new, "source_agent")):
        source = _text(new, "source_agent")
        yield (source,), f"{path} says that {source} raised the flag, and {claim} pushes it"


def _judge_completion(
    server: Server, commit: Commit, touch: Touch, old: Fields | None, new: Fields | None
) -> Iterator[tuple[tuple[str, ...], str]]:
    if old is not None and old != new:
        yield (
            _enders(server, commit.parents[0] if commit.parents else "", touch.path, old),
            _reopened_by(server, touch.path, old),
        )
    if new is not None and new != old:
        who = _text(new, "completed_by")
        yield (who,), f"{touch.path} says that {who} completed the flag, and {server.pusher.claim} pushes it"


def _judge_note(
    server: Server,
    commit: Commit,  # noqa: ARG001 - as in ``_judge_flag``
    touch: Touch,
    old: Fields | None,
    new: Fields | None,
) -> Iterator[tuple[tuple[str, ...], str]]:
    claim, path = server.pusher.claim, touch.path
    if old is not None:
        author = _text(old, "author")
        yield (author,), f"{path} is a note of {author}'s, and {claim} changes it or takes it away"
    if new is not None and (old is None or _text(old, "author") != _text(new, "author")):
        author = _text(new, "author")
        yield (author,), f"{path} says that {author} wrote the note, and {claim} pushes it"


_JUDGES = {"flag": _judge_flag, "completion": _judge_completion, "note": _judge_note}


def _enders(server: Server, rev: str, path: str, completion: Fields | None) -> tuple[str, ...]:
    """Return who may take a completion back: whoever completed, and the flag's source and target as ``rev`` has it."""
    location = classify(path)
    agents = [_text(completion or {}, "completed_by")]
    if any(server.speaks_for(agent) for agent in agents if agent):
        return (agents[0],)  # what else the flag says need not be read
    flag = read_flag(server, rev, location.flag_id if location else "")
    if flag is not None:
        agents += [_text(flag, "source_agent"), *_reached(server, _text(flag, "target_agent"))]
    return tuple(filter(None, agents))


def read_flag(server: Server, rev: str, flag_id: str) -> Fields | None:
    """Return the flag of an id in the tree of ``rev``; None where it has none that can be read."""
    for entry in list_tree(server.repo, rev) if rev and flag_id else ():
        location = classify(entry.path)
        if location is not None and location.kind == "flag" and location.flag_id == flag_id:
            found = read_objects(server.repo, [entry.oid], limit=BLOB).get(entry.oid)
            return read_fields(found.content) if found is not None else None
    return None


def _reopened_by(server: Server, path: str, completion: Fields | None) -> str:
    who = _text(completion or {}, "completed_by") or "somebody"
    return f"{path}: the completion by {who} is for its flag's source or target to take back, not {server.pusher.claim}"


def _find_standing(server: Server, claims: Sequence[Claim]) -> set[tuple[str, str]]:
    """Return those (path, blob) that stand on a branch of the server; HEAD's is asked first."""
    wanted = {(claim.path, claim.oid) for claim in claims if claim.oid}
    found = _find_present(server, wanted, [server.head] if server.head else [])
    left = wanted - found
    if left:
        tips = list(dict.fromkeys(_tips(server)))
        if len(left) * len(tips) > LOOKUPS:
            raise UnavailableError(
                "over_limit",
                f"{len(left):,} files in others' names would have to be looked for in {len(tips):,} branches.",
                hint="Push fewer commits at a time, or let an integrator push them.",
            )
        found |= _find_present(server, left, tips)
    return found


def _find_present(server: Server, wanted: Iterable[tuple[str, str]], tips: Sequence[str]) -> set[tuple[str, str]]:
    pairs = [(path, oid, f"{tip}:{path}") for path, oid in wanted if "\n" not in path for tip in tips]
    if not pairs:
        return set()
    request = "".join(f"{name}\n" for _, _, name in pairs).encode("utf-8", "surrogateescape")
    done = server.repo.run("cat-file", "--batch-check=%(objectname)", input=request)
    return {(path, oid) for (path, oid, _), shown in zip(pairs, done.lines, strict=True) if shown == oid}


def _tips(server: Server) -> list[str]:
    return [oid for name, oid in list_refs(server.repo, HEADS).items() if not name.startswith(BRANCHES)]


def _has_keys(server: Server) -> bool:
    return any(mark.signing_key or mark.email for agent in server.catalog.agents.values() for mark in agent.identities)


def _is_signed_by(server: Server, commit: Commit, agents: Iterable[str]) -> bool:
    """Return whether a key of one of the agents, as HEAD's catalog lists them, signed a commit."""
    from flaggit.catalog.authorship import VERIFIED, judge_authorship

    signature = read_signatures(server.repo, [commit.oid]).get(commit.oid)
    return any(judge_authorship(server.catalog, agent, commit, signature).verdict == VERIFIED for agent in agents)


def _find_superseding(server: Server, commits: Sequence[Commit]) -> dict[str, tuple[Commit, str]]:
    """Return id of a flag -> the commit that completes another as superseded by it, and that other's id."""
    done = [
        (commit, touch, location.flag_id)
        for commit in commits
        for touch in commit.touched
        if touch.new_oid and (location := classify(touch.path)) is not None and location.kind == "completion"
    ]
    blobs = read_objects(server.repo, (touch.new_oid for _, touch, _ in done), limit=BLOB)
    found: dict[str, tuple[Commit, str]] = {}
    for commit, touch, flag_id in done:
        fields = read_fields(blobs[touch.new_oid].content) if touch.new_oid in blobs else None
        if fields and fields.get("resolution") == "superseded" and server.speaks_for(_text(fields, "completed_by")):
            found.setdefault(_text(fields, "superseded_by"), (commit, flag_id))
    return found


def _copies_source(server: Server, claim: Claim, superseding: Mapping[str, tuple[Commit, str]]) -> bool:
    """Return whether a new flag in another's name is the flag of that agent that the pusher hands on, word for word."""
    location = classify(claim.path)
    if location is None or location.kind != "flag" or location.flag_id not in superseding:
        return False
    if read_headers(server.repo, (f"{tip}:{claim.path}" for tip in _tips(server))):
        return False  # what is there already is no new flag: it would get another's words
    commit, before_id = superseding[location.flag_id]
    before = read_flag(server, commit.oid, before_id)
    found = read_objects(server.repo, [claim.oid], limit=BLOB).get(claim.oid)
    new = read_fields(found.content) if found is not None else None
    if before is None or new is None or _text(before, "source_agent") != _text(new, "source_agent"):
        return False
    target = _text(before, "target_agent")
    handed_on_by_right = not target or any(server.speaks_for(agent) for agent in _reached(server, target))
    return handed_on_by_right and all(before.get(name) == new.get(name) for name in EDITABLE_FIELDS)


def _reached(server: Server, target: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((target, *server.catalog.acting_for(target)))) if target else ()


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
