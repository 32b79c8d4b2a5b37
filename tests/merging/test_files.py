"""Merged files byte by byte: markers, what is edited in place, and what is left to git."""

from __future__ import annotations

import pytest

from flaggit.core.limits import BLOB
from flaggit.core.model import FLAG_FIELDS
from flaggit.documents.canonical import dump_document
from flaggit.documents.codec import load_yaml
from flaggit.merging.documents import merge_fields
from flaggit.merging.files import Blocks, MergedFile, cut_blocks, join_sides, mark_whole, merge_files

FLAG = {
    "schema": 1,
    "id": "k7m2q0x",
    "flag_type": "change",
    "impact_level": "medium",
    "source_agent": "@a.b",
    "target_agent": "@c.d",
    "change_description": "What.",
    "action_required": "Do.",
    "created_at": "2026-11-23T14:00:00Z",
}
DONE = {
    "schema": 1,
    "id": "k7m2q0x",
    "completed_by": "@a.b",
    "completed_at": "2026-11-23T15:00:00Z",
    "resolution": "done",
}
PATH = ".flags/c.d/k7m2q0x.yaml"
CATALOG, SETTINGS = ".flags/catalog.yaml", ".flags/config.yaml"


def dump(**changes: object) -> bytes:
    values = {**FLAG, **changes}
    return dump_document("flag", {name: values[name] for name in FLAG_FIELDS if values.get(name) is not None})


def merged(path: str, base: bytes | None, ours: bytes, theirs: bytes, **options: object) -> MergedFile:
    found = merge_files(path, base, ours, theirs, **options)
    assert found is not None
    return found


def test_two_files_whole_between_markers() -> None:
    assert mark_whole(b"a\nb\n\n", b"c\n\n") == b"<<<<<<< ours\na\nb\n=======\nc\n>>>>>>> theirs\n"
    assert mark_whole(b"a X \n", b"cX\n") == b"<<<<<<< ours\na X \n=======\ncX\n>>>>>>> theirs\n"
    assert mark_whole(b"aX", b"c \n") == b"<<<<<<< ours\naX\n=======\nc \n>>>>>>> theirs\n"
    assert mark_whole(b"a", b"c", 9) == b"<<<<<<<<< ours\na\n=========\nc\n>>>>>>>>> theirs\n"


def test_each_undecided_field_stands_between_markers_of_its_own() -> None:
    found = merged(PATH, dump(), dump(impact_level="high", notes="mine"), dump(impact_level="low", notes="yours"))
    assert found.decisions == ("impact_level", "notes")
    expected = dump(impact_level="high", notes="mine").decode()
    for name, ours, theirs in (("impact_level", '"high"', '"low"'), ("notes", '"mine"', '"yours"')):
        marked = f"<<<<<<< ours\n{name}: {ours}\n=======\n{name}: {theirs}\n>>>>>>> theirs\n"
        expected = expected.replace(f"{name}: {ours}\n", marked)
    assert found.data.decode() == expected


def test_a_field_of_several_lines_is_marked_whole() -> None:
    found = merged(PATH, dump(), dump(action_required="One.\n\nTwo."), dump(action_required="Three."))
    ours, theirs = (b"action_required: |-\n  " + text + b"\n" for text in (b"One.\n\n  Two.", b"Three."))
    assert found.data == dump(action_required="One.\n\nTwo.").replace(
        ours, b"<<<<<<< ours\n" + ours + b"=======\n" + theirs + b">>>>>>> theirs\n"
    )


def test_a_field_that_ours_lacks_is_marked_behind_the_last_one() -> None:
    found = merged(PATH, dump(notes="base"), dump(), dump(notes="theirs"), labels=("HEAD", "topic"), marker_size=9)
    assert found.decisions == ("notes",)
    assert found.data == dump() + b'<<<<<<<<< HEAD\n=========\nnotes: "theirs"\n>>>>>>>>> topic\n'


def test_a_field_that_theirs_lacks_is_marked_where_it_stands() -> None:
    found = merged(PATH, dump(notes="base"), dump(notes="ours"), dump())
    assert found.data == dump() + b'\n<<<<<<< ours\nnotes: "ours"\n=======\n>>>>>>> theirs\n'


def test_a_canonical_file_stays_canonical_and_another_is_edited_in_place() -> None:
    theirs = dump(change_description="What else.", context="[]", notes=None)
    found = merged(PATH, dump(notes="gone"), dump(notes="gone", context="[]"), dump(change_description="What else."))
    assert found == MergedFile(theirs)
    by_hand = dump(notes="gone").replace(b'impact_level: "medium"', b"impact_level: medium # plain")
    found = merged(PATH, dump(notes="gone"), by_hand, dump(change_description="What else."))
    assert found.data.rstrip() == dump(change_description="What else.").rstrip().replace(b'"medium"', b"medium # plain")


