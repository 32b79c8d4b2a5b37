"""``flaggit doctor``: each thing it looks for, made in a real repository; and that it changes nothing unasked."""

from __future__ import annotations

import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from killer import Killer
from repositories import PROJECT, Work

from flaggit.doctor.diagnosis import DIAGNOSES
from flaggit.git.files import Incoming
from flaggit.git.repo import find_repo

RECENT = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))


def findings(work: Work, *options: str, status: int | None = None, env: dict | None = None) -> list[dict]:
    """Return what doctor finds, without the note that counts agents."""
    data = work.flaggit("doctor", "--json", *options, status=status, env=env).data
    assert [item["code"] for item in data].count("catalog_loaded") == 1
    return [item for item in data if item["code"] != "catalog_loaded"]


RULES = {
    "zombie": "D001",
    "circular": "D002",
    "timeout_pattern": "D003",
    "overload": "D004",
    "foreign_lock": "D005",
    "lock_without_flag": "D005",
    "unknown_lock": "D005",
    "stale_git_lock": "D006",
    "namespace_blocked": "D007",
    "hook_without_flaggit": "D008",
    "leftover_file": "D009",
    "unfinished_import": "D009",
    "catalog_loaded": "D010",
    "old_git": "D011",
    "many_completed": "D012",
}


def only(work: Work, code: str, **options: object) -> dict:
    found = [item for item in findings(work, **options) if item["code"] == code]
    assert len(found) == 1, findings(work)
    assert found[0]["rule"] == RULES.get(code, found[0]["rule"])
    return found[0]


def snapshot(work: Work) -> dict[str, bytes]:
    """Return every file of the worktree and its git directory, caches and the like aside."""
    files = {}
    for path in sorted(work.path.rglob("*")):
        name = str(path.relative_to(work.path))
        if path.is_file() and not name.startswith((".git/flaggit/", ".git/index")):
            files[name] = path.read_bytes()
    return files


def test_a_healthy_repository_is_well(work: Work):
    work.raise_flag(created_at=RECENT)
    answer = work.flaggit("doctor")
    assert "4 agents loaded from .flags/catalog.yaml." in answer.out
    assert answer.out.endswith("All is well.\n")
    assert findings(work, status=0) == []


@pytest.mark.usefixtures("file_refs")
def test_looking_changes_nothing(work: Work):
    work.raise_flag()
    work.write(".git/refs/heads/main.lock", "")
    work.write(".flags/frontend.web/.999999999-0a0b0c0d.tmp", "half")
    before = snapshot(work)
    work.flaggit("doctor", status=1)
    work.flaggit("doctor", "--fix", status=1)
    assert snapshot(work) == before


def test_the_documented_rules_are_those_that_exist():
    rows = re.findall(r"^\| (D\d+) \| (.+) \|$", (PROJECT / "docs" / "doctor.md").read_text(), re.MULTILINE)
    assert dict(rows) == DIAGNOSES


def test_without_a_store_it_says_so(tmp_path: Path):
    work = Work(tmp_path)
    work.git("init", "-q")
    assert "flaggit init" in work.flaggit("doctor", status=5).err


# -- flags and locks ----------------------------------------------------------------------------


def test_a_quiet_flag_is_a_zombie_until_somebody_says_something(work: Work):
    flag_id = work.raise_flag(created_at="2026-01-01T00:00:00Z")
    zombie = only(work, "zombie", status=0)
    assert (zombie["rule"], zombie["level"], zombie["ids"]) == ("D001", "warning", [flag_id])
    work.flaggit("note", flag_id, "Still on my list.", agent="@frontend.web")
    assert findings(work) == []


def test_an_expired_lock_is_a_zombie_and_the_flag_counts_as_workable(work: Work):
    flag_id = work.raise_flag(created_at=RECENT)
    work.flaggit("lock", flag_id, "@frontend.web", "--ttl", "1s")
    time.sleep(1.2)
    zombie = only(work, "zombie", status=1)
    assert flag_id in zombie["ids"] and "@frontend.web" in zombie["message"]
    workable = work.flaggit("get-workable-flags").json
    assert workable == [{"target_agent": "@frontend.web", "workable_flags": 1, "highest_priority": "medium"}]


