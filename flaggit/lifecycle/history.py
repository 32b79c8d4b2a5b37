"""What happened to a flag, from raised to completed: in which commits, and whether those bear it out."""

from __future__ import annotations

from flaggit.catalog.authorship import MISMATCH, UNVERIFIED, VERIFIED, judge_authorship
from flaggit.core.layout import DONE, NOTES, STORE, classify, completion_path, note_path
from flaggit.core.record import record
from flaggit.core.times import format_time, is_time
from flaggit.documents.values import read_fields
from flaggit.git.history import UNSIGNED, read_commits, read_signatures
from flaggit.git.objects import read_headers, read_objects
from flaggit.git.refs import read_head
from flaggit.lifecycle.pruned import find_pruned_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.git.history import Commit, Signature, Touch
    from flaggit.git.repo import Repo

    Fields = dict[str, Any]
    Key = tuple[str, ...]  # equal for changes that are the same step
    Groups = dict[Key, list[tuple[Commit, Touch]]]

# (kind of file, git's status) -> the step.
_STEPS = {
    ("flag", "A"): "raised",
    ("flag", "M"): "edited",
    ("flag", "D"): "deleted",
    ("completion", "A"): "completed",
    ("completion", "M"): "completion changed",
    ("completion", "D"): "reopened",
    ("note", "A"): "noted",
    ("note", "M"): "note changed",
    ("note", "D"): "note deleted",
}
_PRUNED = "pruned"  # a flag with its completion, and its notes, at once
_ORDER = {kind: place for place, kind in enumerate((*_STEPS.values(), _PRUNED))}
_CLAIMS = {"raised": "source_agent", "completed": "completed_by", "noted": "author"}
_TIMES = {"raised": "created_at", "completed": "completed_at", "noted": "created_at"}
_RANKS = (VERIFIED, UNVERIFIED, MISMATCH)


@record
class Seen:
    """A commit that took a step: who made it, whether HEAD holds it, and what it is worth as proof.

    ``signature`` is git's letter (see ``history.Signature``), ``signer`` its name or the key's fingerprint.
    """

    oid: str
    author: str
    email: str
    at: str
    subject: str
    in_head: bool
    verdict: str
    signature: str
    signer: str


@record
class Step:
    """One thing that happened to a flag.

    Attributes:
        kind: ``raised``, ``edited``, ``deleted``, ``pruned``, ``noted``, ``completed``, ``reopened``; and what ought
            not to be.
        agent: Who the file says did it; where it says nothing, whom the catalog knows by the commit; or None.
        at: When, as the file says, else as the commit says.
        path: The file.
        fields: The fields that an edit changed.
        detail: How a flag was completed.
        verdict: ``verified``, ``unverified`` or ``mismatch``: the best that its commits are worth.
        commits: Every commit that took the step: after a rebase or a squash several, those in HEAD first. Empty: it is
            not committed yet.
    """

    kind: str
    agent: str | None
    at: str
    path: str
    fields: tuple[str, ...]
    detail: str
    verdict: str
    commits: tuple[Seen, ...]

    @property
    def words(self) -> str:
        """Return what was done by whom, as people read it; it holds what authors wrote."""
        done = self.kind + (f" by {self.agent}" if self.agent else "")
        done += f" ({self.detail})" if self.detail else ""
        return done + (f": {', '.join(self.fields)}" if self.fields else "")


def read_history(session: Session, flag_id: str, row: Row | None) -> tuple[Step, ...]:
    """Return what happened to a flag, from the commits of every branch and the files of this clone, oldest first.

    Args:
        session: The call.
        flag_id: A whole id.
        row: The flag, where it is visible.
    """
    # Whole folders and plain names: a pattern with an asterisk takes git four times as long.
    places = (row.path, completion_path(flag_id), f"{STORE}/{NOTES}") if row else (STORE,)
    groups = _read_groups(session.repo, {flag_id}, places).get(flag_id, {})
    return _build_steps(session, {flag_id: groups}, {flag_id: row} if row else {})[flag_id]


def read_histories(session: Session, rows: Sequence[Row]) -> dict[str, tuple[Step, ...]]:
    """Return flag id -> the same for many flags: with one look at the commits."""
    known = {row.flag.id: row for row in rows}
    groups = _read_groups(session.repo, known.keys(), (STORE,)) if known else {}
    return _build_steps(session, {flag_id: groups.get(flag_id, {}) for flag_id in known}, known)


