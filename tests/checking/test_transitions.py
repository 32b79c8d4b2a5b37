"""What a change may do to a store, each judgement on both sides of what decides it."""

from __future__ import annotations

import json

import pytest

from flaggit.catalog.parsing import parse_catalog
from flaggit.checking.transitions import check_completions, check_deletions, check_fields, check_held, name_of
from flaggit.clone.tree_files import TreeFiles
from flaggit.core.model import Lock, Problem
from flaggit.core.times import parse_time
from flaggit.documents.settings import build_settings
from flaggit.git.changes import Change

ID = "k7m2q0x"
FLAG = f".flags/frontend.web/{ID}.yaml"
MOVED = f".flags/backend.queue/{ID}.yaml"
DONE = f".flags/done/{ID}.yaml"
NOTE = f".flags/notes/{ID}-20261123T140000Z-abcd.yaml"
FIELDS = {
    "id": ID,
    "created_at": "2026-11-23T14:00:00Z",
    "flag_type": "change",
    "source_agent": "@backend.api",
    "target_agent": "@frontend.web",
}
AGENTS = b"""\
schema: 1
agents:
  "@backend.api": {}
  "@backend.queue": {}
  "@frontend.web": {aliases: ["@frontend.ui"]}
  "@team.all": {members: ["@backend.queue"]}
"""
CATALOG = parse_catalog([(".flags/catalog.yaml", AGENTS)])
NOW = parse_time("2026-11-24T12:00:00Z")
LOCK = Lock(ID, "@frontend.web", "i", "tenure", "2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z", scope="local")


def data(fields: dict | bytes | None) -> bytes | None:
    if fields is None or isinstance(fields, bytes):
        return fields
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in fields.items()).encode()


def change(path: str, old: dict | bytes | None, new: dict | bytes | None) -> Change:
    modes = ["" if side is None else "100644" for side in (old, new)]
    return Change(path, "A" if old is None else "D" if new is None else "M", *modes, data(old), data(new))


def tree(*paths: str) -> TreeFiles:
    return TreeFiles(b"".join(b"100644 blob %s\t%s\0" % (b"0" * 40, path.encode()) for path in sorted(paths)))


def codes(problems) -> list[str]:
    return [f"{problem.rule} {problem.code} {problem.level} {problem.field}".strip() for problem in problems]


WITHOUT_ID = {key: value for key, value in FIELDS.items() if key not in ("id", "created_at")}
NO_HANDLE = {**FIELDS, "target_agent": "web"}


@pytest.mark.parametrize(
    ("changes", "after", "found"),
    [
        ((change(FLAG, FIELDS, {**FIELDS, "flag_type": "refactor"}),), (FLAG,), []),
        (
            (change(FLAG, FIELDS, {**FIELDS, "source_agent": "@backend.queue"}),),
            (FLAG,),
            ["F030 immutable_changed error source_agent"],
        ),
        ((change(FLAG, FIELDS, {**FIELDS, "re": "a000001"}),), (FLAG,), ["F030 immutable_changed error re"]),
        ((change(FLAG, WITHOUT_ID, FIELDS),), (FLAG,), []),  # written by hand, and made whole now
        ((change(FLAG, {**WITHOUT_ID, "id": ID}, FIELDS),), (FLAG,), []),
        (
            (change(FLAG, WITHOUT_ID, {**FIELDS, "source_agent": "@x.y"}),),
            (FLAG,),
            ["F030 immutable_changed error source_agent"],
        ),
        ((change(FLAG, None, FIELDS),), (FLAG,), []),
        ((change(FLAG, FIELDS, None),), (), []),  # whether it may go is another rule's
        ((change(FLAG, FIELDS, None),), (MOVED,), ["F030 moved error target_agent"]),
        ((change(MOVED, FIELDS, None),), (FLAG,), []),  # it lay in another's folder
        ((change(FLAG, NO_HANDLE, None),), (MOVED,), []),
        ((change(NOTE, {"author": "@a.b"}, {"author": "@c.d"}),), (FLAG,), ["F030 note_changed warning"]),
        ((change(NOTE, {"author": "@a.b"}, None),), (FLAG,), ["F030 note_deleted warning"]),
        ((change(NOTE, {"author": "@a.b"}, None),), (), []),  # pruned with its flag
        ((change(NOTE, None, {"author": "@a.b"}),), (FLAG,), []),
        ((change(".flags/config.yaml", FIELDS, None), change("src/x.ts", FIELDS, None)), (FLAG,), []),
        (
            (change("src/x.ts", FIELDS, None), change(FLAG, FIELDS, {**FIELDS, "re": "a000001"})),
            (FLAG,),
            ["F030 immutable_changed error re"],
        ),
        ((change(FLAG, FIELDS, b"["),), (FLAG,), []),  # what cannot be read is another rule's
        ((change(FLAG, b"[", FIELDS),), (FLAG,), []),
        ((change(FLAG, b"[", None),), (MOVED,), []),
    ],
)
def test_fields_and_notes_that_never_change(changes: tuple[Change, ...], after: tuple[str, ...], found: list) -> None:
    assert codes(check_fields(changes, tree(*after))) == found