def test_a_lock_whose_worktree_is_gone_is_a_zombie(work: Work):
    flag_id = work.raise_flag(created_at=RECENT)
    work.commit("raise", ".flags")
    other = work.worktree("other")
    other.flaggit("lock", flag_id, "@frontend.web")
    work.git("worktree", "remove", "--force", str(other.path))
    assert "worktree was removed" in only(work, "zombie", status=1)["message"]


def test_a_lock_whose_question_is_answered_is_a_zombie(work: Work):
    flag_id = work.raise_flag(created_at=RECENT)
    work.flaggit("lock", flag_id, agent="@frontend.web")
    question = work.flaggit("ask", flag_id, "Which field holds the id?", "--json", agent="@frontend.web").data
    assert findings(work, status=0) == []
    work.flaggit("complete", question["raised"]["id"] if "raised" in question else question["id"], "@backend.api")
    assert "answered" in only(work, "zombie", status=0)["message"]


def test_a_lock_of_no_flag_and_a_branch_that_is_no_lock_are_told(work: Work):
    flag_id = work.raise_flag(created_at=RECENT)
    work.git("update-ref", f"refs/heads/flags/lock/{flag_id}", "HEAD")
    assert only(work, "foreign_lock")["ids"] == [flag_id]
    lost = work.raise_flag(created_at=RECENT)
    work.flaggit("lock", lost, agent="@frontend.web")
    work.git("rm", "-q", "-f", f".flags/frontend.web/{lost}.yaml")
    assert only(work, "lock_without_flag")["ids"] == [lost]


def test_circles_of_chains_and_of_questions_are_errors(work: Work):
    first, second = "aaaaaaa", "bbbbbbb"
    work.raise_flag(id=first, chain_origin_id=second, created_at=RECENT)
    work.raise_flag(id=second, chain_origin_id=first, created_at=RECENT)
    circles = [item for item in findings(work, status=1) if item["code"] in ("circular", "chain_cycle")]
    assert [sorted(item["ids"]) for item in circles] == [[first, second]]
    work.raise_flag(id="ccccccc", re="ddddddd", flag_type="information_request", created_at=RECENT)
    work.raise_flag(id="ddddddd", re="ccccccc", flag_type="information_request", created_at=RECENT)
    assert only(work, "circular")["ids"] == ["ccccccc", "ddddddd"]


def test_a_circle_across_branches_is_found(work: Work):
    base = work.commit("base")
    work.raise_flag(id="aaaaaaa", chain_origin_id="bbbbbbb", created_at=RECENT)
    work.commit("one", ".flags")
    work.git("switch", "-q", "-c", "other", base)
    work.raise_flag(id="bbbbbbb", chain_origin_id="aaaaaaa", created_at=RECENT)
    work.commit("two", ".flags")
    assert only(work, "circular", status=1)["ids"] == ["aaaaaaa", "bbbbbbb"]


def test_two_timed_out_flags_of_one_agent_are_a_pattern_and_one_is_none(work: Work):
    work.raise_flag(created_at=RECENT)
    for _ in range(3):
        work.flaggit("plan", "--record")
    assert findings(work) == []
    work.raise_flag(created_at=RECENT)
    for _ in range(3):
        work.flaggit("plan", "--record")
    pattern = only(work, "timeout_pattern", status=1)
    assert "@frontend.web" in pattern["message"] and len(pattern["ids"]) == 2


def test_more_than_ten_pending_flags_are_too_many(work: Work):
    for _ in range(10):
        work.raise_flag(created_at=RECENT)
    assert findings(work) == []
    work.raise_flag(created_at=RECENT)
    assert len(only(work, "overload", status=0)["ids"]) == 11


# -- files --------------------------------------------------------------------------------------


