"""A block of ours between two marks in another's text file: put in, brought up to date, taken out. Pure.

Everything around it stays its owner's, byte for byte, so ``remove`` after ``insert`` gives the very text again:
whether the file was there at all, and whether its last line had an end, is told by the end of our last line.
"""

from __future__ import annotations

from flaggit.core.record import record
from flaggit.core.text import line_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCES = ("```", "~~~")
_FENCE_INDENT = 3  # blanks that may stand before a code fence: CommonMark 0.31, 4.5


@record
class Marks:
    """The lines that a block begins and ends with: what the first starts with, and the whole last one.

    Attributes:
        start: What the first line starts with; a version may follow.
        close: What the first line ends with.
        end: The last line.
        fenced: Marks inside a Markdown code fence are an example and no block.
    """

    start: str
    close: str
    end: str
    fenced: bool = False


MARKDOWN = Marks("<!-- flaggit:start", "-->", "<!-- flaggit:end -->", fenced=True)
HASH = Marks("# flaggit:start", "", "# flaggit:end")


def insert(text: str | None, block: str, marks: Marks) -> str:
    """Return ``text`` with the block in the place of the one that it has, else behind its last line.

    Args:
        text: The file's text; None where there is no file.
        block: The lines of the block, marks included, each with LF at its end; written as the file's lines end.
        marks: The block's marks.

    Raises:
        ValueError: The file ends inside a code fence, so that a block behind it would be no block.
    """
    if text is None:
        return block
    ours = block.replace("\n", line_end(text))
    spans = list(_find_spans(text, marks))
    if spans:
        start, end = spans[0]
        ours = ours if text[:end].endswith("\n") else ours.removesuffix(line_end(text))
        for other, last in reversed(spans[1:]):
            text = text[:other] + text[last:]
        return text[:start] + ours + text[end:]
    if text.endswith("\n"):
        result = text + line_end(text) + ours
    else:
        result = text + 2 * line_end(text) * bool(text) + ours.removesuffix(line_end(text))
    if not has_block(result, marks):
        raise ValueError("it ends inside a code fence that is never closed")
    return result


def remove(text: str, marks: Marks) -> str | None:
    """Return ``text`` without blocks and the blank lines that set them apart; None where the file was made for them."""
    for start, end in reversed(list(_find_spans(text, marks))):
        before, after = text[:start], text[end:]
        newline = line_end(text)
        if not after:
            if not before and text.endswith("\n"):
                return None
            before = before.removesuffix(newline)
            before = before if text.endswith("\n") else before.removesuffix(newline)
        elif before.endswith(2 * newline) and after.startswith(newline):
            before = before.removesuffix(newline)
        text = before + after
    return text


def has_block(text: str, marks: Marks) -> bool:
    """Return whether a block of any version is in ``text``."""
    return next(_find_spans(text, marks), None) is not None


def is_current(text: str, block: str, marks: Marks) -> bool:
    """Return whether ``text`` has one block, and it is ``block`` whatever its lines end with."""
    found = [text[start:end].replace("\r\n", "\n").rstrip("\n") for start, end in _find_spans(text, marks)]
    return found == [block.rstrip("\n")]


def _find_spans(text: str, marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield where each block begins and ends, its last line end included; a mark without its fellow is no block."""
    start: int | None = None
    fence, position = "", 0
    while position < len(text):
        line = text[position : text.find("\n", position) + 1 or len(text)]
        words = line.rstrip("\r\n\t ")
        if marks.fenced:
            fence = _fence_after(fence, words)
        if not fence and words.startswith(marks.start) and words.endswith(marks.close):
            start = position
        elif not fence and start is not None and words == marks.end:
            yield start, position + len(line)
            start = None
        position += len(line)


def _fence_after(fence: str, line: str) -> str:
    """Return the code fence that is open behind a line, empty where none is."""
    inner = line.lstrip(" ")
    if len(line) - len(inner) > _FENCE_INDENT or not inner.startswith(_FENCES):
        return fence
    run = inner[: len(inner) - len(inner.lstrip(inner[0]))]
    if not fence:
        return "" if run[0] == "`" and "`" in inner[len(run) :] else run
    return "" if run[0] == fence[0] and len(run) >= len(fence) and inner == run else fence
