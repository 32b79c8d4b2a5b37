"""The strict reader, the canonical writer, and edits that leave other bytes alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import yaml
from effort import count_steps, examples
from hypothesis import given
from hypothesis import strategies as st

from flaggit.core.text import forbidden_characters, tidy
from flaggit.documents.canonical import dump_document, read_document
from flaggit.documents.codec import CodecError, dump_yaml, load_yaml, parse_document
from flaggit.documents.splice import edit_document

TEXTS = (
    st.text(
        alphabet=st.one_of(st.sampled_from("ab c\n#:-'\"\\té{}[]>|@%,&*!?"), st.characters(codec="utf-8")),
        min_size=1,
        max_size=300,
    )
    .map(tidy)
    .filter(lambda text: text and not forbidden_characters(text))
)


def flag_document(**changes: object) -> dict:
    document = {
        "schema": 1,
        "id": "k7m2q0x",
        "flag_type": "change",
        "impact_level": "high",
        "source_agent": "@backend.api",
        "target_agent": "@frontend.web",
        "change_description": "What changed.",
        "action_required": "What to do about it.",
        "related_files": ["src/a b.ts", "src/c.ts"],
        "created_at": "2026-11-23T14:00:00Z",
    }
    return {**document, **changes}


@examples(300)
@given(change=TEXTS, notes=TEXTS, file=TEXTS)
def test_what_is_written_is_read_again(change: str, notes: str, file: str) -> None:
    document = flag_document(change_description=change, notes=notes, related_files=[file.replace("\n", " ")])
    data = dump_document("flag", document)
    assert parse_document(data).document == document
    assert load_yaml(data).document == document


@examples(300)
@given(text=TEXTS)
def test_fast_reader_agrees_with_the_parser(text: str) -> None:
    data = dump_document("note", {"schema": 1, "author": "@a.b", "created_at": "2026-11-23T14:00:00Z", "text": text})
    fast = read_document(data.decode())
    strict = load_yaml(data)
    assert fast is None or fast == (strict.document, strict.lines)


@examples(300)
@given(data=st.data())
def test_fast_reader_never_accepts_a_mutation_that_the_parser_reads_otherwise(data: st.DataObject) -> None:
    text = dump_document("flag", flag_document(notes="one\ntwo", change_description="w " * 60 + "w")).decode()
    at = data.draw(st.integers(0, len(text) - 1))
    text = (
        text[:at]
        + data.draw(st.sampled_from(["", "\n", " ", "  ", "#", ":", '"', "-", "a", "\t", "|"]))
        + text[at + 1 :]
    )
    fast = read_document(text)
    if fast is not None:
        assert load_yaml(text.encode()).document == fast[0]


@pytest.mark.parametrize("width", [40, 79, 80, 120, 400])
def test_layout_passes_yamllint_with_its_defaults(width: int, tmp_path) -> None:
    words = ("word " * 100)[:width].strip()
    document = flag_document(
        change_description=words,
        notes=f"{words}\n\n{words}",
        code_location="src/" + "x" * width,
        context='{"a": [1, 2]}',
    )
    path = tmp_path / "k7m2q0x.yaml"
    path.write_bytes(dump_document("flag", document))
    done = subprocess.run([sys.executable, "-m", "yamllint", str(path)], capture_output=True, text=True)
    warnings = [line for line in done.stdout.splitlines() if "document-start" not in line]
    assert done.returncode == 0 and [line for line in warnings if "error" in line] == [], done.stdout


def test_layout_passes_prettier(tmp_path) -> None:
    prettier = shutil.which("prettier")
    if prettier is None:
        pytest.skip("prettier is not installed")
    path = tmp_path / "k7m2q0x.yaml"
    path.write_bytes(dump_document("flag", flag_document(notes="n " * 90 + "n", context='{"a": 1}')))
    assert subprocess.run([prettier, "--check", str(path)], capture_output=True).returncode == 0


BAD = {
    "twice": (b"a: 1\na: 2\n", "duplicate_key", 2),
    "anchor": (b"a: &x 1\nb: *x\n", "bad_yaml", 1),
    "merge key": (b"a: {<<: *x}\n", "bad_yaml", 1),
    "tag": (b"a: !!python/object:os.system 1\n", "bad_yaml", 1),
    "two documents": (b"a: 1\n---\nb: 1\n", "bad_yaml", 2),
    "list": (b"- a\n", "bad_yaml", 1),
    "empty": (b"", "bad_yaml", 1),
    "deep": (b"a: " + b"[" * 600, "bad_yaml", 1),
    "many": (b"a: [" + b"1," * 6000 + b"]\n", "bad_yaml", 1),
    "not utf-8": (b"a: 1\nb: \xff\n", "bad_encoding", 2),
    "byte order mark": (b"\xef\xbb\xbfa: 1\n", "control_character", 1),
    "escape": (b"a: 1\nb: \x1b[31m\n", "control_character", 2),
    "line separator": ("a: 1\u2028\n".encode(), "control_character", 1),
    "conflict": (b"<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n", "conflict_markers", 1),
    "bare handle": (b"a: @backend.api\n", "bad_yaml", 1),
    "colon": (b"a: fix: this\n", "bad_yaml", 1),
    "tab": (b"a:\n\tb: 1\n", "bad_yaml", 2),
    "large": (b"a: " + b"x" * 70000, "too_large", 0),
}


@pytest.mark.parametrize("name", BAD)
def test_strict_reader_refuses(name: str) -> None:
    data, code, line = BAD[name]
    with pytest.raises(CodecError) as caught:
        parse_document(data)
    assert (caught.value.code, caught.value.line) == (code, line), caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("~", None), ("", None), ("true", True), ("false", False), ("12", 12), ("-3", -3),
        ("no", "no"), ("on", "on"), ("010", 10), ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("0x1f", "0x1f"),
        ("0o10", "0o10"), ("1e3", "1e3"), ("1.5", "1.5"), (".inf", ".inf"), ("2026-11-23", "2026-11-23"),
        ("9" * 16, "9" * 16), ("9" * 5000, "9" * 5000), ('"12"', "12"), ("=", "="),
    ],
)  # fmt: skip
def test_only_null_booleans_and_whole_numbers_are_not_text(text: str, value: object) -> None:
    assert load_yaml(f"a: {text}\n".encode()).document == {"a": value}


def test_text_cut_by_a_comment_is_remarked() -> None:
    parsed = load_yaml(b"a: see issue #12\nb: fine # said on purpose\n")
    assert [line for line, _ in parsed.remarks] == [1]


HAND_WRITTEN = b"""\
# mine
schema: 1
id: k7m2q0x   # the id