def test_broken_double_and_misplaced_files_are_told(work: Work):
    flag_id = work.raise_flag(created_at=RECENT)
    text = work.read(f".flags/frontend.web/{flag_id}.yaml")
    work.write(f".flags/backend.queue/{flag_id}.yaml", text)
    work.write(".flags/frontend.web/zzzzzzz.yaml", "schema: 1\nschema: 1\n")
    codes = {item["code"] for item in findings(work, status=1)}
    assert {"duplicate_id", "wrong_folder", "duplicate_key"} <= codes


def test_dangling_references_and_orphan_notes_are_warnings(work: Work):
    flag_id = work.raise_flag(chain_origin_id="zzzzzzz", created_at=RECENT)
    work.flaggit("note", flag_id, "A remark.", agent="@backend.api")
    assert only(work, "unknown_flag", status=0)["ids"] == [flag_id, "zzzzzzz"]
    work.git("rm", "-q", "-f", f".flags/frontend.web/{flag_id}.yaml")
    assert only(work, "orphan_note", status=0)["ids"] == [flag_id]


def test_a_broken_catalog_file_is_named_and_the_count_is_never_silently_short(work: Work):
    work.write(".flags/catalog.d/good.yaml", 'schema: 1\nagents:\n  "@docs.writer": {}\n')
    work.write(".flags/catalog.d/bad.yaml", "agents: [\n")
    data = work.flaggit("doctor", "--json", status=1).data
    (count,) = [item for item in data if item["code"] == "catalog_loaded"]
    assert count["level"] == "note"
    assert "5 agents loaded" in count["message"] and "bad.yaml" in count["message"]
    assert any(item["path"] == ".flags/catalog.d/bad.yaml" and item["level"] == "error" for item in data)


# -- what killed processes leave ----------------------------------------------------------------


