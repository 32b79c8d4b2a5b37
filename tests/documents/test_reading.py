"""The strict reader sentence by sentence, its limits on both sides, and where it says that things stand."""

from __future__ import annotations

import pytest
import yaml

from flaggit.core.limits import BLOB, CATALOG, CATALOG_NODES, DIGITS, NESTING, NODES
from flaggit.documents.codec import (
    CATALOG_LIMIT,
    FLAG_LIMIT,
    CodecError,
    Entry,
    Span,
    compose,
    dump_yaml,
    find_entries,
    find_spans,
    load_yaml,
    parse_document,
)


def refusal(data: bytes, **limits: int) -> tuple[str, str, int]:
    with pytest.raises(CodecError) as caught:
        load_yaml(data, **limits)
    error = caught.value
    assert str(error) == error.message
    return error.code, error.message, error.line


@pytest.mark.parametrize(
    ("data", "code", "message", "line"),
    [
        (b"a: 1\nb: \xff\n", "bad_encoding", "is not UTF-8", 2),
        (b"\xff", "bad_encoding", "is not UTF-8", 1),
        (b"a: 1\n\nb: \x1b\n", "control_character", "holds the character U+001B", 3),
        (b"a: \x07\x1b\nb: \x07", "control_character", "holds the character U+0007", 1),
        (b"a: 1\n=======\n<<<<<<< x\n", "conflict_markers", "holds conflict markers of a merge", 2),
        (b"a: 1\n<<<<<<< ours\n", "conflict_markers", "holds conflict markers of a merge", 2),
        (b"a: 1\n||||||| x\n", "conflict_markers", "holds conflict markers of a merge", 2),
        (b"a: 1\n>>>>>>> x\n", "conflict_markers", "holds conflict markers of a merge", 2),
        (b"", "bad_yaml", "is empty", 1),
        (b"# only\n", "bad_yaml", "is empty", 1),
        (b"text\n", "bad_yaml", "is not a mapping of keys to values", 1),
        (b"- a\n", "bad_yaml", "is not a mapping of keys to values", 1),
        (b"a: 1\n---\nb: 2\n", "bad_yaml", "holds a second document", 2),
        (b"a: 1\nb: 2\na: 3\n", "duplicate_key", "has the key a twice, on lines 1 and 3", 3),
        (b"x: {a: 1,\n  a: 3}\n", "duplicate_key", "has the key a twice, on lines 1 and 2", 2),
        (b"[a]: 1\n", "bad_yaml", "has a key that is not a text", 1),
        (b"b: 1\na: &x 1\n", "bad_yaml", "uses an anchor or alias, which flaggit does not read", 2),
        (b"b: 1\na: *x\n", "bad_yaml", "uses an anchor or alias, which flaggit does not read", 2),
        (b"a: !t 1\n", "bad_yaml", "uses the tag !t, which flaggit does not read", 1),
        (b"a: !!set {x}\n", "bad_yaml", "uses the tag tag:yaml.org,2002:set, which flaggit does not read", 1),
        (b"b: 1\na: @a.b\n", "bad_yaml", 'is not valid YAML: a handle has to be quoted: "@domain.module"', 2),
        (b"a:\n- @a.b\n", "bad_yaml", 'is not valid YAML: a handle has to be quoted: "@domain.module"', 2),
        (b"a: fix: this\n", "bad_yaml", 'is not valid YAML: a text with ": " in it has to be quoted', 1),
    ],
)
def test_each_refusal_says_what_and_where(
    data: bytes, code: str, message: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(data) == (code, message, line)
    monkeypatch.delattr(yaml, "CSafeLoader")  # as where PyYAML was built without libyaml
    assert refusal(data) == (code, message, line)


@pytest.mark.parametrize("escape", ["\\U00110000", "\\UFFFFFFFF"])
def test_an_escape_beyond_unicode_is_refused_by_every_reader(escape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'a: "{escape}"\n'
    assert refusal(text.encode())[0] == "bad_yaml"
    monkeypatch.delattr(yaml, "CSafeLoader")
    code, message, line = refusal(text.encode())
    assert (code, line) == ("bad_yaml", 0)
    assert message.startswith("cannot be read as YAML: ")
    for read in (compose, find_spans):
        with pytest.raises(CodecError) as caught:
            read(text)
        assert caught.value.code == "bad_yaml"


def test_what_the_parser_cannot_read_is_told_in_its_words() -> None:
    code, message, line = refusal(b'a: "x\n')
    assert (code, line) == ("bad_yaml", 2)
    assert message.startswith("is not valid YAML: ") and "\n" not in message
    code, message, line = refusal(b"a: [1\nb: 2\n")
    assert (code, message.startswith("is not valid YAML: ")) == ("bad_yaml", True)
    assert line > 0


def test_a_line_of_signs_alone_is_no_conflict() -> None:
    code, message, _ = refusal(b"a: 1\n=======\n")
    assert code == "bad_yaml" and "conflict" not in message
    assert refusal(b"a: 1\n======= x\n")[0] == "conflict_markers"
    with pytest.raises(CodecError, match="conflict markers"):
        load_yaml(b"<<<<<<< ours\na: 1\n=======\na: 2\n")


def test_limits_on_both_sides() -> None:
    assert (FLAG_LIMIT, CATALOG_LIMIT) == (BLOB, CATALOG)
    data = b"a: 1\n"
    assert load_yaml(data, limit=5).document == {"a": 1}
    assert refusal(data, limit=4) == ("too_large", "is 5 bytes, more than the 4 that are read", 0)
    large = b"a: " + b"x" * (BLOB - 3)
    assert parse_document(large).document == {"a": "x" * (BLOB - 3)}
    with pytest.raises(CodecError) as caught:
        parse_document(large + b"x")
    assert caught.value.message == "is 65,537 bytes, more than the 65,536 that are read"
    assert load_yaml(large + b"x").document["a"] == "x" * (BLOB - 2)
    # A mapping, its key, a list, and so many numbers.
    assert load_yaml(b"a: [1, 2]\n", nodes=5).document == {"a": [1, 2]}
    assert refusal(b"a: [1,\n 2]\n", nodes=4) == ("bad_yaml", "holds too many values", 2)
    many = b"a: [" + b"1," * (NODES - 3) + b"]\n"
    assert len(parse_document(many).document["a"]) == NODES - 3
    with pytest.raises(CodecError, match="holds too many values"):
        parse_document(many.replace(b"[", b"[1,"))
    assert CATALOG_NODES > 10 * NODES and load_yaml(many.replace(b"[", b"[1,"))


def test_nesting_ends_where_the_limit_says() -> None:
    inner = NESTING - 2  # lists in a list that is the value of a key
    assert load_yaml(b"a: " + b"[" * (inner + 1) + b"]" * (inner + 1))
    told = refusal(b"a: " + b"[" * (inner + 2) + b"]" * (inner + 2))
    assert told == ("bad_yaml", f"is nested deeper than {NESTING} levels", 1)
    assert load_yaml(b"{a: " * (NESTING - 1) + b"1" + b"}" * (NESTING - 1))
    with pytest.raises(CodecError, match="nested deeper"):
        load_yaml(b"{a: " * NESTING + b"1" + b"}" * NESTING)


def test_windows_line_ends_are_remarked_and_read() -> None:
    parsed = load_yaml(b"a: |\r\n  x\r\n  y\r\nb: 2\r\n")
    assert parsed.document == {"a": "x\ny\n", "b": 2}
    assert parsed.lines == {"a": 1, "b": 4}
    assert parsed.remarks == ((1, "has Windows line ends (CRLF); LF is what git and flaggit expect"),)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a: see issue #12\n", []),
        (b"a: see #12 there\n", [1]),
        (b"x: 1\na: see #12\n", [2]),
        (b"a: see # a remark\n", []),
        (b"a: see #\n", []),
        (b'a: "see" #12\n', []),
        (b"a: #12\n", []),
        (b"a: x # r\nb: y #z\n", [2]),
    ],
)
def test_a_text_that_a_comment_cuts_is_remarked(data: bytes, lines: list[int]) -> None:
    if data == b"a: see issue #12\n":
        lines = [1]
    assert [line for line, _ in load_yaml(data).remarks] == lines
    if lines == [2] and b"#12" in data:
        told = "ends a text at '#12', which YAML takes for a comment: quote it"
        assert load_yaml(data).remarks == ((2, told),)


