"""Each judgement over a lock, on both sides of its limit."""

from __future__ import annotations

import pytest

from flaggit.clone.identity import Actor
from flaggit.clone.lock_rules import (
    LASTING,
    MARGIN,
    MARK_LIFE,
    MAX_FUTURE,
    age,
    begins_in_future,
    binds,
    continues,
    free_from,
    has_holder,
    has_run_out,
    is_abandoned,
    is_due,
    is_free,
    is_mark_old,
    is_marked_only,
    is_own,
    is_released,
    is_shared,
    is_unmarked,
    lives_too_long,
    must_stop,
    prevailing,
    renewed,
    seconds_left,
    state_of,
)
from flaggit.core.limits import CLOCK_SKEW, LOCK_TTL
from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.core.times import format_time, parse_time

HOLDER = "@frontend.web"
NOW = parse_time("2026-11-24T12:00:00Z")
LOCAL = Lock("k7m2q0x", HOLDER, "i", "t", format_time(NOW - 3600), format_time(NOW + 3600), scope="local")
SHARED = replace(LOCAL, scope="shared")
FORK = replace(LOCAL, scope="fork")
MARKED = replace(SHARED, done_on="topic", done_at=format_time(NOW))


@pytest.mark.parametrize(
    ("lock", "now", "state"),
    [
        (LOCAL, NOW, "held"),
        (LOCAL, NOW + 3599, "held"),
        (LOCAL, NOW + 3600, "expired"),
        (SHARED, NOW + 3600, "held"),  # clocks of different machines differ
        (SHARED, NOW + 3600 + MARGIN - 1, "held"),
        (SHARED, NOW + 3600 + MARGIN, "expired"),
        (FORK, NOW + 3600 + MARGIN - 1, "held"),
        (FORK, NOW + 3600 + MARGIN, "expired"),
        (replace(LOCAL, dead=True), NOW, "abandoned"),
        (replace(SHARED, dead=True), NOW + 9999, "abandoned"),
        (replace(SHARED, released=True), NOW, "released"),
        (replace(MARKED, released=True, dead=True), NOW, "released"),
        (MARKED, NOW + MARK_LIFE - 1, "done"),
        (replace(MARKED, dead=True), NOW, "done"),
        (MARKED, NOW + MARK_LIFE, "expired"),
        # Acquired later than clocks differ: held, however long ago it ended by our clock.
        (replace(SHARED, acquired=format_time(NOW + MAX_FUTURE + 1), expires=format_time(NOW - 9999)), NOW, "held"),
        (replace(SHARED, acquired=format_time(NOW + MAX_FUTURE), expires=format_time(NOW - 9999)), NOW, "expired"),
        (replace(LOCAL, acquired=format_time(NOW + MAX_FUTURE + 1), expires=format_time(NOW - 9999)), NOW, "expired"),
    ],
)
def test_the_state_of_a_lock_is_one_word(lock: Lock, now: int, state: str) -> None:
    assert state_of(lock, now) == state
    assert binds(lock, now) is (state == "held")
    assert is_free(lock, now) is (state not in ("held", "done"))


def test_the_margins_are_those_that_the_protocol_says() -> None:
    assert (MARGIN, MAX_FUTURE, MARK_LIFE) == (300, CLOCK_SKEW, 1_209_600)
    assert LASTING == ("flag_id", "holder", "instance", "worktree", "acquired", "tenure", "patterns")


def test_who_has_it() -> None:
    assert has_holder(LOCAL) and has_holder(replace(LOCAL, dead=True))
    assert not has_holder(replace(LOCAL, released=True))
    assert not has_holder(replace(LOCAL, holder=""))
    assert (is_released(LOCAL), is_released(replace(LOCAL, released=True))) == (False, True)
    assert (is_abandoned(LOCAL), is_abandoned(replace(LOCAL, dead=True))) == (False, True)
    assert [is_shared(lock) for lock in (LOCAL, SHARED, FORK)] == [False, True, True]
    assert [is_unmarked(lock) for lock in (SHARED, MARKED, replace(SHARED, released=True))] == [True, False, False]
    me = Actor(HOLDER, "option", "i")
    assert is_own(LOCAL, me)
    assert not is_own(LOCAL, Actor(HOLDER, "option", "j"))
    assert not is_own(LOCAL, Actor("@backend.api", "option", "i"))


