"""Whether a commit bears out who is said to have done something, by who made it and who signed it."""

from __future__ import annotations

import pytest

from flaggit.catalog.authorship import identities_of, judge_authorship, makers_of
from flaggit.catalog.parsing import parse_catalog
from flaggit.git.history import Commit, Signature

WEB, API, TEAM, LEAD = "@frontend.web", "@backend.api", "@team.all", "@team.lead"
KEY, OTHER_KEY = "SHA256:web", "SHA256:api"
LONG_ID = "0123456789ABCDEF"
CATALOG = parse_catalog(
    [
        (
            ".flags/catalog.yaml",
            f"""\
schema: 1
agents:
  "{WEB}": {{identities: [{{email: "Web@example.org"}}, {{signing_key: "{KEY}"}}, {{signing_key: "0x{LONG_ID}"}}]}}
  "{API}": {{identities: [{{email: "api@example.org", signing_key: "{OTHER_KEY}"}}]}}
  "{TEAM}": {{members: ["{WEB}"]}}
  "{LEAD}": {{identities: [{{email: "lead@example.org", signing_key: "SHA256:lead"}}]}}
  "@forge.bot": {{identities: [{{login: "bot"}}]}}
""".encode(),
        )
    ]
)
CO_AUTHOR = "Work\n\nCo-authored-by: Web <web@example.org>\n"


def commit(email: str, message: str = "Work\n") -> Commit:
    return Commit("1" * 40, (), "Somebody", email, 0, message, ())


def signed(status: str, signer: str = "", *keys: str) -> Signature:
    return Signature(status, signer, keys)


@pytest.mark.parametrize(
    ("handle", "email", "signature", "found"),
    [
        (WEB, "web@example.org", None, "unverified no_signature"),
        (WEB, "web@example.org", signed("N"), "unverified no_signature"),
        (WEB, "web@example.org", signed("G", "", KEY), "verified "),
        (WEB, "web@example.org", signed("U", "", KEY), "verified "),
        (WEB, "nobody@example.org", signed("G", "", KEY), "verified "),
        (TEAM, "web@example.org", signed("G", "", KEY), "verified "),
        (WEB, "web@example.org", signed("G", "web@example.org", "SHA256:new"), "verified "),
        (WEB, "web@example.org", signed("U", "web@example.org", "SHA256:new"), "unverified unknown_key"),
        (WEB, "web@example.org", signed("G", "", "SHA256:new"), "unverified unknown_key"),
        (WEB, "web@example.org", signed("G", "", "FFFF" + LONG_ID), "verified "),
        (WEB, "web@example.org", signed("G", "", LONG_ID[1:]), "unverified unknown_key"),
        (WEB, "web@example.org", signed("G", "", ""), "unverified unknown_key"),
        (WEB, "web@example.org", signed("G", "", "SHA256:x" + LONG_ID), "unverified unknown_key"),
        (WEB, "web@example.org", signed("B", "", KEY), "mismatch bad_signature"),
        (WEB, "web@example.org", signed("R", "", KEY), "mismatch bad_signature"),
        (WEB, "web@example.org", signed("X", "", KEY), "unverified unchecked"),
        (WEB, "api@example.org", None, "mismatch other_agent"),
        (WEB, "api@example.org", signed("G", "", OTHER_KEY), "mismatch other_agent"),
        (WEB, "nobody@example.org", signed("G", "", OTHER_KEY), "mismatch other_agent"),
        (WEB, "nobody@example.org", signed("G", "api@example.org", "SHA256:new"), "mismatch other_agent"),
        (WEB, "nobody@example.org", None, "unverified unknown_author"),
        ("@forge.bot", "web@example.org", None, "unverified no_identity"),  # a login proves nothing of a commit
        ("@x.y", "web@example.org", None, "unverified no_identity"),
    ],
)
def test_a_commit_and_who_is_said_to_have_made_it(
    handle: str, email: str, signature: Signature | None, found: str
) -> None:
    judged = judge_authorship(CATALOG, handle, commit(email), signature)
    assert f"{judged.verdict} {judged.doubt}" == found


@pytest.mark.parametrize(
    ("email", "signature", "options", "doubt"),
    [
        ("lead@example.org", None, {}, "integrator"),
        ("lead@example.org", None, {"signed": True}, "no_signature"),  # anybody can type an address
        ("lead@example.org", signed("G", "", "SHA256:lead"), {"signed": True}, "integrator"),
        ("nobody@example.org", signed("G", "", "SHA256:lead"), {"signed": True}, "integrator"),
        ("nobody@example.org", signed("G", "", "SHA256:lead"), {}, "integrator"),
        ("api@example.org", None, {}, "other_agent"),
        ("lead@example.org", None, {"integrators": ()}, "other_agent"),
    ],
)
def test_integrators_make_commits_of_others_work(
    email: str, signature: Signature | None, options: dict, doubt: str
) -> None:
    options = {"integrators": (LEAD,), **options}
    assert judge_authorship(CATALOG, WEB, commit(email), signature, **options).doubt == doubt


def test_co_authors_count_where_nothing_has_to_be_proven() -> None:
    assert judge_authorship(CATALOG, WEB, commit("api@example.org", CO_AUTHOR)).doubt == "no_signature"
    assert judge_authorship(CATALOG, WEB, commit("api@example.org", CO_AUTHOR), strict=True).doubt == "other_agent"
    listed = "Squashed\n\n    Author: Web <Web@example.org>\n    Date: today\n    Co-authored-by: nobody\n"
    assert makers_of(commit("Api@example.org", listed)) == ("api@example.org", "web@example.org")
    assert makers_of(commit("", "Reviewed-by: Web <web@example.org>\n")) == ()


def test_a_team_has_the_identities_of_its_members() -> None:
    assert [one.email for one in identities_of(CATALOG, TEAM) if one.email] == ["Web@example.org"]
    assert list(identities_of(CATALOG, "@x.y")) == []
