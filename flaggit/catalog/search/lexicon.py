"""Words that go together though they share no letters: what people say, and what agents are called for.

A line is a subject: before the colon the words that agents name themselves by, behind it what
people say, or what belongs to the subject. A word of either side leads to the others, with less
weight than the word itself: to the names most, to what merely belongs to the same subject least.
Two words with a hyphen are a pair that has to stand together in the query. The lines stand in
``subjects_software`` and ``subjects_work``.

What nobody thought to write there is in ``related.txt``: stem, colon, the stems that public texts use
beside it, the nearest first (``bench/thesaurus.py`` counted them). It weighs less than what people wrote.
"""

from __future__ import annotations

from pathlib import Path

from flaggit.catalog.search.subjects_software import SUBJECTS as SOFTWARE
from flaggit.catalog.search.subjects_work import SUBJECTS as WORK
from flaggit.catalog.search.words import content_words, split_words, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Set

NAME, BELONGS, BESIDE = 0.6, 0.3, 0.25  # word to name; name to what belongs to it; word to word
COUNTED = 0.3  # a word to one that is merely often beside the same words
FAMILY = 36  # a subject with more words than this counts each of them the less


def find_related(vocabulary: Set[str]) -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Return stem, or pair of stems -> related stems of a catalog and how near each is, the nearest first."""
    related: dict[str, dict[str, float]] = {}
    for line in (SOFTWARE + WORK).replace("\n  ", " ").split("\n"):
        head, _, rest = line.partition(":")
        names, others = _keys(head), _keys(rest)
        if not others:
            continue
        less = min(1.0, FAMILY / (len(names) + len(others)))
        _link(related, names, names, vocabulary, NAME)
        _link(related, others, names, vocabulary, NAME)
        _link(related, names, others, vocabulary, BELONGS * less)
        _link(related, others, others, vocabulary, BESIDE * less)
    for line in Path(__file__).with_name("related.txt").read_text("utf-8").splitlines():
        word, _, rest = line.partition(": ")
        _link(related, [word], rest.split(" "), vocabulary, COUNTED)
    return {key: tuple(sorted(near.items(), key=lambda item: (-item[1], item[0]))) for key, near in related.items()}


def _link(
    related: dict[str, dict[str, float]], words: list[str], targets: list[str], vocabulary: Set[str], weight: float
) -> None:
    known = [target for target in targets if target in vocabulary]
    for word in words:
        near = related.setdefault(word, {}) if known else {}
        for target in known:
            if target != word and weight > near.get(target, 0.0):
                near[target] = weight


def _keys(words: str) -> list[str]:
    return [key for key in map(_key, words.split()) if key]


def _key(word: str) -> str:
    """Return a word's stem, or those of a pair with a blank between; nothing for a word that says nothing."""
    words = split_words(word)
    if len(words) == 1 and not list(content_words(words)):
        return ""
    return " ".join(map(stem, words))
