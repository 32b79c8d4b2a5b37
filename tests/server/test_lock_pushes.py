"""Which pushes to locks a server accepts: by what the lock was, what it becomes, and who pushes."""

from __future__ import annotations

import pytest

from flaggit.core.limits import CLOCK_SKEW, LOCK_TTL
from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.core.times import format_time, parse_time
from flaggit.server.lock_pushes import LockPush, judge_lock_push, judge_paths_push
from flaggit.server.state import Pusher

ID, WEB, API = "k7m2q0x", "@frontend.web", "@backend.api"
NOW = parse_time("2026-11-24T12:00:00Z")
HELD = Lock(ID, WEB, "i", "t", format_time(NOW - 3600), format_time(NOW + 3600), "1" * 40, "n", scope="shared")
RENEWED = replace(HELD, nonce="m", expires=format_time(NOW + 7200))
ENDED = replace(HELD, nonce="m", released=True)
EXPIRED = replace(HELD, expires=format_time(NOW - 3600))
ANOTHERS = replace(HELD, holder=API, instance="j", tenure="u")
MARKED = replace(HELD, nonce="m", done_on="topic", done_at=format_time(NOW))
BROKEN = replace(HELD, holder="")
BY_WEB, BY_API, UNKNOWN = Pusher((WEB,), WEB), Pusher((API,), API), Pusher()


def words(push: LockPush | None = None, pusher: Pusher = BY_API, **more: object) -> str:
    return " / ".join(judge_lock_push(push or LockPush(ID, None, None), pusher, NOW, **more))


LOCK = f"the lock of {ID}"
FOREIGN = f"{LOCK} is {WEB}'s, and {API} is not"
HELD_BY_API = f"{ID} is held by {API} until {HELD.expires}"
HELD_BY_WEB = f"{ID} is held by {WEB} until {HELD.expires}"


@pytest.mark.parametrize(
    ("old", "new", "more", "pusher", "refused"),
    [
        (None, HELD, {}, BY_WEB, ""),
        (None, HELD, {}, UNKNOWN, ""),
        (None, HELD, {}, BY_API, FOREIGN),
        (None, BROKEN, {}, BY_WEB, f"what is pushed as {LOCK} is not a lock"),
        (HELD, RENEWED, {}, BY_WEB, ""),
        (HELD, RENEWED, {}, BY_API, FOREIGN),
        (HELD, RENEWED, {"detached": True}, BY_WEB, f"{LOCK} follows another commit than the lock that it replaces"),
        (HELD, ANOTHERS, {}, BY_API, HELD_BY_WEB),
        (HELD, ANOTHERS, {"done": True}, BY_API, ""),
        (EXPIRED, ANOTHERS, {}, BY_API, ""),
        (HELD, ENDED, {}, BY_WEB, ""),
        (HELD, ENDED, {}, BY_API, HELD_BY_WEB),
        (EXPIRED, replace(EXPIRED, released=True), {}, BY_API, ""),
        (HELD, ENDED, {"done": True}, BY_API, ""),
        (HELD, None, {}, BY_WEB, ""),
        (HELD, None, {}, UNKNOWN, ""),
        (HELD, None, {}, BY_API, HELD_BY_WEB),
        (HELD, None, {"done": True}, BY_API, ""),
        (EXPIRED, None, {}, BY_API, ""),
        (BROKEN, None, {}, BY_API, f"{ID} is held by somebody whose lock flaggit cannot read until {HELD.expires}"),
        (BROKEN, None, {}, UNKNOWN, f"{ID} is held by somebody whose lock flaggit cannot read until {HELD.expires}"),
        (HELD, MARKED, {"vouched": True}, BY_API, ""),
        (HELD, MARKED, {}, BY_API, FOREIGN),
        (HELD, replace(MARKED, reason="x"), {"vouched": True}, BY_API, FOREIGN),
        (HELD, replace(MARKED, done_at=""), {"vouched": True}, BY_API, ""),
        (
            HELD,
            replace(MARKED, done_at=format_time(NOW - CLOCK_SKEW - 1)),
            {"vouched": True},
            BY_API,
            FOREIGN,
        ),
        (HELD, replace(MARKED, done_at=format_time(NOW + CLOCK_SKEW)), {"vouched": True}, BY_API, ""),
        (None, HELD, {"beside": ANOTHERS}, BY_WEB, HELD_BY_API),
        (None, HELD, {"beside": replace(ANOTHERS, expires=EXPIRED.expires)}, BY_WEB, ""),
        (None, HELD, {"beside": ANOTHERS, "done": True}, BY_WEB, ""),
        (
            EXPIRED,
            replace(RENEWED, tenure="v"),
            {"beside": ANOTHERS},
            BY_WEB,
            HELD_BY_API,
        ),
        (EXPIRED, RENEWED, {"beside": ANOTHERS}, BY_WEB, ""),  # goes on with what it had
        (EXPIRED, replace(EXPIRED, released=True), {"beside": ANOTHERS}, BY_WEB, ""),
    ],
)
def test_pushes_to_a_lock(old: Lock | None, new: Lock | None, more: dict, pusher: Pusher, refused: str) -> None:
    assert words(LockPush(ID, old, new, **more), pusher) == refused


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"acquired": format_time(NOW + CLOCK_SKEW)}, ""),
        ({"acquired": format_time(NOW + CLOCK_SKEW + 1)}, "was acquired in the future"),
        ({"expires": format_time(NOW + LOCK_TTL + CLOCK_SKEW)}, ""),
        ({"expires": format_time(NOW + LOCK_TTL + CLOCK_SKEW + 1)}, "a lock lives at most 30 days"),
    ],
)
def test_times_that_no_lock_has(changes: dict, word: str) -> None:
    made = replace(HELD, **changes)
    said = words(LockPush(ID, None, made), BY_WEB)
    assert (word in said) if word else said == ""
    path = " ".join(judge_paths_push([], [replace(made, patterns=("/src/",))], BY_WEB, NOW))
    assert (word in path) if word else path == ""


