"""How text is fitted to a terminal's width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaggit.output.text import Style

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=30), min_size=1, max_size=30)


@given(WORDS, st.integers(0, 6), st.integers(20, 100))
def test_a_broken_line_keeps_its_words_and_fits_where_they_do(words: list[str], indent: int, width: int) -> None:
    style = Style(width=width)
    shown = style.fit(" " * indent + " ".join(words))
    assert shown.split() == words
    for line in shown.split("\n"):
        assert len(line) <= width or " " not in line.strip()


def test_what_was_broken_goes_on_behind_its_beginning() -> None:
    style = Style(width=20)
    assert style.fit("  one two three four five") == "  one two three four\n    five"
    assert style.fit("one two three four five", 8) == "one two three four\n        five"


@pytest.mark.parametrize("line", ["flaggit agents add @backend.api --description TEXT", "  git config a.b c", "x" * 30])
def test_commands_and_long_words_stay_whole(line: str) -> None:
    assert Style(width=20).fit(line) == line


def test_wide_characters_take_two_columns_and_may_be_parted_anywhere() -> None:
    style = Style(width=20)
    assert style.fit("  漢字漢字漢字漢字漢字 one") == "  漢字漢字漢字漢字漢\n    字 one"
    assert style.fit("漢" * 10) == "漢" * 10
    assert style.line("漢字" * 20) == "漢字漢字漢字漢字漢…"
    assert style.fit("e\u0301" * 20) == "e\u0301" * 20


def test_colours_take_no_room() -> None:
    style = Style(width=20, colour=True)
    line = f"{style.bad('error:')} {style.bold('0123456789')} ab"
    assert style.fit(line) == line


def test_nothing_is_broken_where_there_is_no_terminal() -> None:
    assert Style().fit("word " * 100) == "word " * 100