@pytest.mark.parametrize("digits", ["9" * DIGITS, "-" + "9" * DIGITS, "0", "-0", "007"])
def test_whole_numbers_are_numbers(digits: str) -> None:
    assert load_yaml(f"a: {digits}\n".encode()).document == {"a": int(digits)}


@pytest.mark.parametrize("text", ["9" * (DIGITS + 1), "--1", "+1", "1-", "\u0661", "1 2"])
def test_other_digits_are_text(text: str) -> None:
    assert load_yaml(f"a: {text}\n".encode()).document == {"a": text}


def test_keys_know_their_lines_at_the_top_only() -> None:
    parsed = load_yaml(b"# c\na:\n  b: 1\n\nc: 2\n")
    assert parsed.lines == {"a": 2, "c": 5}
    assert parsed.document == {"a": {"b": 1}, "c": 2}


def test_a_document_is_dumped_in_blocks() -> None:
    document = {"schema": 1, "a b": ["x", "\u00e9"], "@a.b": {"on_off": True, "12": None, "l": []}, "long": "w " * 300}
    assert dump_yaml(document).decode() == (
        'schema: 1\n"a b":\n  - "x"\n  - "\u00e9"\n"@a.b":\n  on_off: true\n  "12": null\n  l: []\n'
        f'long: "{"w " * 300}"\n'
    )
    nested = {"on": [{"no": "no", "d": {}}, ["1", ["x"]]], "a": "two\nlines"}
    assert dump_yaml(nested).decode() == (
        '\'on\':\n  - \'no\': "no"\n    d: {}\n  - - "1"\n    - - "x"\na: "two\\nlines"\n'
    )


