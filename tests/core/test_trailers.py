"""Commit messages: finding flags in them, and adding trailers, held against git's own reading."""

from __future__ import annotations

import pytest
from effort import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from flaggit.core.trailers import (
    COMPLETES,
    REOPENS,
    Mention,
    add_trailers,
    choose_comment,
    clean_message,
    find_completed,
    find_mentions,
    find_reopened,
    has_scissors,
    remove_trailers,
    rename_mentions,
    says_nothing,
    split_message,
)

A, B, C = "k7m2q0x", "p3vd81c", "z00aaa1"
STATUS = "# Please enter the commit message for your changes.\n#\n# On branch main\n"
CUT = "# ------------------------ >8 ------------------------\n"
DIFF = f"{CUT}# Do not modify or remove the line above.\ndiff --git a/x b/x\n+Completes-Flag: {C}\n"


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        (f"Fix\n\nCompletes-Flag: {A}\n", [A]),
        (f"Fix\n\ncompletes-flag: {A}", [A]),
        (f"Fix\n\nCOMPLETES-FLAG : #{A.upper()}\n", [A]),
        (f"Fix\n\nCompletes-Flag: {A}, {B}\n", [A, B]),
        (f"Fix\n\nCompletes-Flag: {A} {B}; {C}\n", [A, B, C]),
        (f"Fix\n\nCompletes-Flag: {A} and {B}\n", [A, B]),
        (f"Fix\n\nCompletes-Flag: {A},\n  {B},\n  {C}\nReviewed-by: @ann\n", [A, B, C]),
        (f"Fix\n\nCompletes-Flag: {A} renamed the client\n", [A]),
        (f"Fix\n\nCompletes-Flag: {A} (renamed)\n", [A]),
        (f"Fix\n\nCompletes-Flag: {A}\nCompletes-Flag: {A}\n", [A]),
        (f"* One\n\n  Completes-Flag: {A}\n\n* Two\n\nCompletes-Flag: {B}\n\n---------\n\nCo-authored-by: x\n", [A, B]),
        (f"Squashed commit of the following:\n\n    Fix\n    \n    Completes-Flag: {A}\n", [A]),
        (f"> * - Completes-Flag: {A}\n", [A]),
        (f"text glued to it\nCompletes-Flag: {A}\n", [A]),
        (f"Fix\r\n\r\nCompletes-Flag: {A}\r\n", [A]),
        ("Fix\n\nCompletes-Flag: 100, nonsense\n", []),
        ("Completes-Flag:\n", []),
        (f"It says Completes-Flag: {A} somewhere\n", []),
        (f"Not-Completes-Flag: {A}\n", []),
        ("", []),
    ],
)
def test_completed_flags_are_found_in_any_layout(message: str, ids: list[str]) -> None:
    assert find_completed(message) == ids
    assert find_reopened(message) == []


def test_reopened_flags_and_lines_are_told_apart() -> None:
    message = f"Back out\n\nReopens-Flag: {A}\nCompletes-Flag: 100\n"
    assert find_reopened(message) == [A]
    assert find_mentions(message) == [Mention(REOPENS, A, 3), Mention(COMPLETES, "100", 4)]


