"""Starts a program and waits for it. Nothing else in flaggit does.

``os.posix_spawn`` and ``select`` instead of ``subprocess``, whose import costs a hot command
more than the git it starts. Where posix_spawn does not exist (Windows), subprocess serves.
"""

from __future__ import annotations

import os
import sys
import time
from io import BytesIO

from flaggit.core.errors import UnavailableError
from flaggit.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_CHUNK = 65536
_KILLED_GRACE = 1.0  # seconds a killed program's pipes may stay open before they are given up


@record
class Finished:
    """What a program answered: exit status (negative: the signal that ended it) and its two outputs.

    ``cut``: it wrote more to standard output than was wanted, and was stopped.
    """

    status: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False
    cut: bool = False

    @property
    def text(self) -> str:
        """Return standard output as text; bytes of names that are no UTF-8 come back where it is encoded so again."""
        return self.stdout.decode("utf-8", "surrogateescape")

    @property
    def names(self) -> list[str]:
        """Return what ``-z`` parts."""
        return self.text.split("\0")

    @property
    def lines(self) -> list[str]:
        """Return the lines of standard output.

        A newline alone ends one: the names in them may hold other characters that ``str.splitlines`` cuts at, with
        which a branch beside ``main`` would be read as ``main``.
        """
        return self.text.removesuffix("\n").split("\n") if self.stdout else []

    @property
    def message(self) -> str:
        """Return standard error as text, for a person."""
        return self.stderr.decode("utf-8", "replace").strip()

    @property
    def first_line(self) -> str:
        """Return the first line of ``message``, or the exit status where it said nothing."""
        return self.message.partition("\n")[0] if self.message else f"exit status {self.status}"


def run_program(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    input: bytes = b"",
    timeout: float | None = None,
    limit: int | None = None,
    memory: int | None = None,
    sieve: Callable[[bytes], bytes] | None = None,
) -> Finished:
    """Run ``argv`` (no shell), feed it ``input``, and return what it answered.

    Args:
        argv: Program and arguments; the program is looked up on PATH.
        env: The whole environment; None hands on our own.
        input: What it reads on standard input.
        timeout: Seconds after which the program and all that it started are killed.
        limit: Bytes of standard output after which it is stopped; None: all is read.
        memory: Bytes that it may take, where the system can hold it to that; None: as many as there are.
        sieve: What is kept of standard output: called with each piece of it as it comes, and with nothing at the end.

    Raises:
        UnavailableError: ``git_missing``, where there is no such program; ``unreadable``, where the system
            cannot start it or cannot talk to it (no memory, no descriptors).
    """
    environment = dict(os.environ if env is None else env)
    try:
        if sys.platform == "win32" or not hasattr(os, "posix_spawnp"):
            return _run_portably(argv, environment, input, timeout, _Output(limit, sieve))
        return _spawn(argv, environment, input, timeout, _Output(limit, sieve), memory)
    except OSError as error:
        raise _explain(argv[0], error) from None


def run_attached(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> int:
    """Run ``argv`` on our own terminal (editor, prompts, output go through) and return its exit status."""
    import subprocess

    try:
        return subprocess.call(list(argv), env=None if env is None else dict(env))
    except OSError as error:
        raise _explain(argv[0], error) from None


def feed_attached(argv: Sequence[str], text: str, *, env: Mapping[str, str]) -> int:
    """Run a program (a pager) on our own terminal with ``text`` as its input; Ctrl-C is its own. Return its status."""
    import signal
    import subprocess

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(list(argv), input=text.encode("utf-8", "replace"), env=dict(env), check=False).returncode
    except OSError as error:
        raise _explain(argv[0], error) from None
    finally:
        signal.signal(signal.SIGINT, before)


def _explain(program: str, error: OSError) -> UnavailableError:
    """Return the error for a program that the system did not start, or did not let us talk to."""
    if isinstance(error, FileNotFoundError):
        return UnavailableError(
            "git_missing", f"{program} is not installed or not on PATH.", hint=f"Install {program} and try again."
        )
    return UnavailableError(
        "unreadable",
        f"{program} could not be run: {error.strerror or error}.",
        hint="See that memory, disk and open files are left here (`ulimit -a`), and try again.",
    )


def _spawn(
    argv: Sequence[str],
    env: dict[str, str],
    input: bytes,
    timeout: float | None,
    out: _Output,
    memory: int | None,
) -> Finished:
    in_read, in_write, out_read, out_write, err_read, err_write = _pipes()
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, in_read, 0),
            (os.POSIX_SPAWN_DUP2, out_write, 1),
            (os.POSIX_SPAWN_DUP2, err_write, 2),
        ]
        # A program that may be killed leads a group of its own, so that what it started dies with it.
        is_group = timeout is not None or out.limit is not None
        group: dict[str, Any] = {"setpgroup": 0} if is_group else {}
        pid = os.posix_spawnp(argv[0], list(argv), env, file_actions=actions, **group)
    except BaseException:
        _close(in_write, out_read, err_read)
        raise
    finally:
        _close(in_read, out_write, err_write)
    try:
        if memory is not None:
            _hold_to(pid, memory)
        err = _Output()
        timed_out = _talk(pid, in_write, {out_read: out, err_read: err}, input, timeout)
    except BaseException:
        _kill(pid, group=is_group)
        os.waitpid(pid, 0)
        raise
    _, status = os.waitpid(pid, 0)
    return Finished(os.waitstatus_to_exitcode(status), out.join(), err.join(), timed_out, out.is_full)


