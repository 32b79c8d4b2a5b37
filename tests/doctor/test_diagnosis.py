"""Judgements of the doctor over values."""

from __future__ import annotations

from flaggit.core.model import Lock
from flaggit.core.record import replace
from flaggit.doctor.diagnosis import judge_locks

LOCK = Lock("k7m2q0x", "@a.b", "i", "t", "2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z")


def test_locks_that_hold_nothing() -> None:
    done, known = ["k7m2q0x"], ["k7m2q0x"]
    (found,) = judge_locks({"k7m2q0x": LOCK}, done, known)
    assert (found.rule, found.code, found.level, found.ids) == ("D005", "lock_of_completed", "note", ("k7m2q0x",))
    assert found.message == "@a.b still holds k7m2q0x, which is completed."
    assert judge_locks({"k7m2q0x": replace(LOCK, done_on="topic")}, done, known) == []
    assert judge_locks({"k7m2q0x": replace(LOCK, released=True)}, done, known) == []
    assert judge_locks({"k7m2q0x": LOCK}, [], known) == []
    (found,) = judge_locks({"k7m2q0x": LOCK}, [], [])
    assert (found.code, found.level) == ("lock_without_flag", "warning")
    (found,) = judge_locks({"k7m2q0x": replace(LOCK, holder="")}, done, known)
    assert (found.code, found.level) == ("foreign_lock", "error")
