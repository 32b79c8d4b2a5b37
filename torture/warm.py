"""Runs command lines of flaggit in processes that begin with everything loaded, which is most of what a command costs.

A process of its own loads the whole package once; each command line is a fork of it, with its own streams, folder,
variables and process group, that runs what ``python -m flaggit`` runs once it has been loaded.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).resolve().parent.parent
_LONGEST = 1 << 20  # bytes of a request
_FREE: list[socket.socket] = []  # ways to loaded processes, each of which runs one command line at a time


class Running:
    """A command line that runs; ``pid`` is its process, which leads a group of its own.

    With ``strace``, options of strace, it does not begin before its calls of the system are traced.
    """

    def __init__(
        self, words: list[str], cwd: Path, env: dict[str, str], strace: Sequence[str] = (), stdin: str = os.devnull
    ) -> None:
        self.words = words
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 - read and closed once it has ended
        self._err = tempfile.TemporaryFile()  # noqa: SIM115
        self._server: socket.socket = _server()
        request = json.dumps([words, str(cwd), env, bool(strace), stdin]).encode()
        socket.send_fds(self._server, [request], [self._out.fileno(), self._err.fileno()])
        self.pid = int(self._server.recv(64))
        self._tracer: subprocess.Popen[bytes] | None = None
        if strace:
            _await(self.pid, "State:\tT")
            self._tracer = subprocess.Popen(["strace", "-qq", "-p", str(self.pid), *strace], stderr=subprocess.DEVNULL)
            _await(self.pid, f"TracerPid:\t{self._tracer.pid}\n")
            os.kill(self.pid, signal.SIGCONT)

    def wait(self, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
        """Wait until it ends, and return what it did.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """
        status = os.waitstatus_to_exitcode(int(self._receive(timeout)))
        _FREE.append(self._server)
        if self._tracer is not None:
            self._tracer.wait()
        texts = []
        for file in (self._out, self._err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
            file.close()
        return subprocess.CompletedProcess(self.words, status, *texts)

    def _receive(self, timeout: float | None) -> bytes:
        """Return how it ended, as the loaded process says once it has."""
        end = time.monotonic() + (1e9 if timeout is None else timeout)
        try:
            while True:
                self._server.settimeout(max(0.001, min(1.0, end - time.monotonic())))
                try:
                    return self._server.recv(64)
                except TimeoutError:
                    if time.monotonic() >= end:
                        raise subprocess.TimeoutExpired(self.words, timeout or 0) from None
                if self._tracer is not None and _says(self.pid, "State:\tT"):  # the word came before strace listened
                    os.kill(self.pid, signal.SIGCONT)
        finally:
            self._server.settimeout(None)


def _says(pid: int, words: str) -> bool:
    """Return whether the system says this of a process, which may have gone."""
    try:
        return words in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def _await(pid: int, words: str) -> None:
    """Wait until the system says this of a process."""
    for _ in range(30_000):
        if _says(pid, words):
            return
        time.sleep(0.001)
    raise TimeoutError(f"process {pid} is not: {words}")


def _server() -> socket.socket:
    """Return the way to a loaded process that runs nothing."""
    try:
        return _FREE.pop()
    except IndexError:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with theirs:
        words = [sys.executable, "-m", "torture.warm", str(theirs.fileno())]
        subprocess.Popen(words, env=env, pass_fds=[theirs.fileno()])
    return ours


def main() -> None:
    """Load everything, then fork for each request until whoever asks has gone."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    import flaggit

    names = [module.name for module in pkgutil.walk_packages(flaggit.__path__, "flaggit.")]
    for name in [*names, "yaml", "json", "sqlite3", "subprocess"]:
        with contextlib.suppress(ImportError):  # of what is drawn with libraries that need not be there
            import_module(name)
    gc.freeze()
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, _LONGEST, 2)
        if not request:
            return
        pid = os.fork()
        if pid == 0:
            requests.close()
            _become(descriptors, *json.loads(request))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)  # here as there: whoever hears of the process may kill its group
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(str(pid).encode())
        requests.send(str(os.waitpid(pid, 0)[1]).encode())


def _become(descriptors: list[int], words: list[str], cwd: str, env: dict[str, str], waits: bool, stdin: str) -> None:
    from flaggit.cli.program import run_line

    os.setpgid(0, 0)
    os.chdir(cwd)
    os.dup2(os.open(stdin, os.O_RDONLY), 0)
    for target, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, target)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["flaggit", *words]
    if waits:
        os.kill(os.getpid(), signal.SIGSTOP)
    run_line(heeded=False)


if __name__ == "__main__":
    main()
