"""Text to words for search: split, folded, and told apart from words that carry no meaning.

No ``re`` and no library: a hot command cannot afford the import.
"""

from __future__ import annotations

from flaggit.catalog.search.stemmer import strip_suffixes
from flaggit.catalog.search.vocabulary import (
    CODES,
    COMPOUNDS,
    GO_AFTER,
    GO_BEFORE,
    REST_BEFORE,
    SAME,
    SPECIAL,
    STOP,
    WEAK,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WEAK_WEIGHT = 0.6
# What is looked at of one text, whoever wrote it: as much as a flag's field may hold, or an entry of a catalog says.
MAX_CHARACTERS = 20_000
MAX_WORDS = 4_000
MAX_LETTERS = 100  # of one word: what is longer is encoded data
_KEPT = 100_000  # stems that a process which goes on remembers
_PUNCTUATION: dict[int, str | None] = {
    code: " " for code in range(128) if not chr(code).isalnum() and chr(code) not in "-_'"
}
_PUNCTUATION.update({ord("'"): None, 0x2019: None, 0x2013: " ", 0x2014: " ", 0x2026: " ", 0x2022: " ", 0x2192: " "})


_stems: dict[str, str] = {}


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, in their order, compounds joined or parted as they are known.

    Of a text that is made to take long only the beginning counts: ``MAX_CHARACTERS``, ``MAX_WORDS``, ``MAX_LETTERS``.
    """
    words: list[str] = []
    for raw in _chunks(text[:MAX_CHARACTERS]):
        words += [word[:MAX_LETTERS] for word in _split_piece(raw)]
        if len(words) >= MAX_WORDS:
            return _join(words[:MAX_WORDS])
    return _join(words)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, and its lines; ``MAX_CHARACTERS`` of it are looked at."""
    return text[:MAX_CHARACTERS].replace("\n", ". ").replace("? ", ". ").replace("! ", ". ").split(". ")


def content_words(words: list[str]) -> Iterator[tuple[str, float]]:
    """Yield each word that means something with how much it says: 1, or less for one that any subject shares."""
    for position, word in enumerate(words):
        if word in STOP and not (word == "go" and _is_language(words, position)):
            continue
        if (word.isdigit() and word not in CODES) or (word == "rest" and _before(words, position) in REST_BEFORE):
            continue
        if len(word) == 1 and word.isascii() and word not in ("c", "r"):
            continue
        yield word, WEAK_WEIGHT if word in WEAK else 1.0


def stem(word: str) -> str:
    """Return the stem of a word: ``deploys``, ``deployed`` and ``deployment`` give the same."""
    found = _stems.get(word)
    if found is None:
        if len(_stems) >= _KEPT:
            _stems.clear()
        found = _stems[word] = strip_suffixes(SAME.get(word, word))
    return found


def _chunks(text: str) -> list[str]:
    lower = text.lower()
    for written, plain in SPECIAL:
        if written in lower:
            text, lower = _replaced(text, lower, written, plain), lower.replace(written, plain)
    spaced = text.translate(_PUNCTUATION)
    if not spaced.isascii():
        spaced = "".join(char if char.isalnum() or char in "-_ " else " " for char in spaced)
    return spaced.split()


def _replaced(text: str, lower: str, written: str, plain: str) -> str:
    """Return a text with something replaced wherever its lower-case form has it."""
    pieces: list[str] = []
    at, start = 0, lower.find(written)
    while start >= 0:
        pieces += [text[at:start], plain]
        at = start + len(written)
        start = lower.find(written, at)
    return "".join([*pieces, text[at:]])


def _split_piece(raw: str) -> list[str]:
    """Return the words of a piece of text without blanks: at hyphens, in identifiers, every two signs of Chinese."""
    if not raw.isascii() and any(ord(char) > 0x2E7F for char in raw):
        return _pairs(raw)
    if "-" in raw or "_" in raw:
        return [word for part in raw.replace("_", "-").split("-") if part for word in _split_piece(part)]
    if raw.islower() or raw.isupper() or len(raw) < 4:
        return [raw.lower()]
    humps = split_camel(raw)
    return humps if len(humps) > 2 or (len(humps) == 2 and raw[0].islower() and len(humps[0]) > 2) else [raw.lower()]


def split_camel(raw: str) -> list[str]:
    """Return the parts of an identifier such as ``getUserToken`` or ``HTTPServer``, in lower case."""
    parts: list[str] = []
    start = 0
    for position in range(1, len(raw)):
        here, before = raw[position], raw[position - 1]
        after = raw[position + 1 : position + 2]
        if here.isupper() and (before.islower() or (before.isupper() and after.islower() and after != "s")):
            parts.append(raw[start:position].lower())
            start = position
    return [*parts, raw[start:].lower()]


def _pairs(raw: str) -> list[str]:
    words: list[str] = []
    run: list[str] = []  # a text that grows by a character costs by the square
    for char in raw + " ":
        wide = ord(char) > 0x2E7F
        if run and wide != (ord(run[0]) > 0x2E7F):
            text = "".join(run)
            words += (
                [text[i : i + 2] for i in range(max(1, len(text) - 1))] if ord(text[0]) > 0x2E7F else _split_piece(text)
            )
            run = []
        if char.isalnum() or char in "-_":
            run.append(char)
    return words


def _join(words: list[str]) -> list[str]:
    joined: list[str] = []
    skip = False
    for position, word in enumerate(words):
        if skip:
            skip = False
            continue
        whole = COMPOUNDS.get((word, words[position + 1])) if position + 1 < len(words) else None
        joined.append(whole or word)
        skip = whole is not None
    return joined


def _is_language(words: list[str], position: int) -> bool:
    after = words[position + 1] if position + 1 < len(words) else ""
    return _before(words, position) not in GO_BEFORE and after not in GO_AFTER and len(words) > 0


def _before(words: list[str], position: int) -> str:
    return words[position - 1] if position else ""
