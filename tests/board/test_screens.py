"""Text as wide as a screen."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from flaggit.board.screens import wrap_hanging


def test_a_line_goes_on_as_far_in_as_it_begins() -> None:
    text = Text("  one two three four five six seven\nnext")
    assert wrap_hanging(text, 22).plain.splitlines() == ["  one two three four", "  five six seven", "next"]


@settings(max_examples=30)
@given(st.text(st.sampled_from("ab \n\u6f22"), max_size=60), st.integers(1, 60))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, width: int) -> None:
    found = wrap_hanging(Text(text), width)
    assert "".join(found.plain.split()) == "".join(text.split())
    assert all(line.cell_len <= max(width, 2) for line in found.split("\n"))