@pytest.mark.parametrize(
    ("message", "comment", "expected"),
    [
        ("Fix\n", "", f"Fix\n\nCompletes-Flag: {A}\n"),
        ("Fix", "", f"Fix\n\nCompletes-Flag: {A}\n"),
        ("Fix: it\n", "", f"Fix: it\n\nCompletes-Flag: {A}\n"),
        ("Fix\n\nBody.\n\n\n", "", f"Fix\n\nBody.\n\nCompletes-Flag: {A}\n"),
        ("Fix\n\nSigned-off-by: A <a@x>\n", "", f"Fix\n\nSigned-off-by: A <a@x>\nCompletes-Flag: {A}\n"),
        ("Fix\n\n#123 says why\n", "", f"Fix\n\n#123 says why\n\nCompletes-Flag: {A}\n"),
        (f"Fix\n\nCompletes-Flag: {A}\n", "", f"Fix\n\nCompletes-Flag: {A}\n"),
        (f"Fix\n\nCompletes-Flag: {B}, {A}\n", "", f"Fix\n\nCompletes-Flag: {B}, {A}\n"),
        (f"Fix\n\n    Completes-Flag: {A}\n", "", f"Fix\n\n    Completes-Flag: {A}\n\nCompletes-Flag: {A}\n"),
        (f"\n{STATUS}", "#", f"\n\nCompletes-Flag: {A}\n\n{STATUS}"),
        (f"Fix\n\n{STATUS}{DIFF}", "#", f"Fix\n\nCompletes-Flag: {A}\n\n{STATUS}{DIFF}"),
        (f"Fix\n{DIFF}", "#", f"Fix\n\nCompletes-Flag: {A}\n\n{DIFF}"),
        ("Fix\n\n; note\n", ";", f"Fix\n\nCompletes-Flag: {A}\n\n; note\n"),
        ("Fix\n\n// note\n", "//", f"Fix\n\nCompletes-Flag: {A}\n\n// note\n"),
        ("", "", f"\n\nCompletes-Flag: {A}\n"),
    ],
)
def test_trailers_are_added_where_git_finds_them(message: str, comment: str, expected: str) -> None:
    added = add_trailers(message, [(COMPLETES, A)], comment=comment)
    assert added == expected
    assert add_trailers(added, [(COMPLETES, A)], comment=comment) == added


@pytest.mark.parametrize(
    "message",
    [
        "Fix\n",
        "Fix: one\n",
        "Fix\n\nBody: with a colon\nand more of it\n",
        "Fix\n\nSigned-off-by: A <a@x>\n",
        "Fix\n\nwords\nand words\nSigned-off-by: A <a@x>\n",
        "Fix\n\nReviewed-by: A\n Folded on\n",
        "Fix\n\nBody\n\n(cherry picked from commit 1234567)\n",
        "Fix\n\nhttp://example.org/page\n",
    ],
)
def test_git_reads_what_was_added(work, message: str) -> None:
    added = add_trailers(message, [(COMPLETES, A), (REOPENS, B)])
    parsed = work.git("interpret-trailers", "--parse", "--no-divider", input=added)
    assert parsed.splitlines()[-2:] == [f"{COMPLETES}: {A}", f"{REOPENS}: {B}"]
    assert added.startswith(message.rstrip("\n"))


def test_any_encoding_passes_through() -> None:
    for encoding, text in (("iso-8859-1", "Grüße"), ("shift_jis", "表示"), ("utf-8", "→ done"), ("euc-kr", "한국")):
        raw = f"{text}\n\n{text}\n".encode(encoding)
        added = add_trailers(raw.decode("latin-1"), [(COMPLETES, A)]).encode("latin-1")
        assert added.decode(encoding) == f"{text}\n\n{text}\n\nCompletes-Flag: {A}\n"


def test_a_message_without_words_says_nothing() -> None:
    assert says_nothing(f"\n\nCompletes-Flag: {A}\n\n{STATUS}{DIFF}", comment="#")
    assert says_nothing("", comment="")
    assert not says_nothing(STATUS, comment="")
    assert not says_nothing(f"Fix\n{STATUS}", comment="#")


def test_cleaning_is_gits_cleaning(work) -> None:
    message = f"\n\nFix  \n\n\n\n  indented\n# a comment\nlast\n\n{STATUS}\n"
    assert clean_message(message, comment="#") == work.git("stripspace", "-s", input=message) + "\n"
    assert clean_message(message) == work.git("stripspace", input=message) + "\n"
    assert clean_message(f"Fix\n{DIFF}", comment="#") == "Fix\n"
    assert clean_message("\n \n", comment="#") == ""


def test_what_follows_the_message_is_split_off() -> None:
    assert split_message(f"Fix\n\n# in the middle\nmore\n\n{STATUS}", comment="#") == (
        "Fix\n\n# in the middle\nmore\n",
        f"\n{STATUS}",
    )
    assert split_message(f"Fix\n{STATUS}") == (f"Fix\n{STATUS}", "")


