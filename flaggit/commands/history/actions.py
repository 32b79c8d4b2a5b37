"""log: who raised, edited, noted, completed and reopened a flag, in which commits, and whether those bear it out."""

from __future__ import annotations

from flaggit.catalog.authorship import MISMATCH, UNVERIFIED, VERIFIED, judge_authorship
from flaggit.checking.transitions import read_fields
from flaggit.clone.lookup import get_row
from flaggit.clone.session import Reply
from flaggit.core.errors import NotFoundError
from flaggit.core.ids import clean_reference, is_flag_id
from flaggit.core.layout import DONE, NOTES, STORE, classify, completion_path, note_path
from flaggit.core.record import record
from flaggit.core.times import format_time, is_time
from flaggit.git.history import UNSIGNED, read_commits, read_shallow, read_signatures
from flaggit.git.objects import read_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from flaggit.clone.session import Session
    from flaggit.core.model import Row
    from flaggit.git.history import Commit, Signature, Touch
    from flaggit.git.repo import Repo

    Fields = dict[str, Any]

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
        kind: ``raised``, ``edited``, ``deleted``, ``noted``, ``completed``, ``reopened``; and what ought not to be.
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


@record
class Log:
    """The history of one flag; ``row`` is None where the flag is not visible any more."""

    flag_id: str
    row: Row | None
    steps: tuple[Step, ...]


def log(session: Session, *, flag_id: str) -> Reply[Log]:
    """Return the history of a flag, from the commits of every branch.

    Raises:
        InvalidError: ``bad_id`` or ``ambiguous_id``.
        NotFoundError: ``unknown_flag``, where neither a file nor a commit knows it.
    """
    whole = _find_id(session, flag_id)
    rows = session.clone.get_rows([whole])
    row = rows[0] if rows else None
    steps = read_steps(session, whole, path=row.path if row else "", speakers=_speakers(session, row))
    steps += _uncommitted(session, whole, row, tuple(steps))
    if not steps:
        raise NotFoundError(
            "unknown_flag",
            f"No commit of this clone knows a flag {flag_id}.",
            hint="`flaggit list --status all` shows what is visible; after `git fetch` there may be more.",
        )
    steps.sort(key=lambda step: (step.at, list(_STEPS.values()).index(step.kind)))
    if row and _is_reopened(session, whole):  # when, and by whom, no file says: it stands last, as long as it is so
        steps.append(_pending_step("reopened", None, format_time(session.now), completion_path(whole)))
    return Reply(Log(whole, row, tuple(steps)), session.clone.problems, notes=_limits(session, steps))


def read_steps(session: Session, flag_id: str, *, path: str = "", speakers: Sequence[str] = ()) -> list[Step]:
    """Return the steps of a flag in the commits of every branch, the same step of several commits once.

    Args:
        session: The call.
        flag_id: A whole id.
        path: Where its file lies; empty: anywhere.
        speakers: Who may have raised it in its source's name.
    """
    repo = session.repo
    # Whole folders and plain names: a pattern with an asterisk takes git four times as long.
    places = (path, completion_path(flag_id)) if path else (STORE,)
    paths = tuple(f":(top,literal){place}" for place in (*places, f"{STORE}/{NOTES}"))
    commits = read_commits(repo, "--exclude=refs/stash", "--all", *_head(repo), paths=paths)
    groups: dict[tuple[str, ...], list[tuple[Commit, Touch]]] = {}
    for commit in commits:
        for touch in commit.touched if len(commit.parents) < 2 else ():
            key = _group(touch, flag_id)
            if key is not None:
                groups.setdefault(key, []).append((commit, touch))
    fields = _read_fields(repo, (touch for found in groups.values() for _, touch in found))
    wanted = [commit.oid for found in groups.values() for commit, _ in found]
    signatures = read_signatures(repo, wanted)
    outside = _not_in_head(repo, wanted)
    people = _People(session, fields, signatures, outside, speakers)
    return [people.step(key[0], found) for key, found in groups.items()]


class _People:
    """Holds commits against what files say of who did something."""

    def __init__(
        self,
        session: Session,
        fields: dict[str, Fields],
        signatures: dict[str, Signature],
        outside: set[str],
        speakers: Sequence[str],
    ) -> None:
        self._catalog = session.catalog
        self._speakers = speakers
        self._entitled = _entitled(fields.values())
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


def _find_id(session: Session, reference: str) -> str:
    """Return the whole id; one that no file has any more may still be in the history."""
    text = clean_reference(reference)
    return text if is_flag_id(text) else get_row(session, reference).flag.id


def _speakers(session: Session, row: Row | None) -> list[str]:
    """Return who handed the flag on: a redirected flag keeps its source, and its target of before raised it."""
    parent = row.flag.chain_origin_id if row else None
    rows = session.clone.get_rows([parent]) if row and parent else []
    done = [found.completion for found in rows if found.completion is not None]
    return [item.completed_by for item in done if row and item.superseded_by == row.flag.id]


def _head(repo: Repo) -> tuple[str, ...]:
    from flaggit.git.refs import read_head

    _, oid = read_head(repo)
    return (oid,) if oid else ()


def _group(touch: Touch, flag_id: str) -> tuple[str, ...] | None:
    """Return a key that is equal for changes that are the same step; a raised flag has one, however often squashed."""
    if flag_id not in touch.path:
        return None
    location = classify(touch.path)
    kind = _STEPS.get((location.kind, touch.status)) if location and location.flag_id == flag_id else None
    if kind is None:
        return None
    return (kind, touch.path) if kind == "raised" else (kind, touch.path, touch.old_oid, touch.new_oid)


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


def _limits(session: Session, steps: Iterable[Step]) -> tuple[str, ...]:
    """Return a remark where a step that no commit here took may have one all the same."""
    if all(step.commits for step in steps) or not read_shallow(session.repo):
        return ()
    return ("This clone is shallow: what is told as not committed may be in a commit that it has not got.",)


def _is_reopened(session: Session, flag_id: str) -> bool:
    """Return whether this worktree has done away with a completion that HEAD holds."""
    if any(source.has(DONE, flag_id) for source in session.clone.sources(here=True)):
        return False
    return session.repo.has_in_head(completion_path(flag_id))


def _pending_step(kind: str, agent: str | None, at: str, path: str, detail: str = "") -> Step:
    return Step(kind, agent, at, path, (), detail, UNVERIFIED, ())