def test_a_field_that_nothing_stands_beside_is_marked_alone() -> None:
    found = merged(PATH, b"id: x\nnotes: b\n", b"id: x\n", b"notes: t\n")
    assert (found.decisions, found.data) == (("notes",), b'<<<<<<< ours\n=======\nnotes: "t"\n>>>>>>> theirs\n')


def test_a_file_laid_out_for_editors_stays_so() -> None:
    def laid_out(**changes: object) -> bytes:
        values = {**FLAG, **changes}
        return dump_document("flag", {name: values[name] for name in FLAG_FIELDS if name in values}, for_editors=True)

    found = merged(PATH, laid_out(), laid_out(notes="mine"), laid_out(impact_level="low"))
    assert found.data == laid_out(notes="mine", impact_level="low")
    assert found.data != dump(notes="mine", impact_level="low")


def test_a_completion_by_hand_is_edited_in_place() -> None:
    done = dump_document("completion", DONE).replace(b"resolution: ", b"resolution:  ")
    theirs = dump_document("completion", {**DONE, "completed_by": "@b.b"})
    (line,) = [line for line in theirs.decode().split("\n") if "completed_by" in line]
    found = merged(".flags/done/k7m2q0x.yaml", dump_document("completion", DONE), done, theirs)
    assert found.data.decode() == done.decode().replace('completed_by: "@a.b"', line)


def test_catalogs_may_be_larger_than_flags() -> None:
    many = "".join(f'  "@a.n{number}":\n    tags: ["{"x" * 100}"]\n' for number in range(700))
    sides = [f"schema: 1\nagents:\n{many}{more}".encode() for more in ("", '  "@b.b": {}\n', '  "@c.c": {}\n')]
    assert len(sides[0]) > BLOB
    both = sides[1] + b'  "@c.c": {}\n'
    assert merged(CATALOG, *sides) == MergedFile(both)
    assert merged(CATALOG, *sides, by_lines=both + b"# By lines.\n") == MergedFile(both + b"# By lines.\n")
    large = dump(notes="x" * BLOB)
    assert merge_files(PATH, dump(), large, dump(impact_level="low")) is None


def test_sides_that_are_equal_are_taken_as_they_are() -> None:
    for same in (b"id: [", b"", dump()):
        assert merge_files(PATH, b"x", same, same) == MergedFile(same)


@pytest.mark.parametrize(
    "path", ["src/a.ts", ".flags/x.txt", ".flags/.schema/flag.schema.json", ".flags/c.d/x.yaml.orig", ".flags/done/x"]
)
def test_what_is_no_document_is_left_to_git(path: str) -> None:
    assert merge_files(path, b"schema: 1\n", b"schema: 2\n", b"schema: 3\n") is None


@pytest.mark.parametrize(("ours", "theirs"), [(b"id: [", dump()), (dump(), b"id: ["), (b" \n", dump()), (dump(), b"")])
def test_a_side_that_cannot_be_read_is_left_to_git(ours: bytes, theirs: bytes) -> None:
    assert merge_files(PATH, dump(notes="x"), ours, theirs) is None


@pytest.mark.parametrize("base", [None, b"", b"id: ["])
def test_without_a_readable_base_all_differences_are_decisions(base: bytes | None) -> None:
    found = merged(PATH, base, dump(notes="one"), dump(notes="two"))
    assert found.decisions == ("notes",)
    assert merged(PATH, base, dump(notes="one"), dump()).decisions == ()


def test_a_merge_by_lines_counts_where_it_means_the_same() -> None:
    base, ours, theirs = dump(), dump(notes="x"), dump(impact_level="high")
    right = dump(notes="x", impact_level="high").replace(b'"high"', b'"high" # theirs')
    assert merged(PATH, base, ours, theirs, by_lines=right) == MergedFile(right)
    wrong = dump(notes="y", impact_level="high")
    expected = MergedFile(dump(notes="x", impact_level="high"))
    for other in (wrong, b"id: [", None):
        assert merged(PATH, base, ours, theirs, by_lines=other) == expected
    undecided = merged(PATH, base, dump(notes="x"), dump(notes="y"), by_lines=dump(notes="x"))
    assert undecided.decisions == ("notes",) and b"<<<<<<<" in undecided.data


