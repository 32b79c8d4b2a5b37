from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from effort import count_steps, examples
from hypothesis import given
from hypothesis import strategies as st
from repositories import CATALOG, PROJECT

from flaggit.catalog.catalog import Catalog
from flaggit.catalog.parsing import build_agent, parse_catalog
from flaggit.catalog.search.grams import count_grams, find_alike, index_grams
from flaggit.catalog.search.pieces import Pieces, in_pieces
from flaggit.catalog.search.search import MAX_COMPARED, TermMatcher, distance, expand, search
from flaggit.catalog.search.stemmer import strip_suffixes
from flaggit.catalog.search.words import (
    MAX_CHARACTERS,
    MAX_LETTERS,
    MAX_WORDS,
    content_words,
    split_camel,
    split_words,
    stem,
)
from flaggit.catalog.suggest import suggest_handles

TEAM = """
schema: 1
agents:
  "@backend.go": {description: "Services in Go with Gin.", tags: ["Go", "Golang", "Gin", "goroutines"]}
  "@backend.rest": {description: "REST endpoints.", tags: ["REST", "OpenAPI"]}
  "@database.postgres":
    description: "PostgreSQL schemas and tuning."
    tags: ["PostgreSQL", "GIN", "GiST", "query-optimization"]
  "@frontend.react": {description: "Screens.", tags: ["React", "TypeScript"], scenarios: ["state management"]}
  "@service.auth": {description: "Authentication and sessions.", tags: ["JWT", "OAuth", "login"]}
  "@ops.containers": {description: "Docker and Kubernetes.", capabilities: ["rolling deployments", "Helm charts"]}
  "@docs.writer": {description: "Guides and manuals. Do not use for zebra stripes."}
  "@quality.tester": {description: "End-to-end tests with Playwright."}
  "@old.search": {description: "Docker, too.", status: "retired"}
  "@long.winded":
    description: "Knows a great many things, among them containers, images, registries, networks, volumes, kubernetes
      perhaps, and how to talk about each of them for a long while without end."
"""


@pytest.fixture(scope="module")
def team():
    return parse_catalog([("catalog.yaml", TEAM.encode())])


def names(catalog, query, limit=5):
    return [hit.name for hit in search(catalog, query, limit=limit)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("JWT authentication implementation", "@service.auth"),
        ("jwt, AUTHENTICATION.", "@service.auth"),
        ("deploying to k8s", "@ops.containers"),
        ("kuberntes cluster", "@ops.containers"),
        ("postgres", "@database.postgres"),
        ("psql is slow", "@database.postgres"),
        ("rewrite the worker in Go", "@backend.go"),
        ("golang", "@backend.go"),
        ("type script components", "@frontend.react"),
        ("stateManagement", "@frontend.react"),
        ("e2e tests", "@quality.tester"),
        ("testing", "@quality.tester"),
        ("write documentation", "@docs.writer"),
        ("users cannot log in", "@service.auth"),
        ("the password is refused", "@service.auth"),
        ("openapi endpoint", "@backend.rest"),
        ("Docker", "@ops.containers"),
    ],
)
def test_the_right_agent_is_first(team, query, first):
    assert names(team, query)[:1] == [first]


@pytest.mark.parametrize(
    "query",
    ["", "   ", "a the of and", "I want to go home", "we will go on", "the rest of it", "xyzzy blorf", "?!", "12 34"],
)
def test_nothing_meaningful_finds_nothing(team, query):
    assert names(team, query) == []


def test_words_are_never_parts_of_words(team):
    assert not {"@backend.go", "@database.postgres"} & set(names(team, "login"))
    assert "@backend.go" not in names(team, "category")


def test_retired_agents_are_not_found(team):
    assert "@old.search" not in names(team, "docker", limit=20)


def test_what_an_agent_is_not_for_does_not_find_it(team):
    assert "@docs.writer" not in names(team, "zebra stripes")


def test_reasons_are_true_and_at_most_three(team):
    for hit in search(team, "JWT OAuth login sessions authentication", limit=9):
        assert 1 <= len(hit.reasons) <= 3
        entry = str(team.agents[hit.name]).lower()
        for reason in hit.reasons:
            field, _, text = reason.partition(": ")
            assert field in ("name", "tag", "capability", "scenario", "description", "domain")
            assert text.partition(" (for ")[0].lower() in entry


