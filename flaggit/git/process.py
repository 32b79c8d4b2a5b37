"""Starts a program and waits for it. Nothing else in flaggit does.

``os.posix_spawn`` and ``select`` instead of ``subprocess``, whose import costs a hot command
more than the git it starts. Where posix_spawn does not exist (Windows), subprocess serves.
"""

from __future__ import annotations

import os
import sys
import time

from flaggit.core.errors import UnavailableError
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_CHUNK = 65536
_KILLED_GRACE = 1.0  # seconds a killed program's pipes may stay open before they are given up


@record
class Finished:
    """What a program answered: exit status (negative: the signal that ended it) and its two outputs."""

    status: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False

    @property
    def message(self) -> str:
        """Return standard error as text, for a person."""
        return self.stderr.decode("utf-8", "replace").strip()

    @property
    def first_line(self) -> str:
        """Return the first line of ``message``, or the exit status where it said nothing."""
        return self.message.splitlines()[0] if self.message else f"exit status {self.status}"


def run_program(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, input: bytes = b"", timeout: float | None = None
) -> Finished:
    """Run ``argv`` (no shell), feed it ``input``, and return what it answered.

    Args:
        argv: Program and arguments; the program is looked up on PATH.
        env: The whole environment; None hands on our own.
        input: What it reads on standard input.
        timeout: Seconds after which the program and all that it started are killed.

    Raises:
        UnavailableError: ``git_missing``, where there is no such program.
    """
    environment = dict(os.environ if env is None else env)
    try:
        if sys.platform == "win32" or not hasattr(os, "posix_spawnp"):
            return _run_portably(argv, environment, input, timeout)
        return _spawn(argv, environment, input, timeout)
    except FileNotFoundError:
        raise UnavailableError(
            "git_missing", f"{argv[0]} is not installed or not on PATH.", hint=f"Install {argv[0]} and try again."
        ) from None


def run_attached(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> int:
    """Run ``argv`` on our own terminal (editor, prompts, output go through) and return its exit status."""
    import subprocess

    try:
        return subprocess.call(list(argv), env=None if env is None else dict(env))
    except FileNotFoundError:
        raise UnavailableError(
            "git_missing", f"{argv[0]} is not installed or not on PATH.", hint=f"Install {argv[0]} and try again."
        ) from None


def _spawn(argv: Sequence[str], env: dict[str, str], input: bytes, timeout: float | None) -> Finished:
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, in_read, 0),
            (os.POSIX_SPAWN_DUP2, out_write, 1),
            (os.POSIX_SPAWN_DUP2, err_write, 2),
        ]
        # A program that may be killed leads a group of its own, so that what it started dies with it.
        group: dict[str, Any] = {"setpgroup": 0} if timeout is not None else {}
        pid = os.posix_spawnp(argv[0], list(argv), env, file_actions=actions, **group)
    except BaseException:
        _close(in_write, out_read, err_read)
        raise
    finally:
        _close(in_read, out_write, err_write)
    try:
        stdout, stderr, timed_out = _talk(pid, in_write, out_read, err_read, input, timeout)
    except BaseException:
        _kill(pid, group=timeout is not None)
        os.waitpid(pid, 0)
        raise
    _, status = os.waitpid(pid, 0)
    return Finished(os.waitstatus_to_exitcode(status), stdout, stderr, timed_out)


def _talk(
    pid: int, in_write: int, out_read: int, err_read: int, input: bytes, timeout: float | None
) -> tuple[bytes, bytes, bool]:
    import select

    received: dict[int, list[bytes]] = {out_read: [], err_read: []}
    reading = [out_read, err_read]
    pending = memoryview(input)
    writing = [in_write] if input else []
    if not input:
        os.close(in_write)
    else:
        os.set_blocking(in_write, False)
    deadline = None if timeout is None else time.monotonic() + timeout
    timed_out = False
    try:
        while reading:
            wait = None if deadline is None else deadline - time.monotonic()
            if wait is not None and wait <= 0:
                if timed_out:
                    break
                timed_out = True
                _kill(pid, group=True)
                deadline = time.monotonic() + _KILLED_GRACE
                continue
            readable, writable, _ = select.select(reading, writing, [], wait)
            for descriptor in readable:
                chunk = os.read(descriptor, _CHUNK)
                if chunk:
                    received[descriptor].append(chunk)
                else:
                    reading.remove(descriptor)
            if writable:
                pending = _write(in_write, pending)
                if not pending:
                    writing = []
                    os.close(in_write)
    finally:
        _close(out_read, err_read, *writing)
    return b"".join(received[out_read]), b"".join(received[err_read]), timed_out


def _write(descriptor: int, data: memoryview) -> memoryview:
    try:
        return data[os.write(descriptor, data[:_CHUNK]) :]
    except BlockingIOError:
        return data
    except BrokenPipeError:  # it stopped reading; what it answers tells why
        return data[:0]


def _kill(pid: int, *, group: bool) -> None:
    import signal

    try:
        if group:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _run_portably(argv: Sequence[str], env: dict[str, str], input: bytes, timeout: float | None) -> Finished:
    import subprocess

    try:
        done = subprocess.run(list(argv), env=env, input=input, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        return Finished(-9, error.stdout or b"", error.stderr or b"", timed_out=True)
    return Finished(done.returncode, done.stdout, done.stderr)