def test_completions_and_notes_are_merged_as_what_they_are() -> None:
    one = dump_document("completion", DONE)
    other = dump_document("completion", {**DONE, "completed_by": "@b.b"})
    found = merged(".flags/done/k7m2q0x.yaml", None, one, other)
    assert found.decisions == () and b"Also completed by @b.b" in found.data
    (remark,) = found.remarks
    assert remark == (
        "k7m2q0x was completed twice: by @a.b at 2026-11-23T15:00:00Z, which counts, and by @b.b at"
        " 2026-11-23T15:00:00Z, which its notes keep."
    )
    assert merged(".flags/done/k7m2q0x.yaml", None, one, other, by_lines=found.data) == found
    note = {"schema": 1, "author": "@a.b", "created_at": "2026-11-23T15:00:00Z", "text": "Seen."}
    sides = [dump_document("note", {**note, "text": text}) for text in ("One.", "Two.")]
    path = ".flags/notes/k7m2q0x-20261123T150000Z-abcd.yaml"
    assert merged(path, dump_document("note", note), *sides).decisions == ("text",)


HEAD = b"# Head.\n\n# More.\n"


def test_a_mapping_without_lines_of_its_own_is_written_anew_below_its_first_comments() -> None:
    sides = [
        HEAD + b"schema: 1 # one\nagents: " + text + b"\n# End.\n"
        for text in (b"{}", b'{"@a.a": {tags: [x]}}', b'{"@b.b": {tags: []}}')
    ]
    expected = b'schema: 1\nagents:\n  "@a.a":\n    tags:\n      - "x"\n  "@b.b":\n    tags: []\n'
    assert merged(CATALOG, *sides) == MergedFile(HEAD + expected)


def test_settings_are_joined_key_by_key() -> None:
    found = merged(SETTINGS, b"quality: warn\n", b"quality: enforce\n", b"quality: warn\ntrailers: note\n")
    assert found == MergedFile(b"quality: enforce\ntrailers: note\n")


def test_a_mapping_with_decisions_is_gits_to_merge_unless_that_breaks_it() -> None:
    base, ours, theirs = b"quality: warn\n", b"quality: enforce\n", b"quality: strict\n"
    assert merge_files(SETTINGS, base, ours, theirs) is None
    assert merged(SETTINGS, base, ours, theirs, by_lines=ours) == MergedFile(ours)
    found = merged(SETTINGS, base, ours, theirs, by_lines=b"quality: [", marker_size=8)
    assert found == MergedFile(mark_whole(ours, theirs, 8), ("quality",))


# --- catalogs and settings, entry by entry: each keeps its own lines and the remarks above it ---

AGENTS = b"""\
# Top.
schema: 1
agents:
  # A.
  "@a.a":
    tags: []

  # B.
  "@b.b": {}
# End.
"""


def test_a_catalog_is_cut_into_its_agents() -> None:
    assert cut_blocks(AGENTS, "agents") == Blocks(
        head=["# Top.", "schema: 1", "agents:"],
        entries={"@a.a": ['  "@a.a":', "    tags: []"], "@b.b": ['  "@b.b": {}']},
        above={"@a.a": ["  # A."], "@b.b": ["", "  # B."]},
        tail=["# End."],
        column=2,
    )
    assert cut_blocks(AGENTS.replace(b"\n", b"\r\n"), "agents") == cut_blocks(AGENTS + b"\n\n", "agents")


def test_settings_are_cut_into_their_keys() -> None:
    assert cut_blocks(b"# Top.\n\n# Q.\nquality: warn\nlock:\n  ttl: 1h\n# End.\n", "") == Blocks(
        head=["# Top.", ""],
        entries={"quality": ["quality: warn"], "lock": ["lock:", "  ttl: 1h"]},
        above={"quality": ["# Q."], "lock": []},
        tail=["# End."],
        column=0,
    )
    assert cut_blocks(b"# Q.\nquality: warn\n", "") == Blocks(
        [], {"quality": ["quality: warn"]}, {"quality": ["# Q."]}, [], 0
    )
    assert cut_blocks(b"quality: warn\n# The end  X  \n", "") == Blocks(
        [], {"quality": ["quality: warn"]}, {"quality": []}, ["# The end  X  "], 0
    )


@pytest.mark.parametrize("data", [None, b"", b" \n", b"agents: {}\n", b"schema: 1\n", b"# only\n"])
def test_what_has_no_entries_is_not_cut(data: bytes | None) -> None:
    assert cut_blocks(data, "agents") is None


def join(key: str, base: bytes | None, ours: bytes, theirs: bytes) -> str | None:
    documents = tuple(load_yaml(data).document if data else {} for data in (base, ours, theirs))
    merged = merge_fields("mapping", documents[0] if base else None, documents[1], documents[2])
    assert merged.decisions == ()
    sides = [join_sides(key, (base, ours, theirs), documents[1:], merged.fields)]
    swapped = (documents[2], documents[1])
    sides.append(join_sides(key, (base, theirs, ours), swapped, merged.fields))
    assert sides[0] == sides[1]  # whichever side is ours
    return sides[0].decode() if sides[0] is not None else None


