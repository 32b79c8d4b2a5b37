"""Tells which terms of an index the words of a query stand for, and how much each word counts."""

from __future__ import annotations

from itertools import pairwise

from flaggit.catalog.search.pieces import Pieces
from flaggit.catalog.search.words import content_words, sentences, split_words, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flaggit.catalog.search.search_index import Index

    Choices = list[tuple[str, float]]  # terms of the index that may stand for a word, and how well each does

EARLIER = 0.7  # what a word counts that only sentences before the last have: first comes what happened, then what to do
TYPO = 0.7
PREFIX = 0.65
MAX_COMPARED = 200_000  # terms that are held against those words of one query that no agent has
_LONGEST = 60  # letters of a word that may be misspelt or two words; what is longer is no word, and costs by the square


class TermMatcher:
    """What a search reads of an index."""

    __slots__ = ("compared", "count", "grams", "lengths", "related", "related_worth", "words")

    def __init__(self, index: Index) -> None:
        self.compared = 0  # terms that were held against misspelt words so far
        self.count = len(index["agents"])
        self.related_worth: float = index["related_worth"]
        self.words = Pieces(index["terms"])
        self.related = Pieces(index["related"])
        self.grams = Pieces(index["grams"])
        self.lengths: list[float] = index["lengths"]

    def postings(self, term: str) -> bytes:
        """Return the postings of a stem; none where no agent has it."""
        found: bytes | None = self.words.get(term)
        return found or b""


def expand(terms: TermMatcher, query: str) -> Iterator[tuple[str, float, Choices]]:
    """Yield each word of a query that some agent has, or a kindred of it: the word, its weight, its terms."""
    words = split_words(query)
    earlier = _earlier(query)

    def worth(*roots: str) -> float:
        return EARLIER if earlier.issuperset(roots) else 1.0

    seen: set[str] = set()
    for one, other in pairwise(map(stem, words)):
        phrase = f"{one} {other}"
        related = terms.related.get(phrase)
        if related and phrase not in seen:
            seen.add(phrase)
            yield f"{one}-{other}", worth(one, other), list(related)
    before = ""
    for word, weight in content_words(words):
        root = stem(word)
        whole = before + root
        if before and whole not in seen and terms.postings(whole):  # "lock file", where agents write "lockfile"
            yield whole, worth(before, root), [(whole, 1.0)]
            seen.add(whole)
        before = root
        if root not in seen:
            seen.add(root)
            choices = _choices(terms, root)
            if choices:
                yield word, weight * worth(root), choices


def _earlier(query: str) -> set[str]:
    """Return the stems that a query has before its last sentence that means something, and not in that one."""
    said = [{stem(word) for word, _ in content_words(split_words(sentence))} for sentence in sentences(query)]
    said = [stems for stems in said if stems]
    return set().union(*said[:-1]) - said[-1] if said else set()


def _choices(terms: TermMatcher, root: str) -> Choices:
    known = bool(terms.postings(root))
    choices: Choices = [(root, 1.0)] if known else []
    choices += [
        (term, likeness * (terms.related_worth if known else 1.0)) for term, likeness in terms.related.get(root) or ()
    ]
    return choices if known else choices + _near(terms, root, has_related=bool(choices))


def _near(terms: TermMatcher, word: str, *, has_related: bool) -> Choices:
    """Return terms that a word nobody has may stand for: misspelt, cut short, or two words written as one."""
    if not 4 <= len(word) <= _LONGEST or not word.isalpha() or terms.compared >= MAX_COMPARED:
        return []
    allowed = 1 if len(word) < 8 else 2
    found: Choices = []
    for term in terms.words.keys_with(word[0]):
        terms.compared += 1
        if not 4 <= len(term) <= len(word) + 4:
            continue
        if len(word) > 4 and abs(len(term) - len(word)) <= allowed and distance(word, term, allowed) <= allowed:
            found.append((term, TYPO))
        elif len(word) > 4 and len(term) > 4 and (term.startswith(word) or word.startswith(term)):
            found.append((term, PREFIX))
    if not found and not has_related:
        for cut in range(3, len(word) - 2):
            parts = stem(word[:cut]), stem(word[cut:])
            if all(map(terms.postings, parts)):
                return [(part, PREFIX) for part in parts]
    return sorted(found, key=lambda item: (-item[1], item[0]))[:4]


def distance(a: str, b: str, limit: int) -> int:
    """Return how many letters apart two words are (swapped neighbours count once), or more than ``limit``."""
    older: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        oldest, older, row = older, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(older[j] + 1, row[j - 1] + 1, older[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, oldest[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
