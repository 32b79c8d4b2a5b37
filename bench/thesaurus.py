"""Counts which words public texts use alike, for ``flaggit/catalog/search/related.txt``.

    python -m bench.thesaurus TEXT... > flaggit/catalog/search/related.txt

Each line of a TEXT is a document: the summary of a package, a paragraph of a manual. A TEXT named twice counts
twice. Texts that search is measured with must not be among them. The method is the usual one (Levy, Goldberg, Dagan:
"Improving distributional similarity with lessons learned from word embeddings", 2015): words within a window are
counted, the counts become positive pointwise mutual information with a smoothed context, a truncated singular value
decomposition takes the noise out, and the cosine tells which words are used alike. It needs numpy and scipy, which
nothing else here does.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flaggit.catalog.search.words import content_words, split_words, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WORDS = 5000  # so many of the most common have a line
NEIGHBOURS = 12
WINDOW, CLOSE = 8, 3  # words apart; those further than CLOSE count half
OFTEN = 4  # what two words' meetings have to count together; less is chance
SELDOM = 20  # documents; a word in fewer is left out
DIMENSIONS = 200
SMOOTHING = 0.75
LEAST = 0.4  # cosine


def main(paths: Sequence[str]) -> int:
    """Print a line for each word that has neighbours, in the order of the alphabet."""
    documents = list(read_documents(paths))
    words = common_words(documents)
    vectors = embed(count_pairs(documents, words), len(words))
    for word, near in sorted(neighbours(words, vectors)):
        print(f"{word}: {' '.join(near)}")
    return 0


def read_documents(paths: Iterable[str]) -> Iterator[list[str]]:
    """Yield the stems of each line of some files that has at least three; a line that a file has again is left out."""
    for path in paths:
        seen: set[str] = set()
        for line in Path(path).read_text("utf-8", "replace").splitlines():
            if line not in seen:
                seen.add(line)
                stems = [stem(word) for word, _ in content_words(split_words(line))]
                if len(stems) >= 3:
                    yield stems


def common_words(documents: Iterable[list[str]]) -> list[str]:
    """Return the words that are in enough documents, the most common first."""
    spread = Counter(word for stems in documents for word in set(stems))
    return [word for word, count in spread.most_common(4 * WORDS) if count >= SELDOM]


def count_pairs(documents: Iterable[list[str]], words: Sequence[str]) -> Counter[tuple[int, int]]:
    """Return how often two words, by their numbers, stand near each other; near ones count more."""
    numbers = {word: number for number, word in enumerate(words)}
    pairs: Counter[tuple[int, int]] = Counter()
    for stems in documents:
        known = [numbers.get(word, -1) for word in stems]
        for at, one in enumerate(known):
            for apart, other in enumerate(known[at + 1 : at + 1 + WINDOW], 1):
                if one >= 0 and other >= 0 and one != other:
                    pairs[min(one, other), max(one, other)] += 2 if apart <= CLOSE else 1
    return Counter({pair: count for pair, count in pairs.items() if count >= OFTEN})


def embed(pairs: Counter[tuple[int, int]], size: int) -> Any:
    """Return a matrix with a row of length 1 for each word, shape (words, ``DIMENSIONS``)."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import svds

    one, other = np.array(list(pairs)).T
    counts = np.array(list(pairs.values()), dtype=np.float64)
    both = coo_matrix((np.r_[counts, counts], (np.r_[one, other], np.r_[other, one])), shape=(size, size))
    sums = np.asarray(both.sum(1)).ravel()
    context = sums**SMOOTHING / (sums**SMOOTHING).sum()
    information = np.maximum(np.log(both.data / (sums[both.row] * context[both.col])), 0)
    left, values, _ = svds(coo_matrix((information, (both.row, both.col)), shape=both.shape).tocsr(), k=DIMENSIONS)
    vectors = left * np.sqrt(values)
    return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)


def neighbours(words: Sequence[str], vectors: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield each of the most common plain words with those most alike it, the nearest first."""
    kept = [number for number, word in enumerate(words) if word.isascii() and word.isalpha() and len(word) < 15]
    kept = [number for number in kept if len(words[number]) > 1][:WORDS]
    chosen = vectors[kept]
    for place, number in enumerate(kept):
        likeness = chosen @ chosen[place]
        likeness[place] = -1
        best = [at for at in (-likeness).argsort()[:NEIGHBOURS] if likeness[at] >= LEAST]
        if best:
            yield words[number], [words[kept[at]] for at in best]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