def leave_ref_lock(work: Work) -> Path:
    """Kill a git in the middle of a ref transaction."""
    process = subprocess.Popen(
        ["git", "update-ref", "--stdin"], cwd=work.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    head = work.git("rev-parse", "HEAD")
    process.stdin.write(f"start\nupdate refs/heads/topic {head}\nprepare\n".encode())
    process.stdin.flush()
    for _ in range(2):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return work.path / ".git" / "refs" / "heads" / "topic.lock"


@pytest.mark.usefixtures("file_refs")
def test_the_lock_file_of_a_killed_git_is_found_and_removed_on_request(work: Work):
    left = leave_ref_lock(work)
    assert left.exists()
    found = only(work, "stale_git_lock", status=1)
    assert found["path"] == ".git/refs/heads/topic.lock"
    answer = work.flaggit("doctor", "--fix", status=1)
    assert "Would be done with --yes: remove .git/refs/heads/topic.lock" in answer.err
    assert left.exists()
    assert "Removed .git/refs/heads/topic.lock." in work.flaggit("doctor", "--fix", "--yes").err
    assert not left.exists()
    work.git("branch", "topic")


@pytest.mark.slow
def test_whatever_kills_leave_behind_is_found_and_mended(work: Work):
    """Kill flaggit and the gits that it starts at random moments; afterwards doctor makes everything work again."""
    chance = random.Random(5)
    flag_id = work.raise_flag(created_at=RECENT)
    work.commit("raise", ".flags")
    lines = (["plan", "--record"], ["lock", flag_id, "@frontend.web"], ["note", flag_id, "text"], ["unlock", flag_id])
    left = 0
    killer = Killer(chance)
    while killer.killed < 100:
        killer.run(work, chance.choice(lines), agent="@frontend.web")
        if chance.random() < 0.2:
            leave_ref_lock(work)
        places = (
            *work.path.glob(".git/*.lock"),
            *work.path.glob(".git/refs/**/*.lock"),
            *work.path.glob(".flags/**/*.tmp"),
        )
        if places:
            left += 1
            work.flaggit("doctor", "--fix", "--yes", status=None)
    assert left
    work.flaggit("doctor", "--fix", "--yes", status=None)
    assert [item for item in findings(work) if item["rule"] in ("D006", "D009")] == []
    work.flaggit("plan", "--record")
    work.flaggit("lock", flag_id, "@frontend.web")
    work.commit("after", ".flags")
    assert work.git("fsck", "--strict", "--no-dangling") == ""


def test_lock_files_of_linked_worktrees_and_packed_refs_are_found(work: Work):
    work.commit("base")
    work.worktree("other")
    work.write(".git/packed-refs.lock", "")
    work.write(".git/worktrees/other/index.lock", "")
    paths = [item["path"] for item in findings(work) if item["code"] == "stale_git_lock"]
    assert paths == [".git/packed-refs.lock", ".git/worktrees/other/index.lock"]


@pytest.mark.usefixtures("file_refs")
def test_a_git_at_work_is_never_taken_for_dead(work: Work):
    process = subprocess.Popen(
        ["git", "update-ref", "--stdin"], cwd=work.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    process.stdin.write(f"start\nupdate refs/heads/topic {work.git('rev-parse', 'HEAD')}\nprepare\n".encode())
    process.stdin.flush()
    for _ in range(2):
        process.stdout.readline()
    left = work.path / ".git" / "refs" / "heads" / "topic.lock"
    try:
        assert left.exists()
        assert findings(work, "--fix", "--yes", status=0) == []
        os.utime(left, (time.time() - 3600,) * 2)
        assert only(work, "stale_git_lock", status=0)["level"] == "warning"
        work.flaggit("doctor", "--fix", "--yes", status=0)
        assert left.exists()
    finally:
        process.stdin.write(b"abort\n")
        process.communicate()


def test_a_leftover_of_a_killed_write_is_moved_and_not_removed(work: Work):
    work.write(".flags/frontend.web/.999999999-0a0b0c0d.tmp", "what somebody typed\n")
    assert only(work, "leftover_file", status=0)["path"] == ".flags/frontend.web/.999999999-0a0b0c0d.tmp"
    work.flaggit("doctor", "--fix", "--yes")
    assert findings(work, status=0) == []
    (rescued,) = (work.path / ".git" / "flaggit" / "rescued").iterdir()
    assert rescued.read_text() == "what somebody typed\n"


def test_the_temporary_file_of_a_living_write_is_left_alone(work: Work):
    work.write(f".flags/frontend.web/.{os.getpid()}-0a0b0c0d.tmp", "half")
    assert [item for item in findings(work) if item["code"] == "leftover_file"] == []


def test_on_a_terminal_it_asks(work: Work):
    work.write(".git/packed-refs.lock", "")

    def answer(word: bytes) -> bytes:
        main, other = pty.openpty()
        argv = [sys.executable, "-m", "flaggit", "doctor", "--fix"]
        process = subprocess.Popen(argv, cwd=work.path, env=os.environ, stdin=other, stdout=other, stderr=other)
        os.close(other)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(main, 1024)
        os.write(main, word)
        try:
            while chunk := os.read(main, 1024):
                shown += chunk
        except OSError:  # the other end is closed
            pass
        process.wait()
        os.close(main)
        return shown

    assert b"remove .git/packed-refs.lock" in answer(b"n\n")
    assert (work.path / ".git" / "packed-refs.lock").exists()
    answer(b"y\n")
    assert not (work.path / ".git" / "packed-refs.lock").exists()


# -- git's own set-up ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "status"), [("flags", 1), ("flags/lock", 1), ("flag", 0)])
def test_a_branch_that_blocks_the_locks_is_told(work: Work, name: str, status: int):
    work.git("branch", name)
    found = only(work, "namespace_blocked", status=status)
    assert f"git branch -m {name} " in found["fix"]


def test_a_branch_at_the_remote_that_blocks_the_locks_is_told(work: Work):
    work.git("branch", "flags")
    work.git("clone", "-q", ".", str(work.path.parent / "clone"))
    found = only(Work(work.path.parent / "clone"), "namespace_blocked", status=1)
    assert "at origin" in found["message"]


def test_a_lock_whose_push_nobody_confirmed_is_told(work: Work):
    flag_id = work.raise_flag(created_at=RECENT)
    work.flaggit("lock", flag_id, agent="@frontend.web")
    held = work.git("rev-parse", f"refs/heads/flags/lock/{flag_id}")
    work.git("update-ref", f"refs/flaggit/intent/{flag_id}", held)
    assert only(work, "unknown_lock", status=0)["fix"] == "flaggit sync"


def stub(work: Work, name: str = ".git/hooks/commit-msg", mode: int = 0o755) -> Path:
    path = work.write(name, "#!/bin/sh\n# flaggit-stub v1\nexit 0\n")
    path.chmod(mode)
    return path


def test_a_hook_that_git_does_not_look_for_is_told(work: Work):
    stub(work)
    assert [item for item in findings(work) if item["code"].startswith("hook_else")] == []
    work.git("config", "core.hooksPath", "elsewhere")
    assert only(work, "hook_elsewhere", status=1)["path"] == ".git/hooks/commit-msg"
    work.write("elsewhere/commit-msg", '#!/bin/sh\nflaggit hook commit-msg -- "$@"\n')
    assert [item for item in findings(work) if item["code"] == "hook_elsewhere"] == []


def test_a_hook_that_may_not_run_is_told_and_mended(work: Work):
    path = stub(work, mode=0o644)
    only(work, "hook_not_executable", status=1)
    work.flaggit("doctor", "--fix", "--yes")
    assert os.access(path, os.X_OK)


def test_hooks_that_cannot_find_flaggit_are_told(work: Work, tmp_path: Path):
    stub(work)
    for program in ("git", "sh"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        where = subprocess.run(["which", program], capture_output=True, text=True).stdout.strip()
        (tmp_path / "bin" / program).symlink_to(where)
    assert only(work, "hook_without_flaggit", env={"PATH": str(tmp_path / "bin")})["level"] == "warning"


def test_it_works_in_a_bare_repository(work: Work):
    work.raise_flag(created_at=RECENT)
    work.commit("raise", ".flags")
    bare = Work(work.path.parent / "bare.git")
    work.git("clone", "-q", "--bare", ".", str(bare.path))
    assert findings(bare, status=0) == []


def test_no_finding_names_a_destructive_step(work: Work):
    work.write(".git/packed-refs.lock", "")
    work.write(".flags/stray.txt", "x")
    work.git("branch", "flags")
    for item in findings(work):
        assert not re.search(r"\brm\b|branch -D|reset --hard|--force|clean -", item["fix"]), item


def test_an_old_git_is_named() -> None:
    from flaggit.doctor.diagnosis import judge_git

    assert [problem.code for problem in judge_git((2, 30, 1))] == ["old_git"]
    assert judge_git((2, 34)) == judge_git((2, 39, 5)) == judge_git((3, 0)) == []


def test_an_import_that_was_killed_is_told_and_put_aside(work: Work):
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    left = Path(find_repo(str(work.path)).state_dir) / f"{Incoming.PREFIX}{gone.pid}-x"
    left.mkdir(parents=True)
    (left / "k7m2q0x.yaml").write_text("schema: 1\n")
    found = only(work, "unfinished_import", status=1)
    assert (found["rule"], found["level"], found["fix"]) == ("D009", "error", "Run the same import again.")
    work.flaggit("doctor", "--fix", "--yes", status=None)
    assert findings(work) == []


def test_pruning_is_proposed_from_a_size_on(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    from flaggit.commands.planning.doctor import doctor
    from flaggit.doctor import diagnosis

    monkeypatch.setattr(diagnosis, "MANY_DONE", 2)
    first, second = (work.raise_flag(created_at=RECENT) for _ in range(2))
    work.flaggit("complete", first, agent="@frontend.web")
    assert "many_completed" not in [problem.code for problem in doctor(work.session()).data.problems]
    work.flaggit("complete", second, agent="@frontend.web")
    reply = doctor(work.session())
    found = [problem for problem in reply.data.problems if problem.code == "many_completed"]
    assert [(problem.rule, problem.level) for problem in found] == [("D012", "note")] and reply.status == 0
    work.flaggit(*found[0].fix.split()[1:])
