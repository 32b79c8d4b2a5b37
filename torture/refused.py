"""A system that refuses, at one call or at many: ``python -m torture.refused [SCENE...] [--call N]`` tries each call.

The campaigns choose calls at random. The sweep by hand is exhaustive and the same each time: of each scene, a command
in a repository, it counts the calls of the system that the command makes once it is loaded, and lets each of them fail
in turn. Exit status 1 where one was not answered as it should be; ``--call`` runs that one alone.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from torture.case import (
    ACTION,
    AGENTS,
    CHANGE,
    FLAGGIT,
    FLAGS,
    Campaign,
    completion_bytes,
    environment,
    git,
    repository,
    write,
)
from torture.crash import look_after, no_strace, start, traced
from torture.warm import Running

API, WEB, _ = AGENTS
ID, OTHER = FLAGS[:2]
_REFUSALS = {
    "clone3,vfork,clone,fork": ("ENOSPC", "EAGAIN", "ENOMEM"),
    "pipe2,pipe": ("EMFILE", "ENFILE"),
    "fsync,fdatasync": ("EIO", "ENOSPC"),
    "rename,renameat,renameat2": ("EACCES", "ENOSPC"),
    "unlink,unlinkat": ("EACCES", "EBUSY"),
    "flock": ("ENOLCK", "EINTR"),
    "mkdir,mkdirat": ("EACCES", "ENOSPC"),
}
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
_READING = frozenset(("inbox", "list", "show", "prime", "check", "hook", "agent-hook"))
_QUIET = _READING | {"lock", "unlock", "sync", "next"}  # change no file of the work tree


def refuse_a_call(chance: random.Random, folder: Path) -> str:
    """Let the n-th call of some kind fail, as where a disk is full or no process can be started."""
    place, flag_id, words = start(folder, chance)
    call = chance.choice(sorted(_REFUSALS))
    error = chance.choice(_REFUSALS[call])
    nth = chance.randint(1, 6)
    done = traced(words, f"{call}:error={error}:when={nth}", place)
    told = f"{words}, {error} in {call} number {nth}, status {done.returncode}: {done.stderr[-300:]}"
    if done.returncode not in (0, 4, 5) or _is_fault(done):
        return told
    return look_after(place, flag_id, done.returncode, words)


def without_descriptors(chance: random.Random, folder: Path) -> str:
    """Run a command where hardly a file can be opened, or no large one written."""
    place, flag_id, words = start(folder, chance)
    files, size = chance.randint(4, 14), chance.choice((None, 0, 512, 4096))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if size is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    env = {**environment(API), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*FLAGGIT, *words], cwd=place, env=env, capture_output=True, text=True, preexec_fn=limit)
    if "fault of its own" in done.stderr:
        return f"{words} with {files} files of {size} bytes: {done.stderr[-300:]}"
    return look_after(place, flag_id, done.returncode, words)


def refuse_any_call(chance: random.Random, folder: Path) -> str:
    """Let any one call of a scene's command fail, in one of three cases one that it makes while it is loaded."""
    scene, is_cold = chance.choice(SCENES), chance.random() < 0.3
    clean = _clean(folder, scene, is_cold=is_cold)
    at = chance.choice(clean.numbers)
    return _refuse(folder, scene, clean, at, chance.choice(_errors_of(clean, at)), is_cold=is_cold)


# The sweep


class Scene(NamedTuple):
    """A command in a repository of two flags, which ``prepare`` and perhaps a lock change first."""

    name: str
    words: tuple[str, ...]
    prepare: Callable[[Path], None] = lambda place: None  # noqa: ARG005
    holds: bool = False  # taken each time: a copy of a worktree that holds a lock is another worktree
    stdin: str = os.devnull


class _Clean(NamedTuple):
    """What a command does where nothing fails: its answer, its calls, and the numbers of those that may fail."""

    answer: subprocess.CompletedProcess[str]
    names: list[str]
    numbers: list[int]


def _junk(place: Path) -> None:
    write(place, ".flags/frontend.web/k7m2q0x.yaml", b"junk\n")
    git(place, "add", "-A")


def _staged(place: Path) -> None:
    write(place, "src/a.ts", b"x\n")
    git(place, "add", "-A")
    (place / ".git" / "MESSAGE").write_text(f"Do it\n\nCompletes-Flag: {ID}\n")


def _pushed(place: Path, *, by: str = WEB) -> None:
    """A push of a completion to the branch that is here, as git hands it to the hook."""
    git(place, "config", "flaggit.requireIdentity", "true")
    before = git(place, "rev-parse", "HEAD")
    write(place, f".flags/done/{ID}.yaml", completion_bytes(ID, by))
    git(place, "add", "-A")
    git(place, "commit", "-qm", "Complete it")
    (place / ".git" / "PUSH").write_text(f"{before} {git(place, 'rev-parse', 'HEAD')} refs/heads/main\n")
    git(place, "reset", "-q", "--hard", before)


