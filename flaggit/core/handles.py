"""Agents' handles: ``@domain.module``, the module with inner hyphens where wanted.

The rule, at most 64 characters: ``@[a-z][a-z0-9]*\\.[a-z0-9]+(-[a-z0-9]+)*``. Checked by hand,
since importing ``re`` would cost a hot command as much as its own work; a property test holds
the two equal.
"""

from __future__ import annotations

from flaggit.core.errors import InvalidError
from flaggit.core.text import spell_symbols

PATTERN = r"@[a-z][a-z0-9]*\.[a-z0-9]+(-[a-z0-9]+)*"
MAX_LENGTH = 64
_MARK = 6  # hexadecimal digits that tell agents of one name apart
GENERAL = "general"  # the folder of flags that are for nobody in particular
UNASSIGNED = ("", "null", "none", GENERAL)  # how people and the older system write "nobody in particular"

# Handles whose folder would be mistaken for one of the store's own files.
RESERVED = frozenset({"@catalog.d", "@catalog.yaml", "@config.yaml"})

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
# A listing meets the same few handles thousands of times.
_judged: dict[str, bool] = {}
_MOST_JUDGED = 4096
_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def is_handle(text: str) -> bool:
    """Return whether ``text`` is a handle as it is stored, with its ``@``."""
    known = _judged.get(text)
    if known is None:
        if len(_judged) >= _MOST_JUDGED:
            _judged.clear()
        known = _judged[text] = len(text) <= MAX_LENGTH and text not in RESERVED and has_shape(text)
    return known


def has_shape(text: str) -> bool:
    """Return whether ``text`` is what ``PATTERN`` describes, however long it is and whatever it names."""
    if text[:1] != "@":
        return False
    domain, dot, module = text[1:].partition(".")
    if not dot or not domain or domain[0] not in _LETTERS or not _WORD.issuperset(domain):
        return False
    return all(part and _WORD.issuperset(part) for part in module.split("-"))


def parse_handle(text: str, *, field: str = "agent") -> str:
    """Return ``text`` as a handle; a missing ``@`` is added.

    Raises:
        InvalidError: ``bad_handle``, with the nearest valid handle in its hint.

    >>> parse_handle("backend.nodejs")
    '@backend.nodejs'
    """
    stripped = text.strip()
    handle = stripped if stripped.startswith("@") else "@" + stripped
    if is_handle(handle):
        return handle
    nearest = nearest_handle(stripped)
    hint = f"Did you mean {nearest}?" if nearest else "A handle looks like @backend.api."
    raise InvalidError(
        "bad_handle",
        f"{field}: {stripped!r} is not a handle of the form @domain.module.",
        hint=hint,
        details={"field": field, "value": stripped, "suggestion": nearest},
    )


def nearest_handle(text: str) -> str | None:
    """Return the valid handle that ``text`` most likely meant, or None where nothing of it is left.

    >>> nearest_handle("@Weird Name!!")
    '@weird.name'
    """
    words = _words(spell_symbols(text.lower()))
    if not words:
        return None
    if not words[0][0].isalpha() or len(words) == 1:
        words = ["agent", *words]
    handle = f"@{words[0]}.{'-'.join(words[1:])}"[:MAX_LENGTH].rstrip("-")
    return handle if is_handle(handle) else None


def mark_handle(handle: str, name: str) -> str:
    """Return the handle of another agent who would be called the same: with a mark that its own name gives."""
    from hashlib import sha256

    mark = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
    return f"{handle[: MAX_LENGTH - _MARK - 1].rstrip('-')}-{mark}"


def folder_of(target: str | None) -> str:
    """Return the folder below ``.flags/`` that holds the flags for ``target`` (None: for nobody in particular)."""
    return target[1:] if target else GENERAL


def is_store_folder(name: str) -> bool:
    """Return whether a folder of that name below ``.flags/`` holds flags."""
    return name == GENERAL or is_handle("@" + name)


def _words(text: str) -> list[str]:
    return "".join(char if char in _WORD else " " for char in text).split()
