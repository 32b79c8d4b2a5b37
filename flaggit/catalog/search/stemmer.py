"""A word without its endings, so that ``deploys``, ``deployed`` and ``deployment`` are one.

Porter's algorithm ("An algorithm for suffix stripping", 1980), with agent nouns stripped as well
(tester, writer), since agents are named after what they do.
"""

from __future__ import annotations

_VOWELS = frozenset("aeiou")
_KEPT = frozenset(
    """server docker container customer number order computer letter layer master cluster filter register render
    parameter header folder browser buffer paper power user router layout counter helper twitter flutter jupyter
    newsletter compiler scheduler controller container consumer partner center theater chapter water matter after
    business analysis process canvas kubernetes redis aws ios css js sass less news status bus gas access address
    progress express wordpress nextjs nodejs threejs https dns sms rss""".split()
)
_STEP2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"),
)  # fmt: skip
_STEP3 = (("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""))
_STEP4 = ("ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize")


def strip_suffixes(word: str) -> str:
    """Return the stem of an English word in lower case; short words and names are their own."""
    if len(word) < 4 or word in _KEPT or not word.isascii() or not word.isalpha():
        return word
    word = _plural(word)
    word = _participle(word)
    if word.endswith("y") and _has_vowel(word[:-1]) and len(word) > 3:
        word = word[:-1] + "i"
    word = _agent_noun(word)
    word = _longest(word, _STEP2, 0)
    word = _longest(word, _STEP3, 0)
    for suffix in _STEP4:
        if word.endswith(suffix):
            if _measure(word[: -len(suffix)]) > 1:
                word = word[: -len(suffix)]
            break
    else:
        if word.endswith(("sion", "tion")) and _measure(word[:-3]) > 1:
            word = word[:-3]
    if word.endswith("e") and (_measure(word[:-1]) > 1 or (_measure(word[:-1]) == 1 and not _is_short(word[:-1]))):
        word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


def _plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _participle(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        base = word[: -len(suffix)]
        if word.endswith(suffix) and _has_vowel(base) and len(base) > 1:
            return _restore(base)
    return word


def _agent_noun(word: str) -> str:
    if word in _KEPT:
        return word
    for suffix in ("er", "or"):
        base = word[:-2]
        if word.endswith(suffix) and len(base) >= 4 and _measure(base) > 0 and base[-1] not in "aeiou":
            return _restore(base)
    return word


def _restore(base: str) -> str:
    """Mend what a stripped ending leaves: ``hopp`` is hop, ``creat`` create, ``fil`` file."""
    if base.endswith(("at", "bl", "iz")):
        return base + "e"
    if len(base) > 2 and base[-1] == base[-2] and base[-1] not in "aeioulsz":
        return base[:-1]
    return base + "e" if _measure(base) == 1 and _is_short(base) else base


def _longest(word: str, rules: tuple[tuple[str, str], ...], least: int) -> str:
    for suffix, new in rules:
        if word.endswith(suffix):
            base = word[: -len(suffix)]
            return base + new if _measure(base) > least else word
    return word


def _measure(base: str) -> int:
    """Return how many times vowels are followed by consonants."""
    count = 0
    vowel_before = False
    for index, char in enumerate(base):
        vowel = char in _VOWELS or (char == "y" and index > 0 and not vowel_before)
        if vowel_before and not vowel:
            count += 1
        vowel_before = vowel
    return count


def _has_vowel(base: str) -> bool:
    return any(char in "aeiouy" for char in base)


def _is_short(base: str) -> bool:
    return len(base) > 2 and base[-1] not in "aeiouywx" and base[-2] in "aeiouy" and base[-3] not in "aeiou"