def _forged(place: Path) -> None:
    _pushed(place, by=API)


def _remote(place: Path) -> None:
    hub = place.parent / "hub.git"
    shutil.rmtree(hub, ignore_errors=True)
    git(place, "clone", "-q", "--bare", ".", str(hub))
    git(place, "remote", "add", "origin", str(hub))
    git(place, "fetch", "-q")
    git(place, "remote", "set-head", "origin", "main")


_TEXT = ("--type", "change", "--to", WEB, "--change", CHANGE, "--action", ACTION)
SCENES = (
    Scene("create", ("create", *_TEXT)),
    Scene("create-commit", ("create", *_TEXT, "--commit")),
    Scene("edit", ("edit", ID, "--impact", "high")),
    Scene("note", ("note", ID, "A note that says something.")),
    Scene("redirect", ("redirect", ID, "--to", "@team.release")),
    Scene("complete", ("complete", ID, WEB)),
    Scene("complete-commit", ("complete", ID, WEB, "--commit")),
    Scene("complete-held", ("complete", ID, WEB), _remote, holds=True),
    Scene("lock", ("lock", ID, WEB)),
    Scene("lock-remote", ("lock", ID, WEB), _remote),
    Scene("lock-again", ("lock", ID, WEB), _remote, holds=True),
    Scene("unlock", ("unlock", ID, WEB), _remote, holds=True),
    Scene("next", ("next", WEB, "--lock"), _remote),
    Scene("sync", ("sync", WEB), _remote, holds=True),
    Scene("inbox", ("inbox", WEB)),
    Scene("list", ("list", "--status", "all")),
    Scene("show", ("show", ID)),
    Scene("prime", ("prime", WEB)),
    Scene("check", ("check",)),
    Scene("check-junk", ("check",), _junk),
    Scene("check-staged", ("check", "--staged"), _junk),
    Scene("check-range", ("check", "--range", "HEAD..HEAD")),
    Scene("hook-pre-commit", ("hook", "pre-commit"), _staged),
    Scene("hook-pre-commit-junk", ("hook", "pre-commit"), _junk),
    Scene("hook-prepare", ("hook", "prepare-commit-msg", ".git/MESSAGE"), _staged),
    Scene("hook-commit-msg", ("hook", "commit-msg", ".git/MESSAGE"), _staged),
    Scene("hook-pre-receive", ("hook", "pre-receive"), _pushed, stdin=".git/PUSH"),
    Scene("hook-pre-receive-forged", ("hook", "pre-receive"), _forged, stdin=".git/PUSH"),
    Scene("agent-hook", ("agent-hook", "session-start", "--client", "claude")),
)


def _begin(folder: Path, scene: Scene) -> Path:
    """Return the scene's repository, always at the same place and as it was the first time."""
    kept, live = folder / "kept", folder / "live"
    if not kept.exists():
        scene.prepare(repository(live, ID, OTHER))
        live.rename(kept)
    shutil.rmtree(live, ignore_errors=True)
    shutil.copytree(kept, live, symlinks=True)
    if scene.holds:
        Running(["lock", ID], live / "work", environment(WEB)).wait()
    return live / "work"


def _clean(folder: Path, scene: Scene, *, is_cold: bool = False) -> _Clean:
    """Run the command where nothing fails."""
    trace, place = folder / "trace", _begin(folder, scene)
    answer = _run(scene, place, ["-o", str(trace)], is_cold=is_cold)
    lines = trace.read_text(errors="replace").splitlines()
    begun = next(number for number, line in enumerate(lines) if _FIRST in line) if is_cold else 0
    names = [(at, match.group()) for at, line in enumerate(lines) if (match := re.match(r"\w+(?=\()", line))]
    numbers = [number for number, (at, name) in enumerate(names) if at >= begun and name not in _SPARED]
    return _Clean(answer, [name for _, name in names], numbers)


def _run(scene: Scene, place: Path, options: list[str], *, is_cold: bool) -> subprocess.CompletedProcess[str]:
    """Run the scene's command under strace.

    Raises:
        subprocess.TimeoutExpired: It hangs.
    """
    env = environment(_agent(scene))
    if scene.words[-1] == "pre-receive":
        env |= {"GIT_DIR": ".git", "FLAGGIT_PUSHER": WEB}
    if is_cold:
        words = ["strace", "-qq", *options, *FLAGGIT, *scene.words]
        with (place / scene.stdin).open() as stdin:
            return subprocess.run(words, cwd=place, env=env, stdin=stdin, capture_output=True, text=True, timeout=60)
    running = Running(list(scene.words), place, env, options, scene.stdin)
    try:
        return running.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        raise


def _errors_of(clean: _Clean, at: int) -> tuple[str, ...]:
    return _ERRORS.get(clean.names[at], _OTHER)


def _agent(scene: Scene) -> str:
    return API if scene.words[0] in ("create", "edit", "note") else WEB


