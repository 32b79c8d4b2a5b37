"""Who the files of a range say did something, held against the commits that brought them: pure.

Every commit that wrote a file counts, not only the one that added it: a signed first version
says nothing about what a later commit made of it. Judged by the catalog of the merge base, so
that a range cannot vouch for itself.
"""

from __future__ import annotations

from flaggit.catalog.authorship import MISMATCH, UNVERIFIED, VERIFIED, Authorship, identities_of, judge_authorship
from flaggit.catalog.parsing import line_of
from flaggit.core.model import Completion, Flag, Note, Problem
from flaggit.core.record import replace
from flaggit.core.text import short_oid
from flaggit.reviewing.report import Claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.documents.settings import Settings
    from flaggit.git.history import Commit, Signature

    Value = Flag | Completion | Note
    _Judge = Callable[[str, Commit], Authorship]

_ORDER = (MISMATCH, UNVERIFIED, VERIFIED)  # the worst first
_FIELDS = {"source_agent": "raised", "completed_by": "completed", "author": "noted"}


def writers_of(paths: Iterable[str], commits: Sequence[Commit]) -> dict[str, list[Commit]]:
    """Return path -> the commits (newest first) that wrote it, back to the newest that added it."""
    wanted = set(paths)
    found: dict[str, list[Commit]] = {path: [] for path in wanted}
    added: set[str] = set()
    for commit in commits:
        for touch in commit.touched:
            if touch.path in wanted and touch.path not in added and touch.status in ("A", "M"):
                found[touch.path].append(commit)
                if touch.status == "A":
                    added.add(touch.path)
    return found


def judge_claims(
    values: Mapping[str, Value],
    writers: Mapping[str, list[Commit]],
    signatures: Mapping[str, Signature],
    catalog: Catalog,
    settings: Settings,
) -> list[Claim]:
    """Return a claim for each file that a range adds, the worst verdicts first.

    Args:
        values: Path -> what the file holds at the head; only files that the range adds.
        writers: Path -> the commits that wrote it, newest first, the one that added it last.
        signatures: Commit -> what git says of its signature.
        catalog: The agents as the merge base has them.
        settings: The merge base's: who integrates, and what has to be proven.
    """
    strict = settings.require_signatures or settings.require_identity

    def judge(handle: str, commit: Commit) -> Authorship:
        signature = signatures.get(commit.oid)
        integrators = settings.integrators
        signed = settings.require_signatures
        return judge_authorship(
            catalog, handle, commit, signature, integrators=integrators, strict=strict, signed=signed
        )

    handed_on = {
        value.superseded_by: value.completed_by
        for value in values.values()
        if isinstance(value, Completion) and value.superseded_by
    }
    claims = [
        _judge(
            path,
            value,
            handed_on.get(value.id if isinstance(value, Flag) else ""),
            writers.get(path, []),
            judge,
        )
        for path, value in values.items()
    ]
    return sorted(claims, key=lambda claim: (_ORDER.index(claim.verdict), claim.flag_id, claim.path))


def with_lines(claims: Iterable[Claim], files: Mapping[str, bytes]) -> list[Claim]:
    """Return claims with the lines on which the files (path -> contents) make them."""
    return [replace(claim, line=_line_of(claim.field, files.get(claim.path, b""))) for claim in claims]


def find_vouched(claims: Iterable[Claim], before: Catalog, after: Catalog) -> list[str]:
    """Return the agents who claim work in a range that also gives them identities to be known by."""
    handles = dict.fromkeys(claim.handle for claim in claims)
    return [name for name in handles if {*identities_of(after, name)} - {*identities_of(before, name)}]


def vouched_problems(vouched: Iterable[str], files: Mapping[str, bytes]) -> Iterable[Problem]:
    """Yield a finding for each agent whom a range vouches for; ``files`` are those of the catalog that it changes."""
    for handle in vouched:
        lines = {path: line_of(data, handle) for path, data in files.items()}
        path = max(lines, key=lambda name: lines[name] > 0)
        message = f"The range gives {handle} identities, and {handle} claims work in it: judged by the catalog before."
        fix = "Let an owner of the catalog take the identities in a change of its own."
        yield Problem(
            "F036", "self_vouched", message, level="warning", path=path, line=lines[path], ids=(handle,), fix=fix
        )


