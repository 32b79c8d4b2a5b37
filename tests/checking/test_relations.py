"""Rules between files of one tree."""

from __future__ import annotations

from flaggit.catalog.parsing import parse_catalog
from flaggit.checking.relations import Document, Relations, completed_ids
from flaggit.core.layout import classify
from flaggit.core.model import Problem
from flaggit.documents.settings import build_settings


def document(path: str, **fields: object) -> Document:
    location = classify(path)
    assert location is not None
    return Document(path, location, fields, {name: line for line, name in enumerate(fields, 2)})


def judge(
    *documents: Document,
    others: tuple[str, ...] = (),
    elsewhere: tuple[str, ...] = (),
    completed: tuple[str, ...] = (),
    catalog: bytes = b"",
    **settings: object,
) -> list[Problem]:
    agents = parse_catalog([(".flags/catalog.yaml", catalog)] if catalog else [])
    relations = Relations(build_settings(settings), agents)
    for item in documents:
        relations.add(item)
    return relations.judge(others, elsewhere.__contains__, completed.__contains__)


def said(problems: list[Problem]) -> list[str]:
    return [f"{problem.rule} {problem.code} {problem.level} {problem.path}:{problem.line}" for problem in problems]


def only(rule: str, *documents: Document) -> Problem:
    (found,) = (problem for problem in judge(*documents) if problem.rule == rule)
    return found


def test_an_imported_number_stands_for_one_flag() -> None:
    one = document(".flags/a.b/k7m2q0x.yaml", id="k7m2q0x", legacy_id=7)
    other = document(".flags/a.b/k7m2q0y.yaml", id="k7m2q0y", legacy_id=7)
    found = only("F021", one, other)
    assert (found.code, found.level, found.path, found.line, found.field, found.ids) == (
        *("duplicate_number", "warning", other.path, 3, "legacy_id"),
        ("k7m2q0y",),
    )
    assert found.message == f"The imported number 7 stands for another flag too: {one.path}."
    assert not judge(one, document(other.path, id="k7m2q0y", legacy_id=8))


def test_notes_and_completions_belong_to_a_flag() -> None:
    note = document(".flags/notes/k7m2q0x-20261123T140000Z-abcd.yaml")
    assert (only("F025", note).code, only("F025", note).path) == ("orphan_note", note.path)
    done = document(".flags/done/k7m2q0x.yaml", id="k7m2q0x")
    assert only("F024", done).code == "orphan_completion"
    flag = document(".flags/a.b/k7m2q0x.yaml", id="k7m2q0x")
    assert {problem.rule for problem in judge(flag, note, done)}.isdisjoint({"F024", "F025"})


A, B = ".flags/a.b/k7m2q0a.yaml", ".flags/a.b/k7m2q0b.yaml"
AGENTS = b'schema: 1\nagents: {"@backend.api": {}}\n'


def test_an_id_stands_for_one_flag() -> None:
    one, other = document(A, id="k7m2q0a"), document(".flags/c.d/k7m2q0a.yaml", schema=1, id="k7m2q0a")
    found = judge(one, other)
    assert said(found) == [f"F021 duplicate_id error {A}:2", f"F021 duplicate_id error {other.path}:3"]
    assert found[0].message == f"The id k7m2q0a stands for another flag too: {other.path}."
    # A file that cannot be read is named, and judged elsewhere.
    assert said(judge(one, others=(other.path,))) == [f"F021 duplicate_id error {A}:2"]
    assert judge(one, others=(".flags/done/k7m2q0a.yaml", B)) == []
    many = [document(f".flags/a.{letter}/k7m2q0a.yaml", id="k7m2q0a") for letter in "abcde"]
    assert judge(*many)[0].message.endswith(": " + ", ".join(item.path for item in many[1:4]) + ".")
    # A flag goes by its own id where that is one, else by its file's name.
    assert said(judge(document(A, id="k7m2q0b"), document(B, id="k7m2q0b")))[0].startswith("F021 duplicate_id")
    assert said(judge(document(A, id="no id"), document(".flags/c.d/k7m2q0a.yaml")))[0].startswith("F021 duplicate_id")


def test_references_name_flags_that_are_there() -> None:
    named = document(A, id="k7m2q0a", re="k7m2q0b")
    assert said(judge(named)) == [f"F022 unknown_flag warning {A}:3"]
    assert judge(named)[0].ids == ("k7m2q0a", "k7m2q0b")
    assert judge(named, elsewhere=("k7m2q0b",)) == judge(named, document(B, id="k7m2q0b")) == []
    assert judge(named, others=(B,)) == []  # though it cannot be read
    assert said(judge(document(A, id="k7m2q0a", re="k7m2q0a"))) == [f"F022 self_reference error {A}:3"]
    assert judge(document(A, id="k7m2q0a", re="no id")) == judge(document(A, id="k7m2q0a", re=7)) == []


def test_chains_lead_in_no_circle() -> None:
    first = document(B, id="k7m2q0b", chain_origin_id="k7m2q0a")
    second = document(A, schema=1, id="k7m2q0a", chain_origin_id="k7m2q0b")
    (found,) = judge(first, second)
    assert said([found]) == [f"F023 chain_cycle error {A}:4"]
    assert said(judge(document(A, id="k7m2q0a", chain_origin_id="k7m2q0a"))) == [f"F023 chain_cycle error {A}:3"]


def test_where_the_flag_of_a_completion_lies() -> None:
    done = document(".flags/done/k7m2q0a.yaml", id="k7m2q0a")
    assert "is not visible here" in judge(done)[0].message
    assert "lies on another branch or worktree" in judge(done, elsewhere=("k7m2q0a",))[0].message


def test_agents_of_pending_flags_are_in_the_catalog() -> None:
    known, unknown = "@backend.api", "@backend.apo"
    flag = document(A, id="k7m2q0a", source_agent=known, target_agent=unknown)
    (found,) = judge(flag, catalog=AGENTS)
    assert said([found]) == [f"F027 unknown_target warning {A}:4"]
    assert found.message.endswith("is not in the catalog. Did you mean @backend.api?")
    assert said(judge(flag, catalog=AGENTS, strict_targets=True)) == [f"F027 unknown_target error {A}:4"]
    source = document(A, id="k7m2q0a", source_agent="@x.y", target_agent=known)
    assert said(judge(source, catalog=AGENTS, strict_targets=True)) == [f"F027 unknown_source warning {A}:3"]
    assert judge(flag) == judge(flag, catalog=AGENTS, completed=("k7m2q0a",)) == []
    assert judge(document(A, id="k7m2q0a", source_agent=None, target_agent="web"), catalog=AGENTS) == []


def test_completions_are_known_by_their_paths() -> None:
    paths = (
        ".flags/done/k7m2q0a.yaml",
        ".flags/done/readme.yaml",
        ".flags/done/k7m2q0b.txt",
        A,
        ".flags/done/x/k7m2q0d.yaml",
    )
    assert completed_ids(paths) == {"k7m2q0a"}