def _refuse(folder: Path, scene: Scene, clean: _Clean, at: int, error: str, *, is_cold: bool = False) -> str:
    """Let call number ``at`` of the scene's command fail; return what is wrong with how that was answered."""
    name, place = clean.names[at], _begin(folder, scene)
    nth = clean.names[: at + 1].count(name)
    before = git(place, "status", "--porcelain", "-uall")
    inject = ["-o", os.devnull, "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={nth}"]
    try:
        done = _run(scene, place, inject, is_cold=is_cold)
    except subprocess.TimeoutExpired:
        # strace does not close what it says could not be closed, and who reads the other end waits.
        return "" if name == "close" else f"{scene.name}, {error} in {name} number {nth} (--call {at}): it hangs"
    answer = f"status {done.returncode} for {clean.answer.returncode}: {done.stdout[-200:]!r} {done.stderr[-300:]!r}"
    fault = _judge(scene, clean, name, done) or _look(place, scene, before, done)
    return f"{scene.name}, {error} in {name} number {nth} (--call {at}): {fault}; {answer}" if fault else ""


def _judge(scene: Scene, clean: _Clean, name: str, done: subprocess.CompletedProcess[str]) -> str:
    """Return what is wrong with an answer: it is as ever, says what it lacks, or ends with 5 and a sentence."""
    usual = clean.answer.returncode
    if _is_fault(done):
        return "a fault of its own"
    if scene.words[0] == "agent-hook":
        return "" if done.returncode in (0, 1) else "a status that blocks an agent"
    told = done.stderr.strip() != clean.answer.stderr.strip()
    if scene.words[-1] == "pre-receive" and done.returncode == 10:  # so that nothing passes unjudged
        return "" if done.stderr else "nothing was said"
    if done.returncode == 5:
        return "" if told or name == "write" else "nothing was said"
    if scene.words[0] == "check" and done.returncode == 1 and "cannot be read" in done.stdout:
        return ""  # that is a finding
    if done.returncode not in (usual, 4):
        return "the verdict was lost"
    if _plain(done.stdout) != _plain(clean.answer.stdout) and not told and name != "write":
        return f"another answer, and nothing was said: not {clean.answer.stdout[-200:]!r}"
    return ""


def _look(place: Path, scene: Scene, before: str, done: subprocess.CompletedProcess[str]) -> str:
    """Return what is wrong with what is left behind."""
    now = git(place, "status", "--porcelain", "-uall")
    is_quiet = scene.words[0] in _QUIET
    if now != before and (
        is_quiet or (done.returncode == 5 and not re.search("answer cannot be written|written is staged", done.stderr))
    ):
        return f"half done: {now!r} after {before!r}"
    return "" if scene.words[0] in _READING else look_after(place, ID, done.returncode, list(scene.words))


def _is_fault(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode < 0 or "Traceback" in done.stderr or "fault of its own" in done.stderr + done.stdout


def _plain(text: str) -> str:
    """Return a text without what differs from run to run: new ids, times, object ids."""
    return re.sub(r"\b[0-9a-z]{7,40}\b|\d+", "#", text)


def main() -> int:
    """Let each call of each scene fail, or one alone."""
    names = [scene.name for scene in SCENES]
    parser = argparse.ArgumentParser(prog="python -m torture.refused", description=__doc__)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"of {', '.join(names)}; none: all")
    parser.add_argument("--call", type=int, help="only this call")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th call")
    options = parser.parse_args()
    if unknown := [name for name in options.scenes if name not in names]:
        parser.error(f"there is no scene {unknown[0]}; there are {', '.join(names)}")
    failed = 0
    for scene in SCENES:
        if not options.scenes or scene.name in options.scenes:
            failed += _sweep(scene, options.call, options.every)
    return 1 if failed else 0


def _sweep(scene: Scene, only: int | None, every: int) -> int:
    """Let each call of a scene fail, or each ``every``-th; return how many were answered wrongly."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        clean = _clean(Path(folder), scene)
        failed, numbers = 0, clean.numbers[::every] if only is None else [only]
        for at in numbers:
            errors = _errors_of(clean, at)
            fault = _refuse(Path(folder), scene, clean, at, errors[at % len(errors)])
            failed += bool(fault)
            if fault:
                print(f"  FAILED {fault}", flush=True)
    print(f"{scene.name}: {len(numbers)} calls refused, {failed} answered wrongly", flush=True)
    return failed


CAMPAIGNS = (
    Campaign("refused", "status 5 and no traceback, and as after a kill", refuse_a_call, 6, 1000, missing=no_strace),
    Campaign("refused-any", "as refused, at any call", refuse_any_call, 4, 3000, missing=no_strace),
    Campaign("descriptors", "no fault of its own, and as after a kill", without_descriptors, 4, 300),
)
if __name__ == "__main__":
    sys.exit(main())
