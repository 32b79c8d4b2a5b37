"""Finds the agents that a text is about, offline and in milliseconds, and says why.

Score: BM25F (Robertson, Zaragoza, Taylor: "Simple BM25 extension to multiple weighted fields",
2004) over stemmed words, the fields weighted in the order name, tags, capabilities, scenarios,
description: rare words weigh more than common ones, and long entries are not favoured. A word
that no agent has is matched by a near spelling, related words count less (``lexicon``), and
agents that have more of what was asked for go before those that have one word of it often.
How alike query and entry are written adds its share (``grams``): each stands in where the other is weak.
The same query over the same catalog gives the same answer everywhere; ties go by name.
"""

from __future__ import annotations

from itertools import pairwise
from marshal import loads
from math import log
from struct import iter_unpack

from flaggit.catalog.search.grams import find_alike
from flaggit.catalog.search.pieces import Pieces
from flaggit.catalog.search.search_index import FIELDS, LAYOUT, POSTING, SCALE, build_index
from flaggit.catalog.search.words import content_words, sentences, split_words, stem
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flaggit.catalog.catalog import Catalog
    from flaggit.catalog.search.search_index import Index

    Gain = tuple[float, str, str, int]  # what a word adds to an agent's score, the word, its term, the fields' bits
    Choices = list[tuple[str, float]]  # terms of the index that may stand for a word, and how well each does

EARLIER = 0.7  # what a word counts that only sentences before the last have: first comes what happened, then what to do
TYPO = 0.7
PREFIX = 0.65
MAX_COMPARED = 200_000  # terms that are held against those words of one query that no agent has
_LONGEST = 60  # letters of a word that may be misspelt or two words; what is longer is no word, and costs by the square
__all__ = ["Hit", "build_index", "search", "search_index"]
SATURATION = 1.25  # BM25's k1: how soon more of the same word adds nothing
COMMON = 3.0  # counted as further agents that have a word: in few agents, one that has it tells less than it seems
COVERAGE = 0.2  # how much it helps to have more of the query
ALIKE, SPEECH = 0.7, 10  # what like writing adds, as a share of the best score, in a query of so many words or more
RELATED_SHARE = 0.25  # what further related words add to the best
FLOOR = 0.1  # what has less than this share of the best score is no hit
RELATED_FLOOR = 0.4  # the same for agents that have no word of the query, only related ones, where others have some
_HALF = SATURATION * SCALE
_CLEAR = 4.0  # the score of a clear hit: what evidence is measured by where words say less
UNSURE = 0.6  # share of the best score: where the second has it, the first was right in 48 of 100 tries, else in 90
MOST = 3  # that are told
_WIDTH = 60
MAX_GAINS = 4 * MOST  # the strongest, from which reasons are made
MAX_CHUNKS = 500  # pieces of an entry that are compared with a term


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


@record
class Hit:
    """An agent that was found: ``rank`` counts from 1, ``reasons`` are at most three, the strongest first."""

    name: str
    score: float
    rank: int
    reasons: tuple[str, ...]


def search(catalog: Catalog, query: str, *, limit: int = 5) -> list[Hit]:
    """Return the agents that a query is about, the best first; none where nothing in it means anything."""
    return search_index(catalog.index, query, limit=limit)[0]


def search_index(
    index: Index,
    query: str,
    *,
    limit: int = 5,
    evidence: Mapping[str, tuple[float, str]] | None = None,
    explain: bool = True,
) -> tuple[list[Hit], int]:
    """Return the best agents for a query, at most ``limit``, and how many there are in all.

    Args:
        index: What ``build_index`` made.
        query: Words.
        limit: The most that are returned.
        evidence: Agent -> (share of the best score that is added, the reason to tell), from elsewhere.
        explain: Find reasons, which costs as much as all the rest.
    """
    terms = TermMatcher(index)
    gains = [_gain(terms, *wanted) for wanted in expand(terms, query)]
    agents = index["agents"]
    scores = {agents[number][0]: score for number, score in _with_alike(_scores(gains), terms, query).items()}
    best = max(_CLEAR, *scores.values()) if scores else _CLEAR
    for name, (share, _) in (evidence or {}).items():
        scores[name] = scores.get(name, 0.0) + share * best
    numbers = {entry[0]: number for number, entry in enumerate(agents)}
    ordered = sorted((-score, name) for name, score in scores.items() if name in numbers)
    hits = []
    for rank, (score, name) in enumerate(ordered[:limit], 1):
        told = [evidence[name][1]] if evidence and name in evidence else []
        told += _reasons(index, numbers[name], gains) if explain else []
        hits.append(Hit(name, round(-score * 10, 1), rank, tuple(told[:MOST])))
    return hits, len(ordered)


def is_unsure(hits: Sequence[Hit]) -> bool:
    """Return whether the second of the agents found may be meant as well as the first."""
    return len(hits) > 1 and hits[1].score >= UNSURE * hits[0].score


def describe(index: Index, name: str) -> str:
    """Return what an agent says of itself: its description, else its scenarios, capabilities or tags."""
    number = next(place for place, entry in enumerate(index["agents"]) if entry[0] == name)
    fields = dict(zip(FIELDS, loads(index["texts"][number]), strict=True))  # noqa: S302 - as below
    found = (fields[field] for field in ("description", "scenario", "capability", "tag"))
    return next((text for texts in found if (text := ", ".join(filter(None, texts)))), "")


def _reasons(index: Index, number: int, wanted: Sequence[_Wanted]) -> list[str]:
    return explain_hit(index, number, [word.gains[number] for word in wanted if number in word.gains])


