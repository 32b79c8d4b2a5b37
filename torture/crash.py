"""Kills at random moments, kills at each writing call of the system, and a system that refuses."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from torture.case import (
    ACTION,
    AGENTS,
    CHANGE,
    FLAGGIT,
    PROJECT,
    Campaign,
    flag_bytes,
    flaggit,
    git,
    new_id,
    repository,
    write,
)

API, WEB, _ = AGENTS
_WRITES = "write,rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,fsync,fdatasync,openat"
_REFUSALS = {
    "clone3,vfork,clone,fork": ("ENOSPC", "EAGAIN", "ENOMEM"),
    "pipe2,pipe": ("EMFILE", "ENFILE"),
    "fsync,fdatasync": ("EIO", "ENOSPC"),
    "rename,renameat,renameat2": ("EACCES", "ENOSPC"),
    "unlink,unlinkat": ("EACCES", "EBUSY"),
    "flock": ("ENOLCK", "EINTR"),
    "mkdir,mkdirat": ("EACCES", "ENOSPC"),
}


def _start(folder: Path, chance: random.Random) -> tuple[Path, str, list[str]]:
    """Return a repository with a committed flag, its id, and a command that writes something about it."""
    place = repository(folder)
    flag_id = new_id(chance)
    write(place, f".flags/frontend.web/{flag_id}.yaml", flag_bytes(flag_id, API, WEB))
    git(place, "add", "-A")
    git(place, "commit", "-qm", "Raise")
    words = chance.choice(
        [
            ["create", "--type", "change", "--to", WEB, "--change", CHANGE, "--action", ACTION],
            ["create", "--type", "change", "--to", WEB, "--change", CHANGE, "--action", ACTION, "--commit"],
            ["edit", flag_id, "--impact", "high"],
            ["note", flag_id, "A note that says something."],
            ["complete", flag_id, WEB],
            ["complete", flag_id, WEB, "--commit"],
            ["lock", flag_id, WEB],
            ["redirect", flag_id, "--to", "@team.release"],
        ]
    )
    return place, flag_id, words


def _look_after(place: Path, flag_id: str, status: int | None, words: list[str]) -> str:
    """Return what is wrong after a command was killed or refused: something torn, lost, or that stays broken."""
    for lock in (place / ".git").rglob("*.lock"):
        lock.unlink()  # of a git that was killed; `doctor --fix` removes it once it is old
    listed = flaggit(place, "list", "--status", "all", "--json")
    if listed.returncode != 0 or f'"{flag_id}"' not in listed.stdout:
        return f"{words}: the flag is not listed any more: {listed.stdout[-200:]} {listed.stderr[-300:]}"
    if '"warnings": []' not in listed.stdout:
        return f"{words}: a file is torn: {listed.stdout[-400:]}"
    for path in (place / ".flags").rglob("*.tmp"):
        path.unlink()
    checked = flaggit(place, "check")
    if checked.returncode != 0:
        return f"{words}, status {status}: check finds {checked.stdout[-400:]}"
    if subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=place, capture_output=True).returncode:
        return f"{words}: git fsck finds something"
    again = flaggit(place, "note", flag_id, "Afterwards.", agent=API)
    return "" if again.returncode == 0 else f"{words}: nothing can be written any more: {again.stderr[-300:]}"


def kill_at_random(chance: random.Random, folder: Path) -> str:
    """Kill a writing command after a while, with the gits that it started or alone."""
    place, flag_id, words = _start(folder, chance)
    env = {**os.environ, "PYTHONPATH": str(PROJECT), "FLAGGIT_AGENT": API}
    process = subprocess.Popen(
        [*FLAGGIT, *words],
        cwd=place,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    status = None
    try:
        status = process.wait(timeout=chance.uniform(0.02, 1.0) * chance.choice((0.3, 1, 1)))
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if chance.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        _wait_for_group(process.pid)
    if status not in (None, 0):
        return f"{words} ended with {status}"
    return _look_after(place, flag_id, status, words)


def _wait_for_group(group: int) -> None:
    """Wait until the gits that outlive a killed flaggit have ended."""
    for _ in range(500):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)


def _traced(words: list[str], inject: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run flaggit, not the gits that it starts, with a fault in one of its calls of the system."""
    trace = ["strace", "-qq", "-o", os.devnull, "-e", f"trace={inject.partition(':')[0]}", "-e", f"inject={inject}"]
    env = {**os.environ, "PYTHONPATH": str(PROJECT), "FLAGGIT_AGENT": API}
    return subprocess.run([*trace, *FLAGGIT, *words], cwd=place, env=env, capture_output=True, text=True)


def kill_at_call(chance: random.Random, folder: Path) -> str:
    """Kill a writing command in its n-th call that writes something."""
    place, flag_id, words = _start(folder, chance)
    call = chance.choice(_WRITES.split(","))
    place_of_call = chance.randint(1, 200) if call == "openat" else chance.randint(1, 12)
    _traced(words, f"{call}:signal=KILL:when={place_of_call}", place)
    return _look_after(place, flag_id, None, words)


