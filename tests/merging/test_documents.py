"""The merge of documents: field by field, whichever side is ours, in any order and grouping."""

from __future__ import annotations

import pytest
from effort import examples
from hypothesis import given
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


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "decisions", "fields"),
    [
        # type, impact of each
        (("change", "high"), ("breaking_change", "high"), ("change", "low"), "ti", ("breaking_change", "high")),
        (("change", "high"), ("change", "low"), ("breaking_change", "high"), "ti", ("change", "low")),
        (("change", "high"), ("breaking_change", "high"), ("change", "medium"), "", ("breaking_change", "medium")),
        # each side changed both: what differs is undecided by itself
        (("change", "high"), ("breaking_change", "medium"), ("refactor", "low"), "ti", ("breaking_change", "medium")),
        (("change", "high"), ("breaking_change", "medium"), ("refactor", "medium"), "t", ("breaking_change", "medium")),
        # one side does not fit in itself: `check` tells it there
        (("change", "high"), ("change", "critical"), ("refactor", "high"), "", ("refactor", "critical")),
        (("change", "high"), ("refactor", "high"), ("change", "critical"), "", ("refactor", "critical")),
        (
            ("breaking_change", "critical"),
            ("change", "high"),
            ("breaking_change", "high"),
            "",
            ("change", "high"),
        ),
    ],
)
def test_type_and_impact_merge_together(base, ours, theirs, decisions, fields):
    sides = [{**FLAG, "flag_type": kind, "impact_level": impact} for kind, impact in (base, ours, theirs)]
    merged = merge_fields("flag", *sides)
    assert "".join(name[0] if name != "flag_type" else "t" for name in merged.decisions) == decisions
    assert (merged.fields["flag_type"], merged.fields["impact_level"]) == fields
    assert list(merged.fields) == list(FLAG)


def test_decisions_stand_in_the_order_of_the_fields():
    base = {**FLAG, "impact_level": "high", "x_one": "a", "b_two": "a"}
    ours = {**base, "flag_type": "breaking_change", "notes": "o", "x_one": "o", "b_two": "o"}
    theirs = {**base, "impact_level": "low", "notes": "t", "x_one": "t", "b_two": "t"}
    merged = merge_fields("flag", base, ours, theirs)
    assert merged.decisions == ("flag_type", "impact_level", "notes", "b_two", "x_one")
    assert list(merged.fields) == [*FLAG, "notes", "x_one", "b_two"]


def test_what_only_one_side_changed_is_taken_whole():
    changed = {**FLAG, "notes": "x", "impact_level": "low"}
    for pair in ((FLAG, changed), (changed, FLAG), (changed, changed)):
        merged = merge_fields("flag", FLAG, *pair)
        assert (merged.fields, merged.decisions, merged.remarks) == (changed, (), ())
    assert merge_fields("flag", None, FLAG, changed).fields == {**FLAG, "notes": "x", "impact_level": "medium"}
    assert merge_fields("flag", None, FLAG, changed).decisions == ("impact_level",)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "value", "decisions"),
    [
        ({"a": 1}, {"a": True}, {"a": 1}, True, ()),  # 1 and true are equal in Python alone
        ({"a": 1, "b": 1}, {"a": True, "b": 2}, {"a": 2, "b": 1}, True, ("a",)),
        ({"a": "x"}, {}, {"a": "x"}, None, ()),
        ({"a": "x"}, {"a": "x"}, {}, None, ()),
        ({"a": "x"}, {}, {"a": "y"}, None, ("a",)),
        ({"a": "x"}, {"a": "y"}, {}, "y", ("a",)),
        ({}, {"a": ["x"]}, {"a": ["y", "x"]}, ["x", "y"], ()),
        ({"a": "x"}, {"a": ["x"]}, {"a": ["y"]}, ["x"], ("a",)),
        ({"a": ["x"]}, {"a": ["x", 1]}, {"a": ["y"]}, ["x", 1], ("a",)),
        ({"a": ["z", "x", "z"]}, {"a": ["z", "x", "b"]}, {"a": ["z", "x", "a"]}, ["z", "x", "a", "b"], ()),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 1}}, {"a": {"b": 1, "c": 3}}, {"b": 2, "c": 3}, ()),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, {"a": {"b": 3}}, {"b": 2}, ("a.b",)),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, {"a": {"b": {"c": 3}}}, {"b": {"c": 2}}, ("a.b.c",)),
        ({"a": 5}, {"a": {"b": 1}}, {"a": {"c": 1}}, {"b": 1, "c": 1}, ()),
        ({"a": 5}, {"a": {"b": 1}}, {"a": 6}, {"b": 1}, ("a",)),
        ({"a": None}, {"a": "x"}, {"a": None}, "x", ()),
    ],
)
def test_values_merge_by_what_they_are(base, ours, theirs, value, decisions):
    merged = merge_fields("mapping", base, ours, theirs)
    assert merged.decisions == decisions
    assert (merged.fields.get("a"), type(merged.fields.get("a"))) == (value, type(value))
    assert ("a" in merged.fields) is (value is not None)


