"""Lanes, headings and order; and what a card says."""

from __future__ import annotations

from flaggit.board.arranging import BY_AGENT, BY_URGENCY, BY_WAVE, arrange, is_linked
from flaggit.board.cards import MARKS, card_of
from flaggit.core.model import LANES, Completion, Flag, Lock, Place, Row

HERE = Place("here", "")
NOW = 1_795_000_000  # 2026-11-18
API, WEB, QUEUE = "@backend.api", "@frontend.web", "@backend.queue"


def row_of(flag_id: str, target: str | None = WEB, **changes: object) -> Row:
    derived = {key: changes.pop(key) for key in ("completion", "lock", "waits_on", "lock_expired") if key in changes}
    values = {
        "id": flag_id,
        "flag_type": "new_feature",
        "impact_level": "medium",
        "source_agent": API,
        "target_agent": target,
        "change_description": "Orders have a state.",
        "action_required": "Show it.",
        "created_at": "2026-11-17T14:00:00Z",
    }
    return Row(Flag(**{**values, **changes}), f".flags/x/{flag_id}.yaml", HERE, **derived)


def lock_of(flag_id: str, holder: str = WEB) -> Lock:
    return Lock(flag_id, holder, "i", "t", "2026-11-18T00:00:00Z", "2026-11-30T00:00:00Z")


def done(flag_id: str, at: str) -> Completion:
    return Completion(flag_id, WEB, at)


def test_a_flag_stands_in_one_lane() -> None:
    lock = lock_of("aaaaaaa")
    assert row_of("aaaaaaa").lane == "pending"
    assert row_of("aaaaaaa", lock=lock).lane == "held"
    assert row_of("aaaaaaa", lock=lock, lock_expired=True).lane == "pending"
    assert row_of("aaaaaaa", lock=lock, waits_on=("q3x7d1m",)).lane == "waiting"
    assert row_of("aaaaaaa", lock=lock, completion=done("aaaaaaa", "2026-11-18T00:00:00Z")).lane == "done"
    assert set(LANES) == {"pending", "held", "waiting", "done"}


def test_under_agents_whoever_has_the_most_urgent_flag_comes_first() -> None:
    rows = [row_of("aaaaaaa", QUEUE), row_of("bbbbbbb", WEB), row_of("ccccccc", None), row_of("ddddddd", QUEUE)]
    entries = arrange(rows, BY_AGENT, {})["pending"]
    assert [entry if isinstance(entry, str) else entry.flag.id for entry in entries] == [
        f"{QUEUE}  2", "aaaaaaa", "ddddddd", f"{WEB}  1", "bbbbbbb", "anyone  1", "ccccccc",
    ]  # fmt: skip


def test_in_waves_what_is_in_none_comes_last_and_only_pending_flags_have_headings() -> None:
    rows = [row_of("aaaaaaa"), row_of("bbbbbbb"), row_of("ccccccc"), row_of("ddddddd", lock=lock_of("ddddddd"))]
    lanes = arrange(rows, BY_WAVE, {"aaaaaaa": 2, "ccccccc": 1})
    assert [entry if isinstance(entry, str) else entry.flag.id for entry in lanes["pending"]] == [
        "wave 1  1 flag", "ccccccc", "wave 2  1 flag", "aaaaaaa", "in no wave yet", "bbbbbbb",
    ]  # fmt: skip
    assert lanes["held"] == [rows[3]]
    assert arrange(rows, BY_WAVE, {})["pending"] == rows[:3]  # the plan is not known yet


def test_done_is_newest_first() -> None:
    rows = [row_of(name, completion=done(name, f"2026-11-1{day}T00:00:00Z")) for name, day in (("a", 5), ("b", 7))]
    assert arrange(rows, BY_URGENCY, {})["done"] == rows[::-1]


def test_a_chain_is_one_of_several() -> None:
    follower = row_of("bbbbbbb", chain_origin_id="aaaaaaa").flag
    assert is_linked(follower, "aaaaaaa") and is_linked(follower, "bbbbbbb")
    assert not is_linked(follower, "ccccccc") and not is_linked(row_of("aaaaaaa").flag, "aaaaaaa")


def words_of(row: Row) -> list[str]:
    lines = card_of(row, NOW, under_agent=False)
    return ["".join(text for text, _ in line.spans) + f" {line.right}" for line in lines]


def test_a_card_says_urgency_way_age_and_state_in_words() -> None:
    assert words_of(row_of("aaaaaaa")) == [f"-  aaaaaaa  {API} -> {WEB}  new feature 21h", "   Orders have a state. "]
    held = words_of(row_of("aaaaaaa", lock=lock_of("aaaaaaa")))
    assert held[1].strip().startswith(f"locked by {WEB}") and len(held) == 3
    assert f"lock of {WEB} expired" in words_of(row_of("aaaaaaa", lock=lock_of("aaaaaaa"), lock_expired=True))[0]
    assert "waits on the answer to q3x7d1m" in words_of(row_of("aaaaaaa", waits_on=("q3x7d1m",)))[1]
    question = row_of("aaaaaaa", flag_type="information_request", re="bbbbbbb")
    assert "question" in words_of(question)[0]
    assert len({mark.strip() for mark in MARKS.values()}) == len(MARKS)  # told apart without colours


def test_a_card_shows_hostile_text_as_text() -> None:
    (line,) = words_of(row_of("aaaaaaa", change_description="[red]x[/] \x1b[31m\u202e\n\tend"))[1:]
    assert line.strip() == "[red]x[/] \\x1b[31m\\u202e end"
