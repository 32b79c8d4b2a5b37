"""Data inside markup: how text by untrusted authors is put into Markdown, annotations, SARIF and URIs.

Markdown: data stands in code spans and fences only, where no forge looks for mentions, links,
HTML, emphasis or closing words. Sources: CommonMark (code spans, fences); GitHub's runner
(workflow commands, old and new); SARIF 2.1.0, 3.11.6 (links in messages).
"""

from __future__ import annotations

from flaggit.core.text import shorten, visible

_URI_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")


def md_code(text: str, width: int = 0) -> str:
    """Return text as a code span on one line, cut to ``width`` characters where one is given.

    >>> md_code("a `b` c")
    '``a `b` c``'
    """
    line = visible(shorten(text, width) if width else " ".join(text.split()))
    if not line:
        return "` `"
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" or (line[0] == line[-1] == " ") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def md_link(markup: str, address: str) -> str:
    """Return ready markup as a link; without an address the markup itself."""
    return f"[{markup}](<{address}>)" if address else markup


def command_data(text: str) -> str:
    """Return text for the message of a workflow command (``::error ...::<here>``)."""
    shown = break_commands(visible(text, keep_lines=True))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """Return text for a property of a workflow command (``::error file=<here>::``)."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def break_commands(text: str) -> str:
    """Return text in which a runner finds no old-style command, which it looks for anywhere in a line."""
    return text.replace("##[", "##\\x5b")


def sarif_text(text: str) -> str:
    """Return text for a SARIF message, in which square brackets would make links."""
    shown = visible(text)
    for char in "\\[]":
        shown = shown.replace(char, "\\" + char)
    return shown


def uri_path(path: str) -> str:
    """Return a path as a relative URI reference."""
    try:
        data = path.encode("utf-8", "surrogateescape")  # the bytes that git has
    except UnicodeEncodeError:
        data = path.encode("utf-8", "replace")
    quoted = "".join(chr(byte) if chr(byte) in _URI_PLAIN else f"%{byte:02X}" for byte in data)
    return "./" + quoted if quoted.startswith("//") else quoted


def _longest_run(text: str) -> int:
    longest = current = 0
    for char in text:
        current = current + 1 if char == "`" else 0
        longest = max(longest, current)
    return longest