def test_another_programs_yaml_is_read_as_nodes() -> None:
    root = compose("a: 1\nb: !tag [x]\n")
    (_, one), (key, _) = root.value
    assert (one.value, key.value, key.start_mark.line) == ("1", "b", 1)
    assert compose("") is None


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: 1\nb: fix: this\n", 'is not valid YAML: a text with ": " in it has to be quoted', 2),
        ("a: @a.b", 'is not valid YAML: a handle has to be quoted: "@domain.module"', 1),
        ("- @a.b\n", 'is not valid YAML: a handle has to be quoted: "@domain.module"', 1),
        ("a: [1\n", "is not valid YAML: expected ',' or ']', but got '<stream end>'", 2),
        ("a: @b\x00", "is not valid YAML: unacceptable character #x0000: special characters are not allowed", 0),
        ("[" * 5_000, "it cannot be read as YAML: maximum recursion depth exceeded", 0),
    ],
)
def test_what_is_wrong_with_another_programs_yaml_is_told(text: str, message: str, line: int) -> None:
    with pytest.raises(CodecError) as caught:
        compose(text)
    assert (caught.value.code, caught.value.line) == ("bad_yaml", line)
    assert caught.value.message.startswith(message), caught.value.message


def test_a_half_character_is_told_word_for_word() -> None:
    told = "is not valid YAML: a \\u escape stands for half a character; JSON writes two of them for one"
    assert refusal(b'{"a": "\\ud83d"}') == ("bad_yaml", told, 1)


SPANS = """\
# c
a: 1
b:   "x"  # r
c:
d: |
  one

  two

# of e
e:
  - 1
  - 2

# of f
f: {x: 1}
g: ""
"""


def test_spans_say_where_keys_and_values_stand() -> None:
    assert find_spans(SPANS) == {
        "a": Span(1, (1, 1), (1, 4)),
        "b": Span(2, (2, 1), (2, 8)),
        "c": Span(3, (3, 1), (3, 2)),
        "d": Span(4, (4, 1), (7, 5)),
        "e": Span(10, (10, 1), (12, 5)),
        "f": Span(15, (15, 1), (15, 9)),
        "g": Span(16, (16, 1), (16, 5)),
    }
    assert find_spans("") == {}
    assert find_spans("a: |\n\n# x\nb: 1\n")["a"].end == (0, 4)
    assert find_spans('"a" : 1') == {"a": Span(0, (0, 4), (0, 7))}
    assert find_spans('"a:b": 1') == {"a:b": Span(0, (0, 5), (0, 8))}
    assert find_spans("a:  # r\n\nb :") == {"a": Span(0, (0, 1), (0, 2)), "b": Span(2, (2, 2), (2, 3))}
    assert find_spans("a: |\r\n  x\r\n")["a"].end == (1, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not valid YAML: expected the node content, but found '<stream end>'"),
        ("? a\n: b\n", "is written in a way that no single field of it can be edited"),
        ("text", "is written in a way that no single field of it can be edited"),
    ],
)
def test_what_cannot_be_taken_apart_is_refused(text: str, message: str) -> None:
    with pytest.raises(CodecError) as caught:
        find_spans(text)
    assert (caught.value.code, caught.value.message) == ("bad_yaml", message)


def test_entries_say_which_lines_are_whose() -> None:
    text = (
        'schema: 1\nagents:\n  "@a.a":\n    tags: []\n    x:\n      y: 1\n\n  # of b\n  "@b.b": {}\n# end\n\nlast: 1\n'
    )
    inner = (Entry("tags", 3, 4, 4), Entry("x", 4, 4, 6, is_block=True, fields=(Entry("y", 5, 6, 6),)))
    agents = [Entry("@a.a", 2, 2, 6, is_block=True, fields=inner), Entry("@b.b", 8, 2, 9)]
    assert find_entries(text, "agents") == agents
    top = find_entries(text, "")
    assert top is not None
    assert [(entry.name, entry.line, entry.column, entry.end, entry.is_block) for entry in top] == [
        ("schema", 0, 0, 1, False),
        ("agents", 1, 0, 9, True),
        ("last", 11, 0, 12, False),
    ]
    assert top[1].fields == tuple(agents)


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        ("", "agents", None),
        ("{agents: {}}", "agents", None),
        ("- a\n", "", None),
        ("schema: 1\n", "agents", None),
        ("agents: {a: {}}\n", "agents", None),
        ("agents: [a]\n", "agents", None),
        ("agents:\n", "agents", []),
        ("agents: 5\n", "agents", []),
        ("agents:\n  a: {}\nlock:\n  ttl: 1\nx: 1\n", "agents", [Entry("a", 1, 2, 2)]),
    ],
)
def test_mappings_without_lines_of_their_own_have_no_entries(text: str, key: str, found: list | None) -> None:
    assert find_entries(text, key) == found
