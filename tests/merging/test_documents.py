"""The merge of documents: field by field, whichever side is ours, in any order and grouping."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repositories import LONG_ACTION, LONG_CHANGE

from flaggit.documents.canonical import dump_document
from flaggit.documents.codec import parse_document
from flaggit.merging.documents import absorbs, merge_fields
from flaggit.merging.files import merge_files

FLAG = {
    "schema": 1,
    "id": "k7m2q0x",
    "flag_type": "change",
    "impact_level": "medium",
    "source_agent": "@backend.api",
    "target_agent": "@frontend.web",
    "change_description": LONG_CHANGE,
    "action_required": LONG_ACTION,
    "related_files": ["src/a.ts", "src/b.ts"],
    "created_at": "2026-11-23T14:00:00Z",
}
DONE = {
    "schema": 1,
    "id": "k7m2q0x",
    "completed_by": "@frontend.web",
    "completed_at": "2026-11-23T15:00:00Z",
    "resolution": "done",
}
PATH = ".flags/frontend.web/k7m2q0x.yaml"
DONE_PATH = ".flags/done/k7m2q0x.yaml"


def test_edits_of_different_fields_go_together():
    ours = {**FLAG, "impact_level": "high"}
    theirs = {**FLAG, "notes": "see the queue"}
    merged = merge_fields("flag", FLAG, ours, theirs)
    assert merged.fields == {**FLAG, "impact_level": "high", "notes": "see the queue"}
    assert merged.decisions == ()


def test_the_same_field_in_two_ways_is_a_decision():
    merged = merge_fields("flag", FLAG, {**FLAG, "impact_level": "high"}, {**FLAG, "impact_level": "low"})
    assert merged.decisions == ("impact_level",)
    merged = merge_fields("flag", FLAG, {**FLAG, "notes": "one"}, {**FLAG, "notes": "two"})
    assert merged.decisions == ("notes",)


def test_type_and_impact_that_do_not_go_together_are_a_decision():
    base = {**FLAG, "impact_level": "high"}
    ours = {**base, "flag_type": "breaking_change"}
    theirs = {**base, "impact_level": "low"}
    assert merge_fields("flag", base, ours, theirs).decisions == ("flag_type", "impact_level")
    assert merge_fields("flag", base, theirs, ours).decisions == ("flag_type", "impact_level")


def test_files_merge_as_a_set():
    ours = {**FLAG, "related_files": ["src/b.ts", "src/z.ts"]}
    theirs = {**FLAG, "related_files": ["src/a.ts", "src/b.ts", "src/c.ts"]}
    merged = merge_fields("flag", FLAG, ours, theirs)
    assert merged.fields["related_files"] == ["src/b.ts", "src/c.ts", "src/z.ts"]


def test_of_two_completions_the_earlier_counts_and_the_other_is_kept():
    early = {**DONE, "notes": "done in the client"}
    late = {
        **DONE,
        "completed_by": "@backend.queue",
        "completed_at": "2026-11-23T16:00:00Z",
        "notes": "me too\n\n  yes",
    }
    merged = merge_fields("completion", None, late, early)
    assert merged.fields == merge_fields("completion", None, early, late).fields
    assert merged.fields["completed_by"] == "@frontend.web"
    assert merged.fields["notes"] == (
        "done in the client\n\nAlso completed by @backend.queue at 2026-11-23T16:00:00Z as done\n  me too\n\n    yes"
    )
    assert len(merged.remarks) == 1
    assert "@backend.queue" in merged.remarks[0]
    assert absorbs(merged.fields, early)
    assert absorbs(merged.fields, late)
    assert not absorbs(late, early)


def test_equal_times_are_settled_by_handle():
    other = {**DONE, "completed_by": "@backend.queue"}
    merged = merge_fields("completion", None, DONE, other)
    assert merged.fields["completed_by"] == "@backend.queue"


def test_a_settled_pair_is_not_reported_again():
    late = {**DONE, "completed_by": "@backend.queue", "completed_at": "2026-11-23T16:00:00Z"}
    once = merge_fields("completion", None, DONE, late)
    again = merge_fields("completion", None, once.fields, late)
    assert again.fields == once.fields
    assert again.remarks == ()


def test_comments_of_both_sides_stay_where_a_merge_by_lines_is_clean():
    base = dump_document("flag", FLAG)
    ours = base.replace(b'impact_level: "medium"', b'impact_level: "high" # urgent')
    theirs = base + b'\nnotes: "later" # theirs\n'
    by_lines = ours + b'\nnotes: "later" # theirs\n'
    merged = merge_files(PATH, base, ours, theirs, by_lines=by_lines)
    assert merged.data == by_lines
    merged = merge_files(PATH, base, ours, theirs)
    assert b"# urgent" in merged.data
    assert parse_document(merged.data).document["notes"] == "later"


def test_both_sides_of_a_decision_stand_in_the_file_and_the_rest_is_merged():
    base = dump_document("flag", FLAG)
    ours = dump_document("flag", {**FLAG, "impact_level": "high", "notes": "from ours"})
    theirs = dump_document("flag", {**FLAG, "impact_level": "low", "code_location": "src/a.ts:7"})
    merged = merge_files(PATH, base, ours, theirs)
    text = merged.data.decode()
    assert merged.decisions == ("impact_level",)
    assert '<<<<<<< ours\nimpact_level: "high"\n=======\nimpact_level: "low"\n>>>>>>> theirs\n' in text
    for choice in (0, 1):
        chosen = choose(text, choice)
        document = parse_document(chosen.encode()).document
        assert document["notes"] == "from ours"
        assert document["code_location"] == "src/a.ts:7"
        assert document["impact_level"] == ("high", "low")[choice]


def choose(text: str, side: int) -> str:
    """Settle every conflict of a text for one side, as a person would in an editor."""
    kept, where = [], None
    for line in text.split("\n"):
        if line.startswith("<<<<<<<"):
            where = 0
        elif line == "=======":
            where = 1
        elif line.startswith(">>>>>>>"):
            where = None
        elif where is None or where == side:
            kept.append(line)
    return "\n".join(kept)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_field_that_one_side_took_away_is_shown_too(missing):
    base = dump_document("flag", {**FLAG, "notes": "base"})
    sides = [dump_document("flag", FLAG), dump_document("flag", {**FLAG, "notes": "other"})]
    merged = merge_files(PATH, base, sides[missing], sides[1 - missing])
    assert merged.decisions == ("notes",)
    documents = [parse_document(choose(merged.data.decode(), side).encode()).document for side in (0, 1)]
    assert [document.get("notes") for document in documents] == ([None, "other"] if missing == 0 else ["other", None])


def test_what_cannot_be_read_is_left_to_git():
    assert merge_files(PATH, b"", b"<<<<<<< x\n", b"a: 1\n") is None
    assert merge_files("src/client.ts", b"", b"a", b"b") is None
    assert merge_files(".flags/k.txt", b"", b"a", b"b") is None


def test_catalogs_merge_by_agent():
    def catalog(**agents):
        lines = [f'  "@{name}.{name}":\n    tags: {tags}\n' for name, tags in agents.items()]
        return ("# Agents.\nschema: 1\nagents:\n" + "".join(lines)).encode()

    base = catalog(a='["x"]', z="[]")
    ours = catalog(a='["x", "y"]', b="[]", z="[]")
    theirs = catalog(a='["w", "x"]', c="[]")
    merged = merge_files(".flags/catalog.yaml", base, ours, theirs)
    from flaggit.documents.codec import load_yaml

    assert load_yaml(merged.data).document["agents"] == {
        "@a.a": {"tags": ["x", "w", "y"]},
        "@b.b": {"tags": []},
        "@c.c": {"tags": []},
    }
    assert merged.data.startswith(b"# Agents.\n")


COMMENTED = """\
# Who works here.
schema: 1
agents:
  # The client.
  "@b.b":
    tags: ["x"]  # one
    owns: ["/src/"]

  "@z.z": {tags: ["flow"]}