def test_ties_go_by_name_and_ranks_count():
    text = 'schema: 1\nagents:\n  "@b.x": {tags: ["bread"]}\n  "@a.x": {tags: ["bread"]}\n'
    hits = search(parse_catalog([("c", text.encode())]), "bread")
    assert [(hit.name, hit.rank) for hit in hits] == [("@a.x", 1), ("@b.x", 2)]


def test_the_order_of_the_file_changes_nothing(team):
    other = type(team)(dict(reversed(team.agents.items())))
    for query in ("docker deployment", "typescript login state", "slow query"):
        assert search(team, query, limit=9) == search(other, query, limit=9)


def test_the_hash_seed_changes_nothing():
    program = (
        "from flaggit.catalog.parsing import parse_catalog;"
        "from flaggit.catalog.search.search import search; import sys;"
        "c = parse_catalog([('c', sys.stdin.buffer.read())]);"
        "print([search(c, q, limit=9) for q in ('docker deployment state', 'login page tests', 'slow database query')])"
    )
    seen = set()
    for seed in ("0", "1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(PROJECT)}
        seen.add(
            subprocess.run([sys.executable, "-c", program], input=TEAM.encode(), env=env, capture_output=True).stdout
        )
    assert len(seen) == 1


@given(st.text(max_size=60))
@examples(200)
def test_any_text_may_be_asked(query):
    catalog = parse_catalog([("c", CATALOG.encode())])
    assert len(search(catalog, query, limit=2)) <= 2


@given(st.text(max_size=60))
def test_any_text_is_split(text):
    for word in split_words(text):
        assert word == word.strip()
        assert stem(word)
    list(content_words(split_words(text)))


def test_other_agents_names_are_not_an_agents_subject():
    text = """
schema: 1
agents:
  "@x.code-reviewer": {description: "Reads changes. Hand deployments to deploy-captain."}
  "@x.deploy-captain": {description: "Ships."}
"""
    assert names(parse_catalog([("c", text.encode())]), "captain") == ["@x.deploy-captain"]


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "deploys", "deployed", "deployment", "deploying"],
        ["test", "tests", "tester", "testing", "tested"],
        ["authenticate", "authentication", "auth"],
        ["optimize", "optimise", "optimization", "optimizer"],
        ["migrate", "migration", "migrating"],
        ["design", "designer", "designs"],
        ["plan", "planner", "planning"],
        ["debug", "debugger", "debugging"],
        ["analysis", "analyst", "analyze", "analytics"],
        ["query", "queries"],
    ],
)
def test_kin_share_a_stem(words):
    assert len({stem(word) for word in words}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("custom", "customer"), ("news", "new"), ("serve", "server"), ("go", "goes")]
)
def test_strangers_do_not(one, other):
    assert strip_suffixes(one) != strip_suffixes(other)


def test_splitting():
    assert split_words("getUserToken HTTPServer's C++ and C# in .NET, Node.js; CI/CD") == [
        "get", "user", "token", "httpserver", "cplusplus", "and", "csharp", "in", "dotnet", "nodejs", "cicd",
    ]  # fmt: skip
    assert split_words("front-end back end sign-in") == ["frontend", "backend", "signin"]
    assert split_words("\u4ee3\u7801\u5ba1\u67e5 review") == ["\u4ee3\u7801", "\u7801\u5ba1", "\u5ba1\u67e5", "review"]
    assert split_camel("parseJSONFile") == ["parse", "json", "file"]


def test_distance():
    assert distance("docker", "docekr", 1) == 1
    assert distance("docker", "dokcre", 1) > 1
    assert distance("kuberntes", "kubernetes", 2) == 1
    assert distance("a", "abcdef", 2) > 2


@pytest.fixture(scope="module")
def older():
    folder = os.environ.get("FLAGGIT_TEST_DATA")
    if not folder:
        pytest.skip("FLAGGIT_TEST_DATA names no folder")
    return parse_catalog([("c", (Path(folder) / "catalog-52.yaml").read_bytes())])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("OAuth JWT token implementation", "@service.auth"),
        ("PostgreSQL query performance tuning", "@database.postgres"),
        ("React TypeScript components state management", "@frontend.react"),
        ("Docker Kubernetes deployment pipeline", "@ops.containers"),
        ("JWT authentication implementation", "@service.auth"),
    ],
)
def test_the_documented_queries(older, query, first):
    assert names(older, query)[0] == first


