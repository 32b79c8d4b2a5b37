"""Tells how alike two texts are written: the cosine of their character n-grams, weighted by TF-IDF.

Words are taken with a blank at either end and cut into runs of three and of four letters ("N-gram-based text
categorization", Cavnar and Trenkle, 1994). "authorize" and "author" share some, "observe" and "observability" most;
words that say little on their own count, too, and a long text is held against its own length. Matching stems one by one
sees none of this.
"""

from __future__ import annotations

from math import log, sqrt
from struct import iter_unpack, pack

from flaggit.catalog.search.pieces import Pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SIZES = 3, 4
_LAYOUT = ">HB"  # a posting: the text's number, and how often it has the n-gram
_POSTING = 3
_MOST = 255
_DAMPED = (0.0, *(1 + log(times) for times in range(1, _MOST + 1)))  # the second time says less than the first

_KEPT = 20_000  # words whose n-grams a process which goes on remembers
_cut: dict[str, tuple[str, ...]] = {}


def count_grams(words: Mapping[str, int]) -> dict[str, int]:
    """Return n-gram -> how often some words have it, given how often each of them stands there."""
    counts: dict[str, int] = {}
    for word, times in words.items():
        grams = _cut.get(word)
        if grams is None:
            if len(_cut) >= _KEPT:
                _cut.clear()
            spaced = f" {word} "
            grams = tuple(spaced[at : at + size] for size in SIZES for at in range(len(spaced) - size + 1))
            _cut[word] = grams
        for gram in grams:
            counts[gram] = counts.get(gram, 0) + times
    return counts


def index_grams(texts: Iterable[Mapping[str, int]]) -> tuple[dict[str, bytes], list[float]]:
    """Return n-gram -> the postings of the texts that have it, and the length of each text's vector.

    Args:
        texts: Each one's words, and how often it has them.
    """
    counted = [count_grams(words) for words in texts]
    postings: dict[str, bytearray] = {}
    for number, counts in enumerate(counted):
        for gram, times in counts.items():
            found = postings.get(gram)
            if found is None:
                found = postings[gram] = bytearray()
            found += pack(_LAYOUT, number, min(times, _MOST))
    squares = {gram: _rarity(found, len(counted)) ** 2 for gram, found in postings.items()}
    lengths = [
        sqrt(sum(squares[gram] * _DAMPED[min(times, _MOST)] ** 2 for gram, times in counts.items()))
        for counts in counted
    ]
    return {gram: bytes(found) for gram, found in postings.items()}, lengths


def find_alike(grams: Pieces, lengths: Sequence[float], words: Mapping[str, int]) -> list[float]:
    """Return how alike each text and some words are, in the order of the texts; 0 where they share no n-gram.

    The values compare with one another only: the length of the words' own vector, the same for all, is left out.
    """
    products = [0.0] * len(lengths)
    for gram, times in count_grams(words).items():
        postings = grams.get(gram)
        if postings:
            weight = _rarity(postings, len(lengths)) ** 2 * _DAMPED[min(times, _MOST)]
            for number, often in iter_unpack(_LAYOUT, postings):
                products[number] += weight * _DAMPED[often]
    return [product and product / length for product, length in zip(products, lengths, strict=True)]


def _rarity(postings: bytes | bytearray, count: int) -> float:
    return 1 + log((1 + count) / (1 + len(postings) // _POSTING))
