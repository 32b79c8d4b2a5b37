"""Commit messages: finding flags in them, and adding trailers, held against git's own reading."""

from __future__ import annotations

import pytest

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
    remove_trailers,
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