def test_own_trailers_are_taken_out_again() -> None:
    assert remove_trailers(f"Fix\n\nCompletes-Flag: {A}\nSigned-off-by: x\n") == "Fix\n\nSigned-off-by: x\n"


def test_the_comment_character_is_found() -> None:
    assert choose_comment("", "") == "#"
    assert choose_comment("//", "x") == "//"
    assert choose_comment("auto", "#1 thing\n\n; Please enter\n;\n") == ";"
    assert choose_comment("auto", "#1 thing\n") == "#"
    assert choose_comment("auto", f"#1\n;{CUT[1:]}diff\n+x\n") == ";"
    assert choose_comment("auto", "#1\n;------------------------ >8 ------------------------\ndiff\n+x\n") == ";"
    assert choose_comment("auto", "") == choose_comment("auto", "words\n") == choose_comment("auto", "X\n") == "#"
    assert [choose_comment("auto", f"a\n{char} Please\n") for char in "#;@!$%^&|:"] == list("#;@!$%^&|:")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"Completes-Flag: {A}", Mention(COMPLETES, A, 3)),
        (f" Completes-Flag: {A}", Mention(COMPLETES, A, 3, quoted=True)),
        (f"> Completes-Flag: {A}", Mention(COMPLETES, A, 3, quoted=True)),
        (f"* Reopens-Flag: {A}", Mention(REOPENS, A, 3, quoted=True)),
        ("Completes-Flag: 100", Mention(COMPLETES, "100", 3)),
        ("COMPLETES-FLAG: [flag #k7M2Q0X].", Mention(COMPLETES, "flag", 3)),
        ("Completes-Flag: [#k7M2Q0X].", Mention(COMPLETES, A, 3)),
    ],
)
def test_a_mention_says_where_it_stands_and_whether_it_repeats_another_message(line: str, found: Mention) -> None:
    assert find_mentions(f"Fix\n\n{line}\n") == [found]
    assert find_mentions(f"Fix\n\n{line}\n", whole_only=True) == ([found] if found.word == A else [])


@pytest.mark.parametrize(
    ("following", "ids"),
    [
        (f" {B}\n", [A, B]),
        (f"\t{B},\n  {C}\n", [A, B, C]),
        (f"{B}\n", [A]),  # no blank before it: a line of its own
        (f"   \n {B}\n", [A]),  # an empty line ends it
        (f" {B}\n {C}\n", [A, B]),  # no comma before it
    ],
)
def test_a_value_goes_on_after_a_comma(following: str, ids: list[str]) -> None:
    assert find_completed(f"Fix\n\nCompletes-Flag: {A}, \n{following}") == ids
    assert find_completed(f"Fix\n\nCompletes-Flag: {A}\n {B}\n") == [A]
    assert find_completed(f"Fix\n\nCompletes-Flag:,{A}\n {B}\n") == [A]


@pytest.mark.parametrize(
    ("last", "joins"),
    [
        ("Reviewed-by: A", True),
        ("Reviewed-by : A", True),
        ("A: b: c", True),
        ("http://example.org/page", True),  # git takes it for a trailer of the key http
        ("Body with a colon: yes", False),
        (": empty", False),
        ("words", False),
        ("One-word", False),
        ("Signed-off-by: A <a@x>", True),
        ("(cherry picked from commit 1234567)", True),
        ("Reviewed-by: A\n folded", True),
        (" folded\nReviewed-by: A", False),
        (" folded\nSigned-off-by: A", True),
        ("x\n folded\nReviewed-by: A", False),
        ("x\nReviewed-by: A", False),
        ("x\nSigned-off-by: A", True),
        ("x\ny\nSigned-off-by: A", True),
        ("x\ny\nz\nSigned-off-by: A", True),
        ("x\ny\nz\nw\nSigned-off-by: A", False),
        ("x\ny\nz\n folded\nSigned-off-by: A", False),
        ("x\ny\nz\nReviewed-by: B\n folded\nSigned-off-by: A", True),
    ],
)
def test_a_trailer_joins_the_block_that_git_sees(work, last: str, joins: bool) -> None:
    added = add_trailers(f"Fix\n\n{last}\n", [(COMPLETES, A)])
    assert added == f"Fix\n\n{last}{chr(10) if joins else chr(10) * 2}Completes-Flag: {A}\n"
    assert git_joins(work, last) is joins


