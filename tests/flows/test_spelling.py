"""Paths with accented letters: composed (NFC), as one types them, or taken apart (NFD), as some files have them."""

from __future__ import annotations

import unicodedata

import pytest
from repositories import LONG_ACTION, LONG_CHANGE

from flaggit.core.path_set import PathSet
from flaggit.core.patterns import LastMatch, intersect, matches
from flaggit.core.text import composed, spellings
from flaggit.planning.waves import Footprint

NAME = "B\u00fccher/caf\u00e9.md"
TYPED, APART = (unicodedata.normalize(form, NAME) for form in ("NFC", "NFD"))
BOTH_WAYS = [(TYPED, APART), (APART, TYPED)]


@pytest.mark.parametrize(("written", "path"), BOTH_WAYS)
def test_patterns_and_paths_are_compared_composed(written, path):
    assert TYPED != APART
    assert matches(f"/{written}", path)
    assert matches("*" + written[-7:], path)
    assert matches("caf?.md", path)
    assert LastMatch(["*", f"/{written.partition('/')[0]}/", "/x/"]).find(path) == 1
    assert intersect(f"/{written}", f"/{path}") is not None
    assert PathSet([path, "x"]).find([written]) == (path,)
    assert PathSet([path, "x"]).find([written.partition("/")[0]]) == (path,)
    claimed = Footprint()
    claimed.claim([written])
    assert claimed.touches([path])


def test_files_that_differ_in_nothing_else_are_both_found():
    assert set(PathSet([TYPED, APART]).find([TYPED])) == {TYPED, APART}
    assert list(PathSet([TYPED, APART])) == sorted([TYPED, APART])


def test_plain_paths_are_as_they_are():
    assert composed("plain/x.py") == "plain/x.py"
    assert spellings("plain/x.py") == ("plain/x.py",)
    assert spellings(TYPED) == (TYPED, APART)


@pytest.mark.parametrize(("typed", "here"), BOTH_WAYS)
def test_owners_flags_and_reviews_know_the_file_however_it_is_spelt(work, typed, here):
    work.flaggit("agents", "edit", "@backend.queue", "--owns", f"/{typed.partition('/')[0]}/")
    work.write(here, "one")
    if (work.path / typed).exists():
        pytest.skip("this file system knows one spelling")
    work.commit("a book", ".")
    for path in (typed, here):
        assert work.flaggit("agents", "owners", path, "--json").data[0]["owner"] == "@backend.queue"
    said = ("--type", "change", "--from", "@backend.api", "--to", "@frontend.web")
    texts = ("--change", LONG_CHANGE, "--action", LONG_ACTION)
    made = work.flaggit("create", *said, *texts, "--file", typed, "--json").json
    assert [warning["code"] for warning in made["warnings"]] == []
    assert made["data"]["related_files"] == [here]
    assert [len(work.flaggit("list", "--file", path, "--json").data) for path in (typed, here)] == [1, 1]
    place = made["data"]["path"]
    work.write(place, work.read(place).replace(here, typed))  # as somebody wrote it by hand
    work.commit("the flag", ".")
    assert [len(work.flaggit("list", "--file", path, "--json").data) for path in (typed, here)] == [1, 1]
    work.write(here, "two")
    work.commit("a second edition", ".")
    review = work.flaggit("review", "HEAD~1..HEAD", "--format", "json", status=None).json["data"]
    (flag,) = review["nearby"]
    assert (flag["files"], flag["removed"]) == ([here], [])
    assert [one["owner"] for one in review["unflagged"]] == ["@backend.queue"]


@pytest.mark.parametrize(("first", "then"), BOTH_WAYS)
def test_an_agents_file_spelt_otherwise_is_the_same_file(work, first, then):
    for number, path in enumerate((first, then)):
        work.write(path, f"---\nname: reader\ndescription: Reads {number}.\ntags: [b{number}]\n---\n")
        data = work.flaggit("agents", "import", path.partition("/")[0], "--json").data
        assert data["skipped"] == []
        assert len(data["updated" if number else "added"]) == 1
        if not number and (work.path / then).exists():
            pytest.skip("this file system knows one spelling")
    assert work.flaggit("agents", "show", "reader", "--json").data["tags"] == ["b1"]