def _hold_to(pid: int, memory: int) -> None:
    """Let a program take no more memory of its own than this; what it maps, as git does its packs, does not count."""
    import contextlib
    import resource

    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it has ended already, or its limit is lower
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory, memory))


def _pipes() -> list[int]:
    """Return three pipes, reading and writing end of each; none of them where the system has no room for all."""
    ends: list[int] = []
    try:
        for _ in range(3):
            ends += os.pipe()
    except OSError:
        _close(*ends)
        raise
    return ends


class _Output:
    """What a program writes to one of its outputs; ``is_full`` where what is kept is more than ``limit`` bytes."""

    def __init__(self, limit: int | None = None, sieve: Callable[[bytes], bytes] | None = None) -> None:
        self.is_full = False
        self.limit = limit
        self._sieve = sieve
        self._data = BytesIO()

    def take(self, piece: bytes) -> None:
        """Take the next piece; an empty one is the end."""
        kept = piece if self._sieve is None else self._sieve(piece)
        self.is_full = self.is_full or (self.limit is not None and self._data.tell() + len(kept) > self.limit)
        if not self.is_full:
            self._data.write(kept)

    def join(self) -> bytes:
        """Return all of it; what is large does not lie in memory twice."""
        return self._data.getvalue()


def _talk(pid: int, in_write: int, outputs: Mapping[int, _Output], input: bytes, timeout: float | None) -> bool:
    """Feed a program and take what it writes; return whether its time was over. The descriptors are closed."""
    import select

    reading = dict(outputs)
    pending = memoryview(input)
    writing = [in_write] if input else []
    if not input:
        os.close(in_write)
    else:
        os.set_blocking(in_write, False)
    deadline = None if timeout is None else time.monotonic() + timeout
    stopped = timed_out = False
    try:
        while reading:
            wait = None if deadline is None else deadline - time.monotonic()
            is_full = any(output.is_full for output in outputs.values())
            if is_full or (wait is not None and wait <= 0):
                if stopped:
                    break
                stopped, timed_out = True, not is_full
                _kill(pid, group=True)
                deadline = time.monotonic() + _KILLED_GRACE
                continue
            readable, writable, _ = select.select([*reading], writing, [], wait)
            for descriptor in readable:
                piece = os.read(descriptor, _CHUNK)
                reading[descriptor].take(piece)
                if not piece:
                    del reading[descriptor]
            if writable:
                pending = _write(in_write, pending)
                if not pending:
                    writing = []
                    os.close(in_write)
    finally:
        _close(*outputs, *writing)
    return timed_out


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


def _run_portably(
    argv: Sequence[str], env: dict[str, str], input: bytes, timeout: float | None, out: _Output
) -> Finished:
    import subprocess

    try:
        done = subprocess.run(list(argv), env=env, input=input, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        return Finished(-9, error.stdout or b"", error.stderr or b"", timed_out=True)
    for piece in (done.stdout, b""):
        out.take(piece)
    return Finished(done.returncode, out.join(), done.stderr, cut=out.is_full)