@record
class _Wanted:
    """A word of the query: how much it says, what each agent gains by it, and which agents have the word itself."""

    word: str
    worth: float
    gains: dict[int, Gain]
    having: set[int]


def _gain(terms: TermMatcher, word: str, weight: float, choices: Choices) -> _Wanted:
    """Return each agent's score for a word: its best term there, and a little of the others."""
    gains: dict[int, Gain] = {}
    rest: dict[int, float] = {}
    worth = 0.0
    having: set[int] = set()
    for term, likeness in choices:
        postings = terms.postings(term)
        worth_here = weight * likeness * _rarity(postings, terms.count)
        worth = max(worth, worth_here)
        is_own = likeness >= PREFIX
        for agent, frequency, fields in iter_unpack(LAYOUT, postings):
            gain = worth_here * frequency / (frequency + _HALF)
            if is_own:
                having.add(agent)
            before = gains.get(agent)
            if before is None:
                gains[agent] = (gain, word, term, fields)
            elif gain > before[0]:
                rest[agent] = rest.get(agent, 0.0) + before[0]
                gains[agent] = (gain, word, term, fields)
            else:
                rest[agent] = rest.get(agent, 0.0) + gain
    for agent, others in rest.items():
        gain, _, term, fields = gains[agent]
        gains[agent] = (gain + RELATED_SHARE * others, word, term, fields)
    return _Wanted(word, worth, gains, having)


def _rarity(postings: bytes, count: int) -> float:
    return log(1 + count / (len(postings) // POSTING + COMMON))


def _scores(wanted: Sequence[_Wanted]) -> dict[int, float]:
    """Return each agent's score: the sum of its gains, raised by how much of the query it has."""
    scores: dict[int, float] = {}
    covered: dict[int, float] = {}
    for word in wanted:
        for agent, gain in word.gains.items():
            scores[agent] = scores.get(agent, 0.0) + gain[0]
            covered[agent] = covered.get(agent, 0.0) + min(gain[0], word.worth)
    whole = sum(word.worth for word in wanted) or 1.0
    raised = {agent: score * (1 + COVERAGE * covered.get(agent, 0.0) / whole) for agent, score in scores.items()}
    having = set().union(*(word.having for word in wanted))
    return _without_noise(raised, having)


def _with_alike(scores: dict[int, float], terms: TermMatcher, query: str) -> dict[int, float]:
    """Return scores with how alike the query and the same agents' entries are written, as a share of the best score.

    It knows no related words and takes no word for empty: "before", "should" and "just" say little, but they do
    tell who reviews from who builds, and where kindred words mislead it stands by what is written. A query of a
    few words is a list of subjects; in a sentence somebody speaks.
    """
    words = split_words(query)
    times: dict[str, int] = {}
    for word in words:
        times[word] = times.get(word, 0) + 1
    alike = find_alike(terms.grams, terms.lengths, times)
    most = max(alike, default=0.0)
    share = ALIKE * min(1.0, len(words) / SPEECH) * max(scores.values(), default=0.0) / most if most else 0.0
    return {agent: score + share * alike[agent] for agent, score in scores.items()}


def _without_noise(scores: dict[int, float], having: set[int]) -> dict[int, float]:
    best = max(scores.values(), default=0.0)
    floors = FLOOR * best, (RELATED_FLOOR if having else FLOOR) * best
    return {agent: score for agent, score in scores.items() if score >= floors[agent not in having]}


def explain_hit(index: Index, number: int, gains: Iterable[Gain]) -> list[str]:
    """Return why the agent of that number was found, at most three reasons, the strongest first."""
    texts = loads(index["texts"][number])  # noqa: S302 - from our own index, checked by the cache
    reasons: dict[str, str] = {}  # what was found -> the reason; one that another word leads to once more is none
    for _, word, term, fields in sorted(gains, key=lambda gain: (-gain[0], gain[1]))[:MAX_GAINS]:
        if len(reasons) == MOST:
            break
        field = next(position for position in range(len(FIELDS)) if fields >> position & 1)
        found = f"{tuple(FIELDS)[field]}: {_surface(texts[field], term)}"
        same = term in (word, stem(word))
        reasons.setdefault(found, found if same else f"{found} (for {word})")
    return list(reasons.values())


def _surface(texts: Sequence[str], term: str) -> str:
    """Return the words of some texts that a term stands for, as they are written there."""
    start = term[:3]
    likely = [text for text in texts if start in text.lower()]  # most stems begin as their words do
    return _written(likely, term, start) or _written(texts, term, "") or term


def _written(texts: Sequence[str], term: str, start: str) -> str:
    tried = 0
    for text in texts:
        chunks = text.split()
        for at, first in enumerate(chunks):
            if start not in first.lower():
                continue
            tried += 1
            if tried > MAX_CHUNKS:
                return ""
            for chunk in (first, " ".join(chunks[at : at + 2]), *_split(first)):  # "type script" is one word
                if [stem(word) for word, _ in content_words(split_words(chunk))] == [term]:
                    return chunk.strip(".,:;()[]\"'`")[:_WIDTH]
    return ""


def _split(chunk: str) -> list[str]:
    """Return the parts of ``backend/api`` or ``(react,``, and any two that follow each other, tried after the whole."""
    plain = "".join(char if char.isalnum() or char in "-_.+#" else " " for char in chunk)
    parts = plain.replace("-", " ").replace("_", " ").replace(".", " ").split()
    return [*plain.split(), *parts, *map(" ".join, pairwise(parts))]