def catalog(*agents: str, head: str = "schema: 1\nagents:\n", tail: str = "") -> bytes:
    return (head + "".join(agents) + tail).encode()


A, B, C = ('  # Of a.\n  "@a.a":\n    tags: []\n', '  # Of b.\n  "@b.b":\n    tags: []\n', '  "@c.c":\n    tags: []\n')


def test_new_entries_of_both_sides_come_with_their_remarks() -> None:
    assert join("agents", catalog(C), catalog(A, C), catalog(B, C)) == catalog(A, B, C).decode()
    assert join("agents", None, catalog(A), catalog(B)) == catalog(A, B).decode()


def test_an_entry_that_one_side_took_away_is_gone() -> None:
    assert join("agents", catalog(A, B, C), catalog(A, C), catalog(A, B, C)) == catalog(A, C).decode()


def test_head_and_tail_are_taken_from_the_side_that_changed_them() -> None:
    new = "# New.\nschema: 1\nagents:\n"
    found = join("agents", catalog(A, tail="# End.\n"), catalog(A, B, head=new, tail="# End.\n"), catalog(A, C))
    assert found == catalog(A, B, C, head=new).decode()
    two = "# Other.\nschema: 1\nagents:\n"  # both changed it: always the same one
    found = join("agents", catalog(A), catalog(A, B, head=new), catalog(A, C, head=two))
    assert found == catalog(A, B, C, head=new).decode()


def test_a_head_or_tail_that_changed_is_taken_wherever_it_sorts() -> None:
    one, other = "# A.\nschema: 1\nagents:\n", "# Z.\nschema: 1\nagents:\n"
    for before, after in ((one, other), (other, one)):
        found = join("agents", catalog(A, head=before), catalog(A, head=after), catalog(A, B, head=before))
        assert found == catalog(A, B, head=after).decode()
        before, after = before[:5], after[:5].replace(".", " X  ")
        found = join("agents", catalog(A, tail=before), catalog(A, tail=after), catalog(A, B, tail=before))
        assert found == catalog(A, B, tail=after).decode().rstrip("\n") + "\n"
    for text in (b"# Top.\n\nquality: warn\n", b"quality: warn\n# The end X\n"):
        assert join("", None, text, b"quality: warn\n") == text.decode()


def test_remarks_and_layout_are_taken_from_the_side_that_changed_them() -> None:
    for remark in ("Of a, later.", "Of z."):
        remarked = A.replace("Of a.", remark)
        assert join("agents", catalog(A), catalog(remarked), catalog(A, B)) == catalog(remarked, B).decode()
    flowing = '  # Of a.\n  "@a.a": {tags: []}\n'
    assert join("agents", catalog(A), catalog(flowing), catalog(A, B)) == catalog(flowing, B).decode()


def test_an_entry_that_both_changed_is_written_anew() -> None:
    base = '  "@a.a":\n    tags: ["x"] # x\n    role: "r"\n'
    ours = '  "@a.a":\n    tags: ["x", "y"] # y\n    role: "r"\n'
    theirs = '  "@a.a":\n    tags: ["x"]\n    role: "q"\n'
    found = join("agents", catalog(base), catalog(ours), catalog(theirs))
    assert found == catalog('  "@a.a":\n    role: "q"\n    tags: ["x", "y"]\n').decode()
    found = join("", b"lock:\n  ttl: 1h\n", b"lock:\n  ttl: 2h\n", b"lock:\n  ttl: 1h\n  max: 3\n")
    assert found == 'lock:\n  max: 3\n  ttl: "2h"\n'


def test_what_is_written_anew_stands_as_wide_as_its_neighbours() -> None:
    base = '    "@a.a":\n        tags: ["x"]\n        role: "r"\n'
    ours, theirs = base.replace('["x"]', '["x", "y"]'), base.replace('"r"', '"q"')
    found = join("agents", catalog(base), catalog(ours), catalog(theirs))
    assert found == catalog('    "@a.a":\n        role: "q"\n        tags: ["x", "y"]\n').decode()


def test_sides_of_different_layout_are_not_joined() -> None:
    wide = '    "@b.b":\n        tags: []\n'
    assert join("agents", catalog(C), catalog(A, C), catalog(wide, C.replace("  ", "    "))) is None
    assert join("agents", catalog(C), catalog(A, C), b'schema: 1\nagents: {"@c.c": {tags: []}, "@d.d": {}}\n') is None


def test_what_does_not_hold_what_it_has_to_is_not_returned() -> None:
    documents = tuple(load_yaml(catalog(A)).document for _ in range(2))
    sides = (catalog(A), catalog(A), catalog(A))
    assert join_sides("agents", sides, documents, {**documents[0], "schema": 2}) is None
    assert join_sides("agents", sides, documents, documents[0]) == catalog(A)
