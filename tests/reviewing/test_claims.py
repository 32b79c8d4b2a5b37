"""Who the files of a range say did something, held against every commit that wrote them."""

from __future__ import annotations

import pytest
from review_samples import flag

from flaggit.catalog.parsing import parse_catalog
from flaggit.core.model import Completion, Note
from flaggit.core.record import replace
from flaggit.documents.settings import build_settings
from flaggit.git.history import Commit, Signature, Touch
from flaggit.reviewing.claims import (
    claim_problem,
    find_vouched,
    judge_claims,
    vouched_problems,
    with_lines,
    writers_of,
)
from flaggit.reviewing.report import Claim

WEB, API, LEAD = "@frontend.web", "@backend.api", "@team.lead"
CATALOG_FILE = f"""\
schema: 1
agents:
  "{WEB}":
    identities: [{{email: "web@example.org", signing_key: "SHA256:web"}}]
  "{API}":
    identities: [{{email: "api@example.org", signing_key: "SHA256:api"}}]
  "{LEAD}":
    identities: [{{email: "lead@example.org"}}]
""".encode()
CATALOG = parse_catalog([(".flags/catalog.yaml", CATALOG_FILE)])
FLAG, DONE = ".flags/frontend.web/k7m2q0x.yaml", ".flags/done/k7m2q0x.yaml"
RAISED = flag("k7m2q0x")
COMPLETED = Completion("k7m2q0x", WEB, "2026-11-24T10:00:00Z")


def commit(number: int, email: str, *touched: tuple[str, str]) -> Commit:
    touches = tuple(Touch(path, status, ("",), "", "100644") for status, path in touched)
    return Commit(str(number) * 40, (), "Ann", email, 0, "Work", touches)


def judge(values: dict, *commits: Commit, signed: dict | None = None, **settings: object) -> list[Claim]:
    signatures = {str(number) * 40: Signature("G", "", (key,)) for number, key in (signed or {}).items()}
    made = build_settings({"integrators": [LEAD], **settings})
    return judge_claims(values, writers_of(values, commits), signatures, CATALOG, made)


def verdict(*commits: Commit, value=RAISED, signed: dict | None = None, **settings: object) -> str:
    (claim,) = judge({FLAG: value}, *commits, signed=signed, **settings)
    return f"{claim.verdict} {claim.doubt}".strip()


ADDED = commit(1, "api@example.org", ("A", FLAG))
EDITED = commit(2, "web@example.org", ("M", FLAG))


@pytest.mark.parametrize(
    ("commits", "signed", "found"),
    [
        ((ADDED,), {}, "unverified no_signature"),
        ((ADDED,), {1: "SHA256:api"}, "verified"),
        ((ADDED,), {1: "SHA256:web"}, "unverified unknown_key"),
        ((commit(1, "web@example.org", ("A", FLAG)),), {}, "mismatch other_agent"),  # its target raises it for another
        ((commit(1, "x@example.org", ("A", FLAG)),), {}, "unverified unknown_author"),
        ((EDITED, ADDED), {1: "SHA256:api"}, "unverified no_signature"),  # the worst commit counts
        ((EDITED, ADDED), {1: "SHA256:api", 2: "SHA256:web"}, "verified"),  # its target edits it
        ((commit(2, "lead@example.org", ("M", FLAG)), ADDED), {1: "SHA256:api"}, "unverified integrator"),
        ((commit(2, "x@example.org", ("M", FLAG)), ADDED), {}, "unverified unknown_author"),
        ((), {}, "unverified"),
    ],
)
def test_every_commit_that_wrote_a_file_counts(commits: tuple, signed: dict, found: str) -> None:
    assert verdict(*commits, signed=signed) == found


@pytest.mark.parametrize("setting", ["", "require_identity", "require_signatures"])
def test_co_authors_count_where_nothing_has_to_be_proven(setting: str) -> None:
    made = replace(commit(1, "web@example.org", ("A", FLAG)), message="Work\n\nCo-authored-by: A <api@example.org>\n")
    assert verdict(made, **({setting: True} if setting else {})) == (
        "mismatch other_agent" if setting else "unverified no_signature"
    )


def test_nobody_but_who_completed_it_writes_a_completion() -> None:
    by_api = commit(2, "api@example.org", ("M", DONE)), commit(1, "web@example.org", ("A", DONE))
    (claim,) = judge({DONE: COMPLETED}, *by_api)
    assert (claim.verdict, claim.field, claim.handle, claim.commit) == ("mismatch", "completed_by", WEB, "2" * 40)
    assert claim.reason == (
        f"It says that {WEB} completed it; commit 2222222222 by Ann <api@example.org>"
        " is another agent's, as the catalog has it."
    )