def _read_groups(repo: Repo, flag_ids: Collection[str], places: Iterable[str]) -> dict[str, Groups]:
    """Return flag id -> its steps, each with the commits that took it: the same step of several commits once."""
    paths = tuple(f":(top,literal){place}" for place in places)

    def is_wanted(path: str) -> bool:
        location = classify(path)
        return location is not None and location.flag_id in flag_ids

    commits = read_commits(repo, "--exclude=refs/stash", "--all", *_head(repo), paths=paths, wanted=is_wanted)
    found: dict[str, Groups] = {}
    for commit in commits:
        own = len(commit.parents) < 2
        pruned = find_pruned_in(commit) if own else ()
        for touch in commit.touched if own else ():
            flag_id, key = _group(touch, flag_ids, pruned)
            if key:
                found.setdefault(flag_id, {}).setdefault(key, []).append((commit, touch))
    return found


def _build_steps(session: Session, found: Mapping[str, Groups], rows: Mapping[str, Row]) -> dict[str, tuple[Step, ...]]:
    """Return flag id -> its steps, oldest first; what no commit holds is told too."""
    taken = [item for groups in found.values() for items in groups.values() for item in items]
    wanted = [commit.oid for commit, _ in taken]
    fields = _read_fields(session.repo, (touch for _, touch in taken))
    signatures = read_signatures(session.repo, wanted)
    outside = _not_in_head(session.repo, wanted)
    reopened = _find_reopened(session, rows)
    told = {}
    for flag_id, groups in found.items():
        row = rows.get(flag_id)
        own = [touch for items in groups.values() for _, touch in items]
        versions = [fields[oid] for touch in own for oid in (touch.old_oid, touch.new_oid) if oid in fields]
        people = _People(session, fields, versions, signatures, outside, _speakers(session, row))
        steps = [people.step(key[0], items) for key, items in groups.items()]
        steps += _uncommitted(session, flag_id, row, tuple(steps))
        steps.sort(key=lambda step: (step.at, _ORDER[step.kind]))
        if steps and flag_id in reopened:  # when, and by whom, no file says: so it stands last
            steps.append(_pending_step("reopened", None, format_time(session.now), completion_path(flag_id)))
        told[flag_id] = tuple(steps)
    return told


class _People:
    """Holds commits against what files say of who did something."""

    def __init__(
        self,
        session: Session,
        fields: dict[str, Fields],
        versions: Iterable[Fields],
        signatures: dict[str, Signature],
        outside: set[str],
        speakers: Sequence[str],
    ) -> None:
        self._catalog = session.catalog
        self._speakers = speakers
        self._entitled = _entitled(versions)
        self._fields = fields
        self._signatures = signatures
        self._outside = outside

    def step(self, kind: str, found: Sequence[tuple[Commit, Touch]]) -> Step:
        """Return a step that several commits took, those in HEAD first and then the oldest."""
        ordered = sorted(found, key=lambda item: (item[0].oid in self._outside, item[0].authored_at))
        commit, touch = ordered[0]
        old, new = self._fields.get(touch.old_oid, {}), self._fields.get(touch.new_oid, {})
        content = new or old
        claimed = content.get(_CLAIMS.get(kind, ""))
        handles = [claimed] if isinstance(claimed, str) else self._entitled
        if kind == "raised":
            handles = [*handles, *self._speakers]
        seen = tuple(self._see(item, handles) for item, _ in ordered)
        at = str(content.get(_TIMES.get(kind, ""), ""))
        return Step(
            kind,
            claimed if isinstance(claimed, str) else self._identify(commit),
            at if is_time(at) else format_time(commit.authored_at),
            touch.path,
            _changed(old, new) if touch.status == "M" else (),
            _detail(kind, content),
            min((item.verdict for item in seen), key=_RANKS.index),
            seen,
        )

    def _see(self, commit: Commit, handles: Sequence[str]) -> Seen:
        signature = self._signatures.get(commit.oid, UNSIGNED)
        verdicts = [judge_authorship(self._catalog, handle, commit, signature).verdict for handle in handles]
        signer = signature.signer or (signature.fingerprints[0] if signature.fingerprints else "")
        return Seen(
            commit.oid,
            commit.author_name,
            commit.author_email,
            format_time(commit.authored_at),
            commit.subject,
            commit.oid not in self._outside,
            min(verdicts, key=_RANKS.index, default=UNVERIFIED),
            signature.status,
            signer,
        )

    def _identify(self, commit: Commit) -> str | None:
        keys = self._signatures.get(commit.oid, UNSIGNED).fingerprints
        found = self._catalog.identify(email=commit.author_email, signing_key=keys[0] if keys else "")
        return found.name if found else None