@pytest.mark.parametrize(
    ("gone", "before", "after", "ended", "is_fault"),
    [
        (change(FLAG, FIELDS, None), (FLAG,), (), (), True),
        (change(FLAG, FIELDS, None), (FLAG, DONE), (), (), False),
        (change(FLAG, FIELDS, None), (FLAG,), (DONE,), (), False),
        (change(FLAG, FIELDS, None), (FLAG,), (), (ID,), False),
        (change(FLAG, FIELDS, None), (FLAG,), (MOVED,), (), False),
        (change(FLAG, FIELDS, FIELDS), (FLAG,), (), (), False),
        (change(DONE, FIELDS, None), (FLAG,), (), (), False),
        (change(".flags/frontend.web/readme.yaml", FIELDS, None), (FLAG,), (), (), False),
    ],
)
def test_pending_flags_stay(gone: Change, before: tuple, after: tuple, ended: tuple, is_fault: bool) -> None:
    found = codes(check_deletions([gone], tree(*before), tree(*after), ended))
    assert found == ["F031 pending_deleted error"] * is_fault


def completion(by: str = "@frontend.web", **more: object) -> dict:
    return {"id": ID, "completed_by": by, "completed_at": "2026-11-24T10:00:00Z", "resolution": "done", **more}


def judge_completion(
    new: dict, old: dict | None = None, *, flag: dict | None = FIELDS, holder: str = "", removed=(), strict=False
) -> list[Problem]:
    locks = {ID: Lock(ID, holder, "i", "t", "", "2026-11-24T13:00:00Z")} if holder else {}
    settings = build_settings({"require_identity": strict})
    found = check_completions([change(DONE, old, new)], lambda _: flag, locks, CATALOG, settings, removed)
    return list(found)


@pytest.mark.parametrize(
    ("new", "more", "found"),
    [
        (completion(), {}, []),
        (completion("@frontend.ui"), {}, []),  # another name of the target's
        (completion("@backend.queue"), {}, ["F032 not_target warning"]),
        (completion("@backend.queue"), {"strict": True}, ["F032 not_target error"]),
        (completion("@backend.queue"), {"holder": "@backend.queue"}, []),
        (completion("@backend.queue"), {"holder": "@backend.api"}, ["F032 not_target warning"]),
        (completion("@backend.queue"), {"flag": {**FIELDS, "target_agent": "@team.all"}}, []),
        (completion("@backend.queue"), {"flag": None}, []),
        (completion("@backend.api"), {}, ["F032 not_target warning"]),
        (completion("@backend.api", resolution="withdrawn"), {}, []),
        (completion("@backend.queue", resolution="withdrawn"), {}, ["F032 not_target warning"]),
        (completion("@backend.queue", notes="Forced: nobody was there"), {}, ["F032 forced warning"]),
        ({**completion(), "completed_by": None}, {}, []),  # of no type that could be judged
        (completion("@backend.queue"), {"flag": {**FIELDS, "target_agent": None}}, []),
        (b"[", {}, []),
        (completion(), {"old": b"["}, []),
        (completion(), {"old": completion()}, []),
        (completion(), {"old": completion("@frontend.ui")}, ["F032 already_completed error"]),
        (completion(), {"old": completion("@frontend.ui"), "removed": (ID,)}, []),
        (completion(notes="Not at all."), {"old": completion()}, ["F032 already_completed error"]),
        (
            completion("@frontend.ui", notes="Also completed by @frontend.web at 2026-11-24T10:00:00Z as done"),
            {"old": completion()},
            ["F032 completed_twice warning"],
        ),
    ],
)
def test_who_may_complete_and_how_often(new: dict, more: dict, found: list) -> None:
    assert codes(judge_completion(new, **more)) == found


def test_a_second_completion_names_both_sides() -> None:
    (twice,) = judge_completion(completion(), completion("@frontend.ui"))
    assert "by @frontend.ui at 2026-11-24T10:00:00Z; here @frontend.web completes it." in twice.message
    (again,) = judge_completion(completion(resolution="not_applicable"), completion())
    assert "by @frontend.web at 2026-11-24T10:00:00Z; its completion does not change any more." in again.message


@pytest.mark.parametrize(
    ("completer", "now", "tenures", "is_fault"),
    [
        ("@backend.api", NOW, {}, True),
        ("@backend.api", NOW + 3600, {}, False),  # the lock has run out
        ("@frontend.ui", NOW, {}, False),
        ("@frontend.web", NOW, {ID: ("tenure",)}, False),
        ("@frontend.web", NOW, {ID: ("other",)}, True),  # of an earlier lock that was lost
        ("@frontend.web", NOW, {"a000001": ("other",)}, False),
    ],
)
def test_what_another_holds(completer: str, now: int, tenures: dict, is_fault: bool) -> None:
    found = check_held([change(DONE, None, completion(completer))], {ID: LOCK}, now, CATALOG, tenures)
    assert codes(found) == ["F033 locked_by_other error"] * is_fault


def test_an_agent_that_the_catalog_lacks_goes_by_its_handle() -> None:
    assert (name_of(CATALOG, "@frontend.ui"), name_of(CATALOG, "@x.y")) == ("@frontend.web", "@x.y")
