"""Catalogs and settings joined entry by entry: each keeps its own lines and the remarks above it."""

from __future__ import annotations

import pytest

from flaggit.documents.codec import load_yaml
from flaggit.merging.blocks import Blocks, cut_blocks, join_sides
from flaggit.merging.documents import merge_fields

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
