"""Kills at random moments, and kills at each writing call of the system."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from torture.case import ACTION, AGENTS, CHANGE, FLAGGIT, FLAGS, Campaign, environment, flaggit, repository
from torture.warm import Running

API, WEB, _ = AGENTS
WHOLE = "no file torn, nothing acknowledged lost, the next command works"
_TOOK: dict[str, float] = {}  # seconds that a command took when it last ended by itself
_WRITES = "write,rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,fsync,fdatasync,openat"


def start(folder: Path, chance: random.Random) -> tuple[Path, str, list[str]]:
    """Return a repository with a committed flag, its id, and a command that writes something about it."""
    place, flag_id = repository(folder, FLAGS[0]), FLAGS[0]
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


def look_after(place: Path, flag_id: str, status: int | None, words: list[str]) -> str:
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
    """Kill a writing command after a while, with the gits that it started or alone; now and then while it loads."""
    place, flag_id, words = start(folder, chance)
    is_loading = chance.random() < 0.1
    longest = 0.4 if is_loading else _TOOK.get(" ".join(words[:1] + words[3:]), 0.3)
    patience, with_gits = chance.uniform(0, 1.2) * longest, chance.random() < 0.5
    begun = time.monotonic()
    process = _load(words, place) if is_loading else Running(words, place, environment(API))
    status = None
    try:
        done = process.wait(patience)
        status = done if isinstance(done, int) else done.returncode
        _TOOK[" ".join(words[:1] + words[3:])] = time.monotonic() - begun
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if with_gits else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        _wait_for_group(process.pid)
    if status not in (None, 0):
        return f"{words} ended with {status}"
    return look_after(place, flag_id, status, words)


def _load(words: list[str], place: Path) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    program = [*FLAGGIT, *words]
    return subprocess.Popen(
        program, cwd=place, env=environment(API), stdout=nothing, stderr=nothing, start_new_session=True
    )


def _wait_for_group(group: int) -> None:
    """Wait until the gits that outlive a killed flaggit have ended."""
    for _ in range(500):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)


def traced(words: list[str], inject: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run flaggit, not the gits that it starts, with a fault in one of its calls of the system."""
    options = ["-o", os.devnull, "-e", f"trace={inject.partition(':')[0]}", "-e", f"inject={inject}"]
    return Running(words, place, environment(API), options).wait()


def kill_at_call(chance: random.Random, folder: Path) -> str:
    """Kill a writing command in its n-th call that writes something."""
    place, flag_id, words = start(folder, chance)
    call = chance.choice(_WRITES.split(","))
    place_of_call = chance.randint(1, 60) if call == "openat" else chance.randint(1, 12)
    traced(words, f"{call}:signal=KILL:when={place_of_call}", place)
    return look_after(place, flag_id, None, words)


def no_strace() -> str:
    return "" if shutil.which("strace") else "strace is not installed"


CAMPAIGNS = (
    Campaign("crash", WHOLE, kill_at_random, 10, 4000, "kills"),
    Campaign("crash-call", WHOLE, kill_at_call, 6, 1000, "kills", missing=no_strace),
)