# The end.
"""


def test_a_catalog_keeps_its_comments_and_layout():
    ours = COMMENTED.replace("  # The client.\n", '  # Ours.\n  "@a.a":\n    tags: []  # new\n\n  # The client.\n')
    theirs = COMMENTED.replace('"/src/"', '"/src/", "/web/"').replace(
        '  "@z.z"', '  # Theirs.\n  "@y.y":\n    tags: []\n  "@z.z"'
    )
    sides = [text.encode() for text in (COMMENTED, ours, theirs)]
    merged = merge_files(".flags/catalog.yaml", *sides).data
    assert merged == merge_files(".flags/catalog.yaml", sides[0], sides[2], sides[1]).data
    for piece in (
        "# Who works here.",
        "# Ours.",
        "tags: []  # new",
        "# The client.",
        "# one",
        "# Theirs.",
        "# The end.",
    ):
        assert merged.decode().count(piece) == 1, merged.decode()
    assert '"/src/", "/web/"' in merged.decode()
    assert '{tags: ["flow"]}' in merged.decode()


def test_settings_merge_by_name_and_keep_their_comments():
    base = b"# Rules.\nschema: 1\nquality: warn\n"
    ours = base + b"# Be strict.\ntrailers: require\n"
    theirs = base + b"lock:\n  ttl: 4h  # long\n"
    merged = merge_files(".flags/config.yaml", base, ours, theirs).data.decode()
    for piece in ("# Rules.", "# Be strict.", "trailers: require", "ttl: 4h  # long"):
        assert merged.count(piece) == 1, merged


def test_a_merge_by_lines_that_breaks_a_catalog_is_a_decision():
    base = b'schema: 1\nagents:\n  "@b.b":\n    model: "x"\n\n    role: "y"\n'
    ours = b'schema: 1\nagents:\n  "@b.b":\n    color: "red"\n    model: "x"\n\n    role: "y"\n'
    theirs = b'schema: 1\nagents:\n  "@b.b":\n    model: "x"\n\n    role: "y"\n    color: "blue"\n'
    twice = b'schema: 1\nagents:\n  "@b.b":\n    color: "red"\n    model: "x"\n\n    role: "y"\n    color: "blue"\n'
    merged = merge_files(".flags/catalog.yaml", base, ours, theirs, by_lines=twice)
    assert merged.decisions == ("agents.@b.b.color",)
    assert b"<<<<<<< ours" in merged.data
    assert merge_files(".flags/catalog.yaml", base, ours, theirs) is None


# Random documents that can meet in one merge: edits of a base, and completions of one flag.
words = st.sampled_from(["one", "two", "three\n\nlines", "a: b # c", "Also completed by nobody", ""])
edits = st.fixed_dictionaries(
    {},
    optional={
        "impact_level": st.sampled_from(["medium", "high"]),
        "flag_type": st.sampled_from(["change", "deprecation"]),
        "change_description": st.sampled_from([LONG_CHANGE, LONG_CHANGE + " And more."]),
        "related_files": st.lists(st.sampled_from(["src/a.ts", "src/b.ts", "src/c.ts", "x"]), unique=True, min_size=1),
        "code_location": st.sampled_from(["src/a.ts:1", "src/a.ts:2"]),
        "notes": words.filter(bool),
    },
)
flags = edits.map(lambda changes: {key: {**FLAG, **changes}[key] for key in ORDER if key in {**FLAG, **changes}})
ORDER = [*list(FLAG)[:9], "code_location", "created_at", "notes"]
plain_completions = st.builds(
    lambda by, at, resolution, notes: {
        **DONE,
        "completed_by": by,
        "completed_at": f"2026-11-23T15:00:0{at}Z",
        "resolution": resolution,
        **({"notes": notes} if notes else {}),
    },
    st.sampled_from(["@frontend.web", "@backend.queue", "@backend.api"]),
    st.integers(0, 3),
    st.sampled_from(["done", "not_applicable"]),
    words,
)
completions = st.lists(plain_completions, min_size=1, max_size=3).map(lambda items: _joined(items))


def _joined(items):
    merged = items[0]
    for item in items[1:]:
        merged = merge_fields("completion", None, merged, item).fields
    return merged


def _bytes(kind, base, ours, theirs):
    path = PATH if kind == "flag" else DONE_PATH
    sides = [dump_document(kind, side) if side is not None else None for side in (base, ours, theirs)]
    return merge_files(path, *sides)


def _check_commutes(kind, base, one, other):
    forth, back = merge_fields(kind, base, one, other), merge_fields(kind, base, other, one)
    assert forth.decisions == back.decisions
    if not forth.decisions:
        assert forth.fields == back.fields
        assert list(forth.fields) == list(back.fields)
        assert _bytes(kind, base, one, other).data == _bytes(kind, base, other, one).data


def _check_associates(kind, base, one, two, three):
    left = merge_fields(kind, base, one, two)
    right = merge_fields(kind, base, two, three)
    if left.decisions or right.decisions:
        return
    left = merge_fields(kind, base, left.fields, three)
    right = merge_fields(kind, base, one, right.fields)
    if not left.decisions and not right.decisions:
        assert left.fields == right.fields
    else:
        assert bool(left.decisions) == bool(right.decisions)


def _check_idempotent(kind, base, one, other):
    assert merge_fields(kind, base, one, one).fields == one
    merged = merge_fields(kind, base, one, other)
    if not merged.decisions:
        for side in (one, other, base):
            if side is not None:
                assert merge_fields(kind, side, merged.fields, side).fields == merged.fields
                assert merge_fields(kind, base, merged.fields, merged.fields).fields == merged.fields


bases = st.one_of(st.none(), flags)


@settings(max_examples=150, deadline=None)
@given(flags, flags, flags, flags)
def test_flags_merge_in_any_order(base, one, two, three):
    _check_commutes("flag", base, one, two)
    _check_associates("flag", base, one, two, three)
    _check_idempotent("flag", base, one, two)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.none(), completions), completions, completions, completions)
def test_completions_merge_in_any_order(base, one, two, three):
    _check_commutes("completion", base, one, two)
    if base is None:
        _check_associates("completion", base, one, two, three)
    _check_idempotent("completion", base, one, two)


@settings(max_examples=200, deadline=None)
@given(completions, completions)
def test_two_fresh_completions_never_need_a_person_and_lose_nothing(one, two):
    merged = merge_fields("completion", None, one, two)
    assert merged.decisions == ()
    assert absorbs(merged.fields, one)
    assert absorbs(merged.fields, two)
    data = dump_document("completion", merged.fields)
    assert parse_document(data).document == merged.fields