def test_the_older_systems_false_friends(older):
    assert not {"@database.postgres", "@backend.go"} & set(names(older, "login", limit=52))
    assert "@backend.go" not in names(older, "category", limit=52)
    assert "@backend.go" not in names(older, "django cargo", limit=52)
    assert names(older, "a the of and") == []


def test_suggestions(older):
    assert suggest_handles(older, "@security.audit", "")[0] == "@audit.security"
    assert suggest_handles(older, "@database.weaviate", "")[0] == "@database.vectorial"
    assert suggest_handles(older, "@acolyte.auth", "")[0] == "@service.auth"
    assert suggest_handles(older, "@backend.nodjs", "")[0] == "@backend.nodejs"
    assert len(suggest_handles(older, "@some.where", "react component state")) == 3


def test_no_suggestion_where_nothing_is_near():
    assert suggest_handles(parse_catalog([]), "@a.b", "whatever") == []


def agents_of(**descriptions: str):
    lines = "".join(f'  "@{name}.x": {{description: "{text}"}}\n' for name, text in descriptions.items())
    return parse_catalog([("catalog.yaml", f"schema: 1\nagents:\n{lines}".encode())])


def test_small_words_decide_between_equals():
    agents = agents_of(after="Reviews migrations after a release.", before="Reviews migrations before a release.")
    for small in ("after", "before"):
        query = f"somebody has to review all of these migrations {small} the next release, which is soon"
        assert search(agents, query)[0].name == f"@{small}.x"


def test_small_words_alone_find_nothing():
    assert not search(agents_of(after="Reviews what is there after a release."), "what is there after")


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("I deployed the payments service to staging.", "Can you review the invoices?", "@review.x"),
        ("I reviewed the invoices of the payments service.", "Can you deploy it to staging?", "@deploy.x"),
    ],
)
@pytest.mark.parametrize("between", [" ", "\n"])
def test_what_is_asked_last_counts_most(first, second, found, between):
    agents = agents_of(
        deploy="Deploys the payments service to staging.", review="Reviews invoices of the payments service."
    )
    assert search(agents, first + between + second)[0].name == found


@pytest.mark.parametrize("end", ["", " Thank you so much.", "\n\n  \n", " Please."])
def test_a_last_sentence_without_meaning_is_none(end):
    agents = agents_of(a="Zebras.", z="Walrus.")
    assert names(agents, f"First the zebras. Then the walrus!{end}") == ["@z.x", "@a.x"]


def test_a_description_says_first_what_the_agent_is():
    agents = agents_of(a="Plants, bees, honey.", z="Bees, plants, honey.")
    assert names(agents, "bees") == ["@z.x", "@a.x"]
    assert names(agents, "plants") == ["@a.x", "@z.x"]


def test_ngrams_are_those_of_whole_words():
    assert count_grams({"go": 1}) == {" go": 1, "go ": 1, " go ": 1}
    assert count_grams({"a": 2, "aaa": 1}) == {" a ": 2, " aa": 1, "aaa": 1, "aa ": 1, " aaa": 1, "aaa ": 1}


@given(st.lists(st.dictionaries(st.text("abc", min_size=1, max_size=5), st.integers(1, 300), min_size=1), min_size=1))
@examples(50)
def test_nothing_is_more_alike_a_text_than_itself(texts):
    postings, lengths = index_grams(texts)
    grams = Pieces(in_pieces(postings))
    for number, text in enumerate(texts):
        alike = find_alike(grams, lengths, text)
        assert alike[number] == pytest.approx(lengths[number])
        assert max(alike) <= alike[number] * (1 + 1e-9)
        for other, value in enumerate(alike):
            back = find_alike(grams, lengths, texts[other])[number]
            assert value * lengths[other] == pytest.approx(back * lengths[number])


def test_like_writing_decides_between_equals():
    agents = agents_of(a="Digs for fossils of plesiosaurus.", z="Digs for fossils of megalosaurus.")
    query = "somebody digs for fossils, perhaps of the megalosaurian kind, in the quarry behind the hill"
    assert names(agents, query) == ["@z.x", "@a.x"]