def test_times() -> None:
    assert (seconds_left(LOCAL, NOW), seconds_left(LOCAL, NOW + 3601)) == (3600, -1)
    assert (age(LOCAL, NOW), age(LOCAL, NOW + 5)) == (3600, 3605)
    end = NOW + 3600
    assert (has_run_out(SHARED, end + MARGIN - 1), has_run_out(SHARED, end + MARGIN)) == (False, True)
    assert has_run_out(MARKED, end + MARGIN)
    assert (must_stop(SHARED, end - MARGIN - 1), must_stop(SHARED, end - MARGIN)) == (False, True)
    assert not must_stop(LOCAL, end)
    assert (free_from(LOCAL), free_from(SHARED), free_from(FORK)) == (end, end + MARGIN, end + MARGIN)
    assert all(is_free(lock, free_from(lock)) and binds(lock, free_from(lock) - 1) for lock in (LOCAL, SHARED, FORK))
    late = replace(LOCAL, acquired=format_time(NOW + CLOCK_SKEW + 1))
    assert (begins_in_future(late, NOW), begins_in_future(late, NOW + 1)) == (True, False)
    assert not begins_in_future(replace(LOCAL, acquired=""), 0)
    long = replace(LOCAL, expires=format_time(NOW + LOCK_TTL + CLOCK_SKEW))
    assert (lives_too_long(long, NOW), lives_too_long(long, NOW - 1)) == (False, True)
    old = replace(MARKED, done_at="")
    assert (is_mark_old(MARKED, NOW + MARK_LIFE - 1), is_mark_old(MARKED, NOW + MARK_LIFE)) == (False, True)
    assert (is_mark_old(old, end + MARK_LIFE - 1), is_mark_old(old, end + MARK_LIFE)) == (False, True)


def test_a_lock_is_due_when_an_eighth_of_its_time_is_gone() -> None:
    lock = replace(LOCAL, expires=format_time(NOW + 800))
    assert (is_due(lock, NOW + 99, 800), is_due(lock, NOW + 100, 800), is_due(lock, NOW + 101, 800)) == (
        False,
        False,
        True,
    )
    assert not is_due(replace(lock, done_on="topic"), NOW + 799, 800)


def test_renewing_never_shortens_unless_asked_to() -> None:
    lock = replace(LOCAL, oid="abc", nonce="before")
    longer = renewed(lock, nonce="n", now=NOW, ttl=7200, exactly=False)
    assert longer == replace(lock, nonce="n", expires=format_time(NOW + 7200), oid="")
    kept = renewed(lock, nonce="n", now=NOW, ttl=60, exactly=False)
    assert kept == replace(lock, nonce="n", oid="")
    assert renewed(lock, nonce="n", now=NOW, ttl=60, exactly=True).expires == format_time(NOW + 60)


@pytest.mark.parametrize("name", LASTING)
def test_a_lock_that_differs_in_what_lasts_is_another(name: str) -> None:
    changed = replace(SHARED, **{name: ("/x",) if name == "patterns" else "2026-11-24T11:00:01Z"})
    assert not continues(changed, SHARED)
    assert not continues(SHARED, changed)


def test_what_its_holder_may_change_makes_no_other_lock() -> None:
    assert continues(SHARED, SHARED)
    changed = replace(MARKED, expires=format_time(NOW + 9), reason="x", nonce="m", released=True, oid="o")
    assert continues(changed, SHARED)


OTHER = {"flag_id": "k7m2q0y", "holder": "@a.b", "instance": "j", "tenure": "u", "acquired": "x", "expires": "x"}
OTHER |= {"reason": "r", "released": True, "patterns": ("a",), "worktree": "c/w"}
OF_A_MARK = {"done_on": "main", "done_at": "x", "nonce": "n", "oid": "0" * 40, "scope": "fork", "dead": True}


def test_a_mark_changes_where_the_completion_is_and_nothing_else() -> None:
    assert {*OTHER, *OF_A_MARK} == set(Lock.__slots__)
    assert is_marked_only(replace(SHARED, **OF_A_MARK), SHARED)
    assert is_marked_only(SHARED, SHARED)
    for name, value in OTHER.items():
        assert not is_marked_only(replace(MARKED, **{name: value}), SHARED), name


def test_of_two_locks_of_one_flag_the_living_one_counts() -> None:
    over, other, ended = replace(LOCAL, released=True), replace(LOCAL, tenure="u"), replace(LOCAL, dead=True)
    assert prevailing(None, None, NOW) is None
    assert prevailing(None, over, NOW) is over
    assert prevailing(LOCAL, None, NOW) is LOCAL
    assert prevailing(over, None, NOW) is over
    assert prevailing(LOCAL, other, NOW) is LOCAL
    assert prevailing(over, other, NOW) is other
    assert prevailing(LOCAL, over, NOW) is LOCAL
    assert prevailing(over, ended, NOW) is over
