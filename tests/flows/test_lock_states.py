"""One answer to "is this lock alive, and whom does it bind?", whichever command is asked."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from repositories import Work, actor_of, at, code_of

HOLDER, OTHER = "@frontend.web", "@backend.api"


def lock_in_worktree(work: Work) -> tuple[Work, str]:
    flag_id = work.raise_flag()
    work.commit("raise")
    other = work.worktree("agent-2")
    other.flaggit("lock", flag_id, agent=HOLDER)
    return other, flag_id


def held(work: Work) -> str:
    return lock_in_worktree(work)[1]


def released(work: Work) -> str:
    other, flag_id = lock_in_worktree(work)
    other.flaggit("unlock", flag_id, agent=HOLDER)
    return flag_id


def expired(work: Work) -> str:
    other, flag_id = lock_in_worktree(work)
    other.flaggit("unlock", flag_id, agent=HOLDER)
    other.flaggit("lock", flag_id, "--ttl", "1s", agent=HOLDER)
    wait_for_end(other, flag_id)
    return flag_id


def abandoned(work: Work) -> str:
    other, flag_id = lock_in_worktree(work)
    work.git("worktree", "remove", "--force", str(other.path))
    return flag_id


def wait_for_end(work: Work, flag_id: str) -> None:
    for _ in range(600):
        (row,) = work.flaggit("locks", "--json").data
        if not row["locked"]:
            return
        time.sleep(0.1)
    raise AssertionError(f"the lock of {flag_id} never ended")


# --- the judges: each says whether the lock keeps another agent from completing the flag -----------------------------


def by_locks(work: Work, flag_id: str) -> bool:
    return any(row["locked"] for row in work.flaggit("locks", "--json").data if row["id"] == flag_id)


def by_list(work: Work, flag_id: str) -> bool:
    (row,) = work.flaggit("list", "--json").data
    return row.get("locked", False)


def by_next(work: Work, flag_id: str) -> bool:
    return work.flaggit("next", HOLDER, "--json", status=None).data is None


def by_complete(work: Work, flag_id: str) -> bool:
    return work.flaggit("complete", flag_id, "--force", "--reason", "x", agent=OTHER, status=None).status == 4


def complete_on_branch(work: Work, flag_id: str) -> None:
    work.git("switch", "-q", "-c", "topic")
    work.write(
        f".flags/done/{flag_id}.yaml",
        f'schema: 1\n\nid: "{flag_id}"\n\ncompleted_by: "{OTHER}"\n\ncompleted_at: "2026-11-24T10:00:00Z"\n\n'
        f'resolution: "done"\n\nnotes: |-\n  Forced: it had to be done.\n',
    )
    work.commit("complete", ".flags")


def by_range(work: Work, flag_id: str) -> bool:
    complete_on_branch(work, flag_id)
    answer = work.flaggit("check", "--range", "main..topic", "--json", status=None)
    return "F033" in [problem["rule"] for problem in answer.data]


def by_review(work: Work, flag_id: str) -> bool:
    complete_on_branch(work, flag_id)
    shown = work.flaggit("review", "main..topic", status=None).out
    return f"{HOLDER} holds it" in shown or f"{HOLDER} until" in shown


JUDGES = (by_locks, by_list, by_next, by_complete, by_range, by_review)


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize(
    ("situation", "binds"), [(held, True), (released, False), (expired, False), (abandoned, False)]
)
def test_every_judge_gives_the_same_answer(
    work: Work, situation: Callable[[Work], str], binds: bool, judge: Callable[[Work, str], bool]
) -> None:
    flag_id = situation(work)
    assert judge(work, flag_id) is binds


def test_an_expired_lock_is_held_in_no_sentence(work: Work) -> None:
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("lock", flag_id, "--ttl", "1s", agent=HOLDER)
    assert "You hold 1" in work.flaggit(agent=HOLDER).out or not by_locks(work, flag_id)
    wait_for_end(work, flag_id)
    assert "It holds" not in work.flaggit("prime", HOLDER).out
    assert work.flaggit("prime", HOLDER, "--json").data["held"] == []
    overview = work.flaggit(agent=HOLDER).out
    assert "expired" in overview
    assert "You hold" not in overview


def test_a_holder_hears_that_its_lock_is_another_s(work: Work) -> None:
    from flaggit.locks.holding import require_free

    _, flag_id = lock_in_worktree(work)
    assert code_of(require_free, at(work), flag_id, actor_of(work, OTHER)) == "locked_by_other"
