"""What follows for a request from the lock that is there: a new lock, a renewed one, or a refusal that says why."""

from __future__ import annotations

import pytest

from flaggit.clone.identity import Actor
from flaggit.clone.lock_rules import MIN_SHARED_TTL
from flaggit.core.errors import ConflictError, InvalidError
from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.core.times import format_time, parse_time
from flaggit.locks.request import (
    LockRequest,
    held_by_other,
    lock_gone,
    not_holder,
    require_ids,
    require_reason,
    shared_request,
    wanted_lock,
)

ID = "k7m2q0x"
NOW = parse_time("2026-11-24T12:00:00Z")
WEB = Actor("@frontend.web", "option", "i")
API = Actor("@backend.api", "option", "j")
HELD = Lock(ID, WEB.handle, "i", "t", format_time(NOW - 60), format_time(NOW + 600), "1" * 40, "n", "work", "local")
WANTED = LockRequest(WEB, NOW, 3600, worktree="c/w")


@pytest.mark.parametrize(
    ("current", "changes", "way"),
    [
        (None, {}, "begun"),
        (HELD, {}, "renewed"),
        (HELD, {"actor": API}, "refused"),
        (HELD, {"actor": API, "steal": True}, "begun"),
        (HELD, {"actor": replace(WEB, instance="k")}, "refused"),
        (HELD, {"fresh": True}, "refused"),
        (HELD, {"actor": replace(WEB, source="implied")}, "refused"),
        (replace(HELD, expires=format_time(NOW)), {"actor": API}, "begun"),
        (replace(HELD, released=True), {"actor": API}, "begun"),
        (replace(HELD, done_on="topic", done_at=format_time(NOW)), {"actor": API}, "refused"),
    ],
)
def test_what_is_written_over_a_lock(current: Lock | None, changes: dict, way: str) -> None:
    request = replace(WANTED, **changes)
    if way == "refused":
        with pytest.raises(ConflictError, match=f"^{ID} is held by "):
            wanted_lock(ID, current, request)
        return
    made = wanted_lock(ID, current, request)
    assert (made.holder, made.instance) == (request.actor.handle, request.actor.instance)
    assert made.expires == format_time(NOW + 3600)
    assert (made.tenure == "t") == (way == "renewed")
    assert made.nonce != "n" and made.oid == ""
    assert made.acquired == (HELD.acquired if way == "renewed" else format_time(NOW))
    assert made.reason == ("work" if way == "renewed" else "")


def test_a_renewal_takes_a_new_reason_and_less_time_only_where_it_was_named() -> None:
    assert wanted_lock(ID, HELD, replace(WANTED, reason="more")).reason == "more"
    assert wanted_lock(ID, HELD, replace(WANTED, ttl=60)).expires == HELD.expires
    assert wanted_lock(ID, HELD, replace(WANTED, ttl=60, exactly=True)).expires == format_time(NOW + 60)


def test_a_lock_at_a_remote_lives_for_some_time_at_least() -> None:
    long, short = replace(WANTED, ttl=MIN_SHARED_TTL), replace(WANTED, ttl=MIN_SHARED_TTL - 1)
    assert shared_request(long) is long
    assert shared_request(short).ttl == MIN_SHARED_TTL
    with pytest.raises(InvalidError, match="at least 15m"):
        shared_request(replace(short, exactly=True))
    assert shared_request(replace(long, exactly=True)).ttl == MIN_SHARED_TTL


@pytest.mark.parametrize(
    ("lock", "actor", "lost", "message", "hint"),
    [
        (HELD, API, False, f"{ID} is held by @frontend.web until {HELD.expires} (work).", "next @backend.api` finds"),
        (replace(HELD, reason=""), API, False, f"{ID} is held by @frontend.web until {HELD.expires}.", "TEXT"),
        (HELD, WEB, False, f"{ID} is held by @frontend.web until {HELD.expires} (work).", "reaches the holder"),
        (
            HELD,
            replace(WEB, instance="k"),
            False,
            f"{ID} is held by another @frontend.web, from another worktree or session, until {HELD.expires} (work).",
            "reaches the holder",
        ),
        (HELD, replace(WEB, source="implied"), False, f"{ID} is held by @frontend.web until", "If that is you, say so"),
        (HELD, API, True, f"The lock of {ID} was yours and @frontend.web holds it now, until", "where you left it"),
        (replace(HELD, holder=""), API, True, f"{ID} is locked by something that is no lock of flaggit's", "git show"),
    ],
)
def test_a_refusal_says_who_holds_it(lock: Lock, actor: Actor, lost: bool, message: str, hint: str) -> None:
    error = held_by_other(lock, actor, lost=lost)
    assert error.message.startswith(message) and hint in error.hint
    assert error.code == ("lock_lost" if lost and lock.holder else "locked_by_other")
    assert error.details["state"] == ("lost" if lost else "held")
    assert error.details["holder"] == (lock.holder or None)


def test_other_refusals() -> None:
    assert not_holder(HELD, API).details["holder"] == "@frontend.web"
    assert not_holder(replace(HELD, holder=""), API).details["holder"] is None
    assert not_holder(HELD, API).message == f"{ID} is held by @frontend.web until {HELD.expires}."
    assert "another session of yours" in not_holder(HELD, replace(WEB, instance="k")).message
    assert "@frontend.web until" in not_holder(HELD, None).message
    assert "something that is no lock of flaggit until" in not_holder(replace(HELD, holder=""), API).message
    assert lock_gone(ID, "It went.").message == "It went."
    assert lock_gone(ID).message.startswith(f"The lock of {ID} was yours and is gone")
    require_ids([ID])
    with pytest.raises(InvalidError, match="'k7m' is not a whole flag id"):
        require_ids([ID, "k7m"])
    require_reason("--steal", "It is urgent.")
    for nothing in (None, ""):
        with pytest.raises(InvalidError, match="--steal needs --reason"):
            require_reason("--steal", nothing)