flag_type: change
impact_level: "high"   # because
target_agent:
change_description: |
  some text

  end

# said about the next one
action_required: >-
  folded
  text
related_files:
  - a
  - b
created_at: 2026-11-23T14:00:00Z"""


def test_edit_changes_only_its_field() -> None:
    after = edit_document(HAND_WRITTEN, {"impact_level": "low"})
    assert after == HAND_WRITTEN.replace(b'"high"', b'"low"')
    after = edit_document(HAND_WRITTEN, {"change_description": "short"})
    assert after == HAND_WRITTEN.replace(b"|\n  some text\n\n  end\n", b"|-\n  short\n")
    after = edit_document(HAND_WRITTEN, {"related_files": ["z"]})
    assert after == HAND_WRITTEN.replace(b"  - a\n  - b\n", b'  - "z"\n')


@examples(200)
@given(
    changes=st.dictionaries(
        st.sampled_from(["impact_level", "change_description", "action_required", "notes", "code_location", "context"]),
        TEXTS,
        min_size=1,
    ),
    drop=st.booleans(),
)
def test_edit_is_read_as_the_changed_document(changes: dict, drop: bool) -> None:
    if drop:
        changes["related_files"] = None
    for data in (HAND_WRITTEN, dump_document("flag", flag_document(notes="old\nnotes"))):
        before = parse_document(data).document
        expected = {**before, **changes}
        if drop:
            del expected["related_files"]
        after = edit_document(data, changes)
        assert parse_document(after).document == expected
        assert all(comment in after for comment in (b"# mine", b"# the id", b"# said about") if comment in data)


def test_dump_yaml_is_read_again_by_any_reader() -> None:
    document = {"agents": {"@a.b": {"description": "no", "tags": ["on", "12"], "owns": []}}}
    assert yaml.safe_load(dump_yaml(document)) == document == load_yaml(dump_yaml(document)).document


@pytest.mark.parametrize(
    "data",
    [
        HAND_WRITTEN.replace(b"impact_level", b"imp\tact_level"),
        HAND_WRITTEN.replace(b"flag_type: change", b"? flag_type\n: change"),
        b'{"id": "k7m2q0x", "notes": "x"} # said\n',
    ],
)
def test_what_cannot_be_edited_by_field_says_so_or_is_edited_well(data: bytes) -> None:
    try:
        before = parse_document(data).document
        after = edit_document(data, {"notes": "new"})
    except CodecError:
        return
    assert parse_document(after).document == {**before, "notes": "new"}


def test_document_in_braces_is_written_anew() -> None:
    after = edit_document(b'{"id": "k7m2q0x", "target_agent": null, "notes": "x"}', {"notes": "new", "context": None})
    assert parse_document(after).document == {"id": "k7m2q0x", "target_agent": None, "notes": "new"}


def test_the_characters_of_a_large_text_are_judged_once_each():
    text = "Caf\u00e9\n" * 40_000 + "\x00\x1b\x00\u2028"
    found: list[str] = []
    steps = count_steps(lambda: found.extend(forbidden_characters(text)))
    assert found == ["\x00", "\x1b", "\u2028"]
    assert steps < 500  # the eight different ones


@pytest.mark.parametrize(
    "text", ["\U0001f4b0", "a\\\U0001f4b0", "\\ud83d", "\\\\ud83d\\udcb0", "\u00e9\U0001f600\U0001f600", "\ud7ff"]
)
def test_json_of_another_program_reads_as_json(text: str) -> None:
    written = json.dumps({"a": text, "b": [text], text: 1}).encode()
    assert load_yaml(written).document == load_yaml(b"\n " + written).document == json.loads(written)


def test_half_a_character_is_told_as_what_it_is() -> None:
    with pytest.raises(CodecError, match="half a character"):
        load_yaml(b'{"a": "\\ud83d"}')
    assert load_yaml(b"a: 'x \\ud83d\\udcb0'\n").document == {"a": "x \\ud83d\\udcb0"}


@pytest.mark.parametrize("text", ["\n\n\n", "\n" * 8, "# yaml-language-server: $schema=x\n\n\n"])
def test_a_file_without_a_field_is_read_by_neither_way(text: str) -> None:
    assert read_document(text) is None
    with pytest.raises(CodecError):
        load_yaml(text.encode())
