"""Which flags hold the words that somebody looks for."""

from __future__ import annotations

from flaggit.core.handles import GENERAL
from flaggit.core.model import FREE_FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flaggit.core.model import Flag


def search_words(text: str) -> list[str]:
    """Return the words that somebody looks for; case does not count."""
    return text.lower().split()


def holds_words(flag: Flag, words: Iterable[str]) -> bool:
    """Return whether a flag holds each of ``words`` (of ``search_words``) anywhere in what it says."""
    texts = [flag.id, flag.flag_type, flag.source_agent, flag.target_agent or GENERAL]
    for field in FREE_FIELDS:
        value = getattr(flag, field.name) or ""
        texts.append(value if isinstance(value, str) else "\n".join(value))
    text = "\n".join(texts).lower()
    return all(word in text for word in words)