def _speakers(session: Session, row: Row | None) -> list[str]:
    """Return who handed the flag on: a redirected flag keeps its source, and its target of before raised it."""
    parent = row.flag.chain_origin_id if row else None
    rows = session.clone.get_rows([parent]) if row and parent else []
    done = [found.completion for found in rows if found.completion is not None]
    return [item.completed_by for item in done if row and item.superseded_by == row.flag.id]


def _head(repo: Repo) -> tuple[str, ...]:
    _, oid = read_head(repo)
    return (oid,) if oid else ()


def _group(touch: Touch, flag_ids: Collection[str], pruned: Collection[str]) -> tuple[str, Key]:
    """Return a flag and a key that is equal for changes that are the same step; a raised flag has one, however often
    squashed, and one that its commit prunes goes in one step. Two empty values where it is none of these flags.
    """
    location = classify(touch.path)
    if location is None or location.flag_id not in flag_ids:
        return "", ()
    kind = _STEPS.get((location.kind, touch.status), "")
    if location.flag_id in pruned and touch.status == "D":
        kind = _PRUNED if location.kind == "flag" else ""
    if not kind:
        return "", ()
    key = (kind, touch.path) if kind == "raised" else (kind, touch.path, touch.old_oid, touch.new_oid)
    return location.flag_id, key


def _read_fields(repo: Repo, touches: Iterable[Touch]) -> dict[str, Fields]:
    oids = {oid for touch in touches for oid in (touch.old_oid, touch.new_oid) if oid}
    return {found.oid: read_fields(found.content) or {} for found in read_objects(repo, sorted(oids)).values()}


def _not_in_head(repo: Repo, oids: Sequence[str]) -> set[str]:
    """Return those of ``oids`` that HEAD does not hold; only what is not merged is walked."""
    head = _head(repo)
    if not head or not oids:
        return set(oids)
    request = "\n".join([*dict.fromkeys(oids), f"^{head[0]}"]).encode() + b"\n"
    return set(repo.run("rev-list", "--stdin", input=request).stdout.decode().split())


def _entitled(versions: Iterable[Fields]) -> list[str]:
    """Return who may do what no file names anybody for: source and target may edit and reopen."""
    names = [fields.get(key) for fields in versions for key in ("source_agent", "target_agent")]
    return [name for name in dict.fromkeys(names) if isinstance(name, str)]


def _changed(old: Fields, new: Fields) -> tuple[str, ...]:
    return tuple(key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key))


def _detail(kind: str, content: Fields) -> str:
    if kind != "completed":
        return ""
    other = content.get("superseded_by")
    return f"{content.get('resolution')} by {other}" if other else str(content.get("resolution"))


def _uncommitted(session: Session, flag_id: str, row: Row | None, steps: Sequence[Step]) -> Iterator[Step]:
    """Yield what files of this clone's worktrees say and no commit does yet."""
    if row is None:
        return
    known = {(step.kind, step.path) for step in steps}
    flag, done = row.flag, row.completion
    if ("raised", row.path) not in known:
        yield _pending_step("raised", flag.source_agent, flag.created_at, row.path)
    if done is not None and not any(step.kind == "completed" and step.at == done.completed_at for step in steps):
        detail = f"{done.resolution} by {done.superseded_by}" if done.superseded_by else done.resolution
        yield _pending_step("completed", done.completed_by, done.completed_at, completion_path(flag_id), detail)
    for note in session.clone.notes(flag_id):
        if ("noted", note_path(note)) not in known:
            yield _pending_step("noted", note.author, note.created_at, note_path(note))


def _find_reopened(session: Session, flag_ids: Iterable[str]) -> set[str]:
    """Return those flags of which this worktree has done away with a completion that HEAD holds."""
    left = set(flag_ids)
    for source in session.clone.sources(here=True):
        left -= source.only_existing(DONE, left)
    names = {f"HEAD:{completion_path(flag_id)}": flag_id for flag_id in left}
    return {names[name] for name in read_headers(session.repo, names)}


def _pending_step(kind: str, agent: str | None, at: str, path: str, detail: str = "") -> Step:
    return Step(kind, agent, at, path, (), detail, UNVERIFIED, ())