def test_like_writing_alone_finds_nothing():
    assert not search(agents_of(a="Keeps the gin."), "somebody is login in and then he is begin to be in the log of it")


def test_counted_kin_are_found_and_weigh_less_than_words():
    agents = agents_of(scribe="Turns audio into text.", other="Writes letters.")
    assert [hit.reasons for hit in search(agents, "wav")] == [("description: audio (for wav)",)]
    agents = agents_of(scribe="Turns audio into text.", wav="Reads wav headers.")
    assert search(agents, "wav")[0].name == "@wav.x"


def test_lines_of_counted_kin_are_well_formed():
    lines = (PROJECT / "flaggit" / "catalog" / "search" / "related.txt").read_text("utf-8").splitlines()
    words = [line.partition(": ")[0] for line in lines]
    assert words == sorted(set(words))
    for line in lines:
        word, _, rest = line.partition(": ")
        related = rest.split(" ")
        assert 0 < len(related) == len(set(related)) <= 12
        assert word not in related
        assert all(one.isascii() and one.isalpha() and one.islower() for one in (word, *related))


def test_a_reason_names_a_compound_as_it_is_written():
    text = 'schema: 1\nagents:\n  "@chain.smart-contract-auditor": {description: "x"}\n'
    agents = parse_catalog([("catalog.yaml", text.encode())])
    assert search(agents, "audit the nft")[0].reasons == ("name: auditor", "name: smart contract (for nft)")


def test_no_two_reasons_tell_the_same(team):
    for query in (
        "unit test the tests with a tester",
        "login jwt oauth session token",
        "docker kubernetes helm rollout",
    ):
        for hit in search(team, query):
            found = [reason.partition(" (for ")[0] for reason in hit.reasons]
            assert len(found) == len(set(found))


# What a text is made of that is meant to take long, by what it aims at.
ENDLESS = {
    "letters": "a",
    "names": "next.js ",
    "signs": "\u90e8",
    "signs and letters": "\u90e8a",
    "blanks": " ",
    "sentences": "a. ",
    "hyphens": "a-",
    "humps": "aB",
    "apostrophes": "'",
    "one word": "deploys ",
    "unknown words": " ".join(map("".join, product("deplyo", repeat=6))) + " ",
    "known words": " ".join(map("word{}x".format, range(5000))) + " ",
}
LONG, LONGER = 25_000, 100_000
MOST_STEPS = 3_000_000  # lines of Python that a search for any text, or among any texts, may run


def lengthen(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


@pytest.mark.parametrize("unit", ENDLESS.values(), ids=ENDLESS)
def test_of_a_text_made_to_take_long_only_so_much_is_looked_at(unit: str):
    words = split_words(lengthen(unit, LONG))
    assert len(words) <= MAX_WORDS
    assert sum(map(len, words)) <= 2 * MAX_CHARACTERS  # signs stand in two pairs each
    assert all(len(word) <= MAX_LETTERS for word in words)
    assert words == split_words(lengthen(unit, LONGER))


@pytest.mark.parametrize("unit", ENDLESS.values(), ids=ENDLESS)
def test_a_text_made_to_take_long_causes_no_more_work_than_a_long_one(unit: str):
    catalog = Catalog(
        {f"@a.m{number}": build_agent(f"@a.m{number}", {"description": "Deploys."}) for number in range(9)}
    )

    def find(text: str) -> None:
        search(catalog, text)
        other = Catalog({"@a.b": build_agent("@a.b", {"description": text})})
        search(other, "deploys word7")

    find(lengthen(unit, LONG))  # fills what a process remembers
    steps = count_steps(lambda: find(lengthen(unit, LONG)))
    assert count_steps(lambda: find(lengthen(unit, LONGER))) == steps < MOST_STEPS


def test_misspelt_words_are_held_against_so_many_terms():
    """Whatever the query: each word that nobody has would be compared with all that begin as it does."""
    text = " ".join(f"w{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvwxyzabcd'[n // 100]}x" for n in range(900))
    terms = TermMatcher(Catalog({"@a.b": build_agent("@a.b", {"description": text})}).index)
    unknown = text.replace("x", "yyyy").replace(" w", " wz")
    list(expand(terms, unknown))
    assert MAX_COMPARED <= terms.compared < MAX_COMPARED + 1000
