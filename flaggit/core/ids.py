"""Flag ids: seven characters of lower-case Crockford base32, the first one a letter.

Letter first and no ``i l o u``, so that no id reads as a number, a date or a word in YAML, and
none is misread aloud. Random, so that clones never have to agree: among 10,000 flags the
chance of any collision is 0.2 percent, and creation is exclusive.
"""

from __future__ import annotations

import os

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LETTERS = ALPHABET[10:]
LENGTH = 7
MIN_PREFIX = 3
PATTERN = f"[{LETTERS}][{ALPHABET}]{{6}}"

_CHARACTERS = frozenset(ALPHABET)
_FIRST = frozenset(LETTERS)


def is_flag_id(text: str) -> bool:
    """Return whether ``text`` is a whole flag id."""
    return len(text) == LENGTH and text[0] in _FIRST and _CHARACTERS.issuperset(text)


def is_prefix(text: str) -> bool:
    """Return whether ``text`` could be the start of a flag id (three characters or more)."""
    return MIN_PREFIX <= len(text) <= LENGTH and text[0] in _FIRST and _CHARACTERS.issuperset(text)


def new_flag_id() -> str:
    """Return a fresh random flag id; whoever creates the file makes sure that it is free."""
    raw = os.urandom(LENGTH)
    return LETTERS[raw[0] % len(LETTERS)] + "".join(ALPHABET[byte & 31] for byte in raw[1:])


def derived_flag_id(digest: bytes) -> str:
    """Return the flag id that stands for ``digest`` (7 bytes or more): the same digest, the same id."""
    return LETTERS[digest[0] % len(LETTERS)] + "".join(ALPHABET[byte & 31] for byte in digest[1:LENGTH])


def clean_reference(text: str) -> str:
    """Strip what people put around an id: blanks, ``#``, ``flag-``; lower the case.

    >>> clean_reference(" #K7M2Q0X ")
    'k7m2q0x'
    """
    text = text.strip().lower()
    for prefix in ("flag #", "flag-", "flag/", "#"):
        text = text.removeprefix(prefix)
    return text
