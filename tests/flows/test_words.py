"""One sentence for each situation, and words that other tools and our own rows taught."""

from __future__ import annotations

import pytest
from repositories import LONG_ACTION, Work

from flaggit.core.times import format_age

READING = ("", "inbox", "outbox", "list", "next", "show k7m", "find x", "log k7m", "chain k7m", "locks", "sync", "who")
ACTING = ("lock k7m", "unlock k7m", "complete k7m", "ask k7m why", "note k7m x", "create --to @a.b", "agents add @a.b")
OTHERS = (
    "plan",
    "events",
    "export json",
    "agents list",
    "agents search x",
    "report --html x.html",
    "wait k7m",
    "doctor",
)


@pytest.fixture
def storeless(work: Work) -> Work:
    """A repository in which no branch has a store."""
    work.git("checkout", "-q", "--orphan", "fresh")
    work.git("rm", "-rqf", ".flags")
    work.commit("Without a store")
    work.git("branch", "-qD", "main")
    return work


def test_a_repository_without_a_store_is_answered_in_one_way(storeless: Work) -> None:
    answers = {storeless.flaggit(*line.split(), status=5).err for line in (*READING, *ACTING, *OTHERS)}
    assert len(answers) == 1
    assert "There is no .flags/ in" in answers.pop()
    assert storeless.flaggit("review", "HEAD..HEAD").status == 0  # a judge has nothing to say


def test_a_store_on_another_branch_is_a_store(work: Work) -> None:
    work.raise_flag()
    work.commit("raise")
    work.git("checkout", "-q", "--orphan", "fresh")
    work.git("rm", "-rqf", ".flags")
    work.commit("Without a store")
    assert len(work.flaggit("list", "--json").data) == 1


def test_rows_and_conditions_use_the_same_words(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("complete", flag_id, agent="@frontend.web")
    assert [row["id"] for row in work.flaggit("list", "--status", "done", "--json").data] == [flag_id]
    assert work.flaggit("list", "--status", "open", "--json").data == []
    assert "is none of pending, completed, all" in work.flaggit("list", "--status", "half", status=2).err


def test_attempts_at_one_flag_leave_one_draft(work: Work) -> None:
    def attempt(change: str, action: str) -> None:
        words = ("--type", "change", "--to", "@frontend.web", "--change", change, "--action", action)
        assert "draft" in work.flaggit("create", *words, "--json", agent="@backend.api", status=2).json

    for letter in "abcd":
        attempt(f"Too short {letter}", LONG_ACTION)
    attempt("Too short too", "Something else altogether, which nobody could take for the other.")
    assert len(list((work.path / ".git/flaggit/drafts").iterdir())) == 2


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"), (59, "59s"), (61, "1m"), (89.9, "1m"), (7185, "2h"), (7200, "2h"), (6300, "1h45m"), (3570, "1h"),
        (10_800, "3h"), (17_000, "5h"), (86_400, "24h"), (2 * 86_400 - 60, "2d"), (3.6 * 86_400, "4d"),
    ],
)  # fmt: skip
def test_spans_are_rounded_to_what_they_are(seconds: float, shown: str) -> None:
    assert format_age(seconds) == shown
