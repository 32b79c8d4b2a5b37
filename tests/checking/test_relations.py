"""Rules between files of one tree."""

from __future__ import annotations

from flaggit.catalog.parsing import parse_catalog
from flaggit.checking.relations import Document, Relations
from flaggit.core.layout import classify
from flaggit.core.model import Problem
from flaggit.documents.settings import build_settings


def document(path: str, **fields: object) -> Document:
    location = classify(path)
    assert location is not None
    return Document(path, location, fields, {name: line for line, name in enumerate(fields, 2)})


def judge(*documents: Document) -> list[Problem]:
    relations = Relations(build_settings({}), parse_catalog([]))
    for item in documents:
        relations.add(item)
    return relations.judge((), lambda _: False, lambda _: False)


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