def claim_problem(claim: Claim, settings: Settings) -> Problem | None:
    """Return the finding that a claim makes by the base's settings; None where there is nothing to say."""
    code, level = "", "error"
    if claim.verdict == MISMATCH:
        code = "forged_author"
    elif claim.verdict == UNVERIFIED and claim.doubt != "integrator":
        if settings.require_signatures:
            code = "unsigned_author"
        elif claim.doubt == "unknown_author":
            code, level = "unknown_author", "error" if settings.require_identity else "warning"
    if not code:
        return None
    fix = f"Let {claim.handle} make the commit, or give its identity in the catalog in a change of its own."
    if code == "unknown_author":
        fix = "Name who did the work with `Co-authored-by:`, or list the address in the catalog."
    return Problem(
        "F036",
        code,
        claim.reason,
        level=level,
        path=claim.path,
        line=claim.line,
        field=claim.field,
        ids=(claim.flag_id,),
        fix=fix,
    )


def _judge(path: str, value: Value, speaker: str | None, commits: list[Commit], judge: _Judge) -> Claim:
    """Judge one file; ``speaker`` handed the flag on to another, and so speaks for the source that it names."""
    field, handle, flag_id = _claimed(value)
    handle = speaker or handle
    if not commits:
        reason = f"No commit of this range is known to have added {path}."
        return Claim(flag_id, path, field, handle, UNVERIFIED, "", "", reason)
    judged = [(_judge_commit(value, handle, commit, commit is commits[-1], judge), commit) for commit in commits]
    found, commit = min(judged, key=lambda item: _rank(item[0]))
    author = f"{commit.author_name} <{commit.author_email}>"
    what = f"It says that {handle} {_FIELDS[field]} it; commit {short_oid(commit.oid)} by {author}"
    reason = f"{what} {_reason(found, handle)}."
    return Claim(flag_id, path, field, handle, found.verdict, commit.oid, author, reason, doubt=found.doubt)


def _judge_commit(value: Value, handle: str, commit: Commit, is_first: bool, judge: _Judge) -> Authorship:
    """Judge one commit; a flag's later edits may also be its target's."""
    may = [handle]
    if isinstance(value, Flag) and not is_first and value.target_agent:
        may.append(value.target_agent)
    return max((judge(name, commit) for name in may), key=_rank)


def _rank(found: Authorship) -> tuple[int, bool]:
    """Return the sort key of judgements, the worst first."""
    return _ORDER.index(found.verdict), found.doubt != "unknown_author"


def _line_of(field: str, data: bytes) -> int:
    start = f"{field}:".encode()
    lines = enumerate(data.split(b"\n"), 1)
    return next((number for number, line in lines if line.startswith(start)), 0)


def _claimed(value: Value) -> tuple[str, str, str]:
    if isinstance(value, Flag):
        return "source_agent", value.source_agent, value.id
    if isinstance(value, Completion):
        return "completed_by", value.completed_by, value.id
    return "author", value.author, value.flag_id


def _reason(found: Authorship, handle: str) -> str:
    """Return the relation of a commit to a claim, as the end of a sentence that began with the commit."""
    if found.verdict == VERIFIED:
        return f"is signed by {handle}"
    if found.doubt == "bad_signature":
        return "has a signature that is broken or revoked"
    if found.doubt == "other_agent":
        return "is another agent's, as the catalog has it"
    return f"does not prove it: {_DOUBTS[found.doubt].format(handle=handle)}"


_DOUBTS = {
    "no_identity": "the catalog knows no identity of {handle} that a commit could be held against",
    "no_signature": "it has no signature",
    "unknown_key": "the key that signed it is none that the catalog knows of {handle}",
    "unchecked": "its signature cannot be checked here, or is out of date",
    "unknown_author": "the catalog knows nobody by that address",
    "integrator": "an integrator made it of others' work",
}
