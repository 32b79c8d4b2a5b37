from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaggit.core.patterns import LastMatch, intersect, literal_prefix, matches, pattern_fault

# From GitHub's page about code owners, and the corners where gitignore and CODEOWNERS differ.
CASES = [
    ("*", "anything/at/all.txt", True),
    ("*.js", "a.js", True),
    ("*.js", "deep/down/a.js", True),
    ("*.js", "a.jsx", False),
    ("/build/logs/", "build/logs/today.txt", True),
    ("/build/logs/", "build/logs/a/b.txt", True),
    ("/build/logs/", "build/logs", False),
    ("/build/logs/", "x/build/logs/today.txt", False),
    ("docs/*", "docs/getting-started.md", True),
    ("docs/*", "docs/build-app/troubleshooting.md", False),
    ("apps/", "apps/a.py", True),
    ("apps/", "deep/apps/a/b.py", True),
    ("/docs/", "docs/a", True),
    ("/docs/", "a/docs/b", False),
    ("/scripts", "scripts/run.sh", True),
    ("/scripts", "scripts", True),
    ("/scripts", "scripts2", False),
    ("**/logs", "build/logs/a", True),
    ("**/logs", "logs", True),
    ("**/logs", "deeply/nested/logs", True),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/b", "a/x/y/c", False),
    ("src/**", "src/a/b", True),
    ("src/**", "src", False),
    ("/*", "README.md", True),
    ("/*", "src/a", False),
    ("a?c", "abc", True),
    ("a?c", "ac", False),
    ("a?c", "a/c", False),
    ("README.md", "docs/README.md", True),
    ("api/*.yaml", "api/x.yaml", True),
    ("api/*.yaml", "v1/api/x.yaml", False),
    (r"a\*b", "a*b", True),
    (r"a\*b", "axb", False),
    (r"with\ space.txt", "with space.txt", True),
    ("app/[id].tsx", "app/[id].tsx", True),
    ("!a", "a", False),
    ("", "a", False),
    ("/", "a", False),
    ("**", "a/b", True),
    ("/flaggit/*lock*.py", "flaggit/locks.py", True),
    ("/flaggit/*lock*.py", "flaggit/deep/locks.py", False),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), CASES)
def test_matches(pattern, path, expected):
    assert matches(pattern, path) is expected


NAMES = st.text("ab*?", min_size=1, max_size=3)
PATTERNS = st.builds(
    lambda start, names, end: start + "/".join(names) + end,
    st.sampled_from(["", "/"]),
    st.lists(st.one_of(NAMES, st.just("**")), min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)
PATHS = ["/".join(p) for n in (1, 2, 3, 4) for p in itertools.product(["a", "b", "ab", "x"], repeat=n)]


def as_regex(pattern: str) -> str:
    """The same rules, written as a regular expression by another way."""
    names = pattern.strip("/").split("/")
    anchored = pattern.startswith("/") or len(names) > 1
    text = "" if anchored else "(?:[^/]+/)*"
    for index, name in enumerate(names):
        last = index == len(names) - 1
        if name == "**":
            text += "[^/]+(?:/[^/]+)*" if last else "(?:[^/]+/)*"
            continue
        glob = "".join({"*": "[^/]*", "?": "[^/]"}.get(char, char) for char in name)
        text += f"(?=[^/]){glob}" + ("" if last else "/")
    if pattern.endswith("/"):
        return text + ("" if names[-1] == "**" else "/[^/]+(?:/[^/]+)*")
    return text + ("" if names[-1] in ("*", "**") else "(?:/[^/]+)*")


@given(PATTERNS, st.sampled_from(PATHS))
def test_matches_like_a_regular_expression(pattern, path):
    assert matches(pattern, path) is bool(re.fullmatch(as_regex(pattern), path))


@given(st.lists(PATTERNS, max_size=8), st.sampled_from(PATHS))
def test_the_last_match_is_the_one_that_asking_each_gives(patterns, path):
    last = max((place for place, pattern in enumerate(patterns) if matches(pattern, path)), default=-1)
    assert LastMatch(patterns).find(path) == last


def test_the_last_match_of_odd_patterns():
    patterns = ["!a", "", "/", "a\\*b", "/docs/", "x[1]", "*", "/docs/*.md"]
    found = LastMatch(patterns)
    assert [found.find(path) for path in ("docs/a.md", "docs/a/b.md", "a*b", "/docs/a.md", "q", "")] == [
        7,
        6,
        6,
        7,
        6,
        -1,
    ]


@given(PATTERNS, PATTERNS)
def test_intersect_is_exact(a, b):
    """A path that is named fits both; where none is named, none of many paths does."""
    path = intersect(a, b)
    if path is not None:
        assert matches(a, path)
        assert matches(b, path)
    else:
        assert not [each for each in PATHS if matches(a, each) and matches(b, each)]
    assert (intersect(b, a) is None) is (path is None)


def test_matching_takes_no_exponential_time():
    assert not matches("*a" * 40 + "b", "a" * 4000)


def test_faults_and_prefixes():
    assert pattern_fault("/src/") == ""
    assert "negates" in pattern_fault("!a")
    assert pattern_fault("/")
    assert pattern_fault("a[0-9]")
    assert literal_prefix("/src/api/*.ts") == "src/api"
    assert literal_prefix("*.ts") == ""