def test_new_keys_are_sorted_and_old_ones_stay_in_place():
    merged = merge_fields("mapping", {"b": 1, "a": 1}, {"b": 1, "a": 1, "z": 1, "d": 1}, {"b": 1, "a": 1, "c": 1})
    assert list(merged.fields) == ["b", "a", "c", "d", "z"]
    merged = merge_fields("mapping", {"b": 1, "d": 1}, {"b": 1, "d": 1, "e": 1}, {"b": 1, "d": 1, "a": 1, "c": 1})
    assert list(merged.fields) == ["a", "b", "c", "d", "e"]


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


def completed(by: str, second: int, **changes: str) -> dict:
    return {**DONE, "completed_by": by, "completed_at": f"2026-11-23T15:00:0{second}Z", **changes}


ALSO = "Also completed by @b.b at 2026-11-23T15:00:02Z as"


@pytest.mark.parametrize(
    ("one", "other", "notes"),
    [
        (completed("@a.a", 1), completed("@b.b", 2), f"{ALSO} done"),
        (completed("@a.a", 1, notes="One."), completed("@b.b", 2), f"One.\n\n{ALSO} done"),
        (
            completed("@a.a", 1),
            completed("@b.b", 2, resolution="superseded", superseded_by="z00aaa1", notes="Two.\n\nMore."),
            f"{ALSO} superseded by z00aaa1\n  Two.\n\n  More.",
        ),
        (completed("@a.a", 1, resolution="withdrawn"), completed("@b.b", 2), f"{ALSO} done"),
    ],
)
def test_the_later_completion_is_told_in_the_notes(one, other, notes):
    merged = merge_fields("completion", None, one, other)
    assert merged.fields == {**one, "notes": notes}
    assert list(merged.fields) == [name for name in (*DONE, "superseded_by", "notes") if name in merged.fields]
    assert absorbs(merged.fields, one) and absorbs(merged.fields, other)
    assert not absorbs(one, merged.fields)


def test_completions_are_ranked_by_time_handle_resolution_and_rest():
    ranked = [
        completed("@b.b", 1, resolution="withdrawn"),
        completed("@a.a", 2, resolution="done"),
        completed("@a.a", 2, resolution="not_applicable"),
        completed("@b.b", 2, resolution="done"),
        completed("@b.b", 2, resolution="done", notes="Said."),
        completed("@b.b", 2, resolution="superseded", superseded_by="a000000"),
        completed("@b.b", 2, resolution="superseded", superseded_by="z000000"),
    ]
    for place, first in enumerate(ranked):
        for other in ranked[place + 1 :]:
            merged = merge_fields("completion", None, other, first).fields
            told = {key: value for key, value in merged.items() if key != "notes"}
            assert told == {key: value for key, value in first.items() if key != "notes"}


def test_a_completion_that_both_sides_know_is_changed_by_the_side_that_changed_it():
    base = completed("@a.a", 1, notes="First.")
    edited = {**base, "notes": "First, later."}
    merged = merge_fields("completion", base, edited, {**base, "schema": 2})
    assert (merged.fields, merged.decisions) == ({**edited, "schema": 2}, ())
    merged = merge_fields("completion", base, edited, {**base, "notes": "Otherwise."})
    assert merged.decisions == ()
    assert merged.fields["notes"].startswith("First, later.\n\nAlso completed by @a.a")
    assert len(merged.remarks) == 1


