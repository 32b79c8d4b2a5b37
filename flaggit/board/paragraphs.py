"""Text as wide as a screen: each line wrapped between words, what follows as far in as its beginning."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

_CONSOLE = Console(width=80)
_WIDEST = 2  # columns of one character
_LEAST = 20  # columns that are left for words, whatever the indent


def wrap_hanging(text: Text, width: int) -> Text:
    """Return ``text`` with line breaks so that no line is wider than ``width`` cells, but for one wide character."""
    lines: list[Text] = []
    for line in text.split("\n", allow_blank=True):
        indent = len(line.plain) - len(line.plain.lstrip(" "))
        indent = min(indent, max(width - _LEAST, 0))
        for part in line[indent:].wrap(_CONSOLE, max(width - indent, _WIDEST)):
            part.rstrip()
            lines.append(Text(" " * indent) + part)
    return Text("\n").join(lines)