def refuse_a_call(chance: random.Random, folder: Path) -> str:
    """Let the n-th call of some kind fail, as where a disk is full or no process can be started."""
    place, flag_id, words = _start(folder, chance)
    call = chance.choice(sorted(_REFUSALS))
    error = chance.choice(_REFUSALS[call])
    nth = chance.randint(1, 6)
    done = _traced(words, f"{call}:error={error}:when={nth}", place)
    told = f"{words}, {error} in {call} number {nth}, status {done.returncode}: {done.stderr[-300:]}"
    if done.returncode not in (0, 4, 5) or "Traceback" in done.stderr or "fault of its own" in done.stderr:
        return told
    return _look_after(place, flag_id, done.returncode, words)


def without_descriptors(chance: random.Random, folder: Path) -> str:
    """Run a command where hardly a file can be opened, or no large one written."""
    place, flag_id, words = _start(folder, chance)
    files, size = chance.randint(4, 14), chance.choice((None, 0, 512, 4096))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if size is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    env = {**os.environ, "PYTHONPATH": str(PROJECT), "FLAGGIT_AGENT": API, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*FLAGGIT, *words], cwd=place, env=env, capture_output=True, text=True, preexec_fn=limit)
    if "fault of its own" in done.stderr:
        return f"{words} with {files} files of {size} bytes: {done.stderr[-300:]}"
    return _look_after(place, flag_id, done.returncode, words)


_ERRORS = {
    "openat": ("EMFILE", "EACCES", "EIO", "ENOMEM"),
    "read": ("EIO",),
    "write": ("ENOSPC", "EIO"),
    "close": ("EIO",),
    "mmap": ("ENOMEM",),
    "pipe2": ("EMFILE", "ENFILE"),
    "vfork": ("EAGAIN", "ENOMEM"),
    "clone3": ("EAGAIN", "ENOMEM"),
    "flock": ("ENOLCK", "EINTR"),
    "rename": ("EACCES", "ENOSPC", "EXDEV"),
    "unlink": ("EACCES", "EBUSY"),
    "mkdir": ("EACCES", "ENOSPC"),
    "fsync": ("EIO", "ENOSPC"),
}
_OTHER = ("EIO", "EACCES")
# What the interpreter itself dies of, or what cannot fail; and how our own first line is known in a trace.
_SPARED = frozenset(("execve", "exit_group", "exit", "rt_sigreturn", "brk", "munmap", "futex", "rt_sigprocmask"))
_FIRST = "flaggit/__main__"


def _calls_of(place: Path, words: list[str]) -> list[str]:
    """Return the names of the calls that a command makes from its first line on, in a copy of the repository."""
    with tempfile.TemporaryDirectory(prefix="torture-count-") as folder:
        copy, trace = Path(folder) / "work", Path(folder) / "trace"
        shutil.copytree(place, copy, symlinks=True)
        env = {**os.environ, "PYTHONPATH": str(PROJECT), "FLAGGIT_AGENT": API}
        subprocess.run(["strace", "-qq", "-o", str(trace), *FLAGGIT, *words], cwd=copy, env=env, capture_output=True)
        lines = trace.read_text(errors="replace").splitlines()
    begun = next(number for number, line in enumerate(lines) if _FIRST in line)
    names = [line.partition("(")[0] for line in lines]
    return [*(f"-{name}" for name in names[:begun]), *names[begun:]]


def refuse_any_call(chance: random.Random, folder: Path) -> str:
    """Let any one call of the system fail that a command makes: 5 and a sentence, or done without it; never half."""
    place, flag_id, words = _start(folder, chance)
    words = chance.choice([words, words, ["check"], ["list"], ["inbox", WEB], ["show", flag_id], ["prime"]])
    is_judging = words == ["check"]
    if is_judging:
        write(place, ".flags/frontend.web/k7m2q0x.yaml", b"junk\n")
    names = _calls_of(place, words)
    numbers = [at for at, name in enumerate(names) if name[0].isalpha() and name not in _SPARED]
    at = chance.choice(numbers)
    name = names[at]
    nth = sum(other.lstrip("-") == name for other in names[: at + 1])
    error = chance.choice(_ERRORS.get(name, _OTHER))
    done = _traced(words, f"{name}:error={error}:when={nth}", place)
    answer = f"status {done.returncode}: {done.stdout[-200:]} {done.stderr[-300:]}"
    told = f"{words}, {error} in {name} number {nth}, {answer}"
    if not 0 <= done.returncode <= 5 or "Traceback" in done.stderr or "fault of its own" in done.stderr:
        return told
    if is_judging:
        (place / ".flags/frontend.web/k7m2q0x.yaml").unlink()
        return "" if done.returncode in (1, 5) else f"the verdict was lost: {told}"
    if done.returncode == 5 and not done.stderr.strip() and name != "write":
        return f"nothing was said: {told}"
    return _look_after(place, flag_id, done.returncode, words)


def _no_strace() -> str:
    return "" if shutil.which("strace") else "strace is not installed"


_WHOLE = "no file torn, nothing acknowledged lost, the next command works"
CAMPAIGNS = (
    Campaign("crash", _WHOLE, kill_at_random, 10, 4000, "kills"),
    Campaign("crash-call", _WHOLE, kill_at_call, 6, 1000, "kills", missing=_no_strace),
    Campaign("refused", "status 5 and no traceback, and as after a kill", refuse_a_call, 6, 1000, missing=_no_strace),
    Campaign("refused-any", "as refused, at any call", refuse_any_call, 4, 3000, missing=_no_strace),
    Campaign("descriptors", "no fault of its own, and as after a kill", without_descriptors, 4, 300),
)