def test_who_hands_a_flag_on_speaks_for_its_source() -> None:
    handed_on = replace(COMPLETED, id="a000001", resolution="superseded", superseded_by="k7m2q0x")
    by_web = commit(1, "web@example.org", ("A", FLAG), ("A", ".flags/done/a000001.yaml"))
    claims = judge({FLAG: RAISED, ".flags/done/a000001.yaml": handed_on}, by_web)
    assert {claim.verdict for claim in claims} == {"unverified"}
    (alone,) = judge({FLAG: RAISED}, by_web)
    assert alone.verdict == "mismatch"


def test_the_worst_claims_come_first() -> None:
    note = Note("k7m2q0x-20261123T140000Z-abcd", API, "2026-11-23T14:00:00Z", "x")
    path = f".flags/notes/{note.name}.yaml"
    made = commit(1, "web@example.org", ("A", FLAG), ("A", DONE), ("A", path))
    claims = judge({DONE: COMPLETED, path: note, FLAG: RAISED}, made, signed={1: "SHA256:web"})
    assert [(claim.verdict, claim.field) for claim in claims] == [
        ("mismatch", "source_agent"),
        ("mismatch", "author"),
        ("verified", "completed_by"),
    ]


def test_commits_before_the_one_that_added_a_file_wrote_another() -> None:
    commits = EDITED, ADDED, commit(3, "web@example.org", ("A", FLAG), ("M", DONE)), commit(4, "x", ("D", DONE))
    assert {path: [one.oid[0] for one in found] for path, found in writers_of((FLAG, DONE), commits).items()} == {
        FLAG: ["2", "1"],
        DONE: ["3"],
    }


@pytest.mark.parametrize(
    ("state", "settings", "found"),
    [
        (("mismatch", "other_agent"), {}, "forged_author error"),
        (("verified", ""), {"require_signatures": True}, ""),
        (("unverified", "no_signature"), {}, ""),
        (("unverified", "no_signature"), {"require_identity": True}, ""),
        (("unverified", "no_signature"), {"require_signatures": True}, "unsigned_author error"),
        (("unverified", "integrator"), {"require_signatures": True}, ""),
        (("unverified", "unknown_author"), {}, "unknown_author warning"),
        (("unverified", "unknown_author"), {"require_identity": True}, "unknown_author error"),
        (("unverified", "unknown_author"), {"require_signatures": True}, "unsigned_author error"),
    ],
)
def test_which_claims_are_findings(state: tuple[str, str], settings: dict, found: str) -> None:
    claim = Claim("k7m2q0x", FLAG, "source_agent", API, state[0], "1" * 40, "Ann", "Why.", 3, state[1])
    made = claim_problem(claim, build_settings(settings))
    assert (f"{made.code} {made.level}" if made else "") == found
    assert made is None or ("Co-authored-by" in made.fix) == (made.code == "unknown_author")
    assert made is None or (made.line, made.path, made.field, made.ids) == (3, FLAG, "source_agent", ("k7m2q0x",))


def test_claims_have_the_lines_of_their_fields() -> None:
    claims = judge({FLAG: RAISED}, ADDED)
    (found,) = with_lines(claims, {FLAG: b'schema: 1\nid: "k7m2q0x"\nsource_agent: "@backend.api"\n'})
    assert found.line == 3
    assert with_lines(claims, {})[0].line == 0


def test_a_range_that_gives_identities_to_who_claims_work_in_it_is_named() -> None:
    before = parse_catalog([(".flags/catalog.yaml", CATALOG_FILE.replace(b"web@example.org", b"old@example.org"))])
    claims = judge({FLAG: RAISED, DONE: COMPLETED}, ADDED)
    assert find_vouched(claims, before, CATALOG) == [WEB]
    assert find_vouched(claims, CATALOG, CATALOG) == []
    assert find_vouched(judge({FLAG: RAISED}, ADDED), before, CATALOG) == []
    files = {".flags/catalog.d/x.yaml": b"schema: 1\nagents: {}\n", ".flags/catalog.yaml": CATALOG_FILE}
    (problem,) = vouched_problems([WEB], files)
    assert (problem.code, problem.level, problem.path, problem.line) == (
        "self_vouched",
        "warning",
        ".flags/catalog.yaml",
        3,
    )