def git_joins(work, last: str) -> bool:
    by_git = work.git("interpret-trailers", "--trailer", f"{COMPLETES}: {A}", input=f"Fix\n\n{last}\n")
    return not by_git.endswith(f"\n\n{COMPLETES}: {A}")


LINES = st.sampled_from(
    ["words", "Key: value", "Key : value", " folded", "\tfolded", "Signed-off-by: A", "two words: x", ": x", "http://x"]
)


@examples(60, HealthCheck.function_scoped_fixture)
@given(st.lists(LINES, min_size=1, max_size=7))
def test_any_last_paragraph_is_read_as_git_reads_it(work, lines: list[str]) -> None:
    last = "\n".join(lines)
    added = add_trailers(f"Fix\n\n{last}\n", [(COMPLETES, A)])
    assert (not added.endswith(f"\n\n{COMPLETES}: {A}\n")) is git_joins(work, last)


def test_added_trailers_are_put_once_and_where_they_are_missing() -> None:
    both = [(COMPLETES, A), (REOPENS, B), (COMPLETES, A)]
    assert add_trailers("Fix\n", both) == f"Fix\n\nCompletes-Flag: {A}\nReopens-Flag: {B}\n"
    one = f"Fix\n\nReopens-Flag: {B}\n"
    assert add_trailers(one, both) == f"{one}Completes-Flag: {A}\n"
    assert add_trailers(f"Fix\n\nReopens-Flag: {A}\n", [(COMPLETES, A)]).count(A) == 2
    assert add_trailers("Fix\r\n\r\n", [(COMPLETES, A)]) == f"Fix\n\nCompletes-Flag: {A}\n"
    assert add_trailers("Fix\x0c\n", [(COMPLETES, A)]) == f"Fix\x0c\n\nCompletes-Flag: {A}\n"  # as git keeps it
    spaced = f"Fix\n\n\n\n{STATUS}"
    assert add_trailers(spaced, [(COMPLETES, A)], comment="#") == f"Fix\n\nCompletes-Flag: {A}\n\n{STATUS}"


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ({(COMPLETES, "100"): A}, f"Completes-Flag: {A}, {B}"),
        ({(COMPLETES, "100"): ""}, f"Completes-Flag: {B}"),
        ({(COMPLETES, "100"): "", (COMPLETES, B): ""}, None),
        ({(REOPENS, "100"): A}, f" completes-flag:  #100;{B.upper()}"),
        ({}, f" completes-flag:  #100;{B.upper()}"),
    ],
)
def test_mentions_are_named_by_whole_ids(names: dict[tuple[str, str], str], line: str | None) -> None:
    message = f"Fix #100\n\n completes-flag:  #100;{B.upper()}\nReviewed-by: 100\n"
    wanted = [line] if line is not None else []
    assert rename_mentions(message, names).split("\n") == ["Fix #100", "", *wanted, "Reviewed-by: 100", ""]


def test_scissors_are_seen_where_git_cuts() -> None:
    assert has_scissors(f"Fix\n{CUT}diff\n", "#")
    assert not has_scissors(f"Fix\n{CUT}diff\n", ";")
    assert not has_scissors(f"Fix\n x{CUT}", "#")
    assert not has_scissors("Fix\n", "#")


def test_cleaning_keeps_what_git_keeps() -> None:
    assert clean_message("Fix\n\n#1 is no comment here\n") == "Fix\n\n#1 is no comment here\n"
    assert clean_message("Fix\nXXXX\n") == "Fix\nXXXX\n"
    assert clean_message(f"Fix\n# one\nmore\n{CUT}rest\n", comment="#") == "Fix\nmore\n"
    assert not says_nothing("XXXX")
    assert split_message("Fix\nmore", comment="#") == ("Fix\nmore", "")