def test_fields_beside_the_completion_are_decided_by_people():
    merged = merge_fields("completion", None, completed("@a.a", 1, x_other="o"), completed("@b.b", 2, x_other="t"))
    assert set(merged.decisions) == {"completed_by", "completed_at", "x_other"}
    assert merged.fields == completed("@a.a", 1, x_other="o") and merged.remarks == ()
    assert list(merged.fields) == [*DONE, "x_other"]
    merged = merge_fields("completion", None, completed("@a.a", 1, x_other="o"), completed("@b.b", 2))
    assert merged.decisions == () and merged.fields["x_other"] == "o"
    assert list(merged.fields)[-2:] == ["notes", "x_other"]


@pytest.mark.parametrize(
    "line",
    [
        "Also completed by nobody",
        "Also completed by @b.b on 2026-11-23T15:00:02Z as done",
        "Also completed by @b.b at 2026-11-23T15:00:02Z by done",
        "Also completed by @b.b at yesterday as done",
        "Also completed by b at 2026-11-23T15:00:02Z as done",
        "Also completed by @b.b at 2026-11-23T15:00:02Z as finished",
        "Also completed by @b.b at 2026-11-23T15:00:02Z as superseded by x",
        "Also completed by @b.b at 2026-11-23T15:00:02Z as superseded in z00aaa1",
        "Also completed by @b.b at 2026-11-23T15:00:02Z as done and more",
        "It was also completed by @b.b at 2026-11-23T15:00:02Z as done",
    ],
)
def test_notes_that_only_look_like_another_completion_are_notes(line):
    noted = completed("@a.a", 1, notes=f"Mine.\n{line}")
    assert merge_fields("completion", None, noted, completed("@b.b", 2)).fields["notes"] == (
        f"Mine.\n{line}\n\n{ALSO} done"
    )


def test_three_completions_merge_into_one_list():
    one, two, three = completed("@a.a", 1, notes="A."), completed("@b.b", 2), completed("@c.c", 3, notes="C.\n\nc")
    pair = merge_fields("completion", None, three, one).fields
    merged = merge_fields("completion", None, pair, two)
    told = f"A.\n\n{ALSO} done\n\nAlso completed by @c.c at 2026-11-23T15:00:03Z as done\n  C.\n\n  c"
    assert merged.fields == {**one, "notes": told}
    assert len(merged.remarks) == 1 and "@b.b" in merged.remarks[0]
    assert merge_fields("completion", None, merged.fields, pair).remarks == ()
    assert absorbs(one, one)
    four = merge_fields("completion", None, merged.fields, completed("@d.d", 4)).fields
    found = merge_fields("completion", merged.fields, one, four)  # one side took two out, the other put one in
    assert found.fields == {**one, "notes": "A.\n\nAlso completed by @d.d at 2026-11-23T15:00:04Z as done"}
    dropped = merge_fields("completion", merged.fields, merged.fields, one)  # one side took two of them out again
    assert dropped.fields == one


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


@examples(150)
@given(flags, flags, flags, flags)
def test_flags_merge_in_any_order(base, one, two, three):
    _check_commutes("flag", base, one, two)
    _check_associates("flag", base, one, two, three)
    _check_idempotent("flag", base, one, two)


@examples(150)
@given(st.one_of(st.none(), completions), completions, completions, completions)
def test_completions_merge_in_any_order(base, one, two, three):
    _check_commutes("completion", base, one, two)
    if base is None:
        _check_associates("completion", base, one, two, three)
    _check_idempotent("completion", base, one, two)


@examples(200)
@given(completions, completions)
def test_two_fresh_completions_never_need_a_person_and_lose_nothing(one, two):
    merged = merge_fields("completion", None, one, two)
    assert merged.decisions == ()
    assert absorbs(merged.fields, one)
    assert absorbs(merged.fields, two)
    data = dump_document("completion", merged.fields)
    assert parse_document(data).document == merged.fields
