"""Text by untrusted authors inside HTML."""

from __future__ import annotations

from flaggit.core.text import visible

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"), ("`", "&#x60;"))


def escape(text: str, *, keep_lines: bool = False) -> str:
    """Return text for HTML, in content or in a quoted attribute; hidden and control characters shown escaped.

    >>> escape('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    shown = visible(text, keep_lines=keep_lines)
    for char, entity in _ENTITIES:
        shown = shown.replace(char, entity)
    return shown
