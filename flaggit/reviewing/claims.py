"""Who the files of a range say did something, held against the commits that brought them: pure.

Every commit that wrote a file counts, not only the one that added it: a signed first version
says nothing about what a later commit made of it. Judged by the catalog of the merge base, so
that a range cannot vouch for itself.
"""

from __future__ import annotations

from flaggit.catalog.authorship import MISMATCH, UNVERIFIED, VERIFIED, identities_of, judge_authorship
from flaggit.catalog.parsing import line_of
from flaggit.core.model import Completion, Flag, Note, Problem
from flaggit.core.record import replace
from flaggit.reviewing.report import Claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.git.history import Commit, Signature

    Value = Flag | Completion | Note

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
) -> list[Claim]:
    """Return a claim for each file that a range adds, the worst verdicts first.

    Args:
        values: Path -> what the file holds at the head; only files that the range adds.
        writers: Path -> the commits that wrote it, newest first, the one that added it last.
        signatures: Commit -> what git says of its signature.
        catalog: The agents as the merge base has them.
    """
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
            signatures,
            catalog,
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
        yield Problem("F036", "self_vouched", message, "warning", path=path, line=lines[path], ids=(handle,), fix=fix)


def claim_problem(claim: Claim, *, signed: bool) -> Problem | None:
    """Return the finding that a claim makes; ``signed`` asks for signatures. None where there is nothing to say."""
    if claim.verdict == VERIFIED or (claim.verdict == UNVERIFIED and not signed):
        return None
    code = "forged_author" if claim.verdict == MISMATCH else "unsigned_author"
    fix = f"Let {claim.handle} make the commit, or give its identity in the catalog in a change of its own."
    return Problem(
        "F036", code, claim.reason, path=claim.path, line=claim.line, field=claim.field, ids=(claim.flag_id,), fix=fix
    )


def _judge(
    path: str,
    value: Value,
    speaker: str | None,
    commits: list[Commit],
    signatures: Mapping[str, Signature],
    catalog: Catalog,
) -> Claim:
    """Judge one file; ``speaker`` handed the flag on to another, and so speaks for the source that it names."""
    field, handle, flag_id = _claimed(value)
    handle = speaker or handle
    if not commits:
        reason = f"No commit of this range is known to have added {path}."
        return Claim(flag_id, path, field, handle, UNVERIFIED, "", "", reason)
    verdicts = [
        (_verdict(value, handle, commit, is_first, signatures, catalog), commit)
        for commit, is_first in ((commit, commit is commits[-1]) for commit in commits)
    ]
    verdict, commit = min(verdicts, key=lambda item: _ORDER.index(item[0]))
    author = f"{commit.author_name} <{commit.author_email}>"
    what = f"It says that {handle} {_FIELDS[field]} it; commit {commit.oid[:10]} by {author}"
    reason = f"{what} {_reason(verdict, handle, catalog, signatures.get(commit.oid))}."
    return Claim(flag_id, path, field, handle, verdict, commit.oid, author, reason)


def _verdict(
    value: Value,
    handle: str,
    commit: Commit,
    is_first: bool,
    signatures: Mapping[str, Signature],
    catalog: Catalog,
) -> str:
    """Return the verdict on one commit; a flag's later edits may also be its target's."""
    may = [handle]
    if isinstance(value, Flag) and not is_first and value.target_agent:
        may.append(value.target_agent)
    verdicts = [judge_authorship(catalog, name, commit, signatures.get(commit.oid)) for name in may]
    return max(verdicts, key=_ORDER.index)


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


def _reason(verdict: str, handle: str, catalog: Catalog, signature: Signature | None) -> str:
    """Return what a commit has to do with a claim, the end of a sentence that began with the commit."""
    if verdict == VERIFIED:
        return f"is signed by {handle}"
    status = signature.status if signature else "N"
    if verdict == MISMATCH:
        if status in "BR":
            return "has a signature that is broken or revoked"
        return f"is {'signed by somebody else' if status in 'GU' else 'not theirs'}, as the catalog has it"
    known = tuple(identities_of(catalog, handle))
    if not known:
        doubt = f"the catalog knows no identity of {handle}"
    elif status == "N":
        address = "it has their address, and " if any(identity.email for identity in known) else ""
        doubt = f"{address}no signature"
    elif status in "GU":
        doubt = f"the catalog knows no key of {handle}"
    else:
        doubt = "its signature cannot be checked here, or is out of date"
    return f"does not prove it: {doubt}"
