"""Questions about flags and what became of them, by who asked, who was asked and who answered."""

from __future__ import annotations

import pytest

from flaggit.clone.discussion import ANSWERED, MOOT, OPEN, Discussions
from flaggit.clone.sources import HERE
from flaggit.core.model import Completion, Flag, Lock, Row

API, WEB, QUEUE, TEAM = "@backend.api", "@frontend.web", "@backend.queue", "@team.web"
TARGETS = {API: [API], WEB: [WEB, TEAM], QUEUE: [QUEUE]}
WORK = "a000001"
LOCK = Lock(WORK, WEB, "i", "t", "", "")


def row(
    flag_id: str,
    source: str,
    target: str | None,
    *,
    kind: str = "information_request",
    re: str | None = WORK,
    at: int = 0,
    by: str = "",
    **done: str,
) -> Row:
    made = f"2026-11-23T14:00:0{at}Z"
    flag = Flag(flag_id, kind, "medium", source, target, f"What {flag_id} says.", "x", made, re=re)
    completion = Completion(flag_id, by, "2026-11-24T10:00:00Z", **done) if by else None
    return Row(flag, f".flags/x/{flag_id}.yaml", HERE, completion)


def work(target: str | None = WEB, by: str = "", **done: str) -> Row:
    return row(WORK, API, target, kind="change", re=None, by=by, **done)


def discuss(*linked: Row, ended: tuple[Row, ...] = ()) -> Discussions:
    return Discussions(TARGETS.__getitem__, linked, ended)


ASKED = row("b000001", WEB, API)
ANSWER = row("c000001", API, WEB, kind="change", re="b000001", at=3)


@pytest.mark.parametrize(
    ("question", "others", "ended", "state"),
    [
        (ASKED, (), (), OPEN),
        (row("b000001", WEB, API, by=API), (), (), ANSWERED),
        (row("b000001", WEB, API, by=WEB, resolution="withdrawn"), (), (), "withdrawn"),
        (row("b000001", WEB, API, by=API, resolution="not_applicable"), (), (), "not_applicable"),
        (ASKED, (ANSWER,), (), ANSWERED),
        (ASKED, (row("c000001", QUEUE, WEB, kind="change", re="b000001"),), (), OPEN),  # by nobody who was asked
        (ASKED, (row("c000001", API, QUEUE, kind="change", re="b000001"),), (), OPEN),  # to nobody who asked
        (ASKED, (row("c000001", API, WEB, re="b000001"),), (), OPEN),  # asks back
        (ASKED, (row("c000001", API, WEB, kind="change", re=WORK),), (), OPEN),  # about the flag, not the question
        (row("b000001", API, TEAM), (row("c000001", WEB, API, kind="change", re="b000001"),), (), ANSWERED),
        (row("b000001", API, None), (row("c000001", WEB, API, kind="change", re="b000001"),), (), OPEN),
        (ASKED, (), (work(by=WEB),), MOOT),
        (ASKED, (), (work(by=API),), MOOT),  # it is the asker's, whoever completed it
        (row("b000001", QUEUE, API), (), (work(by=WEB),), OPEN),
        (row("b000001", QUEUE, API), (), (work(by=QUEUE),), MOOT),
        (ASKED, (), (work(TEAM, by=API),), MOOT),
        (ASKED, (), (work(None, by=API),), OPEN),
        (ASKED, (), (work(),), OPEN),
    ],
)
def test_what_became_of_a_question(question: Row, others: tuple, ended: tuple, state: str) -> None:
    discussions = discuss(question, *others, ended=ended)
    assert discussions.judge(question).state == state
    assert [found.state for found in discussions.about(WORK)] == [state]


def test_an_answer_says_who_gave_it_and_whether_it_was_theirs() -> None:
    own = discuss().judge(row("b000001", WEB, API, by=API, notes="Poll it.")).answer
    assert own is not None
    assert (own.author, own.text, own.was_asked, own.created_at) == (API, "Poll it.", True, "2026-11-24T10:00:00Z")
    others = discuss().judge(row("b000001", WEB, API, by=QUEUE)).answer
    assert others is not None
    assert (others.was_asked, others.text) == (False, "")
    older = row("c000002", API, WEB, kind="change", re="b000001", at=1)
    by_flag = discuss(ASKED, ANSWER, older).judge(ASKED).answer
    assert by_flag is not None
    assert by_flag.was_asked
    assert (by_flag.row, by_flag.text, by_flag.created_at) == (ANSWER, "What c000001 says.", "2026-11-23T14:00:03Z")


@pytest.mark.parametrize(
    ("asker", "target", "lock", "waits"),
    [
        (WEB, WEB, None, True),
        (WEB, TEAM, None, True),
        (QUEUE, WEB, None, False),  # anybody may ask, and stops nobody by it
        (QUEUE, WEB, LOCK, False),
        (WEB, QUEUE, LOCK, True),  # its holder's question
        (QUEUE, QUEUE, LOCK, False),
        (WEB, None, None, False),
    ],
)
def test_a_flag_waits_on_the_questions_of_who_works_on_it(
    asker: str, target: str | None, lock: Lock | None, waits: bool
) -> None:
    flag = work(target).flag
    asked, ended = row("b000001", asker, API), row("b000001", asker, API, by=API)
    assert discuss(asked).holding(flag, lock) == ("b000001",) * waits
    assert discuss(ended).holding(flag, lock) == ()
    assert not discuss(asked).has_answers(flag, lock)
    assert discuss(ended).has_answers(flag, lock) == waits
    both = discuss(ended, row("b000002", asker, API))
    assert (both.holding(flag, lock), both.has_answers(flag, lock)) == (("b000002",) * waits, False)
    assert discuss().holding(flag, lock) == () and not discuss().has_answers(flag, lock)


def test_questions_come_oldest_first() -> None:
    later, first = row("b000001", WEB, API, at=2), row("b000002", WEB, QUEUE, at=1)
    discussions = discuss(later, first, row("b000003", QUEUE, API), ANSWER)
    assert [found.row.flag.id for found in discussions.about(WORK)] == ["b000003", "b000002", "b000001"]
    assert [found.row.flag.id for found in discussions.by(WEB)] == ["b000002", "b000001"]
    assert discussions.by(API) == []
