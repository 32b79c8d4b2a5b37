"""What the system refuses, readers who leave, and Ctrl-C: each ends with its own status, and nothing is half done."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Work

import flaggit

FLAGGIT = [sys.executable, "-m", "flaggit"]
PACKAGE = Path(flaggit.__file__).parent
LONG = "9" * 5000


def test_a_verdict_survives_a_reader_who_has_gone(work: Work) -> None:
    work.write(".flags/backend.api/k7m2q0x.yaml", "junk\n")
    read, write = os.pipe()
    os.close(read)
    for words in (["check"], ["check", "--json"]):
        done = subprocess.run([*FLAGGIT, *words], cwd=work.path, stdout=write, stderr=subprocess.PIPE)
        assert done.returncode == 1, done.stderr
    assert subprocess.run([*FLAGGIT, "list"], cwd=work.path, stdout=write).returncode == 0
    missing = subprocess.run([*FLAGGIT, "show", "k7m2q0y", "--json"], cwd=work.path, stdout=write)
    assert missing.returncode == 3
    os.close(write)


@pytest.mark.parametrize("words", [["show", LONG], ["complete", LONG], ["note", LONG, "text"], ["chain", LONG]])
def test_long_digits_are_no_id(work: Work, words: list[str]) -> None:
    answer = work.flaggit(*words, agent="@backend.api", status=None)
    assert answer.status in (2, 3) and "fault of its own" not in answer.err, answer


@pytest.mark.parametrize("number", [LONG, "1" * 16, "-" + "9" * 40, "²"])
def test_numbers_on_the_command_line_have_a_limit(work: Work, number: str) -> None:
    answer = work.flaggit("agents", "search", "x", "--limit", number, status=None)
    assert answer.status == 2 and "Traceback" not in answer.err, answer


def test_long_digits_in_a_message_are_no_flag(work: Work, program: Path) -> None:
    work.flaggit("hooks", "install")
    work.write("x", "x\n")
    work.git("add", "x")
    answer = work.run("git", "commit", "-qm", f"w\n\nCompletes-Flag: {LONG}")
    assert "fault of its own" not in answer.err and answer.status == 1, answer


@pytest.mark.parametrize("count", range(4, 12))
def test_without_descriptors_the_status_is_5(work: Work, count: int) -> None:
    flag_id = work.raise_flag()
    before = work.git("status", "--porcelain")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))

    for words in (["lock", flag_id, "@frontend.web"], ["note", flag_id, "hi", "--from", "@frontend.web"]):
        done = subprocess.run([*FLAGGIT, *words], cwd=work.path, capture_output=True, text=True, preexec_fn=limit)
        if done.returncode == 0:
            continue
        if "flaggit" in done.stderr:  # else Python itself could not start
            assert done.returncode == 5 or "Traceback" in done.stderr, done
            assert not re.search("fault of its own|flaggit/.*, line", done.stderr), done.stderr
            assert work.git("status", "--porcelain") == before


def test_what_cannot_be_staged_is_taken_back_whatever_kept_git_from_it(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag_id = work.raise_flag()
    work.commit("flags")
    path = os.environ["PATH"]
    text = ("--to", "@frontend.web", "--change", "x" * 60, "--action", "y" * 120)
    for words in (
        ["create", "--type", "change", *text],
        ["note", flag_id, "hi"],
        ["edit", flag_id, "--impact", "high"],
        ["complete", flag_id, "@frontend.web"],
    ):
        monkeypatch.setenv("PATH", "")  # files are found and written without git, which stages them
        answer = work.flaggit(*words, agent="@backend.api", status=None)
        monkeypatch.setenv("PATH", path)
        assert answer.status == 5 and "git" in answer.err, (words, answer)
        assert work.git("status", "--porcelain", "-uall") == "", words


@pytest.mark.usefixtures("file_refs")
@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "worktrees/w/gitdir", "worktrees/w/commondir"])
def test_what_a_failing_machine_leaves_of_gits_files_is_no_fault_of_ours(work: Work, name: str) -> None:
    """Zeros where a line was: as a file system shows what was not written before the power went."""
    work.raise_flag()
    work.commit("Raise")  # writes the branch as a file of its own
    work.git("worktree", "add", "-q", str(work.path.parent / "w"))
    with (work.path / ".git" / name).open("r+b") as file:
        file.seek(5)
        file.write(bytes(40))
    for place in (work, Work(work.path.parent / "w")):
        answer = place.flaggit("list", "--status", "all", status=None)
        assert answer.status in (0, 5) and "fault of its own" not in answer.err, answer


STRACE = shutil.which("strace")
# A call of the system, and the error that it ends with from its first or a later time on.
FAULTS = [
    *(("clone3,vfork,clone,fork", error) for error in ("ENOSPC", "EAGAIN", "ENOMEM")),
    *(("pipe2,pipe", error) for error in ("EMFILE", "ENFILE")),
    *(("fsync,fdatasync", error) for error in ("EIO", "ENOSPC")),
    *(("rename,renameat,renameat2", error) for error in ("EACCES", "ENOSPC")),
    *(("unlink,unlinkat", error) for error in ("EACCES", "EBUSY")),
    *(("flock", error) for error in ("ENOLCK", "EINTR")),
    *(("mkdir,mkdirat", error) for error in ("EACCES", "ENOSPC")),
]


@pytest.mark.slow
@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize(("call", "error"), FAULTS, ids=lambda value: value.replace(",", "+"))
def test_an_injected_error_of_the_system_is_told_as_one(work: Work, call: str, error: str) -> None:
    """Fails the first, second, ... such call of each command; those of the git that it starts are left alone."""
    flag_id, other = work.raise_flag(), work.raise_flag()
    work.commit("flags")
    commands = [
        ["list"],
        ["lock", flag_id, "@frontend.web"],
        ["note", flag_id, "hi", "--from", "@frontend.web"],
        ["complete", other, "@frontend.web"],
        ["check"],
    ]
    for words in commands:
        for place in range(1, 6):
            inject = f"inject={call}:error={error}:when={place}"
            trace = [STRACE, "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject]
            done = subprocess.run([*trace, *FLAGGIT, *words], cwd=work.path, capture_output=True, text=True)
            assert done.returncode in (0, 4, 5), (words, place, done)
            assert "Traceback" not in done.stderr and "fault of its own" not in done.stderr, (words, place, done.stderr)
            assert done.returncode != 5 or done.stderr.count("\n") >= 1, (words, done)
            work.git("fsck", "--strict")
            checked = work.flaggit("check", status=None)
            assert checked.status == 0, (words, place, checked)


@pytest.mark.parametrize("place", range(12))
def test_ctrl_c_ends_with_130_while_a_command_runs(work: Work, place: int) -> None:
    """The moments are those of git's starts, which a command waits for: the signal comes while it does."""
    for _ in range(3):
        work.raise_flag()
    work.commit("flags")
    flag_id = work.raise_flag()
    program = (
        "import os, signal, sys; calls = 0\n"
        "def stop(event, words):\n"
        "    global calls\n"
        f"    if event in ('import', 'open', 'os.posix_spawn') and (calls := calls + 1) == {place * 7 + 1}:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "from flaggit.__main__ import main\n"
        "sys.addaudithook(stop)\n"
        f"sys.argv = ['flaggit', 'lock', '{flag_id}', '@frontend.web']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=work.path, capture_output=True, text=True)
    assert done.returncode in (130, -signal.SIGINT), done
    assert "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize("missing", ["git/files.py", "cli/program.py", "output/text.py"])
def test_a_part_that_cannot_be_loaded_is_an_error_of_the_system(work: Work, tmp_path: Path, missing: str) -> None:
    """As where the system does not let Python look into a folder, which it takes for an empty one then."""
    shutil.copytree(PACKAGE, tmp_path / "copy" / "flaggit", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "copy" / "flaggit" / missing).unlink()
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "copy"), "PYTHONDONTWRITEBYTECODE": "1"}
    for words, status in ((["show", "k7m2q0x"], 5), (["agent-hook", "nothing"], 1)):
        done = subprocess.run([*FLAGGIT, *words], cwd=work.path, env=env, capture_output=True, text=True)
        assert done.returncode in (status, 0) and "Traceback" not in done.stderr, done
        assert words[0] != "show" or (done.returncode == 5 and done.stderr.count("\n") == 2), done