def test_who_has_to_be_known() -> None:
    assert words(pusher=UNKNOWN, require_identity=True) == f"who pushes {LOCK} is not known here"
    assert words(pusher=BY_API, require_identity=True) == ""
    (fault,) = judge_paths_push([], [], UNKNOWN, NOW, require_identity=True)
    assert fault == "who pushes the locks of paths is not known here"


def entry(tenure: str, holder: str, *patterns: str, **changes: object) -> Lock:
    values = {"instance": f"of {holder}", "tenure": tenure, "patterns": patterns, "holder": holder, **changes}
    return replace(HELD, **values)


WEBS, APIS = entry("t", WEB, "/src/"), entry("u", API, "/api/")


@pytest.mark.parametrize(
    ("old", "new", "beside", "pusher", "refused"),
    [
        ([], [WEBS], [], BY_WEB, ""),
        ([], [WEBS], [], UNKNOWN, ""),
        ([], [WEBS], [], BY_API, f"the lock of /src/ is {WEB}'s, and {API} is not"),
        ([], None, [], BY_WEB, "what is pushed as the list of locked paths is not one"),
        ([], [WEBS, WEBS], [], BY_WEB, "what is pushed as the list of locked paths names a lock twice"),
        ([WEBS], [WEBS, APIS], [], BY_API, ""),
        ([WEBS], [APIS], [], BY_API, f"/src/ is held by {WEB} until {HELD.expires}"),
        ([WEBS], [], [], BY_WEB, ""),
        ([WEBS], [], [], UNKNOWN, ""),
        ([WEBS], [], [], BY_API, f"/src/ is held by {WEB} until {HELD.expires}"),
        ([replace(WEBS, expires=EXPIRED.expires)], [], [], BY_API, ""),
        ([WEBS], [replace(WEBS, expires=RENEWED.expires)], [], BY_WEB, ""),
        ([WEBS], [replace(WEBS, expires=RENEWED.expires)], [], BY_API, f"/src/ is held by {WEB} until {HELD.expires}"),
        ([WEBS], [replace(WEBS, nonce="m")], [], BY_API, ""),  # says the same
        ([WEBS], [entry("v", API, "/src/x/")], [], UNKNOWN, f"/src/ is held by {WEB} until {HELD.expires}"),
        ([WEBS], [entry("v", WEB, "/src/x/")], [], BY_WEB, ""),  # the same worktree's
        ([], [WEBS], [entry("v", API, "/src/x/")], BY_WEB, f"/src/x/ is held by {API} until {HELD.expires}"),
        ([], [WEBS], [entry("v", API, "/src/x/", expires=EXPIRED.expires)], BY_WEB, ""),
        ([], [WEBS], [entry("v", API, "/api/")], BY_WEB, ""),
        ([], [WEBS], [entry("v", WEB, "/src/x/")], BY_WEB, ""),
    ],
)
def test_pushes_to_locked_paths(old: list, new: list | None, beside: list, pusher: Pusher, refused: str) -> None:
    assert " / ".join(judge_paths_push(old, new, pusher, NOW, beside=beside)) == refused


def test_an_entry_that_had_run_out_begins_anew_as_its_holder_s() -> None:
    before = replace(WEBS, expires=EXPIRED.expires)
    assert judge_paths_push([before], [WEBS], BY_WEB, NOW) == []
    assert judge_paths_push([before], [WEBS], BY_API, NOW) == [f"the lock of /src/ is {WEB}'s, and {API} is not"]


def test_what_would_take_too_long_to_compare_is_refused() -> None:
    old = [entry(f"t{number}", WEB, *[f"/{number}/*x*{other}*/" for other in range(40)]) for number in range(40)]
    new = [entry(f"u{number}", API, *[f"/{number}/*y*{other}*/" for other in range(40)]) for number in range(40)]
    (fault,) = judge_paths_push(old, new, UNKNOWN, NOW)
    assert fault.startswith("what is locked and what would be would take too long to compare")
    assert judge_paths_push(old, [*old, *new], UNKNOWN, NOW) == [fault]
